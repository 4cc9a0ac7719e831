"""Many sentences: all against all as a heat map, and a search among them."""

from __future__ import annotations

import time

import gradio as gr
import numpy as np

from hub import limits
from hub.demos.similarity.encoders import NEAR, Encoders, lines_of, sentence_of
from hub.demos.similarity.samples import LINES, QUERIES, SENTENCES
from hub.demos.similarity.strings import STRINGS
from hub.demos.similarity.view import Examples, Field, Outputs, Values, View
from hub.tasks import embed as task
from hub.tasks.embed import Progress
from hub.ui import html, pictures
from hub.ui import similarity_figures as figures
from hub.ui.strings import Language

MOST_HITS = 50  # that the slider offers; programs may ask for more


def show_matrix(encoders: Encoders, values: Values, speech: Language, language: Language) -> Outputs:
    """What is nearest and farthest, and the heat map."""
    lines = lines_of(values["lines"], limits.MAX_SIMILARITY_LINES, least=2)
    found = task.matrix(encoders.checked(values["model"], speech, language), lines)
    notes = "".join(
        html.note(
            STRINGS.say(key, language, score=found[a, b], a=figures.cut(lines[a], figures.LONG),
                        b=figures.cut(lines[b], figures.LONG)),
            "notice",
        )
        for key, (a, b) in zip(("nearest", "farthest"), task.extremes(found), strict=True)
    )  # fmt: skip
    return [notes, pictures.sent(figures.matrix(lines, found, stretched=values["stretch"]), "similarity-matrix")]


def show_search(
    encoders: Encoders, values: Values, speech: Language, language: Language, progress: Progress | None = None
) -> Outputs:
    """The ranked neighbours."""
    query = sentence_of(values["query"])
    lines = lines_of(values["lines"], limits.MAX_SEARCH_TEXTS)
    bundle = encoders.checked(values["model"], speech, language)
    bundle.session(large=len(lines) >= task.LARGE)  # the time below is of a search, not of a start
    start = time.perf_counter()
    hits = task.search(bundle, query, lines, int(values["k"]), progress=progress)
    seconds = time.perf_counter() - start
    usual = encoders.usual(values["model"], speech)
    level = float(np.quantile(usual, NEAR))
    near = sum(hit.score > level for hit in hits)
    told = STRINGS.say("searched", language, count=len(lines), seconds=seconds, rate=len(lines) / seconds)
    read = STRINGS.say("stand_out" if near else "none_stands_out", language, near=near, share=NEAR, level=level)
    bars = "".join(
        html.bar(f"{rank}. {hit.text}", hit.score, f"{hit.score:.3f}", hit.score > level)
        for rank, hit in enumerate(hits, 1)
    )
    return [f"{html.note(told, 'notice')}{html.note(read)}<div class=hits>{bars}</div>"]


def draw_matrix(encoders: Encoders) -> View:
    """Lay it out."""
    s = STRINGS
    with gr.Tab(s("matrix"), id="matrix") as tab:
        with gr.Row():
            lines = gr.Textbox(
                label=s("matrix_lines"), lines=7, max_lines=12, elem_id="matrix-lines", scale=3, min_width=280
            )
            with gr.Column(scale=2, min_width=240):
                model = gr.Dropdown([card.name for card in encoders.cards], label=s("encoder"), elem_id="matrix-model")
                stretch = gr.Checkbox(False, label=s("stretch"), elem_id="matrix-stretch")
                button = gr.Button(s("matrix_run"), variant="primary", elem_id="matrix-run")
                gr.Markdown(s("matrix_look"), elem_classes="look")
        notes = gr.HTML(elem_id="matrix-notes")
        plot = pictures.plot("similarity-matrix")

    def run(values: Values, speech: Language, language: Language, _: Progress | None) -> Outputs:
        return show_matrix(encoders, values, speech, language)

    fields = {
        "lines": Field(lines, lambda speech, _: "\n".join(LINES[speech]), lines=True),
        "model": Field(model, encoders.first, encoders.choices, live=True),
        "stretch": Field(stretch, lambda *_: False, live=True),
    }
    return View("matrix", tab, fields, [notes, plot], run, "lines", button)


def draw_search(encoders: Encoders) -> View:
    """Lay it out."""
    s = STRINGS
    with gr.Tab(s("search"), id="search") as tab:
        with gr.Row():
            with gr.Column(scale=3, min_width=280):
                query = gr.Textbox(label=s("query"), lines=1, elem_id="search-query")
                dataset = gr.Dataset(
                    components=[gr.Textbox(visible=False)], samples=[[query] for query in QUERIES["en"]],
                    label=s("examples"), type="index", elem_id="search-examples",
                )  # fmt: skip
                lines = gr.Textbox(label=s("search_lines"), lines=5, max_lines=10, elem_id="search-lines")
            with gr.Column(scale=2, min_width=240):
                model = gr.Dropdown([card.name for card in encoders.cards], label=s("encoder"), elem_id="search-model")
                k = gr.Slider(1, MOST_HITS, task.HITS, step=1, label=s("k"), elem_id="search-k")
                button = gr.Button(s("search_run"), variant="primary", elem_id="search-run")
                gr.Markdown(s("search_look"), elem_classes="look")
        hits = gr.HTML(elem_id="search-hits")

    def run(values: Values, speech: Language, language: Language, progress: Progress | None) -> Outputs:
        return show_search(encoders, values, speech, language, progress)

    fields = {
        "query": Field(query, lambda speech, _: QUERIES[speech][0]),
        "lines": Field(lines, lambda speech, _: "\n".join(SENTENCES[speech]), lines=True),
        "model": Field(model, encoders.first, encoders.choices),
        "k": Field(k, lambda *_: task.HITS),
    }
    examples = Examples(
        dataset, lambda speech, _: QUERIES[speech], lambda place, speech: {"query": QUERIES[speech][place]}
    )
    return View("search", tab, fields, [hits], run, "lines", button, ("query",), examples, slow=True)
