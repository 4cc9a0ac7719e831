"""The share link restores what it was made of, and survives what it was not."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from hub.ui import share

FIELDS = st.dictionaries(
    st.sampled_from(["models", "head", "why", "label"]), st.text("abc-,é中", min_size=1, max_size=20)
)


def parsed(query: str) -> dict[str, object]:
    return dict(parse_qsl(query, keep_blank_values=True))


@given(FIELDS, st.text(st.characters(exclude_categories=["Cs"]), max_size=1500))
def test_what_is_shared_comes_back(fields: dict[str, str], text: str) -> None:
    link = share.encode({**fields, "text": text})
    assert len(link.query.encode()) <= share.MAX_BYTES
    values = share.decode(parsed(link.query)).values
    back = values.pop("text", "")
    assert values == fields
    assert back == text if not link.shortened else text.startswith(back) and len(back) < len(text)


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=50)))
def test_any_query_is_read(query: dict[str, str]) -> None:
    share.decode(query)


def test_an_unknown_version_says_nothing_and_is_told() -> None:
    found = share.decode({"v": "99", "text": "good"})
    assert found.values == {} and found.unknown_version == "99"


def test_a_lone_surrogate_does_not_break_a_link() -> None:
    assert share.decode(parsed(share.encode({"text": "a\ud800b"}).query)).values["text"] == "a?b"
