"""Consistency: what happens to an estimate as n grows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.errors import InputError
from hub.tasks.likelihood.families import CLOSED, FAMILIES, Graphs
from hub.tasks.likelihood.graphs import check_parameters, run
from hub.tasks.likelihood.sampling import sample

SIZES = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
REPEATS = 60


@dataclass(frozen=True)
class Consistency:
    """Estimates of one parameter from repeated samples that grow.

    Args:
        sizes: int64 (S). estimates: float64 (R, S), each row one sample of which ever more is used; NaN where there is
            no maximum. standard_error: float64 (S), the inverse Fisher information at the truth.
        spread: float64 (S), the standard deviation over the repeats. low, high: 5 % of the estimates lie below, above.
            covered: share of the 95 % intervals
            estimate ± 1.96 standard errors (Fisher information at the estimate) that hold the truth, float64 (S).
    """

    parameter: str
    truth: float
    sizes: np.ndarray
    estimates: np.ndarray
    standard_error: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray
    covered: np.ndarray

    @property
    def band(self) -> tuple[np.ndarray, np.ndarray]:
        """truth ± 1.645 standard errors: nine of ten estimates lie in it, if n is large."""
        return self.truth - 1.645 * self.standard_error, self.truth + 1.645 * self.standard_error


def consistency(graphs: Graphs, family: str, truth: Sequence[float], parameter: str, seed: int = 0) -> Consistency:
    """Estimate again and again while the sample grows, for a family with a closed form."""
    if family not in CLOSED:
        raise InputError("data_family", found=repr(family)[:60], known=", ".join(CLOSED))
    point = check_parameters(family, truth)
    names = FAMILIES[family].parameters
    if parameter not in names:
        raise InputError("data_parameter", name="parameter", found=repr(parameter)[:20], wanted=", ".join(names))
    place = names.index(parameter)
    estimates = np.full((REPEATS, len(SIZES)), np.nan)
    covered = np.zeros((REPEATS, len(SIZES)))
    for row in range(REPEATS):
        data = sample(family, truth, SIZES[-1], seed * REPEATS + row)
        for column, n in enumerate(SIZES):
            part = data[:n]
            (estimate,) = run(graphs, family, ["estimate"], parameters=point, data=part)
            (information,) = run(graphs, family, ["information"], parameters=estimate[None], data=part)
            if np.isfinite(estimate[place]):
                estimates[row, column] = estimate[place]
            precision = information[0][place, place]  # the families' information is diagonal
            error = math.sqrt(1 / precision) if np.isfinite(precision) and precision > 0 else 0.0
            covered[row, column] = abs(estimate[place] - truth[place]) <= 1.96 * error
    (one,) = run(graphs, family, ["information"], parameters=point, data=sample(family, truth, 1, seed))
    sizes = np.array(SIZES)
    return Consistency(
        parameter=parameter,
        truth=float(truth[place]),
        sizes=sizes,
        estimates=estimates,
        standard_error=np.sqrt(1 / (one[0][place, place] * sizes)),
        spread=np.nanstd(estimates, axis=0),
        low=np.nanquantile(estimates, 0.05, axis=0),
        high=np.nanquantile(estimates, 0.95, axis=0),
        covered=covered.mean(axis=0),
    )
