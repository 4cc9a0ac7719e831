"""The tab Sentence similarity without a browser: what it shows, in both languages, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest

from hub.bundle import Bundles
from hub.demos.similarity import bench, collapse, many, pair
from hub.demos.similarity.encoders import Encoders, lines_of, sentence_of
from hub.demos.similarity.samples import GRADED, LINES, PAIRS, PARAPHRASES, QUERIES, SENTENCES, VIEWED
from hub.demos.similarity.view import Field, View
from hub.errors import InputError, TooLargeError, UnknownModelError

LANGUAGES = ("en", "zh")


@pytest.fixture
def known(encoders: Bundles) -> Encoders:
    return Encoders(encoders)


@pytest.fixture
def views(known: Encoders) -> dict[str, View]:
    with gr.Blocks(), gr.Tabs():
        drawn = [module(known) for module in (pair.draw, many.draw_matrix, many.draw_search, collapse.draw, bench.draw)]
    return {view.slug: view for view in drawn}


def data(shown: Any) -> list[dict[str, Any]]:
    """The traces of a figure."""
    return json.loads(shown.plot)["data"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_sentences_are_many_and_all_different(language: str) -> None:
    assert len(set(SENTENCES[language])) == 60 and len(set(PARAPHRASES[language])) == 20  # type: ignore[index]
    assert len({(a, b) for a, b, _ in GRADED[language]}) == 30  # type: ignore[index]
    grades = [grade for *_, grade in GRADED[language]]  # type: ignore[index]
    assert min(grades) == 0 and max(grades) == 5 and len(set(grades)) > 5
    assert all(len(part[language]) > 3 for part in (PAIRS, LINES, QUERIES, VIEWED))  # type: ignore[index]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("speech", LANGUAGES)
@pytest.mark.parametrize("slug", ["pair", "matrix", "search", "collapse", "bench"])
def test_each_view_shows_its_beginning(views: dict[str, View], slug: str, speech: Any, language: Any) -> None:
    view = views[slug]
    outputs = view.show(view.start(speech, language), speech, language, None)
    assert len(outputs) == len(view.outputs) and all(output != "" for output in outputs[:1])
    assert "{" not in "".join(output for output in outputs if isinstance(output, str))


@pytest.mark.parametrize("slug", ["pair", "search", "bench"])
def test_each_example_is_shown(views: dict[str, View], slug: str) -> None:
    view = views[slug]
    assert view.examples is not None
    for place in range(len(view.examples.titles("zh", "zh"))):
        values = view.start("zh", "zh") | view.examples.values(place, "zh")
        assert view.show(values, "zh", "zh", None)


@pytest.mark.parametrize("slug", ["pair", "matrix", "search", "collapse", "bench"])
def test_an_address_brings_the_settings_back(views: dict[str, View], slug: str) -> None:
    view = views[slug]
    values = view.start("en", "en")
    changed = {"k": 3, "tau": 0.25, "first": "dropout", "rate1": 0.35, "seed": 7, "which": 2, "models": ["base"],
               "a": "a cat & a dog", "lines": "one\ntwo\nthree", "stretch": True}  # fmt: skip
    values |= {name: value for name, value in changed.items() if name in values}
    query = dict(part.split("=", 1) for part in view.link(values, "en").query.split("&"))
    from urllib.parse import unquote_plus

    given = {name: unquote_plus(text) for name, text in query.items()}
    assert view.read(given, "en", "en") == values


@pytest.mark.parametrize(
    ("slug", "field", "text"),
    [
        ("pair", "models", "nobody"), ("pair", "aligned", "base-zh"), ("search", "k", "0"), ("search", "k", "many"),
        ("bench", "tau", "7"), ("bench", "first", "attack"), ("bench", "seed", "nan"), ("collapse", "trained", "plain"),
    ],
)  # fmt: skip
def test_an_address_with_a_wrong_value_is_refused(views: dict[str, View], slug: str, field: str, text: str) -> None:
    with pytest.raises(InputError, match=field):
        views[slug].read({field: text}, "en", "en")


def test_encoders_are_offered_by_language_the_trained_ones_first(known: Encoders) -> None:
    assert [name for _, name in known.choices("en", "en")] == ["trained", "base", "plain"]
    assert [name for _, name in known.choices("zh", "en")] == ["trained-zh", "base-zh"]
    assert known.comparisons("en", "en") == [("Tiny base → Tiny trained", "trained")]
    assert [name for _, name in known.augmentable("en", "en")] == ["trained", "base"]
    with pytest.raises(UnknownModelError, match="was not made for this language"):
        known.checked("base", "zh", "en")


def test_the_cards_tell_collapse_by_unrelated_pairs(known: Encoders) -> None:
    shown = {name: pair.card_html(known, name, "the cat sleeps", "a dog", "en", "en") for name in ("base", "trained")}
    assert known.usual("base", "en").mean() > known.usual("trained", "en").mean()
    for name, text in shown.items():
        assert f"{known.usual(name, 'en').mean():.3f}" in text and "of unrelated pairs" in text


def test_the_alignment_has_the_tokens_of_both_sentences(views: dict[str, View]) -> None:
    view = views["pair"]
    values = view.start("en", "en") | {"a": "The cat sleeps", "b": "a dog"}
    _, plot, _ = view.show(values, "en", "en", None)
    (trace,) = data(plot)
    assert len(trace["z"]) == 3 and len(trace["z"][0]) == 2
    assert json.loads(plot.plot)["layout"]["yaxis"]["ticktext"] == ["The", "cat", "sleeps"]


def test_removing_frequent_tokens_changes_the_pictures(views: dict[str, View]) -> None:
    view = views["collapse"]
    before, after = (view.show(view.start("en", "en") | {"k": k}, "en", "en", None) for k in (0, 4))
    assert "Nothing is removed" in before[0] and "the  .  a  is" in after[0]
    assert data(before[1])[0]["x"] != data(after[1])[0]["x"]
    assert data(before[5]) == data(after[5])  # the whole course, whatever k is


def test_the_bench_shows_three_matrices_and_every_term(views: dict[str, View]) -> None:
    view = views["bench"]
    values = view.start("en", "en") | {"first": "none", "second": "token cutoff", "rate2": 1.0, "lines": "a cat\na dog"}
    facts, matrices, similarities, weights, terms, _ = view.show(values, "en", "en", None)
    plain, first, second = data(matrices)
    assert plain["z"] == first["z"] and [None] * 6 in second["z"]
    assert len(data(similarities)[0]["z"]) == 4
    assert sum(sum(trace["y"]) for trace in data(weights)) == pytest.approx(100, abs=0.01)
    assert terms.count("<tr>") == 5 and "NT-Xent" in facts
    one = view.show(values | {"lines": "a cat"}, "en", "en", None)  # a batch of one has no negatives
    assert "0.0000" in one[4]


def test_markup_in_a_sentence_stays_text(views: dict[str, View]) -> None:
    for slug, field in (("search", "lines"), ("matrix", "lines"), ("bench", "lines"), ("pair", "a")):
        view = views[slug]
        values = view.start("en", "en") | {field: "<img src=x onerror=alert(1)>\n<b>bold</b> & more"}
        shown = view.show(values, "en", "en", None)
        assert not any("<img" in str(getattr(output, "plot", output)) for output in shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_are_readable(language: Any) -> None:
    for text in (None, "", " \n", "\ud800"):
        with pytest.raises(InputError):
            sentence_of(text, language)
    with pytest.raises(TooLargeError, match="5,001"):
        sentence_of("a" * 5_001, language)
    with pytest.raises(TooLargeError, match="51"):
        lines_of("a\n" * 51, 50, language)
    with pytest.raises(InputError, match="2"):
        lines_of("a\n\n", 50, language, least=2)
    assert lines_of(" a \n\n b\r\n", 50, language) == ["a", "b"]


def test_a_view_without_a_choice_says_so(views: dict[str, View]) -> None:
    with pytest.raises(InputError, match="at least one encoder"):
        views["pair"].show(views["pair"].start("en", "en") | {"models": []}, "en", "en", None)
    with pytest.raises(InputError, match="embedding layer"):
        views["bench"].show(views["bench"].start("en", "en") | {"model": None}, "en", "en", None)


def test_the_bench_of_a_language_without_graphs_borrows_those_of_another(encoders: Bundles) -> None:
    english = Encoders(encoders)
    english.cards = [card for card in english.cards if "zh" not in card.languages]
    with gr.Blocks():
        view = bench.draw(english)
    start = view.start("zh", "zh")
    assert "guitar" in start["lines"]
    assert "英文" in view.show(start, "zh", "zh", None)[-1]
    assert view.show(view.start("en", "zh"), "en", "zh", None)[-1] == ""


def test_a_hub_without_a_base_compares_one_encoder(encoders: Bundles) -> None:
    alone = Encoders(encoders)
    alone.cards = [card for card in alone.cards if card.name == "plain"]
    assert alone.comparisons("en", "en") == [("Tiny plain", "plain")] and alone.line("plain") == ("plain",)
    outputs = collapse.show(alone, {"trained": "plain", "k": 0}, "en", "en")
    assert len(data(outputs[1])) == 1


def test_a_field_writes_what_it_reads() -> None:
    with gr.Blocks():
        field = Field(gr.Slider(0, 1, step=0.05), lambda *_: 0.5)
        assert field.read("x", field.write(0.15), "en", "en") == 0.15
