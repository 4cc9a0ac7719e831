"""A film review graded with ELMo and without."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub.demos.elmo import gains
from hub.demos.elmo.examples import REVIEWS
from hub.demos.elmo.models import Models
from hub.demos.elmo.strings import STRINGS
from hub.tasks.layered import ARMS
from hub.ui import html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language, either
from hub.ui.view import Example, Kit, Scene, View


class Settings(settings.Settings):
    """A text, and the model."""

    text: Annotated[str, Control(label="review", submits=True)] = ""
    grader: Annotated[str | None, Control(label="grader", live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The grades of both twins, side by side, and their figures on the test split."""
    card = models.grader(settings.grader)
    labels = card.heads[""]
    titles = [either(card.label_titles[label], language) if label in card.label_titles else label for label in labels]
    parts = []
    for arm in ARMS:
        (found,) = models.graded(card.name, settings.text, arm)
        best = max(found.probabilities)
        bars = "".join(
            html.bar(title, value, f"{value:.0%}", value == best)
            for title, value in zip(titles, found.probabilities, strict=True)
        )
        parts.append(f"<section><h4>{html.text_of(STRINGS.say(f'arm_{arm}', language))}</h4>{bars}</section>")
    return {
        "found": f"<div class=pair>{''.join(parts)}</div>",
        "table": gains.of_files(card, language) + gains.table(models.reading_layers, language),
    }


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("text", lines=2, max_lines=8, elem_id="grades-text", scale=4, min_width=280)
        with gr.Column(scale=2, min_width=260):
            kit.main("grades_run", elem_id="grades-run")
            kit.control("grader", elem_id="grades-grader")
    kit.examples(elem_id="grades-examples")
    kit.html("found")
    kit.look("grades_look")
    kit.html("table")


def start(models: Models, scene: Scene) -> Settings:
    """The first review."""
    return Settings(
        text=REVIEWS[0],
        grader=next((name for _, name in models.graders(scene)), None),
        speech=scene.speech,
    )


def examples(_: Scene) -> Sequence[Example]:
    """The reviews."""
    return [Example((text, text), {"text": text}) for text in REVIEWS]


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "grades", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"grader": models.graders}, speech="speech", long="text",
    )  # fmt: skip
