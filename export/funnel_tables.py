"""The tables of a funnel: what its published graphs do for everybody who came back. No torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from hub.tasks.funnel import pipeline, replay, rerank
from hub.tasks.funnel.catalogue import Shop
from hub.tasks.funnel.reasons import NEAR
from hub.tasks.funnel.tables import (
    BinRow,
    BudgetRow,
    Calibration,
    ChannelRow,
    FrontierRow,
    GroupRow,
    PartRow,
    ProtocolRow,
    Tables,
)
from hub.tasks.intervals import Interval
from models.training import interactions
from models.training.interactions import Histories, hits, ndcg, recall, top

CUTS = (10, 50, 100, 200)
FEW = 5  # things: who has taken no more is a new user
YOUNG = np.log1p(14.0)  # of days on sale: what is no older is a new item
NEGATIVES = 100  # of a sampled metric
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
CHANNELS = (1, 2, 3, 4, 6, 8)  # how many are asked, those that the merging weighs most
GRID = ((20, 60, 100, 200, 300), (10, 30, 60, 100, 200))  # candidates after recall, after coarse ranking
TIMED, REPEATED = 12, 5  # visitors of a measurement, measurements of a setting
BINS = 20  # of the calibration
TOGETHER = 32  # visitors in a call of a graph


@dataclass(frozen=True)
class Measured:
    """Every user of the test.

    Args:
        known, truth: what they had taken, and bool (users, items) what they took then. ranks: uint8 (users, items,
            channels), the length of a channel's list where it has an item not. shares: float64 (items,), of users who
            ever took each. again: float64 (users, 2), recall@200 and NDCG@10 of the funnel that may show what was
            taken.
    """

    shop: Shop
    known: Histories
    truth: np.ndarray
    ranks: np.ndarray
    days_on_sale: np.ndarray
    again: np.ndarray

    @property
    def own(self) -> np.ndarray:
        """Bool (users, items), taken before."""
        return self.known.matrix(self.truth.shape[1]) > 0

    @property
    def new(self) -> np.ndarray:
        """What is taken for the first time."""
        return self.truth & ~self.own

    def parts(self) -> dict[str, np.ndarray]:
        """What is taken for the first time by who is new, and of what is new: bool (users, items)."""
        few = (self.known.items >= 0).sum(1) <= FEW
        young = self.days_on_sale <= YOUNG
        return {"new_users": self.new & few[:, None], "new_items": self.new & young[None]}


def interval(values: np.ndarray) -> Interval:
    """Of a mean over users."""
    found = interactions.mean(values)
    return Interval(value=round(found.value, 5), low=round(found.low, 5), high=round(found.high, 5))


def every_table(
    measured: Measured, kept: replay.Replay, scores_of: Callable[[str], np.ndarray], more: tuple[ProtocolRow, ...] = ()
) -> Tables:
    """All of them. Args: scores_of: see `protocols`. more: protocols that need another training."""
    return Tables(
        channels=tuple(channels(measured)),
        groups=tuple(groups(measured, kept)),
        frontier=tuple(frontier(measured, kept)),
        protocols=(*protocols(measured, scores_of), *more),
        budgets=tuple(budgets(measured, kept)),
        calibration=calibration(measured),
    )


# --- channels -------------------------------------------------------------------------------------------------------


def merged(measured: Measured, without: int = -1) -> np.ndarray:
    """Scores of all items, float32 (users, items): the lowest for what no channel has, or was taken."""
    weights = np.array([channel.weight for channel in measured.shop.funnel.channels], np.float32)
    kept = [place for place in range(len(weights)) if place != without]
    found = (measured.ranks[..., kept] < measured.shop.funnel.count).any(2) & ~measured.own
    scores = np.zeros(found.shape, np.float32)
    for place in kept:
        scores -= weights[place] * np.log1p(measured.ranks[..., place].astype(np.float32))
    return np.where(found, scores, -np.inf)


def channels(measured: Measured) -> Iterator[ChannelRow]:
    """Each channel, the merged list, and what knows nothing."""
    funnel, new = measured.shop.funnel, measured.new
    count = funnel.count
    lists = {
        channel.name: _listed(measured.ranks[..., place], measured.own, count)
        for place, channel in enumerate(funnel.channels)
    }
    whole = top(merged(measured), count)
    finders = np.stack([replay.masked(one, new.shape[1]) for one in lists.values()], 2)  # (users, items, channels)
    alone = finders.sum(2) == 1
    before = recall(whole, new)
    for place, (name, listed) in enumerate(lists.items()):
        without = recall(top(merged(measured, place), count), new)
        overlap = [float((finders[..., place] & finders[..., other]).sum() / finders[..., place].sum())
                   for other in range(len(lists))]  # fmt: skip
        unique = float((alone & finders[..., place] & new).sum() / new.sum())
        yield _row(measured, name, listed, unique, interval(without - before), tuple(round(one, 4) for one in overlap))
    best = max((recall(one, new) for one in lists.values()), key=lambda one: float(np.nanmean(one)))
    yield _row(measured, "merged", whole, 0.0).model_copy(update={"gain": interval(before - best)})
    shown = np.where(measured.own, -np.inf, np.log(measured.shop.catalogue.buyers + 1.0)[None])
    yield _row(measured, "popular_ever", top(shown, count), 0.0)
    chance = np.where(measured.own, -np.inf, np.random.default_rng(0).random(new.shape))
    yield _row(measured, "chance", top(chance, count), 0.0)


def _row(
    measured: Measured, name: str, listed: np.ndarray, unique: float, left_out: Interval | None = None,
    overlap: tuple[float, ...] = (),
) -> ChannelRow:  # fmt: skip
    new = measured.new
    share = (measured.shop.catalogue.buyers + 1) / (measured.shop.catalogue.buyers.max() + 1)
    real = listed[listed >= 0]
    return ChannelRow(
        name=name,
        recall=tuple(interval(recall(listed[:, :cut], new)) for cut in CUTS),
        ndcg=interval(ndcg(listed, new)),
        unique=round(unique, 5),
        coverage=round(len(np.unique(real)) / new.shape[1], 5),
        novelty=round(float(-np.log2(share[real]).mean()), 4),
        left_out=left_out,
        overlap=overlap,
        parts=tuple(
            PartRow(name=name, users=int(truth.any(1).sum()), recall=interval(recall(listed, truth)),
                    ndcg=interval(ndcg(listed, truth)))
            for name, truth in measured.parts().items() if truth.any(1).sum() > 1
        ),
    )  # fmt: skip


def _listed(ranks: np.ndarray, own: np.ndarray, count: int) -> np.ndarray:
    """A channel's list of each user: int64 (users, count), padding -1. ranks: (users, items)."""
    users, items = np.nonzero((ranks < count) & ~own)
    found = np.full((len(ranks), count), -1)
    found[users, ranks[users, items]] = items
    return found


