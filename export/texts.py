"""What recipes of models that read whole texts share: the tokenizer, the calibration, the graph with its variants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer

from export import quantise, verify
from export.encoder import encoder_int8
from export.quantise import Feeds
from export.recipe import SHAPES, Graph, Recipe, Sizes, Tensors, Trained, Variant, drop
from hub.card import TensorSpec
from hub.text import TOKENIZER_FILE, TextEncoder
from models.training import corpus

FP32 = Variant(
    "fp32",
    quantise.stored,
    file="model.onnx",
    method="torch.onnx.export (dynamo); word tables stored in 8 bits, other weights as float16, where that is exact",
    gates=(verify.EXACT,),
)
LARGE_FP32 = replace(FP32, publish=False)  # over the size limit: the card says how to make it again
INT8_CONVOLUTION = Variant("int8", quantise.qdq_conv, gates=(drop(),))
INT8_WEIGHTS = Variant("int8", quantise.int8_weights, gates=(drop(),))
MEASURED_INT8 = replace(INT8_WEIGHTS, publish=False)  # it saves less room than it takes beside the fp32 file
MEASURED_CONVOLUTION = replace(INT8_CONVOLUTION, publish=False)  # both have the table of words in 8 bits


INT8_ENCODER = Variant("int8", encoder_int8, gates=(drop(),))  # BERT-like, then the mean and the layer "classifier"
INT8_SENTENCES = Variant(  # BERT-like, then the mean at length 1: vectors
    "int8", partial(encoder_int8, head=("mean", "normalise")), gates=(drop(), *verify.CLOSE)
)


@dataclass(frozen=True)
class Calibration:
    """The texts that fix the scales of static quantisation, drawn with a fixed seed."""

    dataset: str
    split: str
    count: int
    text: str = "text"  # the column

    def feeds(self, names: Sequence[str], reader: TextEncoder) -> list[Feeds]:
        """One text each, unpadded: int64 (1, tokens) for every input."""
        texts = corpus.load(self.dataset, self.split)[self.text]
        drawn = texts.sample(min(self.count, len(texts)), random_state=0)
        return [reader.feeds([str(text)], names) for text in drawn if str(text).strip()]


def tokens(inputs: Sequence[TensorSpec], vocabulary: int, most: int, sizes: Sizes) -> Tensors:
    """Random ids in [1, vocabulary) for "input_ids", ones for every other input; at most so many tokens."""
    lengths = {**sizes, "tokens": min(sizes["tokens"], most)}
    found: Tensors = {}
    for spec in inputs:
        shape = [lengths[axis] if isinstance(axis, str) else axis for axis in spec.shape]
        ids = spec.name == "input_ids"
        found[spec.name] = torch.randint(1, vocabulary, shape) if ids else torch.ones(shape, dtype=torch.int64)
    return found


def whole(_: Graph, __: Trained) -> list[Graph]:
    """The pieces of a model that is published in one."""
    return []


def model(
    *,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    variants: tuple[Variant, ...],
    max_tokens: int,
    calibration: Calibration | None = None,
    kept: tuple[str, ...] = (),
    pieces: Callable[[Graph, Trained], Sequence[Graph]] = whole,
) -> Callable[[Trained], list[Graph]]:
    """The graphs of a model that reads texts: the model, and its pieces.

    Args:
        variants: the exact one first.
        kept: outputs of the quantised files; empty: the answers, which are the logits or the embedding.
    """
    answers = tuple(spec.name for spec in outputs if spec.name.startswith("logits") or spec.name == "embedding")
    exact, *smaller = variants

    def graphs(trained: Trained) -> list[Graph]:
        graph = Graph(
            name="model",
            module=trained.module,
            inputs=inputs,
            outputs=outputs,
            answers=answers,
            sample=partial(tokens, inputs, trained.tokenizer.get_vocab_size(), max_tokens),
            variants=(exact, *(replace(one, outputs=kept or answers) for one in smaller)),
            calibration=partial(calibration.feeds, [spec.name for spec in inputs]) if calibration else None,
        )
        return [graph, *pieces(graph, trained)]

    return graphs


def piece(
    name: str,
    module: torch.nn.Module,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    sample: Callable[[Sizes], Tensors],
) -> Graph:
    """A part of the fp32 model as a graph of its own."""
    return Graph(
        name=name,
        module=module,
        inputs=inputs,
        outputs=outputs,
        sample=sample,
        shapes=SHAPES,
        variants=(Variant(name, quantise.stored, file=f"{name}.onnx", method=FP32.method),),
        part=True,
    )


def save(known: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json, without the indentation that would be half of it."""
    known.save(str(folder / TOKENIZER_FILE), pretty=False)


def tokenizer(recipe: Recipe, trained: Trained, folder: Path) -> TextEncoder:
    """Write tokenizer.json. Raises ValueError where it alone would not do what the recipe declares."""
    assert recipe.max_tokens is not None
    require(recipe.name, trained.tokenizer, recipe.max_tokens)
    save(trained.tokenizer, folder)
    return TextEncoder(folder / TOKENIZER_FILE, recipe.max_tokens)


def require(name: str, known: Tokenizer, max_tokens: int) -> None:
    padding, truncation = known.padding, known.truncation
    if not padding or padding["pad_id"] != 0 or padding["length"] is not None or padding["direction"] != "right":
        raise ValueError(f"{name}: the tokenizer pads with {padding}; needed: id 0, right, to the longest")
    if not truncation or truncation["max_length"] != max_tokens:
        raise ValueError(f"{name}: the tokenizer truncates with {truncation}; needed: to {max_tokens}")
