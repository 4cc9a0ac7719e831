"""How a bundle comes to be: a Recipe reads text, a Writer writes it, a Lab takes arrays. One path walks them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from export.fuse_decoder import BLOCK, BLOCK4
from export.quantise import Pass, int4_blocks, int8_blocks, method
from hub.card import Course, License, Metric, Paper, Pooling, Published, Question, TensorSpec, Text
from hub.tasks.generate import Engine, Request


@dataclass(frozen=True)
class Trained:
    """A module in eval mode whose forward takes the recipe's inputs and returns a dict of its named outputs."""

    module: torch.nn.Module
    tokenizer: Tokenizer  # padding and truncation set, as it will stand in tokenizer.json


@dataclass(frozen=True)
class Variant:
    """A graph to publish beside fp32, and the gate it has to pass."""

    name: str  # "int8"
    make: Pass  # the pass that makes it
    file: str = "model_quantized.onnx"
    method: str = ""  # how it is made, for a reader; "": the first sentence about the pass
    max_drop: float = 0.3  # points of the headline metric on the validation split, below fp32
    max_kl: float = (
        0.01  # of a writer: nats a token of PyTorch's distribution of the next token to this one's, on average
    )
    max_rise: float = 0.01  # of a writer: of the perplexity above PyTorch's, relative
    publish: bool = True  # False: measured only, where it saves less room than it takes beside the fp32 file

    @property
    def described(self) -> str:
        """How it is made, for a reader."""
        return self.method or method(self.make)


# Of a writer. Text that differs as little as in 4 bits is still that of the same model; in 8 bits it can be had closer.
INT8 = Variant(
    "int8",
    int8_blocks,
    method=f"weights in 8 bits, a scale for {BLOCK} of them (MatMulNBits), the tied table stored once",
)
INT4 = Variant(
    "int4",
    int4_blocks,
    method=f"weights in 4 bits, a scale and a least value for {BLOCK4} of them (MatMulNBits and the sums of the inputs "
    "over each block), the tied table in 8 bits, stored once",
    file="model_q4.onnx",
    max_kl=0.03,
    max_rise=0.02,
)


@dataclass(frozen=True)
class Evaluation:
    """A split to measure on; the first one of a recipe with split "valid" is the headline metric for the gates."""

    dataset: str  # a name of models/training/corpus.py
    split: str  # "valid", "test"
    text: str = "text"
    label: str = "label"  # column of class indices
    head: str = ""


@dataclass(frozen=True)
class PairEvaluation:
    """A split of sentence pairs with a score of how close they are; otherwise as Evaluation."""

    dataset: str
    split: str
    text: str = "sentence1"  # of these calibration texts are drawn
    other: str = "sentence2"


@dataclass(frozen=True)
class QuestionEvaluation:
    """A split of questions that a head is asked by an input transformation; otherwise as Evaluation."""

    dataset: str
    split: str
    fields: tuple[str, ...]  # columns, in the order of hub.tasks.transforms.FIELDS
    head: str
    label: str = "label"  # column of class indices, or of names of labels


@dataclass(frozen=True)
class Piece:
    """A part of the module to publish as a graph of its own."""

    name: str  # "encoder-body"
    module: Callable[[torch.nn.Module], torch.nn.Module]  # of the trained module; forward returns named outputs
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    sample: Callable[[torch.nn.Module, dict[str, torch.Tensor]], dict[str, torch.Tensor]]  # from the model's inputs

    @property
    def file(self) -> str:
        return f"{self.name}.onnx"


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


@dataclass(frozen=True, kw_only=True)
class Recipe(Facts):
    """A model that reads text: one module, trained, with a tokenizer; its variants are the same model."""

    labels: tuple[str, ...] | dict[str, tuple[str, ...]] = ()
    train: Callable[
        [Path], Trained
    ]  # trains, or goes on from the checkpoints in the folder; a finished one is only loaded
    tiny: Callable[[], Trained]  # the same shape of model, a few hundred random parameters, no data: for the tests
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]  # explanations included
    variants: tuple[Variant, ...]
    evaluations: tuple[Evaluation | PairEvaluation | QuestionEvaluation, ...]
    calibration: tuple[str, str, int]  # dataset, split, how many texts: for static quantisation
    max_tokens: int
    explanation: Callable[[torch.nn.Module], Pooling | Course] | None = None
    label_titles: dict[str, Text] = field(default_factory=dict)
    round_weights: bool = True  # for storage, before everything is measured: see export/rounding.py
    publish_fp32: bool = True  # False: over the size limit; the card says how to make it again
    config: Callable[[torch.nn.Module], dict[str, object]] = lambda module: {}  # config.json, Hugging Face style
    tokenizer_config: dict[str, object] = field(default_factory=dict)  # tokenizer_config.json, where there is any
    kept: tuple[str, ...] = ()  # outputs of the quantised files; empty: the logits
    pieces: tuple[Piece, ...] = ()
    base: str = ""  # the recipe whose module the training starts from
    rebase: Callable[[str], Recipe] | None = None  # the same from another encoder: a folder, or an id of the Hub
    frequent_tokens: Callable[[Path], tuple[str, ...]] = lambda folder: ()  # from the recipe's folder of checkpoints
    questions: dict[str, Question] = field(default_factory=dict)  # head -> how it is asked

    @property
    def answers(self) -> tuple[str, ...]:
        """The outputs that hold one row for each text: what the gates look at."""
        return tuple(spec.name for spec in self.outputs if spec.name.startswith("logits") or spec.name == "embedding")


