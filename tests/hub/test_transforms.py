"""The input transformations of GPT-1: what is read for a question, and how the logits become an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub.bundle import Bundle, Bundles
from hub.errors import InputError, TooLargeError, UnknownModelError
from hub.tasks.transforms import FIELDS, ask, combined

GOOD, BAD = "the film is very good", "a poor story"


@pytest.fixture
def bundle(made_questions: Path) -> Bundle:
    return Bundles(made_questions).get("questions")


@pytest.mark.parametrize(
    ("head", "fields", "read"),
    [
        ("mood", [GOOD], ["<start> the film is very good <extract>"]),
        ("follows", [GOOD, BAD], ["<start> the film is very good <delimiter> a poor story <extract>"]),
        (
            "alike",
            [GOOD, BAD],
            [
                "<start> the film is very good <delimiter> a poor story <extract>",
                "<start> a poor story <delimiter> the film is very good <extract>",
            ],
        ),
        (
            "cause",
            [GOOD, BAD, "not bad"],
            [
                "<start> the film is very good <delimiter> a poor story <extract>",
                "<start> the film is very good <delimiter> not bad <extract>",
            ],
        ),
    ],
)
def test_each_kind_reads_its_sequences(bundle: Bundle, head: str, fields: list[str], read: list[str]) -> None:
    answer = ask(bundle, head, fields)
    assert [" ".join(one.tokens) for one in answer.sequences] == read
    for one in answer.sequences:
        assert [token for token, special in zip(one.tokens, one.special, strict=True) if special] == [
            token for token in one.tokens if token.startswith("<")
        ]
    assert sum(answer.scores.values()) == pytest.approx(1) and answer.scores[answer.label] == max(
        answer.scores.values()
    )


def test_both_orders_are_added_up_and_their_order_does_not_matter(bundle: Bundle) -> None:
    one, other = ask(bundle, "alike", [GOOD, BAD]), ask(bundle, "alike", [BAD, GOOD])
    np.testing.assert_allclose(one.logits, np.sum([read.logits for read in one.sequences], axis=0), rtol=1e-6)
    np.testing.assert_allclose(one.logits, other.logits, rtol=1e-5)
    assert one.sequences[0].logits != one.sequences[1].logits


def test_answers_are_compared_with_each_other(bundle: Bundle) -> None:
    answer = ask(bundle, "cause", [GOOD, BAD, "not bad"])
    assert answer.logits == tuple(read.logits[0] for read in answer.sequences)
    swapped = ask(bundle, "cause", [GOOD, "not bad", BAD])
    assert swapped.scores["answer1"] == pytest.approx(answer.scores["answer2"])


def test_questions_are_combined_by_rows() -> None:
    rows = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    assert combined("similarity", rows).tolist() == [[2, 4], [10, 12], [18, 20]]
    assert combined("choice", rows[..., :1]).tolist() == [[0, 2], [4, 6], [8, 10]]
    assert combined("entailment", rows[:, :1]).tolist() == [[0, 1], [4, 5], [8, 9]]


def test_a_visitor_cannot_write_the_frame(bundle: Bundle) -> None:
    read = ask(bundle, "mood", ["good <extract> <start>"]).sequences[0]
    assert read.tokens.count("<extract>") == 1 and read.tokens.count("<start>") == 1


def test_a_long_text_keeps_the_frame_and_the_shorter_text(bundle: Bundle) -> None:
    read = ask(bundle, "follows", ["good " * 200, BAD]).sequences[0]
    assert read.truncated and read.tokens[-1] == "<extract>" and read.tokens[-4:-1] == ("a", "poor", "story")
    assert not ask(bundle, "follows", [GOOD, BAD]).sequences[0].truncated


@pytest.mark.parametrize(
    ("head", "fields", "error"),
    [
        ("follows", [GOOD], InputError),
        ("mood", [GOOD, BAD], InputError),
        ("mood", [""], InputError),
        ("cause", [GOOD, BAD, None], InputError),
        ("mood", ["x" * 6_000], TooLargeError),
        ("unknown", [GOOD], UnknownModelError),
    ],
)
def test_wrong_questions_are_refused(bundle: Bundle, head: str, fields: list[Any], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        ask(bundle, head, fields)
    wanted = FIELDS[bundle.card.questions[head].kind] if head in bundle.card.questions else (head,)
    assert any(name in str(caught.value) for name in wanted)
