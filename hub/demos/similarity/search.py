"""A search among many sentences."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr
import numpy as np
from pydantic import Field

from hub import limits
from hub.demos.similarity.encoders import NEAR, Encoders, lines_of, sentence_of
from hub.demos.similarity.examples import QUERIES, SENTENCES
from hub.demos.similarity.strings import STRINGS
from hub.tasks import embed as task
from hub.tasks.embed import Progress
from hub.ui import html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

MOST_HITS = 50  # that the slider offers; programs may ask for more


class Settings(settings.Settings):
    """What is looked for, and where."""

    query: Annotated[str, Control(submits=True)] = ""
    lines: Annotated[str, Control(label="search_lines", lines=True)] = ""
    model: Annotated[str | None, Control(label="encoder")] = None
    k: Annotated[int, Field(ge=1, le=MOST_HITS)] = task.HITS
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(
    encoders: Encoders, settings: Settings, language: Language, progress: Progress | None = None
) -> dict[str, Any]:
    """The ranked neighbours."""
    query = sentence_of(settings.query)
    lines = lines_of(settings.lines, limits.MAX_SEARCH_TEXTS)
    bundle = encoders.checked(settings.model, settings.speech, language)
    bundle.session(large=len(lines) >= task.LARGE)  # the time below is of a search, not of a start
    start = time.perf_counter()
    hits = task.search(bundle, query, lines, settings.k, progress=progress)
    seconds = time.perf_counter() - start
    usual = encoders.usual(bundle.name, settings.speech)
    level = float(np.quantile(usual, NEAR))
    near = sum(hit.score > level for hit in hits)
    told = STRINGS.say("searched", language, count=len(lines), seconds=seconds, rate=len(lines) / seconds)
    read = STRINGS.say("stand_out" if near else "none_stands_out", language, near=near, share=NEAR, level=level)
    bars = "".join(
        html.bar(f"{rank}. {hit.text}", hit.score, f"{hit.score:.3f}", hit.score > level)
        for rank, hit in enumerate(hits, 1)
    )
    return {"hits": f"{html.note(told, 'notice')}{html.note(read)}<div class=hits>{bars}</div>"}


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            kit.control("query", lines=1, elem_id="search-query")
            kit.examples(elem_id="search-examples")
            kit.control("lines", lines=5, max_lines=10, elem_id="search-lines")
        with gr.Column(scale=2, min_width=240):
            kit.control("model", elem_id="search-model")
            kit.control("k", elem_id="search-k")
            kit.main("search_run", elem_id="search-run")
            kit.look("search_look")
    kit.html("hits")


def start(encoders: Encoders, scene: Scene) -> Settings:
    """The first query, among all the sentences, with the best encoder."""
    return Settings(
        query=QUERIES[scene.speech][0],
        lines="\n".join(SENTENCES[scene.speech]),
        model=encoders.first(scene.speech, scene.language),
        speech=scene.speech,
    )


def examples(scene: Scene) -> Sequence[Example]:
    """The queries of a language."""
    return [Example((query, query), {"query": query}) for query in QUERIES[scene.speech]]


def view(encoders: Encoders) -> View:
    """The view, of some encoders."""
    return View(
        "search", Settings, draw, partial(show, encoders), start=partial(start, encoders), examples=examples,
        choices={"model": encoders.offered}, speech="speech", long="lines", slow=True,
    )  # fmt: skip
