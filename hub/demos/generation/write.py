"""Continue a text: token by token, each with what else could have stood there; any of that can be taken instead.

When one is taken, the text as it was and the text as it becomes stand beside each other (hub/demos/generation/
editing.py). Poems are set in lines, and written slowly enough to be watched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import gradio as gr

from hub.card import Card
from hub.demos.generation.editing import Editor
from hub.demos.generation.examples import QUESTIONS, STARTS, WAYS, Start
from hub.demos.generation.strings import STRINGS
from hub.demos.generation.writers import Writers
from hub.demos.generation.writing import SAMPLING, Settings, Writing
from hub.demos.generation.written import Written
from hub.tasks.prompts import BARE
from hub.ui import html, scripts
from hub.ui.view import Example, Kit, Scene, View


def suggestions(card: Card | None) -> tuple[Start, ...]:
    """The examples for a model: prompts in the form that it was trained on, where it has one."""
    if card is None or not card.prompts:
        return (*STARTS, *QUESTIONS) if card is not None and card.chat_template else STARTS
    own = [Start((prompt.strip(), prompt.strip()), prompt) for prompt in card.prompts]
    again = [Start(title, card.prompts[0], changed) for title, changed in WAYS]
    return (own[0], *again, *own[1:])


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("prompt", lines=5, max_lines=8, elem_id="generation-prompt", scale=2, min_width=280)
        with gr.Column(min_width=300):
            kit.control("model", elem_id="generation-model")
            kit.control("way", elem_id="generation-way", visible=False, min_width=200)
    kit.output("read", gr.HTML(elem_id="generation-read", elem_classes="has-read"))
    kit.examples(elem_id="generation-examples")
    with gr.Accordion(STRINGS("settings"), open=False, elem_id="generation-settings"), gr.Row():
        for name in SAMPLING:
            kit.control(name, elem_id=f"generation-{name}", min_width=110 if name == "seed" else 200)
    with gr.Row():
        kit.main(elem_id="generation-run", min_width=120)
        kit.output("one", gr.Button(STRINGS("one_token"), elem_id="generation-one", min_width=110))
        kit.stop(elem_id="generation-stop", min_width=90)
    empty = html.empty(STRINGS.say("empty", "en"))
    kit.output("text", gr.HTML(empty, js_on_load=scripts.text("pick"), elem_id="generation-text"))
    kit.html("facts", "generation-facts")
    kit.html("kept", "generation-kept")
    kit.look("look")
    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            gr.Markdown(STRINGS("alternatives"), elem_classes="hint")
            kit.output("alternatives", gr.HTML(js_on_load=scripts.text("pick"), elem_id="generation-alternatives"))
        with gr.Column(min_width=300):
            gr.Markdown(STRINGS("distribution"), elem_classes="hint")
            kit.plot("distribution", "generation-distribution")
            kit.html("left", "generation-left")
    kit.output("written", gr.State(Written()))
    kit.output("at", gr.State(-1))  # the place that is looked at


def start(writers: Writers, scene: Scene) -> Settings:
    """The first example of the first model."""
    name = writers.first(scene.language)
    first = suggestions(writers.card(name))[0]
    return Settings(prompt=first.prompt, model=name).changed(**first.changed)


def base(writers: Writers, scene: Scene, fields: Mapping[str, str]) -> Settings:
    """A prompt comes with the usual settings, a model alone with its first example."""
    name = fields.get("model") or writers.first(scene.language)
    if fields.get("prompt"):
        return Settings(model=name)
    first = suggestions(writers.card(name))[0]
    return Settings(prompt=first.prompt, model=name).changed(**first.changed)


def examples(writers: Writers, scene: Scene, model: str | None) -> Sequence[Example]:
    """The beginnings for a model, each with all settings."""
    return [
        Example(one.title, {"prompt": one.prompt, "way": one.way, **_usual(), **one.changed})
        for one in suggestions(writers.card(model))
    ]


def _usual() -> dict[str, Any]:
    values = Settings().values()
    return {name: values[name] for name in SAMPLING}


def switched(writers: Writers, settings: Settings, scene: Scene) -> Settings:
    """Another model: its first example, where the prompt was an example too."""
    ours = {one.prompt.strip() for card in (None, *writers.cards) for one in suggestions(card)}
    kept = settings.prompt.strip() and settings.prompt.strip() not in ours
    prompt = settings.prompt if kept else suggestions(writers.card(settings.model))[0].prompt
    return settings.changed(prompt=prompt, way=BARE)


def view(writers: Writers) -> View:
    """The view, of some models."""
    writing = Writing(writers)
    return View(
        "write", Settings, draw, writing.show, start=partial(start, writers), base=partial(base, writers),
        choices={"model": writers.offered}, examples=partial(examples, writers), by="model",
        switched=partial(switched, writers), long="prompt", forgets=("path",), stops=True, at_once=8,
        wire=lambda kit, wiring: Editor(writing, kit, wiring).wire(),
    )  # fmt: skip
