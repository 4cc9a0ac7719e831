"""ConSERT's augmentations of the embedding matrix, and the loss that contrasts the views, term by term.

Yan et al. 2021, arXiv 2105.11741, section 3.2 and eq. 1. Two graphs carry it: the embedding layer gives the matrix,
numpy augments it, the encoder's body reads what is left. Adversarial attack is not here: it follows the gradient of a
supervised loss, and a graph for serving has neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.errors import InputError, TooLargeError
from hub.text import check_texts, feeds

EMBEDDING_LAYER, ENCODER_BODY = "embedding-layer", "encoder-body"
TEMPERATURE = 0.1  # the paper's
TEMPERATURES = (0.01, 1.0)

Kind = Literal["none", "shuffle", "token cutoff", "feature cutoff", "dropout"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Augmentation:
    """One strategy and its strength: the share of words, features or entries that it touches."""

    kind: Kind
    rate: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError("setting_choice", name="augmentation", found=repr(self.kind)[:40], known=", ".join(KINDS))
        if not 0.0 <= self.rate <= 1.0:
            raise InputError("setting_range", name="strength", found=f"{self.rate:g}", low=0, high=1)


@dataclass(frozen=True)
class View:
    """The sentences under one augmentation."""

    matrices: tuple[np.ndarray, ...]  # float32 (tokens, dim) of each sentence
    vectors: np.ndarray  # float32 (sentences, dim), of length 1
    erased: tuple[float, ...]  # of each sentence: the share of its matrix that is exactly 0


@dataclass(frozen=True)
class Views:
    """Sentences as they are, and under two augmentations."""

    tokens: tuple[tuple[str, ...], ...]  # of each sentence, special tokens among them
    plain: View
    first: View
    second: View


@dataclass(frozen=True)
class Contrast:
    """NT-Xent over the 2N views of N sentences: first the N first views, then the N second ones."""

    temperature: float
    similarities: np.ndarray  # float64 (2N, 2N): sim(r_i, r_k)
    partner: np.ndarray  # int64 (2N): j of each i
    terms: np.ndarray  # float64 (2N, 2N): exp(sim(r_i, r_k) / tau), 0 on the diagonal
    weights: np.ndarray  # float64 (2N, 2N): each row of the terms over its sum
    losses: np.ndarray  # float64 (2N)

    @property
    def loss(self) -> float:
        """The mean over the views."""
        return float(self.losses.mean())

    @property
    def hardest(self) -> list[int]:
        """The negative that each view is nearest to; -1 where it has none."""
        others = self.weights.copy()
        others[np.arange(len(others)), self.partner] = -1.0
        np.fill_diagonal(others, -1.0)
        return [int(row.argmax()) if row.max() >= 0 else -1 for row in others]

    @property
    def push(self) -> np.ndarray:
        """How each view's push is shared among its negatives: their weights, over their sum; float64 (2N, 2N)."""
        negatives = self.weights.copy()
        negatives[np.arange(len(negatives)), self.partner] = 0.0
        shares: np.ndarray = negatives / np.maximum(negatives.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        return shares

    @property
    def found(self) -> int:
        """How many views are nearer to their partner than to anything else."""
        return int((self.weights.argmax(axis=1) == self.partner).sum())

    @property
    def gradient(self) -> np.ndarray:
        """d loss_i / d sim(r_i, r_k) = (weight_ik - [k = j]) / tau, float64 (2N, 2N)."""
        pulled = np.zeros_like(self.weights)
        pulled[np.arange(len(self.partner)), self.partner] = 1.0
        gradient: np.ndarray = (self.weights - pulled) / self.temperature
        return gradient


def augment(matrix: np.ndarray, words: np.ndarray, by: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Cutoff or dropout of an embedding matrix (tokens, dim): what is erased is 0. Shuffling leaves it as it is.

    "token cutoff" erases rows of words, "feature cutoff" columns, "dropout" single entries, and scales up the others.

    Args:
        words: bool (tokens), which tokens are no special ones.
    """
    if by.kind == "token cutoff":
        return matrix * ~(words & (random.random(len(matrix)) < by.rate))[:, None]
    if by.kind == "feature cutoff":
        return matrix * (random.random(matrix.shape[1]) >= by.rate)
    if by.kind == "dropout":
        kept = random.random(matrix.shape) >= by.rate
        return (matrix * kept / max(1.0 - by.rate, 1e-6)).astype(matrix.dtype)
    return matrix


def shuffled_positions(words: np.ndarray, rate: float, random: np.random.Generator) -> np.ndarray:
    """Token shuffling: position ids int64 (tokens) in which a share of the words has changed places among itself."""
    positions = np.arange(len(words))
    places = np.flatnonzero(words)
    moved = np.sort(random.permutation(places)[: round(rate * len(places))])
    positions[moved] = random.permutation(moved)
    return positions


def views(bundle: Bundle, texts: Sequence[str], first: Augmentation, second: Augmentation, seed: int) -> Views:
    """Both views of each sentence, through the two parts of the model. The same seed gives the same views.

    Raises TooLargeError for more than limits.MAX_VIEW_LINES; InputError, UnknownModelError (no parts), BundleError.
    """
    if len(texts) > limits.MAX_VIEW_LINES:
        raise TooLargeError("sentences_many", found=len(texts), allowed=limits.MAX_VIEW_LINES)
    codes = bundle.encoder.encode(check_texts(texts))
    ids = [code.ids for code in codes]
    words = [np.array([end > start for start, end in code.offsets] or [False]) for code in codes]
    asked = (Augmentation("none", 0.0), first, second)
    streams = np.random.default_rng(seed).spawn(len(asked))
    made = [_view(bundle, ids, words, by, stream) for by, stream in zip(asked, streams, strict=True)]
    return Views(tuple(code.tokens or ("",) for code in codes), *made)


def _view(
    bundle: Bundle,
    ids: Sequence[Sequence[int]],
    words: Sequence[np.ndarray],
    by: Augmentation,
    random: np.random.Generator,
) -> View:
    given = feeds(ids, ("input_ids", "attention_mask"))
    positions = np.tile(np.arange(given["input_ids"].shape[1]), (len(ids), 1))  # (sentences, tokens)
    if by.kind == "shuffle":
        for row, marks in zip(positions, words, strict=True):
            row[: len(marks)] = shuffled_positions(marks, by.rate, random)
    layer, body = bundle.part(EMBEDDING_LAYER), bundle.part(ENCODER_BODY)
    (embeddings,) = layer.run({"input_ids": given["input_ids"], "position_ids": positions}, ["embeddings"])
    embeddings = embeddings.copy()
    for row, marks in zip(embeddings, words, strict=True):
        row[: len(marks)] = augment(row[: len(marks)], marks, by, random)
    (vectors,) = body.run({"embeddings": embeddings, "attention_mask": given["attention_mask"]}, ["embedding"])
    matrices = tuple(row[: len(marks)] for row, marks in zip(embeddings, words, strict=True))
    return View(matrices, vectors, tuple(float((matrix == 0).mean()) for matrix in matrices))


def change(before: np.ndarray, after: np.ndarray) -> float:
    """How far a matrix has moved: |after - before| / |before|."""
    return float(np.linalg.norm(after - before) / max(float(np.linalg.norm(before)), 1e-12))


def contrast(first: np.ndarray, second: np.ndarray, temperature: float = TEMPERATURE) -> Contrast:
    """Eq. 1: loss_i = -log exp(sim(r_i, r_j) / tau) / sum over k != i of exp(sim(r_i, r_k) / tau), j the partner of i.

    Args:
        first, second: float (N, dim) of length 1, so that sim is a product.

    Raises InputError for a temperature out of range.
    """
    low, high = TEMPERATURES
    if not low <= temperature <= high:
        raise InputError("setting_range", name="temperature", found=f"{temperature:g}", low=low, high=high)
    both = np.concatenate([first, second]).astype(np.float64)  # (2N, dim)
    similarities = both @ both.T
    partner = np.roll(np.arange(len(both)), len(first))
    scaled = similarities / temperature
    np.fill_diagonal(scaled, -np.inf)  # k != i
    terms = np.exp(scaled)
    weights = terms / terms.sum(axis=1, keepdims=True)
    losses = -np.log(weights[np.arange(len(both)), partner])
    return Contrast(temperature, similarities, partner, terms, weights, losses)


def distances(views: Views) -> dict[str, float]:
    """Mean cosines: of the two views of a sentence, of each view and the plain sentence, and of different sentences."""
    first, second, plain = (view.vectors.astype(np.float64) for view in (views.first, views.second, views.plain))
    across = first @ second.T  # (sentences, sentences)
    others = ~np.eye(len(first), dtype=bool)
    return {
        "views": float(np.diag(across).mean()),
        "first": float((first * plain).sum(1).mean()),
        "second": float((second * plain).sum(1).mean()),
        "others": float(across[others].mean()) if others.any() else float("nan"),
    }
