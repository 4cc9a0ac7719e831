"""Distillation: the texts the teacher is asked about, and its answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor, nn

from models.training import distill

WORDS = ["[PAD]", "[UNK]", "a", "good", "bad", "film", "very", "long"]


class Teacher(nn.Module):
    """Counts good and bad words; breaks after some calls if told so."""

    def __init__(self, weight: float = 1.0, calls: int = 1000) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.calls = calls

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        if self.calls == 0:
            raise KeyboardInterrupt
        self.calls -= 1
        length = attention_mask.sum(1)
        counts = torch.stack([(input_ids == 4).sum(1), (input_ids == 3).sum(1)], dim=1) / length[:, None]
        return {"logits": counts * self.weight}


@pytest.fixture
def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    sets = {
        "sst2": {"text": ["good film", "bad"], "label": [1, 0], "split": ["train_phrases"] * 2},
        "sst1": {"text": ["fine"], "label": [3], "split": ["test"]},
        "sst1_phrases": {
            "text": ["the plot of it", "the plot", "a good film indeed"],
            "label": [2, 2, 4],
            "split": ["train_phrases"] * 3,
        },
        "subj": {"text": ["he goes home", "held out by sst"], "fold": [0, 1], "in_sst_heldout": [False, True]},
        "corpus_en": {
            "text": [
                "This lamp works well. No.",
                "What a fine film! It is, in short, a delight.",
                "An old Whale tale.",
            ],
            "source": ["reviews", "reviews", "books"],
            "work": ["blitzer-kitchen", "pang-lee-2004", "moby"],
            "split": ["train"] * 3,
        },
    }
    for name, columns in sets.items():
        pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet")
    monkeypatch.setenv("HUB_DATA", str(folder))
    return folder


def test_the_transfer_set_leaves_out_what_the_student_is_measured_on(data: Path) -> None:
    texts = distill.transfer_texts(["It is in short a delight", "HE GOES HOME ."], sentences=10)

    assert texts == ["good film", "bad", "the plot of it", "what a fine film!", "this lamp works well."]


def test_film_reviews_come_first(data: Path) -> None:
    texts = distill.transfer_texts([], sentences=2)

    assert set(texts[-2:]) == {"what a fine film!", "it is, in short, a delight."}


def test_answers_come_in_the_order_of_the_texts(tmp_path: Path, tokenizer: Tokenizer) -> None:
    texts = ["a very very long film", "good", "bad film", "a good good film"]

    logits = distill.teacher_logits(Teacher(), tokenizer, texts, tmp_path, batch_tokens=4)

    np.testing.assert_allclose(logits, [[0, 0], [0, 1], [0.5, 0], [0, 0.5]], atol=1e-2)


def test_an_interrupted_teacher_goes_on_where_it_was(
    tmp_path: Path, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distill, "CHUNK", 2)
    texts = ["good", "bad", "a film", "good film", "a bad film", "a good film"]
    with pytest.raises(KeyboardInterrupt):
        distill.teacher_logits(Teacher(calls=2), tokenizer, texts, tmp_path)

    second = Teacher(calls=1)  # one chunk of three is left
    logits = distill.teacher_logits(second, tokenizer, texts, tmp_path)

    np.testing.assert_allclose(logits, [[0, 1], [1, 0], [0, 0], [0, 0.5], [1 / 3, 0], [0, 1 / 3]], atol=1e-2)


def test_answers_of_another_teacher_or_to_other_texts_are_not_taken(tmp_path: Path, tokenizer: Tokenizer) -> None:
    distill.teacher_logits(Teacher(), tokenizer, ["good", "bad"], tmp_path)

    other_teacher = distill.teacher_logits(Teacher(weight=3.0), tokenizer, ["good", "bad"], tmp_path)
    other_texts = distill.teacher_logits(Teacher(), tokenizer, ["bad", "good"], tmp_path)

    np.testing.assert_allclose(other_teacher, [[0, 3], [3, 0]], atol=1e-2)
    np.testing.assert_allclose(other_texts, [[1, 0], [0, 1]], atol=1e-2)


def test_no_texts_are_an_error(tmp_path: Path, tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match="no texts"):
        distill.teacher_logits(Teacher(), tokenizer, [], tmp_path)
