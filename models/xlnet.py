"""XLNet: a language model over all orders of the words, in two streams of attention.

Paper: Yang, Dai, Yang, Carbonell, Salakhutdinov, Le 2019, "XLNet: Generalized Autoregressive Pretraining for Language
Understanding", NeurIPS, arXiv 1906.08237. Relative positions and memory are those of Dai, Yang, Yang, Carbonell, Le,
Salakhutdinov 2019, "Transformer-XL", arXiv 1901.02860.

Departures: sizes for two cores (the paper's large model: 24 layers of 1,024). A token that may see nothing at all gets
zero from its attention; the released code's softmax is uniform there, and lets it see everything, itself included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

FORBIDDEN = 1e30  # times the mask, is taken from a score


@dataclass(frozen=True)
class XLNetConfig:
    """Table 8 of the paper, at the size of the small BERT."""

    vocabulary: int
    hidden_size: int = 256
    layers: int = 4
    heads: int = 4
    intermediate_size: int = 1024
    dropout: float = 0.0
    initializer_range: float = 0.02


@dataclass
class Context:
    """What both streams of a layer read: keys and values of the content and its memory, and of the offsets."""

    key: Tensor  # (B, n, M + T, d)
    value: Tensor
    offsets: Tensor  # (G, n, d, M + 2 T), k_R of each offset; of G groups of the batch


@dataclass
class Reader:
    """Who reads it, and what of it they may see."""

    hidden: Tensor  # (B, i, M + T): 1 may not be seen
    different: Tensor  # bool (B, i, M + T): the two are of different segments
    places: Tensor | None = None  # int64 (B, i): where the readers stand; None: at every place, in order
    placed: Tensor | None = None  # (B, i): 0 hides the place from its reader; None: none is hidden


class RelativeAttention(nn.Module):
    """Attention by content, by offset and by segment (sections 2.4 and 2.5), the norm after it."""

    def __init__(self, config: XLNetConfig) -> None:
        super().__init__()
        size, self.heads = config.hidden_size, config.heads
        self.query, self.key, self.value, self.offset, self.output = (
            nn.Linear(size, size, bias=False) for _ in range(5)
        )
        shape = (config.heads, size // config.heads)
        self.content_bias, self.offset_bias, self.segment_bias = (nn.Parameter(torch.empty(shape)) for _ in range(3))
        self.segments = nn.Parameter(torch.empty(2, *shape))  # s_+ the same, s_- different
        self.norm = nn.LayerNorm(size, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)
        self.scale = shape[1] ** -0.5

    def split(self, x: Tensor) -> Tensor:
        """(B, T, H) -> (B, n, T, d)."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def context(self, content: Tensor, offsets: Tensor) -> Context:
        """content: (B, M + T, H), the memory first. offsets: (G, M + 2 T, H)."""
        key, value = (self.split(part(content)) for part in (self.key, self.value))
        return Context(key, value, self.split(self.offset(offsets)).transpose(2, 3))

    def forward(self, x: Tensor, context: Context, reader: Reader) -> tuple[Tensor, Tensor]:
        """x: (B, i, H), the readers. Returns (B, i, H), and who looked where, (B, n, i, M + T)."""
        q = self.split(self.query(x)) * self.scale
        content, offset, segment = (
            bias[:, None] * self.scale for bias in (self.content_bias, self.offset_bias, self.segment_bias)
        )
        scores = (q + content) @ context.key.transpose(2, 3) + self.by_offset(q + offset, context, reader)
        same, other = ((q + segment) @ self.segments.permute(1, 2, 0)).split(1, 3)  # (B, n, i, 1) each
        scores = scores + torch.where(reader.different[:, None], other, same)
        attention = torch.softmax(scores - FORBIDDEN * reader.hidden[:, None], 3)
        attention = attention * (reader.hidden < 1)[:, None]  # who may see nothing gets nothing
        read = (self.dropout(attention) @ context.value).transpose(1, 2).flatten(2)
        return self.norm(x + self.dropout(self.output(read))), attention

    def by_offset(self, q: Tensor, context: Context, reader: Reader) -> Tensor:
        """(B, n, i, d) -> (B, n, i, M + T): q_i k_R of the offset from i to j."""
        length = context.key.shape[2]
        grouped = q.unflatten(0, (context.offsets.shape[0], -1))
        products = (grouped @ context.offsets[:, None]).flatten(0, 1)  # (B, n, i, M + 2 T)
        if reader.places is None:
            return shift(products, length)
        first = products.shape[3] - length - reader.places  # of the offsets from there to all j, the place of j = 0
        index = first[:, None, :, None] + torch.arange(length, device=q.device)
        found = products.gather(3, index.expand(*products.shape[:3], length))
        return found if reader.placed is None else found * reader.placed[:, None, :, None]


