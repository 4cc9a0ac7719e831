"""How a set of sentence vectors lies in space: collapsed into a cone, or spread out. Numpy in, numpy out.

Collapse: the vectors of a plain encoder all point about the same way, so that any two sentences look alike
(Yan et al. 2021, ConSERT, section 1; Li et al. 2020, BERT-flow, arXiv 2011.05864).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from hub.tasks.embed import Tokens

ALPHA = 2.0  # of the alignment, T of the uniformity: the values of the paper
T = 2.0


@dataclass(frozen=True)
class Spectrum:
    """Singular values of a set of vectors, the largest first."""

    shares: np.ndarray  # float64 (min(n, dim)), sum to one
    effective_rank: float


@dataclass(frozen=True)
class Cone:
    """Vectors around the direction of their mean, which is not taken away from them."""

    angles: np.ndarray  # float64 (n), degrees from the mean direction
    turns: np.ndarray  # float64 (n), degrees around it, in the plane in which they differ most


@dataclass(frozen=True)
class Space:
    """What is told of one set of vectors."""

    cosines: np.ndarray  # float64 (n (n - 1) / 2)
    alignment: float
    uniformity: float
    nearer: float  # how often a pair that says the same is nearer than a pair that has nothing in common
    spectrum: Spectrum
    cone: Cone


def describe(vectors: np.ndarray, first: np.ndarray, second: np.ndarray) -> Space:
    """All of it.

    Args:
        vectors: float (n, dim) of length 1, of sentences that have nothing to do with each other.
        first, second: float (m, dim) of length 1, of sentences that say the same.
    """
    cosines, same = pair_cosines(vectors), rowwise(first, second)
    return Space(
        cosines, alignment(first, second), uniformity(vectors), nearer(same, cosines), spectrum(vectors), cone(vectors)
    )


def pair_cosines(vectors: np.ndarray) -> np.ndarray:
    """The cosine of each pair of different vectors (n, dim) of length 1: float64 (n (n - 1) / 2)."""
    made = np.asarray(vectors, np.float64)
    return np.clip((made @ made.T)[np.triu_indices(len(made), 1)], -1.0, 1.0)


def alignment(first: np.ndarray, second: np.ndarray, alpha: float = ALPHA) -> float:
    """E |f(x) - f(y)|^alpha over pairs (x, y) that say the same; 0: both have the same vector.

    Wang and Isola 2020, arXiv 2005.10242, section 4.1.
    """
    distances = np.linalg.norm(np.asarray(first, np.float64) - second, axis=1)
    return float((distances**alpha).mean())


def uniformity(vectors: np.ndarray, t: float = T) -> float:
    """log E exp(-t |f(x) - f(y)|²) over all pairs; 0: all in one point, the lower the more evenly spread.

    Wang and Isola 2020, arXiv 2005.10242, section 4.1.2. Of vectors of length 1, |f(x) - f(y)|² = 2 - 2 cos.
    """
    return float(np.log(np.exp(-t * (2 - 2 * pair_cosines(vectors))).mean()))


def spectrum(vectors: np.ndarray) -> Spectrum:
    """Singular values s of the vectors (n, dim), p = s / sum s; the effective rank is exp(-sum p log p).

    Roy and Vetterli 2007, "The effective rank". The mean is left in: what all vectors share is the collapse.
    """
    values = np.linalg.svd(np.asarray(vectors, np.float64), compute_uv=False)
    shares = values / values.sum()
    positive = shares[shares > 0]
    return Spectrum(shares, float(np.exp(-(positive * np.log(positive)).sum())))


def nearer(same: np.ndarray, others: np.ndarray) -> float:
    """How often a cosine of `same` is higher than one of `others`, ties counted half: the area under the ROC curve."""
    first, second = np.asarray(same, np.float64)[:, None], np.asarray(others, np.float64)
    return float(((first > second) + (first == second) / 2).mean())


def cone(vectors: np.ndarray) -> Cone:
    """The angle of each vector (n, dim) to the direction of their mean, and where around it the vector leans.

    Of vectors of length 1 in one direction all angles are 0; of vectors with nothing in common they are near 90.
    """
    made = np.asarray(vectors, np.float64)
    mean = made.mean(axis=0)
    axis = mean / max(float(np.linalg.norm(mean)), 1e-12)
    along = made @ axis
    _, _, planes = np.linalg.svd(made - along[:, None] * axis, full_matrices=False)
    planes = planes[:2] * np.sign(planes[:2][np.arange(2), np.abs(planes[:2]).argmax(axis=1)])[:, None]
    leaning = made @ planes.T  # (n, 2)
    return Cone(np.degrees(np.arccos(np.clip(along, -1.0, 1.0))), np.degrees(np.arctan2(leaning[:, 1], leaning[:, 0])))


def against(texts: Sequence[Tokens], removed: Collection[str]) -> float:
    """The cosine of the mean state of some tokens with the mean state of all others, over all texts.

    Above 0 both point the same way and add to what all texts share; below 0 they cancel it. 0 where one side is empty.
    """
    gone = frozenset(removed)
    states = np.concatenate([text.states for text in texts]).astype(np.float64)
    marks = np.array([token in gone for text in texts for token in text.tokens])
    if marks.all() or not marks.any():
        return 0.0
    first, second = states[marks].mean(axis=0), states[~marks].mean(axis=0)
    return float(first @ second / max(float(np.linalg.norm(first) * np.linalg.norm(second)), 1e-12))


def mean_without(texts: Sequence[Tokens], removed: Collection[str]) -> np.ndarray:
    """The mean of each text's token states without some tokens of the vocabulary, at length 1: float32 (texts, dim).

    A text that has no other word keeps all of its tokens. Yan et al. 2021, analysis of the embedding space: the most
    frequent tokens carry the collapse.
    """
    gone = frozenset(removed)
    means = []
    for text in texts:
        kept = [place for place, token in enumerate(text.tokens) if token not in gone]
        left = set(kept) & set(text.words)
        means.append(text.states[kept if left else slice(None)].mean(axis=0))
    rows = np.stack(means)
    directions: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return directions


def ranks(values: np.ndarray) -> np.ndarray:
    """From 1 upwards, float64; equals share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Rank correlation: Pearson's of the ranks. 0 where one side is constant."""
    first, second = (ranked - ranked.mean() for ranked in (ranks(np.asarray(a)), ranks(np.asarray(b))))
    scale = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / scale) if scale else 0.0


