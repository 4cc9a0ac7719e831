"""Samples of a family, and hidden parameters to be guessed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hub import limits
from hub.errors import TooLargeError
from hub.tasks.likelihood.graphs import check_parameters


def hidden_truth(family: str, seed: int) -> list[float]:
    """True parameters drawn by a seed: the same ones each time, so a link needs to carry the seed alone."""
    random = np.random.default_rng([seed, len(family)])
    u = random.uniform(size=5)
    made = {
        "bernoulli": [0.15 + 0.7 * u[0]],
        "gaussian": [-5 + 10 * u[0], 0.6 + 2.4 * u[1]],
        "poisson": [1 + 8 * u[0]],
        "exponential": [0.3 + 2 * u[0]],
        "mixture": [0.25 + 0.5 * u[0], -4 + 2 * u[1], 0.5 + 0.7 * u[2], 2 + 3 * u[3], 0.6 + u[4]],
    }
    return [round(float(value), 2) for value in made[family]]


def sample(family: str, values: Sequence[float], n: int, seed: int) -> np.ndarray:
    """n samples of a family over numbers, float64 (n), rounded to three decimals: they can be typed again.

    Raises InputError for a parameter that the family does not have, TooLargeError for too many.
    """
    check_parameters(family, values)
    if not 1 <= n <= limits.MAX_LAB_SAMPLES:
        raise TooLargeError("data_samples", found=f"{n:,}", allowed=f"{limits.MAX_LAB_SAMPLES:,}")
    random = np.random.default_rng([seed, 7])
    if family == "bernoulli":
        return (random.uniform(size=n) < values[0]).astype(np.float64)
    if family == "poisson":
        return random.poisson(values[0], n).astype(np.float64)
    if family == "exponential":
        return np.round(random.exponential(1 / values[0], n), 3)
    if family == "gaussian":
        return np.round(random.normal(values[0], values[1], n), 3)
    w, m1, s1, m2, s2 = values
    first = random.uniform(size=n) < w
    return np.round(np.where(first, random.normal(m1, s1, n), random.normal(m2, s2, n)), 3)
