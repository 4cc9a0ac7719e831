"""The sentence encoders' recipes: another base takes the place of ours, and the table's measure is what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertModel, RobertaConfig, RobertaModel

from export import __main__ as command
from export.recipes import consert, registry
from models.training import minilm, pairs
from models.training.pretrained import PretrainedError


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder as the Hub has it: a BERT of another width, with its tokenizer."""
    trained = consert.tiny()
    bert = trained.module.bert
    assert isinstance(bert, BertModel)
    bert.save_pretrained(tmp_path / "base")
    trained.tokenizer.save(str(tmp_path / "base" / "tokenizer.json"))
    return tmp_path / "base"


def test_another_base_takes_the_place_of_ours(other: Path, tmp_path: Path) -> None:
    recipe = registry()["bert-mini-en"]
    assert recipe.rebase is not None
    made = recipe.rebase(str(other))
    trained = made.train(tmp_path / "checkpoints")
    trained.module.eval()
    graph = made.graphs(trained)[0]
    with torch.no_grad():
        outputs = trained.module(**graph.sample(graph.example))
    assert {name: values.shape[-1] for name, values in outputs.items()} == {
        spec.name: spec.shape[-1] for spec in graph.outputs
    }
    assert str(other) in made.departures[-1] and made.base == ""
    assert made.of_any_size and made.command == "python -m export make bert-mini-en --base base"


def test_a_base_of_another_family_is_refused(tmp_path: Path) -> None:
    """RoBERTa's positions begin at 2, and none of its keys is BERT's."""
    config = RobertaConfig(vocab_size=60, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                           intermediate_size=16)  # fmt: skip
    RobertaModel(config).save_pretrained(tmp_path)
    with pytest.raises(PretrainedError, match="it is a roberta, not a bert"):
        minilm.encoder(str(tmp_path))


def test_a_base_that_is_not_there_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["make", "consert-en", "--base", "nobody/nothing"]) == 1
    message = capsys.readouterr().err
    assert "--base nobody/nothing cannot be loaded" in message and len(message.splitlines()) == 1


def test_a_recipe_without_a_base_refuses_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["make", "textcnn-sst2", "--base", "anything"]) == 1
    assert "textcnn-sst2 has no base to replace" in capsys.readouterr().err


def test_pairs_and_contraries_reach_the_objective_as_rows(tmp_path: Path) -> None:
    trained = consert.tiny()
    some = [pairs.Pair("猫", "好", "坏了"), pairs.Pair("满意", "非常满意", score=4.0), pairs.Pair("a", "b", label=1)]
    batch = pairs.collate(pairs.examples(trained.tokenizer, some))
    assert batch["rows"].tolist() == [[0, 1, 2], [3, 4, -1], [5, 6, -1]]
    assert batch["labels"].tolist() == [-1, -1, 1] and batch["scores"][1] == 4.0 and batch["scores"].isnan().sum() == 2
    assert batch["attention_mask"].sum(1).tolist() == [
        len(trained.tokenizer.encode(text).ids) for text in ("猫", "好", "坏了", "满意", "非常满意", "a", "b")
    ]


def test_correlation_is_of_the_cosines() -> None:
    vectors = {"x": [1.0, 0.0], "y": [0.8, 0.6], "z": [0.0, 1.0]}
    scored = [pairs.Pair("x", "z", score=0.0), pairs.Pair("y", "z", score=3.0), pairs.Pair("x", "y", score=5.0)]
    assert pairs.correlation(lambda texts: np.array([vectors[text] for text in texts]), scored) == pytest.approx(1.0)
