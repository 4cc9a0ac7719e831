"""The gates: PyTorch's outputs at every shape, the same answer in any batch, quality on every head and split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from export import golden
from export.recipe import Gate, Graph, Recipe, Score, Sizes, Tensors, Variant
from export.runner import Arrays, Subject
from hub.card import Confusion, Metric

MAX_DIFFERENCE = 1e-4  # fp32 against PyTorch, on every float output
MAX_NEIGHBOUR = 1e-5  # a text alone against the same text in a mixed batch, on the answers, for every variant
MAX_REFERENCE = 1e-9  # a gradient written out against torch.autograd, both in float64, relative to its length
MIXED_TEXTS = 40
MIN_MEAN_COSINE = 0.998  # of a quantised embedding to PyTorch's, over the sentences of a split
MIN_COSINE = golden.MIN_COSINE

EXACT = Gate("max_abs_difference", MAX_DIFFERENCE, f"every output within {MAX_DIFFERENCE:.0e} of PyTorch")
CLOSE = (
    Gate("mean_cosine", MIN_MEAN_COSINE, f"cosine to PyTorch: mean {MIN_MEAN_COSINE}", least=True),
    Gate("min_cosine", MIN_COSINE, f"lowest {MIN_COSINE}", least=True),
)


class GateError(RuntimeError):
    """A file that may not be published; the message has the figure found and the figure allowed."""


# --- against PyTorch ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Distance:
    """How far a file is from PyTorch at random inputs of every shape."""

    absolute: float = 0.0  # of the answers, or of all outputs; of a scaled graph, of the largest value of each
    relative: float = 0.0  # |found - expected| / |expected| of a whole output, the worst one


def arrays(sample: Tensors) -> Arrays:
    return {name: values.numpy() for name, values in sample.items()}


def distance(graph: Graph, subject: Subject, pytorch: Subject) -> Distance:
    """Run a file at every shape of its graph. Raises GateError where an output has another shape than PyTorch's."""
    absolute, relative = [0.0], [0.0]
    for sizes in graph.shapes:
        feeds = arrays(graph.sample(sizes))
        expected, found = pytorch.run(feeds), subject.run(feeds)
        for name, values in found.items():
            if values.shape != expected[name].shape:
                raise GateError(
                    f"{graph.name}: {name} has the shape {values.shape} for {_sizes(sizes)}, "
                    f"PyTorch gives {expected[name].shape}"
                )
            if not graph.answers or name in graph.answers:
                far = float(np.abs(values.astype(np.float64) - expected[name]).max(initial=0.0))
                absolute.append(far / graph.scale(expected[name]))
            relative.append(golden.distance(expected[name], values))
    return Distance(float(np.max(absolute)), float(np.max(relative)))


def _sizes(sizes: Sizes) -> str:
    return " and ".join(f"{size} {axis}" for axis, size in sizes.items())


def require_exact(graph: Graph, subject: Subject, pytorch: Subject, texts: Sequence[str], far: Distance) -> None:
    """Hold the exact file against PyTorch: at every shape, and every output on real texts. Raises GateError."""
    found, what = (far.relative, "of its length") if graph.double else (far.absolute, "")
    if not found <= graph.tolerance:
        raise GateError(
            f"{graph.name}: an output differs by {found:.1e} {what} from PyTorch, allowed is {graph.tolerance:.0e}"
        )
    if texts:
        feeds = subject.feeds(texts)
        expected = pytorch.run(feeds)
        wrong = golden.differences(expected, subject.run(feeds), bounds(graph, expected))
        if wrong:
            raise GateError(f"{graph.name}: the exact file is not the PyTorch module: {'; '.join(wrong)}")
    for proof in graph.proofs:
        proof(subject, pytorch, texts)


def require_reference(graph: Graph, pytorch: Subject) -> None:
    """Hold the module against another way to the same outputs, at every shape. Raises GateError."""
    if graph.reference is None:
        return
    for sizes in graph.shapes:
        sample = graph.sample(sizes)
        expected = pytorch.run(arrays(sample))
        doubled = {name: v.double().clone() if v.is_floating_point() else v for name, v in sample.items()}
        for name, values in graph.reference(doubled).items():
            far = golden.distance(values.detach().numpy(), expected[name])
            if not far <= MAX_REFERENCE:
                raise GateError(f"{graph.name}: {name} is {far:.1e} from its reference in PyTorch")


def bounds(graph: Graph, outputs: Arrays) -> dict[str, golden.Bound]:
    """Output -> how far the exact file may be from it."""
    kind: golden.Kind = "relative" if graph.double else "absolute"
    return {name: golden.Bound(kind, graph.tolerance * graph.scale(values)) for name, values in outputs.items()}


def quantised_bounds(graph: Graph, outputs: Arrays) -> dict[str, golden.Bound]:
    """Output -> how far a later run of the same quantised file may be from it, on another processor."""
    return {
        name: golden.Bound("cosine", MIN_COSINE)
        if name in golden.VECTORS
        else golden.Bound("absolute", graph.quantised_tolerance * float(np.abs(values).max(initial=0.0)))
        for name, values in outputs.items()
    }


