"""One door for all families: data in, an estimate out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hub.tasks.likelihood.bigram import bigram, bigram_fit
from hub.tasks.likelihood.classifiers import fit_logistic, fit_two_gaussians
from hub.tasks.likelihood.closed import fit_categorical, fit_closed, fit_linear
from hub.tasks.likelihood.families import CLOSED, Graphs, family_of
from hub.tasks.likelihood.fit import Fit
from hub.tasks.likelihood.mixture import fit_mixture
from hub.tasks.likelihood.reading import columns, read_labels, read_numbers, read_rows, read_text


@dataclass(frozen=True)
class Estimator:
    """How the data of a family are read (raises InputError), and how it is fitted to them."""

    read: Callable[[object], Any]
    fit: Callable[[Graphs, Any], Fit]


def _closed(family: str) -> Estimator:
    return Estimator(partial(read_numbers, family), lambda graphs, values: fit_closed(graphs, family, values))


ESTIMATORS: dict[str, Estimator] = {
    **{family: _closed(family) for family in CLOSED},
    "mixture": Estimator(partial(read_numbers, "mixture"), fit_mixture),
    "categorical": Estimator(read_labels, fit_categorical),
    "bigram": Estimator(read_text, lambda graphs, text: bigram_fit(bigram(graphs, text, "words"))),
    "linear": Estimator(partial(read_rows, width=2, classes=False), fit_linear),
    "logistic": Estimator(lambda data: read_rows(data, columns(data), True), fit_logistic),
    "two_gaussians": Estimator(partial(read_rows, width=3, classes=True), fit_two_gaussians),
}


def fit_mle(graphs: Graphs, family: object, data: object) -> Fit:
    """Maximum-likelihood estimate of a family.

    Args:
        family: a name of FAMILIES.
        data: numbers (bernoulli, gaussian, poisson, exponential, mixture), labels (categorical), a text or lines of
            text (bigram over words), rows [x, y] (linear), rows [x…, class 0 or 1] (logistic, two_gaussians).

    Raises InputError, DataTooLargeError, BundleError.
    """
    estimator = ESTIMATORS[family_of(family).name]
    return estimator.fit(graphs, estimator.read(data))