def groups(measured: Measured, kept: replay.Replay) -> Iterator[GroupRow]:
    """The whole funnel for all, for who is new, for what is new, and with what was taken before."""
    scores, new = top(merged(measured), 200), measured.new
    final = np.full((len(new), replay.Stages().shown), -1)
    final[new.any(1)] = _final(kept)
    names = [channel.name for channel in measured.shop.funnel.channels]
    near = _listed(measured.ranks[..., names.index(NEAR)], measured.own, measured.shop.funnel.count)
    for name, truth in {"all": new, **measured.parts()}.items():
        if truth.any(1).sum() > 1:
            found = ndcg(final, truth)
            yield GroupRow(
                name=name, users=int(truth.any(1).sum()), recall=interval(recall(scores, truth)),
                ndcg=interval(found), over_ease=interval(found - ndcg(near, truth)),
                over_merged=interval(found - ndcg(scores, truth)),
            )  # fmt: skip
    yield GroupRow(name="again", users=len(new), recall=interval(measured.again[:, 0]),
                   ndcg=interval(measured.again[:, 1]))  # fmt: skip


def calibration(measured: Measured) -> Calibration:
    """Candidates of all users in bins of equal size by their probability."""
    told, bought = [], []
    for users, visitors in _together(measured.known, np.arange(len(measured.known))):
        pools, logits = _ranked(measured.shop, visitors, pipeline.Settings(), measured.shop.funnel.fine)
        told += [1 / (1 + np.exp(-one.astype(np.float64))) for one in logits]
        bought += [measured.truth[user, pool.items] for user, pool in zip(users, pools, strict=True)]
    shares, happened = np.concatenate(told), np.concatenate(bought)
    bins = []
    for some in np.array_split(np.argsort(shares, kind="stable"), BINS):
        bins.append(BinRow(told=round(float(shares[some].mean()), 5), bought=round(float(happened[some].mean()), 5),
                           count=len(some)))  # fmt: skip
    error = sum(one.count * abs(one.told - one.bought) for one in bins) / len(shares)
    return Calibration(error=round(error, 5), bins=tuple(bins))


