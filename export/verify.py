"""The gates: the same logits as PyTorch, the same answer whatever else is in the batch, quality, golden outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from export import golden
from export.recipe import Evaluation, PairEvaluation, QuestionEvaluation, Recipe, Trained, sample_inputs
from export.runner import BATCH, Runner, encode
from hub import text as hub_text
from hub.card import Confusion, Metric, logits_name
from hub.tasks import transforms
from hub.text import TextEncoder, TextInput
from models.training import corpus
from models.training.pairs import spearman

SHAPES = tuple((batch, tokens) for batch in (1, 2, 7) for tokens in (1, 5, 17, 300))  # cut to the recipe's max_tokens
MAX_DIFFERENCE = 1e-4  # fp32 against PyTorch, on every float output
MAX_NEIGHBOUR = 1e-5  # a text alone against the same text in a mixed batch, on the logits, for every variant
MAX_REFERENCE = 1e-9  # a gradient written out against torch.autograd, both in float64, relative to its length
MIXED_TEXTS = 40
MIN_MEAN_COSINE = 0.998  # of a quantised embedding to PyTorch's, over the sentences of the validation split
MIN_COSINE = 0.99
APART = "spearman_without_stsb_train"  # over the pairs that are not in the training split of STS-B

Note = Callable[[str], None]


class GateError(RuntimeError):
    """A variant that may not be published; the message has the figure found and the figure allowed."""


@dataclass(frozen=True)
class Score:
    """What one variant says on one evaluation."""

    quality: float  # accuracy, or Spearman's rank correlation
    figures: dict[str, float]  # name -> value, for the card
    difference: float  # max |output - PyTorch's|
    flips: int = 0  # other labels than PyTorch
    confusion: np.ndarray | None = None  # int64 (true, predicted)
    cosines: np.ndarray | None = None  # (texts) of each embedding to PyTorch's


@dataclass(frozen=True)
class Split:
    """Labelled texts, and what PyTorch says of them."""

    evaluation: Evaluation
    texts: list[str]
    labels: np.ndarray  # int64 (texts)
    reference: np.ndarray  # float32 (texts, classes)

    @property
    def output(self) -> str:
        return logits_name(self.evaluation.head)

    @property
    def head(self) -> str:
        return self.evaluation.head

    def score(self, logits: np.ndarray) -> Score:
        """Compare logits (texts, classes) with the labels and with PyTorch."""
        return classified(logits, self.reference, self.labels)


def classified(logits: np.ndarray, reference: np.ndarray, labels: np.ndarray) -> Score:
    """Logits and PyTorch's, float32 (texts, classes), against the labels int64 (texts)."""
    classes = logits.shape[1]
    predicted = logits.argmax(axis=1)
    confusion = np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    hits = confusion.diagonal()
    found = confusion.sum(axis=0) + confusion.sum(axis=1)  # 2 hits + misses of both kinds
    f1 = 2 * hits / np.maximum(found, 1)
    accuracy = float(hits.sum() / confusion.sum())
    return Score(
        quality=accuracy,
        figures={"accuracy": accuracy, "macro_f1": float(f1[found > 0].mean())},
        difference=float(np.abs(logits - reference).max()),
        flips=int((predicted != reference.argmax(axis=1)).sum()),
        confusion=confusion,
    )


@dataclass(frozen=True)
class QuestionSplit:
    """Questions with their answers, and what PyTorch says of the sequences that they are read as."""

    evaluation: QuestionEvaluation
    kind: str  # of the transformation
    texts: list[Any]  # (text) or (text, text) a sequence, those of a question one after the other
    labels: np.ndarray  # int64 (questions)
    reference: np.ndarray  # float32 (sequences, width)

    @property
    def output(self) -> str:
        return logits_name(self.evaluation.head)

    @property
    def head(self) -> str:
        return self.evaluation.head

    def score(self, logits: np.ndarray) -> Score:
        """Answer the questions from logits (sequences, width)."""
        ours, theirs = (
            transforms.combined(self.kind, rows.reshape(len(self.labels), -1, rows.shape[1]))
            for rows in (logits, self.reference)
        )
        return classified(ours, theirs, self.labels)


@dataclass(frozen=True)
class PairSplit:
    """Scored sentence pairs, and what PyTorch says of their sentences."""

    evaluation: PairEvaluation
    texts: list[str]  # each sentence once
    first: np.ndarray  # int64 (pairs): places in texts
    second: np.ndarray
    scores: np.ndarray  # float64 (pairs)
    reference: np.ndarray  # float32 (texts, width)
    apart: np.ndarray | None = None  # bool (pairs): those that are not in the training split of STS-B, where some are
    output = "embedding"
    head = ""

    def score(self, embedding: np.ndarray) -> Score:
        """Rank the pairs by their cosine; embedding: float32 (texts, width), of length 1."""
        cosine = (embedding[self.first] * embedding[self.second]).sum(axis=1)
        quality = spearman(cosine, self.scores)
        figures = {"spearman": quality}
        if self.apart is not None:
            figures[APART] = spearman(cosine[self.apart], self.scores[self.apart])
        return Score(
            quality=quality,
            figures=figures,
            difference=float(np.abs(embedding - self.reference).max()),
            cosines=(embedding * self.reference).sum(axis=1),
        )


