"""What the tab shows, without a browser."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
import time
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from hub.bundle import ROOT, Bundle, Bundles
from hub.demos import DEMOS
from hub.demos.classification import answers, many, one, picture, quality, tab, why
from hub.demos.classification.examples import EXAMPLES, PLACES, Example, note_of
from hub.demos.classification.strings import STRINGS
from hub.service import Service
from hub.tasks import classifiers
from hub.tasks import classify as task
from hub.tasks.classifiers import Classifiers
from hub.text import script_of
from hub.ui.context import Context
from hub.ui.guard import Guarded
from tests.visitor import Visitor, fields


@pytest.fixture(scope="module")
def committed() -> Classifiers:
    return Classifiers(Bundles(ROOT / "onnx"))


@pytest.fixture
def tiny(made_bundles: Path) -> Classifiers:
    return Classifiers(Bundles(made_bundles))


def test_every_string_is_there_in_both_languages() -> None:
    for demo in DEMOS:
        for key, pair in demo.strings.table.items():
            assert len(pair) == 2 and all(pair), key


def test_there_are_examples_in_both_languages_with_what_to_notice() -> None:
    for language in ("en", "zh"):
        found = [example for example in EXAMPLES if example.language == language]
        assert len(found) >= 6
        assert all(example.text and all(example.note) for example in found)
        assert all(script_of(example.text) == language for example in found)


@pytest.mark.parametrize(
    ("text", "language"),
    [("A fine film", "en"), ("这部电影很好看", "zh"), ("iPhone 手机很好用", "zh"), ("", "en"), ("123", "en")],
)
def test_the_script_suggests_the_language(text: str, language: str) -> None:
    assert script_of(text) == language


def test_text_of_a_visitor_never_becomes_markup(pooling: Bundle) -> None:
    text = "<img src=x onerror=alert(1)> good & 'bad' \"film\""
    panel = why.explained(pooling, text, "", "", "positive", "en")
    assert "<img" not in panel.above and "&lt;" in panel.above


def test_a_run_has_its_time_variant_and_provider(tiny: Classifiers) -> None:
    (run,) = tiny.ask(["pooling"], "a good film", "")
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
    assert classifiers.head_for(course.card, "nobody") == "sentiment"
    assert classifiers.variant_for(course.card, "nobody") == "int8"


def test_a_broken_model_says_why_and_leaves_the_rest(folder: Path) -> None:
    models = Classifiers(Bundles(folder))
    path = models.bundles.get("course").folder / "model_quantized.onnx"
    path.write_bytes(bytes(path.stat().st_size))
    answered = models.ask(["course", "pooling"], "good", "")
    assert answered[0].prediction is None and answered[0].failure
    assert answered[1].prediction
    assert "disabled" in answers.compared(answered, "en")


def test_the_csv_file_has_every_score_and_no_formula(pooling: Bundle) -> None:
    texts = ["=1+1", "@SUM(A1)", "a good film, really"]
    _, rows, content = many.classify_lines(pooling, texts, "", "", "en", None)
    read = list(csv.DictReader(io.StringIO(content)))
    assert [row["text"] for row in read] == ["'=1+1", "'@SUM(A1)", "a good film, really"]
    assert [row["label"] for row in read] == [row[1] for row in rows]
    assert float(read[2]["negative"]) + float(read[2]["positive"]) == pytest.approx(1, abs=1e-5)


def test_models_that_know_the_labels_come_first(pooling: Bundle, course: Bundle) -> None:
    cards = [course.card, pooling.card]
    assert classifiers.fitting(cards, "en", frozenset({"positive"}))[0] == "pooling"
    assert classifiers.fitting(cards, "en", frozenset({"story"})) == ["course"]
    assert classifiers.fitting(cards, "zh", frozenset()) == []


# --- the committed models: no example is empty, none promises what is not there


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.text[:30])
def test_an_example_is_answered_and_its_note_names_what_is_there(committed: Classifiers, example: Example) -> None:
    asked = one.Settings(**one.of_example(committed, example, one.Settings()))
    head = asked.head or ""
    answered = committed.ask(asked.models, asked.text, head)
    assert answered and all(run.prediction and run.prediction.known for run in answered)
    explained = next(run for run in answered if run.card.name == (asked.why or asked.models[0]))
    if example.explains:
        assert classifiers.explains(explained.card, example.explains)
    if example.split:
        assert len({run.prediction.label for run in answered if run.prediction}) > 1
    bundle = committed.bundles.get(explained.card.name)
    for language in ("en", "zh"):
        panel = why.explained(bundle, example.text, head, "", "", language).above
        note = note_of(example, language)
        for place in PLACES:
            if f"{{{place}}}" in example.note[language == "zh"]:
                name = STRINGS.say(place, language)
                assert name in note
                assert name in panel or place in ("why", "race")


def test_the_lines_of_every_example_are_classified_by_a_model_of_theirs(committed: Classifiers) -> None:
    items = many.items(committed)
    assert {item.dataset for item in items} == set(picture.scored(committed.cards))
    for item in items:
        chosen = many.of_item(committed, item)
        bundle = committed.bundles.get(chosen["model"])
        head = classifiers.head_for(bundle.card, chosen["head"] or "")
        assert set(bundle.card.heads[head]) == item.labels
        _, rows, content = many.classify_lines(bundle, list(item.lines), head, "", "en", None)
        assert len(rows) == many.SHOWN_LINES and len({row[1] for row in rows}) > 1
        assert len(content.splitlines()) == many.SHOWN_LINES + 1


def test_our_sentences_have_labels_that_the_cards_know(committed: Classifiers) -> None:
    for dataset, entries in picture.scored(committed.cards).items():
        known = quality.sentences_of(committed, dataset)
        assert known and len({text for text, _ in known}) == len(known)
        for entry in entries:
            assert {label for _, label in known} == set(entry.card.heads[entry.head])


def test_the_labels_of_a_model_mean_what_they_say(committed: Classifiers) -> None:
    """Two labels in the wrong order leave every figure of a card as it is, and turn every answer into its contrary."""
    for dataset, entries in picture.scored(committed.cards).items():
        known = quality.sentences_of(committed, dataset)
        for entry in entries:
            bundle = committed.bundles.get(entry.card.name)
            predictions = task.classify(bundle, [text for text, _ in known], head=entry.head)
            right = sum(one.label == label for one, (_, label) in zip(predictions, known, strict=True))
            assert right > len(known) / 2, f"{entry.card.name} {entry.head}: {right} of {len(known)}"


def test_the_picture_has_every_model_and_the_list_what_it_gets_wrong(committed: Classifiers) -> None:
    dataset = "trec"
    entries = picture.scored(committed.cards)[dataset]
    text = quality.typical(committed, dataset, "en")
    points = quality.timed(committed, entries, text)
    drawn = quality.picture_html(points, text, entries[0].card.name, "en")
    assert len(points) == len(entries) == drawn.count("<button type=button class='dot") and text in drawn
    assert drawn.count("class=ring") == sum(entry.published is not None for entry in entries)
    shown = quality.wrong_html(committed, entries[0], dataset, "en")
    known = quality.sentences_of(committed, dataset)
    bundle = committed.bundles.get(entries[0].card.name)
    found = task.classify(bundle, [sentence for sentence, _ in known], head=entries[0].head)
    for (sentence, right), prediction in zip(known, found, strict=True):
        assert (f">{sentence}</a></td>" in shown) == (prediction.label != right)
    assert "not the test set" in shown


# --- tiny models


def ask(models: Classifiers, text: str, head: str = "") -> list[classifiers.Run]:
    return models.ask(["pooling", "course"], text, head)


@pytest.mark.parametrize("head", ["sentiment", "topic"])
def test_the_line_above_counts_every_card(tiny: Classifiers, head: str) -> None:
    found = ask(tiny, "a good film", head)
    labels = {run.prediction.label for run in found if run.prediction}
    line = answers.verdicts(found, "en")
    assert ("Both models say" in line) if len(labels) == 1 else ("2 models" in line and line.count(" 1") == 2)


def test_a_text_of_unknown_words_gets_no_verdict(tiny: Classifiers) -> None:
    found = ask(tiny, "ℵℶℷ ⸻")
    shown = answers.compared(found, "en")
    assert shown.count("<div class=verdict>no known token</div>") == 2
    assert "No model knows any token" in shown and "2 of them unknown" in shown
    assert "of them unknown" not in answers.compared(ask(tiny, "a good film"), "en")


def test_the_time_is_warm_and_a_click_classifies_once(tiny: Classifiers, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = task.classify, []

    def cold(*given: object, **settings: object) -> object:
        calls.append(given)
        if len(calls) == 1:
            time.sleep(0.2)
        return real(*given, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(task, "classify", cold)
    assert tiny.ask(["pooling"], "a good film", "")[0].latency_ms < 200
    assert len(calls) == 2  # the first run of all is not the one that is timed
    assert tiny.ask(["pooling"], "a bad film", "")[0].prediction
    assert len(calls) == 3


def test_the_race_runs_in_proportion_to_the_times(tiny: Classifiers) -> None:
    slow, fast = (
        dataclasses.replace(run, latency_ms=ms) for run, ms in zip(ask(tiny, "a good film"), (20.0, 5.0), strict=True)
    )
    shown = answers.raced([slow, fast], 15, "en")
    assert re.findall(r"--run:([\d.]+)s", shown) == ["1.000", "4.000"]  # 200 times slower
    assert "200 times slower" in shown and "could answer 4 times" in shown
    assert shown.index("1. Tiny course") < shown.index("2. Tiny pooling")


@pytest.mark.parametrize(("count", "told"), [(1, "one more label"), (2, "2 more labels")])
def test_one_thing_is_not_called_many(count: int, told: str) -> None:
    assert told in STRINGS.count("more", "en", count)


# --- the tab on the page ----------------------------------------------------------------------------------------------


@pytest.fixture
def page(made_bundles: Path) -> gr.Blocks:
    """A page with this tab alone."""
    service = Service(Bundles(made_bundles))
    with Guarded() as blocks, gr.Tabs(), gr.Tab(id="classification", elem_id="tab-classification") as part:
        tab(service).draw(Context(service, blocks, part))
    return blocks


def test_a_click_asks_each_model_once(page: gr.Blocks, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(page).open()
    real, calls = task.classify, []

    def counted(bundle: Bundle, *given: object, **settings: object) -> object:
        calls.append(bundle.name)
        return real(bundle, *given, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(task, "classify", counted)
    visitor.put("text", "the story is good", "change").put("models", ["pooling", "course"]).click("run")
    assert sorted(calls) == ["course", "pooling"] and "Both models" in visitor.of("results")


def test_a_link_brings_back_the_text_and_what_is_explained(page: gr.Blocks) -> None:
    visitor = Visitor(page).open()
    visitor.put("text", "the story is poor", "change").put("models", ["course", "pooling"]).click("run")
    assert "label" not in fields(visitor.link)
    visitor.put("why-model", "pooling").put("target", "positive")
    again = Visitor(page).open(visitor.link)
    for name in ("text", "models", "why-model", "target", "why"):
        assert again.of(name) == visitor.of(name)
    assert not visitor.errors and not again.errors
    assert "label" not in fields(again.click("run").link)  # a new answer is explained by its own label


def test_what_a_link_names_and_is_not_here_is_left_out_and_told(page: gr.Blocks) -> None:
    visitor = Visitor(page).open("v=1&text=a+good+film&models=nobody,course&head=topic&variant=fp64")
    assert "nobody, fp64" in visitor.of("classification-notice")
    assert visitor.of("models") == ["course"] and visitor.of("head") == "topic" and visitor.of("results")


def test_typing_replaces_no_answer(page: gr.Blocks) -> None:
    visitor = Visitor(page).open()
    visitor.put("text", "the film is fine", "change").click("run")
    link, shown = visitor.link, visitor.of("results")
    visitor.put("text", "the film is fine and", "change")
    assert (visitor.link, visitor.of("results")) == (link, shown)


def test_an_error_stands_in_the_place_of_many_answers(page: gr.Blocks) -> None:
    visitor = Visitor(page, "zh").open("tab=classification").look("classification", "many")
    visitor.put("lines", "a good film\na bad one", "change").click("run-many")
    assert len(visitor.of("many-table")["data"]) == 2 and visitor.of("download", "interactive")
    visitor.put("lines", "", "change").click("run-many")
    assert "还没有文本" in visitor.of("many-summary") and not visitor.of("download", "interactive")
    assert visitor.of("many-table", "visible") is False and not visitor.errors


def test_a_dot_of_the_picture_shows_what_its_model_gets_wrong() -> None:
    service = Service()
    with Guarded() as blocks, gr.Tabs(), gr.Tab(id="classification", elem_id="tab-classification") as part:
        tab(service).draw(Context(service, blocks, part))
    visitor = Visitor(blocks).open("tab=classification&view=figures&data=trec")
    best = visitor.of("figure-model")
    visitor.click("quality", model="textrnn-uniform" if best != "textrnn-uniform" else "textcnn-trec")
    assert visitor.of("figure-model") != best and fields(visitor.link)["model"] == visitor.of("figure-model")
    assert "of our" in visitor.of("quality-wrong") and visitor.of("figure-table")
    assert Visitor(blocks).open(visitor.link).of("quality-wrong") == visitor.of("quality-wrong")


def test_what_is_typed_before_the_first_answer_of_a_view_stays(page: gr.Blocks) -> None:
    visitor = Visitor(page).open("tab=classification")
    written: list[str] = []
    place = visitor._place
    visitor._place = lambda outputs, frame: (  # type: ignore[method-assign]
        written.extend(
            block.elem_id for block, value in zip(outputs, frame, strict=True)
            if not (isinstance(value, dict) and set(value) == {"__type__"})
        ),
        place(outputs, frame),
    )[1]  # fmt: skip
    visitor.look("classification", "many")
    assert "many-summary" in written and "lines" not in written
