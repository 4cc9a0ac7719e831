"""Input transformations of GPT-1: a question becomes token sequences, a head reads the last state of each.

Paper: Radford, Narasimhan, Salimans, Sutskever 2018, "Improving Language Understanding by Generative Pre-Training",
section 3.3 and figure 1. What frames the texts (start, delimiter, extract) is the tokenizer's own template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.bundle import Bundle
from hub.card import Question
from hub.errors import InputError
from hub.tasks.classify import head_of, logits, softmax
from hub.text import TextInput, check_text

TASK = "input-transformation"
FIELDS: dict[str, tuple[str, ...]] = {  # kind -> what is filled in, in this order
    "classification": ("text",),
    "entailment": ("premise", "hypothesis"),
    "similarity": ("sentence1", "sentence2"),
    "choice": ("context", "answer1", "answer2"),
}


@dataclass(frozen=True)
class Read:
    """One sequence as the model reads it."""

    tokens: tuple[str, ...]
    special: tuple[bool, ...]  # of each token: whether the template put it there
    logits: tuple[float, ...]  # of this sequence alone
    truncated: bool


@dataclass(frozen=True)
class Answer:
    """What a head says of a question."""

    label: str
    scores: dict[str, float]  # label -> probability, in the order of the card's labels
    logits: tuple[float, ...]  # of the question: of one sequence, the sum of both orders, or one of each answer
    sequences: tuple[Read, ...]


def sequences(kind: str, fields: Sequence[str]) -> list[TextInput]:
    """What is read for a question: a text or a pair of texts each."""
    if kind == "classification":
        return [fields[0]]
    if kind == "entailment":
        return [(fields[0], fields[1])]
    if kind == "similarity":
        return [(fields[0], fields[1]), (fields[1], fields[0])]
    return [(fields[0], answer) for answer in fields[1:]]


def combined(kind: str, rows: np.ndarray) -> np.ndarray:
    """Logits of the sequences of each question, float32 (questions, sequences, width), as (questions, classes)."""
    return rows[..., 0] if kind == "choice" else rows.sum(axis=1)


def ask(bundle: Bundle, head: str, fields: Sequence[object], variant: str = "") -> Answer:
    """Put a question to a head; "" is the first one.

    Args:
        fields: the texts, in the order of FIELDS for the kind of the head.

    Raises InputError (no list, another number of texts, empty, too long), UnknownModelError, BundleError.
    """
    head = head_of(bundle, head)
    question: Question = bundle.card.questions[head]
    wanted = FIELDS[question.kind]
    if not isinstance(fields, (list, tuple)):
        raise InputError("fields_type", wanted=", ".join(wanted), found=type(fields).__name__)
    if len(fields) != len(wanted):
        values = {"head": head, "name": bundle.name, "wanted": ", ".join(wanted)}
        raise InputError("fields_count", **values, allowed=len(wanted), found=len(fields))
    texts = [check_text(value, name) for name, value in zip(wanted, fields, strict=True)]
    codes = bundle.encoder.encode(sequences(question.kind, texts))
    rows = logits(bundle, [code.ids for code in codes], head=head, variant=variant)
    values = combined(question.kind, rows[None])[0]
    labels, shares = bundle.card.heads[head], softmax(values[None])[0].tolist()
    return Answer(
        label=labels[int(values.argmax())],
        scores=dict(zip(labels, shares, strict=True)),
        logits=tuple(values.tolist()),
        sequences=tuple(
            Read(
                tuple(bundle.encoder.text(token) for token in code.ids),
                tuple(start == end for start, end in code.offsets),
                tuple(row.tolist()),
                code.truncated,
            )
            for code, row in zip(codes, rows, strict=True)
        ),
    )