def shift(products: Tensor, length: int) -> Tensor:
    """(B, n, T, M + 2 T) by offset -> (B, n, T, M + T) by place: row i begins at T - i (Transformer-XL, appendix B)."""
    batch, heads, tokens, offsets = products.shape
    rows = products.reshape(batch, heads, offsets, tokens)[:, :, 1:]
    return rows.reshape(batch, heads, tokens, offsets - 1)[..., :length]


class Layer(nn.Module):
    """Attention and feed-forward network, whose weights both streams share."""

    def __init__(self, config: XLNetConfig) -> None:
        super().__init__()
        self.attention = RelativeAttention(config)
        self.wide = nn.Linear(config.hidden_size, config.intermediate_size)
        self.narrow = nn.Linear(config.intermediate_size, config.hidden_size)
        self.norm = nn.LayerNorm(config.hidden_size, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, context: Context, reader: Reader) -> tuple[Tensor, Tensor]:
        """See RelativeAttention.forward."""
        x, attention = self.attention(x, context, reader)
        wide = self.dropout(functional.gelu(self.wide(x)))
        return self.norm(x + self.dropout(self.narrow(wide))), attention


@dataclass
class Streams:
    """What both streams say."""

    content: Tensor  # h, (B, T, H)
    query: Tensor | None = None  # g, (B, K, H)
    content_attention: list[Tensor] = field(default_factory=list)  # of each layer, (B, n, T, M + T)
    query_attention: list[Tensor] = field(default_factory=list)  # (B, n, K, M + T)
    mems: list[Tensor] = field(default_factory=list)  # what each layer read of these tokens, (B, T, H)


class XLNet(nn.Module):
    """Section 2.3: g^(0) = w, h^(0) = e(x); keys and values are those of h, for both."""

    def __init__(self, config: XLNetConfig) -> None:
        super().__init__()
        self.config = config
        self.table = nn.Embedding(config.vocabulary, config.hidden_size)
        self.w = nn.Parameter(torch.empty(config.hidden_size))
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.dropout = nn.Dropout(config.dropout)
        for weight in self.parameters():
            nn.init.normal_(weight, std=config.initializer_range)
        for part in self.modules():
            if isinstance(part, nn.LayerNorm):
                part.reset_parameters()
            elif isinstance(part, nn.Linear) and part.bias is not None:
                nn.init.zeros_(part.bias)

    def forward(
        self,
        input_ids: Tensor,
        token_type_ids: Tensor,
        perm_mask: Tensor,
        target_mapping: Tensor | None = None,
        mems: Tensor | Sequence[Tensor] | None = None,
        placed: Tensor | None = None,
        reverse: bool = False,
    ) -> Streams:
        """Both streams; h alone where there are no targets.

        Args:
            input_ids: int64 (B, T).
            token_type_ids: int64 (B, T); only whether two are the same matters. The memory is of segment 0.
            perm_mask: float32 (B, T, T), 1: i may not see j. In h a token sees itself all the same. Between 0 and 1:
                not either, but who may see nothing else sees everything, as in the released code.
            target_mapping: float32 (B, K, T), a row is 1 where its target stands, else 0.
            mems: float32 (layers, B, M, H) of the tokens before.
            placed: float32 (B, K), 0: where the target stands is hidden from its query.
            reverse: the second half of the batch sees offsets of the other sign (bidirectional data, section 2.4).
        """
        batch, tokens = input_ids.shape
        memory = mems[0].shape[1] if mems is not None else 0
        seen = functional.pad(token_type_ids, (memory, 0))
        itself = torch.eye(tokens, dtype=perm_mask.dtype, device=perm_mask.device)

        def reader(hidden: Tensor, types: Tensor, places: Tensor | None = None) -> Reader:
            return Reader(functional.pad(hidden, (memory, 0)), types[:, :, None] != seen[:, None], places, placed)

        h, g = self.dropout(self.table(input_ids)), None
        of_content, of_query = reader(perm_mask * (1 - itself), token_type_ids), None
        if target_mapping is not None:
            places = target_mapping.argmax(2)
            g = self.dropout(self.w.expand(batch, places.shape[1], -1))
            of_query = reader(target_mapping @ perm_mask, token_type_ids.gather(1, places), places)
        offsets = self.dropout(self.offsets(tokens, memory, reverse).to(h.dtype))
        found = Streams(h, g)
        for number, layer in enumerate(self.layers):
            assert isinstance(layer, Layer)
            found.mems.append(h)
            content = h if mems is None else torch.cat([mems[number].to(h.dtype), h], 1)
            context = layer.attention.context(content, offsets)
            if g is not None and of_query is not None:
                g, attention = layer(g, context, of_query)
                found.query_attention.append(attention)
            h, attention = layer(h, context, of_content)
            found.content_attention.append(attention)
        found.content, found.query = self.dropout(h), None if g is None else self.dropout(g)
        return found

    def offsets(self, tokens: int, memory: int, reverse: bool) -> Tensor:
        """R of the offsets M + T … 1 - T, (G, M + 2 T, H): sines, then cosines."""
        size, device = self.config.hidden_size, self.w.device
        rates = 1 / 10_000 ** (torch.arange(0, size, 2, device=device).float() / size)
        places = torch.arange(memory + 2 * tokens, device=device)
        angles = (memory + tokens - places).float()[:, None] * rates
        if reverse:
            angles = torch.stack([angles, -angles])
        found = torch.cat([angles.sin(), angles.cos()], -1)
        return found if reverse else found[None]


