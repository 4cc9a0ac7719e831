"""The two-way language model: what each vector may know, and how paragraphs become windows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from models.elmo import IGNORED, BiLM, ELMoConfig, ScalarMix
from models.recurrent import reverse
from models.training import elmo

CONFIG = ELMoConfig(words=40, filters=((1, 4), (2, 4), (3, 8)), cell=12, projection=6, cutoffs=(10, 20))
SENTENCE = ("<S>", "the", "bank", "of", "the", "river", "</S>")


@pytest.fixture
def model() -> BiLM:
    torch.manual_seed(0)
    return BiLM(CONFIG).eval()


def spelt(*sentences: tuple[str, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """symbols, places and lengths."""
    names = sorted({word for one in sentences for word in one})
    places = torch.zeros(len(sentences), max(map(len, sentences)), dtype=torch.int64)
    for row, one in zip(places, sentences, strict=True):
        row[: len(one)] = torch.tensor([names.index(word) for word in one])
    symbols = torch.from_numpy(elmo.table(names).astype(np.int64))
    return symbols, places, torch.tensor([len(one) for one in sentences])


def test_a_word_is_its_bytes_between_marks_and_a_long_one_is_cut() -> None:
    assert elmo.symbols("né") == [258, 110, 0xC3, 0xA9, 259]
    assert elmo.symbols("<S>") == [258, 256, 259] and elmo.symbols("</S>") == [258, 257, 259]
    long = elmo.symbols("a" * 80)
    assert len(long) == elmo.SYMBOLS and long[-1] == 259


def test_more_padding_changes_no_word(model: BiLM) -> None:
    names = ["a", "river", "x" * 44, "x" * 80]
    whole = model.characters(torch.from_numpy(elmo.table(names).astype(np.int64)))
    for index, name in enumerate(names):
        alone = model.characters(elmo.trimmed(elmo.table([name])))
        assert torch.allclose(alone[0], whole[index], atol=1e-6)


@torch.no_grad()
def test_each_direction_knows_its_own_side_alone(model: BiLM) -> None:
    other = (*SENTENCE[:3], "in", *SENTENCE[4:])
    before, after = (torch.stack(model(*spelt(one)))[:, 0] for one in (SENTENCE, other))  # (3, tokens, 2 P)
    differs = ((before - after).abs() > 1e-6).reshape(3, len(SENTENCE), 2, -1).any(-1)
    places = torch.arange(len(SENTENCE))
    assert torch.equal(differs[0], (places == 3)[:, None].expand(-1, 2))
    for layer in (1, 2):
        assert torch.equal(differs[layer, :, 0], places >= 3)
        assert torch.equal(differs[layer, :, 1], places <= 3)


@torch.no_grad()
def test_a_sentence_is_read_alone_as_beside_longer_ones(model: BiLM) -> None:
    longer = ("<S>", *["word"] * 20, "</S>")
    beside, alone = (torch.stack(model(*spelt(*some))) for some in ((longer, SENTENCE), (SENTENCE,)))
    assert torch.allclose(beside[:, 1, : len(SENTENCE)], alone[:, 0], atol=1e-6)


def test_reverse_leaves_the_padding_where_it_is() -> None:
    x = torch.arange(8.0).reshape(2, 4, 1)
    assert reverse(x, torch.tensor([4, 2]))[..., 0].tolist() == [[3, 2, 1, 0], [5, 4, 6, 7]]


@torch.no_grad()
def test_windows_with_carried_states_are_one_long_reading() -> None:
    """The loss over the windows of three paragraphs is that of each paragraph read whole, in both directions."""
    torch.manual_seed(0)
    names = ["[PAD]", "[UNK]", "<S>", "</S>", *(f"w{index}" for index in range(60))]
    dice = np.random.default_rng(0)
    paragraphs = [np.array([2, *dice.integers(4, 64, size), 3], np.int32) for size in (50, 7, 39)]
    collate = elmo.Collate(elmo.table(names), CONFIG.words)
    both = elmo.Both(BiLM(CONFIG).eval()).eval()
    total = asked = 0.0
    for window in elmo.windows(paragraphs, rows=1, streams=1):
        batch = collate([window])
        count = int((batch["labels"] != IGNORED).sum())
        total, asked = total + float(both(**batch)["loss"]) * count, asked + count
    expected = 0.0
    for ids in paragraphs:
        for direction, read in ((both.model.ahead, ids), (both.model.back, ids[::-1])):
            x = both.model.characters(torch.from_numpy(elmo.table([names[index] for index in read[:-1]]).astype(int)))
            top = direction(x[None])[0][-1]
            targets = torch.from_numpy(np.where(read[1:] < CONFIG.words, read[1:], 1).astype(np.int64))
            expected += float(both.model.negative_log_likelihoods(top, targets[None]).sum())
    assert asked == 2 * sum(len(ids) - 1 for ids in paragraphs)
    assert total == pytest.approx(expected, rel=1e-5)


@torch.no_grad()
def test_the_softmax_is_exact(model: BiLM) -> None:
    states = torch.randn(5, CONFIG.projection)
    assert model.log_probabilities(states).exp().sum(1) == pytest.approx(np.ones(5), rel=1e-5)
    assert torch.allclose(model.log_probabilities(states), model.softmax.log_prob(states), atol=1e-5)


def test_the_mix_begins_as_the_mean_and_can_be_one_layer() -> None:
    layers, mix = torch.randn(3, 2, 4, 6), ScalarMix(3)
    assert torch.allclose(mix(layers), layers.mean(0), atol=1e-6)
    with torch.no_grad():
        mix.w[2] = 50.0
    assert torch.allclose(mix(layers), layers[2], atol=1e-6)


def test_normalised_layers_weigh_the_same_whatever_their_size() -> None:
    layers, mix = torch.randn(3, 2, 4, 6), ScalarMix(3, normalised=True)
    larger = layers * torch.tensor([50.0, 1.0, 3.0])[:, None, None, None] + 7
    assert torch.allclose(mix(larger), mix(layers), atol=1e-3)
    assert torch.allclose(mix(layers).mean(-1), torch.zeros(2, 4), atol=1e-5)
