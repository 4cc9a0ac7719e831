"""A sentence in an order of its tokens: the probability of each, given those before it (equation 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.bundle import Bundle
from hub.errors import InputError
from hub.orders import Question, content_mask, mask_of
from hub.tasks.permutation.ask import Guess, Sentence, guesses, log_probabilities, sentence


@dataclass(frozen=True)
class Answered:
    """A target, and what was said of it."""

    place: int  # among the words, from 1
    token: str
    sees: tuple[int, ...]  # places of the words that it sees; those that begin and end the text are always seen
    log_probability: float  # nats
    rank: int  # of the token, from 1
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class Ordered:
    """A sentence in an order."""

    sentence: Sentence
    order: tuple[int, ...]  # places of the words
    hidden: np.ndarray  # float32 (tokens, tokens), perm_mask; that of the query stream
    answers: tuple[Answered, ...]  # of the targets, in their order

    @property
    def content(self) -> np.ndarray:
        """The mask of the content stream."""
        return content_mask(self.hidden)

    @property
    def log_probability(self) -> float:
        """log p of the targets given the rest, nats."""
        return sum(one.log_probability for one in self.answers)

    @property
    def target_mapping(self) -> np.ndarray:
        """float32 (targets, tokens)."""
        return np.eye(len(self.hidden), dtype=np.float32)[[one.place for one in self.answers]]


def check_order(order: object, count: int) -> tuple[int, ...]:
    """Places of all words, each once; nothing: left to right. Raises InputError."""
    if order is None or order == []:
        return tuple(range(1, count + 1))
    if not isinstance(order, (list, tuple)) or any(isinstance(one, bool) or not isinstance(one, int) for one in order):
        raise InputError("order_type", found=str(order)[:40])
    if sorted(order) != list(range(1, count + 1)):
        raise InputError("order_wrong", found=", ".join(map(str, order))[:80], count=count)
    return tuple(order)


def check_asked(asked: object, count: int) -> int:
    """How many are asked for; nothing: all. Raises InputError."""
    if asked is None:
        return count
    if isinstance(asked, bool) or not isinstance(asked, int) or not 1 <= asked <= count:
        raise InputError("setting_whole_range", name="asked", found=str(asked)[:40], low=1, high=count)
    return asked


def check_targets(targets: object, count: int) -> tuple[int, ...]:
    """Places of some words, each once, in the order in which they are asked for. Raises InputError."""
    if not isinstance(targets, (list, tuple)) or not targets:
        raise InputError("target_wrong", found=str(targets)[:40], count=count)
    for one in targets:
        if isinstance(one, bool) or not isinstance(one, int) or not 1 <= one <= count or targets.count(one) > 1:
            raise InputError("target_wrong", found=str(one)[:40], count=count)
    return tuple(targets)


@dataclass(frozen=True)
class Token:
    """A token of the text."""

    token: str
    start: int  # characters of the text
    end: int  # exclusive


@dataclass(frozen=True)
class Permuted:
    """An answer for programs: places are 1 … n, those of the tokens; 0 and n + 1 are the ones that begin and end a
    text, which all see."""

    tokens: list[Token]
    order: list[int]
    targets: list[Answered]
    log_probability: float  # of all targets given the rest, nats
    perm_mask: list[list[int]]  # 1: token i may not see token j, as transformers has it
    target_mapping: list[list[int]]


def permuted(
    bundle: Bundle, text: object, order: object = None, targets: object = None, *, variant: str = ""
) -> Permuted:
    """A text in an order of all its tokens, or with some of them asked for, the others being known.

    Raises what `sentence` raises, and InputError where the order is none, a target is not there, or both are given.
    """
    if order is not None and targets is not None:
        raise InputError("order_and_targets")
    asked = None
    if targets is not None:
        count = len(sentence(bundle, text).words)
        last = check_targets(targets, count)
        asked = len(last)
        order = [*(place for place in range(1, count + 1) if place not in last), *last]
    found = predict(bundle, text, order, asked, variant=variant)  # type: ignore[arg-type]
    read = found.sentence
    tokens = [Token(token, *span) for token, span in zip(read.words, read.spans[1:-1], strict=True)]
    masks = (found.hidden.astype(int).tolist(), found.target_mapping.astype(int).tolist())
    return Permuted(tokens, list(found.order), list(found.answers), found.log_probability, *masks)


def predict(
    bundle: Bundle, text: object, order: Sequence[int] | None = None, asked: int | None = None, *, variant: str = ""
) -> Ordered:
    """A text in an order.

    Args:
        order: the places of its words, 1 the first; None: left to right.
        asked: how many of the last ones are asked for, the rest being known (partial prediction); None: all.

    Raises what `sentence` raises, and InputError where the order is no order of them.
    """
    read = sentence(bundle, text)
    places = check_order(order, len(read.words))
    count = check_asked(asked, len(read.words))
    hidden = mask_of(len(read.ids), places, count)
    targets = places[len(places) - count :]
    (found,) = log_probabilities(bundle, [Question(read.ids, hidden, targets)], variant=variant)
    answers = tuple(answered(bundle, read, hidden, place, row) for place, row in zip(targets, found, strict=True))
    return Ordered(read, places, hidden, answers)


def answered(bundle: Bundle, read: Sentence, hidden: np.ndarray, place: int, row: np.ndarray) -> Answered:
    """What was said of one target. row: log p of every token."""
    token = int(read.ids[place])
    sees = tuple(other for other in read.places if hidden[place, other] == 0)
    rank = int((row > row[token]).sum()) + 1
    return Answered(place, read.tokens[place], sees, float(row[token]), rank, guesses(bundle, row))
