"""Two classes of points: logistic regression by Newton's method, and two Gaussians."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hub.errors import InputError
from hub.tasks.likelihood.families import Graphs
from hub.tasks.likelihood.fit import Fit
from hub.tasks.likelihood.graphs import run


def design(x: np.ndarray) -> np.ndarray:
    """x (N, D) with a column of ones for the intercept."""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


@dataclass(frozen=True)
class Logistic:
    """weights (D + 1), the intercept last; path (S, D + 1); separable: a line without error was met on the way."""

    weights: np.ndarray
    path: np.ndarray
    log_likelihood: float
    gradient_norm: float
    covariance: np.ndarray | None
    separable: bool
    arrived: bool


def newton_logistic(graphs: Graphs, x: np.ndarray, y: np.ndarray, penalty: float = 0.0, steps: int = 60) -> Logistic:
    """Newton's method by the graph's gradient and information, on standardised columns, from zero.

    Args:
        x: float64 (N, D) without the column of ones. y: 0 or 1 (N). penalty: λ of -½ λ‖w‖², in units of x.
    """
    # Columns of a like size: the same maximum, found in fewer digits. With a penalty the units matter and stay.
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    if penalty:
        centre, scale = np.zeros_like(centre), np.ones_like(scale)
    rows = design((x - centre) / scale)
    lam = np.array([penalty])
    w = np.zeros(rows.shape[1])
    path, arrived, separable = [w], False, False
    names = ["objective", "gradient", "information"]
    value, gradient, information = run(graphs, "logistic", names, parameters=w[None], x=rows, y=y, penalty=lam)
    for _ in range(steps):
        if np.abs(gradient).max() / len(y) < 1e-13:
            arrived = True
            break
        direction = np.linalg.lstsq(information[0], gradient[0], rcond=1e-14)[0]
        candidates = w + np.array([1.0, 0.5, 0.25, 0.125, 0.03, 0.001])[:, None] * direction
        found = run(graphs, "logistic", names, parameters=candidates, x=rows, y=y, penalty=lam)
        better = np.flatnonzero(found[0] > value[0])
        margins = (2 * y - 1) * (rows @ candidates[0])
        if not penalty and margins.min() > 0:
            w, separable = candidates[0], True
            path.append(w)
            break
        if not len(better):
            arrived = bool(np.abs(gradient).max() / len(y) < 1e-7)
            break
        best = int(better[0])
        w, value, gradient, information = candidates[best], *(part[best : best + 1] for part in found)
        path.append(w)
    # At a maximum Newton's step vanishes; towards infinity it stays as long, however small the gradient.
    left = np.linalg.lstsq(information[0], gradient[0], rcond=1e-14)[0]
    arrived = arrived and float(np.abs(left).max()) < 1e-4 * (1 + float(np.abs(w).max()))
    log_likelihood, gradient = run(
        graphs, "logistic", ["log_likelihood", "gradient"], parameters=w[None], x=rows, y=y, penalty=lam
    )

    def outer(inner: np.ndarray) -> np.ndarray:
        slopes = inner[:-1] / scale
        return np.append(slopes, inner[-1] - (slopes * centre).sum())

    covariance = None
    if not separable and arrived:
        change = np.eye(len(w))
        change[:-1, :-1] = np.diag(1 / scale)
        change[-1, :-1] = -centre / scale
        covariance = change @ np.linalg.pinv(information[0]) @ change.T
    return Logistic(
        outer(w), np.stack([outer(step) for step in path]), float(log_likelihood[0]),
        float(np.abs(gradient).max() / len(y)), covariance, separable, arrived,
    )  # fmt: skip


def fit_logistic(graphs: Graphs, rows: np.ndarray, penalty: float = 0.0) -> Fit:
    """Logistic regression of the last column on the others, without a penalty unless one is given."""
    x, y = rows[:, :-1].copy(), rows[:, -1].copy()
    names = [*(f"w{place}" for place in range(1, x.shape[1] + 1)), "b"]
    if np.ptp(y) == 0 and not penalty:
        return Fit("logistic", len(y), "Newton", {}, {}, None, math.inf, ("one_class",))
    found = newton_logistic(graphs, x, y, penalty)
    estimate = dict(zip(names, found.weights.tolist(), strict=True))
    if found.separable:
        nothing: dict[str, float | None] = dict.fromkeys(names)
        return Fit("logistic", len(y), "Newton", estimate, nothing, found.log_likelihood, found.gradient_norm,
                   ("separable",))  # fmt: skip
    errors: list[float | None] = [None] * len(names)
    if found.covariance is not None:
        errors = np.sqrt(np.maximum(np.diag(found.covariance), 0)).tolist()
    return Fit(
        "logistic", len(y), "Newton", estimate, dict(zip(names, errors, strict=True)), found.log_likelihood,
        found.gradient_norm, () if found.arrived else ("touching",),
    )  # fmt: skip


def two_gaussians(graphs: Graphs, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The closed form of the generative model on rows [x₁, x₂, class]: prior, means, covariance.

    Raises InputError where a class is missing or the points lie on one line.
    """
    x, y = rows[:, :2].copy(), rows[:, 2].copy()
    if np.ptp(y) == 0 or len(y) < 3:
        raise InputError("data_both")
    outputs = ["estimate_prior", "estimate_means", "estimate_covariance"]
    prior, means, covariance = run(
        graphs, "generative", outputs,
        prior=np.array([0.5]), means=np.zeros((2, 2)), covariance=np.eye(2), x=x, y=y,
    )  # fmt: skip
    size = np.abs(covariance).max()
    if not np.linalg.det(covariance) > 1e-12 * size * size:
        raise InputError("data_plane")
    return {"prior": prior, "means": means, "covariance": covariance}


def fit_two_gaussians(graphs: Graphs, rows: np.ndarray) -> Fit:
    """π, μ₀, μ₁ and the shared Σ; standard errors from the Fisher information of each part."""
    made = two_gaussians(graphs, rows)
    x, y = rows[:, :2].copy(), rows[:, 2].copy()
    outputs = ["log_likelihood", "gradient_prior", "gradient_means", "gradient_covariance"]
    value, *gradients = run(graphs, "generative", outputs, x=x, y=y, **made)
    n, n1 = len(y), y.sum()
    pi, means, s = float(made["prior"][0]), made["means"], made["covariance"]
    estimate = {"π": pi}
    errors: dict[str, float | None] = {"π": math.sqrt(pi * (1 - pi) / n)}
    for c, size in ((0, n - n1), (1, n1)):
        for axis in (0, 1):
            estimate[f"μ{c}{axis + 1}"] = float(means[c, axis])
            errors[f"μ{c}{axis + 1}"] = math.sqrt(s[axis, axis] / size)
    for i, j in ((0, 0), (0, 1), (1, 1)):
        estimate[f"Σ{i + 1}{j + 1}"] = float(s[i, j])
        errors[f"Σ{i + 1}{j + 1}"] = math.sqrt((s[i, i] * s[j, j] + s[i, j] ** 2) / n)
    worst = max(float(np.abs(gradient).max()) for gradient in gradients) / n
    return Fit("two_gaussians", n, "closed form", estimate, errors, float(value[0]), worst)


def probabilities(graphs: Graphs, weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    """p(y = 1 | x) of a logistic regression: weights (D + 1), x (N, D) -> (N)."""
    shares: np.ndarray = run(
        graphs, "logistic", ["probabilities"],
        parameters=weights[None], x=design(x), y=np.zeros(len(x)), penalty=np.zeros(1),
    )[0][0]  # fmt: skip
    return shares
