"""The shop's rankers: features by hand, groups that are left out, and lists of any length."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.funnel import FORGOTTEN, GROUPS, Coarse, Features, Fine, Reranker

CHANNELS = {"together": 2, "order": 1, "words": 1, "popular": 1}
STATS = np.arange(60, dtype=np.float32).reshape(10, 6) / 10


@pytest.fixture
def inputs() -> dict[str, torch.Tensor]:
    """One who took 4 and then 2, and the candidates 2 and 7."""
    return {
        "items": torch.tensor([[-1, 4, 2]]),
        "ages": torch.tensor([[0.0, 30, 5]]),
        "times": torch.tensor([[0.0, 1, 3]]),
        "candidates": torch.tensor([[2, 7]]),
        "ranks": torch.tensor([[[0.0, 9, 200, 1, 2], [3, 4, 5, 6, 7]]]),
    }


def test_features_are_what_they_are_called(inputs: dict[str, torch.Tensor]) -> None:
    features = Features(CHANNELS, STATS)
    found = features.raw(**inputs)[0]
    assert found.shape == (2, features.width) == (2, 5 + 6 + 2 + 5)
    np.testing.assert_allclose(found[0, :4], np.log1p([0, 9, 200, 1]), atol=1e-6)
    stats = STATS[2]
    np.testing.assert_allclose(found[0, 4:11], [np.log1p(2), *stats[:4], stats[1] - stats[3], stats[5]], atol=1e-6)
    mean_price = (STATS[4, 4] + STATS[2, 4]) / 2
    np.testing.assert_allclose(found[0, 11:13], [stats[4], stats[4] - mean_price], atol=1e-6)
    np.testing.assert_allclose(found[0, 13:], [1, np.log1p(3), np.log1p(5), np.log1p(2), np.log1p(5)], atol=1e-6)
    assert found[1, 13] == 0 and found[1, 15] == pytest.approx(np.log1p(FORGOTTEN))


def test_a_group_that_is_left_out_changes_nothing_any_more(inputs: dict[str, torch.Tensor]) -> None:
    torch.manual_seed(0)
    model = Fine(Features(CHANNELS, STATS), 10).eval()
    known = torch.ones(1, 1, len(GROUPS))
    known[0, 0, GROUPS.index("popular")] = 0
    other = Fine(Features(CHANNELS, STATS), 10).eval()
    other.load_state_dict(model.state_dict())
    other.features.stats[:, :4] += 5
    torch.testing.assert_close(model(**inputs, known=known)["logits"], other(**inputs, known=known)["logits"])
    everything = torch.ones(1, 1, len(GROUPS))
    assert not torch.allclose(model(**inputs, known=everything)["logits"], other(**inputs, known=everything)["logits"])


def test_padding_of_the_history_says_nothing(inputs: dict[str, torch.Tensor]) -> None:
    torch.manual_seed(0)
    model, known = Fine(Features(CHANNELS, STATS), 10).eval(), torch.ones(1, 1, len(GROUPS))
    shorter = {**inputs, **{name: inputs[name][:, 1:] for name in ("items", "ages", "times")}}
    torch.testing.assert_close(model(**inputs, known=known)["logits"], model(**shorter, known=known)["logits"])


def test_subsets_of_the_features_are_scored_as_each_by_itself(inputs: dict[str, torch.Tensor]) -> None:
    torch.manual_seed(0)
    model = Fine(Features(CHANNELS, STATS), 10).eval()
    subsets = torch.randint(2, (1, 5, len(GROUPS))).float()
    together = model(**inputs, known=subsets)["logits"]
    alone = [model(**inputs, known=subsets[:, place : place + 1])["logits"] for place in range(5)]
    torch.testing.assert_close(together, torch.cat(alone, 1))


def test_the_coarse_ranker_learns_from_ranks(inputs: dict[str, torch.Tensor]) -> None:
    torch.manual_seed(0)
    model = Coarse(Features(CHANNELS, STATS))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(100):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(**inputs)["logits"], torch.tensor([[1.0, 0]]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.05


def test_the_reranker_takes_a_list_of_any_length_and_looks_at_all_of_it() -> None:
    torch.manual_seed(0)
    model = Reranker(np.random.default_rng(0).normal(size=(10, 4)).astype(np.float32)).eval()
    for length in (1, 3, 10):
        assert model(torch.arange(length)[None], torch.zeros(1, length))["scores"].shape == (1, length)
    one = model(torch.tensor([[1, 2, 3]]), torch.tensor([[3.0, 2, 1]]))["scores"]
    other = model(torch.tensor([[1, 2, 9]]), torch.tensor([[3.0, 2, 1]]))["scores"]
    assert not torch.allclose(one[0, :2], other[0, :2])