@dataclass(frozen=True)
class Pretrained:
    """A causal language model of transformers, in eval mode, and its tokenizer."""

    model: PreTrainedModel
    tokenizer: Tokenizer
    chat_template: str = ""  # jinja, as it was published; empty: it was not taught to answer messages
    special_tokens: dict[str, str] = field(default_factory=dict)  # what the template calls them -> token


@dataclass(frozen=True)
class TextEvaluation:
    """Running text to measure the perplexity on; the first one of a recipe decides over the quantised variants."""

    dataset: str
    split: str
    texts: Callable[[], list[str]]


@dataclass(frozen=True)
class AnswerEvaluation:
    """Answers to measure: every variant is asked, through the engine that serves."""

    dataset: str
    split: str
    requests: Callable[[Engine], list[Request]]
    score: Callable[[list[str]], dict[str, float]]  # the answers, in the order of the requests -> metric -> value


@dataclass(frozen=True, kw_only=True)
class Writer(Facts):
    """A model that writes text token by token."""

    train: Callable[[Path], Pretrained]  # as of a Recipe
    tiny: Callable[[], Pretrained]
    end: tuple[str | int, ...]  # tokens after which an answer is complete; one that the tokenizer lacks by its id
    prompts: tuple[str, ...]  # of which greedy answers are compared with PyTorch's
    evaluations: tuple[TextEvaluation, ...]
    answers: tuple[AnswerEvaluation, ...] = ()
    suggested: tuple[str, ...] = ()  # prompts for a visitor, in the form that the model was trained on
    hint: str = ""  # what a text ends in to be summarised, where the model was trained on one
    hint_tokens: int = 0  # of such a text, the most that it was trained on; 0: any number
    context: int | None = None  # tokens of the cache; None: what the model was made for
    variants: tuple[Variant, ...] = (INT8,)
    publish_fp32: bool = True
    command: str = ""  # where it is not python -m export make NAME


Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """One ONNX file of a Lab: a variant of its card, with inputs and outputs of its own."""

    name: str  # "sigmoid", "sigmoid-float64"
    file: str  # "sigmoid.onnx"
    module: torch.nn.Module  # forward takes the inputs in their order and returns a dict of the named outputs
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    samples: tuple[Callable[[], Tensors], ...]  # inputs of several shapes; the first is exported with and is golden
    reference: Callable[[Tensors], Tensors] | None = None  # autograd's gradients, or another independent way
    method: str = "torch.onnx.export (dynamo)"
    tolerance: float = 1e-5  # |found - expected| / |expected| of every output, against PyTorch in float64


@dataclass(frozen=True, kw_only=True)
class Lab(Facts):
    """A bundle of graphs that take arrays: nothing is trained and nothing is tokenised."""

    graphs: tuple[Graph, ...]
    default: str  # the name of a graph
    parameters: int = 0
    arrays: Callable[[], dict[str, np.ndarray]] = dict  # data.npz, where there is any
    metrics: Callable[[Path], tuple[Metric, ...]] = lambda folder: ()  # measured on the finished graphs
    config: dict[str, object] = field(default_factory=dict)  # config.json


AnyRecipe = Recipe | Writer | Lab


def sample_inputs(recipe: Recipe, batch: int, tokens: int, vocabulary: int) -> dict[str, torch.Tensor]:
    """Random inputs of any shape: ids in [1, vocabulary), attention_mask all ones."""
    ids = torch.randint(1, vocabulary, (batch, tokens), dtype=torch.int64)
    known = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    return {spec.name: known[spec.name] for spec in recipe.inputs}
