"""How a bundle comes to be: facts for its card, how it is trained, a list of graphs, and what measures them.

One path (export/make.py) walks every recipe. What recipes of one family share is a function that gives a Recipe:
export/texts.py for models that read whole texts, export/writer.py for those that write them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from export import fuse
from export.graph import OPSET
from export.pytorch import TorchRunner
from export.quantise import Feeds, Pass, method
from export.runner import Runner, Subject
from hub.card import DataSet, License, Metric, Paper, Published, Question, TensorSpec, Text

Tensors = dict[str, torch.Tensor]
Sizes = Mapping[str, int]  # named axis -> size; a seed may stand beside them
EXAMPLE: Sizes = {"batch": 3, "tokens": 11}  # two sizes that no model has as a width, so that a baked one is seen
SHAPES: tuple[Sizes, ...] = tuple(
    {"batch": batch, "tokens": tokens} for batch in (1, 2, 7) for tokens in (1, 5, 17, 300)
)


@dataclass(frozen=True)
class Trained:
    """A module in eval mode whose graphs are published, and the tokenizer before it."""

    module: torch.nn.Module
    tokenizer: Any = None  # a Tokenizer, its padding and truncation set; None: no text is read
    chat_template: str = ""  # jinja, as it was published; empty: it was not taught to answer messages
    special_tokens: dict[str, str] = field(default_factory=dict)  # what the template calls them -> token


# --- what a file has to keep ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gate:
    """A bound on one figure of every evaluation that has it, on every head and split. NaN passes none.

    Args:
        figure: "drop" (points that the quality lies below the exact file's), or a name of ``Score.parity``.
        said: for a reader of the card.
        least: the figure is at least the bound; else at most.
        answers: one answer may go wrong however few the texts of a split are.
    """

    figure: str
    bound: float
    said: str
    least: bool = False
    answers: bool = False

    def holds(self, value: float, rows: int) -> bool:
        """Whether a figure, measured on so many rows, keeps the bound."""
        if self.least:
            return value >= self.bound
        return value <= (max(self.bound, 100 / rows) if self.answers and rows else self.bound) + 1e-9


def drop(points: float = 0.3) -> Gate:
    """Of a quantised file: what it may lose of its quality."""
    return Gate("drop", points, f"at most {points} points or one answer below fp32 on every split", answers=True)


@dataclass(frozen=True)
class Score:
    """What one file says on one evaluation."""

    figures: dict[str, float]  # for the card, in the units of hub.card.unit_of
    quality: float | None = None  # accuracy, a rank correlation, nDCG … in shares, or a perplexity
    rows: int = 0  # texts, pairs, queries … that it was measured on
    parity: dict[str, float] = field(default_factory=dict)  # against PyTorch: fields of hub.card.Parity, "rise", …
    losable: bool = True  # more quality is better, and what is lost is told in points
    confusion: np.ndarray | None = None  # int64 (true, predicted)

    def figure(self, name: str, exact: Score) -> float | None:
        """The figure that a gate bounds; None where this evaluation has none of that name."""
        if name == "drop" and self.losable and self.quality is not None and exact.quality is not None:
            return 100 * (exact.quality - self.quality)
        if name == "rise" and not self.losable and self.quality is not None and exact.quality is not None:
            return self.parity.get(name, self.quality / exact.quality - 1)  # of a perplexity
        return self.parity.get(name)


class Loaded(Protocol):
    """An evaluation with its data, and with what PyTorch says of them."""

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        """Args: subjects: graph -> its file; the one that is measured, and the exact files of the others."""


class Evaluation(Protocol):
    """Something to measure. One of split "valid" decides which figure a variant's quality is: the first of a graph."""

    @property
    def dataset(self) -> str: ...

    @property
    def split(self) -> str: ...

    @property
    def head(self) -> str: ...

    @property
    def graph(self) -> str:
        """The graph whose variants are compared by it."""

    @property
    def gated(self) -> bool:
        """False: figures for the card, of what passed the gates."""

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> Loaded:
        """Read the data. Args: pytorch: graph -> its module."""


# --- what is exported -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variant:
    """One file of a graph. The first of a graph is exact, and stops the publication where it is not."""

    name: str  # "fp32", "int8"
    make: Pass  # from the exported graph with its calibration
    file: str = "model_quantized.onnx"
    method: str = ""  # how it is made, for a reader; "": the first sentence about the pass
    gates: tuple[Gate, ...] = ()
    outputs: tuple[str, ...] = ()  # which are kept; empty: all
    publish: bool = True  # False: measured only, where it saves less room than it takes beside another file

    def bound(self, figure: str) -> float:
        """Of the gate on that figure. Raises KeyError where there is none."""
        return {gate.figure: gate.bound for gate in self.gates}[figure]

    @property
    def described(self) -> str:
        """How it is made, for a reader."""
        return self.method or method(self.make)


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A module to publish, in one file or several."""

    name: str  # "model", "encoder-body", "sigmoid"
    module: torch.nn.Module  # forward takes the inputs in their order and returns a dict of the named outputs
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]  # explanations included
    sample: Callable[[Sizes], Tensors]  # inputs of any size
    example: Sizes = field(default_factory=lambda: EXAMPLE)  # what is exported with
    shapes: tuple[Sizes, ...] = SHAPES  # at which every file is held against PyTorch
    variants: tuple[Variant, ...]
    answers: tuple[str, ...] = ()  # outputs with a row for each text, which no other row of a batch may change
    reference: Callable[[Tensors], Tensors] | None = None  # another way to some of the outputs, autograd's for instance
    tolerance: float = 1e-4  # of the exact file to PyTorch, on every float output
    scaled: bool = False  # the tolerance is of the largest value of an output, where that is above 1
    double: bool = False  # PyTorch computes in float64, and the tolerance is relative to the length of an output
    quantised_tolerance: float = 0.05  # of golden outputs, of the largest value
    max_neighbour: float = 1e-5  # of a row alone to the same row in a batch
    passes: tuple[Callable[..., None], ...] = fuse.PASSES
    calibration: Callable[[Any], list[Feeds]] | None = None  # by the reader: texts that fix the scales, one each
    part: bool = False  # a piece of the model: it stands under ``parts`` of the card
    opset: int = OPSET
    open: Callable[[Path, Any], Subject] = Runner  # a file and the reader -> what is measured
    pytorch: Callable[[Graph, Any], Subject] | None = None  # the same for the module; None: TorchRunner
    proofs: tuple[Callable[[Subject, Subject, Sequence[str]], None], ...] = ()  # of the exact file; raise GateError

    def scale(self, values: np.ndarray) -> float:
        """What the tolerance of an output is multiplied with."""
        return max(1.0, float(np.abs(values).max(initial=0.0))) if self.scaled else 1.0

    def reference_runner(self, reader: Any) -> Subject:
        """The PyTorch module as what an evaluation measures."""
        if self.pytorch:
            return self.pytorch(self, reader)
        return TorchRunner(self.module, self.inputs, self.outputs, reader, self.double)


# --- the whole ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What every bundle has: the facts for its card."""

    name: str
    task: str
    title: Text
    summary: Text
    paper: Paper
    departures: tuple[str, ...]
    languages: tuple[str, ...]
    licenses: tuple[License, ...]
    published: tuple[Published, ...] = ()
    has_read: Text | None = None  # what the model has read, and how much: a sentence
    labels: tuple[str, ...] | dict[str, tuple[str, ...]] = ()
    label_titles: dict[str, Text] = field(default_factory=dict)
    datasets: dict[str, DataSet] = field(default_factory=dict)  # what a visitor reads of those that are measured
    questions: dict[str, Question] = field(default_factory=dict)  # head -> how it is asked
    max_tokens: int | None = None
    base: str = ""  # the recipe whose module the training starts from
    prompts: tuple[str, ...] = ()  # for a visitor, in the form that the model was trained on
    hint: str = ""  # what a text ends in to be summarised, where the model was trained on one
    hint_tokens: int = 0  # of such a text, the most that it was trained on; 0: any number


def nothing(_: Path) -> Trained:
    """The training of graphs that have no weights."""
    return Trained(torch.nn.Identity())


@dataclass(frozen=True, kw_only=True)
class Recipe(Facts):
    """Everything that a bundle is made of."""

    train: Callable[[Path], Trained] = nothing  # trains, or goes on from the checkpoints there, or only loads
    tiny: Callable[[], Trained] = lambda: nothing(Path())  # the same shape, random and small, no data: for the tests
    graphs: Callable[[Trained], Sequence[Graph]]
    evaluations: tuple[Evaluation, ...] = ()
    reads: Callable[[Recipe, Trained, Path], Any] | None = None  # writes tokenizer.json; the reader of texts
    texts: tuple[str, ...] = ()  # golden texts; empty: golden.TEXTS of its languages, where it reads text
    learnt: Callable[[Trained, Path], dict[str, object]] = lambda trained, checkpoints: {}  # further fields of the card
    metrics: Callable[[Path], tuple[Metric, ...]] = lambda folder: ()  # of the finished graphs, by no evaluation
    files: Callable[[Trained, Path, Mapping[str, Subject]], None] = lambda trained, folder, graphs: None  # further ones
    config: Callable[[Trained], dict[str, object]] = lambda trained: {}  # config.json, Hugging Face style
    default: str = ""  # a variant; empty: the last one that is published
    round_weights: bool = True  # for storage, before everything is measured: see export/rounding.py
    command: str = ""  # where it is not python -m export make NAME
    of_any_size: bool = False  # its files are for a folder of their own: the repository takes none over 48 MiB
    rebase: Callable[[str], Recipe] | None = None  # the same from another encoder: a folder, or an id of the Hub
