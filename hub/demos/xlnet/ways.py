"""Four ways to pre-train: what each may see when it predicts, and what came of it at one budget."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr
import numpy as np

from hub.card import Card
from hub.demos.xlnet import words
from hub.demos.xlnet.models import Models, objective
from hub.demos.xlnet.strings import STRINGS, WAYS
from hub.orders import mask_of
from hub.ui import html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Kit, Scene, View

SIZE = 6  # tokens of the drawings
ORDER = (3, 5, 2, 0, 4, 1)  # of the one for XLNet
MASKED = (1, 4)  # of the one for BERT


class Settings(settings.Settings):
    """Nothing but the language of the models."""

    speech: Annotated[Language, Control(hidden=True)] = "en"


def visible() -> dict[str, np.ndarray]:
    """Way -> bool (tokens, tokens): what is seen when a token is predicted; a row without a mark predicts nothing."""
    ahead = np.tri(SIZE, k=-1).astype(bool)
    masked = np.zeros((SIZE, SIZE), bool)
    masked[list(MASKED)] = ~np.isin(np.arange(SIZE), MASKED)
    return {
        "elmo_forward": ahead,
        "elmo_backward": ahead.T,
        "gpt": ahead,
        "bert": masked,
        "xlnet": mask_of(SIZE, ORDER, SIZE) == 0,
    }


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The drawings, and the table."""
    say = partial(STRINGS.say, language=language)
    names = [f"x{number}" for number in range(1, SIZE + 1)]
    grids = []
    for way, seen in visible().items():
        asked = MASKED if way == "bert" else range(SIZE)

        def kind(row: int, column: int, seen: np.ndarray = seen, asked: Sequence[int] = asked) -> str:
            return "yes" if seen[row, column] else "no" if row in asked else "none"

        def tip(row: int, column: int, seen: np.ndarray = seen) -> str:
            return say("sees" if seen[row, column] else "sees_not", one=names[row], other=names[column])

        grids.append(words.grid(names, names, kind, tip, say(f"way_{way}")))
    legend = words.legend((("yes", say("cell_sees")), ("no", say("cell_sees_not")), ("none", say("cell_not_asked"))))
    cards = models.of(settings.speech)
    return {
        "drawings": f"<div class=grids>{''.join(grids)}</div>{legend}",
        "table": yardstick(cards, language) + tuned(cards, language),
        "formulas": WAYS[language],
    }


def yardstick(cards: Sequence[Card], language: Language) -> str:
    """What each says of hidden tokens of held-out text, and what a probe reads from its layers, by its card."""
    say = partial(STRINGS.say, language=language)
    rows: list[list[html.Cell]] = []
    for card in cards:
        found = {one.metric: one for one in card.metrics if one.split == "test" and one.variant == card.default_variant}
        if "nats_hidden" in found:
            gap = found["nats_gap"].value if "nats_gap" in found else 0.0
            shown = say("gap_none") if objective(card) == "masked" else f"{gap:+.3f}"
            tags = found["accuracy"].shown if "accuracy" in found else ""
            nats = f"{found['nats_hidden'].value:.3f}"
            rows.append([say(f"objective_{objective(card)}"), nats, shown, tags, card.name])
    headers = [say(key) for key in ("objective", "nats_hidden", "nats_gap", "parts_of_speech", "card")]
    return html.table(headers, rows, say("yardstick"), (1, 2, 3), stacked=True) if rows else ""


def tuned(cards: Sequence[Card], language: Language) -> str:
    """Fine-tuned from random weights and from its own, by the cards."""
    say = partial(STRINGS.say, language=language)
    rows: list[list[html.Cell]] = [
        [say(f"tuned_{one.dataset}"), say(f"objective_{objective(card)}") if one.arm == "with" else say("tuned_random"),
         one.shown, one.gain_shown if one.arm == "with" else ""]
        for number, card in enumerate(cards)
        for one in card.repeated
        if one.arm == "with" or number == 0
    ]  # fmt: skip
    rows.sort(key=lambda row: str(row[0]))
    headers = [say(key) for key in ("tuned_task", "tuned_from", "accuracy", "tuned_gain")]
    return html.table(headers, rows, say("tuned"), (2, 3), stacked=True) if rows else ""


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.html("drawings")
    kit.look("ways_look")
    kit.html("table")
    kit.output("formulas", gr.Markdown(latex_delimiters=words.DELIMITERS, elem_id="ways-formulas"))


def start(scene: Scene) -> Settings:
    """Of the language."""
    return Settings(speech=scene.speech)


def view(models: Models) -> View:
    """The view, of some models."""
    return View("ways", Settings, draw, partial(show, models), start=start, speech="speech")
