"""Two ways to two classes: generative against discriminative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hub import limits
from hub.errors import InputError
from hub.tasks.likelihood.classifiers import design, newton_logistic, probabilities, two_gaussians
from hub.tasks.likelihood.families import Graphs
from hub.tasks.likelihood.graphs import run


@dataclass(frozen=True)
class Boundary:
    """One model of two classes: p(y = 1 | x) = 1/(1 + e^-(w·x + b)) for both kinds.

    Args:
        weights: w₁, w₂, b. conditional: mean log p(y | x) of the data. accuracy: share of the data on the right side.
    """

    weights: np.ndarray
    conditional: float
    accuracy: float


@dataclass(frozen=True)
class TwoWays:
    """The same points, seen by a generative and a discriminative model."""

    generative: Boundary
    discriminative: Boundary
    prior: float
    means: np.ndarray  # (2, 2), a class in each row
    covariance: np.ndarray  # (2, 2)
    joint: float  # mean log p(x, y) of the generative model
    separable: bool  # then the discriminative weights are one line of many


def two_ways(graphs: Graphs, rows: np.ndarray) -> TwoWays:
    """Fit both models to rows [x₁, x₂, class]. Raises InputError where one cannot be fitted."""
    parts = two_gaussians(graphs, rows)
    x, y = rows[:, :2].copy(), rows[:, 2].copy()
    names = ["log_likelihood", "conditional_log_likelihood", "posterior", "weights"]
    joint, conditional, posterior, weights = run(graphs, "generative", names, x=x, y=y, **parts)
    logistic = newton_logistic(graphs, x, y)
    p = probabilities(graphs, logistic.weights, x)
    n = len(y)
    return TwoWays(
        generative=Boundary(weights, float(conditional[0]) / n, float(((posterior > 0.5) == y).mean())),
        discriminative=Boundary(logistic.weights, logistic.log_likelihood / n, float(((p > 0.5) == y).mean())),
        prior=float(parts["prior"][0]),
        means=parts["means"],
        covariance=parts["covariance"],
        joint=float(joint[0]) / n,
        separable=logistic.separable,
    )


World = Literal["gaussian", "outliers"]
WORLDS: tuple[World, ...] = ("gaussian", "outliers")


def two_clouds(world: str, n: int, seed: int) -> np.ndarray:
    """Rows [x₁, x₂, class]: two Gaussian clouds of one covariance, or the same with far points in class 1."""
    if world not in WORLDS:
        raise InputError("data_parameter", name="world", found=repr(world)[:20], wanted=", ".join(WORLDS))
    if not 4 <= n <= limits.MAX_LAB_SAMPLES:
        raise InputError("data_parameter", name="n", found=n, wanted=f"4 … {limits.MAX_LAB_SAMPLES}")
    random = np.random.default_rng([seed, WORLDS.index(world)])
    y = np.arange(n) % 2
    mixing = np.array([[1.0, 0.4], [0.4, 0.8]])
    x = random.normal(size=(n, 2)) @ np.linalg.cholesky(mixing).T
    x += np.where(y[:, None] == 1, [1.1, 0.3], [-1.1, -0.3])
    if world == "outliers":
        far = (y == 1) & (random.uniform(size=n) < 0.2)
        x[far] += np.array([9.0, -7.0]) + random.normal(size=(int(far.sum()), 2))
    return np.round(np.concatenate([x, y[:, None]], axis=1), 3)


LEARNING_SIZES = (6, 10, 16, 30, 60, 120, 300)
LEARNING_REPEATS = 30
TEST_POINTS = 2_000


@dataclass(frozen=True)
class LearningCurve:
    """Mean share of errors on fresh points, after training on n: float64 (S) for each model."""

    sizes: np.ndarray
    generative: np.ndarray
    discriminative: np.ndarray


def learning_curve(graphs: Graphs, world: str, seed: int = 0) -> LearningCurve:
    """Ng and Jordan 2002: the generative model gets there with fewer points, if the world is as it believes."""
    test = two_clouds(world, TEST_POINTS, seed + 9_999)
    x, y = design(test[:, :2]), test[:, 2]
    errors = np.full((2, LEARNING_REPEATS, len(LEARNING_SIZES)), np.nan)
    for repeat in range(LEARNING_REPEATS):
        rows = two_clouds(world, LEARNING_SIZES[-1], seed * LEARNING_REPEATS + repeat)
        for column, n in enumerate(LEARNING_SIZES):
            part = rows[:n]
            try:
                parts = two_gaussians(graphs, part)
            except InputError:
                continue
            own_x, own_y = part[:, :2].copy(), part[:, 2].copy()
            (weights,) = run(graphs, "generative", ["weights"], x=own_x, y=own_y, **parts)
            errors[0, repeat, column] = ((x @ weights > 0) != y).mean()
            found = newton_logistic(graphs, own_x, own_y, steps=15)
            errors[1, repeat, column] = ((x @ found.weights > 0) != y).mean()
    means = np.nanmean(errors, axis=1)
    return LearningCurve(np.array(LEARNING_SIZES), means[0], means[1])
