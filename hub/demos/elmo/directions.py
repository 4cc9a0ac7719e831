"""A sentence from both ends: what the forward and the backward model expected at every place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import exp, log
from typing import Annotated, Any

import gradio as gr

from hub.bundle import Bundle
from hub.demos.elmo import figures, network
from hub.demos.elmo.examples import TEXTS
from hub.demos.elmo.models import Models
from hub.demos.elmo.strings import DIRECTIONS, STRINGS
from hub.demos.elmo.words import DELIMITERS
from hub.tasks import contextual as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

SHOWN = 3  # guesses before the rest is folded


class Settings(settings.Settings):
    """A sentence."""

    text: Annotated[str, Control(submits=True)] = ""
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The sums, the surprise at each word, and the guesses of both directions."""
    bundle = models.get(settings.model)
    found = task.expectations(bundle, settings.text)
    sizes = models.sizes(settings.model)
    ends = " / ".join(STRINGS.say(key, language) for key in ("text_end", "text_begin"))
    words = [*(place.word for place in found.places), ends]
    ahead = [*(place.forward for place in found.places), found.end]
    back = [*(place.backward for place in found.places), found.begin]
    bits = [[-one.log_probability / log(2) for one in side] for side in (ahead, back)]
    names = [STRINGS.say(key, language) for key in ("surprise", "ahead_found", "back_found")]
    lit = network.lit_by(sizes.layers, "both") | {network.SOFTMAX}
    return {
        "said": _said(found, sizes.words, bundle.words.spelling.longest - 2, language),
        "plot": pictures.sent(figures.surprise(words, bits, names), "elmo-directions"),
        "table": _table(found, _marks(bundle, language), language),
        "drawing": network.drawing(sizes, lit, language),
        "formulas": DIRECTIONS[language],
    }


def _said(found: task.Expectations, count: int, most: int, language: Language) -> str:
    """The two sums, and what was not read as it stands."""
    forward, backward, terms = found.forward, found.backward, found.terms
    notes = [
        html.note(
            STRINGS.say(
                "sums", language, forward=forward, backward=backward, sum=forward + backward, terms=terms,
                ahead=exp(-forward / terms), back=exp(-backward / terms),
            ),
            "notice",
        )
    ]  # fmt: skip
    strange = dict.fromkeys(place.word for place in found.places if not place.known)
    if strange:
        notes.append(html.note(STRINGS.say("outside", language, count=count, words=", ".join(strange))))
    if found.reading.words.truncated:
        notes.append(html.note(STRINGS.say("truncated", language, count=len(found.places)), "warn"))
    if found.reading.cut:
        cut = ", ".join(found.reading.word(place)[:24] + "…" for place in found.reading.cut)
        notes.append(html.note(STRINGS.say("cut", language, bytes=most, words=cut), "warn"))
    return "".join(notes)


def _marks(bundle: Bundle, language: Language) -> dict[int, str]:
    """What is no word in the vocabulary, by its id."""
    reader = bundle.words
    ids = {"any_unknown": reader.unknown, "text_begin": reader.spelling.begin_id, "text_end": reader.spelling.end_id}
    return {index: f"({STRINGS.say(key, language)})" for key, index in ids.items()}


def _table(found: task.Expectations, marks: Mapping[int, str], language: Language) -> str:
    rows: list[list[html.Cell]] = [
        [place.word, *(html.Raw(_cell(side, place.known, marks, language)) for side in (place.forward, place.backward))]
        for place in found.places
    ]
    ends = (
        (STRINGS.say("text_begin", language), None, found.begin),
        (STRINGS.say("text_end", language), found.end, None),
    )
    first, last = (
        [name, *(html.Raw(_cell(side, True, marks, language)) if side else "" for side in (ahead, back))]
        for name, ahead, back in ends
    )
    headers = [STRINGS.say(key, language) for key in ("place_word", "ahead_found", "back_found")]
    return html.table(headers, [first, *rows, last], stacked=True)


def _cell(expected: task.Expected, known: bool, marks: Mapping[int, str], language: Language) -> str:
    """How probable the word was, and what was expected instead."""
    share = expected.probability
    probability = f"{share:.1%}" if share >= 0.001 else f"{share:.1e}"
    told = STRINGS.say("rank", language, probability=probability, rank=expected.rank)
    head = told if known else f"{STRINGS.say('any_unknown', language)}: {told}"
    guesses = [f"{marks.get(guess.id, guess.word)} {guess.probability:.0%}" for guess in expected.guesses]
    few = html.text_of(", ".join(guesses[:SHOWN]))
    return f"{html.text_of(head)}<details><summary>{few}</summary>{html.text_of(', '.join(guesses[SHOWN:]))}</details>"


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("text", lines=1, max_lines=4, elem_id="directions-text", scale=4, min_width=280)
        kit.main("directions_run", elem_id="directions-run", scale=1, min_width=140)
    kit.examples(elem_id="directions-examples")
    kit.html("said")
    kit.plot("plot", "elmo-directions")
    kit.look("directions_look")
    kit.html("table")
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            kit.html("drawing")
            kit.control("model", elem_id="directions-model")
        with gr.Column(scale=3, min_width=280):
            kit.output("formulas", gr.Markdown(latex_delimiters=DELIMITERS, elem_id="directions-formulas"))


def start(models: Models, scene: Scene) -> Settings:
    """The first sentence."""
    return Settings(text=next(iter(TEXTS[scene.speech]), ""), model=models.first(scene), speech=scene.speech)


def examples(scene: Scene) -> Sequence[Example]:
    """The sentences of a language."""
    return [Example((text, text), {"text": text}) for text in TEXTS[scene.speech]]


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "directions", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"model": models.offered}, speech="speech", long="text",
    )  # fmt: skip
