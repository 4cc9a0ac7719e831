"""The small BERT: its blocks, its masking, its table, and that an interrupted pre-training goes on."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig

from models import bert as paper
from models.training import bert, fit

TEXTS = ["the cat sat on the mat", "a dog barks at the cat", "猫坐在垫子上", "the mat is red"] * 40


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return bert.wordpiece(iter(TEXTS), replace(bert.LANGUAGES["en"], vocabulary=80))


def test_a_text_has_its_frame_and_chinese_characters_are_words(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("The CAT").tokens == ["[CLS]", "the", "cat", "[SEP]"]
    assert tokenizer.encode("猫坐").tokens == ["[CLS]", "猫", "坐", "[SEP]"]
    assert [tokenizer.token_to_id(token) for token in bert.SPECIAL] == list(range(5))


def test_blocks_are_full_and_framed_and_hold_every_token(tokenizer: Tokenizer) -> None:
    made = bert.blocks(tokenizer, TEXTS)
    assert made.shape[1] == bert.MAX_TOKENS and made.dtype == np.uint16
    assert (made[:, 0] == bert.CLS_ID).all() and (made[:, -1] == bert.SEP_ID).all() and (made != bert.PAD_ID).all()
    tokens = sum(len(code.ids) - 1 for code in tokenizer.encode_batch(TEXTS))  # [CLS] is once a block
    assert 0 <= tokens - made[:, 1:-1].size < bert.MAX_TOKENS - 2  # the rest that fills no block


def test_masking_asks_for_a_fifth_and_hides_most_of_it(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    vocabulary = tokenizer.get_vocab_size()
    ids = np.full((40, 128), 20, np.uint16)
    ids[:, 0] = bert.CLS_ID
    batch = bert.masked(vocabulary)([{"input_ids": row} for row in ids])
    asked = batch["labels"] != paper.IGNORED
    assert not asked[:, 0].any()
    assert asked.float().mean().item() == pytest.approx(paper.MASKED, abs=0.02)
    assert (batch["labels"][asked] == 20).all()
    shown = batch["input_ids"][asked]
    assert (shown == bert.MASK_ID).float().mean().item() == pytest.approx(0.8, abs=0.05)
    assert (shown == 20).float().mean().item() == pytest.approx(0.1, abs=0.04)
    assert (batch["input_ids"][~asked] == torch.from_numpy(ids.astype(np.int64))[~asked]).all()


def test_the_table_starts_from_vectors_where_a_word_has_one() -> None:
    model = paper.MaskedLanguageModel(
        BertConfig(vocab_size=10, hidden_size=8, num_hidden_layers=1, num_attention_heads=1)
    )
    before = model.bert.embeddings.word_embeddings.weight.detach().clone()
    bert.start_table(
        model, {"cat": 7, "##s": 8, "[CLS]": 2}, {"cat": np.ones(6, np.float32), "dog": -np.ones(6, np.float32)}
    )
    after = model.bert.embeddings.word_embeddings.weight
    assert (after[7, :6] == 2 * model.config.initializer_range).all() and after[7, 6:].equal(before[7, 6:])
    assert after[8].equal(before[8]) and after[2].equal(before[2])
    assert model.cls.predictions.decoder.weight is after  # one table for both ends


def test_pre_training_goes_on_where_it_was_and_a_finished_one_is_loaded(
    tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    language = bert.Language(lambda: iter(TEXTS), 80, 50, lambda: {"cat": np.arange(4, dtype=np.float32)})
    monkeypatch.setitem(bert.LANGUAGES, "en", language)
    monkeypatch.setattr(bert, "VALID_BLOCKS", 2)
    monkeypatch.setattr(
        bert,
        "configuration",
        lambda size: BertConfig(
            vocab_size=size, hidden_size=16, num_hidden_layers=1, num_attention_heads=1, intermediate_size=16
        ),
    )
    every = {"eval_steps": 2, "save_steps": 2, "logging_steps": 1}
    settings = replace(bert.SETTINGS, batch_size=2, max_steps=4, bf16=False, extra=every)
    first, _ = bert.pretrain("en", tmp_path, settings)
    table = first.bert.embeddings.word_embeddings.weight
    again, loaded = bert.pretrain("en", tmp_path, settings)
    assert again.bert.embeddings.word_embeddings.weight.equal(table)
    assert loaded.encode("the cat").tokens == ["[CLS]", "the", "cat", "[SEP]"]

    (tmp_path / fit.HISTORY_FILE).unlink()  # as if it had been stopped after two steps
    shutil.rmtree(tmp_path / "steps" / "checkpoint-4")
    bert.pretrain("en", tmp_path, settings)
    steps = [row["step"] for row in json.loads((tmp_path / fit.HISTORY_FILE).read_text())["log"] if "loss" in row]
    assert steps == [1, 2, 3, 4]
    assert json.loads((tmp_path / fit.HISTORY_FILE).read_text())["resumed_from"] == "checkpoint-2"
    assert bert.frequent_tokens(tmp_path, 2)[0] == "the"
