"""How good an order of judged documents is: nDCG (Järvelin and Kekäläinen 2002), equal scores shared out."""

from __future__ import annotations

import numpy as np


def gains(grades: np.ndarray) -> np.ndarray:
    """2^grade − 1 (Burges et al. 2005), float64."""
    return np.exp2(np.asarray(grades, np.float64)) - 1


def discounts(count: int, at: int) -> np.ndarray:
    """1 / log2(1 + rank) of the ranks 1, 2, …; 0 after the first `at`: float64 (count,)."""
    ranks = np.arange(1, count + 1)
    return np.where(ranks <= at, 1 / np.log2(1 + ranks), 0.0)


def ideal(grades: np.ndarray, at: int) -> float:
    """The DCG of the best order."""
    found = gains(grades)
    return float(np.sort(found)[::-1] @ discounts(len(found), at))


def ndcg(grades: np.ndarray, scores: np.ndarray, at: int = 10) -> float:
    """The nDCG@at of the order by falling scores; NaN where nothing has a gain.

    Documents of one score have one place together: what counts is the mean over all their orders (McSherry and Najork
    2008, "Computing Information Retrieval Performance Measures Efficiently in the Presence of Tied Scores"). So equal
    scores for all give what chance gives.

    Args:
        grades: float (n,), 0 or more. scores: float (n,), finite.
    """
    best = ideal(grades, at)
    if best <= 0:
        return float("nan")
    _, places = np.unique(-np.asarray(scores, np.float64), return_inverse=True)
    sizes = np.bincount(places)
    within = np.bincount(places, gains(grades)) / sizes  # the mean gain of each tie
    shared = np.add.reduceat(discounts(len(places), at), np.concatenate([[0], np.cumsum(sizes)[:-1]]))
    return float(within @ shared / best)


def tells(grades: np.ndarray) -> bool:
    """Whether one order of the documents can be better than another."""
    return bool(np.ptp(grades) > 0) if len(grades) else False
