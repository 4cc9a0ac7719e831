"""ELMo: a language model of both directions, whose layers are the vectors of a word in its sentence.

Paper: Peters, Neumann, Iyyer, Gardner, Clark, Lee, Zettlemoyer 2018, "Deep Contextualized Word Representations", NAACL,
arXiv 1802.05365. The words' characters are read as in Kim, Jernite, Sontag, Rush 2016, "Character-Aware Neural Language
Models", arXiv 1508.06615; the projected LSTM is that of Sak, Senior, Beaufays 2014, arXiv 1402.1128.

Departures: sizes for two cores (the paper: 2,048 filters, cells of 4,096, projections of 512, two highway layers); no
clipping of cells and projections; the softmax over the output words is an adaptive one (Grave et al. 2017,
arXiv 1609.04309), which is exact, where the paper samples; the states begin anew with each paragraph. Chinese is read
character by character, each from a table: there are no letters for convolutions to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.recurrent import ProjectedLSTM, States

IGNORED = -100  # a target that is not asked for


@dataclass(frozen=True)
class ELMoConfig:
    """Section 3.4. The vocabulary is that of what is predicted; any word can be read, where there are filters."""

    words: int  # output vocabulary
    symbols: int = 262  # bytes, marks of a word's and a paragraph's begin and end, padding; of a table, its rows
    symbol_size: int = 16
    filters: tuple[tuple[int, int], ...] = (
        (1, 32),
        (2, 32),
        (3, 64),
        (4, 96),
        (5, 96),
        (6, 96),
        (7, 96),
    )  # width, count; none: words are symbols themselves, and x_k stands in a table
    highways: int = 1
    cell: int = 512
    projection: int = 128
    layers: int = 2
    dropout: float = 0.1
    cutoffs: tuple[int, ...] = (2_000, 8_000)  # of the adaptive softmax


class Highway(nn.Module):
    """g * relu(W x + b) + (1 - g) * x with g = sigma(W_g x + b_g) (Srivastava et al. 2015, arXiv 1505.00387)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.transform, self.gate = nn.Linear(size, size), nn.Linear(size, size)
        nn.init.constant_(self.gate.bias, -2.0)  # begins as a carry

    def forward(self, x: Tensor) -> Tensor:
        g = torch.sigmoid(self.gate(x))
        return g * torch.relu(self.transform(x)) + (1 - g) * x


class Characters(nn.Module):
    """x_k: the vector of a word without its sentence, from its symbols."""

    def __init__(self, config: ELMoConfig) -> None:
        super().__init__()
        self.table = nn.Embedding(config.symbols, config.symbol_size)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(config.symbol_size, count, width) for width, count in config.filters
        )
        size = sum(count for _, count in config.filters)
        self.highways = nn.Sequential(*(Highway(size) for _ in range(config.highways)))
        self.projection = nn.Linear(size, config.projection)
        nn.init.uniform_(self.table.weight, -1, 1)
        for weight in self.convolutions.parameters():
            nn.init.uniform_(weight, -0.05, 0.05)

    def filters(self, symbols: Tensor) -> tuple[Tensor, Tensor]:
        """What each filter found in a word at its best place, and that place: where its window begins.

        int64 (words, symbols) -> float32 (words, filters), int64 (words, filters).
        """
        x = self.table(symbols).transpose(1, 2)  # (W, 16, S)
        best = [convolution(x).max(dim=2) for convolution in self.convolutions]
        return torch.cat([one.values for one in best], 1).relu(), torch.cat([one.indices for one in best], 1)

    def forward(self, symbols: Tensor) -> Tensor:
        """int64 (words, symbols) -> float32 (words, projection)."""
        return self.combine(self.filters(symbols)[0])

    def combine(self, filters: Tensor) -> Tensor:
        """float32 (words, filters) -> float32 (words, projection)."""
        return self.projection(self.highways(filters))


class Table(nn.Module):
    """x_k where a word is one symbol."""

    def __init__(self, config: ELMoConfig) -> None:
        super().__init__()
        self.table = nn.Embedding(config.symbols, config.projection)

    def forward(self, symbols: Tensor) -> Tensor:
        """int64 (words, 1) -> float32 (words, projection)."""
        return self.table(symbols[:, 0])


