"""A tag for each word: a two-way LSTM and a conditional random field, with or without ELMo.

Papers: Lample, Ballesteros, Subramanian, Kawakami, Dyer 2016, "Neural Architectures for Named Entity Recognition",
NAACL, arXiv 1603.01360, for the network; Lafferty, McCallum, Pereira 2001 for the field; Peters et al. 2018
(models/elmo.py), section 3.3, for where ELMo enters: [x_k; ELMo_k] and [h_k; ELMo_k].

Departures: one LSTM layer where Peters et al. take two; without ELMo no network over a word's characters stands in its
place, so that what is added is ELMo alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.elmo import ScalarMix
from models.recurrent import LSTM


@dataclass(frozen=True)
class TaggerConfig:
    tags: int
    vectors: int  # size of x_k, the static vector of a word
    contextual: int = 0  # size of ELMo_k; 0: without
    layers: int = 3  # of ELMo
    second: bool = False  # a second mix beside h_k
    hidden: int = 200  # of each direction
    dropout: float = 0.5


class Tagger(nn.Module):
    """Emissions of the tags; the field is beside it (`crf`)."""

    def __init__(self, config: TaggerConfig) -> None:
        super().__init__()
        self.config = config
        self.mix = ScalarMix(config.layers) if config.contextual else None
        self.second = ScalarMix(config.layers) if config.second else None
        self.dropout = nn.Dropout(config.dropout)
        self.lstm = LSTM(config.vectors + config.contextual, config.hidden, bidirectional=True)
        self.output = nn.Linear(2 * config.hidden + config.contextual * config.second, config.tags)
        self.crf = CRF(config.tags)

    def forward(self, x: Tensor, lengths: Tensor, layers: Tensor | None = None) -> Tensor:
        """x: float32 (batch, tokens, vectors); lengths: int64 (batch).

        Args:
            layers: of ELMo, float32 (L + 1, batch, tokens, contextual).

        Returns:
            float32 (batch, tokens, tags).
        """
        if self.mix is not None and layers is not None:
            x = torch.cat([x, self.mix(layers)], 2)  # [x_k; ELMo_k]
        h = self.lstm(self.dropout(x), lengths)
        if self.second is not None and layers is not None:
            h = torch.cat([h, self.second(layers)], 2)  # [h_k; ELMo_k]
        return self.output(self.dropout(h))


class CRF(nn.Module):
    """p(tags | words) = exp(score(tags)) / sum over all tags of exp(score), Lample et al. 2016, section 2.2.

    score = sum_k (emission of tag_k at k + transition from tag_k-1 to tag_k), from a start and to an end.
    """

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(tags, tags))  # from, to
        self.start, self.end = nn.Parameter(torch.zeros(tags)), nn.Parameter(torch.zeros(tags))

    def negative_log_likelihood(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """float32 (batch, tokens, tags), int64 (batch, tokens), int64 (batch) -> float32 (batch)."""
        return self.partition(emissions, lengths) - self.score(emissions, tags, lengths)

    def score(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Of the tags that are given, float32 (batch)."""
        there = torch.arange(tags.shape[1], device=tags.device)[None] < lengths[:, None]
        emitted = (emissions.gather(2, tags[..., None])[..., 0] * there).sum(1)
        moved = (self.transitions[tags[:, :-1], tags[:, 1:]] * there[:, 1:]).sum(1)
        last = tags.gather(1, lengths[:, None] - 1)[:, 0]
        return self.start[tags[:, 0]] + emitted + moved + self.end[last]

    def partition(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """log of the sum over all tags, by the forward algorithm, float32 (batch)."""
        alpha = self.start + emissions[:, 0]  # (B, K)
        for index in range(1, emissions.shape[1]):
            step = torch.logsumexp(alpha[:, :, None] + self.transitions, 1) + emissions[:, index]
            alpha = torch.where((index < lengths)[:, None], step, alpha)
        return torch.logsumexp(alpha + self.end, 1)

    @torch.no_grad()
    def decode(self, emissions: Tensor, lengths: Tensor) -> list[list[int]]:
        """The most probable tags of each text, by Viterbi's algorithm."""
        best = self.start + emissions[:, 0]
        pointers = []
        for index in range(1, emissions.shape[1]):
            scores, places = (best[:, :, None] + self.transitions).max(1)
            running = (index < lengths)[:, None]
            best = torch.where(running, scores + emissions[:, index], best)
            pointers.append(torch.where(running, places, torch.arange(best.shape[1], device=best.device)))
        tag = (best + self.end).argmax(1)
        path = [tag]
        for pointer in reversed(pointers):
            path.append(pointer.gather(1, path[-1][:, None])[:, 0])
        tags = torch.stack(path[::-1], 1)
        return [row[:length].tolist() for row, length in zip(tags, lengths.tolist(), strict=True)]
