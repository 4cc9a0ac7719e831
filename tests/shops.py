"""A tiny shop with a funnel of random weights, as a bundle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.make import make
from export.recipes import registry

NAME = "shop"


def make_shop(folder: Path) -> Path:
    """A folder with the bundle; it is made as the real one is."""
    recipe = registry()["funnel-shop"]
    make(
        replace(recipe, name=NAME, train=lambda _: recipe.tiny()),
        folder / "onnx",
        folder / "checkpoints",
        note=lambda _: None,
    )
    return folder / "onnx"
