"""Two neighbours of a sentence, given the rest: what independence loses (section 2.6: New York is a city)."""

from __future__ import annotations

from dataclasses import dataclass

from hub import limits
from hub.bundle import Bundle
from hub.errors import InputError
from hub.orders import Question, mask_of
from hub.tasks.permutation.ask import Guess, Sentence, guesses, log_probabilities, orders_of, sentence


@dataclass(frozen=True)
class Pair:
    """log p in nats, each given the rest of the sentence; of a model that reads left to right, what is before it."""

    sentence: Sentence
    first: float  # of the left one
    second: float  # of the right one
    second_after_first: float  # of the right one, the left one known too
    first_after_second: float
    guesses: tuple[Guess, ...]  # for the right one, the left one known too

    @property
    def apart(self) -> float:
        """log p of both as if they were independent: what a model of masks says."""
        return self.first + self.second

    @property
    def together(self) -> float:
        """log p of both, the left one first."""
        return self.first + self.second_after_first

    @property
    def gap(self) -> float:
        """What they know of each other, nats."""
        return self.together - self.apart


def pair(bundle: Bundle, text: object, place: int = 1, *, variant: str = "") -> Pair:
    """The words at a place and after it.

    Raises what `sentence` raises, and InputError where there is no word after it.
    """
    read = sentence(bundle, text, limits.MAX_COURT_TOKENS, least=2)
    if isinstance(place, bool) or not isinstance(place, int) or not 1 <= place < len(read.words):
        raise InputError("setting_whole_range", name="place", found=str(place)[:40], low=1, high=len(read.words) - 1)
    return asked(bundle, read, place, variant)


def asked(bundle: Bundle, read: Sentence, place: int, variant: str = "") -> Pair:
    """The same of a sentence that has been read."""
    left, right = place, place + 1
    size = len(read.ids)
    ahead = orders_of(bundle).objective == "forward"

    def question(order: tuple[int, ...], target: int) -> Question:
        hidden = mask_of(size, order, len(order))
        if ahead:  # it has never seen what follows
            hidden[:, right + 1 :] = 1
        return Question(read.ids, hidden, (target,))

    masked = orders_of(bundle).objective == "masked"  # its two answers are given together, and know nothing of another
    questions = [
        question((left, right), left),
        question((right, left), right),
        question((right, left) if masked else (left, right), right),
        question((left, right) if masked else (right, left), left),
    ]
    found = log_probabilities(bundle, questions, variant=variant)
    first, second, after, before = (
        float(row[0, read.ids[one.targets[0]]]) for row, one in zip(found, questions, strict=True)
    )
    return Pair(read, first, second, after, before, guesses(bundle, found[2][0]))
