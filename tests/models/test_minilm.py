"""The encoder with its head: answers that do not depend on padding."""

from __future__ import annotations

import torch
from transformers import BertConfig

from models.minilm import EncoderClassifier


def test_the_answer_to_a_text_does_not_depend_on_its_padding() -> None:
    config = BertConfig(
        vocab_size=100, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    torch.manual_seed(0)
    model = EncoderClassifier.from_config(3, config).eval()
    ids = torch.randint(1, 100, (4, 7))

    with torch.no_grad():
        alone = model(ids, torch.ones_like(ids))["logits"]
        padded = torch.cat([ids, torch.randint(1, 100, (4, 20))], dim=1)
        mask = (torch.arange(27) < 7).long().expand(4, 27)
        together = model(padded, mask)["logits"]

    assert alone.shape == (4, 3)
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=0)
