"""A word by its letters: which filters fire where, and which words are near (Peters et al. 2018, section 3.4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.bundle import Bundle
from hub.errors import InputError
from hub.kept import Kept
from hub.spelling import WordReader
from hub.text import check_text, is_blank

SPELLING = "spelling"  # the part of the bundle
ROWS = 512  # words of one run
NEIGHBOURS, FILTERS, LOVED = 10, 12, 6
MARKS = {"begin": "⟨", "end": "⟩", "padding": "·"}


@dataclass(frozen=True)
class Vocabulary:
    """The words that a model predicts, as its convolutions see them."""

    words: tuple[str, ...]
    centre: np.ndarray  # float32 (projection), the mean of their vectors
    directions: np.ndarray  # float32 (words, projection), from there, of length 1
    mean: np.ndarray  # float32 (filters), of what each found over the words
    deviation: np.ndarray
    loved: np.ndarray  # int64 (LOVED, filters): the words in which each found most


@dataclass(frozen=True)
class Fired:
    """A filter that found more in a word than in most."""

    index: int
    width: int  # letters that it reads
    start: int  # the first letter of its window, counted with the mark that begins the word
    letters: str  # of that window
    value: float
    deviations: float  # above its mean over the vocabulary
    words: tuple[str, ...]  # in which it finds most


@dataclass(frozen=True)
class Spelt:
    """A word."""

    word: str  # as it is read
    symbols: tuple[str, ...]  # what the filters read: a mark, its bytes as letters, a mark
    known: bool  # whether a table of the vocabulary has it
    cut: bool  # not all of its bytes are read
    neighbours: tuple[tuple[str, float], ...]  # of the vocabulary, with cosines as seen from its centre
    fired: tuple[Fired, ...]


_vocabularies: Kept[tuple[str, str], Vocabulary] = Kept(4)


def vocabulary(bundle: Bundle) -> Vocabulary:
    """Computed when first asked for. Raises BundleError."""
    part = bundle.card.part(SPELLING)
    return _vocabularies.get((str(bundle.folder), part.sha256), lambda: _vocabulary(bundle))


def _vocabulary(bundle: Bundle) -> Vocabulary:
    reader, session = bundle.words, bundle.part(SPELLING)
    marks = max(reader.unknown, reader.spelling.begin_id, reader.spelling.end_id) + 1  # they come first
    seen = (word for word in reader.vocabulary[marks:] if not is_blank(word))
    words = sorted(seen, key=lambda word: len(word.encode()))  # a row is as long as the longest
    parts = []
    for start in range(0, len(words), ROWS):
        symbols = reader.table([reader.symbols(word) for word in words[start : start + ROWS]])
        parts.append(session.run({"symbols": symbols}, ["vectors", "filters"]))
    vectors, filters = map(np.concatenate, zip(*parts, strict=True))
    loved = np.argsort(-filters, axis=0, kind="stable")[:LOVED]
    centre = vectors.mean(0)
    return Vocabulary(
        tuple(words), centre, _directions(vectors - centre), filters.mean(0), filters.std(0) + 1e-6, loved
    )


def spell(bundle: Bundle, word: str) -> Spelt:
    """One word; any spelling will do. Raises InputError where it is none or several, BundleError."""
    reader = bundle.words
    (read,) = reader.read([check_text(word)])
    if len(read) != 1:
        raise InputError("one_word", found=len(read))
    known = vocabulary(bundle)
    (name,) = read.words
    symbols = reader.symbols(name)
    vectors, values, positions = bundle.part(SPELLING).run(
        {"symbols": reader.table([symbols])}, ["vectors", "filters", "positions"]
    )
    cosines = known.directions @ _directions(vectors - known.centre)[0]
    order = [index for index in np.argsort(-cosines, kind="stable").tolist() if known.words[index] != name]
    letters = letters_of(name, reader)
    return Spelt(
        name,
        letters,
        read.known[0],
        reader.is_cut(name),
        tuple((known.words[index], float(np.clip(cosines[index], -1, 1))) for index in order[:NEIGHBOURS]),
        fired(known, widths_of(bundle), values[0], positions[0], letters),
    )


def letters_of(word: str, reader: WordReader) -> tuple[str, ...]:
    """What stands for each symbol: a letter of one byte as itself, the bytes of another as numbers, the marks."""
    most = reader.spelling.longest - 2
    parts = [
        part
        for letter in word
        for part in ([letter] if len(letter.encode()) == 1 else [f"{byte:02x}" for byte in letter.encode()])
    ]
    return (MARKS["begin"], *parts[:most], MARKS["end"])


def fired(
    known: Vocabulary, widths: np.ndarray, values: np.ndarray, positions: np.ndarray, letters: tuple[str, ...]
) -> tuple[Fired, ...]:
    """The filters that are most above their mean, the farthest first; those that found nothing are left out."""
    above = np.where(values > 0, (values - known.mean) / known.deviation, -np.inf)
    padded = letters + (MARKS["padding"],) * int(widths.max() + positions.max(initial=0))
    found = []
    for index in np.argsort(-above, kind="stable")[:FILTERS].tolist():
        if np.isfinite(above[index]):
            width, start = int(widths[index]), int(positions[index])
            window = "".join(padded[start : start + width])
            words = tuple(known.words[row] for row in known.loved[:, index].tolist())
            found.append(Fired(index, width, start, window, float(values[index]), float(above[index]), words))
    return tuple(found)


def widths_of(bundle: Bundle) -> np.ndarray:
    """The letters that each filter reads, int64 (filters)."""
    sizes = bundle.card.two_way
    assert sizes is not None  # a card of this task has them
    return np.concatenate([np.full(count, width) for width, count in sizes.filters])


def _directions(rows: np.ndarray) -> np.ndarray:
    """At length 1; a row of zeros stays one."""
    found: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return found
