"""The field over the tags against all sequences of tags, one by one."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
import torch
from torch import Tensor

from models.tagger import CRF, Tagger, TaggerConfig

TAGS, LENGTHS = 3, (4, 2, 1)


@pytest.fixture
def field() -> tuple[CRF, Tensor, Tensor]:
    """One with random weights, emissions of three texts, and their lengths."""
    torch.manual_seed(0)
    crf = CRF(TAGS)
    for weight in crf.parameters():
        torch.nn.init.normal_(weight)
    return crf, torch.randn(len(LENGTHS), max(LENGTHS), TAGS), torch.tensor(LENGTHS)


def every_score(crf: CRF, emissions: Tensor) -> dict[tuple[int, ...], float]:
    """Sequence of tags -> its score, by the definition."""
    return {
        tags: float(
            crf.start[tags[0]].detach()
            + sum(emissions[place, tag] for place, tag in enumerate(tags))
            + sum(crf.transitions[before, after] for before, after in pairwise(tags))
            + crf.end[tags[-1]]
        )
        for tags in product(range(TAGS), repeat=len(emissions))
    }


def test_likelihood_and_best_tags_are_those_of_the_whole_list(field: tuple[CRF, Tensor, Tensor]) -> None:
    crf, emissions, lengths = field
    decoded = crf.decode(emissions, lengths)
    tags = torch.tensor([[0, 1, 2, 1], [2, 2, 0, 0], [1, 0, 0, 0]])
    found = crf.negative_log_likelihood(emissions, tags, lengths)
    for row, length in enumerate(LENGTHS):
        scores = every_score(crf, emissions[row, :length])
        whole = torch.logsumexp(torch.tensor(list(scores.values())), 0)
        assert float(found[row]) == pytest.approx(float(whole) - scores[tuple(tags[row, :length].tolist())], rel=1e-5)
        assert tuple(decoded[row]) == max(scores, key=lambda tags: scores[tags])


def test_padding_changes_no_emission_and_the_mix_is_learnt() -> None:
    torch.manual_seed(0)
    tagger = Tagger(TaggerConfig(tags=TAGS, vectors=5, contextual=4, second=True, hidden=6)).eval()
    x, layers, lengths = torch.randn(2, 4, 5), torch.randn(3, 2, 4, 4), torch.tensor([4, 2])
    beside = tagger(x, lengths, layers)
    alone = tagger(x[1:, :2], lengths[1:], layers[:, 1:, :2])
    assert torch.allclose(beside[1, :2], alone[0], atol=1e-6)
    tagger.crf.negative_log_likelihood(beside, torch.zeros(2, 4, dtype=torch.int64), lengths).sum().backward()
    assert tagger.mix is not None and tagger.mix.w.grad is not None and tagger.mix.w.grad.abs().sum() > 0
