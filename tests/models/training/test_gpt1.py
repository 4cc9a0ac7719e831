"""GPT-1: its input transformations, its heads and its auxiliary objective."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer

from hub.tasks import transforms
from models.gpt import AUXILIARY
from models.gpt1 import FineTuning, Kind, sequences
from models.training import gpt, gpt1, multitask

TEXTS = ("a warm film. a cold day.", "the dog runs; the cat sleeps") * 20


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return gpt1.with_template(gpt.byte_level(iter(TEXTS), 300, special=gpt1.SPECIAL, lower=True))


@pytest.fixture
def model(tokenizer: Tokenizer) -> FineTuning:
    torch.manual_seed(0)
    made = FineTuning(gpt1.transforms(gpt1.configuration(tokenizer.get_vocab_size(), layers=2, hidden=16)), gpt1.HEADS)
    for parameter in made.parameters():
        parameter.data.mul_(8)  # so that answers differ
    return made.eval()


def example(tokenizer: Tokenizer, name: str, fields: tuple[str, ...], label: int) -> dict[str, Any]:
    (task,) = (one for one in gpt1.TASKS if one.name == name)
    tokenizer.no_padding()
    read = [code.ids for code in tokenizer.encode_batch(sequences(task.kind, fields))]
    return {
        "input_ids": [token for one in read for token in one],
        "lengths": [len(one) for one in read],
        "labels": multitask.labels_of(gpt1.CLASSES, {name: label}),
    }


def test_a_sequence_has_its_frame(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("Warm").tokens[0] == gpt1.START and tokenizer.encode("Warm").tokens[-1] == gpt1.EXTRACT
    made = tokenizer.encode("a warm film", "a cold day").tokens
    assert made[0] == gpt1.START and made.count(gpt1.DELIMITER) == 1 and made[-1] == gpt1.EXTRACT
    long = tokenizer.encode("warm " * 400, "a cold day")
    assert len(long.ids) == gpt1.CONTEXT and long.tokens[-1] == gpt1.EXTRACT
    assert tokenizer.decode(long.ids).strip().endswith("a cold day")  # the shorter text is whole


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.mark.parametrize("kind", ["classification", "entailment", "similarity", "choice"])
def test_training_and_serving_read_the_same_sequences(kind: Kind) -> None:
    fields = ("one", "two", "three")[: len(transforms.FIELDS[kind])]
    assert sequences(kind, fields) == transforms.sequences(kind, fields)


def test_the_order_of_two_sentences_does_not_matter_to_similarity(tokenizer: Tokenizer, model: FineTuning) -> None:
    one, other = (
        model(**gpt1.collate([example(tokenizer, "mrpc", pair, 1)]))["logits"]
        for pair in (("a warm film", "the cat sleeps"), ("the cat sleeps", "a warm film"))
    )
    start = sum(classes for name, classes in gpt1.CLASSES[: [name for name, _ in gpt1.CLASSES].index("mrpc")])
    torch.testing.assert_close(one[:, start : start + 2], other[:, start : start + 2])


def test_a_batch_of_all_tasks_answers_as_each_row_alone(tokenizer: Tokenizer, model: FineTuning) -> None:
    rows = [
        example(tokenizer, "sst2", ("a warm film",), 1),
        example(tokenizer, "copa", ("the dog runs", "a cold day", "the cat sleeps"), 0),
        example(tokenizer, "mrpc", ("a film", "a warm film"), 1),
        example(tokenizer, "sick", ("the dog runs fast", "the cat sleeps"), 2),
    ]
    together = model(**gpt1.collate(rows))["logits"]
    for row, logits in zip(rows, together, strict=True):
        torch.testing.assert_close(model(**gpt1.collate([row]))["logits"][0], logits, atol=1e-5, rtol=1e-4)


def test_the_training_loss_adds_half_the_language_model_loss(tokenizer: Tokenizer, model: FineTuning) -> None:
    batch = gpt1.collate([example(tokenizer, "sst2", ("a warm film",), 1)])
    plain = float(model(**batch)["loss"])  # in eval mode: the task alone
    model.train()
    gpt.set_dropout(model, 0.0)
    with_auxiliary = float(model(**batch)["loss"])
    ids = batch["input_ids"]
    decoder = model.model.decoder
    logits = decoder.logits(decoder(ids))[0, :-1]
    auxiliary = float(torch.nn.functional.cross_entropy(logits, ids[0, 1:]))
    assert with_auxiliary == pytest.approx(plain + AUXILIARY * auxiliary, rel=1e-5)
    model.weight = 0.0
    assert float(model(**batch)["loss"]) == pytest.approx(plain, rel=1e-6)


def test_heads_read_the_state_of_the_last_token_only(tokenizer: Tokenizer, model: FineTuning) -> None:
    ids = torch.tensor([tokenizer.encode("a warm film").ids])
    mask = torch.ones_like(ids)
    padded = torch.nn.functional.pad(ids, (0, 5))
    alone, with_padding = (
        model.model(given, torch.nn.functional.pad(mask, (0, given.shape[1] - ids.shape[1]))) for given in (ids, padded)
    )
    for name, logits in alone.items():
        torch.testing.assert_close(logits, with_padding[name], atol=1e-6, rtol=1e-5)
    assert alone["logits_copa"].shape == (1, 1)
