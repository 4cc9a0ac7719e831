"""Texts, each with one label: accuracy, macro F1, the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from export.recipe import Recipe, Score
from export.runner import Subject
from hub.card import logits_name
from models.training import corpus


@dataclass(frozen=True)
class Labels:
    """A split of labelled texts."""

    dataset: str  # a name of models/training/corpus.py
    split: str  # "valid", "test"
    text: str = "text"
    label: str = "label"  # column of class indices
    head: str = ""
    graph: str = "model"
    gated: bool = True

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> LabelledTexts:
        """Raises ValueError for labels outside the recipe's."""
        rows = corpus.load(self.dataset, self.split)
        texts, labels = [str(text) for text in rows[self.text]], rows[self.label].to_numpy(dtype=np.int64)
        classes = len(recipe.labels[self.head] if isinstance(recipe.labels, dict) else recipe.labels)
        if labels.min() < 0 or labels.max() >= classes:
            raise ValueError(
                f"{self.dataset}, {self.split}: labels from {labels.min()} to {labels.max()}, "
                f"{recipe.name} has {classes} classes"
            )
        name = logits_name(self.head)
        return LabelledTexts(self.graph, name, texts, labels, pytorch[self.graph].rows(texts, [name])[name])


@dataclass(frozen=True)
class LabelledTexts:
    """The split, and what PyTorch says of it."""

    graph: str
    output: str
    texts: list[str]
    labels: np.ndarray  # int64 (texts)
    reference: np.ndarray  # float32 (texts, classes)

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        logits = subjects[self.graph].rows(self.texts, [self.output])[self.output]
        return classified(logits, self.reference, self.labels, len(self.texts))


def classified(logits: np.ndarray, reference: np.ndarray, labels: np.ndarray, texts: int) -> Score:
    """Logits and PyTorch's, float32 (rows, classes), against the labels int64 (rows).

    Args:
        texts: how many were read for these rows.
    """
    classes = logits.shape[1]
    predicted = logits.argmax(axis=1)
    confusion = np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    hits = confusion.diagonal()
    found = confusion.sum(axis=0) + confusion.sum(axis=1)  # 2 hits + misses of both kinds
    f1 = 2 * hits / np.maximum(found, 1)
    accuracy = float(hits.sum() / confusion.sum())
    return Score(
        quality=accuracy,
        figures={"accuracy": accuracy, "macro_f1": float(f1[found > 0].mean())},
        rows=len(labels),
        parity={
            "max_abs_difference": float(np.abs(logits - reference).max()),
            "label_flips": int((predicted != reference.argmax(axis=1)).sum()),
            "texts": texts,
        },
        confusion=confusion,
    )
