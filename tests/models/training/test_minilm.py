"""The pre-trained encoder: its tokenizer as it goes into a bundle, and its weights."""

from __future__ import annotations

import pytest
import torch

from models.training import minilm

pytestmark = pytest.mark.skipif(
    minilm.base_path() == minilm.HUB_ID, reason=f"the package {minilm.PACKAGE} is not installed"
)


def test_a_text_costs_its_own_tokens_not_the_128_of_the_packaged_file() -> None:
    tokenizer = minilm.tokenizer()

    alone, pair = tokenizer.encode_batch(["a film"]), tokenizer.encode_batch(["a film", "a very good film"])

    assert [len(code.ids) for code in alone] == [4]  # [CLS] a film [SEP]
    assert [len(code.ids) for code in pair] == [6, 6]
    assert pair[0].attention_mask == [1, 1, 1, 1, 0, 0]
    assert pair[0].ids[-2:] == [0, 0]


def test_a_long_text_is_cut_to_the_limit_of_the_recipe() -> None:
    assert len(minilm.tokenizer(max_tokens=256).encode("word " * 1000).ids) == 256


def test_texts_of_both_spellings_are_the_same_tokens() -> None:
    tokenizer = minilm.without_treebank_spelling(minilm.tokenizer())

    treebank = tokenizer.encode("it does n't work -lrb- and\\/or `` ca n't '' -rrb- .")
    plain = tokenizer.encode("It doesn't work ( and/or \" can't \" ) .")

    assert treebank.tokens == plain.tokens
    assert "(" in plain.tokens and "doesn" in plain.tokens


def test_the_pretrained_weights_are_those_of_the_sentence_encoder() -> None:
    """Sentences of one meaning are close, others are not, before any fine-tuning."""
    encoder = minilm.encoder()
    codes = minilm.tokenizer().encode_batch(
        ["The film was wonderful.", "A delightful movie!", "The train leaves at nine."]
    )
    ids = torch.tensor([code.ids for code in codes])
    mask = torch.tensor([code.attention_mask for code in codes])

    with torch.no_grad():
        hidden = encoder(input_ids=ids, attention_mask=mask).last_hidden_state * mask[:, :, None]
    vectors = torch.nn.functional.normalize(hidden.sum(1), dim=1)

    assert vectors[0] @ vectors[1] > 0.6
    assert vectors[0] @ vectors[2] < 0.3
