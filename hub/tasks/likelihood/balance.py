"""Probabilities sum to one: raising one lowers the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.errors import InputError, Term
from hub.tasks.likelihood.families import Graphs
from hub.tasks.likelihood.graphs import run


@dataclass(frozen=True)
class Balance:
    """A categorical model beside what was seen.

    Args:
        logits, probabilities: float64 (K). seen: p̂, float64 (K). gradient: of the mean log-likelihood by the logits.
        expected_log_likelihood: E_p̂ log p. entropy: H(p̂). divergence: KL(p̂ || p); -E = H + KL.
    """

    names: tuple[str, ...]
    logits: np.ndarray
    probabilities: np.ndarray
    seen: np.ndarray
    gradient: np.ndarray
    expected_log_likelihood: float
    entropy: float
    divergence: float

    @property
    def total(self) -> float:
        return float(self.probabilities.sum())

    @property
    def identity_gap(self) -> float:
        """How exactly -E log p = H + KL holds."""
        return abs(self.expected_log_likelihood + self.entropy + self.divergence)


def shift(before: Balance, now: Balance, name: str) -> tuple[float, float]:
    """By how much the probability of one category grew, and by how much all others did together."""
    change = now.probabilities - before.probabilities
    place = now.names.index(name)
    return float(change[place]), float(np.delete(change, place).sum())


ALL = "*"  # the move that is for all samples
ALL_STEPS = 10
MAX_MOVES = 60


def replay(graphs: Graphs, counts: Counter[str], moves: Sequence[str]) -> tuple[np.ndarray, int]:
    """The way from equal probabilities through moves, each one category or ALL.

    Returns:
        The logits after each step, float64 (S, K), and the row before the last move.
    """
    path = [np.zeros(len(counts))]
    before = 0
    for move in moves[-MAX_MOVES:]:
        before = len(path) - 1
        if move == ALL:
            path += list(climb(graphs, counts, path[-1].tolist(), ALL_STEPS)[1:])
        else:
            path.append(push(graphs, counts, path[-1].tolist(), move))
    return np.stack(path), before


def balance(graphs: Graphs, counts: Counter[str], logits: Sequence[float]) -> Balance:
    """What the graph says of a categorical model with these logits. Raises InputError for logits that do not fit."""
    if len(logits) != len(counts):
        raise InputError("data_width", place=1, found=len(logits), wanted=len(counts))
    eta = np.array(logits, np.float64)
    if not np.isfinite(eta).all() or np.abs(eta).max() > 500:
        raise InputError("data_parameter", name="η", found=Term("too_large"), wanted="-500 … 500")
    seen = np.array(list(counts.values()), np.float64)
    p, gradient, expected, entropy, divergence, estimate = run(
        graphs, "categorical",
        ["probabilities", "gradient", "expected_log_likelihood", "entropy", "divergence", "estimate"],
        parameters=eta[None], counts=seen,
    )  # fmt: skip
    return Balance(
        tuple(counts), eta, p[0], estimate, gradient[0] / seen.sum(), float(expected[0]), float(entropy[0]),
        max(0.0, float(divergence[0])),
    )  # fmt: skip


def push(graphs: Graphs, counts: Counter[str], logits: Sequence[float], name: str, rate: float = 1.0) -> np.ndarray:
    """The logits after one step of gradient ascent on log p(name) alone: float64 (K)."""
    names = list(counts)
    if name not in names:
        raise InputError("data_parameter", name="category", found=repr(name)[:40], wanted=", ".join(names)[:200])
    one = np.zeros(len(names))
    one[names.index(name)] = 1.0
    eta = np.array(logits, np.float64)
    (gradient,) = run(graphs, "categorical", ["gradient"], parameters=eta[None], counts=one)
    after: np.ndarray = eta + rate * gradient[0]
    return after


def climb(graphs: Graphs, counts: Counter[str], logits: Sequence[float], steps: int, rate: float = 2.0) -> np.ndarray:
    """The logits at each step of gradient ascent on the mean log-likelihood of all samples: float64 (steps + 1, K)."""
    seen = np.array(list(counts.values()), np.float64)
    path = [np.array(logits, np.float64)]
    for _ in range(steps):
        (gradient,) = run(graphs, "categorical", ["gradient"], parameters=path[-1][None], counts=seen)
        path.append(path[-1] + rate * gradient[0] / seen.sum())
    return np.stack(path)


def divergences(graphs: Graphs, counts: Counter[str], path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """E_p̂ log p and KL(p̂ || p) along a path of logits (S, K): float64 (S) each."""
    seen = np.array(list(counts.values()), np.float64)
    expected, divergence = run(
        graphs, "categorical", ["expected_log_likelihood", "divergence"], parameters=path, counts=seen
    )
    return expected, divergence
