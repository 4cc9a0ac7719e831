"""What the TextCNN recipes make of the data."""

from pathlib import Path

import pandas as pd
import pytest
import torch

from export.recipes import textcnn
from models.training import words


def test_a_phrase_is_learnt_as_its_grade_says_and_a_neutral_one_as_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    rows = {"text": ["bad", "dull", "the", "nice", "great"], "label": range(5), "split": "train_phrases"}
    pd.DataFrame(rows).to_parquet(tmp_path / "sst1_phrases.parquet")
    pd.DataFrame({"text": ["fine"], "label": [3], "split": ["valid"]}).to_parquet(tmp_path / "sst1.parquet")
    tokenizer = words.with_vocabulary(words.english(), rows["text"], 8)

    positive = [example["labels"][1] for example in textcnn.graded_examples(tokenizer)]

    assert positive[2] == 0.5
    assert positive == sorted(positive)
    assert all(sum(example["labels"]) == 1 for example in textcnn.graded_examples(tokenizer))


def test_the_loss_on_probabilities_is_least_where_they_are_met() -> None:
    labels = torch.tensor([[0.2, 0.8]], dtype=torch.float64)
    losses = [
        float(textcnn.soft_labels({"logits": torch.tensor([[p, 1 - p]]).log()}, labels)) for p in (0.05, 0.2, 0.5)
    ]
    assert losses[1] == min(losses)
