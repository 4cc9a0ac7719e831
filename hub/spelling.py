"""Text to words, and words to the bytes by which a model reads them: no word is unknown to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from hub.card import Spelling
from hub.errors import BundleError

INPUTS = ("symbols", "places", "lengths")  # what feeds() can give to a graph
MARKS = 2  # of a word, and words that are none of a text


@dataclass(frozen=True)
class Words:
    """One text as the graph will see it."""

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]  # characters of the text, end exclusive
    ids: tuple[int, ...]  # in the vocabulary of what is predicted
    known: tuple[bool, ...]  # whether that has the word
    truncated: bool  # the text has more words than are read

    def __len__(self) -> int:
        return len(self.words)


class WordReader:
    """A bundle's tokenizer.json and its spelling. Safe to use from several threads: it is never changed.

    Raises BundleError where the file is not a tokenizer of words.
    """

    def __init__(self, file: Path, max_tokens: int, spelling: Spelling) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises bare Exception
            raise BundleError(f"{file.name} is not a tokenizer") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        unknown = self._tokenizer.token_to_id(getattr(self._tokenizer.model, "unk_token", None) or "")
        if unknown is None:
            raise BundleError(f"{file.name} has no token for an unknown word")
        self.unknown = unknown
        self.spelling = spelling
        self._normalizer = self._tokenizer.normalizer

    @cached_property
    def vocabulary(self) -> list[str]:
        """The words that are predicted, by their ids."""
        ids = self._tokenizer.get_vocab(with_added_tokens=False)
        return sorted(ids, key=ids.__getitem__)

    def read(self, texts: Sequence[str]) -> list[Words]:
        """In the order of the texts; a text that has nothing but spaces has no words."""
        read = []
        for text in texts:
            code = self._tokenizer.encode(text, add_special_tokens=False)
            words = tuple(self.normal(text[start:end]) for start, end in code.offsets)
            known = tuple(index != self.unknown for index in code.ids)
            read.append(Words(words, tuple(code.offsets), tuple(code.ids), known, bool(code.overflowing)))
        return read

    def normal(self, word: str) -> str:
        """A word as it is read: compatibility forms and brackets as the training texts have them."""
        return str(self._normalizer.normalize_str(word)) if self._normalizer else word

    def symbols(self, word: str) -> list[int]:
        """The bytes of a word between its marks; the rest of a long one is cut off. Without letters, its id."""
        spelling = self.spelling
        if not spelling.letters:
            index = self._tokenizer.token_to_id(word)
            return [self.unknown if index is None else index]
        return [spelling.begin_word, *word.encode()[: spelling.longest - MARKS], spelling.end_word]

    def is_cut(self, word: str) -> bool:
        """Whether it has more bytes than are read."""
        return self.spelling.letters and len(word.encode()) > self.spelling.longest - MARKS

    def table(self, rows: Sequence[Sequence[int]]) -> np.ndarray:
        """Symbols of words, padded: int64 (words, symbols)."""
        width = min(max(map(len, rows)) + self.spelling.margin, self.spelling.longest)
        padded = np.full((len(rows), width), self.spelling.padding, np.int64)
        for row, symbols in zip(padded, rows, strict=True):
            row[: len(symbols)] = symbols
        return padded

    def feeds(self, texts: Sequence[str], names: Sequence[str] = INPUTS) -> dict[str, np.ndarray]:
        """The inputs of a graph: see hub.card.Spelling."""
        return self.feeds_of([one.words for one in self.read(texts)], names)

    def feeds_of(self, texts: Sequence[Sequence[str]], names: Sequence[str] = INPUTS) -> dict[str, np.ndarray]:
        """The same for texts that are words already."""
        spelling = self.spelling
        rows = [[spelling.begin_id], [spelling.end_id]]
        if spelling.letters:
            marks = (spelling.begin_text, spelling.end_text)
            rows = [[spelling.begin_word, mark, spelling.end_word] for mark in marks]
        row_of: dict[str, int] = {}
        lengths = np.array([len(words) + MARKS for words in texts], np.int64)
        places = np.ones((len(texts), int(lengths.max())), np.int64)
        for line, words in zip(places, texts, strict=True):
            for word in words:
                if word not in row_of:
                    row_of[word] = len(rows)
                    rows.append(self.symbols(word))
            line[: len(words) + 1] = [0, *(row_of[word] for word in words)]
        known = {"symbols": self.table(rows), "places": places, "lengths": lengths}
        return {name: known[name] for name in names}
