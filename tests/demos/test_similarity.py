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
from hub.demos.similarity import bench, collapse, figures, matrix, pair, search, tab
from hub.demos.similarity.encoders import Encoders, lines_of, sentence_of
from hub.demos.similarity.examples import (
    GRADED,
    LINES,
    PAIRS,
    PARAPHRASES,
    QUERIES,
    SENTENCES,
    VIEWED,
    VIEWS,
    Views,
)
from hub.demos.similarity.measured import Course, measurements
from hub.demos.similarity.strings import STRINGS
from hub.errors import InputError, TooLargeError, UnknownModelError
from hub.service import Service
from hub.tasks import augment
from hub.ui import share
from hub.ui.context import Context
from hub.ui.guard import Guarded
from hub.ui.settings import Link
from hub.ui.strings import Language
from hub.ui.view import Kit, Scene, View
from tests.visitor import Visitor, fields

LANGUAGES = ("en", "zh")
ENGLISH = Scene("en", "en")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def known(encoders: Bundles) -> Encoders:
    return Encoders(encoders)


@pytest.fixture
def views(known: Encoders) -> dict[str, View]:
    return {part.__name__.rpartition(".")[2]: part.view(known) for part in (pair, matrix, search, collapse, bench)}


def shown(view: View, speech: Language, language: Language, **values: Any) -> dict[str, Any]:
    """What a view shows of its beginning, with other values."""
    return dict(view.show(view.beginning(Scene(language, speech)).changed(**values), language))  # type: ignore[arg-type]


def data(figure: Any) -> list[dict[str, Any]]:
    """The traces of a figure."""
    return json.loads(figure.plot)["data"]


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
    outputs = shown(views[slug], speech, language)
    with gr.Blocks():
        kit = Kit(STRINGS, views[slug], Scene("en", "en"))
        views[slug].draw(kit)
    assert outputs.keys() == kit.outputs.keys()
    assert "{" not in "".join(output for output in outputs.values() if isinstance(output, str))


@pytest.mark.parametrize("slug", ["pair", "search", "bench"])
def test_each_example_is_shown(views: dict[str, View], slug: str) -> None:
    view = views[slug]
    assert view.examples is not None
    for example in view.examples(Scene("zh", "zh")):
        assert shown(view, "zh", "zh", **example.changes(view.beginning(Scene("zh", "zh"))))


@pytest.mark.parametrize("slug", ["pair", "matrix", "search", "collapse", "bench"])
def test_an_address_brings_the_settings_back(views: dict[str, View], slug: str) -> None:
    view = views[slug]
    start = view.beginning(ENGLISH)
    changed = {"k": 3, "tau": 0.25, "first": "dropout", "rate1": 0.35, "seed": 7, "which": 2, "models": ("base",),
               "a": "a cat & a dog", "lines": "one\ntwo\nthree", "stretch": True}  # fmt: skip
    values = start.changed(**{name: value for name, value in changed.items() if hasattr(start, name)})
    assert opened(view, linked(view, values).query) == values


def linked(view: View, values: Any) -> Link:
    """The address of some settings."""
    return view.link("similarity", values, ENGLISH, True)


def opened(view: View, query: str) -> Any:
    """The settings of a query."""
    return view.of_address(fields(query), ENGLISH)


@pytest.mark.parametrize("slug", ["matrix", "search", "bench"])
def test_the_link_carries_only_what_was_changed_in_the_lines(views: dict[str, View], slug: str) -> None:
    view = views[slug]
    start = view.beginning(ENGLISH)
    link = linked(view, start)
    assert "lines" not in link.query and link.note("en") == "" and opened(view, link.query) == start
    lines = start.lines.split("\n")
    for changed in (
        [*lines, "One more & a last one."], lines[1:], ["First.", *lines[2:]], lines[::-1], ["~1,2", "+plus", ""],
    ):  # fmt: skip
        values = start.changed(lines="\n".join(changed))
        link = linked(view, values)
        assert opened(view, link.query) == values and not link.shortened
    assert len(linked(view, start.changed(lines="\n".join([*lines, "One more."]))).query) < 400
    assert opened(view, "lines=one%0Atwo").lines == "one\ntwo"  # as links had it before


