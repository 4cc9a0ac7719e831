"""The encoders of the tab, and what is computed once of each: how the shipped sentences lie in its space."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from hub.bundle import Bundle, Bundles
from hub.card import Card
from hub.demos.similarity.examples import GRADED, PARAPHRASES, SENTENCES
from hub.demos.similarity.strings import STRINGS
from hub.errors import InputError, TooLargeError, UnknownModelError
from hub.tasks import augment, collapse
from hub.tasks import embed as task
from hub.tasks.embed import TASK, Tokens
from hub.text import check_text, check_texts, split_lines
from hub.ui.strings import LANGUAGES, Language, either
from hub.ui.view import Scene

COUNTS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)  # of removed tokens
NEAR = 0.95  # the share of unrelated pairs above which two sentences count as near


class Encoders:
    """The bundles of the task, by the language that they read."""

    def __init__(self, bundles: Bundles) -> None:
        self._bundles = bundles
        self.cards = [bundle.card for bundle in bundles.of_task(TASK)]
        self.usual = lru_cache(maxsize=32)(self._usual)
        self.alike = lru_cache(maxsize=32)(self._alike)
        self.sample = lru_cache(maxsize=12)(self._sample)
        self.removal = lru_cache(maxsize=32)(self._removal)

    def get(self, name: object) -> Bundle:
        """Raises UnknownModelError, BundleError."""
        return self._bundles.get(name, TASK)

    @property
    def spoken(self) -> list[Language]:
        """Languages that an encoder reads."""
        return [language for language in LANGUAGES if any(language in card.languages for card in self.cards)]

    def of(self, speech: Language) -> list[Card]:
        """The cards of a language, the best one first; of equals, those that were trained from another one here."""
        here = [card for card in self.cards if speech in card.languages]
        names = {card.name for card in here}
        figures = {card.name: _correlations(card) for card in here}
        shared = set.intersection(*(set(known) for known in figures.values() if known)) if any(figures.values()) else ()

        def quality(card: Card) -> float:
            known = figures[card.name]
            return float(np.mean([known[dataset] for dataset in shared])) if known and shared else -1.0

        return sorted(here, key=lambda card: (-quality(card), card.base not in names, card.name))

    def title(self, name: str, language: Language) -> str:
        return either(self.get(name).card.title, language)

    def choices(self, speech: Language, language: Language, part: str = "") -> list[tuple[str, str]]:
        """(title, name) of those of a language. part: only those that have it."""
        return [
            (either(card.title, language), card.name)
            for card in self.of(speech)
            if not part or part in {entry.name for entry in card.parts}
        ]

    def offered(self, scene: Scene) -> list[tuple[str, str]]:
        """The same for a view's dropdown."""
        return self.choices(scene.speech, scene.language)

    def first(self, speech: Language, language: Language) -> str | None:
        """The name of the first choice."""
        return next((name for _, name in self.choices(speech, language)), None)

    def augmentable(self, speech: Language, language: Language) -> list[tuple[str, str]]:
        """Those whose embedding layer is a graph of its own; where none of the language has, those of another."""
        found = [self.choices(one, language, augment.EMBEDDING_LAYER) for one in (speech, *LANGUAGES)]
        return next(filter(None, found), [])

    def reads(self, name: str, speech: Language) -> Language:
        """The language in which an encoder is given its sentences: the one that is asked for, if it reads that."""
        known = self.get(name).card.languages
        return speech if speech in known else known[0]

    def comparisons(self, speech: Language, language: Language) -> list[tuple[str, str]]:
        """(base → trained, name of the trained one); where there is no base, each encoder by itself."""
        here = sorted(self.of(speech), key=lambda card: card.name)  # the best is not the plainest to look at
        names = {card.name for card in here}
        pairs = [
            (
                STRINGS.say(
                    "from_to",
                    language,
                    base=self.title(card.base, language),
                    trained=either(card.title, language),
                ),
                card.name,
            )
            for card in here
            if card.base in names
        ]
        return pairs or self.choices(speech, language)

    def line(self, name: str) -> tuple[str, ...]:
        """An encoder with the one before it that its training started from, where that is here."""
        card = self.get(name).card
        names = {other.name for other in self.cards}
        return (card.base, card.name) if card.base in names else (card.name,)

    def frequent(self, name: str) -> tuple[str, ...]:
        """The most frequent tokens that a card of the line names, the most frequent first."""
        return next(filter(None, (self.get(one).card.frequent_tokens for one in reversed(self.line(name)))), ())

    def checked(self, name: str | None, speech: Language, language: Language) -> Bundle:
        """The bundle, if it reads the language. Raises UnknownModelError, BundleError."""
        bundle = self.get(name)
        if speech not in bundle.card.languages:
            raise UnknownModelError("encoder_language", name=either(bundle.card.title, language))
        return bundle

    # --- computed once

    def _usual(self, name: str, speech: Language) -> np.ndarray:
        """The cosines of all pairs of the shipped sentences, float64."""
        return collapse.pair_cosines(task.embed(self.get(name), SENTENCES[speech]))

    def _alike(self, name: str, speech: Language) -> np.ndarray:
        """The cosine of each shipped pair that says the same, float64."""
        first, second = zip(*PARAPHRASES[speech], strict=True)
        return collapse.rowwise(*(task.embed(self.get(name), side) for side in (first, second)))

    def _sample(self, name: str, speech: Language) -> Sample:
        return Sample(self.get(name), speech)

    def _removal(self, name: str, speech: Language, frequent: tuple[str, ...]) -> collapse.Removal:
        sample = self.sample(name, speech)
        counts = [count for count in COUNTS if count <= len(frequent)]
        return collapse.removal(sample.sentences, sample.graded, sample.grades, frequent, counts)


