"""probes.npz of a two-way language model: what linear probes say of test words, layer by layer, for the mixing desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from export.contextual import Read, Sentences, by_characters, layers_by
from export.runner import Subject
from hub.tasks.contextual.mixing import PROBES_FILE
from models.training import corpus, elmo, elmo_tasks, probes

SPLITS = ("train", "valid", "test")
TRAINING_SENTENCES, TEST_WORDS = 6_000, 5_000
NO_LABEL = -1e4  # score of a label that a word has not


@dataclass(frozen=True)
class Found:
    """What stands in the file of one probe."""

    scores: np.ndarray  # float32 (layers, words, labels)
    bias: np.ndarray  # float32 (labels) or (words, labels)
    labels: np.ndarray  # int64 (words)
    learnt: np.ndarray  # float32 (layers)


def of_words(read: Read, dataset: str, column: str, kind: Callable[[str], str]) -> Found:
    """A label for each word of the sentences. kind: of what stands in the column."""
    vectors, names = {}, {}
    for split in SPLITS:
        rows = corpus.load(dataset, split).head(TRAINING_SENTENCES)
        vectors[split] = read([list(tokens) for tokens in rows["tokens"]])
        names[split] = [kind(label) for labels in rows[column] for label in labels]
    known = sorted(set(names["train"]))
    labels = {split: np.array([known.index(name) if name in known else 0 for name in names[split]]) for split in SPLITS}
    probed = probes.train(vectors, labels, len(known), mixing="any")
    return Found(probed.scores.swapaxes(0, 1), probed.bias, labels["test"], probed.weights)


def of_texts(read: Read, dataset: str) -> Found:
    """A label for each text, from the mean of its words."""
    vectors, labels = {}, {}
    splitting = elmo.PLANS["en"].splitting
    for split in SPLITS:
        rows = corpus.load(dataset, split)
        sentences = [elmo_tasks.split_words(splitting, text) for text in rows["text"]]
        starts = np.cumsum([0, *map(len, sentences[:-1])])
        words = probes.normal(read(sentences))
        vectors[split] = np.add.reduceat(words, starts) / np.array([len(one) for one in sentences])[:, None, None]
        labels[split] = rows["label"].to_numpy(np.int64)
    probed = probes.train(vectors, labels, int(labels["train"].max()) + 1, mixing="any")
    return Found(probed.scores.swapaxes(0, 1), probed.bias, labels["test"], probed.weights)


def meant(frame: pd.DataFrame) -> tuple[Sentences, np.ndarray]:
    """The sentences of CoarseWSD-20 or another set of that shape, and the places of their words among all words."""
    sentences = [list(tokens) for tokens in frame["tokens"]]
    starts = np.cumsum([0, *map(len, sentences[:-1])])
    return sentences, starts + frame["target"].to_numpy()


def word_by_word(frames: Mapping[str, pd.DataFrame]) -> Iterator[dict[str, tuple[str, np.ndarray]]]:
    """Of each word of CoarseWSD-20: "train", "valid" (a tenth of "train") and "test" -> the frame, and rows of it."""
    for word in sorted(set(frames["test"]["word"])):
        own = {split: np.flatnonzero(frame["word"] == word) for split, frame in frames.items()}
        held = np.arange(len(own["train"])) % 10 == 0
        yield {
            "train": ("train", own["train"][~held]),
            "valid": ("train", own["train"][held]),
            "test": ("test", own["test"]),
        }


def of_senses(read: Read, dataset: str, column: str) -> Found:
    """A probe for each word, and the mean of what they have learnt to weigh. column: of the number of the sense."""
    frames = {split: corpus.load(dataset, split) for split in ("train", "test")}
    vectors, labels = {}, {}
    for split, frame in frames.items():
        sentences, places = meant(frame)
        vectors[split], labels[split] = read(sentences)[places], frame[column].to_numpy(np.int64)
    count = int(labels["train"].max()) + 1
    scores = np.zeros((vectors["test"].shape[1], len(labels["test"]), count), np.float32)
    bias = np.full((len(labels["test"]), count), NO_LABEL, np.float32)
    learnt = []
    for rows in word_by_word(frames):
        x = {split: vectors[frame][some] for split, (frame, some) in rows.items()}
        y = {split: labels[frame][some] for split, (frame, some) in rows.items()}
        size, own = int(max(y["train"].max(), y["valid"].max())) + 1, rows["test"][1]
        probed = probes.train(x, y, size, mixing="any")
        scores[:, own, :size] = probed.scores.swapaxes(0, 1)
        bias[own, :size] = probed.bias
        learnt.append(probed.weights)
    return Found(scores, bias, labels["test"], np.mean(learnt, axis=0))


def english(read: Read) -> dict[str, Found]:
    """Part of speech, sense, named entity, and the grade of a review."""
    return {
        "pos": of_words(read, "pos_en_ewt", "upos", str),
        "sense": of_senses(read, "wsd_en_coarse20", "label"),
        "ner": of_words(read, "conll2003", "tags", kind_of),
        "grade": of_texts(read, "sst1"),
    }


def chinese(read: Read) -> dict[str, Found]:
    """Part of speech and sense, from the mean of a word's characters; named entity of each character."""
    words = by_characters(read, elmo.PLANS["zh"].splitting.normalizer)
    return {
        "pos": of_words(words, "pos_zh_gsd", "upos", str),
        "sense": of_senses(words, "wsd_zh_sememe", "sense_id"),
        "ner": of_words(words, "msra_ner_zh", "tags", kind_of),
    }


def kind_of(tag: str) -> str:
    """Of a named entity, wherever in it a word stands."""
    return tag.partition("-")[2] or tag


def write(found: Mapping[str, Found], folder: Path, most: int = TEST_WORDS) -> None:
    """Write the file, with so many words of each at most, drawn by lot."""
    stored: dict[str, np.ndarray] = {"names": np.array(list(found))}
    for name, one in found.items():
        kept = np.sort(np.random.default_rng(0).permutation(len(one.labels))[:most])
        stored |= {
            f"{name}/scores": one.scores[:, kept].astype(np.float16),
            f"{name}/bias": (one.bias[kept] if one.bias.ndim == 2 else one.bias).astype(np.float16),
            f"{name}/labels": one.labels[kept].astype(np.uint8),
            f"{name}/learnt": one.learnt.astype(np.float32),
        }
    np.savez_compressed(folder / PROBES_FILE, allow_pickle=False, **stored)  # type: ignore[arg-type]


def reading(subject: Subject) -> Read:
    """By a file with one output for each layer."""

    def run(feeds: Mapping[str, np.ndarray], names: Sequence[str]) -> list[np.ndarray]:
        found = subject.run(dict(feeds), names)
        return [found[name] for name in names]

    return lambda sentences: layers_by(run, subject.reader, subject.outputs, sentences)
