"""TextRCNN: each word with all that stands left and right of it, then max over time.

Paper: Lai, Xu, Liu, Zhao 2015, "Recurrent Convolutional Neural Networks for Text Classification", AAAI.

Departures: the contexts come from an LSTM in each direction instead of the plain recurrence of equations 1 and 2, whose
gradient vanishes over a long text; left of the first word and right of the last one the context is zero, where the
paper learns it; dropout, which the paper does not use; Adam instead of plain gradient descent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from models.recurrent import LSTM, as_onnx


@dataclass(frozen=True)
class TextRCNNConfig:
    """Section 4.3 of the paper."""

    vocabulary: int
    classes: int
    dimensions: int = 200  # |e|; 50 in the paper
    context: int = 100  # |c|; 50 in the paper
    latent: int = 100  # H
    dropout: float = 0.4


class TextRCNN(nn.Module):
    """Recurrent structure, latent semantic vectors, max-pooling.

    Args:
        config: the shape.
        vectors: float32 (vocabulary, dimensions), the initial table; row 0 is the padding. None: random.
    """

    export_context = staticmethod(as_onnx)

    def __init__(self, config: TextRCNNConfig, vectors: np.ndarray | None = None) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.dimensions, padding_idx=0)
        if vectors is not None:
            self.embedding = nn.Embedding.from_pretrained(torch.as_tensor(vectors).float(), False, padding_idx=0)
        self.contexts = LSTM(config.dimensions, config.context, bidirectional=True)
        self.latent = nn.Linear(2 * config.context + config.dimensions, config.latent)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.latent, config.classes)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Classify.

        Args:
            input_ids, attention_mask: int64 (batch, tokens).

        Returns:
            logits: float32 (batch, classes).
            pool_positions: int64 (batch, latent), the word that won the maximum of each latent feature.
            pool_contributions: float32 (batch, latent, classes); with the bias they sum to the logits.
        """
        c = self.config.context
        e = self.dropout(self.embedding(input_ids))  # e(w_i), (B, T, d)
        states = self.contexts(e, attention_mask.sum(1))  # (B, T, 2c)
        left = pad(states[:, :-1, :c], (0, 0, 1, 0))  # c_l(w_i): what the words before i say, equation 1
        right = pad(states[:, 1:, c:], (0, 0, 0, 1))  # c_r(w_i): what the words after i say, equation 2
        x = torch.cat([left, e, right], dim=2)  # equation 3
        y2 = torch.tanh(self.latent(x))  # equation 4, (B, T, H)
        # A padded position may win nothing: tanh is above -1, so -2 loses against every word.
        y2 = torch.where(attention_mask[:, :, None] > 0, y2, torch.full_like(y2, -2.0))
        y3, positions = y2.max(dim=1)  # equation 5, (B, H)
        return {
            "logits": self.classifier(self.dropout(y3)),  # y^(4), equation 6
            "pool_positions": positions,
            "pool_contributions": y3[:, :, None] * self.classifier.weight.t()[None],  # (B, H, C)
        }

    def after_step(self) -> None:
        """Keep the padding at zero."""
        self.embedding.weight[0].zero_()
