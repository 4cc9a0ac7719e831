"""ℓ over one or two parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hub.tasks.likelihood.families import FAMILIES, Graphs
from hub.tasks.likelihood.graphs import check_parameters, log_likelihoods

CURVE_POINTS = 241
SURFACE_POINTS = 61
SURFACE_CELLS = 1_500_000


@dataclass(frozen=True)
class Surface:
    """ℓ over one or two parameters, the others held fixed.

    Args:
        axes: their names. x, y: their grids; y is None for a curve.
        log_likelihood: (X) or (Y, X); -inf where the data are impossible.
    """

    axes: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray | None
    log_likelihood: np.ndarray

    @property
    def depth(self) -> np.ndarray:
        """log₁₀(1 + ℓ_max - ℓ): 0 at the top, 1 nine units below; NaN where the data are impossible."""
        finite = np.where(np.isfinite(self.log_likelihood), self.log_likelihood, np.nan)
        depth: np.ndarray = np.log10(1 + np.nanmax(finite) - finite)
        return depth

    def view(self, heights: Sequence[float] | np.ndarray) -> tuple[float, float]:
        """The lowest and the highest ℓ to show of a curve: its foot runs off to minus infinity, the top is of interest.

        Args:
            heights: values that shall be in view as well, where they are finite.
        """
        finite = self.log_likelihood[np.isfinite(self.log_likelihood)]
        if not len(finite):
            return -1.0, 0.0
        top, middle = float(finite.max()), float(np.quantile(finite, 0.25))
        room = max(top - middle, 1e-9)
        below = [float(height) - 0.1 * room for height in heights if np.isfinite(height)]
        return min([middle - 0.3 * room, *below]), max([top, *map(float, heights)]) + 0.12 * room


def surface(
    graphs: Graphs,
    family: str,
    data: np.ndarray,
    ranges: Mapping[str, tuple[float, float]],
    fixed: Sequence[float],
) -> Surface:
    """ℓ on a grid, in one call where memory allows; coarser for many data.

    Args:
        ranges: one or two parameters, each with its lowest and highest value.
        fixed: a value of every parameter, for those that are not in ranges.
    """
    names = FAMILIES[family].parameters
    base = check_parameters(family, fixed)
    first, *second = ranges
    count = int(np.clip(math.sqrt(SURFACE_CELLS / len(data)), 25, SURFACE_POINTS)) if second else CURVE_POINTS
    x = np.linspace(*ranges[first], count)
    if not second:
        points = np.repeat(base, count, axis=0)
        points[:, names.index(first)] = x
        return Surface((first,), x, None, log_likelihoods(graphs, family, points, data))
    y = np.linspace(*ranges[second[0]], count)
    across, up = np.meshgrid(x, y)
    points = np.repeat(base, count * count, axis=0)
    points[:, names.index(first)], points[:, names.index(second[0])] = across.ravel(), up.ravel()
    values = log_likelihoods(graphs, family, points, data).reshape(count, count)
    return Surface((first, second[0]), x, y, values)
