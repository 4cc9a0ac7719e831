"""Augmentation bench: two views of each sentence of a batch, and the loss that contrasts them, term by term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import gradio as gr
from pydantic import Field

from hub import limits
from hub.demos.similarity import figures
from hub.demos.similarity.encoders import Encoders, lines_of
from hub.demos.similarity.examples import VIEWED, VIEWS, Views
from hub.demos.similarity.strings import LATEX, NT_XENT, STRINGS
from hub.errors import InputError
from hub.tasks import augment as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

MARKS = ("′", "″")  # of the first and the second view

PLACES = {"matrices": "bench-matrices", "similarities": "bench-views", "weights": "bench-weights"}  # of the figures
SHARE = Field(ge=0, le=1)
TAU = Field(ge=task.TEMPERATURES[0], le=task.TEMPERATURES[1])


class Settings(settings.Settings):
    """The batch, the two ways to change it, and the loss."""

    model: Annotated[str | None, Control(label="encoder", live=True)] = None
    first: Annotated[task.Kind, Control(label="first_view", live=True)] = "none"
    rate1: Annotated[float, SHARE, Control(label="strength", step=0.05, live=True)] = 1.0
    second: Annotated[task.Kind, Control(label="second_view", live=True)] = "none"
    rate2: Annotated[float, SHARE, Control(label="strength", step=0.05, live=True)] = 0.2
    seed: Annotated[int, Field(ge=0, le=1_000_000), Control(kind=gr.Number, step=1, live=True)] = 0
    tau: Annotated[float, TAU, Control(label="temperature", step=0.01, live=True)] = task.TEMPERATURE
    which: Annotated[int, Field(ge=1, le=limits.MAX_VIEW_LINES), Control(live=True)] = 1
    lines: Annotated[str, Control(label="view_lines", lines=True)] = ""
    speech: Annotated[Language, Control(hidden=True)] = "en"


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


def show(encoders: Encoders, settings: Settings, language: Language) -> dict[str, Any]:
    """The facts, the matrices of one sentence, the similarities of all views, the shares of one, every term, a note."""

    def say(key: str, **given: object) -> str:
        return STRINGS.say(key, language, **given)

    if not settings.model:
        raise InputError("encoder_parts")
    lines = lines_of(settings.lines, limits.MAX_VIEW_LINES)
    kinds = [task.Augmentation(settings.first, settings.rate1), task.Augmentation(settings.second, settings.rate2)]
    read = encoders.reads(settings.model, settings.speech)
    views = task.views(encoders.get(settings.model), lines, kinds[0], kinds[1], settings.seed or 0)
    contrast = task.contrast(views.first.vectors, views.second.vectors, settings.tau)
    at = min(settings.which, len(lines)) - 1
    names = names_of(len(lines))

    def heading(title: str, by: task.Augmentation, view: task.View) -> str:
        moved = task.change(views.plain.matrices[at], view.matrices[at])
        return say("erased", name=f"{title} · {say(by.kind)}", share=view.erased[at], change=moved)

    matrices = [(say("plain"), views.plain.matrices[at])] + [
        (heading(say(title), by, view), view.matrices[at])
        for title, by, view in zip(("first_view", "second_view"), kinds, (views.first, views.second), strict=True)
    ]
    partner = int(contrast.partner[at])
    others = [place for place in range(len(names)) if place not in (at, partner)]
    tips = [
        f"{names[place]} {figures.cut(lines[place % len(lines)], figures.LONG)}<br>"
        f"sim {contrast.similarities[at, place]:.3f}, exp(sim/τ) {contrast.terms[at, place]:.4g}"
        for place in others
    ]
    other = "" if read == settings.speech else html.note(say("other_language", spoken=say(f"speech_{read}")))
    pulled = say("pulled", name=names[at], partner=names[partner], share=contrast.weights[at, partner],
                 push=1 - contrast.weights[at, partner])  # fmt: skip
    drawn = {
        "matrices": figures.embedding_matrices(matrices, views.tokens[at], say("feature")),
        "similarities": figures.matrix(lines * 2, contrast.similarities, names),
        "weights": figures.weights(
            [names[place] for place in others], contrast.push[at, others], tips, say("push_of", name=names[at])
        ),
    }
    return {
        "facts": facts_html(views, contrast, language) + html.note(pulled),
        **{name: pictures.sent(figure, PLACES[name]) for name, figure in drawn.items()},
        "terms": terms_html(contrast, names, language),
        "note": other,
    }


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.examples(elem_id="bench-examples")
    kit.html("note")
    with gr.Row():
        kit.control("lines", lines=4, max_lines=8, elem_id="bench-lines", min_width=280)
        with gr.Column(min_width=280):
            kit.control("model", elem_id="bench-model")
            with gr.Row():
                kit.control("which", elem_id="bench-which", min_width=130)
                kit.control("seed", elem_id="bench-seed", min_width=90)
    with gr.Row():
        for kind, rate in (("first", "rate1"), ("second", "rate2")):
            with gr.Column(min_width=280):
                kit.control(kind, elem_id=f"bench-{kind}")
                kit.control(rate, elem_id=f"bench-{rate}")
    kit.main("bench_run", elem_id="bench-run")
    kit.plot("matrices", PLACES["matrices"])
    kit.look("bench_look")
    kit.look("attack")
    kit.control("tau", elem_id="bench-tau")
    gr.Markdown(NT_XENT, latex_delimiters=LATEX, elem_classes="formula")
    kit.html("facts")
    with gr.Row():
        for name, look in (("similarities", "contrast_look"), ("weights", "weights_look")):
            with gr.Column(min_width=300):
                kit.plot(name, PLACES[name])
                kit.look(look)
    kit.html("terms")


def able(encoders: Encoders, scene: Scene) -> list[tuple[str, str]]:
    """The encoders whose embedding layer is a graph of its own."""
    return encoders.augmentable(scene.speech, scene.language)


def start(encoders: Encoders, scene: Scene) -> Settings:
    """The first example."""
    name = next((name for _, name in able(encoders, scene)), None)
    lines = "\n".join(VIEWED[encoders.reads(name, scene.speech) if name else scene.speech])
    return Settings(lines=lines, model=name, speech=scene.speech, **settings_of(VIEWS[0]))


def settings_of(example: Views) -> dict[str, Any]:
    """What an example changes."""
    values = asdict(example)
    del values["title"]
    return values


def examples(scene: Scene) -> Sequence[Example]:
    """The same of every language."""
    return [Example(example.title, settings_of(example)) for example in VIEWS]


def view(encoders: Encoders) -> View:
    """The view, of some encoders."""
    return View(
        "bench", Settings, draw, partial(show, encoders), start=partial(start, encoders), examples=examples,
        choices={"model": partial(able, encoders)}, speech="speech", long="lines",
    )  # fmt: skip
