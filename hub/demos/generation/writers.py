"""The models of the tab that write, in the order that a view and its reader want."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from hub.bundle import Bundles
from hub.card import Card
from hub.demos.generation.words import read_note
from hub.service import Service
from hub.tasks.generate import TASK, Engine
from hub.tasks.prompts import BARE, Way
from hub.ui.strings import Language, either
from hub.ui.view import Scene

Wanted = Callable[[Card], bool]


def english(card: Card) -> bool:
    """Whether a model writes English, as the examples of some views are."""
    return "en" in card.languages


class Writers:
    """The bundles of the task, and what writes with them."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def bundles(self) -> Bundles:
        return self._service.bundles

    @property
    def cards(self) -> list[Card]:
        return [bundle.card for bundle in self.bundles.of_task(TASK)]

    def card(self, name: str | None) -> Card | None:
        """None: it is not there."""
        return next((card for card in self.cards if card.name == name), None)

    def engine(self, name: str | None) -> Engine:
        """Raises UnknownModelError, BundleError."""
        return self._service.engines.get(self.bundles.get(name or "", TASK))

    def titles(self, language: Language, wanted: Wanted | None = None) -> list[tuple[str, str]]:
        """(title, name) of each. First those that are wanted, that write the reader's language, and that are large."""
        cards = sorted(self.cards, key=lambda card: (
            wanted is not None and not wanted(card), language not in card.languages, -card.parameters
        ))  # fmt: skip
        return [(either(card.title, language), card.name) for card in cards]

    def offered(self, scene: Scene) -> list[tuple[str, str]]:
        """Of a view whose texts are in the language of the page."""
        return self.titles(scene.language)

    def offered_english(self, scene: Scene) -> list[tuple[str, str]]:
        """Of a view whose texts are English."""
        return self.titles(scene.language, english)

    def first(self, language: Language, wanted: Wanted | None = None) -> str | None:
        """The name of the first one."""
        return next((name for _, name in self.titles(language, wanted)), None)

    def way(self, name: str | None, way: Way) -> Way:
        """How a prompt is read: a model without a chat template reads it as it is."""
        card = self.card(name)
        return way if card is not None and card.chat_template else BARE

    def around(self, name: str | None, way: Way, language: Language) -> dict[str, Any]:
        """What stands around the choice of a model: how its prompt is read, where one may choose; what it has read."""
        card = self.card(name)
        switch = gr.Radio(value=self.way(name, way), visible=card is not None and bool(card.chat_template))
        return {"way": switch, "read": read_note(card, language) if card else ""}

    def follow(self, settings: Any, language: Language) -> dict[str, Any]:
        """The same, after another model was chosen; the view is run when the visitor asks for it."""
        return self.around(settings.model, settings.way, language)
