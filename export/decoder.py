"""A causal language model of transformers as a decoder that keeps its keys and values in a cache it is given.

One exporter for all that `export/architectures.py` lists, none of which is rewritten: their attention is replaced,
while the graph is traced, by the ONNX operator GroupQueryAttention, which appends to the cache where it lies. Rotary
positions go into that operator, ALiBi and local windows become its bias; RMS norms and the tanh approximation of GELU
become one node each.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.bloom import modeling_bloom
from transformers.models.falcon import modeling_falcon
from transformers.models.gpt_neo import modeling_gpt_neo
from transformers.models.openai import modeling_openai

from export.architectures import UnsupportedModelError, context_of, kv_heads_of, require_taken
from hub.card import TensorSpec

OPSET = 23  # the first with RMSNormalization
ATTENTION = "shared_cache"  # the name of the attention function in transformers
APPLY = "apply_rotary_pos_emb"  # what transformers' modules turn queries and keys by
UNSEEN = -1e9  # added to the score of a token outside a local window
PAIRS = 8  # of values that are turned: the operator takes a multiple
PROBED = 1e-5  # a norm or a rotation that differs by less is the operator's


class Decoder(nn.Module):
    """Next-token logits of a causal model, with the keys and values of all layers in a shared cache.

    Args:
        model: in eval mode, with learned positions (GPT, GPT-2) or rotary ones (Llama-like).
        max_length: tokens of the cache, at most what the model was made for.

    Raises:
        UnsupportedModelError: sliding windows, soft caps, other kinds of positions.
    """

    cos_cache: Tensor  # (length, turned pairs)
    sin_cache: Tensor
    alibi: Tensor  # (heads, length): what is added to the score of a key

    def __init__(self, model: PreTrainedModel, max_length: int | None = None) -> None:
        super().__init__()
        self.model = model
        config = model.config
        require_taken(config)
        self.layers: int = config.num_hidden_layers
        self.heads: int = config.num_attention_heads
        self.kv_heads = kv_heads_of(config)
        self.head_size: int = getattr(config, "head_dim", None) or config.hidden_size // self.heads
        self.hidden_size: int = config.hidden_size
        self.vocab_size: int = config.vocab_size
        self.max_length = min(max_length or context_of(config), context_of(config))
        alibi = _alibi(model, self.max_length)
        self.has_alibi = alibi is not None
        if alibi is not None:
            self.register_buffer("alibi", alibi, persistent=False)
        named = () if self.has_alibi else model.named_modules()
        self.rotary = next((part for name, part in named if name.endswith("rotary_emb")), None)
        if self.rotary is not None:
            cos, sin = _angles(self.rotary, self.max_length)
            self.interleaved, sign = _turning(model, self.rotary, cos, sin)
            self.order: Tensor | None = None  # of the values of a head, where the operator needs another than the model
            if cos.shape[1] % PAIRS:
                cos, sin = self._whole_groups(cos, sin)
            self.register_buffer("cos_cache", cos, persistent=False)
            self.register_buffer("sin_cache", sign * sin, persistent=False)
        self.has_positions = self.rotary is None and not self.has_alibi
        self._turned = False  # whether this layer's queries and keys are to be turned

    def _whole_groups(self, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor]:
        """Tables for a multiple of 8 pairs, which the operator wants: pairs become neighbours, and more are not turned.

        Queries and keys have their values in the same order, so that their products stay.
        """
        pairs = cos.shape[1]
        if not self.interleaved:
            turned = torch.arange(2 * pairs).reshape(2, pairs).T.flatten()  # 0, pairs, 1, pairs + 1, ...
            self.order = torch.cat([turned, torch.arange(2 * pairs, self.head_size)])
            self.interleaved = True
        more = -pairs % PAIRS
        if 2 * (pairs + more) > self.head_size:
            raise UnsupportedModelError(f"rotary positions of {2 * pairs} values in heads of {self.head_size}")
        return nn.functional.pad(cos, (0, more), value=1.0), nn.functional.pad(sin, (0, more))

    # --- what the graph has

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The inputs in their order."""
        given = [
            TensorSpec(name="input_ids", dtype="int64", shape=("batch", "tokens"), meaning="the tokens to append"),
            TensorSpec(
                name="logit_positions", dtype="int64", shape=("positions",),
                meaning="of which of these tokens the logits are wanted, from 0",
            ),
            TensorSpec(
                name="seqlens_k", dtype="int32", shape=("batch",),
                meaning="tokens in the cache after this call, less 1",
            ),
            TensorSpec(
                name="total_sequence_length", dtype="int32", shape=(), meaning="the largest of seqlens_k, plus 1"
            ),
        ]  # fmt: skip
        if self.has_positions:
            positions = TensorSpec(
                name="position_ids", dtype="int64", shape=("batch", "tokens"), meaning="places of these tokens, from 0"
            )
            given.insert(1, positions)
        return (*given, *self._cache("past", "cache"))

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """The outputs in their order."""
        logits = TensorSpec(
            name="logits", dtype="float32", shape=("batch", "positions", self.vocab_size),
            meaning="of the token after each wanted one",
        )  # fmt: skip
        return (logits, *self._cache("present", "cache"))

    def _cache(self, when: str, axis: str) -> list[TensorSpec]:
        shape = ("batch", self.kv_heads, axis, self.head_size)
        return [
            TensorSpec(
                name=f"{when}_{kind}_{layer}", dtype="float32", shape=shape, meaning="one buffer: past = present"
            )
            for layer in range(self.layers)
            for kind in ("key", "value")
        ]

    def sample(self, batch: int = 3, tokens: int = 11, length: int = 37) -> dict[str, Tensor]:
        """Inputs of an empty cache, to trace with."""
        given = {
            "input_ids": torch.randint(0, self.vocab_size, (batch, tokens)),
            "position_ids": torch.arange(tokens).expand(batch, tokens).contiguous(),
            "logit_positions": torch.arange(tokens - 2, tokens),
            "seqlens_k": torch.full((batch,), tokens - 1, dtype=torch.int32),
            "total_sequence_length": torch.tensor(tokens, dtype=torch.int32),
        }
        empty = torch.zeros(batch, self.kv_heads, length, self.head_size)
        return {spec.name: given[spec.name] if spec.name in given else empty.clone() for spec in self.inputs}

    # --- while it is traced

    def forward(self, *given: Tensor) -> dict[str, Tensor]:
        named = dict(zip((spec.name for spec in self.inputs), given, strict=True))
        self._named = named
        self._presents: dict[str, Tensor] = {}
        places = {"position_ids": named["position_ids"]} if self.has_positions else {}
        logits = self.model(input_ids=named["input_ids"], **places, use_cache=False).logits
        return {"logits": logits, **self._presents}

    def attend(
        self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float, bias: Tensor | None = None,
        soft_cap: float = 0.0,
    ) -> Tensor:  # fmt: skip
        """GroupQueryAttention. query (batch, heads, tokens, head_size) -> (batch, tokens, heads, head_size).

        Args:
            bias: (1, heads or 1, tokens, all tokens), added to the scores.
            soft_cap: scores s become soft_cap * tanh(s / soft_cap); 0: they stay.
        """
        named = self._named
        past_key, past_value = named[f"past_key_{layer}"], named[f"past_value_{layer}"]
        if self._turned and self.order is not None:
            query, key = query[..., self.order], key[..., self.order]
        flat = [part.transpose(1, 2).flatten(2) for part in (query, key, value)]
        turned, self._turned = self._turned, False
        inputs: list[Tensor | None] = [*flat, past_key, past_value, named["seqlens_k"], named["total_sequence_length"]]
        inputs += [self.cos_cache, self.sin_cache] if turned else [None, None]
        inputs += [None, bias] if bias is not None else []
        while inputs[-1] is None:
            inputs.pop()
        attributes: dict[str, Any] = {
            "num_heads": self.heads, "kv_num_heads": self.kv_heads, "scale": float(scale), "do_rotary": int(turned),
        }  # fmt: skip
        if turned and self.interleaved:
            attributes["rotary_interleaved"] = 1
        if soft_cap:
            attributes["softcap"] = float(soft_cap)
        attended, present_key, present_value = torch.onnx.ops.symbolic_multi_out(
            "com.microsoft::GroupQueryAttention",
            tuple(inputs),
            attrs=attributes,
            dtypes=(query.dtype, key.dtype, value.dtype),
            shapes=(flat[0].shape, past_key.shape, past_value.shape),
            version=1,
        )
        self._presents |= {f"present_key_{layer}": present_key, f"present_value_{layer}": present_value}
        return attended.unflatten(-1, (self.heads, self.head_size))

    def alibi_bias(self) -> Tensor:
        """(1, heads, tokens, all tokens)."""
        rows = torch.zeros(self._named["input_ids"].shape[1])
        return self._up_to_now(self.alibi)[None, :, None] + rows[None, None, :, None]

    def window_bias(self, window: int) -> Tensor:
        """(batch, 1, tokens, all tokens): of the tokens up to its own, each sees so many."""
        keys = self._up_to_now(torch.arange(self.max_length)[None])
        far = keys <= self._named["position_ids"][:, :, None] - window  # (batch, tokens, all tokens)
        return torch.where(far, UNSEEN, 0.0)[:, None]

    def _up_to_now(self, table: Tensor) -> Tensor:
        """The columns of all tokens there are. torch takes them for those of the cache: see fuse_decoder."""
        end = self._named["total_sequence_length"].reshape(1).long()
        start, axis = torch.zeros(1, dtype=torch.int64), torch.ones(1, dtype=torch.int64)
        length = self._named["past_key_0"].shape[2]
        return torch.onnx.ops.symbolic(
            "Slice", (table, start, end, axis), dtype=table.dtype, shape=(table.shape[0], length), version=OPSET
        )

    @contextmanager
    def export_context(self) -> Iterator[None]:
        """The model with the operators of the graph in place of its own."""

        def attention(
            module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
            scaling: float | None = None, softcap: float | None = None, **_: Any,
        ) -> tuple[Tensor, None]:  # fmt: skip
            scale = self.head_size**-0.5 if scaling is None else scaling
            return self.attend(module.layer_idx, query, key, value, scale, soft_cap=softcap or 0.0), None  # type: ignore[arg-type]

        ALL_ATTENTION_FUNCTIONS.register(ATTENTION, attention)
        ALL_MASK_ATTENTION_FUNCTIONS.register(ATTENTION, lambda *_, **__: None)
        with ExitStack() as stack:
            for replace in (_attention, _own_attention, _head, _rotary, _rms_norms, _tanh_gelus):
                for target, name, new in replace(self):
                    stack.enter_context(_replaced(target, name, new))
            yield


