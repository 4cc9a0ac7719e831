"""A longer text in segments: what the memory of those before is worth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import exp
from typing import Annotated, Any

import gradio as gr
import numpy as np
from pydantic import Field

from hub.demos.xlnet import figures, words
from hub.demos.xlnet.examples import LONG
from hub.demos.xlnet.models import Models
from hub.demos.xlnet.strings import MEMORY, STRINGS
from hub.tasks import permutation as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View


class Settings(settings.Settings):
    """A text, and the size of its segments."""

    text: Annotated[str, Control(label="long_text")] = ""
    size: Annotated[int, Field(ge=8, le=64), Control(step=8, live=True)] = 24
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The perplexity of each segment with memory and without."""
    found = task.remembered(models.get(settings.model), settings.text, settings.size)
    say = partial(STRINGS.say, language=language)
    sides = [[exp(float(side(one).mean())) for one in found.segments] for side in (_without, _remembering)]
    names = [str(number) for number in range(1, len(found.segments) + 1)]
    later = found.segments[1:]
    told = say("memory_one")
    if later:
        before, after = (
            float(np.concatenate([side(one) for one in later]).mean()) for side in (_without, _remembering)
        )
        told = say("memory_said", without=exp(before), remembering=exp(after), gain=before - after)
    compared = [(say("memory_without"), sides[0]), (say("memory_with"), sides[1])]
    plot = figures.bars(names, compared, say("segment"), say("segment_perplexity"))
    rows: list[list[html.Cell]] = [
        [number, one.text, one.memory, f"{sides[0][number - 1]:.1f}", f"{sides[1][number - 1]:.1f}"]
        for number, one in enumerate(found.segments, 1)
    ]
    headers = [say(key) for key in ("segment", "its_words", "remembered", "memory_without", "memory_with")]
    return {
        "said": html.note(told, "notice"),
        "plot": pictures.sent(plot, "xlnet-memory"),
        "table": html.table(headers, rows, say("memory_table"), (0, 2, 3, 4), stacked=True),
        "formulas": MEMORY[language],
    }


def _without(segment: task.Segment) -> np.ndarray:
    return segment.without


def _remembering(segment: task.Segment) -> np.ndarray:
    return segment.remembering


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.control("text", lines=5, max_lines=12, elem_id="memory-text")
    kit.examples(elem_id="memory-examples")
    with gr.Row():
        kit.control("size", elem_id="memory-size", scale=2, min_width=240)
        kit.control("model", elem_id="memory-model", scale=2, min_width=240)
        kit.main("memory_run", elem_id="memory-run", scale=1, min_width=140)
    kit.html("said")
    kit.plot("plot", "xlnet-memory")
    kit.look("memory_look")
    kit.html("table")
    kit.output("formulas", gr.Markdown(latex_delimiters=words.DELIMITERS, elem_id="memory-formulas"))


def start(models: Models, scene: Scene) -> Settings:
    """The first text."""
    return Settings(text=LONG[scene.speech][0], model=models.first(scene), speech=scene.speech)


def examples(scene: Scene) -> Sequence[Example]:
    """The texts of a language."""
    return [Example((f"{text[:48]}…", f"{text[:24]}…"), {"text": text}) for text in LONG[scene.speech]]


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "memory", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"model": models.offered}, speech="speech", long="text",
    )  # fmt: skip
