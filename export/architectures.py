"""Which causal language models of transformers become bundles, and of what length: one table, read without weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# model_type of config.json -> what people call it. Each is held against transformers by a test.
TAKEN: dict[str, str] = {
    "openai-gpt": "GPT",
    "gpt2": "GPT-2",
    "gpt_neo": "GPT-Neo, TinyStories",
    "gpt_neox": "GPT-NeoX, Pythia",
    "gpt_bigcode": "StarCoder",
    "gptj": "GPT-J",
    "bloom": "BLOOM",
    "falcon": "Falcon",
    "opt": "OPT",
    "phi": "Phi-1, Phi-1.5, Phi-2",
    "phi3": "Phi-3, Phi-3.5, Phi-4",
    "stablelm": "StableLM",
    "starcoder2": "StarCoder2",
    "llama": "Llama, SmolLM, TinyLlama",
    "mistral": "Mistral",
    "qwen2": "Qwen2, Qwen2.5",
    "qwen3": "Qwen3",
    "gemma": "Gemma",
    "gemma2": "Gemma 2",
    "granite": "Granite",
    "cohere": "Command R",
    "cohere2": "Command R7B",
    "glm": "GLM-4 (9B)",
    "glm4": "GLM-4 (0414)",
    "ernie4_5": "ERNIE 4.5",
    "helium": "Helium",
    "smollm3": "SmolLM3",
    "nanochat": "nanochat",
    "olmo": "OLMo",
    "olmo2": "OLMo 2",
    "arcee": "Arcee",
    "seed_oss": "Seed-OSS",
    "exaone4": "EXAONE 4",
    "biogpt": "BioGPT",
}

SCALED_BEYOND = (
    "dynamic",
    "longrope",
)  # rotary positions that change once a text is longer than the model was made for
DEFAULT_LENGTH = 2048  # of BLOOM, whose configuration does not say


MOST_BYTES = 2 * 1000**3  # of an ONNX graph in one piece, which the exporter makes


class UnsupportedModelError(ValueError):
    """A model that does not become a bundle; the message names the feature."""


def listed() -> str:
    """The table for a reader: "gpt2 (GPT-2), ..."."""
    return ", ".join(f"{kind} ({title})" for kind, title in TAKEN.items())


def require_taken(config: Any) -> None:
    """Raises UnsupportedModelError, whose message names the feature."""
    reason = next(_refusals(config), "")
    if reason:
        raise UnsupportedModelError(f"{config.model_type} is not supported: {reason}")


def _refusals(config: Any) -> Iterator[str]:
    kind = config.model_type
    if kind not in TAKEN:
        yield f"supported are {', '.join(TAKEN)}"
        return
    if getattr(config, "is_encoder_decoder", False):
        yield "an encoder and a decoder"
    if getattr(config, "scale_attn_by_inverse_layer_idx", False) or getattr(config, "reorder_and_upcast_attn", False):
        yield "attention scaled by the layer"
    if getattr(config, "add_cross_attention", False):
        yield "attention to another model"
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    if kinds:
        yield f"layers of another kind than attention: {', '.join(sorted(kinds))}"
    rotary = getattr(config, "rope_parameters", None) or {}
    if any(
        isinstance(part, dict) for name, part in rotary.items() if name in (getattr(config, "layer_types", None) or ())
    ):
        yield "rotary positions that differ by the type of a layer"
    heads, size = config.num_attention_heads, getattr(config, "head_dim", None)
    size = size or config.hidden_size // heads
    if size % 8:
        yield f"heads of {size} values, which is no multiple of 8"
    turned = int(size * (rotary.get("partial_rotary_factor") or 1.0)) if rotary else 0
    if -(-turned // 16) * 16 > size:
        yield f"rotary positions of {turned} values in heads of {size}"
    if context_of(config) < 2:
        yield f"a context of {context_of(config)} tokens"


def require_size(parameters: int) -> None:
    """Raises UnsupportedModelError where the weights in float32 are more than a graph can have."""
    if 4 * parameters > MOST_BYTES:
        raise UnsupportedModelError(
            f"it is too large: {parameters / 1e6:,.0f} million weights are {4 * parameters / 1e9:.1f} GB in float32, "
            f"and a graph may have {MOST_BYTES / 1e9:.0f} GB ({MOST_BYTES / 4e6:.0f} million weights)"
        )


def context_of(config: Any) -> int:
    """Tokens that the graph computes as the model does: at most its context, the shortest of its sliding windows, and
    the length from which on its rotary positions are scaled in another way.
    """
    length = getattr(config, "max_position_embeddings", None) or getattr(config, "seq_length", None) or DEFAULT_LENGTH
    window = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None)
    if window and getattr(config, "use_sliding_window", True) and (kinds is None or "sliding_attention" in kinds):
        length = min(length, window)
    rotary = getattr(config, "rope_parameters", None) or {}
    if rotary.get("rope_type") in SCALED_BEYOND:
        length = min(length, rotary.get("original_max_position_embeddings") or length)
    return int(length)


def kv_heads_of(config: Any) -> int:
    """Heads of keys and values."""
    heads = int(config.num_attention_heads)
    if config.model_type == "falcon":
        return int(config.num_kv_heads) if config.new_decoder_architecture or not config.multi_query else 1
    if config.model_type == "gpt_bigcode":
        return 1 if config.multi_query else heads
    return int(getattr(config, "num_key_value_heads", None) or heads)
