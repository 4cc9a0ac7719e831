"""What reads ELMo: padding changes nothing; the field over the tags against all sequences of tags, one by one."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
import torch
from torch import Tensor

from models.elmo_tasks import CRF, Classifier, ReaderConfig, Tagger

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


CONFIG = ReaderConfig(words=9, vectors=5, shapes=3, contextual=4, second=True, hidden=6)


def inputs() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Two texts, the second shorter."""
    torch.manual_seed(0)
    shape = (2, 4)
    return torch.randint(0, 9, shape), torch.tensor([4, 2]), torch.randint(0, 3, shape), torch.randn(3, *shape, 4)


def test_padding_changes_no_emission_and_the_mixes_are_learnt() -> None:
    ids, lengths, shapes, layers = inputs()
    tagger = Tagger(CONFIG, TAGS).eval()
    beside = tagger(ids, lengths, shapes, layers)
    alone = tagger(ids[1:, :2], lengths[1:], shapes[1:, :2], layers[:, 1:, :2])
    assert torch.allclose(beside[1, :2], alone[0], atol=1e-6)
    tagger.crf.negative_log_likelihood(beside, torch.zeros(2, 4, dtype=torch.int64), lengths).sum().backward()
    for mix in (tagger.reader.mix, tagger.reader.second):
        assert mix is not None and mix.w.grad is not None and mix.w.grad.abs().sum() > 0
    assert tagger.reader.table.weight.grad is None


def test_padding_changes_no_class() -> None:
    ids, lengths, shapes, layers = inputs()
    classifier = Classifier(CONFIG, 5).eval()
    beside = classifier(ids, lengths, shapes, layers)
    alone = classifier(ids[1:, :2], lengths[1:], shapes[1:, :2], layers[:, 1:, :2])
    assert torch.allclose(beside[1], alone[0], atol=1e-6)


def test_without_elmo_nothing_of_it_is_read() -> None:
    ids, lengths, shapes, layers = inputs()
    plain = Tagger(ReaderConfig(words=9, vectors=5, shapes=3, hidden=6), TAGS).eval()
    assert torch.equal(plain(ids, lengths, shapes), plain(ids, lengths, shapes, layers))
