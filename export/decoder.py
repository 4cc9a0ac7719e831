"""A causal language model of transformers as a decoder that keeps its keys and values in a cache it is given.

One exporter for GPT, GPT-2 and Llama-like models, none of which is rewritten: their attention is replaced, while the
graph is traced, by the ONNX operator GroupQueryAttention, which appends to the cache where it lies. Rotary positions
go into that operator; RMS norms and the tanh approximation of GELU become one node each.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.openai import modeling_openai

from hub.card import TensorSpec

OPSET = 23  # the first with RMSNormalization
ATTENTION = "shared_cache"  # the name of the attention function in transformers


class UnsupportedModelError(ValueError):
    """A model whose attention GroupQueryAttention does not compute; the message says which part."""


class Decoder(nn.Module):
    """Next-token logits of a causal model, with the keys and values of all layers in a shared cache.

    Args:
        model: in eval mode, with learned positions (GPT, GPT-2) or rotary ones (Llama-like).
        max_length: tokens of the cache, at most what the model was made for.

    Raises:
        UnsupportedModelError: sliding windows, soft caps, other kinds of positions.
    """

    def __init__(self, model: PreTrainedModel, max_length: int | None = None) -> None:
        super().__init__()
        self.model = model
        config = model.config
        self.layers: int = config.num_hidden_layers
        self.heads: int = config.num_attention_heads
        self.kv_heads: int = getattr(config, "num_key_value_heads", None) or self.heads
        self.head_size: int = getattr(config, "head_dim", None) or config.hidden_size // self.heads
        self.hidden_size: int = config.hidden_size
        self.vocab_size: int = config.vocab_size
        made_for: int = config.max_position_embeddings
        self.max_length = min(max_length or made_for, made_for)
        self.rotary = next((part for name, part in model.named_modules() if name.endswith("rotary_emb")), None)
        _require_supported(model)
        if self.rotary is not None:
            angles = torch.arange(self.max_length)[:, None].float() * self.rotary.inv_freq.float()[None]
            scale = float(getattr(self.rotary, "attention_scaling", 1.0))
            self.register_buffer("cos_cache", angles.cos() * scale, persistent=False)
            self.register_buffer("sin_cache", angles.sin() * scale, persistent=False)

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
        if self.rotary is None:
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
        body = self.model.base_model(
            input_ids=named["input_ids"], **({"position_ids": named["position_ids"]} if self.rotary is None else {}),
            use_cache=False,
        )  # fmt: skip
        hidden = body[0].index_select(1, named["logit_positions"])  # (batch, positions, hidden)
        return {"logits": self.model.get_output_embeddings()(hidden), **self._presents}

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """GroupQueryAttention. query (batch, heads, tokens, head_size) -> (batch, tokens, heads, head_size)."""
        named = self._named
        past_key, past_value = named[f"past_key_{layer}"], named[f"past_value_{layer}"]
        flat = [part.transpose(1, 2).flatten(2) for part in (query, key, value)]
        rotary = () if self.rotary is None else (self.cos_cache, self.sin_cache)
        attended, present_key, present_value = torch.onnx.ops.symbolic_multi_out(
            "com.microsoft::GroupQueryAttention",
            (*flat, past_key, past_value, named["seqlens_k"], named["total_sequence_length"], *rotary),
            attrs={
                "num_heads": self.heads, "kv_num_heads": self.kv_heads, "scale": float(scale),
                "do_rotary": int(self.rotary is not None),
            },
            dtypes=(query.dtype, key.dtype, value.dtype),
            shapes=(flat[0].shape, past_key.shape, past_value.shape),
            version=1,
        )  # fmt: skip
        self._presents |= {f"present_key_{layer}": present_key, f"present_value_{layer}": present_value}
        return attended.unflatten(-1, (self.heads, self.head_size))

    @contextmanager
    def export_context(self) -> Iterator[None]:
        """The model with the operators of the graph in place of its own."""

        def attention(
            module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scaling: float, **_: Any
        ) -> tuple[Tensor, None]:
            return self.attend(module.layer_idx, query, key, value, scaling), None  # type: ignore[arg-type]

        ALL_ATTENTION_FUNCTIONS.register(ATTENTION, attention)
        ALL_MASK_ATTENTION_FUNCTIONS.register(ATTENTION, lambda *_, **__: None)
        with ExitStack() as stack:
            for replace in (_attention, _gpt, _rotary, _rms_norms, _tanh_gelus):
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


def _gpt(decoder: Decoder) -> Replaced:
    """GPT has an attention of its own, which does not go through transformers' attention functions."""
    for name, part in decoder.model.named_modules():
        if isinstance(part, modeling_openai.Attention):
            layer = int(name.split(".")[-2])

            def attend(q: Tensor, k: Tensor, v: Tensor, *_: Any, layer: int = layer) -> list[Tensor]:
                scale = decoder.head_size**-0.5
                attended = decoder.attend(layer, q, k.transpose(2, 3), v, scale)
                return [attended.transpose(1, 2)]

            yield part, "_attn", attend


def _rotary(decoder: Decoder) -> Replaced:
    """The operator turns queries and keys itself."""
    if decoder.rotary is not None:
        yield decoder.rotary, "forward", lambda states, position_ids: (None, None)
        homes = {type(part).__module__ for part in decoder.model.modules()}
        for home in sorted(homes):
            if hasattr(sys.modules[home], "apply_rotary_pos_emb"):
                yield sys.modules[home], "apply_rotary_pos_emb", lambda query, key, *_, **__: (query, key)


def _rms_norms(decoder: Decoder) -> Replaced:
    for part in decoder.model.modules():
        if type(part).__name__.endswith("RMSNorm"):
            epsilon = float(part.variance_epsilon)  # type: ignore[arg-type]

            def norm(x: Tensor, part: nn.Module = part, epsilon: float = epsilon) -> Tensor:
                attributes: dict[str, Any] = {"axis": -1, "epsilon": epsilon, "stash_type": 1}
                given: Any = (x, part.weight)
                return torch.onnx.ops.symbolic(
                    "RMSNormalization", given, attributes, dtype=x.dtype, shape=x.shape, version=OPSET
                )

            yield part, "forward", norm


def _tanh_gelus(decoder: Decoder) -> Replaced:
    def gelu(x: Tensor) -> Tensor:
        return torch.onnx.ops.symbolic("com.microsoft::FastGelu", (x,), dtype=x.dtype, shape=x.shape, version=1)

    for part in decoder.model.modules():
        if type(part).__name__ in ("NewGELUActivation", "FastGELUActivation", "GELUTanh"):
            yield part, "forward", gelu


def _require_supported(model: PreTrainedModel) -> None:
    config = model.config
    if getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True):
        raise UnsupportedModelError(f"{config.model_type}: attention in a sliding window of {config.sliding_window}")
    if getattr(config, "attn_logit_softcapping", None):
        raise UnsupportedModelError(f"{config.model_type}: soft caps on the attention")
    if getattr(config, "scale_attn_by_inverse_layer_idx", False) or getattr(config, "reorder_and_upcast_attn", False):
        raise UnsupportedModelError(f"{config.model_type}: attention scaled by the layer")
