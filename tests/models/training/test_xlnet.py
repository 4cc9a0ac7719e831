"""How XLNet is trained: which tokens are asked for, who may see whom, and that it learns what the order hides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.training import xlnet
from models.training.bert import CLS_ID, MASK_ID, SEP_ID, SPECIAL
from models.training.xlnet import Collate, Loss, Plan, hidden, targets

VOCABULARY = 40


def blocks(count: int = 8, size: int = 24, seed: int = 0) -> list[dict[str, np.ndarray]]:
    draw = np.random.default_rng(seed)
    rows = draw.integers(len(SPECIAL), VOCABULARY, (count, size))
    rows[:, 0], rows[:, -1], rows[:, 9] = CLS_ID, SEP_ID, SEP_ID
    return [{"input_ids": row.astype(np.uint16)} for row in rows]


@pytest.mark.parametrize("spans", [True, False])
@pytest.mark.parametrize("partial", [1, 3, 6])
def test_so_many_are_asked_for_and_no_special_token(spans: bool, partial: int) -> None:
    draw = np.random.default_rng(0)
    for one in blocks(30):
        block = one["input_ids"]
        count = min(len(block) // partial, int((block >= len(SPECIAL)).sum()))
        places = targets(block, count, partial, spans, draw)
        assert len(places) == count == len(set(places.tolist()))
        assert (block[places] >= len(SPECIAL)).all()


def test_spans_are_neighbours_more_often_than_by_lot() -> None:
    draw = np.random.default_rng(0)
    block = np.full(120, 10)

    def together(spans: bool) -> int:
        return sum(int((np.diff(targets(block, 20, 6, spans, draw)) == 1).sum()) for _ in range(40))

    assert together(True) > 1.5 * together(False)


def test_targets_see_the_rest_and_those_before_them_in_the_order() -> None:
    places = np.array([2, 3, 6])
    mask = hidden("permutation", 8, places, np.random.default_rng(0))
    rest = [place for place in range(8) if place not in places]
    assert not mask[:, rest].any()  # the rest is seen by all
    assert mask[np.ix_(rest, places)].all()  # and sees no target
    among = mask[np.ix_(places, places)]
    assert sorted(among.sum(1).tolist()) == [1, 2, 3]  # the last of the order sees all but itself
    assert (np.diag(among) == 1).all()


def test_left_to_right_and_masked() -> None:
    places, draw = np.array([2]), np.random.default_rng(0)
    forward = hidden("forward", 5, places, draw)
    assert all(forward[i, j] == (j >= i) for i in range(5) for j in range(5))
    assert not hidden("masked", 5, places, draw).any()


def test_two_segments_or_one_and_the_targets_are_their_own_labels() -> None:
    torch.manual_seed(0)
    collate = Collate(Plan("en", tokens=24, partial=4), VOCABULARY)
    seen = set()
    for _ in range(12):
        batch = collate(blocks())
        parts, rows, size = batch["input_ids"].shape
        seen.add(parts)
        assert rows == 8 and parts * size == 24
        assert batch["labels"].shape == (parts, rows, size // 4)
        read = (batch["target_mapping"] @ batch["input_ids"].float()[..., None])[..., 0]
        assert torch.equal(read.long(), batch["labels"])
        assert set(batch["token_type_ids"].unique().tolist()) <= {0, 1, 2}
    assert seen == {1, 2}


def test_masks_stand_where_the_objective_has_them() -> None:
    torch.manual_seed(0)
    for plan, there in (
        (Plan("en", tokens=24), False),
        (Plan("en", "masked", tokens=24, memory=False), True),
        (Plan("en", tokens=24, memory=False, real=False), True),
    ):
        assert bool((Collate(plan, VOCABULARY)(blocks())["input_ids"] == MASK_ID).any()) is there


@pytest.mark.parametrize("name", sorted(xlnet.PLANS))
def test_each_objective_learns(name: str) -> None:
    """Every text is one token again and again: whoever sees a part of it knows the rest."""
    torch.manual_seed(0)
    plan = replace(
        xlnet.PLANS[name], tokens=24, config={"hidden_size": 32, "layers": 1, "heads": 2, "intermediate_size": 64}
    )
    rows = [{"input_ids": np.array([CLS_ID, *[token] * 22, SEP_ID])} for token in range(len(SPECIAL), VOCABULARY)]
    model = plan.model(VOCABULARY)
    objective, collate = Loss(model, plan), Collate(plan, VOCABULARY)
    optimizer = torch.optim.Adam(objective.parameters(), 1e-2)
    for _ in range(80):
        optimizer.zero_grad()
        objective(**collate(rows))["loss"].backward()
        optimizer.step()
    objective.eval()
    with torch.no_grad():
        assert float(objective(**collate(rows))["loss"]) < 0.7