def _together(known: Histories, users: np.ndarray) -> Iterator[tuple[np.ndarray, list[pipeline.Taken]]]:
    """Users in parts that are run together, those with histories of about a length."""
    order = users[np.argsort((known.items[users] >= 0).sum(1), kind="stable")]
    for some in np.array_split(order, len(order) // TOGETHER + 1):
        yield some, [taken_by(known, user) for user in some.tolist()]


def taken_by(known: Histories, user: int) -> pipeline.Taken:
    """What one user had taken."""
    some = known.items[user] >= 0
    return pipeline.Taken(known.items[user, some], known.ages[user, some], known.times[user, some])


def _ranked(
    shop: Shop, visitors: list[pipeline.Taken], settings: pipeline.Settings, variant: str
) -> tuple[list[pipeline.Pool], list[np.ndarray]]:
    """Of each visitor the candidates that go on from recall, the best first, and the logits of a ranker."""
    pools = [first(shop, pool) for pool in pipeline.recalled(shop, visitors, [settings] * len(visitors))[0]]
    return pools, [logits[0] for logits in pipeline.ranked(shop, variant, visitors, pools)]


def first(shop: Shop, pool: pipeline.Pool) -> pipeline.Pool:
    """The candidates that are kept for the replay, the best first."""
    return pool.some(np.argsort(-pipeline.merged(shop, pool), kind="stable")[: replay.POOL])


def _final(kept: replay.Replay) -> np.ndarray:
    """The list of the models alone: int64 (users, shown)."""
    stages = replay.Stages()
    return _fine_lists(kept, stages)[0][:, : stages.shown]


# --- re-ranking, budgets --------------------------------------------------------------------------------------------


def frontier(measured: Measured, kept: replay.Replay) -> Iterator[FrontierRow]:
    """Every rule at every weight, on the lists that fine ranking has made."""
    shop, stages = measured.shop, replay.Stages()
    pools, scores = _fine_lists(kept, stages)
    for rule in pipeline.RULES:
        for weight in WEIGHTS if rule not in ("none", "prm") else WEIGHTS[:1]:
            final = np.full((len(pools), stages.shown), -1)
            distances, kinds, apart = [], [], []
            for user, (items, logits) in enumerate(zip(pools, scores, strict=True)):
                real = items >= 0
                taken = kept.taken(user)
                setting = pipeline.Settings(rule=rule, diversity=weight, shown=stages.shown)
                places = pipeline.reranked(shop, taken, items[real], logits[real], setting)
                final[user, : len(places)] = items[real][places]
                offered = pipeline.offered(shop, taken, items[real][places], logits[real][places])
                distances.append(rerank.distance(offered.similarity))
                counts = np.bincount(offered.kinds, minlength=len(offered.taste))
                kinds.append((counts > 0).sum())
                apart.append(float(rerank.divergence(offered.taste, counts.astype(float))))
            yield FrontierRow(
                rule=rule, weight=weight, ndcg=round(float(ndcg(final, kept.bought).mean()), 5),
                distance=round(float(np.mean(distances)), 4), kinds=round(float(np.mean(kinds)), 3),
                divergence=round(float(np.mean(apart)), 4), parts=_parts(measured, final),
            )  # fmt: skip


def _parts(measured: Measured, final: np.ndarray) -> dict[str, float]:
    """NDCG@10 for who is new and for what is new, of lists of those who took something new."""
    some = measured.new.any(1)
    return {
        name: round(float(np.nanmean(ndcg(final, truth[some]))), 5)
        for name, truth in measured.parts().items()
        if truth.any(1).sum() > 1
    }


def _fine_lists(kept: replay.Replay, stages: replay.Stages) -> tuple[np.ndarray, np.ndarray]:
    coarse = np.argsort(-kept.coarse, axis=1, kind="stable")[:, : stages.coarse]
    fine = np.take_along_axis(kept.fine, coarse, 1)
    best = np.argsort(-fine, axis=1, kind="stable")[:, : stages.fine]
    return np.take_along_axis(np.take_along_axis(kept.pool, coarse, 1), best, 1), np.take_along_axis(fine, best, 1)


def budgets(measured: Measured, kept: replay.Replay) -> list[BudgetRow]:
    """The settings that no other beats in both: the least time for their NDCG, of all users who took something new."""
    shop, rows = measured.shop, []
    weighed = [channel.name for channel in sorted(shop.funnel.channels, key=lambda channel: -channel.weight)]
    for count in CHANNELS:
        asked = tuple(weighed[:count])
        some = with_channels(measured, kept, asked)
        for recalled, coarse in product(*GRID):
            if coarse > recalled:
                continue
            stages = replay.Stages(recalled, coarse, min(coarse, replay.Stages().fine))
            pools, _ = _fine_lists(some, stages)
            final = pools[:, : stages.shown]
            setting = pipeline.Settings(recalled, coarse, stages.fine, channels=asked, rule="none")
            rows.append(
                BudgetRow(
                    recall=recalled, coarse=coarse, fine=stages.fine, channels=asked,
                    ms=round(_milliseconds(shop, kept, setting), 3),
                    ndcg=round(float(ndcg(final, kept.bought).mean()), 5), parts=_parts(measured, final),
                )
            )  # fmt: skip
    rows.sort(key=lambda row: (row.ms, -row.ndcg))
    front: list[BudgetRow] = []
    for row in rows:
        if not front or row.ndcg > front[-1].ndcg:
            front.append(row)
    return front


def with_channels(measured: Measured, kept: replay.Replay, asked: tuple[str, ...]) -> replay.Replay:
    """The same users where some channels alone are asked: their pools, and what the rankers say of them."""
    shop, setting = measured.shop, pipeline.Settings(channels=asked)
    size = (len(kept), replay.POOL)
    pool, coarse, fine = np.full(size, -1), np.full(size, -np.inf, np.float32), np.full(size, -np.inf, np.float32)
    some = np.flatnonzero(measured.new.any(1))
    places = np.cumsum(measured.new.any(1)) - 1
    for users, visitors in _together(measured.known, some):
        pools, by_coarse = _ranked(shop, visitors, setting, shop.funnel.coarse)
        by_fine = pipeline.ranked(shop, shop.funnel.fine, visitors, pools)
        for row, one, rough, exact in zip(places[users], pools, by_coarse, by_fine, strict=True):
            pool[row, : len(one)], coarse[row, : len(one)], fine[row, : len(one)] = one.items, rough, exact[0]
    return replace(kept, pool=pool, coarse=coarse, fine=fine)


def _milliseconds(shop: Shop, kept: replay.Replay, setting: pipeline.Settings) -> float:
    """Of one visitor who has taken five things: the median of several, and of such medians the least, since whatever
    else the machine does only adds to it."""
    visitors = [pipeline.Taken.now(kept.taken(user % len(kept)).items[-5:].tolist()) for user in range(TIMED)]
    medians = []
    for _ in range(REPEATED):
        spent = []
        for taken in visitors:
            start = time.perf_counter()
            pipeline.recommend(shop, taken, setting)
            spent.append(time.perf_counter() - start)
        medians.append(np.median(spent))
    return float(1e3 * min(medians))


# --- the quarrel about metrics --------------------------------------------------------------------------------------


def protocols(measured: Measured, scores_of: Callable[[str], np.ndarray]) -> Iterator[ProtocolRow]:
    """Some models by several ways to measure, each of which is in use.

    Args:
        scores_of: model -> scores of all items (users, items); the models are popular, ease, sasrec, and leaked, whose
            popularity has seen the test.
    """
    draw = np.random.default_rng(0)
    new, own = measured.new, measured.own
    some = np.flatnonzero(new.any(1))
    new, own = new[some], own[some]
    popularity = (measured.shop.catalogue.buyers + 1.0) / (measured.shop.catalogue.buyers + 1.0).sum()
    for model in ("chance", "popular", "ease", "sasrec"):
        scores = draw.random(new.shape) if model == "chance" else scores_of(model)[some]
        scores = np.where(own, -np.inf, scores)
        yield _protocol("full", model, top(scores, 10), new)
        for protocol, weights in (("sampled", np.ones(len(popularity))), ("sampled_popular", popularity)):
            yield _protocol(protocol, model, _sampled(scores, new, own, weights, draw), new)
    leaked = np.where(own, -np.inf, scores_of("leaked")[some])
    yield _protocol("leaked", "popular", top(leaked, 10), new)
    constant = np.where(own, -np.inf, 0.0)
    yield _protocol("full", "constant", top(constant, 10), new)
    yield _protocol("by_number", "constant", np.argsort(-constant, axis=1, kind="stable")[:, :10], new)


def _sampled(
    scores: np.ndarray, new: np.ndarray, own: np.ndarray, weights: np.ndarray, draw: np.random.Generator
) -> np.ndarray:
    """The first ten among the purchases and some items that were not taken, drawn by weights."""
    noise = draw.gumbel(size=scores.shape) + np.log(weights)[None]
    noise[own | new] = -np.inf
    count = min(NEGATIVES, scores.shape[1] - 1)
    chosen = np.argpartition(-noise, count, axis=1)[:, :count]
    among = new.copy()
    np.put_along_axis(among, chosen, True, 1)
    return top(np.where(among, scores, -np.inf), 10)


def _protocol(name: str, model: str, listed: np.ndarray, truth: np.ndarray) -> ProtocolRow:
    found = hits(listed, truth).any(1)
    return ProtocolRow(
        protocol=name, model=model, hit=round(float(found.mean()), 5), ndcg=round(float(ndcg(listed, truth).mean()), 5)
    )


def random_split(interactions_: np.ndarray, score: Callable[[np.ndarray], np.ndarray], model: str) -> ProtocolRow:
    """A tenth of each user's interactions hidden at random, whenever they were: the future teaches the past.

    Args:
        interactions_: float32 (users, items) of 0 and 1. score: interactions -> scores (users, items).
    """
    draw = np.random.default_rng(0)
    hidden = (draw.random(interactions_.shape) < 0.1) & (interactions_ > 0)
    seen = np.where(hidden, 0, interactions_).astype(np.float32)
    some = hidden.any(1) & (seen.sum(1) > 0)
    scores = np.where(seen > 0, -np.inf, score(seen))[some]
    return _protocol("random_split", model, top(scores, 10), hidden[some])
