"""What the forward and the backward language model expect at each place of a text (Peters et al. 2018, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.bundle import Bundle
from hub.tasks.contextual.read import Reading, read_checked
from hub.text import check_text

EXPECTATION = "expectation"  # the part of the bundle
TOP = 10


@dataclass(frozen=True)
class Guess:
    """A word, and how probable it was."""

    id: int  # in the vocabulary, which has marks of a text's begin and end too, and one for all words it lacks
    word: str
    probability: float


@dataclass(frozen=True)
class Expected:
    """What one direction expected at a place.

    A word outside the vocabulary cannot be expected by itself: then the figures are those of "any such word".
    """

    log_probability: float  # nats, of the word that stands there
    rank: int  # of it, from 1
    guesses: tuple[Guess, ...]  # the most probable words

    @property
    def probability(self) -> float:
        return float(np.exp(self.log_probability))


@dataclass(frozen=True)
class Place:
    """A word of the text, seen from both sides."""

    word: str
    known: bool  # whether the vocabulary has it
    forward: Expected
    backward: Expected


@dataclass(frozen=True)
class Expectations:
    """A text place by place, and its two ends."""

    reading: Reading
    places: tuple[Place, ...]
    end: Expected  # by the forward model: that the text ends
    begin: Expected  # by the backward model: that it begins

    @property
    def forward(self) -> float:
        """log p of the text, nats: the sum over its words and its end."""
        return sum(place.forward.log_probability for place in self.places) + self.end.log_probability

    @property
    def backward(self) -> float:
        """log p of the text read from its end, nats: the sum over its words and its begin."""
        return sum(place.backward.log_probability for place in self.places) + self.begin.log_probability

    @property
    def terms(self) -> int:
        """Of each sum."""
        return len(self.places) + 1


def expectations(bundle: Bundle, text: str, *, top: int = TOP, variant: str = "") -> Expectations:
    """A text as both models see it. Raises what `read` raises."""
    (reading,) = read_checked(bundle, [check_text(text)], variant)
    reader, vocabulary = bundle.words, bundle.words.vocabulary
    states = np.concatenate([reading.begin[-1:], reading.layers[-1], reading.end[-1:]])  # (words + 2, 2 × projection)
    ahead, back = np.split(states, 2, axis=1)
    (found,) = bundle.part(EXPECTATION).run({"states": np.concatenate([ahead[:-1], back[1:]])}, ["log_probabilities"])
    ids, spelling = reading.words.ids, reader.spelling
    forward, backward = np.split(found, 2)
    after = _expected(forward, [*ids, spelling.end_id], vocabulary, top)
    before = _expected(backward, [spelling.begin_id, *ids], vocabulary, top)
    places = tuple(
        Place(reading.word(at), reading.words.known[at], after[at], before[at + 1]) for at in range(len(ids))
    )
    return Expectations(reading, places, after[-1], before[0])


def _expected(log_probabilities: np.ndarray, ids: Sequence[int], vocabulary: Sequence[str], top: int) -> list[Expected]:
    """float32 (places, vocabulary), the words that stand there."""
    best = np.argsort(-log_probabilities, axis=1, kind="stable")[:, :top]
    return [
        Expected(
            float(row[index]),
            int((row > row[index]).sum()) + 1,
            tuple(Guess(one, vocabulary[one], float(np.exp(row[one]))) for one in first.tolist()),
        )
        for row, index, first in zip(log_probabilities, ids, best, strict=True)
    ]
