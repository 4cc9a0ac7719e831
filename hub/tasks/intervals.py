"""A mean with its interval: one record for all that is measured over users or queries."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

SAMPLES = 2_000  # of the bootstrap
PART = 2_000_000  # values that are drawn at a time


class Interval(BaseModel):
    """A mean over users or queries, or over them of a difference, with its interval of 95 % (bootstrap)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float


def mean(values: np.ndarray, seed: int = 0) -> Interval:
    """The mean and the percentiles of the means of samples drawn with replacement (Efron 1979).

    Args:
        values: float64 (n,), n >= 1, finite; of two systems compared pair by pair, the differences.
    """
    draw = np.random.default_rng(seed)
    rows = max(1, PART // len(values))
    means = [
        values[draw.integers(len(values), size=(min(rows, SAMPLES - start), len(values)))].mean(1)
        for start in range(0, SAMPLES, rows)
    ]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return Interval(value=float(values.mean()), low=float(low), high=float(high))
