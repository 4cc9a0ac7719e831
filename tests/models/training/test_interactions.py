"""How a ranking of items is scored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.training import interactions


def sales() -> pd.DataFrame:
    rows = [
        (7, 0, 1, "2011-01-01"), (7, 2, 1, "2011-01-01"), (7, 0, 2, "2011-01-05"), (3, 1, 3, "2011-01-02"),
        (3, 0, 4, "2011-02-01"),
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=["user_id", "item_id", "basket_id", "time"])
    return found.assign(time=pd.to_datetime(found["time"]))


def test_a_history_has_each_item_once_and_nothing_of_the_future() -> None:
    known = interactions.histories(sales(), pd.Timestamp("2011-01-11"))
    assert known.names.tolist() == [3, 7]
    assert known.items.tolist() == [[-1, 1], [2, 0]]
    assert known.ages[1].tolist() == [10, 6] and known.times[1].tolist() == [1, 2]
    assert known.matrix(3).tolist() == [[0, 1, 0], [1, 0, 1]]
    assert known.rows([0]).items.tolist() == [[1]]


def test_what_is_taken_afterwards() -> None:
    found = interactions.taken(sales(), np.array([3, 7]), 3)
    assert found.tolist() == [[True, True, False], [True, False, True]]


def test_recall_and_ndcg_by_hand() -> None:
    truth = np.array([[True, False, True, False], [False, False, False, True], [False, False, False, False]])
    ranked = np.array([[0, 1], [0, 1], [0, -1]])
    np.testing.assert_allclose(interactions.recall(ranked, truth), [0.5, 0, np.nan])
    found = interactions.ndcg(ranked, truth)
    assert found[0] == pytest.approx(1 / (1 + 1 / np.log2(3))) and found[1] == 0 and np.isnan(found[2])
    assert interactions.ndcg(np.array([[3, 0]]), truth[1:2])[0] == 1


def test_a_model_that_knows_nothing_is_not_scored_by_the_numbers_of_items() -> None:
    ranked = interactions.top(np.zeros((1, 1_000)), 100)
    assert ranked[0].tolist() != list(range(100)) and len(set(ranked[0].tolist())) == 100
    scores = np.random.default_rng(0).random((3, 50))
    np.testing.assert_array_equal(interactions.top(scores, 5), np.argsort(-scores, axis=1)[:, :5])


def test_an_interval_lies_around_its_mean_and_leaves_out_who_took_nothing() -> None:
    found = interactions.mean(np.array([0.0, 1.0] * 50 + [np.nan]))
    assert found.low < found.value == 0.5 < found.high and found.high - found.low == pytest.approx(0.2, abs=0.05)
