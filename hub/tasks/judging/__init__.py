"""Judging a ranking, and what losses make of one: literal features, nDCG with intervals, the pushes of three losses."""

from __future__ import annotations

from hub.tasks.judging.evaluate import FIELDS, MOST_GRADE, Judgment, RankedQuery, RankingEvaluation, evaluate
from hub.tasks.judging.literal import BM25, FEATURES, literal, terms
from hub.tasks.judging.losses import LOSSES, Forces, LossName, forces, pushed, swaps
from hub.tasks.judging.measure import discounts, gains, ndcg, tells

__all__ = [
    "BM25",
    "FEATURES",
    "FIELDS",
    "LOSSES",
    "MOST_GRADE",
    "Forces",
    "Judgment",
    "LossName",
    "RankedQuery",
    "RankingEvaluation",
    "discounts",
    "evaluate",
    "forces",
    "gains",
    "literal",
    "ndcg",
    "pushed",
    "swaps",
    "tells",
    "terms",
]
