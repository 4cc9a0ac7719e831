"""What programs get: a list with reasons, stages and milliseconds; items that are like another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.errors import InputError
from hub.tasks.funnel.catalogue import Shop, check_items
from hub.tasks.funnel.pipeline import RULES, RuleName, Settings, Stage, Taken, recommend
from hub.tasks.funnel.reasons import NEAR, Found, found_by, shares, speakers


@dataclass(frozen=True)
class Recommended:
    """An item of a list, and why it is there."""

    item: int
    title: str
    price: float
    probability: float  # of being bought in the weeks after, by who comes back
    channels: list[Found]  # that found it, the best rank first
    because: int | None  # the taken item that speaks most for it
    shares: dict[str, float]  # group of features -> what it adds to the logit; empty where none were asked for


@dataclass(frozen=True)
class Recommendation:
    """A list."""

    items: list[Recommended]
    unknown: list[int]  # numbers that name no item: they are ignored
    personal: bool  # false: nothing was taken, and the list is of what is popular
    stages: list[Stage]


@dataclass(frozen=True)
class Similar:
    """An item that is often taken by who takes another."""

    item: int
    title: str
    score: float


def check_count(count: object) -> int:
    """How long a list is. Raises InputError."""
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= limits.MAX_RECOMMENDED:
        raise InputError("setting_whole_range", name="count", found=str(count)[:40], low=1, high=limits.MAX_RECOMMENDED)
    return count


def check_rule(rule: object) -> RuleName:
    """The name of a rule of re-ranking. Raises InputError."""
    for known in RULES:
        if rule == known:
            return known
    raise InputError("setting_choice", name="rule", found=str(rule)[:40], known=", ".join(RULES))


def recommendation(
    shop: Shop, items: object, count: object = 10, again: bool = False, rule: object = "mmr", reasons: bool = True
) -> Recommendation:
    """A list for who took some items. Raises InputError, TooLargeError."""
    known, unknown = check_items(shop.catalogue, items)
    wanted = check_count(count)
    settings = Settings(shown=wanted, fine=max(Settings.fine, wanted), again=again, rule=check_rule(rule))
    done = recommend(shop, Taken.now(known), settings)
    pool = done.pool.some(done.final)
    places = {place: number for number, place in enumerate(done.ranked.tolist())}
    logits = done.fine[[places[place] for place in done.final.tolist()]]
    groups = shares(shop, done.taken, pool).shares if reasons and len(pool) else np.empty((len(pool), 0))
    spoken = speakers(shop, done.taken, pool.items.tolist()) if reasons else [None] * len(pool)
    return Recommendation(
        [
            Recommended(
                item,
                shop.catalogue.titles[item],
                round(float(shop.catalogue.prices[item]), 2),
                float(1 / (1 + np.exp(-logits[place]))),
                found_by(shop, pool, place),
                spoken[place],
                dict(zip(shop.funnel.groups, groups[place].tolist(), strict=False)),
            )
            for place, item in enumerate(pool.items.tolist())
        ],
        unknown,
        bool(known),
        list(done.stages),
    )


def similar(shop: Shop, item: object, count: object = 10) -> list[Similar]:
    """Items that who takes this one takes too, by EASE. Raises InputError."""
    last = len(shop.catalogue) - 1
    if isinstance(item, bool) or not isinstance(item, int) or not 0 <= item <= last:
        raise InputError("items_unknown", found=str(item)[:40], last=last)
    session = shop.session(NEAR)
    feeds = {"items": np.array([[item]]), "ages": np.zeros((1, 1), np.float32)}
    best, values = session.run(session.cast(feeds), ["best", "values"])
    return [
        Similar(int(one), shop.catalogue.titles[one], float(score))
        for one, score in zip(best[0, : check_count(count)].tolist(), values[0].tolist(), strict=False)
        if score > 1e-5
    ]
