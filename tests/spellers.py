"""A tiny two-way language model with random weights, as a bundle that has the words' vectors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.make import make
from export.recipes import registry

NAME = "elmo"


def make_all(folder: Path) -> Path:
    """A folder with the bundle; it is made as the real ones are."""
    recipe = registry()["elmo-en"]
    tiny = replace(recipe, name=NAME, train=lambda _: recipe.tiny(), evaluations=())
    make(tiny, folder / "onnx", folder / "checkpoints", note=lambda _: None)
    return folder / "onnx"