AnySplit = Split | PairSplit | QuestionSplit


def load(
    evaluation: Evaluation | PairEvaluation | QuestionEvaluation, recipe: Recipe, trained: Trained, encoder: TextEncoder
) -> AnySplit:
    """Raises ValueError for labels outside the recipe's."""
    rows = corpus.load(evaluation.dataset, evaluation.split)
    if isinstance(evaluation, PairEvaluation):
        return _load_pairs(evaluation, rows, recipe, trained, encoder)
    if isinstance(evaluation, QuestionEvaluation):
        return _load_questions(evaluation, rows, recipe, trained, encoder)
    texts, labels = [str(text) for text in rows[evaluation.text]], rows[evaluation.label].to_numpy(dtype=np.int64)
    classes = len(recipe.labels[evaluation.head] if isinstance(recipe.labels, dict) else recipe.labels)
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"{evaluation.dataset}, {evaluation.split}: labels from {labels.min()} to {labels.max()}, "
            f"{recipe.name} has {classes} classes"
        )
    name = logits_name(evaluation.head)
    return Split(evaluation, texts, labels, torch_rows(trained, recipe, encoder, texts, name))


def _load_pairs(
    evaluation: PairEvaluation, rows: pd.DataFrame, recipe: Recipe, trained: Trained, encoder: TextEncoder
) -> PairSplit:
    sides = [[str(text) for text in rows[side]] for side in (evaluation.text, evaluation.other)]
    texts = list(dict.fromkeys(sides[0] + sides[1]))
    place = {text: number for number, text in enumerate(texts)}
    first, second = (np.array([place[text] for text in side]) for side in sides)
    scores = rows["score" if "score" in rows else "label"].to_numpy(dtype=np.float64)
    reference = torch_rows(trained, recipe, encoder, texts, PairSplit.output)
    apart = (rows["in_stsb"] != "train").to_numpy() if "in_stsb" in rows else None
    return PairSplit(evaluation, texts, first, second, scores, reference, apart)


def _load_questions(
    evaluation: QuestionEvaluation, rows: pd.DataFrame, recipe: Recipe, trained: Trained, encoder: TextEncoder
) -> QuestionSplit:
    kind = recipe.questions[evaluation.head].kind
    columns = [rows[name].astype(str) for name in evaluation.fields]
    texts = [read for fields in zip(*columns, strict=True) for read in transforms.sequences(kind, fields)]
    assert isinstance(recipe.labels, dict)
    names = recipe.labels[evaluation.head]
    labels = np.array([names.index(one) if isinstance(one, str) else int(one) for one in rows[evaluation.label]])
    reference = torch_rows(trained, recipe, encoder, texts, logits_name(evaluation.head))
    return QuestionSplit(evaluation, kind, texts, labels, reference)


