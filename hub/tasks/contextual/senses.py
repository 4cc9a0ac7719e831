"""One word in several sentences: where its occurrences lie in each layer, and which are near to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.errors import InputError, TooLargeError
from hub.tasks.contextual.read import Reading, read_checked
from hub.text import check_text, check_texts

Direction = Literal["both", "forward", "backward"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@dataclass(frozen=True)
class Occurrence:
    """A word in its sentence."""

    sentence: int  # from 0
    place: int  # the word; of several characters, where each is read by itself, the first
    start: int  # its characters
    end: int


@dataclass(frozen=True)
class Occurrences:
    """All of them, with their vectors."""

    word: str
    sentences: tuple[str, ...]
    found: tuple[Occurrence, ...]
    missing: tuple[int, ...]  # sentences without the word
    layers: np.ndarray  # float32 (layers, occurrences, 2 × projection)

    def vectors(self, layer: int, direction: Direction = "both") -> np.ndarray:
        """float32 (occurrences, size) of a layer, of one direction or of both."""
        rows: np.ndarray = self.layers[layer]
        half = rows.shape[1] // 2
        return {"both": rows, "forward": rows[:, :half], "backward": rows[:, half:]}[direction]

    def cosines(self, layer: int, direction: Direction = "both") -> np.ndarray:
        """Of all pairs, float64 (occurrences, occurrences)."""
        rows = self.vectors(layer, direction).astype(np.float64)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        products: np.ndarray = np.clip(rows @ rows.T, -1.0, 1.0)
        return products

    def plane(self, layer: int, direction: Direction = "both") -> tuple[np.ndarray, float]:
        """The two directions in which the occurrences differ most, float64 (occurrences, 2), and their share of it.

        All on one point where they are the same. The sign of an axis says nothing: it is fixed for a steady picture.
        """
        rows = self.vectors(layer, direction).astype(np.float64)
        centred = rows - rows.mean(0)
        total = float((centred**2).sum())
        if total <= 1e-9 * max(1.0, float((rows**2).sum())):
            return np.zeros((len(rows), 2)), 1.0
        left, values, _ = np.linalg.svd(centred, full_matrices=False)
        points = np.zeros((len(rows), 2))
        count = min(2, len(values))
        points[:, :count] = left[:, :count] * values[:count]
        largest = np.abs(points).argmax(0)
        points *= np.where(points[largest, [0, 1]] < 0, -1.0, 1.0)
        return points, float((values[:count] ** 2).sum() / total)

    def nearest(self, layer: int, direction: Direction = "both") -> list[int]:
        """Of each occurrence, the nearest other one."""
        cosines = self.cosines(layer, direction)
        np.fill_diagonal(cosines, -np.inf)
        nearest: list[int] = cosines.argmax(1).tolist()
        return nearest


def occurrences(bundle: Bundle, word: str, sentences: Sequence[str], *, variant: str = "") -> Occurrences:
    """Where a word stands in sentences, capital letters or not; each time that it does.

    A model that reads characters one by one has no vector of a word of several: it is the mean of theirs.

    Raises InputError (the word is none or several; it stands in fewer than two places), TooLargeError, and what
    `read` raises.
    """
    reader = bundle.words
    (asked,) = reader.read([check_text(word)])
    size = len(asked)
    if size == 0 or (size > 1 and reader.spelling.letters):
        raise InputError("one_word", found=size)
    lines = check_texts(sentences)
    if len(lines) > limits.MAX_SENSE_LINES:
        raise TooLargeError("senses_many", found=len(lines), allowed=limits.MAX_SENSE_LINES)
    readings = read_checked(bundle, lines, variant)
    name, wanted = "".join(asked.words), [one.casefold() for one in asked.words]
    found = []
    for row, reading in enumerate(readings):
        words, spans = [one.casefold() for one in reading.words.words], reading.words.spans
        for place in range(len(words) - size + 1):
            if words[place : place + size] == wanted:
                found.append(Occurrence(row, place, spans[place][0], spans[place + size - 1][1]))
    if len(found) < 2:
        raise InputError("word_rare", word=name[:40], found=len(found))
    there = {one.sentence for one in found}
    missing = tuple(row for row in range(len(lines)) if row not in there)
    return Occurrences(name, tuple(lines), tuple(found), missing, _stacked(readings, found, size))


def _stacked(readings: Sequence[Reading], found: Sequence[Occurrence], size: int) -> np.ndarray:
    rows = [readings[one.sentence].layers[:, one.place : one.place + size].mean(1) for one in found]
    stacked: np.ndarray = np.stack(rows, axis=1)
    return stacked
