"""GPT-1 and GPT-2: a Transformer decoder that is trained to predict the next token.

Papers: Radford, Narasimhan, Salimans, Sutskever 2018, "Improving Language Understanding by Generative Pre-Training"
(sections 3.1 and 4.1), and Radford, Wu, Child, Luan, Amodei, Sutskever 2019, "Language Models are Unsupervised
Multitask Learners" (section 2.3). The layers are those of Vaswani et al. 2017, "Attention Is All You Need", arXiv
1706.03762. With the context U = (u_-k, …, u_-1), equation 2 of 2018 is

    h_0 = U W_e + W_p
    h_l = block(h_(l-1))        l = 1 … n
    P(u) = softmax(h_n W_eᵀ)

GPT-1 normalises after each residual sum, GPT-2 before each sub-block and once more after the last block.

Departures: no dropout on the attention weights (it would cost their fast path); embeddings and residuals have it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

IGNORED = -100  # the label of a token that is not predicted
AUXILIARY = 0.5  # λ of equation 5 of 2018, L3 = L2 + λ L1

Cache = list[tuple[Tensor, Tensor]]  # keys and values of each layer, (B, heads, tokens, width) both


@dataclass(frozen=True)
class GPTConfig:
    """The shape; 12 layers of 768 with 12 heads are GPT-1 and the smallest GPT-2."""

    vocabulary: int
    norm: Literal["post", "pre"]  # GPT-1, GPT-2
    context: int = 512  # 1,024 for GPT-2
    layers: int = 12
    hidden: int = 768
    heads: int = 12


class SelfAttention(nn.Module):
    """Attention(Q, K, V) = softmax(Q Kᵀ / √d_k) V of Vaswani 2017, equation 1, in several heads."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.hidden, 3 * config.hidden)  # W_Q, W_K, W_V under one another
        self.output = nn.Linear(config.hidden, config.hidden)  # W_O

    def forward(
        self, x: Tensor, visible: Tensor, past: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """x: (B, T, H); visible: bool, broadcast to (B, heads, T, S), which of the S tokens each of the T may look at.

        past: keys and values of the S - T tokens before. Returns the states and the keys and values of all S.
        """
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=2))
        if past is not None:
            k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)  # (B, heads, S, d_k)
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])  # (B, heads, T, S)
        weights = scores.masked_fill(~visible, torch.finfo(scores.dtype).min).softmax(dim=-1)
        return self.output((weights @ v).transpose(1, 2).flatten(2)), (k, v)


class Block(nn.Module):
    """The block of GPT-1, post-norm: LayerNorm(x + sublayer(x)), twice (Vaswani 2017, section 3.1)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.attention = SelfAttention(config)
        self.attention_norm = nn.LayerNorm(config.hidden)
        self.feed_forward = nn.Sequential(
            nn.Linear(config.hidden, 4 * config.hidden),
            nn.GELU(approximate="tanh"),  # as both published codes compute it
            nn.Linear(4 * config.hidden, config.hidden),
        )
        self.feed_forward_norm = nn.LayerNorm(config.hidden)
        self.dropout = nn.Dropout(0.0)

    def forward(
        self, x: Tensor, visible: Tensor, past: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """See SelfAttention."""
        attended, memory = self.attention(x, visible, past)
        x = self.attention_norm(x + self.dropout(attended))
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x))), memory


class PreNormBlock(Block):
    """The block of GPT-2: x + sublayer(LayerNorm(x)), twice (section 2.3)."""

    def forward(
        self, x: Tensor, visible: Tensor, past: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """See SelfAttention."""
        attended, memory = self.attention(self.attention_norm(x), visible, past)
        x = x + self.dropout(attended)
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x))), memory


class Decoder(nn.Module):
    """h_0 … h_n, and with ``logits`` P(u)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocabulary, config.hidden)  # W_e
        self.positions = nn.Embedding(config.context, config.hidden)  # W_p
        self.dropout = nn.Dropout(0.0)
        kind = PreNormBlock if config.norm == "pre" else Block
        self.blocks: Any = nn.ModuleList(kind(config) for _ in range(config.layers))
        self.final_norm = nn.LayerNorm(config.hidden) if config.norm == "pre" else nn.Identity()
        self._initialise()

    def _initialise(self) -> None:
        """N(0, 0.02) (2018, section 4.1); what GPT-2 adds to the residual stream 1/√N of that, N sums (section 2.3)."""
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        if self.config.norm == "pre":
            for block in self.blocks:
                for last in (block.attention.output, block.feed_forward[2]):
                    nn.init.normal_(last.weight, std=0.02 / math.sqrt(2 * self.config.layers))

    def forward(self, input_ids: Tensor) -> Tensor:
        """int64 (B, T) -> h_n float32 (B, T, H); padding on the right changes nothing before it."""
        return self.read(input_ids)[0]

    def read(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, past: Cache | None = None
    ) -> tuple[Tensor, Cache]:
        """h_n of tokens that follow on what was read before, and the cache of all.

        Args:
            input_ids: int64 (B, T).
            attention_mask: int64 (B, S), 0 for padding on the left, S with the tokens of the cache; None: no padding.
            past: what was returned for the S - T tokens before.
        """
        tokens = input_ids.shape[1]
        before = past[0][0].shape[2] if past else 0
        places = torch.arange(before + tokens, device=input_ids.device)
        visible = places <= places[before:, None]  # (T, S): none looks ahead
        positions = places[before:]
        if attention_mask is not None:
            visible = visible & attention_mask[:, None, None].bool()  # (B, 1, T, S)
            positions = (attention_mask.cumsum(1) - 1).clamp(min=0)[:, before:]
        h = self.dropout(self.tokens(input_ids) + self.positions(positions))  # (B, T, H)
        cache: Cache = []
        for layer, block in enumerate(self.blocks):
            h, memory = block(h, visible, past[layer] if past else None)
            cache.append(memory)
        return self.final_norm(h), cache

    def logits(self, h: Tensor) -> Tensor:
        """h_n W_eᵀ: (…, H) -> (…, vocabulary)."""
        return nn.functional.linear(h, self.tokens.weight)


class NextToken(nn.Module):
    """L1 = -Σ log P(u_i | u_(i-k) … u_(i-1)) (equation 1 of 2018), the mean over the tokens that are asked for."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, input_ids: Tensor, labels: Tensor, auxiliary: Tensor | None = None) -> dict[str, Tensor]:
        """input_ids, labels: int64 (B, T); a label is the next token, or IGNORED.

        auxiliary: further labels, whose mean loss is added by AUXILIARY.
        """
        h = self.decoder(input_ids)  # (B, T, H)
        loss = self._loss(h, labels)
        if auxiliary is not None:
            loss = loss + AUXILIARY * self._loss(h, auxiliary)
        return {"loss": loss}

    def _loss(self, h: Tensor, labels: Tensor) -> Tensor:
        asked = labels != IGNORED  # the others cost no output layer
        return cross_entropy(self.decoder.logits(h[asked]).float(), labels[asked])
