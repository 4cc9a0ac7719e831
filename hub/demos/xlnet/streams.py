"""Two streams: where the content and the queries look, and what a query is without the place of its target."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr
from pydantic import Field

from hub import limits
from hub.demos.xlnet import figures, words
from hub.demos.xlnet.examples import SENTENCES
from hub.demos.xlnet.models import Models
from hub.demos.xlnet.order import fitting
from hub.demos.xlnet.strings import STREAMS, STRINGS
from hub.tasks import permutation as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

Count = Field(ge=1, le=limits.MAX_COURT_TOKENS)


class Settings(settings.Settings):
    """A sentence in an order; where is looked; and the two targets of the proof."""

    text: Annotated[str, Control(submits=True)] = ""
    order: Annotated[str, Control(label="order_places", submits=True)] = ""
    layer: Annotated[int, Field(ge=1, le=4), Control(step=1, live=True)] = 1
    head: Annotated[int, Field(ge=1, le=4), Control(step=1, live=True)] = 1
    first: Annotated[int, Count, Control(label="first_target", step=1, live=True)] = 1
    second: Annotated[int, Count, Control(label="second_target", step=1, live=True)] = 2
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """Both maps of attention, and the proof."""
    bundle = models.get(settings.model)
    say = partial(STRINGS.say, language=language)
    count = len(task.sentence(bundle, settings.text, limits.MAX_COURT_TOKENS, least=2).words)
    found = task.attention(bundle, settings.text, fitting(settings.order, count))
    layers, heads = found.content.shape[:2]
    layer, head = min(settings.layer, layers) - 1, min(settings.head, heads) - 1
    tokens = found.sentence.tokens
    content = figures.attention(found.content[layer, head], tokens, tokens, say("content_stream"))
    query = figures.attention(found.query[layer, head], tokens[1:-1], tokens, say("query_stream"))
    pair = (min(settings.first, count), min(settings.second, count))
    return {
        "order_said": html.note(say("order_now", order=" → ".join(tokens[place] for place in found.order))),
        "content": pictures.sent(content, "xlnet-content"),
        "query": pictures.sent(query, "xlnet-query"),
        "proof": _proof(task.unplaced(bundle, settings.text, pair), language),
        "formulas": STREAMS[language],
    }


def _proof(found: task.Unplaced, language: Language) -> str:
    say = partial(STRINGS.say, language=language)
    known, hidden = found.apart
    titles = [f"{found.sentence.tokens[place]} ({say('place_number', place=place)})" for place in found.places]
    rows: list[list[html.Cell]] = [
        [say("place_known"), *(words.guessed(one) for one in found.guesses_known), f"{known:.3f}"],
        [say("place_hidden"), *(words.guessed(one) for one in found.guesses_hidden), f"{hidden:.3f}"],
    ]
    headers = ["", *(say("expected_at", target=title) for title in titles), say("variation")]
    told = say("proof_said", known=known, hidden=hidden)
    return html.note(told, "notice") + html.table(headers, rows, say("proof"), (3,), stacked=True)


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("text", lines=1, max_lines=3, elem_id="streams-text", scale=4, min_width=280)
        kit.main("streams_run", elem_id="streams-run", scale=1, min_width=140)
    kit.examples(elem_id="streams-examples")
    with gr.Row():
        for name in ("order", "layer", "head", "model"):
            kit.control(name, elem_id=f"streams-{name}", min_width=180)
    kit.html("order_said")
    with gr.Row():
        for name in ("content", "query"):
            with gr.Column(min_width=280):
                gr.Markdown(kit.strings(f"{name}_title"))
                kit.plot(name, f"xlnet-{name}")
    kit.look("streams_look")
    with gr.Row():
        for name in ("first", "second"):
            kit.control(name, elem_id=f"streams-{name}", min_width=180)
    kit.html("proof")
    kit.output("formulas", gr.Markdown(latex_delimiters=words.DELIMITERS, elem_id="streams-formulas"))


def start(models: Models, scene: Scene) -> Settings:
    """The first sentence."""
    name = next((name for _, name in models.querying(scene)), None)
    text = SENTENCES[scene.speech][0]
    count = len(task.sentence(models.get(name), text).words) if name else 2
    order = [*range(3, count + 1), *range(1, min(3, count + 1))]
    return Settings(text=text, order=" ".join(map(str, order)), second=min(5, count), model=name, speech=scene.speech)


def examples(scene: Scene) -> Sequence[Example]:
    """The sentences of a language."""
    return [Example((text, text), {"text": text, "order": ""}) for text in SENTENCES[scene.speech]]


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "streams", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"model": models.querying}, speech="speech",
    )  # fmt: skip
