"""What reads ELMo: a tag for each word, or a class for a text; each with ELMo and without.

Papers: Peters et al. 2018 (models/elmo.py), section 3.3, for where ELMo enters: [x_k; ELMo_k], [h_k; ELMo_k]; Lample,
Ballesteros, Subramanian, Kawakami, Dyer 2016, "Neural Architectures for Named Entity Recognition", NAACL,
arXiv 1603.01360, for the tagger; Lafferty, McCallum, Pereira 2001 for its field.

Departures: one LSTM layer where Peters et al. take two; no network over a word's characters beside ELMo or in its
place, but a small vector for how a word is written, in capitals or not (Collobert et al. 2011, arXiv 1103.0398,
section 3.3), so that the twin without ELMo knows names by it; a class is read from the largest state over the words,
where the paper has a biattentive network.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.elmo import ScalarMix
from models.recurrent import LSTM


@dataclass(frozen=True)
class ReaderConfig:
    """Of the part that both tasks share."""

    words: int  # in the table of static vectors
    vectors: int  # size of x_k, the static vector of a word
    shapes: int = 0  # ways of writing a word that are told apart; 0: none
    shape_size: int = 8
    contextual: int = 0  # size of ELMo_k; 0: without
    layers: int = 3  # of ELMo
    second: bool = False  # a second mix beside h_k
    hidden: int = 150  # of each direction
    dropout: float = 0.5

    @property
    def output(self) -> int:
        """The size of what is read."""
        return 2 * self.hidden + self.contextual * self.second


class Reader(nn.Module):
    """x_k and ELMo_k of each word to h_k, its state in a two-way LSTM."""

    def __init__(self, config: ReaderConfig, table: Tensor | None = None) -> None:
        """Args: table: the static vectors, float32 (words, vectors); they are not trained."""
        super().__init__()
        self.config = config
        self.table = nn.Embedding(config.words, config.vectors, _weight=table, _freeze=True)
        self.shapes = nn.Embedding(config.shapes, config.shape_size) if config.shapes else None
        self.mix = ScalarMix(config.layers, normalised=True) if config.contextual else None
        self.second = ScalarMix(config.layers, normalised=True) if config.second else None
        self.dropout = nn.Dropout(config.dropout)
        width = config.vectors + config.shape_size * bool(config.shapes) + config.contextual
        self.lstm = LSTM(width, config.hidden, bidirectional=True)

    def forward(
        self, input_ids: Tensor, lengths: Tensor, shapes: Tensor | None = None, layers: Tensor | None = None
    ) -> Tensor:
        """input_ids: int64 (batch, tokens), rows of the table; lengths: int64 (batch).

        Args:
            shapes: int64 (batch, tokens), how each word is written.
            layers: of ELMo, float32 (L + 1, batch, tokens, contextual).

        Returns:
            float32 (batch, tokens, output).
        """
        x = self.table(input_ids)
        if self.shapes is not None and shapes is not None:
            x = torch.cat([x, self.shapes(shapes)], 2)
        if self.mix is not None and layers is not None:
            x = torch.cat([x, self.mix(layers)], 2)  # [x_k; ELMo_k]
        h = self.lstm(self.dropout(x), lengths)
        if self.second is not None and layers is not None:
            h = torch.cat([h, self.second(layers)], 2)  # [h_k; ELMo_k]
        return self.dropout(h)


class Tagger(nn.Module):
    """Emissions of the tags; the field is beside it (`crf`)."""

    def __init__(self, config: ReaderConfig, tags: int, table: Tensor | None = None) -> None:
        super().__init__()
        self.reader = Reader(config, table)
        self.output = nn.Linear(config.output, tags)
        self.crf = CRF(tags)

    def forward(
        self, input_ids: Tensor, lengths: Tensor, shapes: Tensor | None = None, layers: Tensor | None = None
    ) -> Tensor:
        """See Reader. Returns float32 (batch, tokens, tags)."""
        return self.output(self.reader(input_ids, lengths, shapes, layers))


class Classifier(nn.Module):
    """The class of a text, from the largest value of each part of its states."""

    def __init__(self, config: ReaderConfig, classes: int, table: Tensor | None = None) -> None:
        super().__init__()
        self.reader = Reader(config, table)
        self.output = nn.Linear(config.output, classes)

    def forward(
        self, input_ids: Tensor, lengths: Tensor, shapes: Tensor | None = None, layers: Tensor | None = None
    ) -> Tensor:
        """See Reader. Returns logits float32 (batch, classes)."""
        h = self.reader(input_ids, lengths, shapes, layers)
        there = torch.arange(h.shape[1], device=h.device)[None, :, None] < lengths[:, None, None]
        return self.output(torch.where(there, h, torch.full_like(h, -1e9)).amax(1))


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
