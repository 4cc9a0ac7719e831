"""New York is a city: two words given the rest, by three objectives, and what independence loses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr
from pydantic import Field

from hub import limits
from hub.demos.xlnet import words
from hub.demos.xlnet.examples import PAIRS
from hub.demos.xlnet.models import Models, objective
from hub.demos.xlnet.strings import PAIR, STRINGS
from hub.tasks import permutation as task
from hub.ui import html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View


class Settings(settings.Settings):
    """A sentence, and where the two words stand."""

    text: Annotated[str, Control(submits=True)] = ""
    place: Annotated[int, Field(ge=1, le=limits.MAX_COURT_TOKENS - 1), Control(step=1, live=True)] = 1
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """Each model side by side."""
    say = partial(STRINGS.say, language=language)
    cards = models.of(settings.speech)
    read = task.sentence(models.get(cards[0].name if cards else None), settings.text, limits.MAX_COURT_TOKENS, least=2)
    left, right = pair_of(settings.place, len(read.words))
    names = {"left": read.tokens[left], "right": read.tokens[right]}
    rows: list[list[html.Cell]] = []
    told = ""
    for card in cards:
        found = task.pair(models.get(card.name), settings.text, left)
        kind = objective(card)
        values = (found.first, found.second, found.second_after_first, found.together)
        gap = say("gap_none") if kind == "masked" else f"{found.gap:+.2f}"
        numbers = [f"{value:.2f}" for value in values]
        rows.append([say(f"objective_{kind}"), *numbers, gap, words.guessed(found.guesses)])
        if kind == "permutation":
            shares = {"alone": words.share(found.second), "after": words.share(found.second_after_first)}
            said = STRINGS.say("pair_said", language, **{**names, **shares, "gap": found.gap})
            told = html.note(said, "notice")
    keys = ("pair_first", "pair_second", "pair_after", "pair_together", "pair_gap", "pair_guesses")
    headers = [say("objective"), *(STRINGS.say(key, language, **names) for key in keys)]
    return {
        "said": _sentence(read.tokens, (left, right)) + told,
        "table": html.table(headers, rows, say("pair_table"), (1, 2, 3, 4, 5), stacked=True),
        "formulas": PAIR[language],
    }


def pair_of(place: int, count: int) -> tuple[int, int]:
    """Both places, within a sentence of so many words."""
    first = min(place, max(1, count - 1))
    return first, first + 1


def _sentence(tokens: Sequence[str], pair: tuple[int, int]) -> str:
    parts = [
        f"<mark class=found>{html.text_of(token)}</mark>" if place in pair else html.text_of(token)
        for place, token in enumerate(tokens)
        if 0 < place < len(tokens) - 1
    ]
    return f"<p class=tagged>{' '.join(parts)}</p>"


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("text", lines=1, max_lines=3, elem_id="pair-text", scale=4, min_width=280)
        kit.main("pair_run", elem_id="pair-run", scale=1, min_width=140)
    kit.examples(elem_id="pair-examples")
    kit.control("place", elem_id="pair-place")
    kit.html("said")
    kit.html("table")
    kit.look("pair_look")
    kit.output("formulas", gr.Markdown(latex_delimiters=words.DELIMITERS, elem_id="pair-formulas"))


def start(scene: Scene) -> Settings:
    """The notes' example."""
    text, place = PAIRS[scene.speech][0]
    return Settings(text=text, place=place, speech=scene.speech)


def examples(scene: Scene) -> Sequence[Example]:
    """The sentences of a language."""
    return [Example((text, text), {"text": text, "place": place}) for text, place in PAIRS[scene.speech]]


def view(models: Models) -> View:
    """The view, of some models."""
    return View("pair", Settings, draw, partial(show, models), start=start, examples=examples, speech="speech")
