"""The classifiers of the hub: which there are, which fit a text, and several of them on one text, timed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.bundle import Bundle, Bundles
from hub.card import Card
from hub.errors import BundleError
from hub.messages import LANGUAGES, Language
from hub.tasks import classify as task


@dataclass(frozen=True)
class Run:
    """One model on one text. failure: why it could not run."""

    card: Card
    head: str
    prediction: task.Prediction | None
    latency_ms: float = 0.0  # warm, the median
    variant: str = ""
    provider: str = ""
    asked: str = ""  # the provider that was asked for, where another runs
    failure: BundleError | None = None


class Classifiers:
    """The bundles of the task."""

    def __init__(self, bundles: Bundles) -> None:
        self.bundles = bundles
        self.cards = [bundle.card for bundle in bundles.of_task(task.TASK)]
        self.spoken = [language for language in LANGUAGES if any(language in card.languages for card in self.cards)]
        described = [entry for card in self.cards for entry in card.datasets.items()]
        self.datasets = dict(reversed(described))  # what a visitor reads of each: the first card's words
        self.heads = list(dict.fromkeys(head for card in self.cards for head in card.heads if head))
        self.variants = list(
            dict.fromkeys(entry.name for card in self.cards for entry in card.variants if not entry.omitted)
        )
        self._warm: set[tuple[str, str]] = set()  # (name, variant) of those that have run

    @property
    def first(self) -> Language:
        """The language to begin with where nothing says another."""
        return "en" if "en" in self.spoken else "zh"

    def card(self, name: str) -> Card | None:
        """None where there is no such model."""
        return next((card for card in self.cards if card.name == name), None)

    def named(self, language: str) -> list[str]:
        """All of a language."""
        return [card.name for card in self.cards if language in card.languages]

    def multi(self, names: Sequence[str] | None) -> bool:
        """Whether one of the models has several tasks."""
        return any(len(card.heads) > 1 for card in self.cards if card.name in (names or ()))

    def start(self, language: Language, expects: frozenset[str]) -> list[str]:
        """The models to begin with in a language: of these labels, else any."""
        return fitting(self.cards, language, expects) or fitting(self.cards, language, frozenset())

    def head(self, names: Sequence[str], expects: frozenset[str]) -> str:
        """Of several tasks, the one with the fewest labels that has all that are expected, else any of them."""
        heads = [
            (not expects <= set(labels), len(labels), head)
            for card in self.cards
            if card.name in names
            for head, labels in card.heads.items()
            if head and expects & set(labels)
        ]
        return min(heads)[2] if heads else (self.heads[0] if self.heads else "")

    def alike(self, card: Card, head: str) -> dict[str, str]:
        """The models of the same language that answer by the same labels -> by which head they do."""
        labels = set(card.heads[head])
        return {
            other.name: known
            for other in self.cards
            if set(other.languages) & set(card.languages)
            for known, names in other.heads.items()
            if set(names) == labels
        }

    def run(self, models: Sequence[tuple[Bundle, str]], text: str, variant: str = "", repeats: int = 1) -> list[Run]:
        """Classify one text with several models, each with a head.

        A model that has never run does so once before it is timed. They take turns, so that a machine that is busy for
        a moment is busy for all of them. Raises InputError.
        """
        runs, times = [], [list[float]() for _ in models]
        for bundle, head in models:
            card, serving = bundle.card, variant_for(bundle.card, variant)
            head = head_for(card, head)
            try:
                session = bundle.session(serving)
                if (card.name, serving) not in self._warm:
                    task.classify(bundle, [text], head=head, variant=serving)
                    self._warm.add((card.name, serving))
            except BundleError as error:
                runs.append(Run(card, head, None, failure=error))
                continue
            wanted = session.asked[0].removesuffix("ExecutionProvider") if session.fell_back else ""
            runs.append(Run(card, head, None, 0.0, serving, session.provider, wanted))
        for _ in range(repeats):
            for place, (bundle, _) in enumerate(models):
                run = runs[place]
                if run.failure is None:
                    start = time.perf_counter()
                    prediction = task.classify(bundle, [text], head=run.head, variant=run.variant)[0]
                    times[place].append(1000 * (time.perf_counter() - start))
                    runs[place] = replace(run, prediction=prediction)
        return [
            replace(run, latency_ms=statistics.median(own)) if own else run
            for run, own in zip(runs, times, strict=True)
        ]

    def ask(self, names: Sequence[str], text: str, head: str, variant: str = "", repeats: int = 1) -> list[Run]:
        """The same by their names; one that is disabled says why, after the others.

        Raises InputError, UnknownModelError.
        """
        models, broken = [], []
        for name in names:
            try:
                models.append((self.bundles.get(name, task.TASK), head))
            except BundleError as error:
                card = self.card(name)
                assert card is not None
                broken.append(Run(card, "", None, failure=error))
        return [*self.run(models, text, variant, repeats), *broken]


def head_for(card: Card, head: str) -> str:
    """The head if the card has it, else the first one."""
    return head if head in card.heads else next(iter(card.heads))


def variant_for(card: Card, variant: str) -> str:
    """The variant if the bundle ships it, else the default one."""
    shipped = {entry.name for entry in card.variants if not entry.omitted}
    return variant if variant in shipped else card.default_variant


def explains(card: Card, kind: str) -> bool:
    """Whether the card's explanation is of this kind."""
    return card.explanation is not None and card.explanation.kind == kind


def fitting(cards: Sequence[Card], language: Language, expects: frozenset[str], kept: int = 3) -> list[str]:
    """Models of a language that know one of the labels: one of each kind of explanation first."""
    able = [
        card
        for card in cards
        if language in card.languages and (not expects or any(expects & set(labels) for labels in card.heads.values()))
    ]
    able.sort(key=lambda card: (len(card.heads) > 1, card.name))
    kinds: dict[str, Card] = {}
    for card in able:
        kinds.setdefault(card.explanation.kind if card.explanation else "", card)
    first = sorted(kinds.values(), key=lambda card: card.explanation is None)
    return [card.name for card in (*first, *(card for card in able if card not in first))][:kept]
