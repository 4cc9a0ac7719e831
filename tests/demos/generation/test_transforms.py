"""The view of the input transformations without a browser: what it shows, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hub.bundle import Bundles
from hub.demos.generation import transforms
from hub.demos.generation.examples import POSED
from hub.demos.generation.strings import STRINGS
from hub.errors import InputError
from hub.service import Service
from hub.tasks.transforms import FIELDS
from hub.ui.view import Scene
from tests.visitor import fields


@pytest.fixture
def service(made_questions: Path) -> Service:
    return Service(Bundles(made_questions))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("head", ["mood", "follows", "alike", "cause"])
def test_every_sequence_is_shown_with_its_frame_and_its_logits(service: Service, head: str, language: Any) -> None:
    bundle = service.bundles.get("questions")
    kind = bundle.card.questions[head].kind
    answer = service.ask(POSED[kind][0].texts, "questions", head)
    made = transforms.answer_html(bundle, head, answer, language)
    assert made.count("class=sequence") == len(answer.sequences)
    assert re.findall(r"class=special>([^<]*)<", made)[:1] == ["&lt;start&gt;"]
    assert made.count("class='bar") == len(answer.scores) and "{" not in made
    for read in answer.sequences:
        assert all(f"{value:+.2f}" in made for value in read.logits)
    assert ("50.00 %" in made) == (head == "mood")  # the figure of the card, where it has one
    assert STRINGS.say(f"how_{kind}", language) in made


def test_what_a_visitor_types_is_no_markup(service: Service) -> None:
    bundle = service.bundles.get("questions")
    answer = service.ask(["<b>good</b> film"], "questions", "mood")
    assert "<b>" not in transforms.answer_html(bundle, "mood", answer, "en")


def test_the_examples_fill_the_fields() -> None:
    for kind, examples in POSED.items():
        assert examples and all(len(one.texts) == len(FIELDS[kind]) for one in examples)
        assert all(len(one.title) == 2 and all(one.title) for one in examples)


def test_a_head_alone_comes_with_its_first_example_and_another_head_brings_its_own(service: Service) -> None:
    view, scene = transforms.view(service), Scene("en", "en")
    alike = view.of_address({"task": "questions/alike"}, scene)
    assert alike.texts == (*POSED["similarity"][0].texts, "")  # type: ignore[attr-defined]
    own = view.of_address({"task": "questions/alike", "a": "one"}, scene)
    assert own.texts == ("one", "", "")  # type: ignore[attr-defined]
    assert view.of_address(fields(view.link("generation", alike, scene, False).query), scene) == alike
    assert view.switched is not None
    changed = view.switched(alike.changed(task="questions/cause"), scene)
    assert changed.texts == POSED["choice"][0].texts  # type: ignore[attr-defined]
    shown = view.show(alike, "zh")
    assert [shown[name].visible for name in "abc"] == [True, True, False]
    assert shown["result"].count("class=sequence") == 2
    with pytest.raises(InputError):
        view.of_address({"task": "x"}, scene)