def test_a_link_of_too_many_lines_says_how_many_it_has(views: dict[str, View]) -> None:
    view = views["search"]
    lines = [f"line number {number} of a long text" for number in range(200)]
    link = linked(view, view.beginning(ENGLISH).changed(lines="\n".join(lines)))
    kept = opened(view, link.query).lines.split("\n")
    assert len(link.query) <= share.MAX_BYTES and kept == lines[: len(kept)] and len(kept) > 20
    assert f"first {len(kept)} of your 200 lines" in link.note("en")


def test_edits_of_other_lines_are_refused(views: dict[str, View]) -> None:
    view = views["search"]
    start = view.beginning(ENGLISH)
    link = linked(view, start.changed(lines=f"{start.lines}\nmore"))
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
            view.of_address({"lines_edits": broken}, ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("speech", LANGUAGES)
def test_nothing_warns_before_the_first_act(views: dict[str, View], speech: Any, language: Any) -> None:
    for view in views.values():
        outputs = [output for output in shown(view, speech, language).values() if isinstance(output, str)]
        assert not any("warn" in output for output in outputs)
        scene = Scene(language, speech)
        assert view.link("similarity", view.beginning(scene), scene, True).note(language) == ""


@pytest.mark.parametrize(
    ("slug", "field", "text"),
    [
        ("pair", "models", "nobody"), ("pair", "aligned", "base-zh"), ("search", "k", "0"), ("search", "k", "many"),
        ("bench", "tau", "7"), ("bench", "first", "attack"), ("bench", "seed", "nan"), ("collapse", "trained", "plain"),
    ],
)  # fmt: skip
def test_an_address_with_a_wrong_value_is_refused(views: dict[str, View], slug: str, field: str, text: str) -> None:
    with pytest.raises(InputError, match=field):
        views[slug].of_address({field: text}, ENGLISH)


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
    start = views["pair"].beginning(ENGLISH)
    assert (start.models, start.aligned) == (("plain", "trained", "base"), "plain")  # type: ignore[attr-defined]
    assert {views[slug].beginning(ENGLISH).model for slug in ("matrix", "search")} == {"plain"}  # type: ignore[attr-defined]
    cards = shown(views["pair"], "en", "en", models=("base", "plain"))["cards"]
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
        settings = pair.Settings(a=example.a, b=example.b, models=tuple(names), aligned=names[0], speech=speech)
        cards = pair.show(known, settings, language)["cards"]
        found = [pair.answer(known, name, example.a, example.b, speech, language) for name in names]
        right = sum(one.agrees(example.says) for one in found)
        assert cards.count("told right") == right and cards.count("told wrong") == len(names) - right
        lesson = cards[: cards.index("<div class=cards>")]
        assert "lesson" in lesson and str(len(names) - right if example.says != "same" else right) in lesson
    typed = pair.show(known, settings.changed(a="a cat", b="a dog"), language)["cards"]
    assert "lesson" not in typed and "told" not in typed  # of what a visitor types nothing is known


def test_a_high_cosine_is_wrong_where_a_sentence_only_looks_the_same() -> None:
    def found(cosine: float) -> pair.Found:
        return pair.Found("any", cosine, np.linspace(0, 0.5, 100), np.array([0.6, 0.8]), 1.0)

    assert not found(0.99).agrees("other") and found(0.65).agrees("other")
    assert found(0.6).agrees("same") and not found(0.3).agrees("same")
    assert found(0.3).agrees("unrelated") and not found(0.6).agrees("unrelated")


def test_the_alignment_has_the_tokens_of_both_sentences(views: dict[str, View]) -> None:
    view = views["pair"]
    plot = shown(view, "en", "en", a="The cat sleeps", b="a dog")["plot"]
    (trace,) = data(plot)
    assert len(trace["z"]) == 3 and len(trace["z"][0]) == 2
    assert json.loads(plot.plot)["layout"]["yaxis"]["ticktext"] == ["The", "cat", "sleeps"]


def test_removing_frequent_tokens_changes_the_pictures(views: dict[str, View]) -> None:
    before, after = (shown(views["collapse"], "en", "en", k=k) for k in (0, 4))
    assert "Nothing is removed" in before["tokens"] and "<span>the</span>" in before["tokens"]  # what can be removed
    assert "<del>the</del>" in after["tokens"] and "<del>is</del>" in after["tokens"]
    assert "<span>的</span>" in after["tokens"]
    assert data(before["cosines"])[0]["x"] != data(after["cosines"])[0]["x"]
    assert data(before["removal"]) == data(after["removal"])  # the whole course, whatever k is


def test_the_cone_is_seen_before_and_after(known: Encoders, views: dict[str, View]) -> None:
    outputs = shown(views["collapse"], "en", "en")
    angles = []
    for name, place in (("base", "before"), ("trained", "after")):
        angle = known.sample(name, "en").space(()).cone.angles.mean()
        (dots,) = (trace for trace in data(outputs[place]) if trace["mode"] == "markers")
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
    values: dict[str, Any] = {"first": "none", "second": "token cutoff", "rate2": 1.0}
    outputs = shown(views["bench"], "en", "en", lines="a cat\na dog", **values)
    plain, first, second = data(outputs["matrices"])
    assert plain["z"] == first["z"] and [None] * 6 in second["z"]
    assert len(data(outputs["similarities"])[0]["z"]) == 4
    assert sum(sum(trace["y"]) for trace in data(outputs["weights"])) == pytest.approx(100, abs=0.01)
    assert outputs["terms"].count("<tr>") == 5 and "NT-Xent" in outputs["facts"]
    alone = shown(views["bench"], "en", "en", lines="a cat", **values)  # a batch of one has no negatives
    assert "0.0000" in alone["terms"]


def test_the_titles_of_the_bench_are_true_of_the_encoder_that_is_here() -> None:
    here = Encoders(Bundles(ROOT / "onnx"))
    (name,) = {name for _, name in here.augmentable("en", "en")}

    def contrast(example: Views) -> augment.Contrast:
        kinds = augment.Augmentation(example.first, example.rate1), augment.Augmentation(example.second, example.rate2)
        views = augment.views(here.get(name), VIEWED["en"], *kinds, seed=0)
        return augment.contrast(views.first.vectors, views.second.vectors, example.tau)

    best, equal, harsh, cold, warm = map(contrast, VIEWS)
    assert best.found == len(best.losses) and best.loss > 0.05  # not trivial: there are near-duplicates
    assert np.diag(equal.similarities, len(VIEWED["en"])) == pytest.approx(1, abs=1e-5)
    assert harsh.found < len(harsh.losses) and harsh.loss > 4 * best.loss
    assert cold.push[0].max() > 0.9
    assert warm.push[0].max() < 0.3 and warm.push[0][warm.push[0] > 0].min() > 0.08


def test_markup_in_a_sentence_stays_text(views: dict[str, View]) -> None:
    for slug, field in (("search", "lines"), ("matrix", "lines"), ("bench", "lines"), ("pair", "a")):
        outputs = shown(views[slug], "en", "en", **{field: "<img src=x onerror=alert(1)>\n<b>bold</b> & more"})
        assert not any("<img" in str(getattr(output, "plot", output)) for output in outputs.values())


def test_hints_name_what_is_on_the_page() -> None:
    table = STRINGS.table
    for place, title in enumerate(models.STRINGS.table["title"]):
        assert f"“{title}”" in table["collapse_note"][place]
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
        shown(views["pair"], "en", "en", models=())
    with pytest.raises(InputError, match="embedding layer"):
        shown(views["bench"], "en", "en", model=None)


def test_the_bench_of_a_language_without_graphs_borrows_those_of_another(encoders: Bundles) -> None:
    english = Encoders(encoders)
    english.cards = [card for card in english.cards if "zh" not in card.languages]
    view = bench.view(english)
    assert "guitar" in view.beginning(Scene("zh", "zh")).lines  # type: ignore[attr-defined]
    assert "英文" in shown(view, "zh", "zh")["note"]
    assert shown(view, "en", "zh")["note"] == ""


def test_a_hub_without_a_base_compares_one_encoder(encoders: Bundles) -> None:
    alone = Encoders(encoders)
    alone.cards = [card for card in alone.cards if card.name == "plain"]
    assert alone.comparisons("en", "en") == [("Tiny plain", "plain")] and alone.line("plain") == ("plain",)
    assert len(data(collapse.show(alone, collapse.Settings(trained="plain"), "en")["cosines"])) == 1


# --- the tab on the page ----------------------------------------------------------------------------------------------


@pytest.fixture
def page(encoders: Bundles) -> gr.Blocks:
    """A page with this tab alone."""
    with Guarded() as blocks, gr.Tabs(), gr.Tab(id="similarity", elem_id="tab-similarity") as part:
        tab(Service(encoders)).draw(Context(Service(encoders), blocks, part))
    return blocks


def test_opening_the_page_draws_the_view_that_is_looked_at_and_no_other(page: gr.Blocks) -> None:
    visitor = Visitor(page).open("tab=similarity&view=search&k=3&query=a+dog")
    assert len(visitor.calls) == 1 and not visitor.errors
    assert visitor.of("search-hits") and not visitor.of("similarity-cards")
    assert (visitor.of("search-query"), visitor.of("search-k")) == ("a dog", 3)
    visitor.look("similarity", "pair")
    assert visitor.of("similarity-cards") and visitor.of("similarity-a") == PAIRS["en"][0].a
    visitor.put("search-query", "the rain").look("similarity", "search")  # a second look finds it as it was left
    assert "query=the+rain" in visitor.link


def test_another_tab_costs_this_one_nothing(page: gr.Blocks) -> None:
    visitor = Visitor(page).open("tab=classification")
    assert visitor.calls == []
    assert visitor.look("similarity").of("similarity-cards")


def test_a_link_that_cannot_be_used_is_told_and_the_beginning_is_shown(page: gr.Blocks) -> None:
    visitor = Visitor(page, "zh").open("v=1&tab=similarity&view=search&k=900&speech=en")
    assert "是 900" in visitor.of("similarity-notice") and visitor.of("search-k") == 10
    assert visitor.of("search-hits") and visitor.of("similarity-speech") == "en"
    assert "（7）" in Visitor(page, "zh").open("v=7&tab=similarity").of("similarity-notice")


def test_another_language_of_the_sentences_begins_anew_in_each_view(page: gr.Blocks) -> None:
    visitor = Visitor(page).open("tab=similarity").look("similarity", "matrix").look("similarity", "pair")
    visitor.put("similarity-speech", "zh")
    assert visitor.of("similarity-a") == PAIRS["zh"][0].a and visitor.of("similarity-models") == [
        "trained-zh",
        "base-zh",
    ]
    assert visitor.of("matrix-lines") == "\n".join(LINES["en"])  # until it is looked at
    assert visitor.look("similarity", "matrix").of("matrix-lines") == "\n".join(LINES["zh"])
    titles = [[one.title[0]] for one in PAIRS["zh"]]
    assert visitor.of("similarity-examples", "samples") == titles


def test_one_visitor_waits_for_no_other(page: gr.Blocks) -> None:
    """No event of the tab has a single slot for everybody; what one visitor does is not seen by another."""
    own = [fn for fn in page.fns.values() if fn.fn is not None]
    assert own and all(fn.concurrency_limit == "default" for fn in own)
    first, second = Visitor(page).open("tab=similarity"), Visitor(page).open("tab=similarity")
    first.example("similarity-examples", 1)
    second.example("similarity-examples", 2)
    assert first.of("similarity-a") == PAIRS["en"][1].a and second.of("similarity-a") == PAIRS["en"][2].a
