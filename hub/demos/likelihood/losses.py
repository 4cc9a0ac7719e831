"""Losses: linear regression is mean squared error, logistic regression is cross-entropy."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from hub.demos.likelihood import figures
from hub.demos.likelihood.common import (
    Lab,
    Made,
    Shown,
    View,
    caption_of,
    explained,
    guarded,
    notes_html,
    rows_text,
    shown,
)
from hub.demos.likelihood.figures import BLUE, ORANGE, SKY, Curve
from hub.demos.likelihood.points import points_pad
from hub.demos.likelihood.strings import FORMULAS, STRINGS
from hub.tasks import likelihood as task
from hub.tasks.likelihood import losses
from hub.ui import html, pad, pictures
from hub.ui.strings import Language, language_of
from hub.ui.turns import PRIVATE, QUIET

LINE_ROWS = "0, 1.1\n1, 2.9\n2, 3.2\n3, 5.8\n4, 6.1\n5, 8.4\n6, 8.8"
CLASS_ROWS = "0.3, 0\n0.9, 0\n1.4, 0\n2.0, 1\n2.2, 0\n2.9, 1\n3.1, 0\n3.6, 1\n4.4, 1\n5.0, 1"
SEPARATED_ROWS = "0.3, 0\n0.9, 0\n1.4, 0\n2.0, 0\n3.1, 1\n3.6, 1\n4.4, 1\n5.0, 1"
LOSS_EXAMPLES: tuple[tuple[tuple[str, str], str, str, float, float], ...] = (
    (("A line with noise", "带噪声的直线"), "linear", LINE_ROWS, 1.0, 0.0),
    (("All points on a line: σ̂ → 0", "所有点在一条线上：σ̂ → 0"), "linear", "0, 1\n1, 3\n2, 5\n3, 7", 1.0, 0.0),
    (("Classes that overlap", "有重叠的两类"), "logistic", CLASS_ROWS, 1.0, 0.0),
    (("Classes that do not: no maximum", "完全分开的两类：没有最大值"), "logistic", SEPARATED_ROWS, 1.0, 0.0),
    (("The same with a penalty", "同上，加惩罚"), "logistic", SEPARATED_ROWS, 1.0, 0.3),
)


def show_losses(graphs: task.Graphs, kind: str, rows: str, sigma: float, penalty: float, language: Language) -> Shown:
    """A likelihood and the loss that it is, along the slope."""
    say = STRINGS.say
    linear = kind == "linear"
    data = task.read_rows(rows, 2, not linear)
    if linear:
        found = losses.least_squares(graphs, data, float(sigma))
    else:
        found = losses.cross_entropy(graphs, data, float(penalty))
    x, y = losses.curve_of(graphs, found.fit, data[:, 0])
    curve = Curve(say("line" if linear else "curve", language), x, y, BLUE)
    first = figures.points_and_curve(data, curve, say("seen", language))
    second = figures.lines(
        [
            Curve(say("nll", language), found.grid, found.negative_log_likelihood, SKY, "solid", 8.0),
            Curve(say("mse" if linear else "cross_entropy", language), found.grid, found.loss, ORANGE, "dash", 2.5),
        ],
        say("weight" if linear else "weight_of_classes", language), say("loss", language),
    )  # fmt: skip
    same = html.note(say("same", language, gap=shown(found.gap, 2), gradient=shown(found.gradient_gap, 2)), "notice")
    fit = found.fit
    body: list[list[html.Cell]] = [
        [name, shown(value), shown(fit.standard_error.get(name), 3)] for name, value in fit.estimate.items()
    ]
    headers: list[html.Cell] = [say(key, language) for key in ("parameter", "estimate", "error")]
    table = html.table(headers, body, caption_of(fit, language), (1, 2))
    return [
        FORMULAS[kind], points_pad(data.tolist(), kind, language), pictures.sent(first, "fit"),
        pictures.sent(second, "losses"), same + table + notes_html(fit.notes, language),
    ]  # fmt: skip


def draw(lab: Lab) -> View:
    """Draw the view and wire its events."""
    s = STRINGS
    with gr.Tab(s("losses"), id="losses") as tab:
        losses_formula, look = explained("linear")
        loss_examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[title[0]] for title, *_ in LOSS_EXAMPLES],
            label=s("examples"), type="index", elem_id="loss-examples",
        )  # fmt: skip
        with gr.Row():
            with gr.Column(min_width=300):
                kind = gr.Radio(
                    [(s("linear"), "linear"), (s("logistic"), "logistic")], value="linear", label=s("kind"),
                    elem_id="kind",
                )  # fmt: skip
                rows = gr.Textbox(LINE_ROWS, label=s("rows"), lines=4, max_lines=8, elem_id="rows")
                sigma = gr.Slider(0.1, 5, 1, step=0.1, label=s("sigma"), elem_id="sigma")
                penalty = gr.Slider(0, 2, 0, step=0.05, label=s("penalty"), visible=False, elem_id="penalty")
                losses_button = gr.Button(s("run_losses"), variant="primary", elem_id="run-losses")
            with gr.Column(min_width=300):
                points = pad.make("points")
        losses_facts = gr.HTML(elem_id="losses-facts")
        with gr.Row():
            with gr.Column(min_width=300):
                fitted = pictures.plot("fitted")
            with gr.Column(min_width=300):
                losses = pictures.plot("losses")

    def loss_sliders(chosen: str, noise: float, held: float) -> list[gr.Slider]:
        return [gr.Slider(value=noise, visible=chosen == "linear"), gr.Slider(value=held, visible=chosen != "linear")]

    def along(settings: dict[str, Any], language: Language) -> Made:
        moved = loss_sliders(settings["kind"], settings["sigma"], settings["penalty"])
        return dict(zip((sigma, penalty), moved, strict=True))

    def words(language: Language) -> Made:
        return {loss_examples: gr.Dataset(samples=[[title[language == "zh"]] for title, *_ in LOSS_EXAMPLES])}

    view = View(
        "losses", tab, look, {"kind": kind, "data": rows, "sigma": sigma, "penalty": penalty},
        [losses_formula, points, fitted, losses, losses_facts],
        lambda *given: show_losses(lab.graphs, *given), {"kind": str, "data": str, "sigma": float, "penalty": float},
        usual=lambda language, given: {"data": CLASS_ROWS if given.get("kind") == "logistic" else LINE_ROWS},
        words=words, along=along, beside=(loss_examples,),
    )  # fmt: skip
    lab.wire(view, losses_button.click, radios=False)
    outputs = lab.ends(view)[1]
    chosen_kind = [rows, sigma, penalty, *outputs]
    chosen_example = [kind, *chosen_kind]
    pointed = [rows, *outputs]

    def on_kind(chosen: str, noise: float, held: float, request: gr.Request) -> list[Any]:
        language = language_of(request)
        given = LINE_ROWS if chosen == "linear" else CLASS_ROWS
        made = guarded(language, lambda: view.run([chosen, given, noise, held], language))
        return [given, *loss_sliders(chosen, noise, held), *made]

    kind.input(lab.newest(on_kind, view.slug, chosen_kind), [kind, sigma, penalty], chosen_kind, **QUIET)

    def on_loss_example(index: int, request: gr.Request) -> list[Any]:
        language = language_of(request)
        _, chosen, given, noise, held = LOSS_EXAMPLES[index]
        made = guarded(language, lambda: view.run([chosen, given, noise, held], language))
        return [chosen, given, *loss_sliders(chosen, noise, held), *made]

    clicked = lab.newest(on_loss_example, view.slug, chosen_example)
    loss_examples.click(clicked, loss_examples, chosen_example, **PRIVATE)

    def on_point(
        chosen: str, given: str, noise: float, held: float, request: gr.Request, event: gr.EventData
    ) -> list[Any]:
        language = language_of(request)
        more = f"{given or ''}\n{rows_text(np.array(pad.clicked(event)))}".strip()
        return [more, *guarded(language, lambda: view.run([chosen, more, noise, held], language))]

    points.click(lab.newest(on_point, view.slug, pointed), [kind, rows, sigma, penalty], pointed, **QUIET)
    return view