class Direction(nn.Module):
    """The LSTMs that read one way. Of both layers' states the second's have the first's added (section 3.4)."""

    def __init__(self, config: ELMoConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            ProjectedLSTM(config.projection, config.cell, config.projection) for _ in range(config.layers)
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Tensor,
        states: Sequence[States] | None = None,
        lengths: Tensor | None = None,
        backward: bool = False,
    ) -> tuple[list[Tensor], list[States]]:
        """x: float32 (batch, tokens, projection), in the order in which it is read.

        Args:
            states: of each layer, before the first token; None: zeros.
            lengths: int64 (batch), where texts end before the last token; None: they do not.
            backward: x is in the order of the texts, and each is read from its end; with lengths alone.

        Returns:
            h_{k,j} of each layer j, float32 (batch, tokens, projection), and the states after the last token.
        """
        outputs: list[Tensor] = []
        final: list[States] = []
        for index, lstm in enumerate(self.layers):
            before = states[index] if states else None
            h, after = lstm(self.dropout(outputs[-1] if outputs else x), before, lengths, backward)
            outputs.append(h + outputs[-1] if outputs else h)
            final.append(after)
        return outputs, final


class BiLM(nn.Module):
    """Section 3.1: a forward and a backward language model, which share the words' vectors and the softmax."""

    def __init__(self, config: ELMoConfig) -> None:
        super().__init__()
        self.config = config
        self.characters = Characters(config) if config.filters else Table(config)
        self.ahead, self.back = Direction(config), Direction(config)
        self.dropout = nn.Dropout(config.dropout)
        self.softmax = nn.AdaptiveLogSoftmaxWithLoss(
            config.projection, config.words, list(config.cutoffs), div_value=1.0, head_bias=True
        )

    def forward(self, symbols: Tensor, places: Tensor, lengths: Tensor) -> list[Tensor]:
        """The 2 L + 1 vectors of each word (equation 1), as L + 1: those of both directions side by side.

        Args:
            symbols: int64 (words, symbols), the different words, the marks of a text's begin and end among them.
            places: int64 (batch, tokens), which of them stands where; padding: any.
            lengths: int64 (batch), tokens of each text.

        Returns:
            L + 1 times float32 (batch, tokens, 2 × projection): x_k twice, then [h_k,j forward; h_k,j backward].
        """
        x = nn.functional.embedding(places, self.characters(symbols))
        ahead, _ = self.ahead(x, lengths=lengths)
        back, _ = self.back(x, lengths=lengths, backward=True)
        return [torch.cat([h, g], 2) for h, g in zip([x, *ahead], [x, *back], strict=True)]

    def log_probabilities(self, top: Tensor) -> Tensor:
        """log p of every word of the vocabulary after what was read: states (n, projection) -> float32 (n, words)."""
        softmax = self.softmax
        head = torch.log_softmax(softmax.head(top), 1)
        parts = [head[:, : softmax.shortlist_size]]
        for index, tail in enumerate(softmax.tail):
            parts.append(head[:, softmax.shortlist_size + index, None] + torch.log_softmax(tail(top), 1))
        return torch.cat(parts, 1)

    def negative_log_likelihoods(self, top: Tensor, targets: Tensor) -> Tensor:
        """-log p(t_k | what was read), float32 (n), of the states of a top layer, (…, projection); those asked for."""
        there = targets != IGNORED
        return -self.softmax(self.dropout(top[there]), targets[there]).output


class ScalarMix(nn.Module):
    """ELMo_k = gamma sum_j s_j h_k,j with s = softmax(w) (equation 1).

    Args:
        normalised: each vector is brought to mean 0 and deviation 1 first: the layers differ in size (section 3.2).
    """

    def __init__(self, layers: int, normalised: bool = False) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(layers))
        self.gamma = nn.Parameter(torch.ones(()))
        self.normalised = normalised

    def forward(self, layers: Tensor) -> Tensor:
        """float32 (L + 1, batch, tokens, size) -> (batch, tokens, size)."""
        if self.normalised:
            layers = nn.functional.layer_norm(layers, layers.shape[-1:])
        return self.gamma * torch.einsum("j,jbts->bts", torch.softmax(self.w, 0), layers)
