"""Losses: linear regression is mean squared error, logistic regression is cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal

import gradio as gr
import numpy as np
from pydantic import Field

from hub.demos.likelihood import figures
from hub.demos.likelihood.examples import LINE_ROWS, LOSSES, ROWS
from hub.demos.likelihood.figures import BLUE, ORANGE, SKY, Curve
from hub.demos.likelihood.points import points_pad
from hub.demos.likelihood.strings import FORMULAS, STRINGS
from hub.demos.likelihood.words import caption_of, formula, notes_html, rows_text, shown
from hub.tasks import likelihood as task
from hub.tasks.likelihood import losses
from hub.ui import html, pad, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View


class Settings(settings.Settings):
    """The model, its data, and what holds it."""

    kind: Annotated[Literal["linear", "logistic"], Control(kind=gr.Radio)] = "linear"
    data: Annotated[str, Control(label="rows")] = LINE_ROWS
    sigma: Annotated[float, Field(ge=0.1, le=5), Control(step=0.1, live=True)] = 1.0
    penalty: Annotated[float, Field(ge=0, le=2), Control(step=0.05, live=True)] = 0.0


def show(graphs: task.Graphs, settings: Settings, language: Language) -> dict[str, Any]:
    """A likelihood and the loss that it is, along the slope."""
    say = STRINGS.say
    linear = settings.kind == "linear"
    data = task.read_rows(settings.data, 2, not linear)
    if linear:
        found = losses.least_squares(graphs, data, settings.sigma)
    else:
        found = losses.cross_entropy(graphs, data, settings.penalty)
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
    return {
        "formula": FORMULAS[settings.kind],
        "points": points_pad(data.tolist(), settings.kind, language),
        "fitted": pictures.sent(first, "fit"),
        "losses": pictures.sent(second, "losses"),
        "facts": same + table + notes_html(fit.notes, language),
        "sigma": gr.Slider(value=settings.sigma, visible=linear),
        "penalty": gr.Slider(value=settings.penalty, visible=not linear),
    }


def kind_chosen(settings: Settings, event: gr.EventData) -> dict[str, Any]:
    """Each kind of model begins with data of its own."""
    return {"data": ROWS[settings.kind]}


def point_added(settings: Settings, event: gr.EventData) -> dict[str, Any]:
    """A click on the pad is one more row."""
    return {"data": f"{settings.data}\n{rows_text(np.array(pad.clicked(event)))}".strip()}


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.output("formula", formula("linear"))
    kit.look("look_losses")
    kit.examples(elem_id="loss-examples")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.control("kind", elem_id="kind")
            kit.control("data", lines=4, max_lines=8, elem_id="rows")
            kit.control("sigma", elem_id="sigma")
            kit.control("penalty", visible=False, elem_id="penalty")
            kit.main("run_losses", elem_id="run-losses")
        with gr.Column(min_width=300):
            kit.output("points", pad.make("points"))
    kit.html("facts", "losses-facts")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.plot("fitted", "fitted")
        with gr.Column(min_width=300):
            kit.plot("losses", "losses")


def examples(scene: Scene) -> Sequence[Example]:
    """Data whose loss says something."""
    return [Example(loss.title, {"kind": loss.kind, "data": loss.rows, "sigma": 1.0, "penalty": loss.penalty})
            for loss in LOSSES]  # fmt: skip


def view(graphs: task.Graphs) -> View:
    """The view."""
    return View(
        "losses", Settings, draw, partial(show, graphs), examples=examples,
        changes={"kind": kind_chosen, "points": point_added}, long="data",
    )  # fmt: skip
