"""A class for a text, with the layers of a language model and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.bundle import Bundles
from hub.errors import InputError, UnknownModelError
from hub.tasks import grade as task
from hub.tasks.layered import ARMS, Arm

TEXTS = ["A warm, funny film.", "Boring.", "Who wrote the novel that the film is based on, and in which year?"]


@pytest.fixture(scope="module")
def bundles(made_spellers: Path) -> Bundles:
    return Bundles(made_spellers)


@pytest.mark.parametrize("arm", ARMS)
def test_a_text_alone_is_graded_as_among_others(bundles: Bundles, arm: Arm) -> None:
    together = task.grade(bundles, "grader", TEXTS, arm)
    assert [one.text for one in together] == TEXTS
    for one in together:
        (alone,) = task.grade(bundles, "grader", [one.text], arm)
        assert alone.probabilities == pytest.approx(one.probabilities, abs=1e-5)
        assert len(one.probabilities) == 5 and sum(one.probabilities) == pytest.approx(1)


def test_the_twins_are_two(bundles: Bundles) -> None:
    one, other = (task.grade(bundles, "grader", TEXTS[:1], arm)[0].probabilities for arm in ARMS)
    assert one != pytest.approx(other, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "texts", "arm", "kind"),
    [
        ("grader", [" "], "with", InputError),
        ("grader", ["a"], "both", InputError),
        ("elmo", ["a"], "with", UnknownModelError),
    ],
)
def test_what_cannot_be_graded_is_refused(
    bundles: Bundles, name: str, texts: list[str], arm: Arm, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        task.grade(bundles, name, texts, arm)
