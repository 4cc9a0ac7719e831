"""The models of the tab, by the language that they read."""

from __future__ import annotations

from collections.abc import Sequence

from hub.bundle import Bundle, Bundles
from hub.card import Card, TwoWay
from hub.tasks import grade, tag
from hub.tasks.contextual import TASK
from hub.tasks.contextual.mixing import has_probes
from hub.tasks.contextual.spell import SPELLING
from hub.tasks.layered import Arm
from hub.ui.strings import LANGUAGES, Language, either
from hub.ui.view import Scene


class Models:
    """The bundles of the task."""

    def __init__(self, bundles: Bundles) -> None:
        self._bundles = bundles
        self.cards = [bundle.card for bundle in bundles.of_task(TASK)]
        self._taggers = [bundle.card for bundle in bundles.of_task(tag.TASK)]
        self._graders = [bundle.card for bundle in bundles.of_task(grade.TASK)]

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

    def spelling(self, scene: Scene) -> list[tuple[str, str]]:
        """(title, name) of those that read letters; where none of the language does, those of another."""
        known = {card.name for card in self.cards if any(part.name == SPELLING for part in card.parts)}
        scenes = [scene, *(Scene(scene.language, one) for one in LANGUAGES)]
        found = ([pair for pair in self.offered(one) if pair[1] in known] for one in scenes)
        return next(filter(None, found), [])

    def mixed(self, scene: Scene) -> list[tuple[str, str]]:
        """(title, name) of those that have probes; where none of the language has, those of another."""
        scenes = [scene, *(Scene(scene.language, one) for one in LANGUAGES)]
        found = ([pair for pair in self.offered(one) if has_probes(self.get(pair[1]))] for one in scenes)
        return next(filter(None, found), [])

    def taggers(self, scene: Scene) -> list[tuple[str, str]]:
        """(title, name) of the taggers of a language; where there is none, those of another."""
        return _of_language(self._taggers, scene)

    def tagged_in(self, scene: Scene) -> Language:
        """The language of those."""
        spoken = [speech for card in self._taggers for speech in card.languages]
        return scene.speech if scene.speech in spoken or not spoken else spoken[0]

    def graders(self, scene: Scene) -> list[tuple[str, str]]:
        """The same of what grades texts."""
        return _of_language(self._graders, scene)

    def grader(self, name: object) -> Card:
        """Raises UnknownModelError, BundleError."""
        return self._bundles.get(name, grade.TASK).card

    def graded(self, name: str, text: str, arm: Arm) -> list[grade.Graded]:
        """One text. Raises what hub.tasks.grade.grade raises."""
        return grade.grade(self._bundles, name, [text], arm)

    def learnt_mixes(self, name: str) -> list[Card]:
        """Of the models that read the layers of this one."""
        found = self.reading_layers
        return [card for card in found if card.layers_of and card.layers_of.bundle == name and card.layers_of.mix]

    @property
    def reading_layers(self) -> list[Card]:
        """What reads the layers of a language model."""
        return [*self._taggers, *self._graders]

    def tagger(self, name: object) -> tag.Tagger:
        """Raises UnknownModelError, BundleError."""
        return tag.opened(self._bundles, name)

    def first(self, scene: Scene) -> str | None:
        """The name of the first choice."""
        return next((name for _, name in self.offered(scene)), None)

    def sizes(self, name: object) -> TwoWay:
        """For the drawing. Raises UnknownModelError, BundleError."""
        sizes = self.get(name).card.two_way
        assert sizes is not None  # a card of this task has them
        return sizes


def _of_language(cards: Sequence[Card], scene: Scene) -> list[tuple[str, str]]:
    """Title and name of those of the language; where there is none, of another."""
    for speech in (scene.speech, *LANGUAGES):
        found = [(either(card.title, scene.language), card.name) for card in cards if speech in card.languages]
        if found:
            return found
    return []
