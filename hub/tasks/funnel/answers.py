"""What programs get: a list with reasons, stages and milliseconds; items that are like another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.errors import InputError
from hub.tasks.funnel.catalogue import Shop, check_items
from hub.tasks.funnel.pipeline import RULES, Funnelled, RuleName, Settings, Stage, Taken, recommended
from hub.tasks.funnel.reasons import NEAR, Found, Shares, final_pool, found_by, shared, speakers


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


@dataclass(frozen=True)
class Request:
    """What somebody asks for, checked.

    Args:
        unknown: numbers that name no item. reasons: whether the list says why.
    """

    taken: Taken
    settings: Settings
    unknown: list[int]
    reasons: bool


def request_of(
    known: int, items: object, count: object = 10, again: bool = False, rule: object = "mmr", reasons: bool = True
) -> Request:
    """Args: known: how many items there are. Raises InputError, TooLargeError."""
    taken, unknown = check_items(known, items)
    wanted = check_count(count)
    settings = Settings(shown=wanted, fine=max(Settings.fine, wanted), again=again, rule=check_rule(rule))
    return Request(Taken.now(taken), settings, unknown, reasons)


def recommendation(
    shop: Shop, items: object, count: object = 10, again: bool = False, rule: object = "mmr", reasons: bool = True
) -> Recommendation:
    """A list for who took some items. Raises InputError, TooLargeError."""
    return recommendations(shop, [request_of(len(shop.catalogue), items, count, again, rule, reasons)])[0]


def recommendations(shop: Shop, requests: Sequence[Request]) -> list[Recommendation]:
    """The lists of several who ask at the same time."""
    done = recommended(shop, [one.taken for one in requests], [one.settings for one in requests])
    asked = [place for place, one in enumerate(requests) if one.reasons and len(done[place].final)]
    pools = [final_pool(done[place]) for place in asked]
    found = shared(shop, [requests[place].taken for place in asked], pools) if asked else []
    told = dict(zip(asked, found, strict=True))
    return [_answer(shop, one, funnelled, told.get(place)) for place, (one, funnelled) in
            enumerate(zip(requests, done, strict=True))]  # fmt: skip


def _answer(shop: Shop, request: Request, done: Funnelled, told: Shares | None) -> Recommendation:
    pool, catalogue = final_pool(done), shop.catalogue
    places = {place: number for number, place in enumerate(done.ranked.tolist())}
    logits = done.fine[[places[place] for place in done.final.tolist()]]
    items, probabilities = pool.items.tolist(), (1 / (1 + np.exp(-logits.astype(np.float64)))).tolist()
    spoken = speakers(shop, done.taken, items) if told else [None] * len(items)
    groups = told.shares.tolist() if told else [()] * len(items)
    return Recommendation(
        [
            Recommended(
                item,
                catalogue.titles[item],
                round(float(catalogue.prices[item]), 2),
                probabilities[place],
                found_by(shop, pool, place),
                spoken[place],
                dict(zip(shop.funnel.groups, groups[place], strict=False)),
            )
            for place, item in enumerate(items)
        ],
        request.unknown,
        len(done.taken.items) > 0,
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
