"""Few-shot prompts: how they are put together, and the probability of the right answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hub.bundle import Bundles
from hub.service import Service
from hub.tasks import few_shot
from hub.tasks.generate import Request
from hub.tasks.prompts import BARE, assembled, prompted


@pytest.fixture
def service(made_writers: Path) -> Service:
    return Service(Bundles(made_writers))


def test_a_prompt_is_assembled_as_it_will_be_read() -> None:
    assert assembled("", [], "x") == "Input: x\nOutput:"
    made = assembled("Say the opposite.", [("hot", "cold")], " wet ")
    assert made == "Say the opposite.\n\nInput: hot\nOutput: cold\n\nInput: wet\nOutput:"


def test_an_answer_that_is_expected_has_the_probability_that_its_tokens_have(service: Service) -> None:
    engine = service.engines.get(service.bundles.get("gpt2"), "fp32")
    shots, questions = [("in", "out")], [("up", "down"), ("left", "right")]
    rounds = [one for one in few_shot.rounds(engine, "", shots, questions, BARE) if one is not None]
    assert [one.prompt.text for one in rounds] == [assembled("", shots[:k], "up") for k in (0, 1)]
    prompt = assembled("", [], "left")
    tokens = [one for one in engine.start(Request(prompt + " right", 1, alternatives=1)) if one.given]
    new = tokens[len(engine.tokenizer.ids(prompt)) :]
    expected = [one.choice.probability for one in new if one.choice]
    chance = rounds[0].chances[1]
    assert chance is not None and chance.share is None
    assert chance.whole == pytest.approx(np.prod(expected), rel=1e-3)
    assert chance.each == pytest.approx(np.prod(expected) ** (1 / len(expected)), rel=1e-3)


def test_labels_share_what_they_have_together(service: Service) -> None:
    rows = [("a", "good"), ("b", "bad"), ("c", "good"), ("d", "bad")]
    assert few_shot.labels_of(rows, [("e", "good")]) == ("good", "bad")
    assert few_shot.labels_of([("hot", "cold"), ("big", "small")], [("wet", "dry")]) == ()
    engine = service.engines.get(service.bundles.get("gpt2"), "fp32")
    prompt = prompted(engine, "Input: e\nOutput:", BARE)
    shares = [few_shot.chance(engine, prompt, label, ("good", "bad")).share for label in ("good", "bad")]
    assert sum(filter(None, shares)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("answer", "expected", "good"),
    [
        ("Rome", "Rome", True),
        ("rome.", "Rome", True),
        ('"ate"', "ate", True),
        ("Romeo", "Rome", False),
        ("", "a", False),
    ],
)
def test_an_answer_is_right_if_it_begins_with_what_is_expected(answer: str, expected: str, good: bool) -> None:
    assert few_shot.right(answer, expected) == good
