"""A longer text in segments: what the memory of those before is worth (section 2.4; Transformer-XL)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.orders import INPUTS, SPECIAL, Question, feeds, mask_of
from hub.tasks.permutation.ask import Sentence, log_probabilities, orders_of, sentence

PARTIAL = 6  # K: one of so many tokens is asked for at a time, as in training
MEMORY = 128  # tokens that are kept
MEMS = "new_mems"


@dataclass(frozen=True)
class Segment:
    """A part of a text, and -log p of its tokens, each given the others of the segment but for every sixth."""

    text: str
    without: np.ndarray  # float64 (words), nats
    remembering: np.ndarray  # the same with the memory of the segments before
    memory: int  # tokens of it

    @property
    def gain(self) -> float:
        """Nats a token that the memory is worth."""
        return float((self.without - self.remembering).mean())


@dataclass(frozen=True)
class Remembered:
    """A text segment by segment."""

    sentence: Sentence
    segments: tuple[Segment, ...]


def remembered(bundle: Bundle, text: object, size: int = 32, *, variant: str = "") -> Remembered:
    """Read a text in segments of so many tokens. Raises what `sentence` raises."""
    read = sentence(bundle, text, limits.MAX_MEMORY_TOKENS)
    orders = orders_of(bundle)
    session = bundle.session(bundle.variant_with(MEMS))
    names = [name for name in INPUTS if name in session.inputs]
    begin, *inner, end = read.ids.tolist()
    mems = np.zeros((orders.layers, 1, 0, orders.hidden_size), np.float32)
    segments = []
    for start in range(0, len(inner), size):
        ids = np.array([begin, *inner[start : start + size], end])
        questions = asked(ids)
        without = losses(bundle, questions, variant, None)
        there = losses(bundle, questions, variant, mems) if mems.shape[2] else without
        spans = read.spans[start + 1 : start + len(ids) - 1]
        segments.append(Segment(read.text[spans[0][0] : spans[-1][1]], without, there, mems.shape[2]))
        # What has been read is known: everything sees everything.
        whole = Question(ids, np.zeros((len(ids), len(ids)), np.float32), (1,))
        (new,) = session.run(session.cast(feeds([whole], orders, names, mems)), [MEMS])
        mems = np.concatenate([mems, new[:, :, 1:-1]], 2)[:, :, -MEMORY:]
    return Remembered(read, tuple(segments))


def asked(ids: np.ndarray) -> list[Question]:
    """Every token once: of each question every sixth, from left to right, given all others."""
    count = len(ids) - SPECIAL
    rows = []
    for first in range(1, min(PARTIAL, count) + 1):
        targets = tuple(range(first, count + 1, PARTIAL))
        rows.append(Question(ids, mask_of(len(ids), targets, len(targets)), targets))
    return rows


def losses(bundle: Bundle, questions: list[Question], variant: str, mems: np.ndarray | None) -> np.ndarray:
    """-log p of each token that is asked for, by their places: float64 (words), nats."""
    found = log_probabilities(bundle, questions, variant=variant, mems=mems)
    values = np.full(len(questions[0].ids) - SPECIAL, np.nan)
    for one, rows in zip(questions, found, strict=True):
        targets = list(one.targets)
        values[np.array(targets) - 1] = -rows[np.arange(len(targets)), one.ids[targets]]
    there: np.ndarray = values[~np.isnan(values)]
    return there
