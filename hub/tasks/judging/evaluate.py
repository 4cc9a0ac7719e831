"""A ranking of judged documents against BM25 and chance, query by query, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from hub import limits
from hub.errors import InputError, Term, TooLargeError
from hub.tasks.intervals import Interval, mean
from hub.tasks.judging.literal import BM25
from hub.tasks.judging.measure import ndcg, tells
from hub.text import check_text

MOST_GRADE = 10
FIELDS = ("query", "document", "grade", "score")


class Judgment(BaseModel):
    """One line: how well a document answers a query."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: Annotated[str, Field(max_length=limits.MAX_TEXT_CHARS)]
    document: Annotated[str, Field(max_length=limits.MAX_TEXT_CHARS)]
    grade: Annotated[float, Field(ge=0, le=MOST_GRADE, description="0: it does not answer it; the gain is 2^grade − 1")]
    score: Annotated[float | None, Field(description="of the system that is judged: of all documents, or of none")] = (
        None
    )


class RankedQuery(BaseModel):
    """One query: nDCG of its documents in the order of each, and what stands first."""

    query: str
    documents: int
    own: float
    bm25: float
    chance: float
    first: str  # the document that stands first in the own order
    first_grade: float
    best: str  # a document of the highest grade, the one that stands highest
    best_grade: float
    best_place: int  # in the own order, 1 the first; of equal scores as they were given


class RankingEvaluation(BaseModel):
    """Means over the queries whose documents are not all of one grade, with intervals of 95 % (bootstrap over queries).

    Args:
        by: what the own order is: falling scores, or the order in which the documents were given. chance: the mean over
            all orders, exact. difference: own − BM25, query by query. left_out: queries of which all orders are alike.
        per_query: the worst of the own order first.
    """

    at: int
    by: Literal["score", "order"]
    queries: int
    left_out: int
    documents: int
    own: Interval
    bm25: Interval
    chance: Interval
    difference: Interval
    per_query: list[RankedQuery]


def evaluate(rows: object, at: object = 10, places: Sequence[int] | None = None) -> RankingEvaluation:
    """Judge a ranking.

    Args:
        rows: judgments, as mappings with the fields of Judgment; the documents of a query in the own order, if there
            are no scores. at: the cut of nDCG. places: of each row, what an error calls it, the line of a file; else
            its number.

    Raises:
        InputError: a row is wrong, the same document twice, nothing to judge.
        TooLargeError: more than limits.MAX_JUDGMENTS rows, or a text over its limit.
    """
    if isinstance(at, bool) or not isinstance(at, int) or not 1 <= at <= limits.MAX_RANKING_CUT:
        raise InputError("setting_whole_range", name="at", found=str(at)[:40], low=1, high=limits.MAX_RANKING_CUT)
    judgments = checked(rows, places)
    scored = sum(one.score is not None for one in judgments)
    if 0 < scored < len(judgments):
        raise InputError("judgments_scores", found=scored, wanted=len(judgments))
    queries: dict[str, list[Judgment]] = {}
    for one in judgments:
        queries.setdefault(one.query, []).append(one)
    bm25 = BM25(dict.fromkeys(one.document for one in judgments))
    ranked = [_ranked(query, ones, bm25, at) for query, ones in queries.items() if tells(_grades(ones))]
    if not ranked:
        raise InputError("judgments_flat", found=len(queries))
    own, literal, chance = (np.array([getattr(one, key) for one in ranked]) for key in ("own", "bm25", "chance"))
    return RankingEvaluation(
        at=at, by="score" if scored else "order", queries=len(ranked), left_out=len(queries) - len(ranked),
        documents=sum(one.documents for one in ranked), own=mean(own), bm25=mean(literal), chance=mean(chance),
        difference=mean(own - literal), per_query=sorted(ranked, key=lambda one: one.own),
    )  # fmt: skip


def _grades(ones: Sequence[Judgment]) -> np.ndarray:
    return np.array([one.grade for one in ones])


def _ranked(query: str, ones: Sequence[Judgment], bm25: BM25, at: int) -> RankedQuery:
    grades, documents = _grades(ones), [one.document for one in ones]
    scores = np.array([-place if one.score is None else one.score for place, one in enumerate(ones)], np.float64)
    order = np.argsort(-scores, kind="stable")
    best = int(np.argmax(grades[order]))
    return RankedQuery(
        query=query, documents=len(ones), own=ndcg(grades, scores, at),
        bm25=ndcg(grades, bm25.scores(query, documents), at), chance=ndcg(grades, np.zeros(len(ones)), at),
        first=documents[order[0]], first_grade=float(grades[order[0]]), best=documents[order[best]],
        best_grade=float(grades[order[best]]), best_place=best + 1,
    )  # fmt: skip


def checked(rows: object, places: Sequence[int] | None = None) -> list[Judgment]:
    """The judgments, texts without spaces at their ends. Raises InputError, TooLargeError; both name the row."""
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise InputError("judgments_type", found=type(rows).__name__)
    if not rows:
        raise InputError("judgments_none")
    if len(rows) > limits.MAX_JUDGMENTS:
        raise TooLargeError("judgments_many", found=len(rows), allowed=limits.MAX_JUDGMENTS)
    judgments: list[Judgment] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        place = places[number] if places else number + 1
        judgments.append(one := _judgment(row, place))
        if seen.setdefault((one.query, one.document), place) != place:
            raise InputError("judgment_twice", row=place, first=seen[one.query, one.document])
    return judgments


def _judgment(row: Any, place: int) -> Judgment:
    if not isinstance(row, Mapping):
        raise InputError("judgment_type", row=place, found=type(row).__name__)
    if unknown := sorted(set(map(str, row)) - set(FIELDS)):
        raise InputError("judgment_field", row=place, found=unknown[0][:40], known=", ".join(FIELDS))
    query, document = (
        check_text(row.get(name), Term("judgment_part", part=name, row=place)).strip() for name in FIELDS[:2]
    )
    grade, score = _number(row.get("grade")), row.get("score")
    if grade is None or not 0 <= grade <= MOST_GRADE:
        raise InputError("judgment_grade", row=place, found=str(row.get("grade"))[:40], high=MOST_GRADE)
    if score is not None and _number(score) is None:
        raise InputError("judgment_score", row=place, found=str(score)[:40])
    return Judgment(query=query, document=document, grade=grade, score=_number(score))


def _number(value: object) -> float | None:
    """A finite number, as float."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
