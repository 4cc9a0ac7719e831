"""The layers of a published language model, for what is trained on them and for what probes them. No torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from tokenizers.normalizers import Normalizer

from hub.bundle import Bundle
from hub.spelling import WordReader
from hub.tasks.contextual.read import layer_names

TOGETHER = 32  # sentences

Sentences = Sequence[Sequence[str]]


def layers(bundle: Bundle, sentences: Sentences, variant: str = "") -> np.ndarray:
    """Of every word of all sentences, which are words already: float32 (words, layers, size)."""
    session = bundle.session(variant, large=True)
    return layers_by(session.run, bundle.words, layer_names(bundle), sentences)


def layers_by(
    run: Callable[[Mapping[str, np.ndarray], Sequence[str]], Sequence[np.ndarray]],
    reader: WordReader,
    names: Sequence[str],
    sentences: Sentences,
) -> np.ndarray:
    """The same by any file. run: inputs and the names of outputs to the outputs."""

    def read(rows: list[int]) -> list[np.ndarray]:
        found = np.stack(run(reader.feeds_of([sentences[row] for row in rows]), names), 2)
        return [found[place, 1 : len(sentences[row]) + 1] for place, row in enumerate(rows)]

    return in_order(sentences, read)


Read = Callable[[Sentences], np.ndarray]  # words of sentences -> float32 (words, layers, size)


def by_characters(read: Read, normal: Normalizer) -> Read:
    """Words of several characters, for a model that reads single ones: the mean of theirs."""

    def words(sentences: Sentences) -> np.ndarray:
        spelt = [[list(normal.normalize_str(word) or word) for word in one] for one in sentences]
        lengths = np.array([len(word) for one in spelt for word in one])
        found = read([[character for word in one for character in word] for one in spelt])
        starts = np.cumsum([0, *lengths[:-1]])
        mean: np.ndarray = np.add.reduceat(found, starts) / lengths.astype(np.float32)[:, None, None]
        return mean

    return words


def in_order(sentences: Sentences, read: Callable[[list[int]], list[np.ndarray]]) -> np.ndarray:
    """Read sentences of like length together; the words in the order of the sentences."""
    order = sorted(range(len(sentences)), key=lambda row: len(sentences[row]))
    found: list[np.ndarray] = [np.empty(0)] * len(sentences)
    for start in range(0, len(order), TOGETHER):
        rows = order[start : start + TOGETHER]
        for row, values in zip(rows, read(rows), strict=True):
            found[row] = values
    return np.concatenate(found)
