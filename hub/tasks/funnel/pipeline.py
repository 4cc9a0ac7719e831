"""The funnel: from all items to a short list, stage by stage, each with what it kept and how long it took.

Visitors who come together go through a stage together: a graph is called once for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from hub.tasks.funnel import rerank
from hub.tasks.funnel.catalogue import Shop

RuleName = Literal["none", "mmr", "dpp", "caps", "calibrated", "prm"]
PRM: RuleName = "prm"
RULES: tuple[RuleName, ...] = get_args(RuleName)


@dataclass(frozen=True)
class Taken:
    """What somebody took, each once, the newest last: item numbers int64, days since, baskets, float32 (n,)."""

    items: np.ndarray
    ages: np.ndarray
    times: np.ndarray

    @classmethod
    def now(cls, items: Sequence[int]) -> Taken:
        """Just now, each once."""
        return cls(np.array(items, np.int64), np.zeros(len(items), np.float32), np.ones(len(items), np.float32))


def rows_of(visitors: Sequence[Taken]) -> dict[str, np.ndarray]:
    """As graphs take them: (visitors, longest), padding in front; at least one column."""
    longest = max(1, *(len(taken.items) for taken in visitors))
    size = (len(visitors), longest)
    rows = {"items": np.full(size, -1), "ages": np.zeros(size, np.float32), "times": np.zeros(size, np.float32)}
    for row, taken in enumerate(visitors):
        start = longest - len(taken.items)
        rows["items"][row, start:], rows["ages"][row, start:] = taken.items, taken.ages
        rows["times"][row, start:] = taken.times
    return rows


@dataclass(frozen=True)
class Settings:
    """What each stage keeps, and how the last list is chosen.

    Args:
        recall: the most that are new; what was taken before goes on besides, where it may come again. coarse, fine: the
            most that goes on from a stage. shown: of the last list.
        channels: those that are asked; none: all. again: whether what was taken before may come again.
        rule, diversity: of the re-ranking, the weight in [0, 1].
    """

    recall: int = 300
    coarse: int = 100
    fine: int = 30
    shown: int = 10
    channels: tuple[str, ...] = ()
    again: bool = False
    rule: RuleName = "mmr"
    diversity: float = 0.2  # which costs next to nothing, by the tables of the bundle


DEFAULTS = Settings()


@dataclass(frozen=True)
class Pool:
    """Candidates: items int64 (c,), ranks float32 (c, channels), own bool (c,): taken before."""

    items: np.ndarray
    ranks: np.ndarray
    own: np.ndarray

    def __len__(self) -> int:
        return len(self.items)

    def some(self, places: np.ndarray) -> Pool:
        return Pool(self.items[places], self.ranks[places], self.own[places])


@dataclass(frozen=True)
class Stage:
    """What a stage made of its candidates, and how long it took: for all visitors who came together."""

    name: str
    given: int
    kept: int
    ms: float


@dataclass
class Funnelled:
    """What became of everything.

    Args:
        pool: all that recall found, in the order of the merged score. merged: its scores. coarse: logits of the first
            `recall` of the pool; fine: of what coarse kept (places in the pool: `ranked`).
        final: places in the pool of the last list, in its order.
        channel_ms: channel -> time.
    """

    taken: Taken
    settings: Settings
    pool: Pool
    merged: np.ndarray
    coarse: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    ranked: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    fine: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    final: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    stages: tuple[Stage, ...] = ()
    channel_ms: dict[str, float] = field(default_factory=dict)

    @property
    def items(self) -> np.ndarray:
        """The last list."""
        found: np.ndarray = self.pool.items[self.final]
        return found


def recall(
    shop: Shop, taken: Taken, channels: Sequence[str] = (), again: bool = False
) -> tuple[Pool, dict[str, float]]:
    """The union of the channels and, where it may come again, of what was taken; how long each channel took, in ms."""
    (pool,), spent = recalled(shop, [taken], [Settings(channels=tuple(channels), again=again)])
    return pool, spent


def recalled(
    shop: Shop, visitors: Sequence[Taken], settings: Sequence[Settings]
) -> tuple[list[Pool], dict[str, float]]:
    """The same of several visitors. The popular channel alone is asked for who took nothing."""
    funnel, rows = shop.funnel, rows_of(visitors)
    size = (len(visitors), funnel.items)
    ranks = np.full((*size, len(funnel.channels)), funnel.count, np.int16)
    found, mine = np.zeros(size, bool), np.zeros(size, bool)
    who, column = np.nonzero(rows["items"] >= 0)
    what = rows["items"][who, column]
    mine[who, what] = True
    spent: dict[str, float] = {}
    for place, channel in enumerate(funnel.channels):
        start = time.perf_counter()
        asked = np.array(
            [
                channel.name in one.channels if one.channels else len(taken.items) > 0 or channel.name == funnel.popular
                for taken, one in zip(visitors, settings, strict=True)
            ]
        )
        some = np.flatnonzero(asked)[:, None]
        if not len(some):
            continue
        session = shop.session(channel.name)
        feeds = session.cast({name: rows[name][asked] for name in session.inputs})
        best, own = session.run(feeds, ["best", "own"])
        ranks[some, best, place] = np.arange(funnel.count)
        found[some, best] = True
        kept = asked[who]
        number = np.cumsum(asked) - 1  # of each visitor among those who asked
        ranks[who[kept], what[kept], place] = np.minimum(own[number[who[kept]], column[kept]], funnel.count)
        spent[channel.name] = 1e3 * (time.perf_counter() - start)
    pools = []
    for row, one in enumerate(settings):
        items = np.flatnonzero(found[row] | mine[row] if one.again else found[row] & ~mine[row])
        pools.append(Pool(items, ranks[row, items].astype(np.float32), mine[row, items]))
    return pools, spent


def merged(shop: Shop, pool: Pool) -> np.ndarray:
    """How much all channels together speak for each candidate: float64 (c,); what was taken before comes first."""
    weights = [channel.weight for channel in shop.funnel.channels]
    logs = np.log1p(np.arange(shop.funnel.count + 1.0))
    return np.asarray(np.where(pool.own, 1e3, 0.0) - logs[pool.ranks.astype(np.int64)] @ weights)


def rank(shop: Shop, variant: str, taken: Taken, pool: Pool, known: np.ndarray | None = None) -> np.ndarray:
    """Logits of a ranker: float32 (rows, c).

    Args:
        known: float32 (rows, groups), which groups of features are used; none: all, in one row.
    """
    return ranked(shop, variant, [taken], [pool], known)[0]


def ranked(
    shop: Shop, variant: str, visitors: Sequence[Taken], pools: Sequence[Pool], known: np.ndarray | None = None
) -> list[np.ndarray]:
    """The same of several visitors, each with candidates of his own."""
    most = max(len(pool) for pool in pools)
    known = np.ones((1, len(shop.funnel.groups)), np.float32) if known is None else known
    if not most:
        return [np.empty((len(known), 0), np.float32) for _ in pools]
    candidates = np.full((len(pools), most), -1)
    ranks = np.zeros((*candidates.shape, len(shop.funnel.channels)), np.float32)
    for row, pool in enumerate(pools):
        candidates[row, : len(pool)], ranks[row, : len(pool)] = pool.items, pool.ranks
    session = shop.session(variant)
    feeds = {**rows_of(visitors), "candidates": candidates, "ranks": ranks,
             "known": np.broadcast_to(known, (len(pools), *known.shape))}  # fmt: skip
    (logits,) = session.run(session.cast({name: feeds[name] for name in session.inputs}), ["logits"])
    logits = logits.reshape(len(pools), -1, most)  # the coarse ranker's has no axis of subsets
    return [logits[row, :, : len(pool)] for row, pool in enumerate(pools)]


def opened(shop: Shop) -> Shop:
    """With all graphs opened: the first visitor's time is that of the others."""
    funnel = shop.funnel
    for name in (*(channel.name for channel in funnel.channels), funnel.coarse, funnel.fine, funnel.reranker):
        shop.session(name)
    return shop