# --- whatever else is in the batch ----------------------------------------------------------------------------------


def neighbour_difference(graph: Graph, subject: Subject, texts: Sequence[str]) -> float | None:
    """max |answers of a row alone - those of it in a batch|: of texts, or where none are read of random rows.

    None: the graph has no answers.
    """
    if not graph.answers:
        return None
    if texts:
        return subject.neighbour_difference(texts, graph.answers)
    batches = [feeds for feeds in map(arrays, map(graph.sample, graph.shapes)) if _rows(graph, feeds) > 1]
    worst = [0.0]
    for feeds in batches:
        mixed = subject.run(feeds, graph.answers)
        for row in range(_rows(graph, feeds)):
            alone = subject.run({name: _row(graph, name, values, row) for name, values in feeds.items()}, graph.answers)
            worst += [float(np.abs(alone[name][0] - mixed[name][row]).max()) for name in graph.answers]
    return float(np.max(worst))


def _rows(graph: Graph, feeds: Arrays) -> int:
    """How many rows a batch has: the length of the axis "batch"."""
    for spec in graph.inputs:
        if "batch" in spec.shape:
            return int(feeds[spec.name].shape[spec.shape.index("batch")])
    return 1


def _row(graph: Graph, name: str, values: np.ndarray, row: int) -> np.ndarray:
    shape = next(spec.shape for spec in graph.inputs if spec.name == name)
    return values.take([row], axis=shape.index("batch")) if "batch" in shape else values


def mixed_texts(own: Sequence[str], loaded: Sequence[Any]) -> list[Any]:
    """Texts of every length: our own, and from the shortest to the longest of what decides."""
    valid = sorted({text for one in loaded[:1] for text in getattr(one, "texts", ())}, key=len)
    picked = np.linspace(0, len(valid) - 1, min(MIXED_TEXTS, len(valid))).round().astype(int)
    return [*own, *(valid[position] for position in picked)]


# --- quality --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scored:
    """One evaluation of one file."""

    dataset: str
    split: str
    head: str
    score: Score

    @property
    def where(self) -> str:
        return ", ".join(filter(None, (self.dataset, self.split, self.head)))


def require_numbers(file: str, far: Distance, neighbour: float | None, scores: Sequence[Scored]) -> None:
    """A file that gives NaN or infinity has no figures to publish. Raises GateError."""
    found = {
        "an output at random inputs": [far.absolute, far.relative],
        "an answer in a batch": [neighbour or 0.0],
        **{one.where: [*one.score.figures.values(), *one.score.parity.values()] for one in scores},
    }
    for where, values in found.items():
        if not np.isfinite(values).all():
            raise GateError(f"{file} gives what is no number: {where}")


def missed(wanted: Variant, scores: Sequence[Scored], exact: Sequence[Scored]) -> list[str]:
    """The gates that a file does not keep, for a reader; empty: it passed."""
    wrong = []
    for ours, full in zip(scores, exact, strict=True):
        for gate in wanted.gates:
            value = ours.score.figure(gate.figure, full.score)
            if value is not None and not gate.holds(value, ours.score.rows):
                wrong.append(f"{gate.figure} is {value:.3g} on {ours.where}; {gate.said}")
    return wrong


def parity(scores: Sequence[Scored]) -> dict[str, Any]:
    """Of the validation splits: the largest difference, all flips and texts; the rest of the first one."""
    valid = [one.score.parity for one in scores if one.split == "valid"]
    if not valid:
        return {}
    found = dict(valid[0])
    found["max_abs_difference"] = float(np.max([one["max_abs_difference"] for one in valid]))
    for name in ("label_flips", "texts"):
        if name in found:
            found[name] = sum(int(one[name]) for one in valid)
    return found


def require_decider(recipe: Recipe) -> None:
    """Raises ValueError where a graph is measured on no validation split."""
    for graph in {one.graph for one in recipe.evaluations if one.gated}:
        if not any(one.split == "valid" for one in recipe.evaluations if one.graph == graph):
            raise ValueError(f"{recipe.name} needs an evaluation on a split named 'valid'")


def metrics(scored: Scored, variant: str) -> list[Metric]:
    """The rows of the card; fractions of 1."""
    return [
        Metric(
            dataset=scored.dataset,
            split=scored.split,
            metric=name,
            value=round(value, 6),
            variant=variant,
            head=scored.head,
        )
        for name, value in scored.score.figures.items()
    ]


def confusions(scored: Scored, variant: str) -> list[Confusion]:
    """The confusion matrix, where there are classes."""
    if scored.score.confusion is None or scored.split != "test":
        return []
    counts = tuple(tuple(int(count) for count in row) for row in scored.score.confusion)
    return [Confusion(dataset=scored.dataset, split=scored.split, variant=variant, head=scored.head, counts=counts)]
