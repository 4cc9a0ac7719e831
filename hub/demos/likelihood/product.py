"""Product or sum: the product of many probabilities underflows, the sum of their logarithms does not."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import gradio as gr
from pydantic import Field

from hub import limits
from hub.demos.likelihood import figures
from hub.demos.likelihood.examples import TEXTS
from hub.demos.likelihood.figures import BLUE, GREEN, ORANGE, Curve, Mark
from hub.demos.likelihood.strings import STRINGS
from hub.demos.likelihood.words import formula, shown
from hub.tasks import likelihood as task
from hub.tasks.likelihood import products
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Kit, Scene, View


class Settings(settings.Settings):
    """Where the probabilities are from: n tosses, or the text of the language model."""

    source: Annotated[Literal["coin", "text"], Control(kind=gr.Radio, live=True)] = "coin"
    p: Annotated[float, Field(ge=0.01, le=0.99), Control(label="each", step=0.01, live=True)] = 0.5
    n: Annotated[int, Field(ge=50, le=limits.MAX_LAB_SAMPLES), Control(step=50, live=True)] = 1500
    text: str = ""


def show(graphs: task.Graphs, settings: Settings, language: Language) -> dict[str, Any]:
    """Product against sum of logarithms."""
    say = STRINGS.say
    if settings.source == "text":
        log_prob = products.token_log_probs(graphs, task.read_text(settings.text), "words")
    else:
        log_prob = products.same_log_probs(settings.p, settings.n)
    found = products.underflow(graphs, log_prob)
    styles = {"float32": ORANGE, "float64": BLUE}
    curves = [Curve(say("sum_of", language, kind="float64"), found.lengths, found.sum10, GREEN, "solid", 2.0)]
    curves += [
        Curve(say("product_of", language, kind=kind), found.lengths, found.log10[kind], styles[kind],
              "dash" if kind == "float32" else "dot", 4.0)
        for kind in products.PRECISIONS
    ]  # fmt: skip
    lines, marks = [], []
    for kind in products.PRECISIONS:
        gone = found.gone[kind]
        if gone is None:
            lines.append(html.note(say("alive", language, kind=kind), "notice"))
            continue
        message = say("gone", language, kind=kind, n=f"{gone:,}")
        lines.append(html.note(message, "warn"))
        marks.append(Mark(message, gone, found.last10(kind), styles[kind], "x"))
    lines.append(html.note(say("sum_alive", language, value=shown(float(found.log_sum["float64"][-1]), 6)), "notice"))
    figure = figures.lines(curves, say("n", language), say("exponent", language), marks=marks)
    return {"product": pictures.sent(figure, "underflow"), "facts": "".join(lines)}


def draw(kit: Kit) -> None:
    """Lay it out."""
    formula("product")
    kit.look("look_product")
    with gr.Row():
        titles = [(STRINGS("coin"), "coin"), (STRINGS("reading"), "text")]
        kit.control("source", choices=titles, elem_id="source", min_width=280)
        kit.control("p", elem_id="p", min_width=200)
        kit.control("n", elem_id="n", min_width=200)
    kit.borrow("text", "model")
    kit.html("facts", "product-facts")
    kit.plot("product", "product")


def start(scene: Scene) -> Settings:
    """Tosses of a coin; the text in the language of the page."""
    return Settings(text=TEXTS[scene.language])


def view(graphs: task.Graphs) -> View:
    """The view; it stands after the language model, whose text it reads."""
    return View("product", Settings, draw, partial(show, graphs), start=start, keeps=("text",), long="text")
