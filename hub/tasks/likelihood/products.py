"""A product of probabilities against the sum of their logarithms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.errors import InputError, TooLargeError
from hub.tasks.likelihood.bigram import bigram, read_with
from hub.tasks.likelihood.families import Graphs
from hub.tasks.likelihood.graphs import run


@dataclass(frozen=True)
class Underflow:
    """Π p and Σ log p over the first n samples.

    Args:
        lengths: int64 (M). log10: precision -> log₁₀ of the product, -inf where it is zero (M). log_sum: precision ->
            Σ log p (M). gone: precision -> the first n at which the product is exactly zero; None: never, so far.
    """

    lengths: np.ndarray
    log10: dict[str, np.ndarray]
    log_sum: dict[str, np.ndarray]
    gone: dict[str, int | None]

    @property
    def sum10(self) -> np.ndarray:
        """The float64 sum of logarithms in units of log₁₀, to stand beside log10."""
        return self.log_sum["float64"] / math.log(10)

    def last10(self, kind: str) -> float:
        """log₁₀ of the last product that is drawn and not zero."""
        alive = self.log10[kind][np.isfinite(self.log10[kind])]
        return float(alive[-1]) if len(alive) else 0.0


PRECISIONS = ("float32", "float64")


def underflow(graphs: Graphs, log_prob: np.ndarray) -> Underflow:
    """Multiply probabilities, each at most one, in two precisions.

    Args:
        log_prob: float64 (N), log p(x_i) ≤ 0.
    """
    n = len(log_prob)
    if not 1 <= n <= limits.MAX_LAB_SAMPLES:
        raise TooLargeError("data_samples", found=f"{n:,}", allowed=f"{limits.MAX_LAB_SAMPLES:,}")
    lengths = np.unique(np.round(np.linspace(1, n, 120)).astype(np.int64))
    products, sums, gone = {}, {}, {}
    for kind in PRECISIONS:
        products[kind], sums[kind] = _products(graphs, log_prob, lengths, kind)
        gone[kind] = _first_zero(graphs, log_prob, lengths, products[kind], kind)
    with np.errstate(divide="ignore"):
        log10 = {kind: np.log10(values.astype(np.float64)) for kind, values in products.items()}
    return Underflow(lengths, log10, {kind: values.astype(np.float64) for kind, values in sums.items()}, gone)


def same_log_probs(p: float, n: int) -> np.ndarray:
    """log p, n times. Raises InputError for a p that is no probability above 0."""
    if not 0 < p <= 1:
        raise InputError("data_parameter", name="p", found=f"{p:g}", wanted="0 < … ≤ 1")
    return np.full(max(1, min(n, limits.MAX_LAB_SAMPLES)), math.log(p))


def token_log_probs(graphs: Graphs, text: str, unit: str) -> np.ndarray:
    """log p of each token of a text under its own bigram model: none of them is impossible."""
    return read_with(graphs, bigram(graphs, text, unit, steps=0), text).log_prob


def _products(graphs: Graphs, log_prob: np.ndarray, lengths: np.ndarray, kind: str) -> list[np.ndarray]:
    return run(graphs, f"product_{kind}", ["product", "log_sum"], log_prob=log_prob.astype(kind), lengths=lengths)


def _first_zero(
    graphs: Graphs, log_prob: np.ndarray, lengths: np.ndarray, products: np.ndarray, kind: str
) -> int | None:
    """The product never grows, so the first zero lies between the last length that is not zero and the next one."""
    if products[-1] > 0:
        return None
    first = int((products == 0).argmax())
    low = int(lengths[first - 1]) if first else 0
    between = np.arange(low + 1, int(lengths[first]) + 1)
    found, _ = _products(graphs, log_prob, between, kind)
    return int(between[int((found == 0).argmax())])
