"""The models of the tab, by the language that they read and by what they were trained for."""

from __future__ import annotations

from collections.abc import Sequence

from hub.bundle import Bundle, Bundles
from hub.card import Card
from hub.tasks.permutation import TASK
from hub.ui.strings import LANGUAGES, Language, either
from hub.ui.view import Scene

OBJECTIVES = ("permutation", "forward", "masked")  # in the order in which they are offered


class Models:
    """The bundles of the task."""

    def __init__(self, bundles: Bundles) -> None:
        self._bundles = bundles
        cards = [bundle.card for bundle in bundles.of_task(TASK)]
        self.cards = sorted(cards, key=lambda card: OBJECTIVES.index(objective(card)))

    def get(self, name: object) -> Bundle:
        """Raises UnknownModelError, BundleError."""
        return self._bundles.get(name, TASK)

    @property
    def spoken(self) -> list[Language]:
        """Languages that a model reads."""
        return [language for language in LANGUAGES if any(language in card.languages for card in self.cards)]

    def of(self, speech: Language) -> list[Card]:
        """Those of a language; where there is none, all."""
        return [card for card in self.cards if speech in card.languages] or self.cards

    def offered(self, scene: Scene) -> list[tuple[str, str]]:
        """(title, name) of those of a language."""
        return _offered(self.of(scene.speech), scene)

    def querying(self, scene: Scene) -> list[tuple[str, str]]:
        """(title, name) of those that have a stream of queries."""
        return _offered([card for card in self.of(scene.speech) if objective(card) != "masked"], scene)

    def first(self, scene: Scene) -> str | None:
        """The name of the first choice."""
        return next((name for _, name in self.offered(scene)), None)


def objective(card: Card) -> str:
    """What it was trained for."""
    assert card.orders is not None  # a card of this task has it
    return card.orders.objective


def _offered(cards: Sequence[Card], scene: Scene) -> list[tuple[str, str]]:
    return [(either(card.title, scene.language), card.name) for card in cards]
