"""Ways up the surface: gradient ascent, Fisher scoring, EM."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hub.tasks.likelihood.families import FAMILIES, Graphs, Method
from hub.tasks.likelihood.graphs import at, check_parameters, mixture_point, mixture_values

STEPS = 200  # of gradient ascent
STRIDES = 2.0 ** np.arange(4, -16, -1)  # step sizes tried in one call, in units of the last one
STILL = 1e-9  # of the mean gradient: standing at the top


@dataclass(frozen=True)
class Path:
    """The way up: float64 points (S, k) as a person says them, ℓ (S), the norm of the mean gradient (S)."""

    points: np.ndarray
    log_likelihood: np.ndarray
    gradient_norm: np.ndarray
    method: Method
    arrived: bool  # the gradient is zero there, not only the steps used up


def frames(path: Path, count: int) -> list[int]:
    """How many points of a path to show in each picture of its climb: early steps one by one, later ones faster."""
    return sorted({round(value) for value in np.geomspace(1, len(path.points), count).tolist()})


def free(family: str, values: np.ndarray) -> np.ndarray:
    """θ (k) without bounds: log of what is positive, logit of what is between 0 and 1."""
    made = np.array(values, np.float64)
    for place, link in enumerate(FAMILIES[family].links):
        if link == "log":
            made[place] = math.log(made[place])
        elif link == "logit":
            made[place] = math.log(made[place]) - math.log1p(-made[place])
    return made


def bound(family: str, free_values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse of `free` for (P, k), and dθ/du (P, k)."""
    made, slope = np.array(free_values, np.float64), np.ones_like(free_values)
    for place, link in enumerate(FAMILIES[family].links):
        column = np.clip(made[:, place], -700, 700)
        if link == "log":
            made[:, place] = slope[:, place] = np.exp(column)
        elif link == "logit":
            p = 1 / (1 + np.exp(-column))
            made[:, place], slope[:, place] = p, p * (1 - p)
    return made, slope


def ascend(
    graphs: Graphs, family: str, data: np.ndarray, start: Sequence[float], method: Method, steps: int = STEPS
) -> Path:
    """Climb from a point by the graph's gradients.

    method "gradient": steepest ascent with the best of twenty step sizes, all tried in one call; "scoring": the step
    is the inverse Fisher information times the gradient (Fisher 1925); "em" (mixture alone).

    Returns:
        The path; its log-likelihood never falls.
    """
    first = check_parameters(family, start)[0]
    if family == "mixture":
        return ascend_mixture(graphs, data, mixture_point(first), method, steps)
    n = len(data)

    def look(free_points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        theta, slope = bound(family, free_points)
        value, gradient, information = at(graphs, family, theta, data, ["log_likelihood", "gradient", "information"])
        information = information * slope[:, :, None] * slope[:, None, :]
        return theta, value / n, gradient * slope / n, information / n

    inner = free(family, np.clip(first, 1e-9, 1 - 1e-9) if family == "bernoulli" else first)
    found, values, norms, arrived = _climb(look, inner, method == "scoring", steps)
    return Path(found, values * n, norms, "scoring" if method == "scoring" else "gradient", arrived)


Look = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]]


def _climb(look: Look, start: np.ndarray, scoring: bool, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
    """The shown points, mean log-likelihoods and gradient norms of a line search along (natural) gradients."""
    here, stride = start, 1.0
    shown, value, gradient, information = (None if part is None else part[0] for part in look(here[None]))
    assert shown is not None and value is not None and gradient is not None
    points, values, norms = [shown], [float(value)], [float(np.abs(gradient).max())]
    arrived = False
    for _ in range(steps):
        if not np.isfinite(gradient).all() or norms[-1] < STILL:
            arrived = norms[-1] < STILL
            break
        direction = gradient
        if scoring and information is not None:
            direction = np.linalg.lstsq(information, gradient, rcond=1e-12)[0]
        candidates = here + stride * STRIDES[:, None] * direction
        found = look(candidates)
        scores = np.where(np.isfinite(found[1]), found[1], -np.inf)
        best = int(scores.argmax())
        if not scores[best] > values[-1]:
            arrived = norms[-1] < 1e-5  # no digit of the log-likelihood is left to gain
            break
        stride *= float(STRIDES[best])
        here = candidates[best]
        shown, value, gradient = found[0][best], found[1][best], found[2][best]
        information = None if found[3] is None else found[3][best]
        points.append(shown)
        values.append(float(value))
        norms.append(float(np.abs(gradient).max()))
    return np.array(points), np.array(values), np.array(norms), arrived


SMALLEST = 1e-3  # of the data's spread: a component narrower than this has collapsed onto single values


def collapsed(values: Sequence[float] | np.ndarray, data: np.ndarray) -> bool:
    """Whether a mixture, by its values, has a component on single values."""
    return min(values[2], values[4]) < SMALLEST * max(float(data.std()), 1e-12)


def ascend_mixture(graphs: Graphs, data: np.ndarray, start: np.ndarray, method: Method, steps: int) -> Path:
    n, floor = len(data), math.log(max(float(data.std()), 1e-12) * SMALLEST * 1e-4)
    if method != "em":

        def look(free_points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, None]:
            points = free_points.reshape(-1, 3, 2)
            value, gradient = at(graphs, "mixture", points, data, ["log_likelihood", "gradient"])
            value = np.where(points[:, 2].min(axis=1) < floor, -np.inf, value)  # far enough into the collapse
            shown = np.stack([mixture_values(point) for point in points])
            return shown, value / n, gradient.reshape(-1, 6) / n, None

        found, values, norms, arrived = _climb(look, start.ravel(), False, steps)
        return Path(found, values * n, norms, "gradient", arrived)
    here, points, values_, norms_ = start, [], [], []
    arrived = ended = False
    for _ in range(steps + 1):
        value, gradient, after = at(graphs, "mixture", here[None], data, ["log_likelihood", "gradient", "em_step"])
        points.append(mixture_values(here))
        values_.append(float(value[0]))
        norms_.append(float(np.abs(gradient).max() / n))
        arrived = norms_[-1] < STILL
        collapsing = bool(after[0, 2].min() < floor)
        if collapsing:  # shown once more, as narrow as is still drawn
            after[0, 2] = np.maximum(after[0, 2], floor)
        if arrived or ended or not np.isfinite(after).all():
            break
        here, ended = after[0], collapsing
    return Path(np.array(points), np.array(values_), np.array(norms_), "em", arrived)
