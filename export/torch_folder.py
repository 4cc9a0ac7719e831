"""The PyTorch weights of a sentence encoder as a folder that sentence-transformers and transformers load."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from export.recipe import Trained
from models.consert import SentenceEncoder


def save(trained: Trained, folder: Path) -> None:
    """Write config.json, model.safetensors, the tokenizer, the pooling and the normalisation.

    Raises TypeError for what is no sentence encoder of one pooled layer.
    """
    encoder = trained.module
    if not isinstance(encoder, SentenceEncoder) or encoder.layers != 1:
        raise TypeError(f"{type(encoder).__name__} is no sentence encoder that averages its last layer")
    with tempfile.TemporaryDirectory() as aside:
        encoder.bert.save_pretrained(aside)
        fast_tokenizer(trained.tokenizer).save_pretrained(aside)
        limit = (trained.tokenizer.truncation or {}).get("max_length")
        transformer = Transformer(aside, max_seq_length=limit)
        pooling = Pooling(encoder.bert.config.hidden_size, pooling_mode="mean")
        SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu").save(str(folder))


def fast_tokenizer(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """For transformers; the special tokens are BERT's."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
