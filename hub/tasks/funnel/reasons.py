"""Why an item is in the list: the channels that found it, what was taken that speaks for it, the shares of a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np

from hub import limits
from hub.kept import Kept
from hub.tasks.funnel.catalogue import Catalogue, Shop
from hub.tasks.funnel.pipeline import Funnelled, Pool, Taken, ranked

NEAR = "ease"  # the channel whose lists say which taken item speaks for another
MOST = 30  # taken items that are asked, the newest


@dataclass(frozen=True)
class Found:
    """A channel, and where it had the item."""

    channel: str
    rank: int  # from 1


@dataclass(frozen=True)
class Shares:
    """A score of the fine ranker as a sum: exactly base + the shares of all groups (Shapley's values).

    Args:
        base: the logit with every feature at its mean. shares: float64 (items, groups). logits: float64 (items,).
    """

    base: np.ndarray
    shares: np.ndarray
    logits: np.ndarray


def found_by(shop: Shop, pool: Pool, place: int) -> list[Found]:
    """The channels that had a candidate, the one with the best rank first."""
    funnel = shop.funnel
    ranks = pool.ranks[place]
    found = [
        Found(channel.name, int(rank) + 1)
        for channel, rank in zip(funnel.channels, ranks, strict=True)
        if rank < funnel.count
    ]
    return sorted(found, key=lambda one: one.rank)


def speakers(shop: Shop, taken: Taken, items: Sequence[int]) -> list[int | None]:
    """Of each item the taken one that speaks most for it, by itself; none where no list has it."""
    some = taken.items[-MOST:]
    if not len(some) or not len(items):
        return [None] * len(items)
    near, values = _lists.get(shop.catalogue, lambda: lists(shop))
    same = near[some][:, None] == np.array(items)[None, :, None]  # (taken, items, listed)
    strength = np.where(same, values[some][:, None], 0).max(2)
    best = strength.argmax(0)
    return [int(some[row]) if strength[row, column] > 0 else None for column, row in enumerate(best.tolist())]


_lists: Kept[Catalogue, tuple[np.ndarray, np.ndarray]] = Kept(4)


def lists(shop: Shop) -> tuple[np.ndarray, np.ndarray]:
    """What the channel says for each item alone, of all items at once: the nearest items, and their scores.

    Returns: int16 and float32 (items, listed), the nearest first; a score of 0 or below names no neighbour.
    """
    session, everything = shop.session(NEAR), np.arange(len(shop.catalogue))[:, None]
    parts = []
    for some in np.array_split(everything, len(everything) // limits.MAX_BATCH_ROWS + 1):
        feeds: dict[str, np.ndarray] = {"items": some, "ages": np.zeros(some.shape, np.float32)}
        parts.append(session.run(session.cast(feeds), ["best", "values"]))
    best, values = (np.concatenate(one) for one in zip(*parts, strict=True))
    listed = max(1, int((values > 0).sum(1).max()))
    return best[:, :listed].astype(np.int16), np.ascontiguousarray(values[:, :listed])


@cache
def _weights(groups: int) -> tuple[np.ndarray, np.ndarray]:
    """All subsets (2^groups, groups) of 0 and 1, and the matrix (groups, 2^groups) from their values to the shares."""
    subsets = (np.arange(2**groups)[:, None] >> np.arange(groups)) & 1
    sizes = subsets.sum(1)
    of_size = np.array([factorial(size) * factorial(groups - size - 1) for size in range(groups)]) / factorial(groups)
    matrix = np.zeros((groups, 2**groups))
    for group in range(groups):
        having = subsets[:, group] == 1
        matrix[group, having] = of_size[sizes[having] - 1]
        matrix[group, ~having] = -of_size[sizes[~having]]
    return subsets.astype(np.float32), matrix


def shares(shop: Shop, taken: Taken, pool: Pool) -> Shares:
    """Of the score of each candidate what each group of features adds, whatever the order in which they are told."""
    return shared(shop, [taken], [pool])[0]


def shared(shop: Shop, visitors: Sequence[Taken], pools: Sequence[Pool]) -> list[Shares]:
    """The same of several visitors, each with candidates of his own."""
    subsets, matrix = _weights(len(shop.funnel.groups))
    logits = [one.astype(np.float64) for one in ranked(shop, shop.funnel.fine, visitors, pools, subsets)]
    return [Shares(one[0], (matrix @ one).T, one[-1]) for one in logits]  # of each (subsets, items)


def final_pool(done: Funnelled) -> Pool:
    """The last list as candidates."""
    return done.pool.some(done.final)
