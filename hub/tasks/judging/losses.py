"""How three losses push the documents of one list: pointwise, RankNet, LambdaRank.

A push is −∂C/∂s of a document: up where it is positive. RankNet (Burges et al. 2005): for every pair in which i has the
higher grade, C = log(1 + e^{−(s_i − s_j)}), and ∂C/∂s_i = −1 / (1 + e^{s_i − s_j}) = −∂C/∂s_j. LambdaRank (Burges
2010, "From RankNet to LambdaRank to LambdaMART", section 4) multiplies the push of each pair by |ΔnDCG|, what their
exchange would change. Every pair pushes as much up as down, so the pushes of a list sum to 0; those of the pointwise
loss need not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hub.tasks.judging.measure import discounts, gains, ideal

LossName = Literal["pointwise", "ranknet", "lambdarank"]
LOSSES: tuple[LossName, ...] = ("pointwise", "ranknet", "lambdarank")


@dataclass(frozen=True)
class Forces:
    """What a loss does to a list.

    Args:
        loss: C. pushes: −∂C/∂s, float64 (n,). pairs: of the pair (i, j), i the better one: how much i is pushed up and
            j down, float64 (n, n); all 0 of the pointwise loss.
    """

    loss: float
    pushes: np.ndarray
    pairs: np.ndarray


def forces(name: LossName, scores: np.ndarray, grades: np.ndarray, at: int = 10) -> Forces:
    """Of one list.

    Args:
        scores: float64 (n,). grades: float64 (n,), 0 or more. at: the cut of the nDCG, of LambdaRank alone.
    """
    scores, grades = np.asarray(scores, np.float64), np.asarray(grades, np.float64)
    if name == "pointwise":
        return pointwise(scores, grades)
    weights = swaps(scores, grades, at) if name == "lambdarank" else np.ones((len(scores), len(scores)))
    return pairwise(scores, grades, weights)


def pointwise(scores: np.ndarray, grades: np.ndarray) -> Forces:
    """Logistic, each document by itself: C = Σ log(1 + e^s) − y s with y = grade / the highest grade."""
    wanted = grades / max(1.0, float(grades.max(initial=0)))
    loss = float((np.logaddexp(0, scores) - wanted * scores).sum())
    return Forces(loss, wanted - _sigmoid(scores), np.zeros((len(scores), len(scores))))


def pairwise(scores: np.ndarray, grades: np.ndarray, weights: np.ndarray) -> Forces:
    """C = Σ_{grade i > grade j} w_ij log(1 + e^{−(s_i − s_j)}); no gradient goes through the weights."""
    weights = weights * (grades[:, None] > grades[None])
    apart = scores[:, None] - scores[None]
    pairs = weights * _sigmoid(-apart)
    return Forces(float((weights * np.logaddexp(0, -apart)).sum()), pairs.sum(1) - pairs.sum(0), pairs)


def swaps(scores: np.ndarray, grades: np.ndarray, at: int) -> np.ndarray:
    """|ΔnDCG@at| of the exchange of each two documents: |gain_i − gain_j| |discount_i − discount_j| / ideal DCG.

    Returns:
        float64 (n, n), symmetric; 0 where no order is better than another. Of equal scores the first stands first.
    """
    rank = np.empty(len(scores), np.int64)
    rank[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    own, best = gains(grades), ideal(grades, at)
    discount = discounts(len(scores), at)[rank]
    if best <= 0:
        return np.zeros((len(scores), len(scores)))
    change: np.ndarray = np.abs(own[:, None] - own[None]) * np.abs(discount[:, None] - discount[None]) / best
    return change


def pushed(name: LossName, scores: np.ndarray, grades: np.ndarray, at: int, rate: float, most: int) -> np.ndarray:
    """The scores after gradient steps, up to the one that changes the order; at most `most` of them."""
    before = np.argsort(-scores, kind="stable")
    for _ in range(most):
        scores = scores + rate * forces(name, scores, grades, at).pushes
        if (np.argsort(-scores, kind="stable") != before).any():
            break
    return scores


def _sigmoid(values: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.exp(-np.logaddexp(0, -values))
    return found
