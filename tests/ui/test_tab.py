"""A tab of one small view: what its wiring does with a stream, its stop, and examples that depend on a setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import gradio as gr
import pytest
from pydantic import Field

from hub.bundle import Bundles
from hub.errors import InputError
from hub.service import Service
from hub.ui import settings
from hub.ui.context import Context
from hub.ui.guard import Guarded
from hub.ui.settings import Control
from hub.ui.strings import Language, Strings
from hub.ui.tab import Tab
from hub.ui.view import Example, Kit, Scene, View
from tests.visitor import Visitor, fields

WORDS = {"fruit": ("apple", "pear"), "tree": ("oak", "ash", "elm")}
KEYS = ("title", "kind", "word", "count", "run", "stop", "examples", "count_words")
STRINGS = Strings("small", {key: (key, key) for key in KEYS})


class Settings(settings.Settings):
    kind: str = "fruit"
    word: str = ""
    count: Annotated[int, Field(ge=1, le=9), Control(brief=True)] = 2


def show(settings: Settings, language: Language, going: Callable[[], bool]) -> Iterator[Mapping[str, Any]]:
    """The word, again and again."""
    if settings.word == "weed":
        raise InputError("question_none")
    for count in range(1, settings.count + 1):
        if not going():
            break
        yield {"said": " ".join([settings.word] * count)}


def base(scene: Scene, fields: Mapping[str, str]) -> Settings:
    return Settings(word="" if "kind" in fields else "apple")


def examples(scene: Scene, kind: str) -> list[Example]:
    return [Example((word, word), {"word": word, "count": 3}) for word in WORDS[kind]]


def draw(kit: Kit) -> None:
    kit.control("kind", elem_id="kind")
    kit.control("word", elem_id="word")
    kit.control("count", elem_id="count")
    kit.examples(elem_id="examples")
    kit.main(elem_id="run")
    kit.stop(elem_id="stop")
    kit.html("said", "said")


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    view = View(
        "words", Settings, draw, show, start=lambda scene: Settings(word="apple"), base=base, examples=examples,
        by="kind", switched=lambda old, scene: old.changed(word=WORDS[old.kind][0]), stops=True, at_once=2,
    )  # fmt: skip
    with Guarded() as page, gr.Tabs(), gr.Tab("Small", id="small", elem_id="tab-small") as part:
        Tab("small", STRINGS, [view]).draw(Context(Service(Bundles(tmp_path)), page, part))
    return Visitor(page)


def test_a_stream_ends_with_its_link_which_leaves_out_what_is_usual(visitor: Visitor) -> None:
    visitor.open("").put("word", "plum").click("run")
    assert visitor.of("said") == "plum plum"
    assert fields(visitor.link) == {"v": "1", "tab": "small", "kind": "fruit", "word": "plum"}


def test_examples_follow_the_setting_that_they_depend_on(visitor: Visitor) -> None:
    visitor.open("")
    assert visitor.of("said") == "apple apple" and len(visitor.of("examples", "samples")) == 2
    visitor.put("kind", "tree")
    assert visitor.of("word") == "oak" and visitor.of("said") == "oak oak"
    assert visitor.of("examples", "samples") == [["oak"], ["ash"], ["elm"]]
    visitor.example("examples", 2)
    assert visitor.of("said") == "elm elm elm" and visitor.of("count") == 3 and "count=3" in visitor.link


def test_an_address_starts_from_what_its_fields_leave(visitor: Visitor) -> None:
    visitor.open("tab=small&kind=tree")
    assert visitor.of("word") == "" and len(visitor.of("examples", "samples")) == 3


def test_a_link_that_fails_is_told_and_the_beginning_is_shown(visitor: Visitor) -> None:
    visitor.open("tab=small&word=weed")
    assert "could not be used" in visitor.of("small-notice") and visitor.of("said") == "apple apple"
