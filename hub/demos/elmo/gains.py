"""What ELMo adds to each task: the figures of all networks that read it, over their seeds, beside the paper's."""

from __future__ import annotations

from collections.abc import Sequence

from hub.card import Card, unit_of
from hub.demos.elmo.strings import STRINGS
from hub.ui import html
from hub.ui.strings import Language, either

KEYS = ("task", "arm_without", "arm_with", "gain", "arm_second", "in_the_paper")


def table(cards: Sequence[Card], language: Language) -> str:
    """A row for each task. cards: those that read the layers of a language model."""
    rows = [_row(card, language) for card in cards]
    headers = [STRINGS.say(key, language) for key in KEYS]
    seeds = max((len(one.values) for card in cards for one in card.repeated), default=1)
    caption = STRINGS.say("gains_caption", language, seeds=seeds)
    return html.table(headers, rows, caption, (1, 2, 3, 4), stacked=True)


def of_files(card: Card, language: Language) -> str:
    """A sentence: the figures of the two networks that a visitor has asked."""
    metric, values = _measured(card)
    if not values:
        return ""
    without, with_elmo = (unit_of(metric).shown(values[name]) for name in (f"{metric}_without", metric))
    return html.note(
        STRINGS.say("of_files", language, measure=STRINGS.say(metric, language), without=without, with_elmo=with_elmo),
        "notice",
    )


def _measured(card: Card) -> tuple[str, dict[str, float]]:
    """The name of the headline metric, and the values of the default file on the test split."""
    wanted = ("test", card.default_variant)
    values = {one.metric: one.value for one in card.metrics if (one.split, one.variant) == wanted}
    return next(iter(values), ""), values


def _row(card: Card, language: Language) -> list[html.Cell]:
    arms = {one.arm: one for one in card.repeated}
    title = either(card.title, language)
    metric = next((one.metric for one in card.repeated), "")
    published = {one.metric: one.shown for one in card.published}
    paper = [published[name] for name in (f"{metric}_without", metric) if name in published]
    return [
        f"{title}, {STRINGS.say(metric, language)}" if metric else title,
        *(arms[arm].shown if arm in arms else None for arm in ("without", "with")),
        arms["with"].gain_shown if "with" in arms else None,
        f"{arms['second'].shown} ({arms['second'].gain_shown})" if "second" in arms else None,
        " → ".join(paper) or None,
    ]
