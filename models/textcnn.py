"""TextCNN: one convolution over word vectors, max over time, one linear layer.

Paper: Kim 2014, "Convolutional Neural Networks for Sentence Classification", EMNLP, arXiv 1408.5882.

Departures: 200-d vectors of our own (models/training/vectors.py) instead of 300-d ones from 100 billion words of
Google News; Adam instead of Adadelta. Every text is padded on both sides, as the author's code does, so a text shorter
than a window is no special case and the answer does not depend on how long the others in the batch are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

PAIR_FACTOR = 4099  # prime, near the number of characters in use

Mode = Literal["rand", "static", "non-static", "multichannel"]


@dataclass(frozen=True)
class TextCNNConfig:
    """Section 3.1 of the paper."""

    vocabulary: int
    classes: int
    dimensions: int = 200  # k; 300 in the paper
    windows: tuple[int, ...] = (3, 4, 5)  # h
    feature_maps: int = 100  # for each window
    dropout: float = 0.5  # p
    max_norm: float = 3.0  # s, the l2 constraint on the rows of the last layer
    mode: Mode = "non-static"
    # Beyond the paper, for text that is not cut into words (Chinese characters):
    pair_buckets: int = 0  # rows of a second table, of pairs of neighbouring tokens, found by a hash; 0: no such table
    pair_dimensions: int = 64
    input_dropout: float = 0.0  # on the vectors


class TextCNN(nn.Module):
    """The four variants of the paper: rand, static, non-static, multichannel.

    Args:
        config: the shape.
        vectors: float32 (vocabulary, dimensions), the initial table; row 0 is the padding. None: random.
    """

    def __init__(self, config: TextCNNConfig, vectors: np.ndarray | None = None) -> None:
        super().__init__()
        self.config = config
        if vectors is None:
            vectors = np.random.default_rng(0).uniform(-0.25, 0.25, (config.vocabulary, config.dimensions))
        table = torch.as_tensor(np.asarray(vectors), dtype=torch.float32).clone()
        table[0] = 0
        self.embedding = nn.Embedding.from_pretrained(table, freeze=config.mode == "static", padding_idx=0)
        # Multichannel: a second, frozen table; see _channels.
        self.frozen = (
            nn.Embedding.from_pretrained(table.clone(), freeze=True, padding_idx=0)
            if config.mode == "multichannel"
            else None
        )
        self.pairs = None
        width = config.dimensions
        if config.pair_buckets:
            self.pairs = nn.Embedding(config.pair_buckets + 1, config.pair_dimensions, padding_idx=0)
            nn.init.normal_(self.pairs.weight, std=0.1)
            self.pairs.weight.data[0] = 0
            width += config.pair_dimensions
        self.input_dropout = nn.Dropout(config.input_dropout)
        self.convolutions = nn.ModuleList(nn.Conv1d(width, config.feature_maps, window) for window in config.windows)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.feature_maps * len(config.windows), config.classes)

    @property
    def feature_windows(self) -> tuple[int, ...]:
        """The window of each feature, in the order of the features."""
        return tuple(window for window in self.config.windows for _ in range(self.config.feature_maps))

    def forward(self, input_ids: Tensor, explain: bool = True) -> dict[str, Tensor]:
        """Classify.

        Args:
            input_ids: int64 (batch, tokens), 0 is padding.
            explain: False: the logits alone.

        Returns:
            logits: float32 (batch, classes).
            pool_positions: int64 (batch, features), the token where the winning window of a feature starts. It may
                be negative or reach beyond the text: then part of the window is padding.
            pool_contributions: float32 (batch, features, classes); with the bias they sum to the logits.
        """
        widest = max(self.config.windows)
        ids = pad(input_ids, (widest - 1, widest))  # (B, L); at the end there is always a window of padding alone
        x = self._channels(ids)  # (B, L, k)
        if self.pairs is not None:
            x = torch.cat([x, self.pairs(self._pair_ids(ids))], dim=2)
        x = self.input_dropout(x).transpose(1, 2)  # (B, k, L)
        maxima, positions = [], []
        for convolution in self.convolutions:
            maps = torch.relu(convolution(x))  # c_i = f(w . x_{i:i+h-1} + b), equation 2: (B, maps, L - h + 1)
            maximum, position = maps.max(dim=2)  # c^ = max{c}
            maxima.append(maximum)
            positions.append(position)
        features = torch.cat(maxima, dim=1)  # z (B, F)
        logits = self.classifier(self.dropout(features))  # y = w . (z o r) + b
        if not explain:
            return {"logits": logits}
        return {
            "logits": logits,
            "pool_positions": torch.cat(positions, dim=1) - (widest - 1),
            "pool_contributions": features[:, :, None] * self.classifier.weight.t()[None],  # (B, F, C)
        }

    def _channels(self, ids: Tensor) -> Tensor:
        """Word vectors, (batch, tokens, k).

        Multichannel: "each filter is applied to both channels and the results are added to calculate c_i in
        equation (2)" (section 2). The filter is linear in x, so adding the channels first is the same.
        """
        x = self.embedding(ids)
        return x if self.frozen is None else x + self.frozen(ids)

    def _pair_ids(self, ids: Tensor) -> Tensor:
        """Row of the pair table for each token and its right neighbour, 0 where one of them is padding.

        The hashing trick, as fastText's n-grams (Joulin et al. 2017, arXiv 1607.01759, section 2.2).
        """
        left, right = ids, pad(ids[:, 1:], (0, 1))  # (B, L)
        hashed = (left * PAIR_FACTOR + right) % self.config.pair_buckets + 1
        return torch.where((left == 0) | (right == 0), torch.zeros_like(ids), hashed)

    def after_step(self) -> None:
        """Rescale each row of the last layer to an l2 norm of at most s (section 2.1); keep the padding at zero."""
        weight = self.classifier.weight
        weight.mul_((self.config.max_norm / weight.norm(dim=1, keepdim=True).clamp(min=1e-12)).clamp(max=1.0))
        self.embedding.weight[0].zero_()
        if self.pairs is not None:
            self.pairs.weight[0].zero_()
