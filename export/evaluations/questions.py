"""Questions that a head is asked by an input transformation: accuracy of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.evaluations.labels import classified
from export.recipe import Recipe, Score
from export.runner import Subject
from hub.card import logits_name
from hub.tasks import transforms
from models.training import corpus


@dataclass(frozen=True)
class Questions:
    """A split of questions."""

    dataset: str
    split: str
    fields: tuple[str, ...]  # columns, in the order of hub.tasks.transforms.FIELDS
    head: str
    label: str = "label"  # column of class indices, or of names of labels
    graph: str = "model"
    gated: bool = True

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> AskedQuestions:
        """The questions as the sequences that they are read as."""
        rows = corpus.load(self.dataset, self.split)
        kind = recipe.questions[self.head].kind
        columns = [rows[name].astype(str) for name in self.fields]
        texts = [read for fields in zip(*columns, strict=True) for read in transforms.sequences(kind, fields)]
        assert isinstance(recipe.labels, dict)
        names = recipe.labels[self.head]
        labels = np.array([names.index(one) if isinstance(one, str) else int(one) for one in rows[self.label]])
        output = logits_name(self.head)
        reference = pytorch[self.graph].rows(texts, [output])[output]
        return AskedQuestions(self.graph, output, kind, texts, labels, reference)


@dataclass(frozen=True)
class AskedQuestions:
    """Questions with their answers, and what PyTorch says of their sequences."""

    graph: str
    output: str
    kind: str  # of the transformation
    texts: list[Any]  # (text) or (text, text) a sequence, those of a question one after the other
    labels: np.ndarray  # int64 (questions)
    reference: np.ndarray  # float32 (sequences, width)

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        logits = subjects[self.graph].rows(self.texts, [self.output])[self.output]
        ours, theirs = (
            transforms.combined(self.kind, rows.reshape(len(self.labels), -1, rows.shape[1]))
            for rows in (logits, self.reference)
        )
        return classified(ours, theirs, self.labels, len(self.texts))