class LanguageModel(nn.Module):
    """Equation 3 at the targets: p(x_z_t | x_z_<t) from g, by a softmax over the words' own vectors."""

    def __init__(self, config: XLNetConfig) -> None:
        super().__init__()
        self.body = XLNet(config)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))

    def forward(
        self,
        input_ids: Tensor,
        token_type_ids: Tensor,
        perm_mask: Tensor,
        target_mapping: Tensor,
        mems: Tensor | Sequence[Tensor] | None = None,
        placed: Tensor | None = None,
        reverse: bool = False,
    ) -> tuple[Tensor, Streams]:
        """See XLNet.forward. Returns logits float32 (B, K, vocabulary), and both streams."""
        streams = self.body(input_ids, token_type_ids, perm_mask, target_mapping, mems, placed, reverse)
        assert streams.query is not None
        return self.logits(streams.query), streams

    def logits(self, states: Tensor) -> Tensor:
        """(…, H) -> (…, vocabulary)."""
        return functional.linear(states, self.body.table.weight, self.bias)


class MaskedLanguageModel(LanguageModel):
    """The same module with BERT's objective (equation 2): [MASK] stands at the targets, h is read there."""

    def forward(
        self,
        input_ids: Tensor,
        token_type_ids: Tensor,
        perm_mask: Tensor,
        target_mapping: Tensor,
        mems: Tensor | Sequence[Tensor] | None = None,
        placed: Tensor | None = None,
        reverse: bool = False,
    ) -> tuple[Tensor, Streams]:
        """See LanguageModel.forward; placed has no meaning."""
        streams = self.body(input_ids, token_type_ids, perm_mask, None, mems, None, reverse)
        return self.logits(target_mapping @ streams.content), streams


class Classifier(nn.Module):
    """Section 2.5 and fine-tuning: g is dropped, the class is read from h at one token."""

    def __init__(self, body: XLNet, classes: int) -> None:
        super().__init__()
        size = body.config.hidden_size
        self.body = body
        self.summary, self.output = nn.Linear(size, size), nn.Linear(size, classes)
        self.dropout = nn.Dropout(0.1)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """int64 (B, T) each; the first token is read; attention_mask 0: padding. Returns logits (B, classes)."""
        hidden = (1 - attention_mask)[:, None].expand(-1, attention_mask.shape[1], -1)
        streams = self.body(input_ids, token_type_ids, hidden.to(self.body.w.dtype))
        return self.output(self.dropout(torch.tanh(self.summary(self.dropout(streams.content[:, 0])))))
