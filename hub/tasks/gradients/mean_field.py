"""Mean-field theory: how large the gradients of random deep networks are expected to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hub.tasks.gradients.settings import P_RELU, R_RELU, Config

GRID = np.linspace(-10, 10, 4_001)  # has a point at the kink of ReLU

DENSITY = np.exp(-GRID * GRID / 2)

DENSITY = DENSITY / DENSITY.sum()


@dataclass(frozen=True)
class Theory:
    """Mean-field theory of a wide network before training (Poole et al. 2016; Schoenholz et al. 2017)."""

    chi: np.ndarray  # (depth) χ = σ_w² E[φ′(z)²] of each layer; with residual connections 1 + that
    variance: np.ndarray  # (depth) of z, the input of φ

    @property
    def slope(self) -> float:
        """½ log χ, the expected change of log ‖∂L/∂h‖ a layer towards the input, mean over the layers."""
        return float(0.5 * np.log(self.chi[1:]).mean())

    def norms(self, last: float) -> np.ndarray:
        """The expected ‖∂L/∂h‖ behind each layer, from that behind the last one."""
        towards = 0.5 * np.cumsum(np.log(self.chi[:0:-1]))[::-1]
        norms: np.ndarray = last * np.exp(np.append(towards, 0.0))
        return norms


def _moments(config: Config, variance: float) -> tuple[float, float, float]:
    """E φ(z), E φ(z)² and E φ′(z)² for z ~ N(0, variance)."""
    z = math.sqrt(variance) * GRID
    left = {"leaky-relu": (config.slope,) * 2, "p-relu": (P_RELU,) * 2, "r-relu": R_RELU, "relu": (0.0, 0.0)}
    if config.activation == "maxout":  # the larger of two independent ones: one piece of two has the slope 1
        return math.sqrt(variance / math.pi), variance, 1.0
    if config.activation in left:
        low, high = left[config.activation]
        mean, square = (low + high) / 2, (low * low + low * high + high * high) / 3  # of a uniform slope
        up = math.sqrt(variance / (2 * math.pi))
        return up * (1 - mean), variance * (1 + square) / 2, (1 + square) / 2
    value = 1 / (1 + np.exp(-z)) if config.activation == "sigmoid" else np.tanh(z)
    derivative = value * (1 - value) if config.activation == "sigmoid" else 1 - value * value
    return float(DENSITY @ value), float(DENSITY @ value**2), float(DENSITY @ derivative**2)


@lru_cache(maxsize=64)  # every picture of a run asks again
def theory(config: Config, square: float = 1.0) -> Theory | None:
    """χ of each layer; None where the theory does not apply (batch normalisation, recurrent networks).

    Args:
        square: mean of the squared inputs of the first layer; 1 for data of variance 1 and what weights() makes.
    """
    if config.network != "deep" or config.batch_norm:
        return None
    mean = 0.0
    chi, variances = [], []
    for _ in range(config.depth):
        variance = config.sigma_w2 * square
        first, second, slopes = _moments(config, variance)
        chi.append(config.sigma_w2 * slopes + config.residual)
        variances.append(variance)
        if config.residual:
            square, mean = square + 2 * mean * first + second, mean + first
        else:
            square, mean = second, first
        if not math.isfinite(square) or square > 1e200:
            return None  # the signal itself explodes
    return Theory(np.array(chi), np.array(variances))