def recommend(shop: Shop, taken: Taken, settings: Settings = DEFAULTS) -> Funnelled:
    """All stages, one after the other."""
    return recommended(shop, [taken], [settings])[0]


def recommended(shop: Shop, visitors: Sequence[Taken], settings: Sequence[Settings]) -> list[Funnelled]:
    """The same for several visitors together."""
    funnel, clock = shop.funnel, time.perf_counter()

    def lap(name: str, kept: Sequence[int]) -> None:
        nonlocal clock
        ms, clock = 1e3 * (time.perf_counter() - clock), time.perf_counter()
        for one, count in zip(done, kept, strict=True):
            one.stages += (Stage(name, one.stages[-1].kept if one.stages else funnel.items, count, ms),)

    pools, spent = recalled(shop, visitors, settings)
    done = [
        Funnelled(taken, setting, *_sorted(shop, pool), channel_ms=spent)
        for taken, setting, pool in zip(visitors, settings, pools, strict=True)
    ]
    first = [
        one.pool.some(np.arange(min(one.settings.recall + int(one.pool.own.sum()), len(one.pool)))) for one in done
    ]
    lap("recall", [len(pool) for pool in first])
    for one, logits in zip(done, ranked(shop, funnel.coarse, visitors, first), strict=True):
        one.coarse = logits[0]
        one.ranked = np.argsort(-one.coarse, kind="stable")[: one.settings.coarse]
    lap("coarse", [len(one.ranked) for one in done])
    some = [one.pool.some(one.ranked) for one in done]
    for one, logits in zip(done, ranked(shop, funnel.fine, visitors, some), strict=True):
        best = np.argsort(-logits[0], kind="stable")[: one.settings.fine]
        one.ranked, one.fine = one.ranked[best], logits[0, best]
    lap("fine", [len(one.ranked) for one in done])
    for one in done:
        one.final = one.ranked[reranked(shop, one.taken, one.pool.items[one.ranked], one.fine, one.settings)]
    lap("rerank", [len(one.final) for one in done])
    return done