class Sample:
    """The shipped sentences of a language, token by token, in the space of one encoder."""

    def __init__(self, bundle: Bundle, speech: Language) -> None:
        def read(texts: Sequence[str]) -> list[Tokens]:
            return task.tokens(bundle, texts)

        self.sentences = read(SENTENCES[speech])
        self.paraphrases = read([a for a, _ in PARAPHRASES[speech]]), read([b for _, b in PARAPHRASES[speech]])
        self.graded = read([a for a, _, _ in GRADED[speech]]), read([b for _, b, _ in GRADED[speech]])
        self.grades = np.array([grade for *_, grade in GRADED[speech]])

    def space(self, removed: Sequence[str]) -> collapse.Space:
        """How the sentences lie, without some tokens."""
        return collapse.describe(
            collapse.mean_without(self.sentences, removed),
            *(collapse.mean_without(side, removed) for side in self.paraphrases),
        )

    def scores(self, removed: Sequence[str]) -> np.ndarray:
        """The cosine of each graded pair, float64."""
        return collapse.rowwise(*(collapse.mean_without(side, removed) for side in self.graded))


def _correlations(card: Card) -> dict[str, float]:
    """Data set -> Spearman's correlation on its test split, of the variant that serves."""
    return {
        metric.dataset: metric.value
        for metric in card.metrics
        if (metric.metric, metric.split, metric.variant) == ("spearman", "test", card.default_variant)
    }


# --- what the visitor typed -------------------------------------------------------------------------------------------


def sentence_of(text: str | None) -> str:
    """One sentence. Raises InputError for what can be told without a model."""
    return check_text((text or "").strip())


def lines_of(text: str | None, most: int, least: int = 1) -> list[str]:
    """The sentences of a text, one a line; empty lines are none. Raises InputError."""
    lines = [line.strip() for line in split_lines(text or "") if line.strip()]
    if len(lines) < least:
        raise InputError("lines_few", allowed=least)
    if len(lines) > most:
        raise TooLargeError("lines_many", found=len(lines), allowed=most)
    return check_texts(lines)