def spearman_interval(a: np.ndarray, b: np.ndarray, repeats: int = 500, seed: int = 0) -> tuple[float, float]:
    """95 % interval of Spearman's correlation, from samples of the pairs with replacement (bootstrap percentiles)."""
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(a), (repeats, len(a)))
    found = [spearman(np.asarray(a)[rows], np.asarray(b)[rows]) for rows in drawn]
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def share_below(value: float, others: np.ndarray) -> float:
    """Which share of the others is lower than a value."""
    return float((np.asarray(others) < value).mean())


@dataclass(frozen=True)
class Removal:
    """What the removal of the most frequent tokens does."""

    removed: tuple[int, ...]  # how many
    cosines: tuple[float, ...]  # the mean of unrelated pairs
    spearman: tuple[float, ...]  # with the grades of a scored set


def removal(
    sentences: Sequence[Tokens],
    pairs: tuple[Sequence[Tokens], Sequence[Tokens]],
    grades: np.ndarray,
    frequent: Sequence[str],
    counts: Sequence[int],
) -> Removal:
    """Both figures for each number of removed tokens, the most frequent first.

    Args:
        pairs, grades: the two sides of a scored set, and its grades float (pairs).
    """
    cosines, correlations = [], []
    for count in counts:
        gone = frequent[:count]
        cosines.append(float(pair_cosines(mean_without(sentences, gone)).mean()))
        correlations.append(spearman(rowwise(*(mean_without(side, gone) for side in pairs)), grades))
    return Removal(tuple(counts), tuple(cosines), tuple(correlations))


def rowwise(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The cosine of each row (n, dim) of length 1 with its partner: float64 (n)."""
    cosines: np.ndarray = (np.asarray(first, np.float64) * second).sum(axis=1)
    return cosines
