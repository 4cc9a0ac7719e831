"""Conditional likelihood: losses of regression are negative log-likelihoods."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.errors import InputError
from hub.tasks.likelihood.classifiers import design, fit_logistic, probabilities
from hub.tasks.likelihood.closed import fit_linear
from hub.tasks.likelihood.families import Graphs
from hub.tasks.likelihood.fit import Fit
from hub.tasks.likelihood.graphs import run


@dataclass(frozen=True)
class Losses:
    """Two losses along one parameter, the others at the maximum.

    Args:
        grid: float64 (G). negative_log_likelihood, loss: float64 (G), both for one sample; loss is the familiar one,
            in the units of the first. raw: the familiar loss in its own units. gap: the largest difference of the
            two curves. gradient_gap: the same of the two gradients, relative to their size.
    """

    parameter: str
    grid: np.ndarray
    negative_log_likelihood: np.ndarray
    loss: np.ndarray
    raw: np.ndarray
    best: float
    gap: float
    gradient_gap: float
    fit: Fit


GRID = 161


def least_squares(graphs: Graphs, rows: np.ndarray, sigma: float) -> Losses:
    """Linear regression with Gaussian noise of known σ, along the slope: -ℓ/n against MSE/(2σ²) + log(σ√(2π))."""
    number_above_zero("σ", sigma)
    fit = fit_linear(graphs, rows)
    x, y = rows.T.copy()
    a, b = fit.estimate["a"], fit.estimate["b"]
    reach = max(3 * (float(y.std()) or 1.0) / float(x.std()), 0.5 * abs(a))
    grid = np.linspace(a - reach, a + reach, GRID)
    points = np.stack([grid, np.full(GRID, b), np.full(GRID, sigma)], axis=1)
    names = ["log_likelihood", "mse", "gradient", "mse_gradient"]
    value, mse, gradient, mse_gradient = run(graphs, "linear", names, parameters=points, x=x, y=y)
    nll = -value / len(x)
    loss = mse / (2 * sigma**2) + math.log(sigma * math.sqrt(2 * math.pi))
    own, other = -gradient[:, :2] / len(x), mse_gradient / (2 * sigma**2)
    return Losses("a", grid, nll, loss, mse, a, float(np.abs(nll - loss).max()), _relative(own, other), fit)


def cross_entropy(graphs: Graphs, rows: np.ndarray, penalty: float = 0.0) -> Losses:
    """Logistic regression on rows [x, class], along the weight: -ℓ/n against the mean cross-entropy of a softmax.

    The intercept goes with the weight, so that p = ½ stays where it is: the one way that falls for ever where the
    classes are separated.

    Args:
        penalty: λ ≥ 0, for the fit alone; the curves are those of the likelihood.
    """
    if not penalty >= 0:
        raise InputError("data_parameter", name="λ", found=f"{penalty:g}", wanted="≥ 0")
    fit = fit_logistic(graphs, rows, penalty)
    x, y = rows[:, :1].copy(), rows[:, 1].copy()
    slope, intercept = fit.estimate.get("w1", 0.0), fit.estimate.get("b", 0.0)
    reach = max(2 * abs(slope), 3 / (float(x.std()) or 1.0))
    grid = np.linspace(slope - reach, slope + reach, GRID)
    turning = grid * (intercept / slope) if abs(slope) > 1e-3 * reach else np.full(GRID, intercept)
    points = np.stack([grid, turning], axis=1)
    names = ["log_likelihood", "cross_entropy", "gradient", "cross_entropy_gradient"]
    value, entropy, gradient, entropy_gradient = run(
        graphs, "logistic", names, parameters=points, x=design(x), y=y, penalty=np.zeros(1)
    )
    nll = -value / len(y)
    gap = float(np.abs(nll - entropy).max())
    return Losses("w1", grid, nll, entropy, entropy, slope, gap, _relative(-gradient / len(y), entropy_gradient), fit)


def _relative(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max() / max(float(np.abs(one).max()), 1e-300))


def number_above_zero(name: str, value: object) -> float:
    """Raises InputError."""
    if not isinstance(value, (int, float)) or not (0 < value <= limits.MAX_LAB_SIZE):
        raise InputError("data_parameter", name=name, found=str(value)[:20], wanted="> 0")
    return float(value)


def curve_of(graphs: Graphs, fit: Fit, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A fitted line, or the probability of class 1 of a logistic fit, over what x spans: (G), (G)."""
    room = 0.1 * (float(np.ptp(x)) or 1.0)
    grid = np.linspace(float(x.min()) - room, float(x.max()) + room, 121)
    if fit.family == "linear":
        return grid, fit.estimate["a"] * grid + fit.estimate["b"]
    weights = np.array([fit.estimate.get("w1", 0.0), fit.estimate.get("b", 0.0)])
    return grid, probabilities(graphs, weights, grid[:, None])