Replaced = Iterator[tuple[Any, str, Any]]  # object, attribute, what stands there while the graph is traced


@contextmanager
def _replaced(target: Any, name: str, new: Any) -> Iterator[None]:
    own = name in vars(target)  # else it comes from the class, and shows again once the new one is gone
    old = getattr(target, name)
    setattr(target, name, new)
    try:
        yield
    finally:
        if own or isinstance(getattr(type(target), name, None), property):
            setattr(target, name, old)
        else:
            delattr(target, name)


def _attention(decoder: Decoder) -> Replaced:
    yield decoder.model.config, "_attn_implementation", ATTENTION


def _own_attention(decoder: Decoder) -> Replaced:
    """Four families have an attention of their own, which does not go through transformers' attention functions."""
    for name, part in decoder.model.named_modules():
        if isinstance(part, modeling_openai.Attention):
            yield part, "_attn", _of_gpt(decoder, int(name.split(".")[-2]))
        elif isinstance(part, modeling_gpt_neo.GPTNeoSelfAttention):
            yield part, "_attn", _of_gpt_neo(decoder, part)
        elif isinstance(part, modeling_bloom.BloomAttention):
            yield part, "forward", _of_bloom(decoder, part)
        elif isinstance(part, modeling_falcon.FalconAttention):
            yield part, "forward", _of_falcon(decoder, part)


