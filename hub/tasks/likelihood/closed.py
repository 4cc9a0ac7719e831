"""Estimates that a formula gives: numbers, labels, a straight line."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from hub.errors import InputError
from hub.tasks.likelihood.families import FAMILIES, Graphs
from hub.tasks.likelihood.fit import Fit
from hub.tasks.likelihood.graphs import run


def fit_closed(graphs: Graphs, family: str, data: np.ndarray) -> Fit:
    """Bernoulli, Gaussian, Poisson, exponential: the closed form, and what the graph says there."""
    names = FAMILIES[family].parameters
    anywhere = np.full((1, len(names)), 0.5)
    estimate = run(graphs, family, ["estimate"], parameters=anywhere, data=data)[0]
    nothing: dict[str, float | None] = dict.fromkeys(names)
    spread = float(np.ptp(data))
    if family == "gaussian" and (spread == 0 or not estimate[1] > 0):
        found = {"μ": float(data[0]), "σ": 0.0}
        return Fit(family, len(data), "closed form", found, nothing, None, math.inf, ("constant",))
    if family == "exponential" and not math.isfinite(estimate[0]):
        return Fit(family, len(data), "closed form", {}, {}, None, math.inf, ("infinite",))
    value, gradient, information = run(
        graphs, family, ["log_likelihood", "gradient", "information"], parameters=estimate[None], data=data
    )
    found = dict(zip(names, estimate.tolist(), strict=True))
    edge = (family == "bernoulli" and estimate[0] in (0, 1)) or (family == "poisson" and estimate[0] == 0)
    if edge:
        return Fit(family, len(data), "closed form", found, nothing, float(value[0]), 0.0, ("boundary",))
    errors = np.sqrt(np.diag(np.linalg.inv(information[0])))
    return Fit(
        family=family,
        n=len(data),
        method="closed form",
        estimate=found,
        standard_error=dict(zip(names, errors.tolist(), strict=True)),
        log_likelihood=float(value[0]),
        gradient_norm=float(np.abs(gradient).max() / len(data)),
        notes=("biased",) if family == "gaussian" and len(data) < 30 else (),
    )


def fit_categorical(graphs: Graphs, counts: Counter[str]) -> Fit:
    """p̂_k = c_k/n, standard error √(p̂(1 - p̂)/n)."""
    seen = np.array(list(counts.values()), np.float64)
    n = int(seen.sum())
    estimate = run(graphs, "categorical", ["estimate"], parameters=np.zeros((1, len(seen))), counts=seen)[0]
    value, gradient = run(
        graphs, "categorical", ["log_likelihood", "gradient"], parameters=np.log(estimate)[None], counts=seen
    )
    single = len(seen) == 1
    errors = [None if single else math.sqrt(p * (1 - p) / n) for p in estimate.tolist()]
    return Fit(
        "categorical", n, "closed form", dict(zip(counts, estimate.tolist(), strict=True)),
        dict(zip(counts, errors, strict=True)), float(value[0]), float(np.abs(gradient).max() / n),
        ("boundary", "unseen") if single else ("unseen",) if seen.min() == 0 else (),
    )  # fmt: skip


def fit_linear(graphs: Graphs, rows: np.ndarray) -> Fit:
    """Least squares, with σ̂² the mean squared error."""
    if len(rows) < 2:
        raise InputError("data_few", found=len(rows), allowed=2)
    x, y = rows.T.copy()
    if np.ptp(x) == 0:
        raise InputError("data_same_x")
    point = np.array([[0.0, 0.0, 1.0]])
    estimate = run(graphs, "linear", ["estimate"], parameters=point, x=x, y=y)[0]
    names = FAMILIES["linear"].parameters
    found = dict(zip(names, estimate.tolist(), strict=True))
    scale = max(float(np.abs(y).max()), 1e-300)
    if estimate[2] <= 1e-12 * scale:
        nothing: dict[str, float | None] = dict.fromkeys(names)
        return Fit("linear", len(x), "closed form", found | {"σ": 0.0}, nothing, None, math.inf, ("perfect",))
    value, gradient, information = run(
        graphs, "linear", ["log_likelihood", "gradient", "information"], parameters=estimate[None], x=x, y=y
    )
    errors = np.sqrt(np.diag(np.linalg.inv(information[0])))
    return Fit(
        "linear", len(x), "closed form", found, dict(zip(names, errors.tolist(), strict=True)), float(value[0]),
        float(np.abs(gradient).max() / len(x)), ("biased",) if len(x) < 30 else (),
    )  # fmt: skip
