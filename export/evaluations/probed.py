"""Parts of speech, read by a linear probe from what the layers of a language model of any order say of each word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from export.recipe import Recipe, Score
from export.runner import Subject
from hub.orders import OrderReader, Question, feeds
from hub.tasks.permutation.memory import MEMS
from models.training import corpus, probes
from models.training.bert import CLS_ID, SEP_ID, UNKNOWN_ID

TOGETHER = 32  # sentences
SENTENCES = 3_000  # of the training split
SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class PartsOfSpeech:
    """A treebank."""

    dataset: str
    split: str = "test"
    head: str = ""
    graph: str = "model"
    gated: bool = False

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> Treebank:
        rows = {name: corpus.load(self.dataset, name).head(SENTENCES) for name in SPLITS}
        words = {name: [list(tokens) for tokens in frame["tokens"]] for name, frame in rows.items()}
        tags = {name: [str(tag) for line in frame["upos"] for tag in line] for name, frame in rows.items()}
        return Treebank(self.graph, words, tags)


@dataclass(frozen=True)
class Treebank:
    """Sentences that are words already, and the tag of each word."""

    graph: str
    words: dict[str, list[list[str]]]
    tags: dict[str, list[str]]

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        subject = subjects[self.graph]
        known = sorted(set(self.tags["train"]))
        labels = {
            split: np.array([known.index(tag) if tag in known else 0 for tag in tags])
            for split, tags in self.tags.items()
        }
        vectors = {split: read(subject, sentences) for split, sentences in self.words.items()}
        right = probes.train(vectors, labels, len(known)).right
        return Score(figures={"accuracy": float(right.mean())}, rows=len(right))


def read(subject: Subject, sentences: Sequence[Sequence[str]]) -> np.ndarray:
    """What each layer reads of each word, all others in sight: float32 (words of all sentences, layers, size)."""
    reader = subject.reader
    assert isinstance(reader, OrderReader)
    pieces = [[one[1:-1] or [UNKNOWN_ID] for one in reader.ids(words)] for words in sentences]
    order = sorted(range(len(pieces)), key=lambda row: sum(map(len, pieces[row])))
    found: list[np.ndarray] = [np.empty(0)] * len(pieces)
    for start in range(0, len(order), TOGETHER):
        rows = order[start : start + TOGETHER]
        asked = []
        for row in rows:
            ids = np.array([CLS_ID, *(piece for word in pieces[row] for piece in word), SEP_ID])
            asked.append(Question(ids, np.zeros((len(ids), len(ids)), np.float32), (0,)))
        mems = subject.run(feeds(asked, reader.orders, subject.inputs), [MEMS])[MEMS]  # (layers, rows, tokens, size)
        for number, row in enumerate(rows):
            lengths = np.array([len(word) for word in pieces[row]])
            own = mems[:, number, 1 : 1 + lengths.sum()]
            sums = np.add.reduceat(own, np.cumsum([0, *lengths[:-1]]), 1)
            found[row] = (sums / lengths[:, None].astype(np.float32)).swapaxes(0, 1)
    return np.concatenate(found)
