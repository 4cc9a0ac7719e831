"""Raw text and published text must lead to the same ids, whatever a visitor types."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from models.training import words


def tokens(text: str) -> list[str]:
    tokenizer = words.english()
    counts = words.count(tokenizer, [text])
    return words.with_vocabulary(tokenizer, counts, 256).encode(text).tokens


@pytest.mark.parametrize(
    ("typed", "published"),
    [
        ("It's GREAT (really), isn't it?", "it 's great -lrb- really -rrb- , is n't it ?"),
        ("“Don't!” he said...", "`` do n't ! '' he said ..."),
        ("They'll pay $1,000 for 3.5 stars", "they 'll pay $ 1,000 for 3.5 stars"),
        ("Mr. Smith's straight-faced 90-minute film", "mr. smith 's straight-faced 90-minute film"),
        ("it’s and/or", "it 's and\\/or"),
    ],
)
def test_typed_text_gives_the_tokens_of_the_published_spelling(typed: str, published: str) -> None:
    assert tokens(typed) == tokens(published)


def test_a_sentence_as_published_is_split_at_its_spaces() -> None:
    published = "the film does n't really care about thin , brittle characters ; it 's a ride ."
    assert tokens(published) == published.split()


def test_offsets_point_into_the_text_as_typed() -> None:
    text = "It's “GREAT” -LRB- really -RRB-, isn’t it?"
    tokenizer = words.english()
    code = words.with_vocabulary(tokenizer, words.count(tokenizer, [text]), 256).encode(text)
    shown = [text[start:end] for start, end in code.offsets]
    assert [shown[index] for index in (0, 1, 2, 3, 4, 6, 8, 9, 10, 11, 12)] == [
        "It", "'s", "“", "GREAT", "”", "really", ",", "is", "n’t", "it", "?",
    ]  # fmt: skip
    assert "-LRB-".startswith(shown[5]) and shown[5]  # a spelling of several characters shows at least its first


@pytest.fixture(scope="module", params=["english", "chinese"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    splitting = getattr(words, request.param)()
    return words.with_vocabulary(splitting, ["the", "film", "好", "评"], 32)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=80))
def test_any_text_gives_ids_and_offsets_inside_it(tokenizer: Tokenizer, text: str) -> None:
    code = tokenizer.encode(text)
    assert len(code.ids) <= 32
    assert all(0 <= index < tokenizer.get_vocab_size() for index in code.ids)
    assert all(0 <= start <= end <= len(text) for start, end in code.offsets)


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_a_text_has_the_same_ids_alone_and_in_a_batch(tokenizer: Tokenizer, texts: list[str]) -> None:
    for text, code in zip(texts, tokenizer.encode_batch(texts), strict=True):
        alone = tokenizer.encode(text).ids
        assert code.ids[: len(alone)] == alone
        assert set(code.ids[len(alone) :]) <= {words.PAD_ID}


def test_the_file_alone_turns_text_into_ids(tokenizer: Tokenizer) -> None:
    again = Tokenizer.from_str(tokenizer.to_str())
    assert again.encode("The FILM 好评 xyz").ids == tokenizer.encode("The FILM 好评 xyz").ids
    assert len(again.encode("film " * 100).ids) == 32


def test_chinese_is_one_token_a_character_without_spaces() -> None:
    tokenizer = words.with_vocabulary(words.chinese(), "这本书很好a1", 256)
    assert tokenizer.encode("这本书 很好 A1").tokens == list("这本书很好a1")


def test_counts_leave_out_what_is_rarer_than_the_minimum() -> None:
    counts = words.count(words.english(), ["a film", "a film", "a play"], minimum=2)
    assert counts == {"a": 3, "film": 2}
