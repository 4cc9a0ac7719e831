"""Sentence pairs with a score of how close they are: Spearman's rank correlation of their cosines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from export.recipe import Recipe, Score
from export.runner import Subject
from models.training import corpus
from models.training.pairs import spearman

APART = "spearman_without_stsb_train"  # over the pairs that are not in the training split of STS-B
OUTPUT = "embedding"


@dataclass(frozen=True)
class Pairs:
    """A split of scored sentence pairs."""

    dataset: str
    split: str
    text: str = "sentence1"
    other: str = "sentence2"
    head: str = ""
    graph: str = "model"
    gated: bool = True

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> ScoredPairs:
        rows = corpus.load(self.dataset, self.split)
        sides = [[str(text) for text in rows[side]] for side in (self.text, self.other)]
        texts = list(dict.fromkeys(sides[0] + sides[1]))
        place = {text: number for number, text in enumerate(texts)}
        first, second = (np.array([place[text] for text in side]) for side in sides)
        scores = rows["score" if "score" in rows else "label"].to_numpy(dtype=np.float64)
        apart = (rows["in_stsb"] != "train").to_numpy() if "in_stsb" in rows else None
        reference = pytorch[self.graph].rows(texts, [OUTPUT])[OUTPUT]
        return ScoredPairs(self.graph, texts, first, second, scores, reference, apart)


@dataclass(frozen=True)
class ScoredPairs:
    """The pairs, and what PyTorch says of their sentences."""

    graph: str
    texts: list[str]  # each sentence once
    first: np.ndarray  # int64 (pairs): places in texts
    second: np.ndarray
    scores: np.ndarray  # float64 (pairs)
    reference: np.ndarray  # float32 (texts, width), of length 1
    apart: np.ndarray | None  # bool (pairs): those that are not in the training split of STS-B, where some are

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        embedding = subjects[self.graph].rows(self.texts, [OUTPUT])[OUTPUT]  # (texts, width)
        cosine = (embedding[self.first] * embedding[self.second]).sum(axis=1)
        quality = spearman(cosine, self.scores)
        figures = {"spearman": quality}
        if self.apart is not None:
            figures[APART] = spearman(cosine[self.apart], self.scores[self.apart])
        to_pytorch = (embedding * self.reference).sum(axis=1)
        return Score(
            quality=quality,
            figures=figures,
            rows=0,  # a rank correlation has no single answers that may go wrong
            parity={
                "max_abs_difference": float(np.abs(embedding - self.reference).max()),
                "texts": len(self.texts),
                "mean_cosine": float(to_pytorch.mean()),
                "min_cosine": float(to_pytorch.min()),
            },
        )
