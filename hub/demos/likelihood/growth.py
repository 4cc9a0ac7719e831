"""More data: the estimate gathers round the truth, as fast as the Fisher information says."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hub.demos.likelihood import figures
from hub.demos.likelihood.common import Lab, Made, Shown, View, explained, guarded, shown
from hub.demos.likelihood.figures import BLUE, ORANGE, Curve
from hub.demos.likelihood.strings import STRINGS
from hub.tasks import likelihood as task
from hub.tasks.likelihood import consistency
from hub.ui import html, pictures
from hub.ui.strings import Language, language_of
from hub.ui.turns import QUIET

GROWTH = (("bernoulli", "p"), ("gaussian", "μ"), ("gaussian", "σ"), ("poisson", "λ"), ("exponential", "λ"))


def show_growth(graphs: task.Graphs, which: int, seed: int, language: Language) -> Shown:
    """Consistency: estimates, their spread beside Fisher's, and the coverage."""
    say = STRINGS.say
    family, parameter = GROWTH[which]
    truth = task.hidden_truth(family, seed)
    found = consistency.consistency(graphs, family, truth, parameter, seed)
    repeats = len(found.estimates)
    names = [say(key, language) for key in ("one_sample", "band", "promise", "true_value", "n")]
    first = figures.growth(
        found.sizes, found.estimates, found.low, found.high, found.band, found.truth, [*names, parameter]
    )
    second = figures.lines(
        [
            Curve(say("spread", language, repeats=repeats), found.sizes, found.spread, BLUE),
            Curve(say("fisher", language), found.sizes, found.standard_error, ORANGE, "dash"),
        ],
        say("n", language), say("error", language), logs="xy", points=True,
    )  # fmt: skip
    rows: list[list[html.Cell]] = [
        [f"{n:,}", shown(spread, 3), shown(error, 3), f"{covered:.0%}"]
        for n, spread, error, covered in zip(
            found.sizes.tolist(),
            found.spread.tolist(),
            found.standard_error.tolist(),
            found.covered.tolist(),
            strict=True,
        )
    ]
    headers: list[html.Cell] = [
        "n", say("spread", language, repeats=repeats), say("fisher", language), say("covered", language)
    ]  # fmt: skip
    values = ", ".join(
        f"{name} = {value:g}" for name, value in zip(task.FAMILIES[family].parameters, truth, strict=True)
    )
    return [
        pictures.sent(first, "consistency"), pictures.sent(second, "standard-error"),
        html.note(say("growth_facts", language, truth=values, repeats=repeats))
        + html.table(headers, rows, "", range(4)),
    ]  # fmt: skip


def draw(lab: Lab) -> View:
    """Draw the view and wire its events."""
    s = STRINGS
    with gr.Tab(s("growth"), id="growth") as tab:
        _, look = explained("growth")
        with gr.Row():
            which = gr.Radio(
                [(f"{name}: {one}", place) for place, (name, one) in enumerate(GROWTH)], value=0,
                label=s("which"), elem_id="which", scale=3,
            )  # fmt: skip
            again = gr.Button(s("again"), size="sm", elem_id="again", min_width=160)
        growth_seed = gr.State(1)
        with gr.Row():
            with gr.Column(min_width=300):
                growth_plot = pictures.plot("growth")
            with gr.Column(min_width=300):
                spread_plot = pictures.plot("spread")
        growth_facts = gr.HTML(elem_id="growth-facts")

    def choices(language: Language) -> list[tuple[str, int]]:
        return [(f"{STRINGS.say(name, language)}: {one}", place) for place, (name, one) in enumerate(GROWTH)]

    def along(settings: dict[str, Any], language: Language) -> Made:
        return {which: gr.Radio(choices=choices(language), value=settings["which"])}

    view = View(
        "growth", tab, look, {"which": which, "seed": growth_seed}, [growth_plot, spread_plot, growth_facts],
        lambda *given: show_growth(lab.graphs, *given), {"which": whole, "seed": whole},
        words=lambda language: {which: gr.Radio(choices=choices(language))}, along=along,
    )  # fmt: skip
    lab.wire(view)
    grown = [growth_seed, *lab.ends(view)[1]]

    def on_again(chosen: int, seed: int, request: gr.Request) -> Shown:
        language = language_of(request)
        return [seed + 1, *guarded(language, lambda: view.run([chosen, seed + 1], language))]

    again.click(lab.newest(on_again, view.slug, grown), [which, growth_seed], grown, **QUIET)
    return view


def whole(value: str) -> int:
    """A whole number of an address. Raises ValueError."""
    return int(float(value))
