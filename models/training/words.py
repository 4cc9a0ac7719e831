"""Text to tokens: English words and Chinese characters, as one tokenizer.json each (Hugging Face tokenizers).

English is split as the Penn Treebank does, since SST, MR, Subj and TREC are published that way: lower case,
``isn't`` -> ``is n't``, ``it's`` -> ``it 's``, punctuation apart. Both spellings of a bracket or a quote lead to one
token (``-lrb-`` and ``(``), so raw text and published text give the same ids, and offsets point into the raw text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

PAD, UNKNOWN = "[PAD]", "[UNK]"
PAD_ID, UNKNOWN_ID = 0, 1

# The published spelling on the left, what a visitor types on the right.
TREEBANK_SPELLING = {
    "-lrb-": "(",
    "-rrb-": ")",
    "-lsb-": "[",
    "-rsb-": "]",
    "\\/": "/",
    "\\*": "*",
    "``": '"',
    "''": '"',
    "“": '"',
    "”": '"',
    "’": "'",
    "‘": "'",
    "`": "'",
}

CASED_SPELLING = {old.upper() if old.startswith("-") else old: new for old, new in TREEBANK_SPELLING.items()}

# In the order of preference at each position.
ENGLISH_TOKEN = "|".join(
    (
        r"(?:mr|mrs|ms|dr|jr|sr|st|vs)\.(?!\p{L})",  # abbreviations keep their full stop
        r"(?:\p{L}\.){2,}",  # u.s.
        r"[\p{L}\p{N}]+?(?=n't\b)",  # do|n't
        r"n't\b",
        r"'(?:s|re|ve|ll|d|m)\b",  # it|'s
        r"\p{N}+(?:[.,:]\p{N}+)*(?:-?[\p{L}\p{N}]+)*",  # 1,000  3.5  20th  90-minute
        r"[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*",  # straight-faced
        r"\.{2,}|-{2,}",
        r"[^\s\p{L}\p{N}]",
        r"\p{N}",
    )
)


def english() -> Tokenizer:
    """An English word tokenizer with an empty vocabulary."""
    tokenizer = Tokenizer(models.WordLevel({PAD: PAD_ID, UNKNOWN: UNKNOWN_ID}, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            *(normalizers.Replace(old, new) for old, new in TREEBANK_SPELLING.items()),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(ENGLISH_TOKEN), behavior="removed", invert=True)
    return tokenizer


def english_cased() -> Tokenizer:
    """The same splitting with capitals and small letters as they are written: for models that read characters."""
    tokenizer = Tokenizer(models.WordLevel({PAD: PAD_ID, UNKNOWN: UNKNOWN_ID}, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), *(normalizers.Replace(old, new) for old, new in CASED_SPELLING.items())]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(f"(?i:{ENGLISH_TOKEN})"), behavior="removed", invert=True)
    return tokenizer


def chinese() -> Tokenizer:
    """A tokenizer of one token a character, with an empty vocabulary."""
    tokenizer = Tokenizer(models.WordLevel({PAD: PAD_ID, UNKNOWN: UNKNOWN_ID}, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\S"), behavior="removed", invert=True)
    return tokenizer


def count(tokenizer: Tokenizer, texts: Iterable[str], minimum: int = 1) -> Counter[str]:
    """How often each token stands in the texts, at least ``minimum`` times."""
    scratch = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    scratch.normalizer, scratch.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    texts = list(texts)
    scratch.train_from_iterator(
        texts,
        trainers.WordLevelTrainer(
            vocab_size=5_000_000, min_frequency=minimum, special_tokens=[UNKNOWN], show_progress=False
        ),
        length=len(texts),
    )
    words = [word for word, _ in sorted(scratch.get_vocab().items(), key=lambda pair: pair[1])]
    occurrences: Counter[int] = Counter()
    for start in range(0, len(texts), 4096):
        for code in scratch.encode_batch_fast(texts[start : start + 4096]):
            occurrences.update(code.ids)
    return Counter({words[index]: n for index, n in occurrences.items() if index})


def with_vocabulary(tokenizer: Tokenizer, words: Iterable[str], max_tokens: int) -> Tokenizer:
    """The same splitting with these words as ids 2, 3, …; pads to the longest, truncates to max_tokens."""
    vocabulary = {PAD: PAD_ID, UNKNOWN: UNKNOWN_ID}
    for word in words:
        vocabulary.setdefault(word, len(vocabulary))
    made = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    made.normalizer, made.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    made.enable_padding(pad_id=PAD_ID, pad_token=PAD)
    made.enable_truncation(max_tokens)
    return made
