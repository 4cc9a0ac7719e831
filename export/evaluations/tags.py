"""Sentences with a tag for each word: F1 of their entities, with the layers of a language model and without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from export.contextual import layers
from export.recipe import Recipe, Score
from export.runner import Subject
from hub.tasks import tag
from hub.tasks.layered import ARMS, Arm, LayeredReader
from models.training import elmo_tasks

TOGETHER, COMPARED = 32, 64  # sentences of a run, and those that PyTorch reads too


@dataclass(frozen=True)
class Tags:
    """A split of a task of models/training/elmo_tasks.py."""

    task: str
    dataset: str
    split: str
    head: str = ""
    graph: str = "model"
    gated: bool = True

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> TaggedSentences:
        task = elmo_tasks.TASKS[self.task]
        subject = pytorch[self.graph]
        assert isinstance(subject.reader, LayeredReader)
        sentences = task.sentences(self.split)
        found = layers(subject.reader.base, [one.words for one in sentences])
        parts = np.split(found.swapaxes(0, 1), np.cumsum([len(one.words) for one in sentences])[:-1], axis=1)
        module = subject.module  # type: ignore[attr-defined]  # of a TorchRunner
        return TaggedSentences(self.graph, task, sentences, parts, subject, module.fields())


@dataclass(frozen=True)
class TaggedSentences:
    """The sentences with their layers, and PyTorch, which reads the first of them."""

    graph: str
    task: elmo_tasks.Task
    sentences: list[elmo_tasks.Sentence]
    layers: list[np.ndarray]  # of each, float32 (layers, words, size)
    pytorch: Subject
    fields: Mapping[Arm, tag.Field]

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        subject = subjects[self.graph]
        reader = subject.reader
        names = [tag.EMISSIONS[arm] for arm in ARMS]
        tags: dict[Arm, list[list[str]]] = {arm: [[] for _ in self.sentences] for arm in ARMS}
        order = sorted(range(len(self.sentences)), key=lambda row: len(self.sentences[row].words))
        differences, flips = [0.0], 0
        for start in range(0, len(order), TOGETHER):
            rows = order[start : start + TOGETHER]
            words = [self.sentences[row].words for row in rows]
            feeds = reader.feeds_of_layers(words, [self.layers[row] for row in rows], subject.inputs)
            found = subject.run(feeds, names)
            expected = self.pytorch.run(feeds, names) if start < COMPARED else {}
            for arm, name in tag.EMISSIONS.items():
                for place, row in enumerate(rows):
                    size = len(words[place])
                    said = self.fields[arm].decode(found[name][place, :size].astype(np.float64))
                    tags[arm][row] = [self.task.labels[index] for index in said]
                    if expected:
                        other = expected[name][place, :size]
                        differences.append(float(np.abs(other - found[name][place, :size]).max()))
                        flips += said != self.fields[arm].decode(other.astype(np.float64))
        right = [[self.task.labels[index] for index in one.labels] for one in self.sentences]
        figures = {arm: elmo_tasks.f1(tags[arm], right) for arm in ARMS}
        return Score(
            quality=figures["with"],
            figures={"f1": figures["with"], "f1_without": figures["without"]},
            rows=len(self.sentences),
            parity={
                "max_abs_difference": float(np.max(differences)),
                "label_flips": flips,
                "texts": min(COMPARED, len(self.sentences)),
            },
        )
