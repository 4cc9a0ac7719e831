"""Why an item is in the list: the channels that found it, what was taken that speaks for it, the shares of a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np

from hub.tasks.funnel.catalogue import Shop
from hub.tasks.funnel.pipeline import Funnelled, Pool, Taken, rank

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
    if not len(some):
        return [None] * len(items)
    session = shop.session(NEAR)
    feeds = {"items": some[:, None], "ages": np.zeros((len(some), 1), np.float32)}
    best, values = session.run(session.cast(feeds), ["best", "values"])
    spoken: list[int | None] = []
    for item in items:
        rows, columns = np.nonzero(best == item)
        strength = values[rows, columns] if len(rows) else np.zeros(1)
        spoken.append(int(some[rows[strength.argmax()]]) if strength.max() > 0 else None)
    return spoken


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
    funnel = shop.funnel
    subsets, matrix = _weights(len(funnel.groups))
    logits = rank(shop, funnel.fine, taken, pool, subsets).astype(np.float64)  # (subsets, items)
    return Shares(logits[0], (matrix @ logits).T, logits[-1])


def final_pool(done: Funnelled) -> Pool:
    """The last list as candidates."""
    return done.pool.some(done.final)
