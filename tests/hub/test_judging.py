"""Judging a ranking: literal features, nDCG, and the pushes of the losses, held against sklearn and autograd."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from hub import limits
from hub.errors import InputError, TooLargeError, readable
from hub.tasks import intervals, judging
from hub.tasks.judging.literal import edits

LISTS = st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3)), min_size=2, max_size=12)


def rows(*grades: int, query: str = "q") -> list[dict[str, Any]]:
    return [{"query": query, "document": f"d{place}", "grade": grade} for place, grade in enumerate(grades)]


# --- nDCG -----------------------------------------------------------------------------------------------------------


@given(pairs=LISTS, at=st.integers(1, 12))
def test_ndcg_is_that_of_sklearn_ties_shared_out(pairs: list[tuple[int, int]], at: int) -> None:
    grades, scores = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    found = judging.ndcg(grades, scores, at)
    if not grades.any():
        assert math.isnan(found)
        return
    assert found == pytest.approx(ndcg_score([judging.gains(grades)], [scores], k=at), abs=1e-12)


def test_equal_scores_are_chance() -> None:
    grades = np.array([3.0, 0, 1, 0])
    draw = np.random.default_rng(0)
    drawn = [judging.ndcg(grades, draw.permutation(4).astype(float), 3) for _ in range(4_000)]
    assert judging.ndcg(grades, np.zeros(4), 3) == pytest.approx(np.mean(drawn), abs=0.01)


def test_an_interval_holds_its_mean_and_narrows_with_more() -> None:
    draw = np.random.default_rng(1)
    few, many = (intervals.mean(draw.normal(size=count)) for count in (30, 3_000))
    assert few.low < few.value < few.high and many.high - many.low < (few.high - few.low) / 5
    assert intervals.mean(np.array([0.5])) == intervals.Interval(value=0.5, low=0.5, high=0.5)


# --- literal --------------------------------------------------------------------------------------------------------


def test_terms_are_words_and_of_chinese_characters_and_pairs() -> None:
    assert judging.terms("湖滨Road １２.5号") == ["湖", "滨", "road", "12.5", "号", "湖滨"]
    assert judging.terms("火锅、店") == ["火", "锅", "店", "火锅"] and judging.terms("…") == []


def test_bm25_is_its_formula() -> None:
    bm25 = judging.BM25(["a b", "a c c", "d"])
    length, average = 3, 2.0
    norm = 1.2 * (1 - 0.75 + 0.75 * length / average)
    wanted = math.log(1 + 2.5 / 1.5) * 2 * 2.2 / (2 + norm) + math.log(1 + 1.5 / 2.5) * 2.2 / (1 + norm)
    assert bm25.scores("c a z", ["a c c", "x"]) == pytest.approx([wanted, 0.0])
    assert judging.BM25([]).scores("a", ["a", ""]).shape == (2,)


def test_a_brand_in_brackets_is_seen_by_the_features() -> None:
    titles = ["大润发(中山路店)", "小龙坎老火锅(大润发店)", ""]
    found = judging.literal(judging.BM25(titles), "大润发", titles)
    assert found.dtype == np.float32 and found.shape == (3, len(judging.FEATURES)) and np.isfinite(found).all()
    named = dict(zip(judging.FEATURES, found.T, strict=True))
    assert named["coverage"].tolist() == [1, 1, 0] and named["branch_coverage"].tolist() == [0, 1, 0]
    assert named["begins"].tolist() == [1, 0, 0] and named["contained"].tolist() == [1, 1, 0]


def test_numbers_have_to_agree() -> None:
    found = judging.literal(judging.BM25(["x"]), "文一路12号", ["文一路12号院", "文一路13号", "文一路"])
    assert found[:, judging.FEATURES.index("numbers")].tolist() == [1, 0, 0]


@given(one=st.text("abc", max_size=6), other=st.text("abc", max_size=6))
def test_edits_are_a_distance(one: str, other: str) -> None:
    found = edits(one, other)
    assert found == edits(other, one) and (found == 0) == (one == other)
    assert abs(len(one) - len(other)) <= found <= max(len(one), len(other))
    assert edits("kitten", "sitting") == 3


# --- losses ---------------------------------------------------------------------------------------------------------


def by_autograd(name: str, scores: np.ndarray, grades: np.ndarray, at: int) -> tuple[float, np.ndarray]:
    """The loss written plainly in torch, pair by pair, and −∂C/∂s."""
    s = torch.tensor(scores, dtype=torch.float64, requires_grad=True)
    total = torch.zeros((), dtype=torch.float64)
    rank = {int(one): place for place, one in enumerate(np.argsort(-scores, kind="stable"))}
    discount = [1 / math.log2(2 + rank[one]) if rank[one] < at else 0.0 for one in range(len(scores))]
    best = sum(
        (2**grade - 1) / math.log2(2 + place) for place, grade in enumerate(sorted(grades, reverse=True)) if place < at
    )
    for i in range(len(scores)):
        if name == "pointwise":
            wanted = torch.tensor(grades[i] / max(1.0, grades.max()), dtype=torch.float64)
            total = total + torch.nn.functional.binary_cross_entropy_with_logits(s[i], wanted)
            continue
        for j in range(len(scores)):
            if grades[i] > grades[j]:
                change = abs(2 ** grades[i] - 2 ** grades[j]) * abs(discount[i] - discount[j]) / best
                total = total + (change if name == "lambdarank" else 1) * torch.log(1 + torch.exp(s[j] - s[i]))
    if total.requires_grad:
        total.backward()
    return float(total.detach()), np.zeros(len(scores)) if s.grad is None else -s.grad.numpy()


@pytest.mark.parametrize("name", judging.LOSSES)
@given(pairs=LISTS, at=st.integers(1, 12))
def test_pushes_are_those_of_autograd(name: judging.LossName, pairs: list[tuple[int, int]], at: int) -> None:
    grades, scores = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    found = judging.forces(name, scores, grades, at)
    loss, pushes = by_autograd(name, scores, grades, at)
    assert found.loss == pytest.approx(loss, abs=1e-9)
    np.testing.assert_allclose(found.pushes, pushes, atol=1e-9)
    if name != "pointwise":
        assert abs(found.pushes.sum()) < 1e-9
        np.testing.assert_allclose(found.pairs.sum(1) - found.pairs.sum(0), found.pushes, atol=1e-12)


@given(pairs=LISTS, at=st.integers(1, 12))
def test_a_swap_changes_the_ndcg_by_what_is_said(pairs: list[tuple[int, int]], at: int) -> None:
    grades = np.array([grade for grade, _ in pairs], np.float64)
    scores = -np.arange(len(grades), dtype=np.float64)
    changes = judging.swaps(scores, grades, at)
    if not grades.any():
        assert not changes.any()
        return
    for i in range(len(grades)):
        for j in range(i):
            other = scores.copy()
            other[[i, j]] = scores[[j, i]]
            change = abs(judging.ndcg(grades, other, at) - judging.ndcg(grades, scores, at))
            assert changes[i, j] == changes[j, i] == pytest.approx(change, abs=1e-9)


def test_pushing_ends_at_another_order_or_at_the_end() -> None:
    grades, scores = np.array([0.0, 2, 1]), np.array([1.0, 0, -1])
    after = judging.pushed("lambdarank", scores, grades, 10, 0.1, 500)
    assert np.argsort(-after)[0] == 1
    best = np.array([2.0, 1, 0])
    assert np.argsort(-judging.pushed("ranknet", best, best, 10, 0.1, 20)).tolist() == [0, 1, 2]


# --- a file of judgments --------------------------------------------------------------------------------------------


def test_scores_are_judged_before_the_order() -> None:
    given = rows(0, 2)
    assert judging.evaluate(given).by == "order"
    scored = [{**row, "score": row["grade"]} for row in given]
    found = judging.evaluate(scored)
    assert found.by == "score" and found.own.value == 1 and found.per_query[0].best_place == 1


def test_queries_that_tell_nothing_are_left_out_and_counted() -> None:
    found = judging.evaluate([*rows(1, 1, query="flat"), *rows(0, 2, query="worst"), *rows(2, 0, query="best")])
    assert (found.queries, found.left_out, found.documents) == (2, 1, 4)
    assert [one.query for one in found.per_query] == ["worst", "best"]
    assert found.per_query[0].first_grade == 0 and found.per_query[0].best_place == 2
    assert found.own.low <= found.own.value <= found.own.high
    assert found.difference.value == pytest.approx(found.own.value - found.bm25.value)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ([], "there is no judgment"),
        ("text", "must be a list of rows"),
        ([3], "row 1 is int"),
        ([{"query": " ", "document": "d", "grade": 1}], "query of row 1 is empty"),
        ([{"query": "q", "grade": 1}], "document of row 1 must be a string"),
        ([{"query": "q", "document": "d", "grade": "x"}], "row 1: the grade is x"),
        ([{"query": "q", "document": "d", "grade": True}], "row 1: the grade is True"),
        ([{"query": "q", "document": "d", "grade": 11}], "a number from 0 to 10"),
        ([{"query": "q", "document": "d", "grade": 1, "score": float("nan")}], "row 1: the score is nan"),
        ([{"query": "q", "document": "d", "grade": 1, "rank": 1}], "has a field 'rank'"),
        ([*rows(1, 2), *rows(1)], "rows 1 and 3 are the same document"),
        ([{**row, **more} for row, more in zip(rows(1, 2), ({"score": 1}, {}), strict=True)], "1 of 2 rows"),
        (rows(1, 1), "none has documents of different grades"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(given: object, part: str) -> None:
    with pytest.raises(InputError) as refused:
        judging.evaluate(given)
    assert part in str(refused.value) and readable(refused.value, "zh")


@pytest.mark.parametrize("at", [0, 101, True, "10", 2.5])
def test_the_cut_is_a_whole_number_in_bounds(at: object) -> None:
    with pytest.raises(InputError, match="at is"):
        judging.evaluate(rows(0, 1), at)


def test_limits() -> None:
    with pytest.raises(TooLargeError, match="2,001 judged documents"):
        judging.evaluate(rows(*[0] * (limits.MAX_JUDGMENTS + 1)))
    with pytest.raises(TooLargeError, match="document of row 1 has"):
        judging.evaluate([{"query": "q", "document": "x" * (limits.MAX_TEXT_CHARS + 1), "grade": 1}])
