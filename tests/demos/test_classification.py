"""What the tab shows, without a browser."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from hub import limits
from hub.bundle import Bundle
from hub.demos import DEMOS
from hub.demos.classification import answers, many, runs, why
from hub.demos.classification.examples import EXAMPLES
from hub.errors import InputError, TooLargeError
from hub.tasks import classify as task


def test_every_string_is_there_in_both_languages() -> None:
    for demo in DEMOS:
        for key, pair in demo.strings.table.items():
            assert len(pair) == 2 and all(pair), key


def test_there_are_examples_in_both_languages_with_what_to_notice() -> None:
    for language in ("en", "zh"):
        found = [example for example in EXAMPLES if example.language == language]
        assert len(found) >= 6
        assert all(example.text and all(example.note) for example in found)
        assert all(runs.script_of(example.text) == language for example in found)


@pytest.mark.parametrize(
    ("text", "language"),
    [("A fine film", "en"), ("这部电影很好看", "zh"), ("iPhone 手机很好用", "zh"), ("", "en"), ("123", "en")],
)
def test_the_script_suggests_the_language(text: str, language: str) -> None:
    assert runs.script_of(text) == language


def test_text_of_a_visitor_never_becomes_markup(pooling: Bundle) -> None:
    text = "<img src=x onerror=alert(1)> good & 'bad' \"film\""
    panel = why.explained(pooling, text, "", "", "positive", "en")
    assert "<img" not in panel.above and "&lt;" in panel.above


def test_a_run_has_its_time_variant_and_provider(pooling: Bundle) -> None:
    run = runs.run_model(pooling, "a good film", "", "", "en")
    assert run.prediction and run.latency_ms > 0
    shown = answers.compared([run], "en")
    for part in ("ms", "int8", "CPU", run.prediction.label):
        assert part in shown


def test_the_rows_of_the_ngrams_add_up(pooling: Bundle) -> None:
    found = task.pooling_evidence(pooling, "the film is very good and a story")
    shown = why.pooling_html(found, pooling.card, "positive", "en")
    total = sum(item.contributions for item in found.evidence) + found.padding + found.bias
    assert np.allclose(total, found.logits, atol=1e-5)
    assert shown.count(f"{total[1]:+.3f}") >= 2  # the sum, and the graph's own logit


def test_a_recurrent_model_is_drawn_word_by_word(course: Bundle) -> None:
    panel = why.explained(course, "a good film", "topic", "", "", "zh")
    assert len(panel.figure.data) == 3
    assert list(panel.figure.data[0].customdata) == ["a", "good", "film"]
    assert "good" in panel.below  # the same values, as a table


def test_head_and_variant_fall_back_to_what_the_card_has(course: Bundle) -> None:
    assert runs.head_for(course.card, "nobody") == "sentiment"
    assert runs.variant_for(course.card, "nobody") == "int8"


def test_a_broken_model_says_why_and_leaves_the_rest(folder: Path) -> None:
    from hub.bundle import Bundles

    bundles = Bundles(folder)
    broken, works = bundles.get("course"), bundles.get("pooling")
    path = broken.folder / "model_quantized.onnx"
    path.write_bytes(bytes(path.stat().st_size))
    answered = [runs.run_model(bundle, "good", "", "", "en") for bundle in (broken, works)]
    assert answered[0].prediction is None and "disabled" in answered[0].failure
    assert answered[1].prediction
    assert "disabled" in answers.compared(answered, "en")


@pytest.mark.parametrize("text", [None, "", "  \n "])
def test_an_empty_text_is_refused(text: str | None) -> None:
    with pytest.raises(InputError, match="空"):
        runs.checked(text, "zh")


def test_a_long_text_is_refused_with_both_figures() -> None:
    with pytest.raises(TooLargeError, match=r"5,001 .* 5,000"):
        runs.checked("x" * (limits.MAX_TEXT_CHARS + 1), "en")


def test_the_csv_file_has_every_score_and_no_formula(pooling: Bundle) -> None:
    texts = ["=1+1", "@SUM(A1)", "a good film, really"]
    _, rows, content = many.classify_lines(pooling, texts, "", "", "en", None)
    read = list(csv.DictReader(io.StringIO(content)))
    assert [row["text"] for row in read] == ["'=1+1", "'@SUM(A1)", "a good film, really"]
    assert [row["label"] for row in read] == [row[1] for row in rows]
    assert float(read[2]["negative"]) + float(read[2]["positive"]) == pytest.approx(1, abs=1e-5)


def test_models_that_know_the_labels_come_first(pooling: Bundle, course: Bundle) -> None:
    cards = [course.card, pooling.card]
    assert runs.fitting(cards, "en", frozenset({"positive"}))[0] == "pooling"
    assert runs.fitting(cards, "en", frozenset({"story"})) == ["course"]
    assert runs.fitting(cards, "zh", frozenset()) == []