def _of_gpt(decoder: Decoder, layer: int) -> Callable[..., list[Tensor]]:
    def attend(query: Tensor, key: Tensor, value: Tensor, *_: Any) -> list[Tensor]:
        attended = decoder.attend(layer, query, key.transpose(2, 3), value, decoder.head_size**-0.5)
        return [attended.transpose(1, 2)]

    return attend


def _of_gpt_neo(decoder: Decoder, part: Any) -> Callable[..., tuple[Tensor, None]]:
    """Scores are not scaled; every other layer sees a window of the last tokens."""

    def attend(query: Tensor, key: Tensor, value: Tensor, *_: Any) -> tuple[Tensor, None]:
        window = decoder.model.config.window_size
        local = part.attention_type == "local" and window < decoder.max_length
        bias = decoder.window_bias(window) if local else None
        return decoder.attend(part.layer_id, query, key, value, 1.0, bias).transpose(1, 2), None

    return attend


def _of_bloom(decoder: Decoder, part: Any) -> Callable[..., tuple[Tensor, None]]:
    project = _projections(decoder, part.query_key_value)

    def attend(hidden: Tensor, residual: Tensor, *_: Any, **__: Any) -> tuple[Tensor, None]:
        attended = decoder.attend(part.layer_idx, *project(hidden), part.inv_norm_factor, decoder.alibi_bias())
        return residual + part.dense(attended.flatten(2)), None

    return attend


