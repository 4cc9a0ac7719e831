"""Tiny models with random weights, as bundles: a two-way language model, and a tagger that reads its layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.make import make
from export.recipes import elmo_tasks, registry
from hub.bundle import Bundles
from hub.tasks import contextual

NAME, TAGGER = "elmo", "tagger"


def make_all(folder: Path) -> Path:
    """A folder with the bundles; they are made as the real ones are."""
    recipe = registry()["elmo-en"]
    tiny = replace(recipe, name=NAME, train=lambda _: recipe.tiny(), evaluations=())
    make(tiny, folder / "onnx", folder / "checkpoints", note=lambda _: None)
    reading = elmo_tasks.recipe(lambda: Bundles(folder / "onnx").get(NAME, contextual.TASK))
    tagger = replace(reading, name=TAGGER, train=lambda _: reading.tiny(), evaluations=())
    make(tagger, folder / "onnx", folder / "checkpoints", note=lambda _: None)
    return folder / "onnx"
