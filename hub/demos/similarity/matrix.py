"""Many sentences, all against all, as a heat map."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub import limits
from hub.demos.similarity import figures
from hub.demos.similarity.encoders import Encoders, lines_of
from hub.demos.similarity.examples import LINES
from hub.demos.similarity.strings import STRINGS
from hub.tasks import embed as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Kit, Scene, View


class Settings(settings.Settings):
    """The sentences, and the colours."""

    lines: Annotated[str, Control(label="matrix_lines", lines=True)] = ""
    model: Annotated[str | None, Control(label="encoder", live=True)] = None
    stretch: Annotated[bool, Control(live=True)] = False
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(encoders: Encoders, settings: Settings, language: Language) -> dict[str, Any]:
    """What is nearest and farthest, and the heat map."""
    lines = lines_of(settings.lines, limits.MAX_SIMILARITY_LINES, least=2)
    cosines = task.matrix(encoders.checked(settings.model, settings.speech, language), lines)
    notes = "".join(
        html.note(
            STRINGS.say(key, language, score=cosines[a, b], a=figures.cut(lines[a], figures.LONG),
                        b=figures.cut(lines[b], figures.LONG)),
            "notice",
        )
        for key, (a, b) in zip(("nearest", "farthest"), task.extremes(cosines), strict=True)
    )  # fmt: skip
    heat = figures.matrix(lines, cosines, stretched=settings.stretch)
    return {"notes": notes, "plot": pictures.sent(heat, "similarity-matrix")}


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("lines", lines=7, max_lines=12, elem_id="matrix-lines", scale=3, min_width=280)
        with gr.Column(scale=2, min_width=240):
            kit.control("model", elem_id="matrix-model")
            kit.control("stretch", elem_id="matrix-stretch")
            kit.main("matrix_run", elem_id="matrix-run")
            kit.look("matrix_look")
    kit.html("notes")
    kit.plot("plot", "similarity-matrix")


def start(encoders: Encoders, scene: Scene) -> Settings:
    """Our sentences, with the best encoder."""
    best = encoders.first(scene.speech, scene.language)
    return Settings(lines="\n".join(LINES[scene.speech]), model=best, speech=scene.speech)


def view(encoders: Encoders) -> View:
    """The view, of some encoders."""
    return View(
        "matrix", Settings, draw, partial(show, encoders), start=partial(start, encoders),
        choices={"model": encoders.offered}, speech="speech", long="lines",
    )  # fmt: skip
