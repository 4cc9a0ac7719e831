"""Which models can be asked, and what one of them answers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.bundle import Bundle, Bundles
from hub.card import Card
from hub.demos.classification.examples import OPINION
from hub.demos.classification.strings import STRINGS
from hub.errors import BundleError
from hub.tasks import classify as task
from hub.ui.strings import Language, either

REPEATS = 3  # timed runs of one answer, after a warm-up
RACE_REPEATS = 15


@dataclass(frozen=True)
class Run:
    """One model on one text; failure: why it could not run."""

    card: Card
    head: str
    prediction: task.Prediction | None
    latency_ms: float = 0.0  # warm, the median
    variant: str = ""
    provider: str = ""
    asked: str = ""  # the provider that was asked for, where another runs
    failure: str = ""


class Models:
    """The classifiers of the hub."""

    def __init__(self, bundles: Bundles) -> None:
        self.bundles = bundles
        self.cards = [bundle.card for bundle in bundles.of_task(task.TASK)]
        known: tuple[Language, ...] = ("en", "zh")
        self.spoken = [language for language in known if any(language in card.languages for card in self.cards)]
        self.heads = list(dict.fromkeys(head for card in self.cards for head in card.heads if head))
        self.variants = list(
            dict.fromkeys(entry.name for card in self.cards for entry in card.variants if not entry.omitted)
        )

    @property
    def first(self) -> Language:
        """The language to begin with where nothing says another."""
        return "en" if "en" in self.spoken else "zh"

    def card(self, name: str) -> Card | None:
        return next((card for card in self.cards if card.name == name), None)

    def choices(self, language: Language, of: str = "") -> list[tuple[str, str]]:
        """(title, name) for a dropdown; of: only those that read this language."""
        return [(either(card.title, language), card.name) for card in self.cards if not of or of in card.languages]

    def multi(self, names: Sequence[str] | None) -> bool:
        """Whether one of the models has several tasks."""
        return any(len(card.heads) > 1 for card in self.cards if card.name in (names or ()))

    def start(self, language: Language, expects: frozenset[str] = OPINION) -> list[str]:
        """The models to begin with in a language: of these labels, else any."""
        return fitting(self.cards, language, expects) or fitting(self.cards, language, frozenset())

    def head(self, names: Sequence[str], expects: frozenset[str]) -> str:
        """Of several tasks, the one with the fewest labels that has all that are expected, else any of them."""
        found = [
            (not expects <= set(labels), len(labels), head)
            for card in self.cards
            if card.name in names
            for head, labels in card.heads.items()
            if head and expects & set(labels)
        ]
        return min(found)[2] if found else (self.heads[0] if self.heads else "")

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


def script_of(text: str) -> Language:
    """The language that the script suggests: a Chinese character weighs as much as a word of three letters."""
    han = sum("\u3400" <= mark <= "\u9fff" or "\U00020000" <= mark <= "\U0003134f" for mark in text)
    latin = sum(mark.isascii() and mark.isalpha() for mark in text)
    return "zh" if han * 3 > latin else "en"


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


def run_model(bundle: Bundle, text: str, head: str, variant: str, language: Language, repeats: int = REPEATS) -> Run:
    """Classify one text. The time is the median of the repeats after a warm-up. Raises InputError."""
    return run_models([(bundle, head)], text, variant, language, repeats)[0]


def run_models(
    asked: Sequence[tuple[Bundle, str]], text: str, variant: str, language: Language, repeats: int
) -> list[Run]:
    """Classify one text with several models, each with a head. They take turns, so that a machine that is busy for a
    moment is busy for all of them. The times are medians after a warm-up. Raises InputError.
    """
    runs, times = [], [list[float]() for _ in asked]
    for bundle, head in asked:
        card, found = bundle.card, variant_for(bundle.card, variant)
        head = head_for(card, head)
        try:
            session = bundle.session(found)
            prediction = task.classify(bundle, [text], head=head, variant=found)[0]
        except BundleError as error:
            runs.append(Run(card, head, None, failure=STRINGS.say("disabled", language, reason=error)))
            continue
        wanted = session.asked[0].removesuffix("ExecutionProvider") if session.fell_back else ""
        runs.append(Run(card, head, prediction, 0.0, found, session.provider, wanted))
    for _ in range(repeats):
        for (bundle, _), run, own in zip(asked, runs, times, strict=True):
            if run.prediction:
                start = time.perf_counter()
                task.classify(bundle, [text], head=run.head, variant=run.variant)
                own.append(1000 * (time.perf_counter() - start))
    return [
        replace(run, latency_ms=statistics.median(own)) if own else run for run, own in zip(runs, times, strict=True)
    ]


def ask_all(
    models: Models, names: Sequence[str], text: str, head: str, variant: str, language: Language, repeats: int = REPEATS
) -> list[Run]:
    """The same text for several models; one that is disabled says why, after the others. Raises InputError."""
    asked, broken = [], []
    for name in names:
        try:
            bundle = models.bundles.get(name, task.TASK)
        except BundleError as error:
            card = models.card(name)
            assert card is not None
            broken.append(Run(card, "", None, failure=STRINGS.say("disabled", language, reason=error)))
        else:
            asked.append((bundle, head))
    return [*run_models(asked, text, variant, language, repeats), *broken]
