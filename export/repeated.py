"""Figures of several seeds: means with intervals, and what is gained over another arm, seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from hub.card import Repeated, Seeded


def over_seeds(dataset: str, metric: str, scores: Mapping[Seeded, Sequence[float]]) -> tuple[Repeated, ...]:
    """A row for each arm. scores: arm -> the figure of each seed; "without" is what the others are held against."""
    rows = []
    for arm, values in scores.items():
        gains = np.subtract(values, scores["without"])
        rows.append(
            Repeated(
                dataset=dataset,
                metric=metric,
                arm=arm,
                values=tuple(round(value, 6) for value in values),
                half=half(values),
                gain=round(float(gains.mean()), 6),
                gain_half=half(gains),
            )
        )
    return tuple(rows)


def half(values: Sequence[float] | np.ndarray) -> float:
    """Of the interval of 95 % around the mean, by Student's t."""
    count = len(values)
    return round(float(stats.t.ppf(0.975, count - 1) * np.std(values, ddof=1) / count**0.5), 6)
