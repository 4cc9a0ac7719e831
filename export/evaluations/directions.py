"""Running text, read both ways: the perplexity of the forward and of the backward language model, word by word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from export.recipe import Recipe, Score
from export.runner import Subject
from hub.card import PERPLEXITY
from hub.spelling import MARKS, WordReader, Words

TEXTS = 16  # that are read together
COMPARED = 64  # the shortest, that PyTorch reads too, and as many of the longest


@dataclass(frozen=True)
class Directions:
    """Paragraphs that a two-way language model reads; a second graph says what its states expect."""

    dataset: str
    split: str
    texts: Callable[[], list[str]]
    expectation: str = "expectation"  # that graph
    head: str = ""
    graph: str = "model"
    gated: bool = True

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> Paragraphs:
        return Paragraphs(self, self.texts(), pytorch[self.graph])


@dataclass(frozen=True)
class Paragraphs:
    """The paragraphs, and PyTorch, which reads the shortest and the longest of them."""

    evaluation: Directions
    texts: list[str]
    pytorch: Subject

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        model, expectation = subjects[self.evaluation.graph], subjects[self.evaluation.expectation]
        reader = model.reader
        assert isinstance(reader, WordReader)
        read = sorted((one for one in reader.read(self.texts) if len(one)), key=len)
        top = model.outputs[-1]
        losses, words = np.zeros(2), 0
        differences, cosines, compared = [0.0], [], 0
        for start in range(0, len(read), TEXTS):
            some = read[start : start + TEXTS]
            feeds = reader.feeds_of([one.words for one in some], model.inputs)
            rows = _without_padding(model.run(feeds, [top])[top], some)
            if start < COMPARED or start >= len(read) - COMPARED:
                compared += len(some)
                for found, expected in zip(
                    rows, _without_padding(self.pytorch.run(feeds, [top])[top], some), strict=True
                ):
                    differences.append(float(np.abs(found - expected).max() / max(1.0, np.abs(expected).max())))
                    cosines += (unit(found) * unit(expected)).sum(1).tolist()
            for states, one in zip(rows, some, strict=True):
                losses += negative_log_likelihoods(expectation, states, one, reader).sum(1)
                words += len(one) + 1
        ahead, back = np.exp(losses / words)
        return Score(
            quality=float(np.exp(losses.sum() / (2 * words))),
            losable=False,
            figures={f"{PERPLEXITY}_forward": float(ahead), f"{PERPLEXITY}_backward": float(back)},
            rows=words,
            parity={
                "max_abs_difference": float(np.max(differences)),
                "mean_cosine": float(np.mean(cosines)),
                "min_cosine": float(np.min(cosines)),
                "texts": compared,
            },
        )


def _without_padding(states: np.ndarray, texts: Sequence[Words]) -> list[np.ndarray]:
    return [row[: len(one) + MARKS] for row, one in zip(states, texts, strict=True)]


def unit(rows: np.ndarray) -> np.ndarray:
    """At length 1, in float64."""
    exact = rows.astype(np.float64)
    found: np.ndarray = exact / np.linalg.norm(exact, axis=1, keepdims=True)
    return found


def negative_log_likelihoods(expectation: Subject, states: np.ndarray, words: Words, reader: WordReader) -> np.ndarray:
    """-log p of each word and of the mark behind it (in front of it) in nats, float64 (2, words + 1).

    Args:
        states: of the top layer, float32 (words + 2, 2 × projection): forward, backward.
    """
    begin, end = reader.spelling.begin_id, reader.spelling.end_id
    ahead, back = np.split(states, 2, axis=1)
    asked = np.concatenate([ahead[:-1], back[1:]])
    targets = np.array([*words.ids, end, begin, *words.ids])
    (found,) = expectation.run({"states": asked}, ["log_probabilities"]).values()
    losses: np.ndarray = -found[np.arange(len(targets)), targets].astype(np.float64)
    return losses.reshape(2, -1)
