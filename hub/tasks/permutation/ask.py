"""Sentences for a model of any order, and what it says of their tokens (Yang et al. 2019, XLNet)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.card import Orders
from hub.errors import InputError, TooLargeError
from hub.orders import INPUTS, SPECIAL, Question, feeds
from hub.text import batches, check_text

TASK = "permutation"
TOP = 5
LOGITS = "logits"


@dataclass(frozen=True)
class Sentence:
    """A text as tokens, between the two that begin and end it. Places are those among all of them: words are 1 … n."""

    text: str
    ids: np.ndarray  # int64 (tokens)
    tokens: tuple[str, ...]  # as they stand in the text; the special ones by their names
    spans: tuple[tuple[int, int], ...]  # characters of the text

    @property
    def places(self) -> range:
        """Of the words."""
        return range(1, len(self.ids) - 1)

    @property
    def words(self) -> tuple[str, ...]:
        return self.tokens[1:-1]

    def changed(self, place: int, token: int) -> np.ndarray:
        """The ids with another token at a place."""
        ids = self.ids.copy()
        ids[place] = token
        return ids


@dataclass(frozen=True)
class Guess:
    """A token, and how probable it was."""

    id: int
    token: str
    probability: float


def orders_of(bundle: Bundle) -> Orders:
    """What a card of this task says of its graph."""
    assert bundle.card.orders is not None  # a card of this task has it
    return bundle.card.orders


def sentence(bundle: Bundle, text: object, most: int = limits.MAX_ORDER_TOKENS, least: int = 1) -> Sentence:
    """Read a text. Raises InputError, TooLargeError where it has more tokens."""
    checked = check_text(text)
    (code,) = bundle.encoder.encode([checked])
    found = len(code.ids) - SPECIAL
    if found < 1:
        raise InputError("tokens_none")
    if found > most or code.truncated:
        raise TooLargeError("order_tokens", found=f"{found}+" if code.truncated else found, allowed=most)
    if found < least:
        raise InputError("order_few", found=found, allowed=least)
    names = [checked[start:end] or token for token, (start, end) in zip(code.tokens, code.offsets, strict=True)]
    return Sentence(checked, np.array(code.ids), tuple(names), tuple(code.offsets))


def log_probabilities(
    bundle: Bundle, questions: Sequence[Question], *, variant: str = "", mems: np.ndarray | None = None
) -> list[np.ndarray]:
    """log p of every token of the vocabulary at the targets of each question: float32 (targets, vocabulary)."""
    session = bundle.session(variant, large=len(questions) >= limits.MAX_BATCH_ROWS)

    def run(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        (logits,) = session.run(session.cast(inputs), [LOGITS])
        return logits

    return answers(run, session.inputs, orders_of(bundle), questions, mems)


def answers(
    run: Callable[[Mapping[str, np.ndarray]], np.ndarray],
    inputs: Sequence[str],
    orders: Orders,
    questions: Sequence[Question],
    mems: np.ndarray | None = None,
) -> list[np.ndarray]:
    """The same by any file.

    Args:
        run: inputs to logits. inputs: their names. mems: of all questions the same, float32 (layers, 1, memory, size).
    """
    rows = [one for question in questions for one in split(orders, question)]
    names = [name for name in INPUTS if name in inputs]
    found: list[np.ndarray] = [np.empty(0)] * len(rows)
    for batch in batches([len(one.ids) for one in rows]):
        memory = None if mems is None else np.repeat(mems, len(batch), 1)
        logits = run(feeds([rows[row] for row in batch], orders, names, memory))
        logits = logits - logits.max(2, keepdims=True)
        logits -= np.log(np.exp(logits).sum(2, keepdims=True))
        for row, values in zip(batch, logits, strict=True):
            found[row] = values[: len(rows[row].targets)]
    joined, at = [], 0
    for question in questions:
        count = len(split(orders, question))
        joined.append(np.concatenate(found[at : at + count]))
        at += count
    return joined


def split(orders: Orders, question: Question) -> list[Question]:
    """A question as rows: a model of masks has one for each target."""
    return question.alone() if orders.objective == "masked" and len(question.targets) > 1 else [question]


def guesses(bundle: Bundle, row: np.ndarray, top: int = TOP) -> tuple[Guess, ...]:
    """The most probable tokens. row: log p, float32 (vocabulary)."""
    best = np.argsort(-row, kind="stable")[:top].tolist()
    return tuple(Guess(one, bundle.encoder.text(one), float(np.exp(row[one]))) for one in best)
