"""Train what reads ELMo (models/elmo_tasks.py), with it and without: `python -m export make elmo-ner-en`.

The language model stays as it is: what its published file says of every word is computed once and kept beside the runs.
Static vectors are word2vec (Mikolov et al. 2013, arXiv 1310.4546) by gensim, of the very text that it has read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import EvalPrediction

from models.elmo_tasks import Classifier, ReaderConfig, Tagger
from models.training import corpus, elmo, fit, runs, vectors, words
from models.training.words import UNKNOWN_ID

FOLDER = corpus.ROOT / ".cache" / "checkpoints"
STATIC, DIMENSIONS = 30_000, 100  # words with a static vector, and its size
IGNORED = -100
SEEDS = 5
SHAPES = ("other", "small", "first", "capitals", "mixed", "digits")

Layers = Callable[[Sequence[Sequence[str]]], np.ndarray]  # of every word of all: float32 (words, L + 1, size)
Arm = Literal["without", "with", "second"]


def shape(word: str) -> int:
    """How a word is written, by its number in SHAPES."""
    letters = [letter for letter in word if letter.isalpha()]
    if not letters:
        name = "digits" if any(letter.isdigit() for letter in word) else "other"
    elif all(letter == letter.lower() for letter in letters):
        name = "small"
    elif all(letter == letter.upper() for letter in letters) and len(letters) > 1:
        name = "capitals"
    else:
        first, *rest = letters
        name = "first" if first != first.lower() and all(letter == letter.lower() for letter in rest) else "mixed"
    return SHAPES.index(name)


# --- data -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sentence:
    """A row of a data set: its words, and a label for each or one for all."""

    words: tuple[str, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Task:
    """A data set, and how it is learnt."""

    name: str
    language: str  # the plan of models/training/elmo.py whose model is read
    labels: tuple[str, ...]
    read: Callable[[Task, str], list[Sentence]]  # of a split
    tags: bool  # a label for each word
    settings: fit.Settings = field(
        default_factory=lambda: fit.Settings(
            epochs=10, batch_size=32, learning_rate=3e-3, warmup_fraction=0.05, metric="f1", max_grad_norm=1.0
        )
    )
    hidden: int = 150
    dropout: float = 0.3
    arms: tuple[Arm, ...] = ("without", "with")

    @property
    def folder(self) -> Path:
        return FOLDER / f"elmo-{self.name}"

    def sentences(self, split: str) -> list[Sentence]:
        return self.read(self, split)


def tagged(dataset: str, most: int = 0) -> Callable[[Task, str], list[Sentence]]:
    """Sentences whose tags stand beside their words. most: of the training split, drawn by lot; 0: all."""

    def read(task: Task, split: str) -> list[Sentence]:
        rows = corpus.load(dataset, split)
        if most and split == "train":
            rows = rows.sample(min(most, len(rows)), random_state=0)
        number = {label: index for index, label in enumerate(task.labels)}
        normal = elmo.PLANS[task.language].splitting.normalizer
        found = []
        for tokens, tags in zip(rows["tokens"], rows["tags"], strict=True):
            names = tuple(normal.normalize_str(token) or token for token in tokens[: elmo.LONGEST])
            if names:
                found.append(Sentence(names, tuple(number[tag] for tag in iobes(list(tags[: elmo.LONGEST])))))
        return found

    return read


def iobes(tags: Sequence[str]) -> list[str]:
    """Tags in IOB2 or IOBES as IOBES."""
    found = []
    for place, tag in enumerate(tags):
        mark, _, kind = tag.partition("-")
        following = tags[place + 1] if place + 1 < len(tags) else "O"
        goes_on = following in (f"I-{kind}", f"E-{kind}")
        if mark == "B" and not goes_on:
            mark = "S"
        elif mark == "I" and not goes_on:
            mark = "E"
        found.append(f"{mark}-{kind}" if kind else tag)
    return found


def graded(dataset: str, phrases: str = "", least: int = 0) -> Callable[[Task, str], list[Sentence]]:
    """Texts with a class each.

    Args:
        phrases: a data set of parts of the training texts; those of so many words at least are read too. Of shorter
            ones most are neutral, as sentences are not.
    """

    def read(task: Task, split: str) -> list[Sentence]:
        rows = corpus.load(dataset, split)
        if phrases and split == "train":
            parts = corpus.load(phrases, "train_phrases")
            parts = parts[~parts["is_sentence"] & (parts["text"].str.split().str.len() >= least)]
            rows = pd.concat([rows[["text", "label"]], parts[["text", "label"]]], ignore_index=True)
        splitting = elmo.PLANS[task.language].splitting
        return [
            Sentence(tuple(split_words(splitting, text)), (int(label),))
            for text, label in zip(rows["text"], rows["label"], strict=True)
        ]

    return read


def split_words(splitting: Tokenizer, text: str) -> list[str]:
    """The words of a text as the language model reads them."""
    normal = splitting.normalizer.normalize_str(text) if splitting.normalizer else text
    return [word for word, _ in splitting.pre_tokenizer.pre_tokenize_str(normal)][: elmo.LONGEST]


ENTITIES = ("PER", "ORG", "LOC", "MISC")
TASKS = {
    task.name: task
    for task in (
        Task(
            name="ner-en",
            language="en",
            labels=("O", *(f"{place}-{kind}" for kind in ENTITIES for place in "BIES")),
            read=tagged("conll2003"),
            tags=True,
        ),
        Task(
            name="ner-zh",
            language="zh",
            labels=("O", *(f"{place}-{kind}" for kind in ENTITIES[:3] for place in "BIES")),
            read=tagged("msra_ner_zh", most=6_000),
            tags=True,
            settings=fit.Settings(
                epochs=6, batch_size=32, learning_rate=3e-3, warmup_fraction=0.05, metric="f1", max_grad_norm=1.0
            ),
        ),
        Task(
            name="sst5",
            language="en",
            labels=("very negative", "negative", "neutral", "positive", "very positive"),
            read=graded("sst1", phrases="sst1_phrases", least=10),
            tags=False,
            settings=fit.Settings(
                epochs=3,
                batch_size=32,
                learning_rate=1e-3,
                warmup_fraction=0.05,
                evaluations_per_epoch=2,
                metric="accuracy",
                max_grad_norm=1.0,
            ),
            dropout=0.5,
            arms=("without", "with", "second"),
        ),
    )
}


# --- vectors --------------------------------------------------------------------------------------------------------


def static_vectors(language: str, workers: int = 0) -> dict[str, np.ndarray]:
    """Word -> float32 (dimensions), the most frequent first: made when first asked for, kept beside the model's run.

    Of Chinese characters, published ones (models/training/vectors.py).
    """
    if elmo.PLANS[language].chinese:
        return vectors.chinese()
    from gensim.models import Word2Vec

    folder, plan = FOLDER / f"elmo-{language}", elmo.PLANS[language]
    names, rows = folder / "static.txt", folder / "static.npy"
    if not rows.exists():
        splitting = plan.splitting
        texts = [split_words(splitting, text) for text in elmo.drawn(plan, elmo.all_texts(plan))]
        model = Word2Vec(
            texts, vector_size=DIMENSIONS, window=5, min_count=4, max_final_vocab=STATIC, sg=1, negative=6,
            sample=1e-4, epochs=3, workers=workers or len(os.sched_getaffinity(0)),
        )  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        names.write_text("\n".join(model.wv.index_to_key), encoding="utf-8")
        np.save(rows, model.wv.vectors.astype(np.float32))
    return dict(zip(names.read_text(encoding="utf-8").split("\n"), np.load(rows), strict=True))


def kept_layers(read: Layers, sentences: Sequence[Sequence[str]], file: Path) -> np.ndarray:
    """The layers of every word, float16 (words of all sentences, L + 1, size), computed once."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".tmp.npy")
        np.save(aside, read(sentences).astype(np.float16))
        aside.rename(file)
    return np.load(file, mmap_mode="r")


