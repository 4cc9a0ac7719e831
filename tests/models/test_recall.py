"""Channels of recall: the equations by hand, what padding and what was taken do, and what the order is worth."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models import recall

# Three users, four items: 0 and 1 together twice, 2 with everybody.
TAKEN = np.array([[1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 1, 1]], np.float32)


def test_item_cf_is_the_cosine_of_columns() -> None:
    found = recall.item_cf(TAKEN, shrinkage=0)
    assert found[0, 1] == pytest.approx(1) and found[0, 3] == 0
    assert found[0, 2] == pytest.approx(2 / np.sqrt(2 * 3)) and not np.diag(found).any()
    assert recall.item_cf(TAKEN, shrinkage=20)[0, 1] < 0.1, "rare items prove little"


def test_swing_counts_pairs_of_users_who_agree_on_little_else() -> None:
    # The users 0 and 1 share three items: 1/√3 · 1/√3 / (α + 3), once for the pair; rows then sum to one.
    raw = (1 / 3) / (1 + 3)
    found = recall.swing(TAKEN)
    assert found[0, 1] == pytest.approx(0.5, abs=1e-4) and found[0, 2] == pytest.approx(0.5, abs=1e-4)
    assert found[3].sum() == 0, "one buyer makes no pair"
    # Of item 2 user 2 pairs with both, over item 2 alone: no other item is shared with him.
    assert found[2, 0] == pytest.approx(raw / (2 * raw), abs=1e-4) and found[2, 3] == 0


def test_ease_is_the_best_linear_model_without_itself() -> None:
    draw = np.random.default_rng(0)
    taken = (draw.random((40, 6)) < 0.4).astype(np.float32)
    found = recall.ease(taken, l2=5.0)
    for item in range(6):  # a column is ridge regression of that item on the others
        others = [other for other in range(6) if other != item]
        x = taken[:, others].astype(np.float64)
        expected = np.linalg.solve(x.T @ x + 5 * np.eye(5), x.T @ taken[:, item])
        np.testing.assert_allclose(found[others, item], expected, atol=1e-6)
    assert not np.diag(found).any()


def test_neighbours_are_a_row_of_the_matrix_and_padding_says_nothing() -> None:
    matrix = recall.ease(TAKEN, 1.0)
    scorer = recall.Neighbours(*recall.largest(matrix, 4))
    found = scorer(torch.tensor([[-1, 0, 2], [-1, -1, 3]]), torch.tensor([[9.0, 1, 0.5], [9, 9, 1]]))["scores"]
    np.testing.assert_allclose(found[0], matrix[0] + 0.5 * matrix[2], atol=1e-6)
    np.testing.assert_allclose(found[1], matrix[3], atol=1e-6)
    fewer = recall.Neighbours(*recall.largest(matrix, 2))
    kept = np.sort(np.abs(matrix), axis=1)[:, ::-1][:, :2]
    np.testing.assert_allclose(fewer.values.abs(), kept, atol=1e-6)


def test_a_channel_hands_over_nothing_that_was_taken_and_ranks_what_was() -> None:
    torch.manual_seed(0)
    matrix = torch.rand(12, 12).numpy()
    channel = recall.Channel(recall.Neighbours(*recall.largest(matrix, 12)), 12, count=5)
    items = torch.tensor([[-1, 3, 7, 9]])
    ages = torch.tensor([[0.0, 10, 60, 0]])
    found = channel(items, ages)
    weights = np.exp(-ages[0, 1:].numpy() / recall.DECAY) + 0.1
    scores = weights @ matrix[[3, 7, 9]]
    rest = [item for item in np.argsort(-scores) if item not in (3, 7, 9)]
    assert found["best"][0].tolist() == rest[:5]
    np.testing.assert_allclose(found["values"][0], scores[rest[:5]], rtol=2e-3)  # ties are broken
    assert found["own"][0, 1:].tolist() == np.argsort(np.argsort(-scores[[3, 7, 9]])).tolist()


def test_the_towers_know_somebody_new_by_what_he_took() -> None:
    torch.manual_seed(0)
    towers = recall.TwoTowers(np.eye(8, dtype=np.float32), size=4)
    one = towers.users(torch.tensor([[2, 5]]), torch.ones(1, 2))
    padded = towers.users(torch.tensor([[-1, -1, 2, 5]]), torch.ones(1, 4))
    torch.testing.assert_close(one, padded)
    assert one.norm().item() == pytest.approx(1, abs=1e-5)
    assert towers(torch.tensor([[2, 5]]), torch.ones(1, 2))["scores"].shape == (1, 8)


def test_log_q_takes_from_what_is_drawn_often() -> None:
    torch.manual_seed(0)
    towers = recall.TwoTowers(np.eye(4, dtype=np.float32), size=4)
    items, weights, target = torch.tensor([[0], [1]]), torch.ones(2, 1), torch.tensor([2, 3])
    plain = towers.loss(items, weights, target, torch.zeros(4))
    # Item 3 is drawn more often: as a negative of the first row it weighs less, so the loss of item 2 falls.
    log_share = torch.log(torch.tensor([0.1, 0.1, 0.1, 0.7]))
    users, offered = towers.users(items, weights), towers.items()[target]
    logits = users @ offered.T / towers.temperature - log_share[target][None]
    expected = torch.nn.functional.cross_entropy(logits, torch.arange(2))
    torch.testing.assert_close(towers.loss(items, weights, target, log_share), expected)
    assert expected != plain


def test_sasrec_sees_no_later_item_and_no_padding() -> None:
    torch.manual_seed(0)
    model = recall.SASRec(10, size=8, longest=6).eval()
    items = torch.tensor([[1, 2, 3, 4]])
    states = model.states(items)
    changed = model.states(torch.tensor([[1, 2, 3, 9]]))
    torch.testing.assert_close(states[:, :3], changed[:, :3])
    assert not torch.allclose(states[:, 3], changed[:, 3])
    padded = model(torch.tensor([[-1, -1, 1, 2, 3, 4]]))["scores"]
    torch.testing.assert_close(padded, model(items)["scores"])
    assert not torch.allclose(model(torch.tensor([[4, 3, 2, 1]]))["scores"], padded), "the order matters"


def test_both_losses_of_sasrec_learn_what_follows() -> None:
    inputs = torch.arange(5)[None].repeat(4, 1)  # 0 1 2 3 4, each followed by the next
    targets = inputs + 1
    for binary in (False, True):
        torch.manual_seed(0)
        model = recall.SASRec(12, size=16, longest=5, dropout=0.0)
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        shares = torch.full((12,), 1 / 12)
        for _ in range(60):
            drawn = torch.randint(12, targets.shape if binary else (6,))
            loss = (
                model.binary(inputs, targets, drawn)
                if binary
                else model.cross_entropy(inputs, targets, drawn, shares.log())
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert model.eval()(inputs[:1])["scores"][0].argmax() == 5


def test_the_last_columns_are_all_where_there_are_few() -> None:
    assert recall.last(torch.tensor([[1, 2]]), 4).tolist() == [[1, 2]]
    assert recall.last(torch.tensor([[1, 2, 3]]), 2).tolist() == [[2, 3]]
