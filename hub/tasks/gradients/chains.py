"""A chain of single units: the chain rule, factor by factor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.errors import InputError
from hub.tasks.gradients.settings import CHAINS


@dataclass(frozen=True)
class ChainResult:
    """x → z₁ → y₁ → … → y_n; each array has one value a unit, the first unit first."""

    values: np.ndarray  # y
    slopes: np.ndarray  # g′(z)
    factors: np.ndarray  # g′(z) w
    gradient: np.ndarray  # ∂C/∂b, measured
    products: np.ndarray  # ∂C/∂b by multiplying: (y_n − target) g′(z_l) × the factors of the units behind l
    bound: np.ndarray | None  # |y_n − target| (|w| / 4)^…, of the sigmoid; the notes' (1/4)^n for |w| ≤ 1


def chain(bundle: Bundle, activation: str, depth: int, weight: float, bias: float = 0.0, x: float = 1.0) -> ChainResult:
    """The notes' chain of single units with the same weight everywhere, target 0.

    Raises InputError for values outside the limits.
    """
    if activation not in CHAINS:
        raise InputError("setting_choice", name="activation", found=repr(activation)[:40], known=", ".join(CHAINS))
    if isinstance(depth, bool) or not isinstance(depth, int) or not 2 <= depth <= limits.MAX_LAB_DEPTH:
        found = str(depth)[:40]
        raise InputError("setting_whole_range", name="depth", found=found, low=2, high=limits.MAX_LAB_DEPTH)
    for name, value in (("weight", weight), ("bias", bias), ("x", x)):
        if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 100:
            raise InputError("setting_number_range", name=name, found=str(value)[:40], low=-100, high=100)
    session = bundle.session(f"chain-{activation}")
    feeds = {
        "chain_x": np.array(float(x)),
        "chain_target": np.array(0.0),
        "chain_weight": np.full(depth, float(weight)),
        "chain_bias": np.full(depth, float(bias)),
    }
    outputs = ("chain_values", "chain_slopes", "chain_factors", "chain_gradient")
    values, slopes, factors, gradient = session.run(session.cast(feeds), outputs)
    behind = np.append(np.cumprod(factors[:0:-1])[::-1], 1.0)  # of the units behind each
    error = values[-1]
    bound = None
    if activation == "sigmoid":
        behind_count = np.arange(depth - 1, -1, -1)
        bound = abs(error) * 0.25 * (abs(weight) / 4) ** behind_count
    return ChainResult(values, slopes, factors, gradient, error * slopes * behind, bound)


def exploding(weight: float) -> tuple[float, float] | None:
    """The bias and the input with which a chain of sigmoids explodes; None where |w| / 4, its largest factor, is ≤ 1.

    With b = −w / 2 and x = 1/2 every z = w / 2 + b is 0, so that y is 1/2 again and g′(z) w = w / 4 at every unit.
    """
    return (-weight / 2, 0.5) if abs(weight) > 4 else None
