"""A bigram language model over a text: its training is maximum likelihood."""

from __future__ import annotations

import math
from functools import partial
from typing import Annotated, Any, Literal

import gradio as gr
import numpy as np
from pydantic import Field

from hub.demos.likelihood import figures
from hub.demos.likelihood.examples import SENTENCES, TEXTS
from hub.demos.likelihood.figures import BLUE, GREEN, Curve
from hub.demos.likelihood.strings import STRINGS
from hub.demos.likelihood.words import formula, notes_html, shown
from hub.tasks import likelihood as task
from hub.tasks.likelihood import bigram
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Kit, Scene, View

SHOWN_TOKENS = 20  # in the heat map
WRITTEN_TOKENS = 40


class Settings(settings.Settings):
    """The text to learn from, how it is cut, and the sentence to judge."""

    text: str = ""
    unit: Annotated[Literal["words", "characters"], Control(kind=gr.Radio, live=True)] = "words"
    alpha: Annotated[float, Field(ge=0, le=2), Control(label="smoothing", step=0.05, live=True)] = 0.0
    sentence: Annotated[str, Control(submits=True)] = ""


def show(graphs: task.Graphs, settings: Settings, language: Language) -> dict[str, Any]:
    """Its probabilities, the way up to them, the strongest pairs, and the judgement of the sentence."""
    say = STRINGS.say
    model = bigram.bigram(graphs, task.read_text(settings.text), settings.unit, smoothing=settings.alpha)
    kept = min(SHOWN_TOKENS, len(model.tokens))
    heat = figures.transitions(
        model.tokens[:kept], model.probabilities[:kept, :kept], model.counts[:kept, :kept],
        [say("previous", language), say("next", language)],
    )  # fmt: skip
    steps = np.arange(len(model.path))
    climb = figures.lines(
        [
            Curve(say("ascent", language), steps, model.path, BLUE),
            Curve(say("maximum", language), steps[[0, -1]], np.full(2, model.best), GREEN, "dash"),
        ],
        say("step", language), say("log_likelihood", language), steps=len(steps) - 1,
    )  # fmt: skip
    facts = say(
        "model_facts", language, pairs=f"{model.pairs:,}", tokens=f"{len(model.tokens):,}",
        value=shown(model.log_likelihood, 6), perplexity=shown(model.perplexity), norm=shown(model.gradient_norm, 2),
        merged=say("merged", language, count=model.merged) if model.merged else "",
    )  # fmt: skip
    rows: list[list[html.Cell]] = [
        [f"{a}\u00a0→\u00a0{b}", count, f"{p:.3f}", shown(error, 3)] for a, b, count, p, error in model.strongest(12)
    ]
    headers: list[html.Cell] = [say(key, language) for key in ("pair", "times", "probability", "error")]
    table = html.table(headers, rows, say("strongest", language), (1, 2, 3))
    return {
        "heat": pictures.sent(heat, "bigram"),
        "ascent": pictures.sent(climb, "bigram-ascent"),
        "facts": html.note(facts) + ("" if settings.alpha else notes_html(("unseen",), language)),
        "judged": judgement_html(graphs, model, settings.sentence, language),
        "pairs": table,
    }


def judgement_html(graphs: task.Graphs, model: bigram.Bigram, sentence: str, language: Language) -> str:
    """Each token with its log-probability as a colour; what was never seen stands out."""
    if not (sentence or "").strip():
        return ""
    say = STRINGS.say
    reading = bigram.read_with(graphs, model, sentence)
    cells = [f"<span class=token>{html.text_of(reading.tokens[0])}</span>"]
    for token, log_prob, p in zip(reading.tokens[1:], reading.log_prob, reading.probabilities, strict=True):
        kind = "token never" if not math.isfinite(log_prob) else "token"
        cells.append(
            f"<span class='{kind}' style='--p:{p:.3f}' title='log p = {shown(float(log_prob))}'>"
            f"{html.text_of(token)}<small>{p:.2g}</small></span>"
        )
    facts = say("judged", language, value=shown(reading.log_likelihood), perplexity=shown(reading.perplexity))
    never = ", ".join(reading.never[:6])
    return (
        html.note(facts, "notice")
        + f"<div class=tokens>{''.join(cells)}</div>"
        + (html.note(say("never", language, pairs=never), "warn") if never else "")
    )


def write(graphs: task.Graphs, settings: Settings, language: Language) -> dict[str, Any]:
    """What the model writes."""
    text = task.read_text(settings.text)
    model = bigram.bigram(graphs, text, settings.unit, steps=0, smoothing=settings.alpha)
    text = bigram.write_text(model, WRITTEN_TOKENS)
    return {"written": html.note(STRINGS.say("written", language, text=text), "notice")}


def draw(kit: Kit) -> None:
    """Lay it out."""
    formula("model")
    kit.look("look_model")
    with gr.Row():
        with gr.Column(min_width=300, scale=2):
            kit.control("text", value="", lines=4, max_lines=8, elem_id="model-text")
            kit.control("sentence", elem_id="sentence")
        with gr.Column(min_width=260):
            kit.control("unit", elem_id="unit")
            kit.control("alpha", elem_id="alpha")
            kit.main("run_model", elem_id="run-model")
            kit.action("write", "write", size="sm", elem_id="write")
    kit.html("written", "written")
    kit.html("judged", "judged")
    kit.html("facts", "model-facts")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.plot("heat", "transitions")
        with gr.Column(min_width=300):
            kit.plot("ascent", "model-ascent")
    kit.html("pairs", "pairs")


def start(scene: Scene) -> Settings:
    """A text and a sentence in the language of the page."""
    return Settings(text=TEXTS[scene.language], sentence=SENTENCES[scene.language])


def view(graphs: task.Graphs) -> View:
    """The view."""
    return View(
        "model", Settings, draw, partial(show, graphs), start=start, actions={"write": partial(write, graphs)},
        keeps=("text",), long="text",
    )  # fmt: skip
