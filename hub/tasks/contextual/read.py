"""Texts word by word: what each word is in each layer, and in a mix of the layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.errors import InputError, TooLargeError
from hub.spelling import MARKS, Words
from hub.text import batches, check_texts

TASK = "word-vectors"
LARGE = 32  # texts from which the session with all cores is worth its start
LAYER = "layer_"  # what the name of an output begins with


@dataclass(frozen=True)
class Reading:
    """One text in all layers."""

    text: str
    words: Words
    cut: tuple[int, ...]  # the places of words of which not all bytes were read
    layers: np.ndarray  # float32 (layers, words, 2 × projection): forward, backward
    begin: np.ndarray  # float32 (layers, 2 × projection), of the mark before the text
    end: np.ndarray  # the same of the mark behind it

    def word(self, place: int) -> str:
        """A word as it stands in the text."""
        return self.text[slice(*self.words.spans[place])]


def layer_names(bundle: Bundle, variant: str = "") -> list[str]:
    """The outputs of a file that are layers, the lowest first. Raises UnknownModelError."""
    return [name for name in bundle.variant(variant).outputs if name.startswith(LAYER)]


def read(bundle: Bundle, texts: Sequence[str], *, variant: str = "", large: bool | None = None) -> list[Reading]:
    """Each text in all layers, in the order of the texts. No text's vectors depend on another.

    Args:
        variant: "" is the card's default. large: on the session with all cores; None: by the number of texts.

    Raises InputError (not a text, no word in it, too long, too many), UnknownModelError (variant), BundleError.
    """
    return read_checked(bundle, check_texts(texts), variant, large)


def read_checked(bundle: Bundle, texts: Sequence[str], variant: str = "", large: bool | None = None) -> list[Reading]:
    """The same for texts that hub.text has checked already."""
    reader = bundle.words
    words = reader.read(texts)
    if not all(map(len, words)):
        raise InputError("tokens_none")
    names = layer_names(bundle, variant)
    session = bundle.session(variant, large=len(texts) >= LARGE if large is None else large)
    readings: list[Reading | None] = [None] * len(texts)
    for batch in batches([len(one) + MARKS for one in words]):
        layers = np.stack(session.run(reader.feeds_of([words[row].words for row in batch]), names))
        for place, row in enumerate(batch):
            own = layers[:, place, : len(words[row]) + MARKS]
            cut = tuple(at for at, word in enumerate(words[row].words) if reader.is_cut(word))
            readings[row] = Reading(
                texts[row], words[row], cut, own[:, 1:-1].copy(), own[:, 0].copy(), own[:, -1].copy()
            )
    return [reading for reading in readings if reading is not None]


def mix(layers: np.ndarray, weights: Sequence[float], gamma: float = 1.0) -> np.ndarray:
    """ELMo_k = gamma sum_j s_j h_k,j (equation 1). layers: float32 (layers, …, size); weights: s, of sum 1."""
    mixed: np.ndarray = gamma * np.tensordot(np.asarray(weights, np.float32), layers, 1)
    return mixed


def check_short(texts: object) -> list[str]:
    """Texts whose words' vectors may be answered at once. Raises InputError, TooLargeError."""
    checked = check_texts(texts)
    size = sum(map(len, checked))
    if size > limits.MAX_VECTOR_CHARS:
        raise TooLargeError("vectors_long", found=size, allowed=limits.MAX_VECTOR_CHARS)
    return checked


def weights_of(bundle: Bundle, layer: object, weights: object, variant: str = "") -> list[float]:
    """What a request says of the layers: one of them, or the weights of all; neither: all alike.

    Raises InputError, UnknownModelError.
    """
    count = len(layer_names(bundle, variant))
    if layer is not None and weights is not None:
        raise InputError("layer_and_weights")
    if layer is None:
        return check_weights([1.0] * count if weights is None else weights, count)
    if isinstance(layer, bool) or not isinstance(layer, int) or not 0 <= layer < count:
        raise InputError("setting_whole_range", name="layer", found=str(layer)[:40], low=0, high=count - 1)
    return [float(number == layer) for number in range(count)]


def check_weights(weights: object, layers: int) -> list[float]:
    """Weights of the layers, not negative, made to sum to 1. Raises InputError."""
    if not isinstance(weights, (list, tuple)) or len(weights) != layers:
        found = len(weights) if isinstance(weights, (list, tuple)) else type(weights).__name__
        raise InputError("weights_count", found=str(found), layers=layers)
    values = [float(value) for value in weights]
    if not all(np.isfinite(values)) or min(values) < 0 or sum(values) <= 0:
        raise InputError("weights_range")
    return [value / sum(values) for value in values]


@dataclass(frozen=True)
class TokenVector:
    """A word of a text and its vector."""

    word: str
    start: int  # characters of the text
    end: int  # exclusive
    vector: list[float]


@dataclass(frozen=True)
class TokenVectors:
    """A text word by word."""

    tokens: list[TokenVector]
    truncated: bool  # the text has more words than are read
    cut: list[int]  # which of the words have more bytes than are read


def token_vectors(reading: Reading, weights: Sequence[float], gamma: float = 1.0) -> TokenVectors:
    """A text word by word, in a mix of its layers."""
    rows = mix(reading.layers, weights, gamma)
    tokens = [
        TokenVector(reading.word(place), start, end, row)
        for place, ((start, end), row) in enumerate(zip(reading.words.spans, rows.tolist(), strict=True))
    ]
    return TokenVectors(tokens, reading.words.truncated, list(reading.cut))
