"""Tiny models with random weights, as bundles: two-way language models, a tagger and a grader on the layers of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from export import probes
from export.make import make
from export.recipe import Trained
from export.recipes import elmo_tasks, registry
from export.runner import Subject
from hub.bundle import Bundles
from hub.tasks import contextual

NAME, CHINESE, TAGGER, GRADER = "elmo", "elmo-zh", "tagger", "grader"


def some_probes(_: Trained, folder: Path, __: Mapping[str, Subject]) -> None:
    """Probes that are right where layer 1 is heard: of words of three labels, one of them with a bias for each."""
    dice = np.random.default_rng(0)
    labels = dice.integers(0, 3, 200)
    scores = dice.normal(size=(3, 200, 3)).astype(np.float32)
    scores[1] += 6 * np.eye(3, dtype=np.float32)[labels]
    learnt = np.array([0.1, 0.8, 0.1], np.float32)
    shared, own = np.zeros(3, np.float32), np.zeros((200, 3), np.float32)
    found = {"pos": probes.Found(scores, shared, labels, learnt), "sense": probes.Found(scores, own, labels, learnt)}
    probes.write(found, folder)


def make_all(folder: Path) -> Path:
    """A folder with the bundles; they are made as the real ones are."""
    for kind, name, files in (("elmo-en", NAME, some_probes), ("elmo-zh", CHINESE, lambda *_: None)):
        recipe = registry()[kind]
        own = replace(recipe, name=name, train=lambda _, tiny=recipe.tiny: tiny(), evaluations=(), files=files)
        make(own, folder / "onnx", folder / "checkpoints", note=lambda _: None)
    for task, name in (("ner-en", TAGGER), ("sst5", GRADER)):
        reading = elmo_tasks.recipe(task, lambda: Bundles(folder / "onnx").get(NAME, contextual.TASK))
        own = replace(reading, name=name, train=lambda _, tiny=reading.tiny: tiny(), evaluations=())
        make(own, folder / "onnx", folder / "checkpoints", note=lambda _: None)
    return folder / "onnx"
