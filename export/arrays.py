"""What recipes of graphs that take arrays share: nothing is tokenised, and PyTorch computes in float64."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from export import fuse, quantise
from export.recipe import Graph, Sizes, Tensors, Trained, Variant
from hub.card import TensorSpec

DATA = "data.npz"


def array_graph(
    name: str,
    module: torch.nn.Module,
    *,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    sample: Callable[[Sizes], Tensors],
    shapes: tuple[Sizes, ...],
    reference: Callable[[Tensors], Tensors] | None = None,
    method: str = "torch.onnx.export (dynamo)",
    tolerance: float = 1e-5,
) -> Graph:
    """A graph in one file, held against PyTorch in float64.

    Args:
        shapes: the first is exported with, and golden.
        reference: autograd's gradients, or another independent way.
        tolerance: |found - expected| / |expected| of every output.
    """
    return Graph(
        name=name,
        module=module,
        inputs=inputs,
        outputs=outputs,
        sample=sample,
        example=shapes[0],
        shapes=shapes,
        variants=(Variant(name, quantise.unchanged, file=f"{name}.onnx", method=method),),
        reference=reference,
        tolerance=tolerance,
        double=True,
        passes=fuse.SMALL,
    )


def data_file(arrays: Callable[[], dict[str, np.ndarray]]) -> Callable[[Trained, Path, object], None]:
    """A further file of a recipe: data.npz."""
    return partial(_write, arrays)


def _write(arrays: Callable[[], dict[str, np.ndarray]], _: Trained, folder: Path, __: object) -> None:
    np.savez_compressed(folder / DATA, allow_pickle=False, **arrays())  # type: ignore[arg-type]
