"""The figures that a visitor sees: probabilities, what each word is worth, what decided."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import limits
from hub.bundle import Bundle, Bundles
from hub.errors import InputError, TooLargeError, UnknownModelError
from hub.tasks import classify as task
from tests import bundles as tiny

TEXTS = ["a good film", "bad", "the story is not very good and the film is poor", "unheard words"]


@pytest.fixture(scope="module")
def bundles(made_bundles):
    return Bundles(made_bundles)


def test_probabilities_are_the_softmax_of_the_logits_in_the_order_of_the_labels(pooling: Bundle) -> None:
    for found in task.classify(pooling, TEXTS):
        assert tuple(found.scores) == tiny.HEADS["sentiment"]
        exponentials = np.exp(np.array(found.logits) - max(found.logits))
        assert list(found.scores.values()) == pytest.approx((exponentials / exponentials.sum()).tolist(), abs=1e-12)
        assert sum(found.scores.values()) == pytest.approx(1, abs=1e-12)
        assert found.label == max(found.scores, key=found.scores.__getitem__)


def test_large_logits_do_not_overflow() -> None:
    assert task.softmax(np.array([1000.0, -1000.0], np.float32)).tolist() == [1.0, 0.0]


def test_order_is_kept_and_no_neighbour_changes_an_answer(pooling: Bundle, course: Bundle) -> None:
    texts = [" ".join(tiny.WORDS[2 + start : 2 + start + length]) for start in range(8) for length in (1, 3, 2, 6)] * 5
    for bundle in (pooling, course):
        together = task.classify(bundle, texts)
        for text, found in zip(texts, together, strict=True):
            assert found.logits == pytest.approx(task.classify(bundle, [text])[0].logits, abs=1e-5)


def test_heads_have_their_own_labels_and_the_first_is_the_default(course: Bundle) -> None:
    assert tuple(task.classify(course, ["good"])[0].scores) == tiny.HEADS["sentiment"]
    assert tuple(task.classify(course, ["good"], head="topic")[0].scores) == tiny.HEADS["topic"]
    with pytest.raises(UnknownModelError, match="course has no head 'mood'; its heads: sentiment, topic"):
        task.classify(course, ["good"], head="mood")


def test_a_single_task_model_has_no_heads(pooling: Bundle) -> None:
    with pytest.raises(UnknownModelError, match="its heads: none: it is a single-task model"):
        task.classify(pooling, ["good"], head="sentiment")


def test_variants_can_be_chosen(pooling: Bundle) -> None:
    assert task.classify(pooling, TEXTS, variant="fp32") == task.classify(pooling, TEXTS, variant="int8")
    with pytest.raises(UnknownModelError, match="no variant 'int4'"):
        task.classify(pooling, TEXTS, variant="int4")


def test_truncation_is_told(pooling: Bundle) -> None:
    (found,) = task.classify(pooling, ["good " * 100])
    assert found.truncated and found.tokens == tiny.MAX_TOKENS


def test_progress_ends_at_the_number_of_texts(pooling: Bundle) -> None:
    told: list[tuple[int, int]] = []
    task.classify(pooling, ["good"] * 150, progress=lambda done, total: told.append((done, total)))
    assert told == [(64, 150), (128, 150), (150, 150)]


def test_limits_hold_in_the_function(pooling: Bundle) -> None:
    with pytest.raises(TooLargeError):
        task.classify(pooling, ["a" * (limits.MAX_TEXT_CHARS + 1)])
    with pytest.raises(TooLargeError):
        task.classify(pooling, ["a"] * (limits.MAX_BATCH_TEXTS + 1))
    for explain in (task.saliency, task.pooling_evidence):
        with pytest.raises(InputError, match="empty"):
            explain(pooling, " ")


@pytest.mark.parametrize("name", ["pooling", "course"])
def test_saliency_is_the_answer_with_the_token_minus_without_it(bundles: Bundles, name: str) -> None:
    bundle, words = bundles.get(name), ["the", "Film", "is", "not", "good"]
    found = task.saliency(bundle, " ".join(words))
    assert [span.text for span in found.spans] == words and found.deltas.shape == (5, 2)
    (whole,) = task.classify(bundle, [" ".join(words)])
    assert found.probabilities == pytest.approx(list(whole.scores.values()), abs=1e-6)
    for number in range(len(words)):
        (without,) = task.classify(bundle, [" ".join(words[:number] + words[number + 1 :])])
        difference = found.probabilities - np.array(list(without.scores.values()))
        assert found.deltas[number] == pytest.approx(difference, abs=1e-6)
    assert found.deltas.sum(axis=1) == pytest.approx(np.zeros(5), abs=1e-12)


def test_saliency_of_a_single_word_compares_with_no_word(pooling: Bundle) -> None:
    assert task.saliency(pooling, "good").deltas.shape == (1, 2)


def test_saliency_has_a_limit(pooling: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_OCCLUSION_TOKENS", 3)
    with pytest.raises(InputError, match="the text has 4 tokens; at most 3 can be left out one by one"):
        task.saliency(pooling, "the film is good")


@given(words=st.lists(st.sampled_from([*tiny.WORDS[2:], "unheard"]), min_size=1, max_size=60))
def test_pooling_evidence_is_complete(bundles: Bundles, words: list[str]) -> None:
    """What is shown adds up to the logits: bias + padding + evidence, and every feature is counted."""
    bundle, text = bundles.get("pooling"), " ".join(words)
    found = task.pooling_evidence(bundle, text)
    total = found.bias + found.padding + sum(item.contributions for item in found.evidence)
    assert found.completeness_error < 1e-5 and np.abs(total - found.logits).max() < 1e-5
    assert found.logits == pytest.approx(task.classify(bundle, [text])[0].logits, abs=1e-5)
    assert sum(item.features for item in found.evidence) == len(tiny.WINDOWS)
    assert found.variant == "fp32" and not found.padding.any()
    for item in found.evidence:
        assert item.text == text[item.start : item.end] and 1 <= len(item.text.split()) <= max(tiny.WINDOWS)
    strengths = [np.ptp(item.contributions) for item in found.evidence]
    assert strengths == sorted(strengths, reverse=True)


def test_a_window_that_reaches_into_the_padding_is_cut_to_its_words(pooling: Bundle) -> None:
    found = task.pooling_evidence(pooling, "good")
    assert [(item.text, item.features) for item in found.evidence] == [("good", 4)]


def test_the_course_is_the_answer_to_each_beginning_of_the_text(course: Bundle) -> None:
    words = ["the", "film", "is", "not", "good"]
    for head in tiny.HEADS:
        found = task.course(course, " ".join(words), head=head)
        assert [span.text for span in found.spans] == words and found.labels == tiny.HEADS[head]
        for number, row in enumerate(found.probabilities, 1):
            (beginning,) = task.classify(course, [" ".join(words[:number])], head=head)
            assert row == pytest.approx(list(beginning.scores.values()), abs=1e-5)


def test_an_explanation_that_a_model_has_not_is_refused(pooling: Bundle, course: Bundle) -> None:
    with pytest.raises(InputError, match="course does not pool over time"):
        task.pooling_evidence(course, "good")
    with pytest.raises(InputError, match="pooling does not read word by word"):
        task.course(pooling, "good")
