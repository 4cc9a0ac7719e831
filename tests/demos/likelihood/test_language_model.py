"""The bigram model, without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from hub.bundle import Bundle
from hub.demos.likelihood.language_model import SHOWN_TOKENS, view, write
from hub.ui import pad
from hub.ui.view import Scene
from tests.demos.likelihood.seen import figure, shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_model_climbs_to_its_maximum(lab: Bundle, language: Any) -> None:
    seen = shown(view(lab), language)
    assert len(figure(seen["heat"])["data"][0]["z"]) <= SHOWN_TOKENS
    climb = figure(seen["ascent"])["data"][0]["y"]
    assert climb == sorted(climb)


def test_text_of_a_visitor_never_becomes_markup(lab: Bundle) -> None:
    text = "<img src=x> <b>a</b> <img src=x> & b"
    seen = shown(view(lab), "en", text=text, unit="characters", alpha=0.5, sentence="<img src=x> a")
    assert "<img" not in "".join(part for part in seen.values() if isinstance(part, str))
    assert "<script" not in pad.strip([1.0], pad.Scale(0, 2, 1), (0, 2), [], "<script>", "")


def test_it_writes_with_the_words_of_the_text(lab: Bundle) -> None:
    start = view(lab).beginning(Scene("en", "en"))
    assert "the" in write(lab, start, "en")["written"]