def _sorted(shop: Shop, pool: Pool) -> tuple[Pool, np.ndarray]:
    """Candidates in the order of the merged score, and the scores."""
    scores = merged(shop, pool)
    order = np.argsort(-scores, kind="stable")
    return pool.some(order), scores[order]


def reranked(shop: Shop, taken: Taken, items: np.ndarray, logits: np.ndarray, settings: Settings) -> np.ndarray:
    """The places of the last list. items, logits: the fine ranker's, the best first."""
    if not len(items):
        return np.empty(0, np.int64)
    if settings.rule == PRM:
        session = shop.session(shop.funnel.reranker)
        feeds = {"candidates": items[None], "logits": logits[None]}
        (anew,) = session.run(session.cast(feeds), ["scores"])
        return np.argsort(-anew[0], kind="stable")[: settings.shown]
    return rerank.RULES[settings.rule](offered(shop, taken, items, logits), settings.shown, settings.diversity)


def offered(shop: Shop, taken: Taken, items: np.ndarray, logits: np.ndarray) -> rerank.Offered:
    """What a rule chooses from."""
    known = shop.catalogue
    similarity = known.similarity(items)
    np.fill_diagonal(similarity, 1.0)
    taste = np.bincount(known.kinds[taken.items], minlength=len(known.kind_names)).astype(np.float64)
    return rerank.Offered(
        rerank.relevance_of(logits.astype(np.float64)), similarity, known.kinds[items], taste / max(taste.sum(), 1.0)
    )
