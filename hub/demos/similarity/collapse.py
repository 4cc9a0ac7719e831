"""Collapse, seen: the shipped sentences in the space of an encoder, before and after contrastive training."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr
import numpy as np

from hub.demos.similarity.encoders import COUNTS, Encoders
from hub.demos.similarity.samples import GRADED, PARAPHRASES, SENTENCES
from hub.demos.similarity.strings import STRINGS
from hub.demos.similarity.view import Field, Outputs, Values, View
from hub.errors import InputError
from hub.tasks import collapse as task
from hub.tasks.embed import Progress
from hub.ui import html, pictures
from hub.ui import similarity_figures as figures
from hub.ui.similarity_figures import Series
from hub.ui.strings import Language

SHOWN_TOKENS = 30


def measures_html(
    names: Sequence[str],
    spaces: Sequence[task.Space],
    scores: Sequence[np.ndarray],
    grades: np.ndarray,
    language: Language,
) -> str:
    """The figures of each encoder side by side."""

    def say(key: str, **values: object) -> str:
        return STRINGS.say(key, language, **values)

    def correlation(found: np.ndarray) -> str:
        low, high = task.spearman_interval(found, grades)
        return say("interval", value=f"{task.spearman(found, grades):.3f}", low=f"{low:.2f}", high=f"{high:.2f}")

    most = len(spaces[0].spectrum.shares)
    rows: list[list[html.Cell]] = [
        [f"{say('mean_cosine')} ↓", *(f"{space.cosines.mean():.3f}" for space in spaces)],
        [f"{say('alignment')} ↓", *(f"{space.alignment:.3f}" for space in spaces)],
        [f"{say('uniformity')} ↓", *(f"{space.uniformity:.3f}" for space in spaces)],
        [f"{say('rank_effective', most=most)} ↑", *(f"{space.spectrum.effective_rank:.1f}" for space in spaces)],
        [f"{say('spearman', count=len(grades))} ↑", *(correlation(found) for found in scores)],
    ]
    return html.table([say("measure"), *names], rows, "", range(1, 1 + len(names)))


def removed_html(gone: Sequence[str], language: Language) -> str:
    """Which tokens are left out."""
    if not gone:
        return html.note(STRINGS.say("removed_none", language))
    listed = "  ".join(gone[:SHOWN_TOKENS]) + (" …" if len(gone) > SHOWN_TOKENS else "")
    return html.note(STRINGS.say("removed_now", language, tokens=listed))


def show(encoders: Encoders, values: Values, speech: Language, language: Language) -> Outputs:
    """The table, the histogram, the spectrum, a projection of each, and the course over k."""

    def say(key: str, **given: object) -> str:
        return STRINGS.say(key, language, **given)

    if not values["trained"]:
        raise InputError(say("none_of_language"))
    encoders.checked(values["trained"], speech, language)
    line = encoders.line(values["trained"])
    frequent = encoders.frequent(values["trained"])
    gone = frequent[: int(values["k"])]
    titles = [encoders.title(name, language) for name in line]
    colours = figures.SIDES[-len(line) :]
    samples = [encoders.sample(name, speech) for name in line]
    spaces = [sample.space(gone) for sample in samples]

    def series(part: Sequence[np.ndarray]) -> list[Series]:
        return [Series(*entry) for entry in zip(titles, colours, part, strict=True)]

    table = measures_html(titles, spaces, [sample.scores(gone) for sample in samples], samples[0].grades, language)
    reach = 1.1 * max(float(np.abs(space.projection.points).max()) for space in spaces)
    plots = [
        figures.projection(
            one, SENTENCES[speech], reach,
            (say("component", number=1, share=space.projection.shares[0]),
             say("component", number=2, share=space.projection.shares[1])),
        )
        for one, space in zip(series([space.projection.points for space in spaces]), spaces, strict=True)
    ]  # fmt: skip
    courses = [encoders.removal(name, speech, frequent) for name in line]
    curves = [
        (Series(say(key, name=title), colour, np.array(getattr(course, attribute))), np.array(course.removed), dash)
        for key, attribute, dash in (("rho_of", "spearman", "solid"), ("cosine_of", "cosines", "dot"))
        for title, colour, course in zip(titles, colours, courses, strict=True)
    ]
    note = html.note(
        say("collapse_note", sentences=len(SENTENCES[speech]), paraphrases=len(PARAPHRASES[speech]),
            graded=len(GRADED[speech]))
    )  # fmt: skip
    hint = removed_html(gone, language) if frequent else html.note(say("no_frequent"), "warn")
    drawn = [
        figures.histogram(series([space.cosines for space in spaces]), say("cosine"), say("share_of_pairs")),
        figures.spectrum(series([space.spectrum.shares for space in spaces]), say("singular"), say("share_of_sum")),
        plots[0],
        plots[-1],
        figures.removal(curves, len(gone), say("k_removed")),
    ]
    names = ("collapse-cosines", "collapse-spectrum", "collapse-before", "collapse-after", "collapse-removal")
    sent = [pictures.sent(figure, name) for figure, name in zip(drawn, names, strict=True)]
    return [hint + table + note, *sent]


def draw(encoders: Encoders) -> View:
    """Lay it out."""
    s = STRINGS
    with gr.Tab(s("collapse"), id="collapse") as tab:
        with gr.Row():
            trained = gr.Dropdown(
                [card.name for card in encoders.cards], label=s("compared"), elem_id="collapse-pair", min_width=280
            )
            k = gr.Slider(0, COUNTS[-1], 0, step=1, label=s("removed"), elem_id="collapse-k", min_width=280)
        table = gr.HTML(elem_id="collapse-table")
        with gr.Row():
            with gr.Column(min_width=300):
                cosines = pictures.plot("collapse-cosines")
                gr.Markdown(s("histogram_look"), elem_classes="look")
            with gr.Column(min_width=300):
                spectrum = pictures.plot("collapse-spectrum")
                gr.Markdown(s("spectrum_look"), elem_classes="look")
        with gr.Row():
            with gr.Column(min_width=300):
                before = pictures.plot("collapse-before")
            with gr.Column(min_width=300):
                after = pictures.plot("collapse-after")
        gr.Markdown(s("projection_look"), elem_classes="look")
        course = pictures.plot("collapse-removal")
        gr.Markdown(s("removal_look"), elem_classes="look")

    def run(values: Values, speech: Language, language: Language, _: Progress | None) -> Outputs:
        return show(encoders, values, speech, language)

    def first(speech: Language, language: Language) -> str | None:
        return next((name for _, name in encoders.comparisons(speech, language)), None)

    fields = {
        "trained": Field(trained, first, encoders.comparisons, live=True),
        "k": Field(k, lambda *_: 0, live=True),
    }
    return View("collapse", tab, fields, [table, cosines, spectrum, before, after, course], run, "trained")
