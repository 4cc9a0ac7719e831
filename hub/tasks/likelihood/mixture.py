"""A mixture of two Gaussians: EM from several starts, then Newton's method."""

from __future__ import annotations

import math

import numpy as np

from hub.tasks.likelihood.families import FAMILIES, Graphs
from hub.tasks.likelihood.fit import Fit
from hub.tasks.likelihood.graphs import at, mixture_point, mixture_values, run
from hub.tasks.likelihood.search import SMALLEST, ascend_mixture

STARTS = 8


def fit_mixture(graphs: Graphs, data: np.ndarray) -> Fit:
    """Two Gaussians: EM from several starts, then Newton by the observed information; the lower mean first.

    A start that collapses onto single values is left out while another one holds.
    """
    names = FAMILIES["mixture"].parameters
    n, spread = len(data), float(data.std())
    if np.ptp(data) == 0:
        nothing: dict[str, float | None] = dict.fromkeys(names)
        same = float(data[0])
        found = dict(zip(names, (0.5, same, 0.0, same, 0.0), strict=True))
        return Fit("mixture", n, "EM, then Newton", found, nothing, None, math.inf, ("constant",))
    random = np.random.default_rng(0)
    starts = [(np.quantile(data, low), np.quantile(data, 1 - low)) for low in (0.25, 0.1, 0.02, 0.4)]
    starts += [tuple(random.choice(data, 2, replace=False)) for _ in range(STARTS - len(starts))]
    best: tuple[float, np.ndarray] | None = None
    collapsed: tuple[float, np.ndarray] | None = None
    for low, high in starts:
        shift = 0.0 if low != high else 0.1 * spread
        point = mixture_point((0.5, low - shift, 0.6 * spread, high + shift, 0.6 * spread))
        path = ascend_mixture(graphs, data, point, "em", 60)
        there = (float(path.log_likelihood[-1]), path.points[-1])
        values = there[1]
        if not np.isfinite(there[0]):
            continue
        if not _collapsed(values, spread):
            there = (there[0], mixture_values(_polish(graphs, data, mixture_point(values.tolist()))))
        if _collapsed(there[1], spread):
            collapsed = max(collapsed, there, key=lambda item: item[0]) if collapsed else there
        elif best is None or there[0] > best[0] + 1e-9:
            best = there
    if best is None:
        values = collapsed[1] if collapsed else np.array([0.5, data.mean(), spread, data.mean(), spread])
        return Fit(
            "mixture", n, "EM", dict(zip(names, values.tolist(), strict=True)), dict.fromkeys(names), None, math.inf,
            ("collapse",),
        )  # fmt: skip
    point = mixture_point(best[1].tolist())
    if point[1, 0] > point[1, 1]:
        point = point[:, ::-1].copy()
    value, gradient = at(graphs, "mixture", point[None], data, ["log_likelihood", "gradient"])
    norm = float(np.abs(gradient).max() / n)
    notes = () if norm < 1e-6 else ("stopped",)
    information = run(graphs, "mixture_information", ["information"], parameters=point, data=data)[0]
    estimate = mixture_values(point)
    errors: list[float | None] = [None] * 5
    # Directions of the parameters by the free ones; adding the same to both logits changes nothing.
    w, _, s1, _, s2 = estimate
    change = np.zeros((5, 6))
    change[0, :2] = w * (1 - w), -w * (1 - w)
    change[1, 2] = change[3, 3] = 1
    change[2, 4], change[4, 5] = s1, s2
    reduced = information[1:, 1:]  # the first logit fixed
    if np.isfinite(reduced).all() and np.linalg.eigvalsh(reduced).min() > 1e-9 * np.abs(reduced).max():
        covariance = change[:, 1:] @ np.linalg.inv(reduced) @ change[:, 1:].T
        errors = np.sqrt(np.diag(covariance)).tolist()
    return Fit(
        "mixture", n, "EM, then Newton", dict(zip(names, estimate.tolist(), strict=True)),
        dict(zip(names, errors, strict=True)), float(value[0]), norm, notes,
    )  # fmt: skip


def _collapsed(values: np.ndarray, spread: float) -> bool:
    return bool(min(values[2], values[4]) < SMALLEST * spread)


def _polish(graphs: Graphs, data: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Newton steps where the observed information is positive, EM steps where it is not."""
    names = ["log_likelihood", "gradient", "em_step"]
    value, gradient, after = at(graphs, "mixture", point[None], data, names)
    for _ in range(400):
        if np.abs(gradient).max() / len(data) < 1e-10:
            break
        information = run(graphs, "mixture_information", ["information"], parameters=point, data=data)[0]
        candidates = [after[0]]
        reduced = information[1:, 1:]
        if np.isfinite(reduced).all() and np.linalg.eigvalsh(reduced).min() > 1e-9 * np.abs(reduced).max():
            step = np.concatenate([[0.0], np.linalg.solve(reduced, gradient[0].ravel()[1:])])
            candidates += [point + factor * step.reshape(3, 2) for factor in (1.0, 0.5, 0.1)]
        tried = np.stack([candidate for candidate in candidates if np.isfinite(candidate).all()] or [point])
        found = at(graphs, "mixture", tried, data, names)
        # The largest gain decides; where no digit of it is left, the smaller gradient.
        gain = np.nan_to_num(found[0] - value[0], nan=-np.inf)
        norms = np.abs(found[1]).reshape(len(tried), -1).max(axis=1)
        digits = 1e-11 * max(1.0, abs(float(value[0])))
        best = int(gain.argmax())
        if gain[best] <= digits:
            best = int(np.where(gain > -digits, norms, np.inf).argmin())
            if not norms[best] < np.abs(gradient).max():
                break
        point, value, gradient, after = tried[best], *(part[best : best + 1] for part in found)
    return point
