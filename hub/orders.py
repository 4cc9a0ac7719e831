"""Questions to a language model of any order: which tokens there are, who may see whom, and which are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hub.card import Orders
from hub.text import TextEncoder, TextInput

INPUTS = ("input_ids", "token_type_ids", "perm_mask", "target_mapping", "mems", "placed")
SPECIAL = 2  # tokens that begin and end a text: all see them, none asks for them
EVERY = 6  # every sixth word of a text is asked for, where nobody says which


@dataclass(frozen=True)
class Question:
    """Tokens, and what is asked of them."""

    ids: np.ndarray  # int64 (tokens)
    hidden: np.ndarray  # float32 (tokens, tokens): 1 where i may not see j; the model's perm_mask
    targets: tuple[int, ...]  # places
    types: np.ndarray | None = None  # int64 (tokens), segments; None: the token that begins is of its own
    placed: bool = True  # whether a target's place is known to it

    def alone(self) -> list[Question]:
        """One for each target."""
        return [Question(self.ids, self.hidden, (target,), self.types, self.placed) for target in self.targets]


def mask_of(size: int, order: Sequence[int], asked: int) -> np.ndarray:
    """perm_mask, float32 (size, size): the last of an order see what is before them, and nobody before sees them.

    The others, and what is in no order, see each other, and are seen by all (`_local_perm` of the released code).

    Args:
        order: places. asked: how many of its last ones are targets.
    """
    rank = np.full(size, -1)
    targets = list(order)[len(order) - asked :]
    rank[targets] = np.arange(asked)
    mask: np.ndarray = ((rank >= 0) & (rank[:, None] <= rank)).astype(np.float32)
    return mask


def content_mask(hidden: np.ndarray) -> np.ndarray:
    """The mask of the content stream: the same, but that a token sees itself."""
    mask: np.ndarray = hidden * (1 - np.eye(len(hidden), dtype=hidden.dtype))
    return mask


def feeds(
    questions: Sequence[Question], orders: Orders, names: Sequence[str] = INPUTS, mems: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """The inputs of a graph, padded to the most tokens and targets; see hub.card.Orders.

    What a target may not see is masked for a model of masks, which gives all targets of a question one answer: ask it
    `Question.alone`.

    Args:
        mems: float32 (layers, questions, memory, hidden_size) of the tokens before; None: there are none.
    """
    rows, size = len(questions), max(len(one.ids) for one in questions)
    asked = max(len(one.targets) for one in questions)
    ids, types = np.zeros((rows, size), np.int64), np.zeros((rows, size), np.int64)
    hidden = np.ones((rows, size, size), np.float32)  # padding is seen by none
    mapping = np.zeros((rows, asked, size), np.float32)
    placed = np.ones((rows, asked), np.float32)
    for row, one in enumerate(questions):
        count = len(one.ids)
        ids[row, :count] = one.ids
        types[row, :count] = types_of(count, orders) if one.types is None else one.types
        hidden[row, :, :count] = 0
        if orders.objective == "masked":
            unseen = (one.hidden[list(one.targets)] > 0).any(0)
            ids[row, :count][unseen] = orders.mask_id
        else:
            hidden[row, :count, :count] = one.hidden if orders.objective == "permutation" else ahead(one)
        mapping[row, np.arange(len(one.targets)), list(one.targets)] = 1
        placed[row] = one.placed
    none = np.zeros((orders.layers, rows, 0, orders.hidden_size), np.float32)
    inputs: dict[str, np.ndarray] = {
        "input_ids": ids,
        "token_type_ids": types,
        "perm_mask": hidden,
        "target_mapping": mapping,
        "mems": none if mems is None else mems,
        "placed": placed,
    }
    return {name: inputs[name] for name in names}


def ahead(question: Question) -> np.ndarray:
    """The mask for a model that has only learnt from left to right: what is known sees nothing behind it.

    Nobody sees the token that ends the text, either. The targets see what they are said to see.
    """
    count = len(question.ids)
    mask = question.hidden.copy()
    known = ~mask.any(0)  # hidden from nobody
    mask[known] = np.maximum(mask[known], np.triu(np.ones((count, count), mask.dtype), 1)[known])
    mask[:-1, -1] = 1
    return mask


def types_of(count: int, orders: Orders) -> np.ndarray:
    """One segment, and the token that begins in its own: int64 (count)."""
    types = np.zeros(count, np.int64)
    types[0] = orders.cls_segment
    return types


class OrderReader(TextEncoder):
    """From texts to the inputs of a graph, for what measures it: every sixth word is asked for.

    Raises BundleError where the file is not a tokenizer.
    """

    def __init__(self, file: Path, max_tokens: int, orders: Orders) -> None:
        super().__init__(file, max_tokens)
        self.orders = orders

    def feeds(self, texts: Sequence[TextInput], names: Sequence[str]) -> dict[str, np.ndarray]:
        """The inputs of a graph."""
        return feeds([self.question(ids) for ids in self.ids(texts)], self.orders, names)

    def question(self, ids: Sequence[int]) -> Question:
        """Every sixth word of a text, the one after the other; of none, the token that begins it."""
        words = range(1, len(ids) - 1)
        targets = tuple(words[::EVERY]) or (0,)
        order = [*(place for place in words if place not in targets), *targets]
        return Question(np.array(ids), mask_of(len(ids), order, len(targets)), targets)
