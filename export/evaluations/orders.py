"""Running text whose tokens are hidden: -log p of each given what is visible, one yardstick for three objectives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from export.recipe import Recipe, Score
from export.runner import Subject
from hub.card import Orders
from hub.orders import OrderReader, Question, mask_of
from hub.tasks.permutation.ask import LOGITS, answers
from models.training import xlnet
from models.training.bert import CLS_ID, MAX_TOKENS, SEP_ID, SPECIAL

BLOCKS = 150
COMPARED = 4  # blocks that PyTorch reads too


@dataclass(frozen=True)
class Hidden:
    """Blocks of a running text."""

    dataset: str
    split: str
    texts: Callable[[], list[str]]
    head: str = ""
    graph: str = "model"
    gated: bool = True

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> Blocks:
        subject = pytorch[self.graph]
        assert isinstance(subject.reader, OrderReader)
        return Blocks(self, blocks(subject.reader, self.texts()), subject)


def blocks(reader: OrderReader, texts: Sequence[str], count: int = BLOCKS) -> np.ndarray:
    """The first of a text as blocks of the size that is trained on, int64 (blocks, tokens); each half known tokens."""
    inside = MAX_TOKENS - 2
    stream: list[int] = []
    for text in texts:
        stream += [*reader.ids([text])[0][1:-1], SEP_ID]
        if len(stream) >= count * inside:
            break
    rows = np.array(stream[: len(stream) // inside * inside]).reshape(-1, inside)
    rows = rows[(rows >= len(SPECIAL)).mean(1) > 0.5][:count]
    return np.pad(rows, ((0, 0), (1, 1)), constant_values=(CLS_ID, SEP_ID))


def questions(block: np.ndarray, draw: np.random.Generator) -> Question:
    """One token of six, in spans and in an order by lot, as in training."""
    places = xlnet.targets(block, len(block) // 6, 6, True, draw)
    order = draw.permutation(places).tolist()
    return Question(block, mask_of(len(block), order, len(order)), tuple(order))


def neighbours(block: np.ndarray, draw: np.random.Generator) -> tuple[Question, Question]:
    """Two words side by side: the second one, given the rest, and given the first one too."""
    words = np.flatnonzero((block[:-1] >= len(SPECIAL)) & (block[1:] >= len(SPECIAL)))
    first = int(draw.choice(words))
    second, size = first + 1, len(block)
    apart, together = mask_of(size, (second, first), 2), mask_of(size, (first, second), 2)
    return Question(block, apart, (second,)), Question(block, together, (second,))


def losses(subject: Subject, orders: Orders, asked: Sequence[Question]) -> list[np.ndarray]:
    """-log p of the targets of each question, nats."""
    found = answers(lambda feeds: subject.run(dict(feeds), [LOGITS])[LOGITS], subject.inputs, orders, asked)
    return [
        -rows[np.arange(len(one.targets)), one.ids[list(one.targets)]] for one, rows in zip(asked, found, strict=True)
    ]


@dataclass(frozen=True)
class Blocks:
    """The blocks, and PyTorch, which reads the first of them."""

    evaluation: Hidden
    blocks: np.ndarray
    pytorch: Subject
    texts: Sequence[str] = field(default=())

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        subject = subjects[self.evaluation.graph]
        orders = subject.reader.orders
        draw = np.random.default_rng(0)
        asked = [questions(block, draw) for block in self.blocks]
        nats = float(np.concatenate(losses(subject, orders, asked)).mean())
        differences = [
            float(np.abs(ours - theirs).max())
            for ours, theirs in zip(
                losses(subject, orders, asked[:COMPARED]), losses(self.pytorch, orders, asked[:COMPARED]), strict=True
            )
        ]
        return Score(
            quality=float(np.exp(nats)),
            losable=False,
            figures={"nats_hidden": nats, "nats_gap": float(gap(subject, orders, self.blocks).mean())},
            rows=sum(len(one.targets) for one in asked),
            parity={"max_abs_difference": max(differences), "texts": COMPARED},
        )


def gap(subject: Subject, orders: Orders, rows: np.ndarray) -> np.ndarray:
    """What two neighbours know of each other: log p jointly - as if they were independent, nats, of a pair a block.

    A model of masks answers for both at once: 0 by construction.
    """
    if orders.objective == "masked":
        return np.zeros(len(rows))
    draw = np.random.default_rng(1)
    pairs = [neighbours(block, draw) for block in rows]
    apart, together = (np.concatenate(losses(subject, orders, list(side))) for side in zip(*pairs, strict=True))
    found: np.ndarray = apart - together
    return found
