"""A tiny model with random weights of every architecture that is taken."""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

CONTEXT = 48
VOCABULARY = 101
LAYERS = 2

# What nearly all configurations call it, and what some older ones do.
USUAL: dict[str, Any] = {
    "vocab_size": VOCABULARY, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": LAYERS,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": CONTEXT,
    "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0,
}  # fmt: skip
OLDER: dict[str, Any] = {
    "vocab_size": VOCABULARY, "n_positions": CONTEXT, "n_embd": 64, "n_layer": LAYERS, "n_head": 4,
    "bos_token_id": 0, "eos_token_id": 0,
}  # fmt: skip
WITHOUT_GROUPS = {name: value for name, value in USUAL.items() if name != "num_key_value_heads"}

SETTINGS: dict[str, dict[str, Any]] = {
    "openai-gpt": OLDER,
    "gpt2": OLDER,
    "gpt_neo": WITHOUT_GROUPS | {
        "num_layers": LAYERS, "num_heads": 4, "attention_types": [[["global", "local"], 1]], "window_size": 6,
    },
    "gpt_bigcode": OLDER,
    "gptj": OLDER | {"rotary_dim": 8},
    "bloom": {"vocab_size": VOCABULARY, "hidden_size": 64, "n_layer": LAYERS, "n_head": 4, "seq_length": CONTEXT},
    "falcon": WITHOUT_GROUPS,
    "opt": WITHOUT_GROUPS | {"ffn_dim": 96, "word_embed_proj_dim": 64},
    "gpt_neox": WITHOUT_GROUPS,
    "biogpt": WITHOUT_GROUPS,
    "smollm3": USUAL | {"no_rope_layers": [1, 0]},
    "gemma": USUAL | {"head_dim": 16},
    "gemma2": USUAL | {"head_dim": 16, "sliding_window": CONTEXT, "attn_logit_softcapping": 5.0,
                       "final_logit_softcapping": 3.0, "query_pre_attn_scalar": 20},
    "granite": USUAL | {"logits_scaling": 3.0, "residual_multiplier": 0.5, "embedding_multiplier": 2.0,
                        "attention_multiplier": 0.3},
    "cohere": USUAL | {"logit_scale": 0.3, "use_qk_norm": True},
    "cohere2": USUAL | {"logit_scale": 0.3, "sliding_window": CONTEXT, "layer_types": ["sliding_attention",
                                                                                         "full_attention"]},
    "glm": USUAL | {"head_dim": 32},
    "glm4": USUAL | {"head_dim": 32},
    "phi": USUAL,
    "phi3": USUAL | {"original_max_position_embeddings": CONTEXT, "sliding_window": CONTEXT - 1},
    "qwen3": USUAL | {"head_dim": 16},
    "helium": USUAL | {"head_dim": 16},
}  # fmt: skip

# Forms of an architecture that differ in what the graph has.
FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "falcon, ALiBi": ("falcon", {"alibi": True, "multi_query": False}),
    "falcon, new": ("falcon", {"new_decoder_architecture": True, "num_kv_heads": 2}),
    "falcon, a key for each head": ("falcon", {"multi_query": False}),
    "gpt_bigcode, a key for each head": ("gpt_bigcode", {"multi_query": False}),
    "llama, positions of Llama 3": ("llama", {"rope_parameters": {
        "rope_type": "llama3", "rope_theta": 10000.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
    }}),
    "qwen2, YaRN": ("qwen2", {"rope_parameters": {
        "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 16,
    }}),
    "mistral, a short window": ("mistral", {"sliding_window": 32}),
    "gemma2, a short window": ("gemma2", {"sliding_window": 32}),
    "phi3, longrope": ("phi3", {"original_max_position_embeddings": 32, "rope_parameters": {
        "rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0 + 0.1 * n for n in range(8)],
        "long_factor": [2.0 + n for n in range(8)], "original_max_position_embeddings": 32,
    }}),
}  # fmt: skip


def config(kind: str, **changes: Any) -> Any:
    """The configuration of a tiny model."""
    return AutoConfig.for_model(kind, **(SETTINGS.get(kind, USUAL) | changes))


def model(name: str) -> PreTrainedModel:
    """An architecture, or a form of one. Weights large enough that positions and windows are seen in the logits."""
    kind, changes = FORMS.get(name, (name, {}))
    torch.manual_seed(0)
    made = AutoModelForCausalLM.from_config(config(kind, **changes)).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3)
            else:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return made
