"""The funnel: from all items to a short list, stage by stage, each with what it kept and how long it took."""

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

    @property
    def row(self) -> dict[str, np.ndarray]:
        """As graphs take it: (1, n), where nothing was taken one padding."""
        if not len(self.items):
            return {
                "items": np.array([[-1]]),
                "ages": np.zeros((1, 1), np.float32),
                "times": np.zeros((1, 1), np.float32),
            }
        return {"items": self.items[None], "ages": self.ages[None], "times": self.times[None]}


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
    """What a stage made of its candidates."""

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
    coarse: np.ndarray
    ranked: np.ndarray
    fine: np.ndarray
    final: np.ndarray
    stages: tuple[Stage, ...]
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
    funnel, row = shop.funnel, taken.row
    ranks = np.full((funnel.items, len(funnel.channels)), funnel.count, np.float32)
    spent: dict[str, float] = {}
    for place, channel in enumerate(funnel.channels):
        asked = channel.name in channels if channels else len(taken.items) or channel.name == funnel.popular
        if not asked:
            continue
        start = time.perf_counter()
        session = shop.session(channel.name)
        best, own = session.run(session.cast({name: row[name] for name in session.inputs}), ["best", "own"])
        ranks[best[0], place] = np.arange(funnel.count)
        if len(taken.items):
            ranks[taken.items, place] = np.minimum(own[0], funnel.count)
        spent[channel.name] = 1e3 * (time.perf_counter() - start)
    mine = np.zeros(funnel.items, bool)
    mine[taken.items] = True
    found = (ranks < funnel.count).any(1)
    items = np.flatnonzero(found | mine if again else found & ~mine)
    return Pool(items, ranks[items], mine[items]), spent


def merged(shop: Shop, pool: Pool) -> np.ndarray:
    """How much all channels together speak for each candidate: float64 (c,); what was taken before comes first."""
    weights = [channel.weight for channel in shop.funnel.channels]
    return np.asarray(np.where(pool.own, 1e3, 0.0) - np.log1p(pool.ranks.astype(np.float64)) @ weights)


def rank(shop: Shop, variant: str, taken: Taken, pool: Pool, known: np.ndarray | None = None) -> np.ndarray:
    """Logits of a ranker: float32 (rows, c).

    Args:
        known: float32 (rows, groups), which groups of features are used; none: all, in one row.
    """
    groups = len(shop.funnel.groups)
    known = np.ones((1, groups), np.float32) if known is None else known
    session = shop.session(variant)
    one = {**taken.row, "candidates": pool.items[None], "ranks": pool.ranks[None]}
    feeds = {name: np.repeat(value, len(known), 0) for name, value in one.items()} | {"known": known}
    (logits,) = session.run(session.cast({name: feeds[name] for name in session.inputs}), ["logits"])
    return np.asarray(logits)


def opened(shop: Shop) -> Shop:
    """With all graphs opened: the first visitor's time is that of the others."""
    funnel = shop.funnel
    for name in (*(channel.name for channel in funnel.channels), funnel.coarse, funnel.fine, funnel.reranker):
        shop.session(name)
    return shop


def recommend(shop: Shop, taken: Taken, settings: Settings = DEFAULTS) -> Funnelled:
    """All stages, one after the other."""
    funnel, clock = shop.funnel, [time.perf_counter()]

    def lap() -> float:
        clock.append(time.perf_counter())
        return 1e3 * (clock[-1] - clock[-2])

    pool, spent = recall(shop, taken, settings.channels, settings.again)
    scores = merged(shop, pool)
    order = np.argsort(-scores, kind="stable")
    pool, scores = pool.some(order), scores[order]
    first = pool.some(np.arange(min(settings.recall + int(pool.own.sum()), len(pool))))
    stages = [Stage("recall", funnel.items, len(first), lap())]
    coarse = rank(shop, funnel.coarse, taken, first)[0] if len(first) else np.empty(0, np.float32)
    ranked = np.argsort(-coarse, kind="stable")[: settings.coarse]
    stages.append(Stage("coarse", len(first), len(ranked), lap()))
    fine = rank(shop, funnel.fine, taken, pool.some(ranked))[0] if len(ranked) else np.empty(0, np.float32)
    best = np.argsort(-fine, kind="stable")[: settings.fine]
    ranked, fine = ranked[best], fine[best]
    stages.append(Stage("fine", stages[-1].kept, len(ranked), lap()))
    final = ranked[reranked(shop, taken, pool.items[ranked], fine, settings)]
    stages.append(Stage("rerank", len(ranked), len(final), lap()))
    return Funnelled(taken, settings, pool, scores, coarse, ranked, fine, final, tuple(stages), spent)


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
