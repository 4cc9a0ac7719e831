"""Any causal language model of transformers as a recipe: a folder, an id of the Hub, or a GGUF file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from export.evaluations.running_text import RunningText
from export.recipe import Recipe, Trained, Variant
from export.writer import FP32, INT4, INT8, writer
from hub.card import License, Paper, Text
from models.training import corpus
from models.training.pretrained import of_its_class, whole

TEXTS = 40  # paragraphs of running text that the variants are compared on
MIN_CHARS = 200  # of one
PROMPTS = (
    "The old lighthouse keeper climbed the stairs and",
    "Water boils at a lower temperature on a mountain because",
    "1, 2, 3, 4,",
)


def recipe(
    source: str, name: str = "", text: Path | None = None, variants: tuple[Variant, ...] = (FP32, INT8, INT4)
) -> Recipe:
    """How to make a bundle of a model that is there already.

    Args:
        source: a folder, an id of the Hub ("openai-community/gpt2"), or a .gguf file.
        name: of the bundle; "" makes it of the source.
        text: running text, paragraphs apart by empty lines; None: the validation split of corpus_en.
    """
    label = Path(source).stem if source.endswith(".gguf") else source.rstrip("/").rpartition("/")[2]
    name = name or re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
    model, tokenizer = load(source)
    base = License(name=label, role="base weights", source=_home(source), license="see its model card")
    return writer(
        name=name,
        task="text-generation",
        title=Text(en=label, zh=label),
        summary=Text(
            en=f"{label}, a model of transformers ({model.config.model_type}), as it was published.",
            zh=f"{label}，transformers 模型（{model.config.model_type}），权重按原样发布。",
        ),
        paper=Paper(authors="see its model card", year=0, title=label, url=_home(source)),
        departures=(),
        languages=("en",),
        licenses=(base,),
        train=lambda folder: pretrained(model, tokenizer),
        tiny=lambda: pretrained(model, tokenizer),
        end=_end_tokens(model, tokenizer),
        texts=PROMPTS,
        evaluations=(running_text(text),),
        variants=variants,
        command=f"python -m export from-hub {label if source != label else source} --name {name}",
    )


def load(source: str) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """The model in float32, and its tokenizer.

    Raises:
        OSError: there is none. ValueError: it is of another kind, or its files do not hold all of it.
    """
    where, more = source, {}
    if source.endswith(".gguf"):
        where, more = str(Path(source).parent), {"gguf_file": Path(source).name}
    tokenizer = AutoTokenizer.from_pretrained(where, **more)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ValueError("it has no tokenizer.json: a fast tokenizer is needed")
    return of_its_class(whole(AutoModelForCausalLM, where, **more)), tokenizer


def pretrained(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> Trained:
    """With the chat template that was published with it, where there is one."""
    template: Any = tokenizer.chat_template or ""
    if isinstance(template, dict):  # several, by name
        template = template.get("default", "")
    special = {name: str(token) for name, token in tokenizer.special_tokens_map.items()} if template else {}
    return Trained(model, tokenizer.backend_tokenizer, template, special)


def running_text(file: Path | None) -> RunningText:
    """What the variants are compared on. Raises CorpusError, OSError, ValueError when it is read."""
    if file is None:
        return paragraphs("valid")

    def read() -> list[str]:
        parts = [part.strip() for part in file.read_text(encoding="utf-8").split("\n\n")]
        kept = [part for part in parts if part]
        if not kept:
            raise ValueError(f"{file} has no text")
        return kept

    return RunningText(file.name, "valid", read)


def paragraphs(split: str) -> RunningText:
    """Running text of corpus_en. Raises CorpusError when it is read."""

    def read() -> list[str]:
        rows = corpus.load("corpus_en", split)["text"]
        return [str(text) for text in rows[rows.str.len() >= MIN_CHARS].sample(TEXTS, random_state=0)]

    return RunningText("corpus_en", split, read)


def _end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> tuple[str | int, ...]:
    """Those of the generation settings and of the tokenizer, as far as the model can write them."""
    settings: Any = model.generation_config
    ids: set[int] = set()
    for setting in (settings.eos_token_id, getattr(model.config, "eos_token_id", None), tokenizer.eos_token_id):
        ids |= set(setting) if isinstance(setting, list) else {setting} if setting is not None else set()
    possible = sorted(one for one in ids if 0 <= one < model.config.vocab_size)
    return tuple(tokenizer.backend_tokenizer.id_to_token(one) or one for one in possible)


def _home(source: str) -> str:
    known = re.fullmatch(r"[\w.-]+/[\w.-]+", source) and not Path(source).exists()
    return f"https://huggingface.co/{source}" if known else ""
