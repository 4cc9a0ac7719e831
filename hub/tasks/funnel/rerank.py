"""Re-ranking: the last list is chosen as a whole, so that it is not ten times the same. Numpy in, numpy out.

Every rule takes the relevance of the candidates in [0, 1], the best first, and returns the places of those it shows, in
their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

CAP = 2  # of one kind, where the weight of diversity is 1; more of it below


@dataclass(frozen=True)
class Offered:
    """What a rule chooses from.

    Args:
        relevance: float64 (n,). similarity: (n, n) in [0, 1], 1 on the diagonal. kinds: int64 (n,). taste: float64
            (kinds,), the shares of the kinds in what was taken; zeros where nothing was.
    """

    relevance: np.ndarray
    similarity: np.ndarray
    kinds: np.ndarray
    taste: np.ndarray


Rule = Callable[[Offered, int, float], np.ndarray]  # (offered, how many, weight of diversity in [0, 1]) -> places


def relevance_of(logits: np.ndarray) -> np.ndarray:
    """Scores of a list as relevance: the best is 1, the worst 0."""
    low, high = logits.min(initial=np.inf), logits.max(initial=-np.inf)
    return (logits - low) / (high - low) if high > low else np.ones(len(logits))


def none(offered: Offered, count: int, weight: float) -> np.ndarray:
    """The ranker's order, as it is."""
    return np.argsort(-offered.relevance, kind="stable")[:count]


def mmr(offered: Offered, count: int, weight: float) -> np.ndarray:
    """Maximal marginal relevance (Carbonell and Goldstein 1998): argmax (1 − w) rel(i) − w max_j∈S sim(i, j)."""
    chosen: list[int] = []
    nearest = np.zeros(len(offered.relevance))
    for _ in range(min(count, len(offered.relevance))):
        scores = (1 - weight) * offered.relevance - weight * nearest
        scores[chosen] = -np.inf
        chosen.append(int(scores.argmax()))
        nearest = np.maximum(nearest, offered.similarity[chosen[-1]])
    return np.array(chosen, np.int64)


def dpp(offered: Offered, count: int, weight: float) -> np.ndarray:
    """Greedy MAP of a determinantal point process by its Cholesky factor (Chen, Zhang, Zhou 2018, algorithm 1).

    The kernel is q_i S_ij q_j with q = exp(α rel), α = (1 − w) / 2w: the larger the weight, the more the volume that
    the items span counts beside their relevance.
    """
    if weight <= 0:
        return none(offered, count, weight)
    count = min(count, len(offered.relevance))
    quality = np.exp((1 - weight) / (2 * weight) * offered.relevance)
    kernel = quality[:, None] * (offered.similarity + 1e-3 * np.eye(len(quality))) * quality[None, :]
    factors = np.zeros((count, len(quality)))
    gains = np.diag(kernel).copy()
    chosen: list[int] = []
    while len(chosen) < count:
        best = int(gains.argmax())
        row = len(chosen)
        chosen.append(best)
        if gains[best] > 1e-10:
            factors[row] = (kernel[best] - factors[:row, best] @ factors[:row]) / np.sqrt(gains[best])
            gains = gains - factors[row] ** 2
        gains[chosen] = -np.inf
    return np.array(chosen, np.int64)


def caps(offered: Offered, count: int, weight: float) -> np.ndarray:
    """At most so many of a kind, as long as there are others."""
    most = max(CAP, round(CAP + (1 - weight) * (count - CAP)))
    chosen: list[int] = []
    later: list[int] = []
    for place in none(offered, len(offered.relevance), weight).tolist():
        full = sum(offered.kinds[one] == offered.kinds[place] for one in chosen) >= most
        (later if full else chosen).append(place)
    return np.array((chosen + later)[:count], np.int64)


def calibrated(offered: Offered, count: int, weight: float) -> np.ndarray:
    """The kinds in the shares of what was taken (Steck 2018, eq. 3): greedily (1 − w) Σ rel − w KL(p ‖ q)."""
    if not offered.taste.any():
        return none(offered, count, weight)
    chosen: list[int] = []
    counts = np.zeros(len(offered.taste))
    for _ in range(min(count, len(offered.relevance))):
        after = counts[None, :] + np.eye(len(counts))[offered.kinds]  # (n, kinds)
        scores = (1 - weight) * offered.relevance - weight * divergence(offered.taste, after)
        scores[chosen] = -np.inf
        chosen.append(int(scores.argmax()))
        counts[offered.kinds[chosen[-1]]] += 1
    return np.array(chosen, np.int64)


def divergence(taste: np.ndarray, counts: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """KL(p ‖ (1 − α) q + α p) in nats. taste: p (kinds,). counts: (…, kinds), of a list, whose shares are q."""
    shares = counts / np.maximum(counts.sum(-1, keepdims=True), 1)
    smoothed = (1 - alpha) * shares + alpha * taste
    ratio = np.divide(taste, smoothed, out=np.ones_like(smoothed), where=smoothed > 0)
    return np.asarray((taste * np.log(np.maximum(ratio, 1e-12))).sum(-1))


def distance(similarity: np.ndarray) -> float:
    """How unlike the items of a list are, on average over its pairs (intra-list distance)."""
    count = len(similarity)
    if count < 2:
        return 0.0
    return float(1 - (similarity.sum() - np.trace(similarity)) / (count * (count - 1)))


RULES: dict[str, Rule] = {"none": none, "mmr": mmr, "dpp": dpp, "caps": caps, "calibrated": calibrated}
