"""Who took what and when, and how a ranking of items is scored: the funnel and the search share it.

A score is of every item, the window of targets lies after everything that was learnt from, and what was taken before
and what was not are told apart: see Krichene and Rendle 2020, "On Sampled Metrics for Item Recommendation", KDD, and Ji
et al. 2020, arXiv 2010.11060, for what goes wrong else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

DAY_MS = 86_400_000
SAMPLES = 2_000  # of the bootstrap


@dataclass(frozen=True)
class Histories:
    """What each user took until a moment: one entry an item, the oldest first.

    Args:
        items: int64 (users, longest), padding -1 in front. ages: days since the last time, float32. times: how many
            baskets it was in, float32. names: of the users.
    """

    names: np.ndarray
    items: np.ndarray
    ages: np.ndarray
    times: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def matrix(self, count: int) -> np.ndarray:
        """Float32 (users, count) of 0 and 1."""
        found = np.zeros((len(self), count + 1), np.float32)
        found[np.arange(len(self))[:, None], self.items] = 1  # padding falls on the last column
        return found[:, :count]

    def rows(self, places: Sequence[int] | np.ndarray) -> Histories:
        """Some of the users."""
        items = self.items[places]
        longest = max(1, int((items >= 0).sum(1).max(initial=1)))
        return Histories(
            self.names[places], items[:, -longest:], self.ages[places, -longest:], self.times[places, -longest:]
        )


def histories(rows: pd.DataFrame, until: pd.Timestamp, users: np.ndarray | None = None) -> Histories:
    """Of the rows before a moment (user_id, item_id, basket_id, time), for some users or all that are in them."""
    before = rows[rows["time"] < until]
    if users is not None:
        before = before[before["user_id"].isin(users)]
    pairs = before.groupby(["user_id", "item_id"]).agg(last=("time", "max"), times=("basket_id", "nunique"))
    # Within a basket there is no order; that of the item numbers would be one that a network learns.
    pairs = pairs.reset_index().sample(frac=1, random_state=0)
    pairs = pairs.sort_values(["user_id", "last"], kind="stable")
    names = np.unique(pairs["user_id"]) if users is None else np.asarray(users)
    row = np.searchsorted(names, pairs["user_id"])
    counts = np.bincount(row, minlength=len(names))
    longest = max(1, int(counts.max(initial=1)))
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    column = longest - counts[row] + np.arange(len(pairs)) - first[row]
    items = np.full((len(names), longest), -1, np.int64)
    ages, times = np.zeros(items.shape, np.float32), np.zeros(items.shape, np.float32)
    items[row, column] = pairs["item_id"]
    ages[row, column] = (until - pairs["last"]).dt.total_seconds() / 86_400
    times[row, column] = pairs["times"]
    return Histories(names, items, ages, times)


def taken(rows: pd.DataFrame, users: np.ndarray, count: int) -> np.ndarray:
    """Bool (users, count): what each took in these rows."""
    found = np.zeros((len(users), count), bool)
    rows = rows[rows["user_id"].isin(users)]
    found[np.searchsorted(users, rows["user_id"]), rows["item_id"]] = True
    return found


# --- scores ---------------------------------------------------------------------------------------------------------


def top(scores: np.ndarray, count: int) -> np.ndarray:
    """The best items of each row, the best first: int64 (users, count). Ties in the order of a fixed draw, not of ids:
    a model that says the same of all items would else be scored by how the items happen to be numbered."""
    order = np.random.default_rng(0).permutation(scores.shape[1])
    shuffled = scores[:, order]
    count = min(count, scores.shape[1])
    part = np.argpartition(-shuffled, count - 1, axis=1)[:, :count]
    ranked = np.argsort(-np.take_along_axis(shuffled, part, 1), axis=1, kind="stable")
    return order[np.take_along_axis(part, ranked, 1)]


def recall(ranked: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Of each user the share of what he took that is among the ranked: float64 (users,); NaN where he took nothing.

    Args:
        ranked: int64 (users, k), padding -1. truth: bool (users, items).
    """
    return _divided(hits(ranked, truth).sum(1), truth.sum(1))


def ndcg(ranked: np.ndarray, truth: np.ndarray, at: int = 10) -> np.ndarray:
    """Normalised discounted cumulative gain of the first `at`, binary: float64 (users,)."""
    discounts = 1 / np.log2(np.arange(2, at + 2))
    gained = (hits(ranked[:, :at], truth) * discounts[: ranked.shape[1]]).sum(1)
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(truth.sum(1), at)]
    return _divided(gained, ideal)


def hits(ranked: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Bool (users, k)."""
    found: np.ndarray = np.take_along_axis(truth, np.maximum(ranked, 0), 1) & (ranked >= 0)
    return found


def _divided(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


@dataclass(frozen=True)
class Mean:
    """A mean over users with its interval of 95 %, by a bootstrap over them."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def mean(values: np.ndarray, seed: int = 0) -> Mean:
    """Args: values: float64 (users,), of a difference of two models where both are compared user by user; no NaN."""
    values = values[~np.isnan(values)]
    drawn = np.random.default_rng(seed).integers(len(values), size=(SAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(1), [2.5, 97.5])
    return Mean(float(values.mean()), float(low), float(high))
