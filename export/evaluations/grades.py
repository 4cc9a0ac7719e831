"""Texts with a class each, with the layers of a language model and without: accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from export.contextual import layers
from export.recipe import Recipe, Score
from export.runner import Subject
from hub.tasks.grade import LOGITS
from hub.tasks.layered import ARMS, LayeredReader
from models.training import elmo_tasks

TOGETHER = 32  # texts of a run


@dataclass(frozen=True)
class Grades:
    """A split of a task of models/training/elmo_tasks.py."""

    task: str
    dataset: str
    split: str
    head: str = ""
    graph: str = "model"
    gated: bool = True

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> GradedTexts:
        subject = pytorch[self.graph]
        assert isinstance(subject.reader, LayeredReader)
        sentences = elmo_tasks.TASKS[self.task].sentences(self.split)
        found = layers(subject.reader.base, [one.words for one in sentences])
        ends = np.cumsum([len(one.words) for one in sentences])[:-1]
        texts = GradedTexts(self.graph, sentences, np.split(found.swapaxes(0, 1), ends, axis=1), {})
        return GradedTexts(self.graph, sentences, texts.layers, texts.logits(subject))


@dataclass(frozen=True)
class GradedTexts:
    """The texts with their layers, and what PyTorch says of them."""

    graph: str
    sentences: list[elmo_tasks.Sentence]
    layers: list[np.ndarray]  # of each, float32 (layers, words, size)
    reference: dict[str, np.ndarray]  # output -> float32 (texts, classes)

    def logits(self, subject: Subject) -> dict[str, np.ndarray]:
        """Output -> float32 (texts, classes)."""
        order = sorted(range(len(self.sentences)), key=lambda row: len(self.sentences[row].words))
        found: dict[str, list[np.ndarray]] = {name: [np.empty(0)] * len(order) for name in LOGITS.values()}
        for start in range(0, len(order), TOGETHER):
            rows = order[start : start + TOGETHER]
            feeds = subject.reader.feeds_of_layers(
                [self.sentences[row].words for row in rows], [self.layers[row] for row in rows], subject.inputs
            )
            for name, values in subject.run(feeds, list(LOGITS.values())).items():
                for row, one in zip(rows, values, strict=True):
                    found[name][row] = one
        return {name: np.stack(rows) for name, rows in found.items()}

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        found = self.logits(subjects[self.graph])
        labels = np.array([one.labels[0] for one in self.sentences])
        right = {arm: float((found[LOGITS[arm]].argmax(1) == labels).mean()) for arm in ARMS}
        return Score(
            quality=right["with"],
            figures={"accuracy": right["with"], "accuracy_without": right["without"]},
            rows=len(labels),
            parity={
                "max_abs_difference": max(float(np.abs(found[name] - self.reference[name]).max()) for name in found),
                "label_flips": sum(
                    int((found[name].argmax(1) != self.reference[name].argmax(1)).sum()) for name in found
                ),
                "texts": len(labels),
            },
        )
