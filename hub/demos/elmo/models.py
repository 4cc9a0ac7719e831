"""The models of the tab, by the language that they read."""

from __future__ import annotations

from hub.bundle import Bundle, Bundles
from hub.card import TwoWay
from hub.tasks.contextual import TASK
from hub.ui.strings import LANGUAGES, Language, either
from hub.ui.view import Scene


class Models:
    """The bundles of the task."""

    def __init__(self, bundles: Bundles) -> None:
        self._bundles = bundles
        self.cards = [bundle.card for bundle in bundles.of_task(TASK)]

    def get(self, name: object) -> Bundle:
        """Raises UnknownModelError, BundleError."""
        return self._bundles.get(name, TASK)

    @property
    def spoken(self) -> list[Language]:
        """Languages that a model reads."""
        return [language for language in LANGUAGES if any(language in card.languages for card in self.cards)]

    def offered(self, scene: Scene) -> list[tuple[str, str]]:
        """(title, name) of those of a language."""
        return [
            (either(card.title, scene.language), card.name) for card in self.cards if scene.speech in card.languages
        ]

    def first(self, scene: Scene) -> str | None:
        """The name of the first choice."""
        return next((name for _, name in self.offered(scene)), None)

    def sizes(self, name: object) -> TwoWay:
        """For the drawing. Raises UnknownModelError, BundleError."""
        sizes = self.get(name).card.two_way
        assert sizes is not None  # a card of this task has them
        return sizes
