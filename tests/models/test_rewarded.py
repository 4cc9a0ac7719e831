"""Learning from a model's own answers: they are those of transformers, with their probabilities; the best one wins."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from models import rewarded
from models.gpt import Cache, Decoder
from models.training import gpt

TEXTS = ([5, 6, 7, 8], [9], [11, 12])
WORDS = {token: f"word{token}" for token in range(30)}


@pytest.fixture
def decoder() -> Decoder:
    torch.manual_seed(0)
    made = Decoder(gpt.configuration(30, layers=2, hidden=16, context=64))
    torch.nn.init.normal_(made.tokens.weight, std=0.5)  # large enough that the answers differ
    return made.eval()


def decode(ids: list[int]) -> str:
    return " ".join(WORDS[token] for token in ids if token)


def read(decoder: Decoder) -> tuple[Cache, Tensor, Tensor]:
    """The texts, padded on the left: cache, last token, mask."""
    batch = gpt.collate_answers([{"input_ids": ids, "labels": [0], "references": ""} for ids in TEXTS])
    ids, mask = batch["input_ids"], batch["attention_mask"]
    _, cache = decoder.read(ids[:, :-1], mask[:, :-1])
    return cache, ids[:, -1:], mask


def test_greedy_answers_are_those_of_transformers_for_each_text_alone(decoder: Decoder) -> None:
    written = rewarded.answers(decoder, *read(decoder), count=1, end=0, greedy=True)
    for text, answer in zip(TEXTS, written, strict=True):
        given = torch.tensor([text])
        whole = gpt.as_transformers(decoder).generate(
            given, attention_mask=torch.ones_like(given), max_new_tokens=rewarded.LONGEST, do_sample=False,
            eos_token_id=0, pad_token_id=0,
        )  # fmt: skip
        assert answer == whole[0, len(text) :].tolist()


def test_drawn_answers_differ_end_once_and_are_never_too_long(decoder: Decoder) -> None:
    torch.manual_seed(1)
    written = rewarded.answers(decoder, *read(decoder), count=6, end=0)
    assert len(written) == 6 * len(TEXTS)
    for answer in written:
        assert 0 not in answer[:-1] and (answer[-1] == 0 or len(answer) == rewarded.LONGEST)
    assert len({tuple(answer) for answer in written[:6]}) > 1


def test_log_probabilities_are_those_of_each_row_alone(decoder: Decoder) -> None:
    rows = [[3, 4, 0], [13], [1, 2], [21, 22, 23, 0], [0], [7, 7]]  # two for each text
    found, there = rewarded.log_probabilities(decoder, *read(decoder), rows)
    for place, row in enumerate(rows):
        text = TEXTS[place // 2]
        logits = decoder.logits(decoder(torch.tensor([[*text, *row]])))[0, len(text) - 1 : -1]
        expected = logits.log_softmax(-1)[range(len(row)), row]
        torch.testing.assert_close(found[place, : len(row)], expected, atol=1e-4, rtol=1e-4)
        assert there[place].sum() == len(row) and not found[place, len(row) :].any()


def test_the_gradient_is_that_of_the_answers_held_against_the_others(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = [[3, 4, 0], [13, 14, 0], [13, 4, 0]]
    monkeypatch.setattr(rewarded, "DRAWN", 3)
    monkeypatch.setattr(rewarded, "answers", lambda *_, **__: drawn)
    reference = [13, 4, 20, 0]
    batch = gpt.collate_answers([{"input_ids": [5, 6, 7], "labels": reference, "references": decode(reference)}])
    decoder.train()
    reached = rewarded.loss(decoder, **batch, decode=decode, end=0)

    def log_probability(row: list[int]) -> Tensor:
        logits = decoder.logits(decoder(torch.tensor([[5, 6, 7, *row]])))[0, 2:-1]
        return logits.log_softmax(-1)[range(len(row)), row].sum()

    scores = [2 / 5, 2 / 5, 4 / 5]  # words shared in order, of two and three
    weights = [one - (sum(scores) - one) / 2 for one in scores]
    expected = -sum(weight * log_probability(row) for weight, row in zip(weights, drawn, strict=True)) / 3
    expected = expected - rewarded.REFERENCE * log_probability(reference) / len(reference)
    torch.testing.assert_close(reached, expected, atol=1e-4, rtol=1e-4)
    (over, alone) = (torch.autograd.grad(one, decoder.positions.weight)[0] for one in (reached, expected))
    torch.testing.assert_close(over, alone, atol=1e-4, rtol=1e-3)  # through the cache of the text too


def test_a_model_learns_what_is_rewarded(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewarded, "REFERENCE", 0.0)
    monkeypatch.setattr(rewarded, "LONGEST", 3)
    torch.nn.init.normal_(decoder.tokens.weight, std=0.1)  # every word has a chance
    examples = [{"input_ids": text, "labels": [13, 4, 0], "references": decode([13, 4])} for text in TEXTS]
    batch = gpt.collate_answers(examples)
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=0.01)
    torch.manual_seed(0)
    missed = [float(rewarded.loss(decoder.eval(), **batch, decode=decode, end=0))]
    for _ in range(12):
        optimizer.zero_grad()
        rewarded.loss(decoder.train(), **batch, decode=decode, end=0).backward()
        optimizer.step()
    missed.append(float(rewarded.loss(decoder.eval(), **batch, decode=decode, end=0)))
    assert missed[0] == 1 and missed[1] < 0.7