def _of_falcon(decoder: Decoder, part: Any) -> Callable[..., tuple[Tensor, None]]:
    project = _projections(decoder, part.query_key_value)

    def attend(hidden: Tensor, *_: Any, **__: Any) -> tuple[Tensor, None]:
        decoder._turned = decoder.rotary is not None
        bias = decoder.alibi_bias() if decoder.has_alibi else None
        attended = decoder.attend(part.layer_idx, *project(hidden), part.inv_norm_factor, bias)
        return part.dense(attended.flatten(2)), None

    return attend


def _projections(decoder: Decoder, joint: nn.Linear) -> Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]:
    """Queries, keys and values, (batch, heads, tokens, head_size) each, of a layer that holds, for each head of keys,
    its queries, then its key and its value: as three layers, which need not be taken apart token by token.
    """

    def rows(values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        groups = values.detach().unflatten(0, (decoder.kv_heads, -1, decoder.head_size))
        query, key, value = groups[:, :-2].flatten(0, 2), groups[:, -2].flatten(0, 1), groups[:, -1].flatten(0, 1)
        return query.contiguous(), key.contiguous(), value.contiguous()

    weights = rows(joint.weight)
    biases = (None, None, None) if joint.bias is None else rows(joint.bias)

    def project(hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = (
            nn.functional.linear(hidden, weight, bias).unflatten(-1, (-1, decoder.head_size)).transpose(1, 2)
            for weight, bias in zip(weights, biases, strict=True)
        )
        return query, key, value

    return project


def _head(decoder: Decoder) -> Replaced:
    """Logits of the wanted tokens only; what a model does with them afterwards, it does."""
    head: Any = decoder.model.get_output_embeddings()
    forward = head.forward
    yield head, "forward", lambda hidden: forward(hidden.index_select(1, decoder._named["logit_positions"]))


def _rotary(decoder: Decoder) -> Replaced:
    """The operator turns queries and keys itself, of those layers that would have turned them."""

    def note(query: Tensor, *key: Any, **_: Any) -> Any:
        decoder._turned = True
        return query if single else (query, key[0])

    if decoder.rotary is not None:
        yield decoder.rotary, "forward", lambda *_, **__: (None, None)
        for home in _rotary_homes(decoder.model):
            single = _takes_one(getattr(home, APPLY))
            yield home, APPLY, note


def _rotary_homes(model: nn.Module) -> list[Any]:
    """The modules of Python that turn queries and keys."""
    homes = sorted({type(part).__module__ for part in model.modules()})
    return [sys.modules[home] for home in homes if hasattr(sys.modules[home], APPLY)]


def _takes_one(apply: Callable[..., Any]) -> bool:
    """Whether queries and keys are turned one after the other (GPT-J)."""
    return next(iter(inspect.signature(apply).parameters)) == "tensor"


def _angles(rotary: Any, length: int) -> tuple[Tensor, Tensor]:
    """cos and sin (length, turned pairs)."""
    if hasattr(rotary, "embed_positions"):  # GPT-J keeps them
        sin, cos = rotary.embed_positions[:length].float().chunk(2, dim=-1)
        return cos.contiguous(), sin.contiguous()
    angles = torch.arange(length)[:, None].float() * rotary.inv_freq.float()[None]
    scale = float(getattr(rotary, "attention_scaling", 1.0))
    return angles.cos() * scale, angles.sin() * scale


def _turning(model: nn.Module, rotary: Any, cos: Tensor, sin: Tensor) -> tuple[bool, float]:
    """Which pairs a model turns, halves or neighbours, and to which side: 1.0 or -1.0; seen by what it does.

    Raises:
        UnsupportedModelError: it turns them in another way.
    """
    homes = _rotary_homes(model)
    count = min(4, len(cos))
    places = torch.arange(count)[None]
    probe = torch.randn(1, 1, count, 2 * cos.shape[1], generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        factors = rotary(probe, places)
        if not homes:
            turned = None
        elif _takes_one(getattr(homes[0], APPLY)):
            turned = getattr(homes[0], APPLY)(probe.transpose(1, 2), *factors).transpose(1, 2)
        else:
            turned = getattr(homes[0], APPLY)(probe, probe, *factors)[0]
    for interleaved in (False, True):
        first, second = (probe[..., 0::2], probe[..., 1::2]) if interleaved else probe.chunk(2, dim=-1)
        for sign in (1.0, -1.0):
            pairs = (
                first * cos[:count] - sign * second * sin[:count],
                second * cos[:count] + sign * first * sin[:count],
            )
            expected = torch.stack(pairs, -1).flatten(-2) if interleaved else torch.cat(pairs, -1)
            if turned is not None and torch.allclose(turned, expected, atol=PROBED):
                return interleaved, sign
    raise UnsupportedModelError("rotary positions of another kind than halves or neighbours that are turned")


def _alibi(model: nn.Module, length: int) -> Tensor | None:
    """What is added to the score of each key: (heads, length), as the model computes it; None: nothing is."""
    config: Any = model.config
    everything = torch.ones(1, length)
    if config.model_type == "bloom":
        built = modeling_bloom.build_alibi_tensor(everything, config.num_attention_heads, torch.float32)
        return built.reshape(config.num_attention_heads, length)
    if config.model_type == "falcon" and config.alibi:
        built = modeling_falcon.build_alibi_tensor(everything, config.num_attention_heads, torch.float32)
        scale = 1 / math.sqrt(config.hidden_size // config.num_attention_heads)
        return built.reshape(config.num_attention_heads, length).float() * scale
    return None


def _rms_norms(decoder: Decoder) -> Replaced:
    for part in decoder.model.modules():
        weight = _rms_weight(part) if type(part).__name__.endswith("RMSNorm") else None
        if weight is not None:
            epsilon = _epsilon(part)

            def norm(x: Tensor, weight: Tensor = weight, epsilon: float = epsilon) -> Tensor:
                scale = weight if len(weight) else torch.ones(x.shape[-1])
                attributes: dict[str, Any] = {"axis": -1, "epsilon": epsilon, "stash_type": 1}
                return torch.onnx.ops.symbolic(
                    "RMSNormalization", (x, scale), attributes, dtype=x.dtype, shape=x.shape, version=OPSET
                )

            yield part, "forward", norm


def _epsilon(part: Any) -> float:
    return float(next(getattr(part, name) for name in ("variance_epsilon", "eps") if hasattr(part, name)))


def _rms_weight(part: Any) -> Tensor | None:
    """What an RMS norm multiplies by: its weight, 1 + its weight (Gemma), or nothing: an empty one.

    Seen by what it does; None where that is something else: then its own operators are exported.
    """
    stored = getattr(part, "weight", None)
    weights = [torch.empty(0)] if stored is None else [stored, 1 + stored.detach()]
    probe = torch.randn(3, 8 if stored is None else len(stored), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        plain = probe * torch.rsqrt(probe.square().mean(-1, keepdim=True) + _epsilon(part))
        found = part(probe)
        for weight in weights:
            if torch.allclose(found, plain * weight if len(weight) else plain, rtol=PROBED, atol=PROBED):
                return weight
    return None


def _tanh_gelus(decoder: Decoder) -> Replaced:
    def gelu(x: Tensor) -> Tensor:
        return torch.onnx.ops.symbolic("com.microsoft::FastGelu", (x,), dtype=x.dtype, shape=x.shape, version=1)

    for part in decoder.model.modules():
        if type(part).__name__ in ("NewGELUActivation", "FastGELUActivation", "GELUTanh"):
            yield part, "forward", gelu