# --- training -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """The sentences of a task as examples, with the layers of their words."""

    examples: dict[str, list[fit.Example]]  # split ->
    layers: dict[str, np.ndarray]  # split -> float16 (words, L + 1, size)


def load(task: Task, read: Layers, digest: str, vocabulary: Mapping[str, int]) -> Data:
    """Read the data set, and compute or load the layers. digest: of the file that they are of."""
    examples: dict[str, list[fit.Example]] = {}
    layers: dict[str, np.ndarray] = {}
    for split in ("train", "valid", "test"):
        sentences = task.sentences(split)
        file = task.folder / f"{split}-{digest[:12]}.npy"
        layers[split] = kept_layers(read, [one.words for one in sentences], file)
        starts = np.cumsum([0, *(len(one.words) for one in sentences)])
        examples[split] = [
            {
                "split": split,
                "layers": digest,
                "start": int(start),
                "input_ids": np.array([vocabulary.get(word, UNKNOWN_ID) for word in one.words]),
                "shapes": np.array([shape(word) for word in one.words]),
                "labels": np.array(one.labels),
            }
            for one, start in zip(sentences, starts, strict=False)
        ]
    return Data(examples, layers)


class Collate:
    """Examples as a padded batch, with the layers where they are read."""

    def __init__(self, data: Data, contextual: bool) -> None:
        self.data, self.contextual = data, contextual

    def __call__(self, examples: Sequence[fit.Example]) -> dict[str, Any]:
        lengths = [len(one["input_ids"]) for one in examples]
        shape = (len(examples), max(lengths))
        ids, shapes = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        labels = np.full((len(examples), max(len(one["labels"]) for one in examples)), IGNORED)
        for row, (one, length) in enumerate(zip(examples, lengths, strict=True)):
            ids[row, :length], shapes[row, :length] = one["input_ids"], one["shapes"]
            labels[row, : len(one["labels"])] = one["labels"]
        batch = {"input_ids": ids, "shapes": shapes, "lengths": np.array(lengths), "labels": labels}
        if self.contextual:
            sample = self.data.layers[examples[0]["split"]]
            layers = np.zeros((sample.shape[1], *shape, sample.shape[2]), np.float32)
            for row, (one, length) in enumerate(zip(examples, lengths, strict=True)):
                rows = self.data.layers[one["split"]][one["start"] : one["start"] + length]
                layers[:, row, :length] = rows.swapaxes(0, 1)
            batch["layers"] = layers
        return {name: torch.from_numpy(values) for name, values in batch.items()}


