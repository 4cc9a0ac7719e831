"""Few-shot, without a browser: its tables, what of them an address has, and what is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.bundle import Bundles
from hub.demos.generation import few
from hub.demos.generation.writers import Writers
from hub.errors import InputError
from hub.service import Service
from hub.ui.view import Scene, View
from tests.visitor import fields

SCENE = Scene("en", "en")


@pytest.fixture
def view(made_writers: Path) -> View:
    return few.view(Writers(Service(Bundles(made_writers))))


def test_half_a_row_is_told_and_an_empty_one_is_none() -> None:
    assert few.shots_of(few.padded([["a", "b"], ["", None], [" ", ""]], 5)) == [("a", "b")]
    with pytest.raises(InputError, match="row 2 has an input or an output only"):
        few.shots_of(few.padded([["a", "b"], ["c", ""]], 5))


def test_tables_go_through_an_address_and_links_with_one_question_still_do() -> None:
    rows = [("up", "down"), ("a\tb", "c\nd"), ("", "")]
    assert few.unpacked(few.packed(rows)) == [("up", "down"), ("a b", "c d")]
    assert few.unpacked("wet") == [("wet", "")]


def test_a_link_has_the_tables_and_one_with_tables_does_not_get_ours(view: View) -> None:
    beginning = view.beginning(SCENE)
    assert len(beginning.shots) == few.MOST and len(beginning.questions) == few.MOST_QUESTIONS  # type: ignore
    link = fields(view.link("generation", beginning, SCENE, False).query)
    assert view.of_address(link, SCENE) == beginning
    own = view.of_address({"query": "wet", "shots": "hot\tcold\nhalf"}, SCENE)
    assert few.shots_of(own.shots) == [("hot", "cold")] and own.task == ""  # type: ignore[attr-defined]
    assert few.questions_of(own.questions) == [("wet", "")]  # type: ignore[attr-defined]


def test_each_number_of_examples_has_a_card(view: View) -> None:
    settings = view.of_address({"query": "up\tdown\nleft", "shots": "in\tout"}, SCENE)
    first, *frames = view.show(settings, "zh")
    assert {"way", "read", "shots", "questions", "cards"} == set(first)
    assert [frame["cards"].count("<h4>") for frame in frames] == [1, 2]
    assert "共 1 题" in frames[-1]["cards"] or "1 题对" in frames[-1]["cards"]
    without = list(view.show(view.of_address({"query": "up", "shots": "in\tout"}, SCENE), "en"))[-1]
    assert "what is expected" in without["table"]
