"""Candidates of each query, the better ones first: nDCG (Järvelin and Kekäläinen 2002), the mean over the queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from export.recipe import Recipe, Score
from export.runner import Arrays, Subject


@dataclass(frozen=True)
class Query:
    """One query: what the graph reads, a row for each candidate, and how good each is."""

    feeds: Arrays
    grades: np.ndarray  # float (candidates), 0: not wanted


@dataclass(frozen=True)
class Ranking:
    """A split of queries."""

    dataset: str
    split: str
    queries: Callable[[], Sequence[Query]]
    output: str = "score"  # float32 (candidates) or (candidates, 1)
    k: int = 10
    head: str = ""
    graph: str = "model"
    gated: bool = True

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> RankedQueries:
        queries = list(self.queries())
        return RankedQueries(self, queries, [self.scores(pytorch[self.graph], one) for one in queries])

    def scores(self, subject: Subject, query: Query) -> np.ndarray:
        """float32 (candidates)."""
        return subject.run(query.feeds, [self.output])[self.output].reshape(-1)


@dataclass(frozen=True)
class RankedQueries:
    """The queries, and how PyTorch ranks them."""

    wanted: Ranking
    queries: list[Query]
    reference: list[np.ndarray]  # float32 (candidates) each

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        found = [self.wanted.scores(subjects[self.wanted.graph], query) for query in self.queries]
        values = [ndcg(query.grades, scores, self.wanted.k) for query, scores in zip(self.queries, found, strict=True)]
        far = [float(np.abs(one - other).max()) for one, other in zip(found, self.reference, strict=True)]
        return Score(
            quality=float(np.mean(values)),
            figures={f"ndcg@{self.wanted.k}": float(np.mean(values))},
            rows=len(values),
            parity={"max_abs_difference": float(np.max(far))},
        )


def ndcg(grades: np.ndarray, scores: np.ndarray, k: int) -> float:
    """Σ (2^grade - 1) / log2(place + 1) over the first k, divided by that of the best order; 1 where none is wanted.

    Args:
        grades, scores: float (candidates). Equal scores stand in the order of the candidates.
    """
    discount = 1 / np.log2(np.arange(2, min(k, len(grades)) + 2))
    gains = 2.0 ** np.asarray(grades, np.float64) - 1
    order = np.argsort(-np.asarray(scores), kind="stable")[: len(discount)]
    best = float((np.sort(gains)[::-1][: len(discount)] * discount).sum())
    return float((gains[order] * discount).sum()) / best if best else 1.0
