"""Has anybody looked? Every token is exchanged in turn, and what moves is held against the mask."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub.demos.xlnet import words
from hub.demos.xlnet.examples import SENTENCES
from hub.demos.xlnet.models import Models
from hub.demos.xlnet.order import fitting
from hub.demos.xlnet.strings import STRINGS
from hub.tasks import permutation as task
from hub.ui import html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View


class Settings(settings.Settings):
    """A sentence in an order, and a mistake."""

    text: Annotated[str, Control(submits=True)] = ""
    order: Annotated[str, Control(label="order_places", submits=True)] = ""
    mistake: Annotated[task.Mistake, Control(kind=gr.Radio, live=True)] = "none"
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The verdict, and the case of each pair."""
    bundle = models.get(settings.model)
    count = len(task.sentence(bundle, settings.text).words)
    found = task.court(bundle, settings.text, fitting(settings.order, count), mistake=settings.mistake)
    say = partial(STRINGS.say, language=language)
    leaks, blind = int(found.leaks.sum()), int(found.blind.sum())
    forbidden, allowed = int((~found.allowed).sum()), int(found.allowed.sum())
    kind = "warn" if leaks or blind else "notice"
    told = say("verdict_clean", forbidden=forbidden, allowed=allowed)
    if leaks or blind:
        told = say("verdict_guilty", leaks=leaks, forbidden=forbidden, blind=blind, allowed=allowed)
    why = say(f"mistake_{settings.mistake}_why") if settings.mistake != "none" else ""
    if settings.mistake == "none" and task.orders_of(bundle).objective == "masked":
        why = say("court_masked")
    return {"said": html.note(told, kind) + html.note(why), "cells": _cells(found, language)}


def _cells(found: task.Verdict, language: Language) -> str:
    say = partial(STRINGS.say, language=language)
    tokens = found.sentence.words

    def kind(row: int, column: int) -> str:
        seen, may = found.moved[row, column] > 0, found.allowed[row, column]
        return {(True, True): "yes", (False, False): "no", (True, False): "leak", (False, True): "blind"}[
            bool(seen), bool(may)
        ]

    def tip(row: int, column: int) -> str:
        asked = found.sentence.tokens[found.targets[row]]
        return say("court_tip", one=tokens[column], other=asked, change=found.moved[row, column])

    rows = [f"{number}. {found.sentence.tokens[place]}" for number, place in enumerate(found.targets, 1)]
    kinds = [(one, say(f"cell_{one}")) for one in ("yes", "no", "leak", "blind")]
    return words.grid(rows, tokens, kind, tip, say("court_grid")) + words.legend(kinds)


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("text", lines=1, max_lines=3, elem_id="court-text", scale=4, min_width=280)
        kit.main("court_run", elem_id="court-run", scale=1, min_width=140)
    kit.examples(elem_id="court-examples")
    kit.control("mistake", elem_id="court-mistake")
    with gr.Row():
        kit.control("order", lines=1, max_lines=1, elem_id="court-order", scale=2, min_width=240)
        kit.control("model", elem_id="court-model", scale=2, min_width=240)
    kit.html("said")
    kit.html("cells")
    kit.look("court_look")


def start(models: Models, scene: Scene) -> Settings:
    """The first sentence, in an order that is not the usual one."""
    text = SENTENCES[scene.speech][0]
    name = models.first(scene)
    count = len(task.sentence(models.get(name), text).words) if name else 0
    order = [*range(2, count + 1, 2), *range(1, count + 1, 2)]
    return Settings(text=text, order=" ".join(map(str, order)), model=name, speech=scene.speech)


def examples(scene: Scene) -> Sequence[Example]:
    """The sentences of a language."""
    return [Example((text, text), {"text": text, "order": ""}) for text in SENTENCES[scene.speech]]


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "court", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"model": models.offered}, speech="speech",
    )  # fmt: skip
