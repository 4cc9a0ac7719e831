"""Any text is either encoded or refused with a message that can be acted on; the order of texts is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE

from hub import limits
from hub.bundle import Bundle
from hub.errors import BundleError, InputError, TooLargeError
from hub.text import PromptTokenizer, TextEncoder, batches, check_text, check_texts, feeds, split_lines
from tests import bundles as tiny

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # lone surrogates and NUL included


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "must be a string, not NoneType"),
        (3, "must be a string, not int"),
        (b"good", "must be a string, not bytes"),
        (["good"], "must be a string, not list"),
        ("", "is empty: type at least one word"),
        (" \t\r\n\u3000", "is empty"),
        ("\0\u200b\ufeff", "is empty"),
        ("good \ud83d film", r"not valid Unicode at position 5 \(a lone surrogate\)"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_text(value)


def test_a_text_that_is_too_long_says_how_long_it_may_be() -> None:
    assert check_text("a" * limits.MAX_TEXT_CHARS)
    with pytest.raises(TooLargeError, match="5,001 characters; at most 5,000 are allowed"):
        check_text("a" * (limits.MAX_TEXT_CHARS + 1))


def test_a_list_says_which_text_is_wrong() -> None:
    with pytest.raises(InputError, match="text 2 is empty"):
        check_texts(["good", " "])
    with pytest.raises(InputError, match="must be a list of strings, not str"):
        check_texts("good")
    with pytest.raises(InputError, match="at least one text"):
        check_texts([])
    with pytest.raises(TooLargeError, match="2,001 texts; at most 2,000"):
        check_texts(["a"] * (limits.MAX_BATCH_TEXTS + 1))


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\nb", "a\r\nb\r\n", "a\rb", "a\n\nb", "\n", "\r\n\r\n"])
def test_lines_end_at_line_ends_alone(text: str) -> None:
    assert split_lines(text) == text.splitlines()
    assert split_lines("a\u2028b\x0bc\x0cd\x85e\x1cf\u2029") == ["a\u2028b\x0bc\x0cd\x85e\x1cf\u2029"]


@pytest.fixture(scope="module")
def encoder(made_bundles: Path) -> TextEncoder:
    return TextEncoder(made_bundles / "pooling/tokenizer.json", tiny.MAX_TOKENS)


@given(text=ANY_TEXT)
def test_any_text_is_encoded_or_refused(encoder: TextEncoder, text: str) -> None:
    try:
        checked = check_text(text)
    except InputError as error:
        assert str(error).startswith("the text ")
        return
    (code,) = encoder.encode([checked])
    assert 1 <= len(code.ids) <= tiny.MAX_TOKENS
    assert encoder.ids([checked]) == [list(code.ids)]
    for start, end in code.offsets:
        assert 0 <= start <= end <= len(text)


@given(texts=st.lists(st.text("a good电影.", min_size=1, max_size=120), min_size=1, max_size=80))
def test_few_and_many_texts_are_encoded_alike(encoder: TextEncoder, texts: list[str]) -> None:
    together = encoder.encode(texts)
    assert together == [encoder.encode([text])[0] for text in texts]


def test_truncation_is_reported(encoder: TextEncoder) -> None:
    short, long = encoder.encode(["good " * tiny.MAX_TOKENS, "good " * (tiny.MAX_TOKENS + 1)])
    assert len(short.ids) == len(long.ids) == tiny.MAX_TOKENS
    assert not short.truncated and long.truncated


def test_offsets_point_into_the_text_of_the_visitor(encoder: TextEncoder) -> None:
    text = "A  GOOD film"
    (code,) = encoder.encode([text])
    assert [text[start:end] for start, end in code.offsets] == ["A", "GOOD", "film"]


def test_padding_is_0_and_masked() -> None:
    made = feeds([[5, 6, 7], [8]], ["input_ids", "attention_mask"])
    assert made["input_ids"].tolist() == [[5, 6, 7], [8, 0, 0]]
    assert made["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert {value.dtype for value in made.values()} == {np.dtype(np.int64)}
    assert set(feeds([[5]], ["input_ids"])) == {"input_ids"}


@given(
    lengths=st.lists(st.integers(1, 300), max_size=200),
    max_tokens=st.integers(300, 2000),
    max_rows=st.integers(1, 40),
)
def test_batches_hold_every_text_once_and_stay_under_the_limits(
    lengths: list[int], max_tokens: int, max_rows: int
) -> None:
    made = list(batches(lengths, max_tokens, max_rows))
    assert sorted(index for batch in made for index in batch) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) <= max_rows and len(batch) * max(lengths[index] for index in batch) <= max_tokens


def test_what_is_no_tokenizer_is_a_bundle_error(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("[]")
    with pytest.raises(BundleError, match=r"tokenizer.json is not a tokenizer"):
        TextEncoder(tmp_path / "tokenizer.json", 10)


def test_the_tokenizer_of_a_bundle_is_read_once(pooling: Bundle) -> None:
    assert pooling.encoder is pooling.encoder


def sentencepiece(folder: Path, end: str = "") -> Path:
    """A tokenizer as Llama's: words begin with "\u2581", which the first word gets too; bytes for what it has not."""
    letters = ["\u2581", "a", "b", "\n", "\u2581a", "\u2581b"]
    vocabulary = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    merges = [("\u2581", "a"), ("\u2581", "b")]
    made = Tokenizer(BPE({word: place for place, word in enumerate(vocabulary)}, merges, byte_fallback=True))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    made.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    made.add_special_tokens(["<s>", "</s>"])
    made.post_processor = processors.TemplateProcessing(
        f"<s> $A {end}".strip(), special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    made.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


@pytest.mark.parametrize("end", ["", "</s>"])
def test_a_prompt_begins_once_and_does_not_end(tmp_path: Path, end: str) -> None:
    reader, kinds = PromptTokenizer(sentencepiece(tmp_path, end)), Tokenizer.from_file(str(tmp_path / "tokenizer.json"))

    def tokens(ids: list[int]) -> list[str | None]:
        return [kinds.id_to_token(one) for one in ids]

    assert tokens(reader.ids("a b")) == ["<s>", "\u2581a", "\u2581b"]
    assert tokens(reader.ids("a</s>")) == ["<s>", "\u2581a", "</s>"]  # who writes it means it
    assert tokens(reader.more("\na b")) == ["\n", "a", "\u2581b"]
    assert tokens(reader.more(" b")) == ["\u2581b"] and tokens(reader.more("b")) == ["b"]


def test_a_classifier_s_frame_does_not_end_a_prompt(tmp_path: Path) -> None:
    made = tiny.encoder_tokenizer()
    made.save(str(tmp_path / "tokenizer.json"))
    words = made.encode("the a").tokens
    reader = PromptTokenizer(tmp_path / "tokenizer.json")
    assert [made.id_to_token(one) for one in reader.ids("the a")] == words[:-1] and words[-1] == "[SEP]"


def test_an_answer_keeps_the_space_in_front_of_its_first_word(tmp_path: Path) -> None:
    reader = PromptTokenizer(sentencepiece(tmp_path))
    prompt, answer = reader.ids("a"), reader.more(" b\U0001f642\U0001f642\U0001f642a \u971c")
    parts = list(map(reader.decoding(prompt), answer))
    assert "".join(parts) == " b\U0001f642\U0001f642\U0001f642a \u971c" and parts[0] == " b"
    assert reader.text(answer[0]) == " b"


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_character_that_a_prompt_begins_is_ended_by_its_answer(tmp_path: Path, cut: int) -> None:
    made = Tokenizer(BPE({letter: place for place, letter in enumerate(pre_tokenizers.ByteLevel.alphabet())}, []))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    made.save(str(tmp_path / "tokenizer.json"))
    reader = PromptTokenizer(tmp_path / "tokenizer.json")
    ids = reader.ids("ab\U0001f642c")
    assert "".join(map(reader.decoding(ids[: 2 + cut]), ids[2 + cut :])) == "\U0001f642c"
