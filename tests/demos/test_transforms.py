"""The view of the input transformations without a browser: what it shows, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hub.bundle import Bundles
from hub.demos.generation import transforms
from hub.demos.generation.strings import STRINGS
from hub.service import Service
from hub.tasks.transforms import FIELDS


@pytest.fixture
def service(made_questions: Path) -> Service:
    return Service(Bundles(made_questions))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("head", ["mood", "follows", "alike", "cause"])
def test_every_sequence_is_shown_with_its_frame_and_its_logits(service: Service, head: str, language: Any) -> None:
    bundle = service.bundles.get("questions")
    kind = bundle.card.questions[head].kind
    answer = service.ask(transforms.EXAMPLES[kind][0][1], "questions", head)
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
    for kind, examples in transforms.EXAMPLES.items():
        assert examples and all(len(texts) == len(FIELDS[kind]) for _, texts in examples)
        assert all(len(title) == 2 and all(title) for title, _ in examples)
