"""The one figure of a model that matters most, and how large it is."""

from __future__ import annotations

from dataclasses import dataclass

from hub.card import Card, Metric
from hub.demos.models.strings import STRINGS
from hub.ui.strings import Language

PREFERRED = ("accuracy", "spearman", "perplexity")  # of these the first that a card has; of a card with none, any


@dataclass(frozen=True)
class Headline:
    """value: as it is shown, with its sign. what: the metric. where: data set and split, or what was compared."""

    value: str
    what: str
    where: str


def metric_of(card: Card) -> Metric | None:
    """The figure of the variant that the page runs: on its test split, else on the one that there is."""
    own = [row for row in card.metrics if row.variant == card.default_variant]
    for split in ("test", "valid"):
        rows = [row for row in own if row.split == split]
        for metric in PREFERRED:
            found = next((row for row in rows if row.metric == metric), None)
            if found:
                return found
        if rows:
            return rows[0]
    return own[0] if own else None


def headline_of(card: Card, language: Language) -> Headline | None:
    """None where the card has neither figures nor a relative difference."""
    say = STRINGS.say
    metric = metric_of(card)
    if metric is None:
        compared = [entry.parity.max_relative_difference for entry in card.variants if not entry.omitted]
        known = [value for value in compared if value is not None]
        where = say("graphs", language, count=len(known))
        return Headline(f"{max(known):.1e}", say("parity", language), where) if known else None
    key = f"metric_{metric.metric}"
    what = say(key, language) if key in STRINGS.table else metric.metric
    split = say(metric.split, language) if metric.split in STRINGS.table else metric.split
    heads = {row.head for row in card.metrics if (row.metric, row.split) == (metric.metric, metric.split)}
    said = say(
        "of_heads" if len(heads) > 1 else "headline_note", language,
        dataset=metric.dataset, split=split, count=len(heads) - 1,
    )  # fmt: skip
    return Headline(" ".join(filter(None, (metric.shown, metric.unit.sign))), what, said)


def total(card: Card) -> int:
    """Bytes of everything that the bundle ships."""
    return sum(count for _, count, _ in card_files(card))


def card_files(card: Card) -> list[tuple[str, int, str]]:
    """(file, bytes, sha256) of everything that the bundle ships."""
    shipped = [entry for entry in card.variants if not entry.omitted]
    return [(entry.file, entry.bytes, entry.sha256) for entry in (*shipped, *card.parts, *card.files)]


def size(count: int) -> str:
    """Bytes for a reader."""
    return f"{count / 1e6:.2f} MB" if count >= 10_000 else f"{count:,} B"
