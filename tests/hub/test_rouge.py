"""ROUGE, against the package rouge-score."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from hub.tasks.rouge import KINDS, best, rouge

WORDS = st.lists(st.sampled_from(["the", "cat", "sat", "on", "Mat", "7", "—"]), max_size=12).map(" ".join)


@given(WORDS, WORDS)
def test_the_scores_are_those_of_rouge_score(summary: str, reference: str) -> None:
    theirs = RougeScorer(list(KINDS), use_stemmer=False).score(reference, summary)
    assert rouge(summary, reference) == pytest.approx({kind: theirs[kind].fmeasure for kind in KINDS})


def test_chinese_is_scored_by_characters() -> None:
    assert rouge("疑是地上霜", "床前地上霜")["rouge1"] == pytest.approx(0.6)
    assert rouge("完全不同", "另起炉灶")["rougeL"] == 0


def test_the_best_reference_counts() -> None:
    assert best("a b c", ["x y", "a b c", "a"])["rougeL"] == 1
