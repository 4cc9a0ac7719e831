"""The tab Sentence similarity without a browser: what it shows, in both languages, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import gradio as gr
import numpy as np
import pytest

from hub.bundle import Bundles
from hub.card import Card, Metric
from hub.demos import models
from hub.demos.similarity import bench, collapse, many, pair
from hub.demos.similarity.encoders import Encoders, lines_of, sentence_of
from hub.demos.similarity.measured import Course, measurements
from hub.demos.similarity.samples import GRADED, LINES, PAIRS, PARAPHRASES, QUERIES, SENTENCES, VIEWED
from hub.demos.similarity.strings import STRINGS
from hub.demos.similarity.view import Field, View
from hub.errors import InputError, TooLargeError, UnknownModelError
from hub.tasks import augment
from hub.ui import share
from hub.ui import similarity_figures as figures

LANGUAGES = ("en", "zh")
ROOT = Path(__file__).parents[2]


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
    assert opened(view, view.link(values, "en", "en").query) == values


def opened(view: View, query: str) -> dict[str, Any]:
    """The settings of a query."""
    return view.read({name: unquote_plus(text) for name, text in (part.split("=", 1) for part in query.split("&"))},
                     "en", "en")  # fmt: skip


@pytest.mark.parametrize("slug", ["matrix", "search", "bench"])
def test_the_link_carries_only_what_was_changed_in_the_lines(views: dict[str, View], slug: str) -> None:
    view = views[slug]
    start = view.start("en", "en")
    link = view.link(start, "en", "en")
    assert "lines" not in link.query and link.note("en") == "" and opened(view, link.query) == start
    lines = start["lines"].split("\n")
    for changed in (
        [*lines, "One more & a last one."], lines[1:], ["First.", *lines[2:]], lines[::-1], ["~1,2", "+plus", ""],
    ):  # fmt: skip
        values = start | {"lines": "\n".join(changed)}
        link = view.link(values, "en", "en")
        assert opened(view, link.query) == values and not link.shortened
    assert len(view.link(start | {"lines": "\n".join([*lines, "One more."])}, "en", "en").query) < 400
    assert opened(view, "lines=one%0Atwo")["lines"] == "one\ntwo"  # as links had it before


def test_a_link_of_too_many_lines_says_how_many_it_has(views: dict[str, View]) -> None:
    view = views["search"]
    lines = [f"line number {number} of a long text" for number in range(200)]
    link = view.link(view.start("en", "en") | {"lines": "\n".join(lines)}, "en", "en")
    kept = opened(view, link.query)["lines"].split("\n")
    assert len(link.query) <= share.MAX_BYTES and kept == lines[: len(kept)] and len(kept) > 20
    assert f"first {len(kept)} of your 200 lines" in link.note("en")


def test_edits_of_other_lines_are_refused(views: dict[str, View]) -> None:
    view = views["search"]
    link = view.link(view.start("en", "en") | {"lines": view.start("en", "en")["lines"] + "\nmore"}, "en", "en")
    edits = unquote_plus(link.query.partition("lines_edits=")[2].partition("&")[0])
    for broken in (
        "00000000" + edits[8:],
        edits[:8] + "\n~70,80",
        edits[:8] + "\n~4,2",
        edits[:8] + "\nx",
        "~",
        edits[:8] + "\n=60",
    ):
        with pytest.raises(InputError, match="lines_edits"):
            view.read({"lines_edits": broken}, "en", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("speech", LANGUAGES)
def test_nothing_warns_before_the_first_act(views: dict[str, View], speech: Any, language: Any) -> None:
    for view in views.values():
        start = view.start(speech, language)
        outputs = [output for output in view.show(start, speech, language, None) if isinstance(output, str)]
        assert not any("warn" in output for output in outputs)
        assert view.link(start, speech, language).note(language) == ""


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


def test_the_best_encoder_stands_first_in_each_view(known: Encoders, views: dict[str, View]) -> None:
    def with_figures(card: Card, **tests: float) -> Card:
        metrics = [
            Metric(dataset=dataset, split="test", metric="spearman", value=value, variant=card.default_variant)
            for dataset, value in tests.items()
        ]
        return card.model_copy(update={"metrics": tuple(metrics)})

    # "plain" is the best on the one set that all have; what only the others were tested on says nothing of it.
    figures = {"base": {"sts": 0.4, "easy": 0.99}, "trained": {"sts": 0.6, "easy": 0.9}, "plain": {"sts": 0.8}}
    known.cards = [with_figures(card, **figures.get(card.name, {})) for card in known.cards]
    assert [name for _, name in known.choices("en", "en")] == ["plain", "trained", "base"]
    assert views["pair"].start("en", "en")["models"] == ["plain", "trained", "base"]
    assert views["pair"].start("en", "en")["aligned"] == "plain"
    assert {views[slug].start("en", "en")["model"] for slug in ("matrix", "search")} == {"plain"}
    chosen = views["pair"].start("en", "en") | {"models": ["base", "plain"]}
    cards = views["pair"].show(chosen, "en", "en", None)[0]
    assert cards.index("Tiny plain") < cards.index("Tiny base")  # in whatever order they were clicked


def test_encoders_are_offered_by_language_the_trained_ones_first(known: Encoders) -> None:
    assert [name for _, name in known.choices("en", "en")] == ["trained", "base", "plain"]
    assert [name for _, name in known.choices("zh", "en")] == ["trained-zh", "base-zh"]
    assert known.comparisons("en", "en") == [("Tiny base → Tiny trained", "trained")]
    assert [name for _, name in known.augmentable("en", "en")] == ["trained", "base"]
    with pytest.raises(UnknownModelError, match="was not made for this language"):
        known.checked("base", "zh", "en")


def test_the_cards_tell_collapse_by_unrelated_pairs(known: Encoders) -> None:
    assert known.usual("base", "en").mean() > known.usual("trained", "en").mean()
    for name in ("base", "trained"):
        found = pair.answer(known, name, "the cat sleeps", "a dog", "en", "en")
        text = pair.card_html(known, found, name, "", "en")
        assert f"{known.usual(name, 'en').mean():.3f}" in text and "of unrelated pairs" in text
        assert f"{known.alike(name, 'en').mean():.3f}" in text and "told" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("speech", LANGUAGES)
def test_an_example_says_what_is_right_and_counts_who_sees_it(known: Encoders, speech: Any, language: Any) -> None:
    names = [name for _, name in known.choices(speech, language)]
    for example in PAIRS[speech]:
        values = {"a": example.a, "b": example.b, "models": names, "aligned": names[0]}
        cards, *_ = pair.show(known, values, speech, language)
        found = [pair.answer(known, name, example.a, example.b, speech, language) for name in names]
        right = sum(one.agrees(example.says) for one in found)
        assert cards.count("told right") == right and cards.count("told wrong") == len(names) - right
        lesson = cards[: cards.index("<div class=cards>")]
        assert "lesson" in lesson and str(len(names) - right if example.says != "same" else right) in lesson
    typed, *_ = pair.show(known, values | {"a": "a cat", "b": "a dog"}, speech, language)
    assert "lesson" not in typed and "told" not in typed  # of what a visitor types nothing is known


def test_a_high_cosine_is_wrong_where_a_sentence_only_looks_the_same() -> None:
    def found(cosine: float) -> pair.Found:
        return pair.Found("any", cosine, np.linspace(0, 0.5, 100), np.array([0.6, 0.8]), 1.0)

    assert not found(0.99).agrees("other") and found(0.65).agrees("other")
    assert found(0.6).agrees("same") and not found(0.3).agrees("same")
    assert found(0.3).agrees("unrelated") and not found(0.6).agrees("unrelated")


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
    assert "Nothing is removed" in before[1] and "<span>the</span>" in before[1]  # what can be removed is listed
    assert "<del>the</del>" in after[1] and "<del>is</del>" in after[1] and "<span>的</span>" in after[1]
    names = [output.elem_id for output in view.outputs]
    cosines, course = names.index("collapse-cosines"), names.index("collapse-removal")
    assert data(before[cosines])[0]["x"] != data(after[cosines])[0]["x"]
    assert data(before[course]) == data(after[course])  # the whole course, whatever k is


def test_the_cone_is_seen_before_and_after(known: Encoders, views: dict[str, View]) -> None:
    view = views["collapse"]
    shown = dict(zip([output.elem_id for output in view.outputs], view.show(view.start("en", "en"), "en", "en", None),
                     strict=True))  # fmt: skip
    angles = []
    for name, slug in (("base", "before"), ("trained", "after")):
        angle = known.sample(name, "en").space(()).cone.angles.mean()
        (dots,) = (trace for trace in data(shown[f"collapse-{slug}"]) if trace["mode"] == "markers")
        assert len(dots["x"]) == 60 and f"{angle:.0f}°" in dots["name"]
        assert np.hypot(dots["x"], dots["y"]).max() <= 1.001  # on the sphere
        angles.append(angle)
    assert angles[0] < angles[1]


@pytest.mark.parametrize(
    ("cosines", "against", "said"),
    [
        ((0.7, 0.5), 0.8, "they are part of the cone"), ((0.1, 0.3), -0.8, "it rises"),
        ((0.3, 0.301), 0.3, "hardly a change"), ((0.1, 0.3), 0.8, "(their mean state"),
    ],
)  # fmt: skip
def test_what_the_removal_does_is_said_as_it_is(
    known: Encoders, cosines: tuple[float, float], against: float, said: str
) -> None:
    space = known.sample("base", "en").space(())
    removal = collapse.task.Removal((0, 5), cosines, (0.4, 0.5))
    course = Course(sha256="0", spearman=(0.4, 0.5, 0.5, 0.5, 0.5, 0.55), low=(0.0,) * 6, high=(1.0,) * 6)
    side = collapse.Side("One", "#000000", space, (0.4, 0.1, 0.6), removal, against, course)
    told = collapse.removal_html([side], 0, "en")
    assert said in told and f"{cosines[0]:.3f} → {cosines[1]:.3f}" in told and "0.400 → 0.550" in told


def test_the_measured_file_is_of_the_encoders_that_are_here() -> None:
    bundles = Bundles(ROOT / "onnx")
    here = Encoders(bundles)
    for language in LANGUAGES:
        test = measurements().sets[language]  # type: ignore[index]
        for card in here.of(language):  # type: ignore[arg-type]
            course = test.of(bundles.get(card.name))
            assert course, f"{card.name} has changed: python -m bench removal"
            assert len(course.spearman) == len(here.frequent(card.name)) + 1
            sts = ("stsb_zh" if language == "zh" else "stsb", "test", "spearman", card.default_variant)
            figure = next(
                metric.value for metric in card.metrics
                if (metric.dataset, metric.split, metric.metric, metric.variant) == sts
            )  # fmt: skip
            assert course.spearman[0] == pytest.approx(figure, abs=0.005)


def test_no_number_on_a_heat_map_is_hard_to_read() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    trace = figures.heat(np.eye(12), 0, 1, "", None)
    ink = luminance(trace["textfont"]["color"])
    for _, colour in trace["colorscale"]:  # between two colours the contrast lies between theirs
        assert (luminance(colour) + 0.05) / (ink + 0.05) > 4.5
    assert trace["text"][0][:2] == ["1", ".00"] and figures.heat(np.eye(3), 0, 1, "", None)["text"][0][0] == "1.00"
    assert "text" not in figures.heat(np.eye(13), 0, 1, "", None)


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


def test_the_titles_of_the_bench_are_true_of_the_encoder_that_is_here() -> None:
    here = Encoders(Bundles(ROOT / "onnx"))
    (name,) = {name for _, name in here.augmentable("en", "en")}

    def contrast(values: dict[str, Any]) -> augment.Contrast:
        asked = [augment.Augmentation(values[f"{side}"], values[f"rate{place}"])
                 for place, side in enumerate(("first", "second"), 1)]  # fmt: skip
        made = augment.views(here.get(name), VIEWED["en"], *asked, seed=0)
        return augment.contrast(made.first.vectors, made.second.vectors, values["tau"])

    best, equal, harsh, cold, warm = (contrast(values) for _, values in bench.EXAMPLES)
    assert best.found == len(best.losses) and best.loss > 0.05  # not trivial: there are near-duplicates
    assert np.diag(equal.similarities, len(VIEWED["en"])) == pytest.approx(1, abs=1e-5)
    assert harsh.found < len(harsh.losses) and harsh.loss > 4 * best.loss
    assert cold.push[0].max() > 0.9
    assert warm.push[0].max() < 0.3 and warm.push[0][warm.push[0] > 0].min() > 0.08


def test_markup_in_a_sentence_stays_text(views: dict[str, View]) -> None:
    for slug, field in (("search", "lines"), ("matrix", "lines"), ("bench", "lines"), ("pair", "a")):
        view = views[slug]
        values = view.start("en", "en") | {field: "<img src=x onerror=alert(1)>\n<b>bold</b> & more"}
        shown = view.show(values, "en", "en", None)
        assert not any("<img" in str(getattr(output, "plot", output)) for output in shown)


def test_hints_name_what_is_on_the_page() -> None:
    table = STRINGS.table
    for place, tab in enumerate(models.STRINGS.table["title"]):
        assert f"“{tab}”" in table["collapse_note"][place]
    assert "token matrix" in table["aligned"][0] and "词元" in table["aligned"][1]
    assert all("token matrix" in table[key][0] for key in ("lesson_roles", "lesson_opposite"))
    rank = table["rank_effective"][0].split(" (")[0]
    assert rank in table["spectrum_look"][0] and "有效秩" in table["spectrum_look"][1]
    scale = table["pair_look"][0]
    assert f"{len(PARAPHRASES['en'])} pairs" in scale and f"{len(SENTENCES['en'])} unrelated" in scale


def test_refusals_name_both_figures() -> None:
    for text in (None, "", " \n", "\ud800"):
        with pytest.raises(InputError):
            sentence_of(text)
    with pytest.raises(TooLargeError, match="5,001"):
        sentence_of("a" * 5_001)
    with pytest.raises(TooLargeError, match="51"):
        lines_of("a\n" * 51, 50)
    with pytest.raises(InputError, match="2"):
        lines_of("a\n\n", 50, least=2)
    assert lines_of(" a \n\n b\r\n", 50) == ["a", "b"]


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
    assert len(data(outputs[5])) == 1


def test_a_field_writes_what_it_reads() -> None:
    with gr.Blocks():
        field = Field(gr.Slider(0, 1, step=0.05), lambda *_: 0.5)
        assert field.read("x", field.write(0.15), "en", "en") == 0.15
