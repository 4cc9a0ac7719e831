"""Tiny causal models with random weights, as folders of transformers and as bundles for generation."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    OpenAIGPTConfig,
    OpenAIGPTLMHeadModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from export import from_hub
from export.make import make

CONTEXT = 64
END = "<|endoftext|>"
CHAT = (  # of the Llama-like one
    "{% for message in messages %}{{ eos_token }}{{ message['role'] }}:\n{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}{{ eos_token }}assistant:\n{% endif %}"
)
TEXT = (
    "The old lighthouse keeper climbed the stairs, and the lamp was lit before the fog came in.\n\n"
    "Water boils at a lower temperature on a mountain; 床前明月光,疑是地上霜。🙂 1, 2, 3, 4, 5."
)


@lru_cache
def tokenizer() -> Tokenizer:
    """Byte-level: any text has tokens, and a Chinese character has several."""
    made = Tokenizer(BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=290, special_tokens=[END], initial_alphabet=alphabet, show_progress=False)  # type: ignore[call-arg]
    made.train_from_iterator([TEXT] * 3, trainer)
    return made


SHAPE = {"n_positions": CONTEXT, "n_embd": 64, "n_layer": 2, "n_head": 4}


def _gpt2(size: int) -> PreTrainedModel:
    return GPT2LMHeadModel(GPT2Config(vocab_size=size, bos_token_id=0, eos_token_id=0, **SHAPE))


def _llama(size: int) -> PreTrainedModel:
    config = LlamaConfig(
        vocab_size=size, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=CONTEXT, tie_word_embeddings=True, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def _gpt(size: int) -> PreTrainedModel:
    return OpenAIGPTLMHeadModel(OpenAIGPTConfig(vocab_size=size, eos_token_id=0, **SHAPE))


MODELS: dict[str, Callable[[int], PreTrainedModel]] = {"gpt2": _gpt2, "llama": _llama, "gpt": _gpt}


def model(name: str) -> PreTrainedModel:
    """Weights large enough that its answers are decided, and vary."""
    torch.manual_seed(0)
    made = MODELS[name](tokenizer().get_vocab_size()).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.dim() > 1:
                parameter.mul_(5)
            else:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return made


def save(name: str, folder: Path) -> Path:
    """As transformers keeps it."""
    model(name).save_pretrained(folder)
    template = CHAT if name == "llama" else None
    saved = PreTrainedTokenizerFast(tokenizer_object=tokenizer(), eos_token=END, chat_template=template)
    saved.save_pretrained(folder)
    return folder


def make_all(folder: Path) -> Path:
    """Every model through `python -m export from-hub`."""
    text = folder / "text.txt"
    text.write_text(TEXT, encoding="utf-8")
    for name in MODELS:
        source = save(name, folder / "transformers" / name)
        recipe = from_hub.recipe(str(source), name, text)
        make(recipe, folder / "onnx", folder / "checkpoints", note=lambda line: None)
    return folder / "onnx"
