"""More data: the estimate gathers round the truth, as fast as the Fisher information says."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import gradio as gr
from pydantic import Field

from hub.demos.likelihood import figures
from hub.demos.likelihood.examples import GROWTH
from hub.demos.likelihood.figures import BLUE, ORANGE, Curve
from hub.demos.likelihood.strings import STRINGS
from hub.demos.likelihood.words import formula, shown
from hub.tasks import likelihood as task
from hub.tasks.likelihood import consistency
from hub.ui import html, pictures, settings
from hub.ui.settings import Choices, Control
from hub.ui.strings import Language
from hub.ui.view import STAND, Kit, Scene, View


class Settings(settings.Settings):
    """Which parameter, and the seed of its true value."""

    which: Annotated[int, Control(kind=gr.Radio, live=True)] = 0
    seed: Annotated[int, Field(ge=0), Control(kind=gr.Number, label="again")] = 1


def show(graphs: task.Graphs, settings: Settings, language: Language) -> dict[str, Any]:
    """Consistency: estimates, their spread beside Fisher's, and the coverage."""
    say = STRINGS.say
    family, parameter = GROWTH[settings.which]
    truth = task.hidden_truth(family, settings.seed)
    found = consistency.consistency(graphs, family, truth, parameter, settings.seed)
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
    facts = html.note(say("growth_facts", language, truth=values, repeats=repeats))
    return {
        "growth": pictures.sent(first, "consistency"),
        "spread": pictures.sent(second, "standard-error"),
        "facts": facts + html.table(headers, rows, "", range(4)),
    }


def again(graphs: task.Graphs, settings: Settings, language: Language) -> dict[str, Any]:
    """The same of other true parameters."""
    other = settings.changed(seed=settings.seed + 1)
    return {**show(graphs, other, language), STAND: other}


def draw(kit: Kit) -> None:
    """Lay it out."""
    formula("growth")
    kit.look("look_growth")
    with gr.Row():
        kit.control("which", elem_id="which", scale=3)
        kit.action("again", "again", size="sm", elem_id="again", min_width=160)
    kit.control("seed", visible="hidden")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.plot("growth", "growth")
        with gr.Column(min_width=300):
            kit.plot("spread", "spread")
    kit.html("facts", "growth-facts")


def choices(scene: Scene) -> Choices:
    """The parameters that can be drawn."""
    return [(f"{STRINGS.say(name, scene.language)}: {one}", place) for place, (name, one) in enumerate(GROWTH)]


def view(graphs: task.Graphs) -> View:
    """The view."""
    return View(
        "growth", Settings, draw, partial(show, graphs), choices={"which": choices},
        actions={"again": partial(again, graphs)},
    )  # fmt: skip
