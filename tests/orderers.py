"""Tiny models of any order with random weights, as bundles: one for each objective, and a Chinese one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.make import make
from export.recipes import registry

NAMES = {"xlnet-en": "orders", "xlnet-zh": "orders-zh", "xlnet-ar-en": "orders-ahead", "xlnet-mlm-en": "orders-masked"}


def make_all(folder: Path) -> Path:
    """A folder with the bundles; they are made as the real ones are."""
    for kind, name in NAMES.items():
        recipe = registry()[kind]
        own = replace(recipe, name=name, train=lambda _, tiny=recipe.tiny: tiny(), evaluations=())
        make(own, folder / "onnx", folder / "checkpoints", note=lambda _: None)
    return folder / "onnx"
