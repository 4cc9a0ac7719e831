"""A causal language model of transformers as a recipe: a folder, an id of the Hub, or a GGUF file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from export.architectures import require_size, require_taken
from export.evaluations.running_text import RunningText
from export.recipe import Recipe, Trained, Variant
from export.writer import FP32, INT4, INT8, writer
from hub.card import License, Paper, Text
from models.training import corpus
from models.training.corpus import CorpusError
from models.training.pretrained import of_its_class, whole

TEXTS = 40  # paragraphs of running text that the variants are compared on
MIN_CHARS = 200  # of one
MAX_CHARS = 8_000  # of a file of running text: about 2,000 tokens, enough to compare variants on
MAX_PART = 1_000  # characters that are read together
NAME = r"[a-z0-9][a-z0-9-]*"  # of a bundle, as its card wants it
PROMPTS = (
    "The old lighthouse keeper climbed the stairs and",
    "Water boils at a lower temperature on a mountain because",
    "1, 2, 3, 4,",
)


class SourceError(ValueError):
    """A model that does not become a bundle; the message has what it was called, and why."""


def recipe(
    source: str, name: str = "", text: Path | None = None, variants: tuple[Variant, ...] = (FP32, INT8, INT4)
) -> Recipe:
    """How to make a bundle of a model that is there already. Weights are read last, when nothing else is in the way.

    Args:
        source: a folder, an id of the Hub ("openai-community/gpt2"), or a .gguf file.
        name: of the bundle; "" makes it of the source.
        text: running text, paragraphs apart by empty lines; None: the validation split of corpus_en.

    Raises:
        SourceError: the name or the text is of no use, or the model cannot be taken.
    """
    name = bundle_name(source, name)
    label = _label(source)
    evaluation = running_text(text)
    try:
        texts = evaluation.texts()
    except CorpusError as error:
        raise SourceError(f"there is no text to compare variants on: say a file with --text ({error})") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"--text {text} cannot be read: {error}") from error
    try:
        model, tokenizer = load(source, texts)
    except Exception as error:  # files of others: what is wrong with them is told in the words of many libraries
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise SourceError(f"{source} cannot be loaded: {reason}") from error
    owner = source.rpartition("/")[0] if _home(source) else ""
    base = License(name=label, role="base weights", source=_home(source), license="see its model card")
    return writer(
        name=name,
        task="text-generation",
        title=Text(en=label, zh=label),
        summary=Text(
            en=f"{label}, a model of transformers ({model.config.model_type}), as it was published.",
            zh=f"{label}\uff0ctransformers 模型\uff08{model.config.model_type}\uff09\uff0c权重按原样发布。",
        ),
        paper=Paper(authors="see its model card", year=0, title=label, url=_home(source)),
        departures=(),
        languages=("en",),
        licenses=(base,),
        train=lambda folder: pretrained(model, tokenizer),
        tiny=lambda: pretrained(model, tokenizer),
        end=_end_tokens(model, tokenizer),
        texts=PROMPTS,
        evaluations=(RunningText(evaluation.dataset, evaluation.split, lambda: texts),),
        variants=variants,
        of_any_size=True,
        command=f"python -m export from-hub {f'{owner}/{label}' if owner else label} --name {name}",
    )


def bundle_name(source: str, name: str = "") -> str:
    """The name that was asked for, or one made of the source. Raises SourceError where it cannot be one."""
    label = _label(source)
    made = name or re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
    if not re.fullmatch(NAME, made):
        wish = f"--name {name}" if name else f"{label!r} makes no name for a bundle"
        raise SourceError(f"{wish}: a name has small letters a-z, digits and hyphens; say another with --name my-model")
    return made


def _label(source: str) -> str:
    """What the model is called: the last part of its place."""
    if source.endswith(".gguf"):
        return Path(source).stem
    if Path(source).is_dir():
        return Path(source).resolve().name
    return source.rstrip("/").rpartition("/")[2]


def load(source: str, texts: Sequence[str] = ()) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """The model in float32, and its tokenizer; what does not fit is refused before weights are read.

    Args:
        texts: that it will be measured on.

    Raises:
        OSError: there is none. ValueError: it is of another kind, or its files do not hold all of it. And what the
            libraries raise that read its files.
    """
    where, more = source, {}
    if source.endswith(".gguf"):
        where, more = str(Path(source).parent), {"gguf_file": Path(source).name}
        if not Path(source).is_file():
            raise OSError("there is no such file")
    config = AutoConfig.from_pretrained(where, **more)
    require_taken(config)
    with torch.device("meta"):
        sketch = AutoModelForCausalLM.from_config(config)
    require_size(sum(parameter.numel() for parameter in sketch.parameters()))
    tokenizer = require_tokenizer(AutoTokenizer.from_pretrained(where, **more), config.vocab_size)
    if texts and not any(len(tokenizer.encode(text)) > 1 for text in texts):
        raise ValueError("the text to compare variants on has less than two tokens")
    return of_its_class(whole(AutoModelForCausalLM, where, **more)), tokenizer


def require_tokenizer(tokenizer: Any, rows: int) -> PreTrainedTokenizerFast:
    """The tokenizer. Raises ValueError where it is not a fast one, or has tokens without a row in the table."""
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ValueError("it has no tokenizer.json: a fast tokenizer is needed")
    beyond = sorted(word for word, place in tokenizer.get_vocab().items() if place >= rows)
    if beyond:
        raise ValueError(
            f"its tokenizer has {len(beyond)} tokens without a row in the table of {rows} (such as {beyond[0]!r})"
        )
    return tokenizer


def pretrained(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> Trained:
    """With the chat template that was published with it, where there is one."""
    template: Any = tokenizer.chat_template or ""
    if isinstance(template, dict):  # several, by name
        template = template.get("default", "")
    special = {name: str(token) for name, token in tokenizer.special_tokens_map.items()} if template else {}
    return Trained(model, tokenizer.backend_tokenizer, template, special)


def running_text(file: Path | None) -> RunningText:
    """What the variants are compared on; of a file, its beginning.

    Its texts() raises CorpusError, OSError, ValueError.
    """
    if file is None:
        return paragraphs("valid")

    def read() -> list[str]:
        try:
            text = file.read_text(encoding="utf-8-sig")[:MAX_CHARS]
        except UnicodeDecodeError as error:
            raise ValueError(f"it is not text in UTF-8 (byte {error.start})") from None
        parts = [part.strip() for part in text.split("\n\n")]
        kept = [part[at : at + MAX_PART] for part in parts for at in range(0, len(part), MAX_PART)]
        if not kept:
            raise ValueError("it has no text")
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