def torch_outputs(trained: Trained, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the PyTorch module gives: name -> output."""
    with torch.inference_mode():
        outputs = trained.module(*(torch.from_numpy(values) for values in feeds.values()))
    return {name: values.numpy() for name, values in outputs.items()}


def torch_rows(
    trained: Trained, recipe: Recipe, encoder: TextEncoder, texts: Sequence[TextInput], name: str
) -> np.ndarray:
    """One output, a row for each text: float32 (texts, width); run in batches of about the same length."""
    names = [spec.name for spec in recipe.inputs]
    found = [np.empty(0)] * len(texts)
    ids = encoder.ids(texts)
    for rows in hub_text.batches([len(row) for row in ids], max_rows=BATCH):
        outputs = torch_outputs(trained, hub_text.feeds([ids[row] for row in rows], names))
        for row, values in zip(rows, outputs[name], strict=True):
            found[row] = values
    return np.stack(found)


def shape_difference(recipe: Recipe, trained: Trained, runner: Runner) -> float:
    """max |ONNX - PyTorch| over the answers at every shape of SHAPES, random ids.

    Raises GateError where the file is fp32 (it has all outputs of the recipe) and any output is too far off.
    """
    torch.manual_seed(0)
    worst = 0.0
    for batch, tokens in SHAPES:
        tokens = min(tokens, recipe.max_tokens)
        feeds = {
            name: values.numpy()
            for name, values in sample_inputs(recipe, batch, tokens, trained.tokenizer.get_vocab_size()).items()
        }
        expected, found = torch_outputs(trained, feeds), runner.run(feeds)
        for name in found:
            if found[name].shape != expected[name].shape:
                raise GateError(
                    f"{recipe.name}: {name} has the shape {found[name].shape} for {batch} texts of {tokens} tokens, "
                    f"PyTorch gives {expected[name].shape}"
                )
            if name in recipe.answers:
                worst = max(worst, float(np.abs(found[name] - expected[name]).max()))
    return worst


def require_same(recipe: Recipe, trained: Trained, runner: Runner, texts: Sequence[str]) -> None:
    """Hold every output of the fp32 file, explanations included, against PyTorch on real texts.

    Raises GateError.
    """
    feeds = encode(runner.encoder, texts, runner.inputs)
    wrong = golden.differences(torch_outputs(trained, feeds), runner.run(feeds), MAX_DIFFERENCE)
    if wrong:
        raise GateError(f"{recipe.name}: the fp32 file is not the PyTorch module: {'; '.join(wrong)}")


def neighbour_difference(runner: Runner, texts: Sequence[str], names: Sequence[str]) -> float:
    """max |outputs of a text alone - those of it in one batch with all the others|."""
    mixed = runner.run(encode(runner.encoder, texts, runner.inputs), names)
    worst = 0.0
    for row, text in enumerate(texts):
        alone = runner.run(encode(runner.encoder, [text], runner.inputs), names)
        worst = max(worst, *(float(np.abs(alone[name][0] - mixed[name][row]).max()) for name in names))
    return worst


def mixed_texts(recipe: Recipe, splits: Sequence[AnySplit]) -> list[str]:
    """Texts of every length: from the shortest to the longest of the validation split, and our own."""
    own = [text for language in recipe.languages for text in golden.TEXTS[language]]
    valid = sorted({text for text in headline(splits).texts}, key=len)
    picked = np.linspace(0, len(valid) - 1, min(MIXED_TEXTS, len(valid))).round().astype(int)
    return own + [valid[position] for position in picked]


def headline(splits: Sequence[AnySplit]) -> AnySplit:
    """The first evaluation on a validation split: what the gates look at. Raises ValueError where there is none."""
    for split in splits:
        if split.evaluation.split == "valid":
            return split
    raise ValueError("a recipe needs an evaluation on a split named 'valid'")


def metrics(split: AnySplit, variant: str, result: Score) -> list[Metric]:
    """The rows of the card; fractions of 1."""
    return [
        Metric(
            dataset=split.evaluation.dataset,
            split=split.evaluation.split,
            metric=name,
            value=round(value, 6),
            variant=variant,
            head=split.head,
        )
        for name, value in result.figures.items()
    ]


def confusions(split: AnySplit, variant: str, result: Score) -> list[Confusion]:
    """The confusion matrix, where there are classes."""
    if result.confusion is None:
        return []
    where = split.evaluation
    counts = tuple(tuple(int(count) for count in row) for row in result.confusion)
    return [Confusion(dataset=where.dataset, split=where.split, variant=variant, head=split.head, counts=counts)]


def golden_arrays(
    recipe: Recipe, trained: Trained, encoder: TextEncoder, runners: dict[str, Runner]
) -> dict[str, np.ndarray]:
    """The content of golden.npz (see export/golden.py); runners: the quantised files."""
    texts = [text for language in recipe.languages for text in golden.TEXTS[language]]
    feeds = encode(encoder, texts, [spec.name for spec in recipe.inputs])
    arrays: dict[str, np.ndarray] = {"texts": np.array(texts)}
    arrays |= {f"inputs/{name}": values for name, values in feeds.items()}
    declared = [spec.name for spec in recipe.outputs]
    arrays |= {f"pytorch/{name}": v for name, v in torch_outputs(trained, feeds).items() if name in declared}
    arrays["tolerance/fp32"] = np.array(golden.FP32_TOLERANCE)
    for variant, runner in runners.items():
        outputs = runner.run(feeds)
        arrays |= {f"{variant}/{name}": values for name, values in outputs.items()}
        largest = {name: float(np.abs(values).max()) for name, values in outputs.items()}
        arrays |= {
            f"tolerance/{variant}/{name}": np.array(golden.QUANTISED_TOLERANCE * v) for name, v in largest.items()
        }
    return arrays


def piece_arrays(name: str, feeds: dict[str, np.ndarray], outputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What golden.npz holds of a part of the model."""
    inputs = {f"part/{name}/inputs/{key}": values for key, values in feeds.items()}
    return inputs | {f"part/{name}/outputs/{key}": values for key, values in outputs.items()}
