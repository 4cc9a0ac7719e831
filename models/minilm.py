"""A pre-trained sentence encoder with a classification head: the strong reference beside the small models.

Paper: Wang, Wei, Dong, Bao, Yang, Zhou 2020, "MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression
of Pre-Trained Transformers", arXiv 2002.10957. The weights: all-MiniLM-L6-v2 (Reimers and Gurevych 2019, Apache-2.0).

Departures: the sentence vector is the mean of the token vectors, as the encoder was trained, not the [CLS] vector.
"""

from __future__ import annotations

from torch import Tensor, nn
from transformers import BertConfig, BertModel


class EncoderClassifier(nn.Module):
    """BERT-like encoder, mean over the tokens, linear layer."""

    def __init__(self, encoder: BertModel, classes: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(encoder.config.hidden_size, classes)

    @classmethod
    def from_config(cls, classes: int, config: BertConfig) -> EncoderClassifier:
        """Random weights."""
        return cls(BertModel(config, add_pooling_layer=False), classes)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """input_ids, attention_mask: int64 (batch, tokens). Returns logits float32 (batch, classes)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state  # (B, T, H)
        mask = attention_mask[:, :, None].to(hidden.dtype)  # (B, T, 1)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)  # (B, H)
        return {"logits": self.classifier(self.dropout(mean))}
