"""What sliders and axes span."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.tasks.likelihood.families import FAMILIES
from hub.tasks.likelihood.graphs import check_parameters


@dataclass(frozen=True)
class Range:
    """What a slider spans: low, high and start are multiples of the step."""

    low: float
    high: float
    start: float
    step: float


def window(family: str, data: np.ndarray, at: Sequence[float] | None = None) -> dict[str, Range]:
    """For each parameter a range to look at, and a start that is not the answer.

    Args:
        at: a point that shall be the start; the ranges are widened to hold it. Raises InputError where the family has
            no such parameters.
    """
    return _widened(family, _window(family, data), at)


GUESSES = {  # where hidden parameters are looked for: the same for every sample, so that no slider tells of the data
    "bernoulli": {"p": Range(0.0, 1.0, 0.5, 0.01)},
    "gaussian": {"μ": Range(-8.0, 8.0, 0.0, 0.05), "σ": Range(0.1, 6.0, 4.0, 0.05)},
    "poisson": {"λ": Range(0.1, 14.0, 12.0, 0.1)},
    "exponential": {"λ": Range(0.05, 5.0, 4.0, 0.05)},
    "mixture": {
        "w₁": Range(0.02, 0.98, 0.5, 0.02), "μ₁": Range(-8.0, 8.0, -1.0, 0.05), "σ₁": Range(0.1, 4.0, 2.5, 0.05),
        "μ₂": Range(-8.0, 8.0, 1.0, 0.05), "σ₂": Range(0.1, 4.0, 2.5, 0.05),
    },
}  # fmt: skip


def guess_window(family: str, at: Sequence[float] | None = None) -> dict[str, Range]:
    """The ranges of `window` for parameters that are hidden; they hold every `hidden_truth`."""
    return _widened(family, GUESSES[family], at)


def _widened(family: str, made: dict[str, Range], at: Sequence[float] | None) -> dict[str, Range]:
    if at is None:
        return made
    wanted = dict(zip(made, check_parameters(family, at)[0].tolist(), strict=True))
    return {
        name: Range(min(entry.low, wanted[name]), max(entry.high, wanted[name]), wanted[name], entry.step)
        for name, entry in made.items()
    }


def _window(family: str, data: np.ndarray) -> dict[str, Range]:
    low, high, mean = float(data.min()), float(data.max()), float(data.mean())
    spread = float(data.std()) or max(abs(mean), 1.0) * 0.1
    if family == "bernoulli":
        return {"p": Range(0.0, 1.0, 0.5, 0.01)}
    if family == "poisson":
        return {"λ": _range(0.0, max(2.0, 2.0 * mean + 2), max(0.5, 0.5 * mean))}
    if family == "exponential":
        rate = 1 / mean if mean > 0 else 1.0
        return {"λ": _range(0.0, 3.5 * rate, 2.2 * rate)}
    if family == "gaussian":
        return {
            "μ": _range(mean - 3 * spread, mean + 3 * spread, mean - 1.8 * spread, True),
            "σ": _range(0.1 * spread, 3.5 * spread, 2.2 * spread),
        }
    wide = max(high - low, spread)
    mu = (low - 0.15 * wide, high + 0.15 * wide)
    return {
        "w₁": Range(0.02, 0.98, 0.5, 0.02),
        "μ₁": _range(*mu, float(np.quantile(data, 0.35)), True),
        "σ₁": _range(0.0, 2.0 * spread, 0.8 * spread),
        "μ₂": _range(*mu, float(np.quantile(data, 0.65)), True),
        "σ₂": _range(0.0, 2.0 * spread, 0.8 * spread),
    }


def _range(low: float, high: float, start: float, any_sign: bool = False) -> Range:
    """Two hundred steps of a round size; what must be above zero starts one step above it."""
    step = float(f"{(high - low) / 200:.0e}")

    def on(value: float) -> float:
        return float(f"{round(value / step) * step:.12g}")

    return Range(on(low) if any_sign else max(on(low), step), on(high), on(start), step)


@dataclass(frozen=True)
class Axis:
    """What both the density and the strip of the data span: low to high, whole steps between least and most."""

    low: float
    high: float
    step: float
    least: float
    most: float


SPANS = {"exponential": (0.0, 10.0), "poisson": (0.0, 10.0)}  # before there are data; of any other (-10, 10)


def axis(family: str, data: Sequence[float]) -> Axis:
    """The axis of x: all data lie on it, and there is room beside them for values that are clicked."""
    if family == "bernoulli":
        return Axis(-0.5, 1.5, 1.0, 0.0, 1.0)
    low, high = SPANS.get(family, (-10.0, 10.0))
    if len(data):
        bottom, top = min(data), max(data)
        wide = (top - bottom) or max(abs(top), 1.0)
        low, high = bottom - 0.5 * wide, top + 0.5 * wide
    if family == "poisson":
        most = float(math.ceil(max(10.0, 1.2 * max(data, default=0.0))))
        return Axis(-0.5, most + 0.5, 1.0, 0.0, most)
    low = 0.0 if family == "exponential" else low
    step = float(f"{(high - low) / 400:.0e}")
    low, high = (float(f"{way(value / step) * step:.12g}") for way, value in ((math.floor, low), (math.ceil, high)))
    return Axis(low, high, step, low, high)


def support(family: str, span: Axis) -> np.ndarray:
    """Where to draw the density: whole numbers for counts, a fine grid else."""
    if FAMILIES[family].discrete:
        return np.unique(np.round(np.linspace(span.least, span.most, min(200, int(span.most) + 1))))
    return np.linspace(span.low, span.high, 400)


def drawing_span(data: Sequence[float], low: float, high: float) -> tuple[float, float, float]:
    """One axis of a pad: (low, high, step), wider where data lie outside, elsewhere where all of them do."""
    if len(data):
        bottom, top = float(math.floor(min(data))), float(math.ceil(max(data)))
        if bottom > high or top < low:
            room = max(top - bottom, 1.0)
            low, high = bottom - room, top + room
        else:
            low, high = min(low, bottom), max(high, top)
    return low, high, float(f"{(high - low) / 200:.0e}")
