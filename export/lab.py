"""What a Lab puts into its bundle: graphs that take arrays, each held against PyTorch in float64, and golden outputs.

The path itself is export/make.py; this is the part that differs from a model that reads text.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import torch

from export import fuse, golden, graph, publish, verify
from export.recipe import Graph, Lab, Tensors
from hub.card import Parity, TensorSpec, Variant
from hub.session import Session, open_session

DATA = "data.npz"


@dataclass(frozen=True)
class Contents:
    """What a kind of recipe adds to the facts: fields of the card, and config.json."""

    card: dict[str, object]
    config: dict[str, object]


class Work:
    """The graphs of a Lab on their way into a folder."""

    def __init__(self, recipe: Lab) -> None:
        self.recipe = recipe
        self.steps = 1 + len(recipe.graphs)
        self.opset = graph.OPSET

    def load(self) -> None:
        """Nothing is trained."""

    def fill(self, folder: Path, step: Callable[[str], None], note: Callable[[str], None]) -> Contents:
        """Write everything but the card, the configuration and README.md.

        Raises:
            GateError: a graph is not its module, or the module's gradients are not the reference's.
        """
        recipe = self.recipe
        step("graphs")
        variants = []
        arrays: dict[str, np.ndarray] = {}
        for wanted in recipe.graphs:
            step(wanted.name)
            variant = publish_graph(recipe, wanted, folder)
            variants.append(variant)
            sample = wanted.samples[0]()
            arrays |= {f"{wanted.name}/inputs/{name}": values.numpy() for name, values in exact(sample).items()}
            expected = torch_outputs(wanted, sample)
            arrays |= {f"{wanted.name}/outputs/{name}": values for name, values in expected.items()}
            arrays[f"{wanted.name}/tolerance"] = np.array(wanted.tolerance)
            difference = variant.parity.max_relative_difference
            note(
                f"{recipe.name:24} {wanted.name:32} {variant.bytes / 1e3:6.1f} KB  relative difference {difference:.1e}"
            )
        golden.write(folder, golden.shared(arrays))
        data = recipe.arrays()
        if data:
            np.savez_compressed(folder / DATA, allow_pickle=False, **data)  # type: ignore[arg-type]
        card = {
            "parameters": recipe.parameters,
            "inputs": union(wanted.inputs for wanted in recipe.graphs),
            "outputs": union(wanted.outputs for wanted in recipe.graphs),
            "variants": tuple(variants),
            "default_variant": recipe.default,
            "metrics": recipe.metrics(folder),
        }
        return Contents(card, recipe.config)


def build(wanted: Graph) -> onnx.ModelProto:
    """The graph of a module. Raises ExportError where it is not what is declared."""
    exported = _double(
        wanted.module, *(_in_double(specs) for specs in (wanted.inputs, wanted.outputs)), wanted.samples[0]
    )
    passes = fuse.SMALL if floats_of(wanted) == "float64" else (fuse.single, *fuse.SMALL)
    return fuse.run(copy.deepcopy(exported), passes)  # the passes take the weights out of what they get


@functools.lru_cache(maxsize=4)
def _double(
    module: torch.nn.Module,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    sample: Callable[[], Tensors],
) -> onnx.ModelProto:
    """Exported once for both precisions, in float64, so that constants are rounded at most once."""
    return graph.export(module.eval(), inputs, outputs, exact(sample()))


def _in_double(specs: tuple[TensorSpec, ...]) -> tuple[TensorSpec, ...]:
    return tuple(spec.model_copy(update={"dtype": "float64"}) if spec.dtype == "float32" else spec for spec in specs)


def publish_graph(recipe: Lab, wanted: Graph, folder: Path) -> Variant:
    """Export one graph and hold it against PyTorch. Raises GateError."""
    proto = build(wanted)
    path = folder / wanted.file
    onnx.save(proto, path)
    parity = require_same(wanted, open_session(path, threads=1))
    entry = publish.describe(path)
    return Variant(
        **entry.model_dump(),
        name=wanted.name,
        inputs=tuple(spec.name for spec in wanted.inputs),
        outputs=tuple(spec.name for spec in wanted.outputs),
        floats=floats_of(wanted),
        method=wanted.method,
        parity=parity,
        gate=f"every output within {wanted.tolerance:.0e} of PyTorch in float64, relative to its length",
        operators=graph.operators(proto),
    )


def floats_of(wanted: Graph) -> Literal["float32", "float64"] | None:
    """The type of a graph's float tensors, None where it has none."""
    kinds = {spec.dtype for spec in (*wanted.inputs, *wanted.outputs) if spec.dtype.startswith("float")}
    if len(kinds) > 1:
        raise graph.ExportError(f"{wanted.name} mixes {' and '.join(sorted(kinds))}: one type of floats in a file")
    return next((kind for kind in ("float32", "float64") if kind in kinds), None)  # type: ignore[return-value]


def require_same(wanted: Graph, session: Session) -> Parity:
    """Every output, at every sample, against the module in float64; and the module against the reference.

    Raises GateError.
    """
    absolute = relative = 0.0
    for make in wanted.samples:
        sample = make()
        expected = torch_outputs(wanted, sample)
        if wanted.reference:
            for name, values in wanted.reference(exact(sample)).items():
                far = golden.distance(values.detach().numpy(), expected[name])
                if not far <= verify.MAX_REFERENCE:
                    raise verify.GateError(f"{wanted.name}: {name} is {far:.1e} from its reference in PyTorch")
        names = [spec.name for spec in wanted.outputs]
        feeds = {spec.name: sample[spec.name].numpy().astype(spec.dtype) for spec in wanted.inputs}
        for name, found in zip(names, session.run(feeds, names), strict=True):
            if found.shape != expected[name].shape:
                raise verify.GateError(f"{wanted.name}: {name} has the shape {found.shape}, not {expected[name].shape}")
            far = golden.distance(expected[name], found)
            if not far <= wanted.tolerance:
                raise verify.GateError(f"{wanted.name}: {name} differs by {far:.1e}, allowed is {wanted.tolerance:.0e}")
            relative = max(relative, far)
            absolute = max(absolute, float(np.abs(found - expected[name]).max(initial=0.0)))
    return Parity(max_abs_difference=absolute, max_relative_difference=relative)


def exact(sample: Tensors) -> Tensors:
    """A copy with float64 for float32, so that what the inputs mean is computed without rounding."""
    return {name: values.double().clone() if values.is_floating_point() else values for name, values in sample.items()}


def torch_outputs(wanted: Graph, sample: Tensors) -> dict[str, np.ndarray]:
    """What the module gives in float64: name -> output."""
    inputs = exact(sample)
    with torch.no_grad():
        found = wanted.module(*(inputs[spec.name] for spec in wanted.inputs))
    return {spec.name: found[spec.name].numpy() for spec in wanted.outputs}


def union(groups: Iterable[tuple[TensorSpec, ...]]) -> tuple[TensorSpec, ...]:
    """The tensors of all graphs; one name may have several shapes, each listed once, but it has one meaning.

    Raises ExportError.
    """
    found: dict[tuple[str, tuple[int | str, ...]], TensorSpec] = {}
    meanings: dict[str, str] = {}
    for specs in groups:
        for spec in specs:
            known = meanings.setdefault(spec.name, spec.meaning)
            if known != spec.meaning:
                raise graph.ExportError(f"{spec.name} means {known!r} and {spec.meaning!r}")
            found.setdefault((spec.name, spec.shape), spec)
    return tuple(found.values())
