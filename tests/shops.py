"""A tiny shop with a funnel of random weights, and rankers of a few videos, as bundles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.make import make
from export.recipes import funnel_video, registry

NAME = "shop"
VIDEOS = "video"
RUNGS = ("hard labels", "contrast")  # fewer than there are: each is a graph


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


def make_videos(folder: Path) -> Path:
    """A folder with the bundle of the rankers; it is made as the real one is."""
    recipe = registry()["funnel-video"]
    make(
        replace(recipe, name=VIDEOS, train=lambda _: funnel_video.tiny(RUNGS)),
        folder / "onnx",
        folder / "checkpoints",
        note=lambda _: None,
    )
    return folder / "onnx"
