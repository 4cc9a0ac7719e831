"""What a student learns from (models/distill.py): texts without labels, and what the teacher says of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from tqdm import tqdm

from models.training import corpus
from models.training.fit import collate

CHUNK = 4096  # texts
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def transfer_texts(held_out: Iterable[str], sentences: int, seed: int = 0) -> list[str]:
    """English text to ask the teacher about, without labels: phrases, film snippets, sentences of reviews.

    Args:
        held_out: texts that the student will be measured on; what equals one of them up to case, spacing and
            punctuation is left out.
        sentences: how many sentences of reviews, 4 to 30 words each. Those of film reviews (Pang and Lee 2004) come
            first, since they speak of what SST speaks of.

    Returns:
        Different texts: the phrases of SST-2, the neutral phrases of SST-1 of four words or more, Subj without the
        rows that SST holds out, the review sentences.
    """
    phrases = corpus.load("sst2", "train_phrases")["text"]
    rows = corpus.load("sst1_phrases", "train_phrases")
    neutral = rows[(rows["label"] == 2) & (rows["text"].str.split().str.len() >= 4)]["text"]
    subj = corpus.load("subj")
    snippets = subj[~subj["in_sst_heldout"].astype(bool)]["text"]
    forbidden = {corpus.plain(text) for text in held_out}
    reviews = (sentence for sentence in review_sentences(seed) if corpus.plain(sentence) not in forbidden)
    found = dict.fromkeys(text for text in (*phrases, *neutral, *snippets) if corpus.plain(text) not in forbidden)
    return list(dict.fromkeys([*found, *islice(reviews, sentences)]))


def review_sentences(seed: int = 0) -> Iterator[str]:
    """Lower-cased sentences of 4 to 30 words from reviews, film reviews first, in random order."""
    rows = corpus.load("corpus_en", "train")
    reviews = rows[rows["source"] == "reviews"]
    film = reviews["work"] == "pang-lee-2004"
    for part in (reviews[film], reviews[~film]):
        found = [sentence for text in part["text"] for sentence in SENTENCE_END.split(text.lower())]
        for index in np.random.default_rng(seed).permutation(len(found)):
            if 4 <= len(found[index].split()) <= 30:
                yield found[index]


@torch.no_grad()
def teacher_logits(
    teacher: nn.Module, tokenizer: Tokenizer, texts: Sequence[str], cache: Path, batch_tokens: int = 2048
) -> np.ndarray:
    """The teacher's logits, float32 (texts, classes), in the order of the texts; kept in the folder ``cache``.

    Works in chunks that are stored one by one, so that an interrupted run goes on where it was. A chunk is only read
    again for the same texts and the same weights.
    """
    device = next(teacher.parameters()).device
    digest = hashlib.sha256("\n".join(texts).encode())
    for value in teacher.state_dict().values():
        digest.update(value.float().cpu().numpy().tobytes())
    folder = cache / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.no_padding()
    codes = [code.ids for code in tokenizer.encode_batch_fast(list(texts))]
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    order = sorted(range(len(texts)), key=lambda index: len(codes[index]))
    made: np.ndarray | None = None
    for start in tqdm(range(0, len(order), CHUNK), desc="teacher", unit="chunk"):
        chunk = order[start : start + CHUNK]
        part = folder / f"{start}.npy"
        if not part.exists():
            size = max(1, batch_tokens // len(codes[chunk[-1]]))
            rows = []
            for first in range(0, len(chunk), size):
                ids = [codes[index] for index in chunk[first : first + size]]
                batch = collate([{"input_ids": row, "attention_mask": [1] * len(row)} for row in ids])
                with torch.autocast(device.type, torch.bfloat16):
                    logits = teacher(**{name: value.to(device) for name, value in batch.items()})["logits"]
                rows.append(logits.float().cpu().numpy())
            aside = part.with_suffix(".tmp.npy")
            np.save(aside, np.concatenate(rows))
            aside.rename(part)
        values = np.load(part)
        if made is None:
            made = np.zeros((len(texts), values.shape[1]), np.float32)
        made[chunk] = values
    if made is None:
        raise ValueError("no texts to ask the teacher about")
    return made
