"""Two sentences: how near each encoder finds them, and which token meets which."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import gradio as gr
import numpy as np

from hub import limits
from hub.demos.similarity import figures
from hub.demos.similarity.encoders import NEAR, Encoders, sentence_of
from hub.demos.similarity.examples import PAIRS, Pair
from hub.demos.similarity.strings import STRINGS
from hub.errors import BundleError, InputError
from hub.tasks import collapse
from hub.tasks import embed as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

TIMED = 3  # answers, of which the quickest is told: the others waited for something else


class Settings(settings.Settings):
    """The two sentences, and who compares them."""

    a: Annotated[str, Control(submits=True)] = ""
    b: Annotated[str, Control(submits=True)] = ""
    models: Annotated[tuple[str, ...], Control(label="encoders", live=True)] = ()
    aligned: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


@dataclass(frozen=True)
class Found:
    """One encoder's answer, and what it says of the shipped pairs."""

    name: str
    cosine: float
    usual: np.ndarray  # of unrelated pairs, float64
    alike: np.ndarray  # of pairs that say the same, float64
    milliseconds: float

    @property
    def above(self) -> float:
        """The share of the unrelated pairs that are farther apart."""
        return collapse.share_below(self.cosine, self.usual)

    def agrees(self, says: str) -> bool:
        """Whether the cosine fits what the two sentences say; see samples.Pair."""
        if says == "other":
            return self.cosine < float(self.alike.mean())
        return (self.above >= NEAR) == (says == "same")


def answer(encoders: Encoders, name: str, a: str, b: str, speech: Language, language: Language) -> Found:
    """Raises InputError, BundleError."""
    bundle = encoders.checked(name, speech, language)
    usual, alike = encoders.usual(name, speech), encoders.alike(name, speech)  # loads what is needed, too
    seconds = []
    for _ in range(TIMED):
        start = time.perf_counter()
        cosine = task.similarity(bundle, a, b)
        seconds.append(time.perf_counter() - start)
    return Found(name, cosine, usual, alike, 1000 * min(seconds))


def card_html(encoders: Encoders, found: Found | BundleError, name: str, says: str, language: Language) -> str:
    """One encoder's answer between what it says of pairs that say the same and of unrelated ones."""

    def say(key: str, **values: object) -> str:
        return STRINGS.say(key, language, **values)

    title = f"<h4>{html.text_of(encoders.title(name, language))}</h4>"
    if isinstance(found, BundleError):
        return f"<article class='card broken'>{title}{html.note(say('disabled', reason=found), 'warn')}</article>"
    bundle = encoders.get(name)
    bars = html.bar(say("this_pair"), found.cosine, f"{found.cosine:.3f}", True)
    for key, values in (("alike", found.alike), ("unrelated", found.usual)):
        bars += html.bar(say(key), float(values.mean()), f"{values.mean():.3f}")
    above = html.text_of(say("above", share=found.above))
    told = ""
    if says:
        right = found.agrees(says)
        key = f"{says}_{'right' if right else 'wrong'}"
        told = f"<p class='told {'right' if right else 'wrong'}'>{html.text_of(say(key, share=NEAR))}</p>"
    facts = f"{found.milliseconds:.1f} ms · {bundle.card.default_variant} · {bundle.session().provider}"
    return (
        f"<article class=card>{title}<div class=verdict>{found.cosine:.3f}<small>{above}</small></div>{bars}{told}"
        f"<p class=facts>{html.text_of(facts)}</p></article>"
    )


def lesson_html(pair: Pair, answers: Sequence[Found], language: Language) -> str:
    """What an example shows, and how many of the encoders have seen it."""
    right = sum(found.agrees(pair.says) for found in answers)
    told = STRINGS.say(f"{pair.says}_count", language, right=right, wrong=len(answers) - right, count=len(answers),
                       share=NEAR)  # fmt: skip
    head = html.text_of(STRINGS.say(f"{pair.says}_head", language))
    body = html.text_of(STRINGS.say(pair.lesson, language))
    return f"<p class='note notice lesson'><b>{head}</b> {body} <b>{html.text_of(told)}</b></p>"


def show(encoders: Encoders, settings: Settings, language: Language) -> dict[str, Any]:
    """Cards of the encoders, the alignment of one, and a note on it."""
    a, b, speech = sentence_of(settings.a), sentence_of(settings.b), settings.speech
    names = settings.models[: limits.MAX_MODELS_AT_ONCE]
    if not names:
        raise InputError("encoder_unchosen")
    example = next((pair for pair in PAIRS[speech] if (pair.a, pair.b) == (a, b)), None)
    found: dict[str, Found | BundleError] = {}
    for _, name in encoders.choices(speech, language):  # the best one first, in whatever order they were chosen
        if name in names:
            try:
                found[name] = answer(encoders, name, a, b, speech, language)
            except BundleError as error:
                found[name] = error
    for name in names:
        encoders.checked(name, speech, language)
    says = example.says if example else ""
    cards = "".join(card_html(encoders, one, name, says, language) for name, one in found.items())
    answers = [one for one in found.values() if isinstance(one, Found)]
    lesson = lesson_html(example, answers, language) if example and answers else ""
    grid = task.alignment(encoders.checked(settings.aligned, speech, language), a, b)
    note = STRINGS.say("aligned_cut", language, count=limits.MAX_ALIGNED_TOKENS) if grid.cut else ""
    figure = figures.alignment(grid.first, grid.second, grid.cosines)
    return {
        "cards": f"{lesson}<div class=cards>{cards}</div>",
        "plot": pictures.sent(figure, "alignment"),
        "note": html.note(note),
    }


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("a", lines=1, max_lines=4, elem_id="similarity-a", min_width=260)
        kit.control("b", lines=1, max_lines=4, elem_id="similarity-b", min_width=260)
    with gr.Row():
        kit.control("models", elem_id="similarity-models", scale=5, min_width=280)
        kit.main("run", elem_id="similarity-run", scale=1, min_width=150)
    kit.examples(elem_id="similarity-examples")
    kit.html("cards", "similarity-cards")
    kit.look("pair_look")
    kit.control("aligned", elem_id="similarity-aligned")
    kit.plot("plot", "alignment")
    kit.html("note", "similarity-aligned-note")
    kit.look("aligned_look")


def start(encoders: Encoders, scene: Scene) -> Settings:
    """The first example, for the encoders of its language."""
    pair = PAIRS[scene.speech][0]
    names = [name for _, name in encoders.offered(scene)][: limits.MAX_MODELS_AT_ONCE]
    return Settings(a=pair.a, b=pair.b, models=tuple(names), aligned=next(iter(names), None), speech=scene.speech)


def examples(scene: Scene) -> Sequence[Example]:
    """The pairs of a language."""
    return [Example(pair.title, {"a": pair.a, "b": pair.b}) for pair in PAIRS[scene.speech]]


def view(encoders: Encoders) -> View:
    """The view, of some encoders."""
    return View(
        "pair", Settings, draw, partial(show, encoders), start=partial(start, encoders), examples=examples,
        choices={"models": encoders.offered, "aligned": encoders.offered}, speech="speech", long="b",
    )  # fmt: skip
