"""Augmentation bench: two views of each sentence of a batch, and the loss that contrasts them, term by term."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from hub import limits
from hub.demos.similarity.encoders import Encoders, lines_of
from hub.demos.similarity.samples import VIEWED
from hub.demos.similarity.strings import LATEX, NT_XENT, STRINGS
from hub.demos.similarity.view import Examples, Field, Outputs, Values, View
from hub.errors import InputError
from hub.tasks import augment as task
from hub.tasks.embed import Progress
from hub.ui import html, pictures
from hub.ui import similarity_figures as figures
from hub.ui.strings import Language

MARKS = ("′", "″")  # of the first and the second view

# (title, the settings that it changes)
EXAMPLES: tuple[tuple[tuple[str, str], Values], ...] = (
    (
        ("The paper's best pair: shuffling and feature cutoff", "论文里最好的组合：打乱与特征裁剪"),
        {"first": "shuffle", "rate1": 1.0, "second": "feature cutoff", "rate2": 0.2, "tau": 0.1},
    ),
    (
        ("No augmentation: both views are equal", "不增强：两个视图完全相同"),
        {"first": "none", "rate1": 0.0, "second": "none", "rate2": 0.0, "tau": 0.1},
    ),
    (
        ("Too much: half of the words erased in both views", "过头：两个视图都抹去一半的词"),
        {"first": "token cutoff", "rate1": 0.5, "second": "token cutoff", "rate2": 0.5, "tau": 0.1},
    ),
    (
        ("Cold, τ = 0.02: the nearest negative takes the push", "低温 τ = 0.02：推力几乎全给最近的负例"),
        {"first": "dropout", "rate1": 0.2, "second": "dropout", "rate2": 0.2, "tau": 0.02},
    ),
    (
        ("Warm, τ = 1: all negatives share the push", "高温 τ = 1：推力由所有负例分担"),
        {"first": "dropout", "rate1": 0.2, "second": "dropout", "rate2": 0.2, "tau": 1.0},
    ),
)


def names_of(count: int) -> list[str]:
    """The views of so many sentences, in the order of the loss: 1′, 2′, …, 1″, 2″, …."""
    return [f"{number}{mark}" for mark in MARKS for number in range(1, count + 1)]


def facts_html(views: task.Views, contrast: task.Contrast, language: Language) -> str:
    """How far the views lie from each other, and the loss."""
    found = task.distances(views)
    entries = [
        ("between_views", _number(found["views"])), ("to_first", _number(found["first"])),
        ("to_second", _number(found["second"])), ("to_others", _number(found["others"])),
        ("loss", _number(contrast.loss)),
        ("found", STRINGS.say("found_of", language, found=contrast.found, count=len(contrast.losses))),
    ]  # fmt: skip
    scores = "".join(
        f"<div class=score><span>{html.text_of(STRINGS.say(key, language))}</span><b>{html.text_of(value)}</b></div>"
        for key, value in entries
    )
    return f"<div class=scores>{scores}</div>"


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3f}"


def terms_html(contrast: task.Contrast, names: Sequence[str], language: Language) -> str:
    """The loss of each view as the sum that it is."""
    rows: list[list[html.Cell]] = []
    push = contrast.push
    for place, name in enumerate(names):
        partner = int(contrast.partner[place])
        hardest = contrast.hardest[place]
        rows.append(
            [
                name, f"{contrast.similarities[place, partner]:.3f}", f"{contrast.terms[place, partner]:.4g}",
                f"{contrast.terms[place].sum():.4g}", f"{contrast.weights[place, partner]:.1%}",
                f"{contrast.losses[place]:.4f}",
                None if hardest < 0 else f"{names[hardest]} ({push[place, hardest]:.1%})",
            ]
        )  # fmt: skip
    keys = ("view", "sim_partner", "numerator", "denominator", "share_partner", "term_loss", "hardest")
    headers: list[html.Cell] = [STRINGS.say(key, language) for key in keys]
    return html.table(headers, rows, STRINGS.say("terms", language), range(1, len(keys)))


def show(encoders: Encoders, values: Values, speech: Language, language: Language) -> Outputs:
    """The facts, the matrices of one sentence, the similarities of all views, the shares of one, every term, a note."""

    def say(key: str, **given: object) -> str:
        return STRINGS.say(key, language, **given)

    if not values["model"]:
        raise InputError("encoder_parts")
    lines = lines_of(values["lines"], limits.MAX_VIEW_LINES)
    asked = [
        task.Augmentation(values[kind], float(values[rate])) for kind, rate in (("first", "rate1"), ("second", "rate2"))
    ]
    read = encoders.reads(values["model"], speech)
    views = task.views(encoders.get(values["model"]), lines, asked[0], asked[1], int(values["seed"] or 0))
    contrast = task.contrast(views.first.vectors, views.second.vectors, float(values["tau"]))
    at = min(int(values["which"]), len(lines)) - 1
    names = names_of(len(lines))

    def heading(title: str, by: task.Augmentation, view: task.View) -> str:
        moved = task.change(views.plain.matrices[at], view.matrices[at])
        return say("erased", name=f"{title} · {say(by.kind)}", share=view.erased[at], change=moved)

    matrices = [(say("plain"), views.plain.matrices[at])] + [
        (heading(say(title), by, view), view.matrices[at])
        for title, by, view in zip(("first_view", "second_view"), asked, (views.first, views.second), strict=True)
    ]
    partner = int(contrast.partner[at])
    others = [place for place in range(len(names)) if place not in (at, partner)]
    tips = [
        f"{names[place]} {figures.cut(lines[place % len(lines)], figures.LONG)}<br>"
        f"sim {contrast.similarities[at, place]:.3f}, exp(sim/τ) {contrast.terms[at, place]:.4g}"
        for place in others
    ]
    drawn = [
        figures.embedding_matrices(matrices, views.tokens[at], say("feature")),
        figures.matrix(lines * 2, contrast.similarities, names),
        figures.weights(
            [names[place] for place in others], contrast.push[at, others], tips, say("push_of", name=names[at])
        ),
    ]
    sent = [
        pictures.sent(figure, name)
        for figure, name in zip(drawn, ("bench-matrices", "bench-views", "bench-weights"), strict=True)
    ]
    other = "" if read == speech else html.note(say("other_language", spoken=say(f"speech_{read}")))
    pulled = say("pulled", name=names[at], partner=names[partner], share=contrast.weights[at, partner],
                 push=1 - contrast.weights[at, partner])  # fmt: skip
    facts = facts_html(views, contrast, language) + html.note(pulled)
    return [facts, *sent, terms_html(contrast, names, language), other]


def draw(encoders: Encoders) -> View:
    """Lay it out."""
    s = STRINGS
    kinds = [(s(kind), kind) for kind in task.KINDS]
    with gr.Tab(s("bench"), id="bench") as tab:
        dataset = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[title[0]] for title, _ in EXAMPLES],
            label=s("examples"), type="index", elem_id="bench-examples",
        )  # fmt: skip
        note = gr.HTML(elem_id="bench-note")
        with gr.Row():
            lines = gr.Textbox(label=s("view_lines"), lines=4, max_lines=8, elem_id="bench-lines", min_width=280)
            with gr.Column(min_width=280):
                model = gr.Dropdown([card.name for card in encoders.cards], label=s("encoder"), elem_id="bench-model")
                with gr.Row():
                    which = gr.Slider(
                        1, limits.MAX_VIEW_LINES, 1, step=1, label=s("which"), elem_id="bench-which", min_width=130
                    )
                    seed = gr.Number(
                        0, precision=0, minimum=0, maximum=1_000_000, step=1, label=s("seed"), elem_id="bench-seed",
                        min_width=90,
                    )  # fmt: skip
        with gr.Row():
            with gr.Column(min_width=280):
                first = gr.Dropdown(kinds, value=task.KINDS[1], label=s("first_view"), elem_id="bench-first")
                rate1 = gr.Slider(0, 1, 1.0, step=0.05, label=s("strength"), elem_id="bench-rate1")
            with gr.Column(min_width=280):
                second = gr.Dropdown(kinds, value=task.KINDS[3], label=s("second_view"), elem_id="bench-second")
                rate2 = gr.Slider(0, 1, 0.2, step=0.05, label=s("strength"), elem_id="bench-rate2")
        button = gr.Button(s("bench_run"), variant="primary", elem_id="bench-run")
        matrices = pictures.plot("bench-matrices")
        gr.Markdown(s("bench_look"), elem_classes="look")
        gr.Markdown(s("attack"), elem_classes="look")
        tau = gr.Slider(*task.TEMPERATURES, task.TEMPERATURE, step=0.01, label=s("temperature"), elem_id="bench-tau")
        gr.Markdown(NT_XENT, latex_delimiters=LATEX, elem_classes="formula")
        facts = gr.HTML(elem_id="bench-facts")
        with gr.Row():
            with gr.Column(min_width=300):
                similarities = pictures.plot("bench-views")
                gr.Markdown(s("contrast_look"), elem_classes="look")
            with gr.Column(min_width=300):
                weights = pictures.plot("bench-weights")
                gr.Markdown(s("weights_look"), elem_classes="look")
        terms = gr.HTML(elem_id="bench-terms")

    def run(values: Values, speech: Language, language: Language, _: Progress | None) -> Outputs:
        return show(encoders, values, speech, language)

    def able(speech: Language, language: Language) -> str | None:
        return next((name for _, name in encoders.augmentable(speech, language)), None)

    def batch(speech: Language, language: Language) -> str:
        name = able(speech, language)
        return "\n".join(VIEWED[encoders.reads(name, speech) if name else speech])

    start = EXAMPLES[0][1]

    def constant(name: str, component: gr.components.Component) -> Field:
        return Field(component, lambda *_: start[name], live=True)

    fields = {
        "lines": Field(lines, batch, lines=True),
        "model": Field(model, able, encoders.augmentable, live=True),
        "first": constant("first", first), "rate1": constant("rate1", rate1),
        "second": constant("second", second), "rate2": constant("rate2", rate2),
        "seed": Field(seed, lambda *_: 0, live=True), "tau": constant("tau", tau),
        "which": Field(which, lambda *_: 1, live=True),
    }  # fmt: skip
    examples = Examples(
        dataset,
        lambda _, language: [title[language == "zh"] for title, _ in EXAMPLES],
        lambda place, _: EXAMPLES[place][1],
    )
    outputs = [facts, matrices, similarities, weights, terms, note]
    return View("bench", tab, fields, outputs, run, "lines", button, examples=examples)