class Objective(nn.Module):
    """The negative log-likelihood, a mean over the sentences; beside it the tags, or the logits of the classes."""

    def __init__(self, model: Tagger | Classifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, labels: Tensor, lengths: Tensor, **inputs: Tensor) -> dict[str, Tensor]:
        outputs = self.model(lengths=lengths, **inputs)
        if isinstance(self.model, Classifier):
            return {"loss": nn.functional.cross_entropy(outputs, labels[:, 0]), "logits": outputs}
        crf = self.model.crf
        loss = crf.negative_log_likelihood(outputs, labels.clamp(min=0), lengths).mean()
        if self.training:
            return {"loss": loss, "logits": outputs}
        tags = torch.full_like(labels, IGNORED)
        for row, found in zip(tags, crf.decode(outputs, lengths), strict=True):
            row[: len(found)] = torch.tensor(found)
        return {"loss": loss, "logits": tags}


def spans(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """(first, end, kind) of each entity of tags in IOBES; one that does not begin or end as it should is none."""
    found, start = set(), None
    for place, tag in enumerate(tags):
        mark, _, kind = tag.partition("-")
        if mark == "S":
            found.add((place, place + 1, kind))
        if mark == "E" and start is not None and start[1] == kind:
            found.add((start[0], place + 1, kind))
        if mark == "B":
            start = (place, kind)
        elif mark != "I" or (start is not None and start[1] != kind):
            start = None
    return found


def f1(found: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> float:
    """Of entities, over all sentences."""
    pairs = [(spans(one), spans(other)) for one, other in zip(found, right, strict=True)]
    hits = sum(len(one & other) for one, other in pairs)
    return 2 * hits / max(1, sum(len(one) + len(other) for one, other in pairs))


def metrics(task: Task, prediction: EvalPrediction) -> dict[str, float]:
    """F1 of a tagger, the accuracy of a classifier."""
    labels = np.asarray(prediction.label_ids)
    if not task.tags:
        return {"accuracy": float((np.asarray(prediction.predictions).argmax(1) == labels[:, 0]).mean())}
    found, right = (
        [[task.labels[index] for index in row if index != IGNORED] for row in rows.tolist()]
        for rows in (np.asarray(prediction.predictions), labels)
    )
    return {"f1": f1(found, right)}


def config(task: Task, arm: Arm, start: Start) -> ReaderConfig:
    """The network of an arm: the same but for ELMo."""
    count, dimensions = start.table.shape
    plain = ReaderConfig(words=count, vectors=dimensions, shapes=len(SHAPES), hidden=task.hidden, dropout=task.dropout)
    if arm == "without":
        return plain
    _, layers, size = start.data.layers["train"].shape
    return replace(plain, contextual=size, layers=layers, second=arm == "second")


def build(task: Task, config: ReaderConfig, table: Tensor) -> Tagger | Classifier:
    """An untrained network."""
    kind = Tagger if task.tags else Classifier
    return kind(config, len(task.labels), table)


@dataclass(frozen=True)
class Start:
    """What all runs of a task begin with."""

    vocabulary: dict[str, int]
    table: Tensor  # static vectors
    data: Data


def begin(task: Task, read: Layers, digest: str) -> Start:
    """The static vectors and the data.

    Args:
        read: of the language model's published file. digest: that file's sha256.
    """
    known = static_vectors(task.language)
    vocabulary = {words.PAD: words.PAD_ID, words.UNKNOWN: UNKNOWN_ID}
    for word in list(known)[:STATIC]:
        vocabulary.setdefault(word, len(vocabulary))
    table = vectors.table(vocabulary, known)
    table[UNKNOWN_ID] = 0
    return Start(vocabulary, torch.from_numpy(table), load(task, read, digest, vocabulary))


def train(task: Task, start: Start, arm: Arm, seed: int) -> Tagger | Classifier:
    """One run; a finished one is only loaded."""
    folder = task.folder / f"{arm}-{seed}"
    runs.require(folder)
    torch.manual_seed(seed)
    network = build(task, config(task, arm, start), start.table)
    fit.fit(
        Objective(network),
        start.data.examples["train"],
        start.data.examples["valid"],
        folder,
        replace(task.settings, seed=seed),
        metrics=lambda prediction: metrics(task, prediction),
        collate=Collate(start.data, arm != "without"),
    )
    return network.eval()


@torch.no_grad()
def score(task: Task, start: Start, network: Tagger | Classifier, arm: Arm, split: str = "test") -> float:
    """F1 or accuracy on a split."""
    collate, objective = Collate(start.data, arm != "without"), Objective(network).eval()
    found: list[np.ndarray] = []
    right: list[np.ndarray] = []
    examples = start.data.examples[split]
    width = max(len(one["labels"]) for one in examples)
    for first in range(0, len(examples), 64):
        batch = collate(examples[first : first + 64])
        logits = objective(**batch)["logits"].numpy()
        labels = batch["labels"].numpy()
        wide = (0, width - labels.shape[1])
        right.append(np.pad(labels, ((0, 0), wide), constant_values=IGNORED))
        found.append(np.pad(logits, ((0, 0), wide), constant_values=IGNORED) if task.tags else logits)
    prediction = EvalPrediction(np.concatenate(found), np.concatenate(right))
    return metrics(task, prediction)[task.settings.metric]


def every_run(task: Task, start: Start, seeds: int = SEEDS) -> Iterator[tuple[Arm, int, float]]:
    """Arm, seed and score on the test split, as they are trained or loaded."""
    for seed in range(seeds):
        for arm in task.arms:
            yield arm, seed, score(task, start, train(task, start, arm, seed), arm)
