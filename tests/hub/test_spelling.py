"""Words by their letters: where they stand in a text, what is cut, and what a graph is fed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.recipes.elmo import SPELLING
from hub.errors import BundleError
from hub.spelling import WordReader
from models.training import elmo, words

KNOWN = ("the", "bank", "of", "river", "n't", ".")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> WordReader:
    file = tmp_path_factory.mktemp("words") / "tokenizer.json"
    words.with_vocabulary(words.english_cased(), (elmo.BEGIN, elmo.END, *KNOWN), 12).save(str(file))
    return WordReader(file, 12, SPELLING)


def test_words_stand_where_they_are_in_the_text(reader: WordReader) -> None:
    text = "The bank did n’t flood. 河 ﬁne"
    (read,) = reader.read([text])
    assert [text[start:end] for start, end in read.spans] == ["The", "bank", "did", "n’t", "flood", ".", "河", "ﬁne"]
    assert read.words == ("The", "bank", "did", "n't", "flood", ".", "河", "fine")  # as the training texts spell them
    assert read.known == (False, True, False, True, False, True, False, False)
    assert not read.truncated


def test_a_long_text_ends_after_so_many_words_and_says_so(reader: WordReader) -> None:
    (read,) = reader.read(["word " * 13])
    assert len(read) == 12 and read.truncated
    assert not reader.read(["word " * 12])[0].truncated


def test_a_text_of_spaces_has_no_words_and_is_read_all_the_same(reader: WordReader) -> None:
    (read,) = reader.read([" \n\t"])
    assert read.words == ()
    assert reader.feeds([" "])["places"].tolist() == [[0, 1]]


def test_a_word_of_more_bytes_than_are_read_is_cut(reader: WordReader) -> None:
    assert not reader.is_cut("a" * 48) and reader.is_cut("a" * 49) and reader.is_cut("河" * 17)
    assert reader.symbols("a" * 80) == elmo.symbols("a" * 80)


@pytest.mark.parametrize("word", ["bank", "né", "河", "x" * 60, "\x00"])
def test_a_word_is_spelt_as_in_training(reader: WordReader, word: str) -> None:
    assert reader.symbols(word) == elmo.symbols(word)


def test_feeds_spell_each_different_word_once_between_the_marks_of_a_text(reader: WordReader) -> None:
    feeds = reader.feeds(["the bank the river", "bank"])
    assert feeds["lengths"].tolist() == [6, 3]
    spelt = ["<S>", "</S>", "the", "bank", "river"]
    assert np.array_equal(feeds["symbols"], elmo.trimmed(elmo.table(spelt)).numpy())
    assert feeds["places"].tolist() == [[0, 2, 3, 2, 4, 1], [0, 3, 1, 1, 1, 1]]


def test_marks_that_are_typed_are_letters(reader: WordReader) -> None:
    (read,) = reader.read(["<S> [UNK] [PAD]"])
    assert read.words == ("<", "S", ">", "[", "UNK", "]", "[", "PAD", "]")


def test_the_vocabulary_is_by_ids(reader: WordReader) -> None:
    assert reader.vocabulary == ["[PAD]", "[UNK]", "<S>", "</S>", *KNOWN]


@pytest.mark.parametrize("content", ["", "{}", '{"version": "1.0"}'])
def test_what_is_no_tokenizer_is_said_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(BundleError, match=r"tokenizer\.json is not a tokenizer"):
        WordReader(tmp_path / "tokenizer.json", 10, SPELLING)
