"""One text: the answers of several models side by side, and their times."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hub import limits
from hub.bundle import Bundle
from hub.card import Card
from hub.demos.classification.strings import STRINGS
from hub.errors import BundleError, InputError, TooLargeError
from hub.tasks import classify as task
from hub.ui import html
from hub.ui.strings import Language, either, label_title

SHOWN_LABELS = 5
RACE_REPEATS = 7


@dataclass(frozen=True)
class Run:
    """One model on one text; failure: why it could not run."""

    card: Card
    head: str
    prediction: task.Prediction | None
    latency_ms: float = 0.0
    variant: str = ""
    provider: str = ""
    asked: str = ""  # the provider that was asked for, where another runs
    failure: str = ""


def script_of(text: str) -> Language:
    """The language that the script suggests: a Chinese character weighs as much as a word of three letters."""
    han = sum("\u3400" <= mark <= "\u9fff" or "\U00020000" <= mark <= "\U0003134f" for mark in text)
    latin = sum(mark.isascii() and mark.isalpha() for mark in text)
    return "zh" if han * 3 > latin else "en"


def checked(text: str | None, language: Language) -> str:
    """The text. Raises InputError, with a message in the language, for what can be told without a model."""
    if not text or not text.strip():
        raise InputError(STRINGS.say("empty", language))
    if len(text) > limits.MAX_TEXT_CHARS:
        raise TooLargeError(STRINGS.say("long", language, found=len(text), allowed=limits.MAX_TEXT_CHARS))
    return text


def head_for(card: Card, head: str) -> str:
    """The head if the card has it, else the first one."""
    return head if head in card.heads else next(iter(card.heads))


def variant_for(card: Card, variant: str) -> str:
    """The variant if the bundle ships it, else the default one."""
    shipped = {entry.name for entry in card.variants if not entry.omitted}
    return variant if variant in shipped else card.default_variant


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


def run_model(bundle: Bundle, text: str, head: str, variant: str, language: Language, repeats: int = 1) -> Run:
    """Classify one text; the time is the median of the repeats, without loading. Raises InputError."""
    card = bundle.card
    head, variant = head_for(card, head), variant_for(card, variant)
    try:
        session = bundle.session(variant)
        if repeats > 1:
            task.classify(bundle, [text], head=head, variant=variant)
        bundle.encoder  # noqa: B018  loads it: the time below is of an answer, not of a start
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            prediction = task.classify(bundle, [text], head=head, variant=variant)[0]
            times.append(1000 * (time.perf_counter() - start))
    except BundleError as error:
        return Run(card, head, None, failure=STRINGS.say("disabled", language, reason=error))
    asked = session.asked[0].removesuffix("ExecutionProvider") if session.fell_back else ""
    return Run(card, head, prediction, statistics.median(times), variant, session.provider, asked)


def card_html(run: Run, language: Language) -> str:
    """One model's answer as labelled bars."""
    title = f"<h4>{html.text_of(either(run.card.title, language))}{_head_note(run.head)}</h4>"
    if run.prediction is None:
        return f"<article class='card broken'>{title}{html.note(run.failure, 'warn')}</article>"
    scores = run.prediction.scores
    order = sorted(scores, key=lambda label: -scores[label]) if len(scores) > 2 else list(scores)
    bars = "".join(
        html.bar(
            label_title(run.card, label, language), scores[label], f"{scores[label]:.1%}", label == run.prediction.label
        )
        for label in order[:SHOWN_LABELS]
    )
    more = STRINGS.say("more", language, count=len(order) - SHOWN_LABELS) if len(order) > SHOWN_LABELS else ""
    tokens = STRINGS.say("truncated" if run.prediction.truncated else "tokens", language, count=run.prediction.tokens)
    provider = f"{run.provider} ({STRINGS.say('fell_back', language, asked=run.asked)})" if run.asked else run.provider
    facts = html.text_of(" · ".join((f"{run.latency_ms:.2f} ms", run.variant, provider, tokens)))
    best = label_title(run.card, run.prediction.label, language)
    verdict = f"{html.text_of(best)}<small>{scores[run.prediction.label]:.1%}</small>"
    return (
        f"<article class=card>{title}<div class=verdict>{verdict}</div>{bars}{html.note(more)}"
        f"<p class=facts>{facts}</p></article>"
    )


def _head_note(head: str) -> str:
    return f" <small>· {html.text_of(head)}</small>" if head else ""


def compared(runs: Sequence[Run], language: Language) -> str:
    """All answers side by side, and whether models of the same labels agree."""
    if not runs:
        return html.empty(STRINGS.say("no_result", language))
    groups: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        if run.prediction:
            groups.setdefault(tuple(sorted(run.prediction.scores)), []).append(run)
    lines = []
    for group in groups.values():
        if len(group) > 1:
            votes = Counter(label_title(run.card, run.prediction.label, language) for run in group if run.prediction)
            if len(votes) == 1:
                lines.append(html.note(STRINGS.say("agree", language, count=len(group), label=next(iter(votes)))))
            else:
                lines.append(html.note(STRINGS.say("disagree", language, votes=tally(votes)), "warn"))
    return f"{''.join(lines)}<div class=cards>{''.join(card_html(run, language) for run in runs)}</div>"


def tally(votes: Counter[str]) -> str:
    """Counts, the largest first."""
    return ", ".join(f"{label} {count:,}" for label, count in votes.most_common())


def raced(runs: Sequence[Run], language: Language) -> str:
    """Times of all models as bars, fastest first."""
    done = sorted((run for run in runs if run.prediction), key=lambda run: run.latency_ms)
    slowest = max((run.latency_ms for run in done), default=1.0) or 1.0
    bars = "".join(
        html.bar(
            either(run.card.title, language) + (f" · {run.head}" if run.head else ""),
            run.latency_ms / slowest,
            f"{run.latency_ms:.2f} ms · {run.variant} · {label_title(run.card, run.prediction.label, language)} "
            f"{run.prediction.scores[run.prediction.label]:.0%}",
            number == 0,
        )
        for number, run in enumerate(done)
        if run.prediction
    )
    broken = "".join(html.note(f"{run.card.name}: {run.failure}", "warn") for run in runs if run.failure)
    return f"<div class=race>{html.note(STRINGS.say('race_title', language, repeats=RACE_REPEATS))}{bars}{broken}</div>"
