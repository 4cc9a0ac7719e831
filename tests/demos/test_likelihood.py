"""What the tab Likelihood shows, without a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from hub import errors
from hub.bundle import Bundle, Bundles
from hub.demos.likelihood import duel_answers as answers
from hub.demos.likelihood import ranges
from hub.demos.likelihood.classes import show_classes
from hub.demos.likelihood.common import rows_text, sentence
from hub.demos.likelihood.duel import Origin, Referee
from hub.demos.likelihood.examples import EXAMPLES, HUMPS, Example
from hub.demos.likelihood.growth import GROWTH, show_growth
from hub.demos.likelihood.language_model import SENTENCES, SHOWN_TOKENS, TEXTS, show_model
from hub.demos.likelihood.losses import LOSS_EXAMPLES, show_losses
from hub.demos.likelihood.product import show_product
from hub.demos.likelihood.strings import NOTES_ZH, STRINGS
from hub.demos.likelihood.sum_to_one import LABELS, show_sum
from hub.errors import HubError
from hub.tasks import likelihood as task
from hub.tasks.likelihood import two_ways
from hub.ui import pad, pictures

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def lab() -> Bundle:
    return Bundles(ROOT / "onnx").get("likelihood-lab", task.TASK)


@pytest.fixture(scope="module")
def fits(lab: Bundle) -> answers.Fits:
    return answers.Fits(lab)


def duel_of(lab: Bundle, example: Example, truth: bool = False) -> answers.Duel:
    hidden = task.hidden_truth(example.family, example.seed)
    given: Any = task.sample(example.family, hidden, example.n, example.seed) if example.n else example.data
    data = task.read_numbers(example.family, given)
    at = tuple(entry.start for entry in ranges.window(example.family, data, example.at).values())
    path = task.ascend(lab, example.family, data, at, example.method) if example.climb else None
    return answers.Duel(
        example.family, tuple(data.tolist()), at, example.method, path, tuple(hidden) if truth else None
    )


def figure(sent: Any) -> dict[str, Any]:
    made = json.loads(sent.plot)
    assert made["data"] and made["config"]["toImageButtonOptions"]["format"] == "svg"
    return made


def test_every_note_is_there_in_chinese() -> None:
    assert set(NOTES_ZH) == set(task.NOTES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title[0])
def test_every_example_is_drawn(lab: Bundle, fits: answers.Fits, example: Example, language: Any) -> None:
    duel = duel_of(lab, example, truth=bool(example.n))
    fit = fits.fit(duel.family, duel.data)
    for made in (answers.density_figure(lab, duel, fit, language), answers.surface_figure(fits, duel, fit, language)):
        names = [trace["name"] for trace in figure(pictures.sent(made, "x"))["data"]]
        assert STRINGS.say("you", language) in names
        assert (STRINGS.say("truth", language) in names) == bool(example.n)
    shown = answers.duel_html(lab, duel, fit, language)
    assert f"n = {len(duel.data)}" in shown and "Traceback" not in shown
    for note in fit.notes:
        assert sentence(STRINGS.say(f"note_{note}", language))[:20] in shown


def test_the_picture_holds_the_way_up_and_ends_at_the_estimate(lab: Bundle, fits: answers.Fits) -> None:
    example = next(example for example in EXAMPLES if example.method == "scoring" and example.family == "gaussian")
    duel = duel_of(lab, example)
    fit = fits.fit(duel.family, duel.data)
    made = answers.surface_figure(fits, duel, fit, "en")
    traces = {trace["name"].partition(",")[0]: trace for trace in made["data"]}
    path, best = traces["Fisher scoring"], traces["optimiser"]
    assert [path["x"][0], path["y"][0]] == [154.0, 16.0]
    assert [path["x"][-1], path["y"][-1]] == pytest.approx([best["x"][0], best["y"][0]], rel=1e-4)
    assert [best["x"][0], best["y"][0]] == pytest.approx(fit.values, rel=1e-6)
    contour = traces["ℓ"]
    depth = np.array(contour["z"], float)
    row, column = np.unravel_index(np.nanargmin(depth), depth.shape)
    assert contour["x"][column] == pytest.approx(fit.values[0], abs=1) and contour["y"][row] == pytest.approx(
        fit.values[1], abs=0.5
    )


def test_a_narrow_component_beats_the_optimiser_and_is_told(lab: Bundle, fits: answers.Fits) -> None:
    data = task.read_numbers("mixture", HUMPS)
    duel = answers.Duel("mixture", tuple(data.tolist()), (0.05, 4.0, 1e-12, 0.5, 2.0))
    assert "beaten the optimiser" in answers.duel_html(lab, duel, fits.fit(duel.family, duel.data), "en")


def test_an_impossible_point_is_told(lab: Bundle, fits: answers.Fits) -> None:
    duel = answers.Duel("bernoulli", (1.0, 0.0), (0.0,))
    shown = answers.duel_html(lab, duel, fits.fit("bernoulli", duel.data), "zh")
    assert "不可能出现" in shown
    answers.surface_figure(fits, duel, fits.fit("bernoulli", duel.data), "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_other_view_is_drawn(lab: Bundle, language: Any) -> None:
    model = show_model(lab, TEXTS[language], "words", 0.0, SENTENCES[language], language)
    assert len(figure(model[0])["data"][0]["z"]) <= SHOWN_TOKENS
    climb = figure(model[1])["data"][0]["y"]
    assert climb == sorted(climb)
    for which in range(len(GROWTH)):
        assert figure(show_growth(lab, which, 1, language)[0])["layout"]["xaxis"]["type"] == "log"
    product = show_product(lab, "coin", 0.01, 500, "", language)
    assert "23" in product[1] and "162" in product[1]
    assert show_product(lab, "text", 0.5, 500, TEXTS[language], language)[1]
    for _, kind, rows, sigma, penalty in LOSS_EXAMPLES:
        losses = show_losses(lab, kind, rows, sigma, penalty, language)
        likelihood, other = figure(losses[3])["data"]
        assert likelihood["y"] == pytest.approx(other["y"], rel=1e-6)
    rows = rows_text(two_ways.two_clouds("gaussian", 60, 3))
    assert len(figure(show_classes(lab, rows, language)[1])["data"]) == 6
    labels = LABELS[language]
    first = labels.split()[0]
    before, now, seen = figure(show_sum(lab, labels, [first], language)[0])["data"]
    assert sum(now["y"]) == pytest.approx(1, abs=1e-6) and now["y"][0] > before["y"][0]
    assert all(after < start for after, start in zip(now["y"][1:], before["y"][1:], strict=True))
    assert sum(seen["y"]) == pytest.approx(1)


def test_the_separated_classes_are_explained_and_the_penalty_cures_them(lab: Bundle) -> None:
    shown = [show_losses(lab, kind, rows, sigma, penalty, "en")[4]
             for _, kind, rows, sigma, penalty in LOSS_EXAMPLES[3:]]  # fmt: skip
    assert "There is no maximum" in shown[0] and "There is no maximum" not in shown[1]


def test_a_failure_speaks_the_language_of_the_page() -> None:
    with pytest.raises(HubError) as found:
        task.read_numbers("bernoulli", "0 2")
    assert errors.readable(found.value, "zh") == "第 2 个值是 2：伯努利样本只能是 0 或 1"


def test_text_of_a_visitor_never_becomes_markup(lab: Bundle) -> None:
    text = "<img src=x> <b>a</b> <img src=x> & b"
    model = show_model(lab, text, "characters", 0.5, "<img src=x> a", "en")
    assert "<img" not in "".join(part for part in model if isinstance(part, str))
    assert "<script" not in pad.strip([1.0], pad.Scale(0, 2, 1), (0, 2), [], "<script>", "")
    facts = show_sum(lab, "<img> b", ["<img>"], "en")[2]
    assert "<img>" not in facts


def test_all_values_lie_on_the_axis_and_have_room() -> None:
    for family in task.CURVES:
        for data in ([], [0.0], [1.0, 0.0], [1e6, 1e6 + 3], [-4e5, 3.0]):
            span = ranges.axis(family, data)
            assert span.low < span.high and span.step > 0
            if family in ("gaussian", "mixture") and data:
                assert span.low < min(data) and max(data) < span.high
            grid = ranges.support(family, span)
            assert span.low <= grid.min() and grid.max() <= span.high


@pytest.mark.parametrize("count", [1, 30, 900, 5_000])
def test_a_strip_of_any_number_of_values_can_be_read(count: int) -> None:
    for family in ("bernoulli", "poisson", "exponential", "gaussian"):
        data = task.sample(family, task.hidden_truth(family, 3), count, 3).tolist()
        shown = answers.strip_html(family, data, "en")
        heights = [float(found) for found in re.findall("cy='([^']+)'", shown)]
        assert 0 < len(heights) <= pad.PLACES * pad.ROWS and min(heights) > 20  # below the hint
        places = [float(found) for found in re.findall("cx='([^']+)%'", shown)]
        assert min(places) >= 0 and max(places) <= 100
        if family == "bernoulli" and count == 900:
            counts = [int(found.replace(",", "")) for found in re.findall("class=count[^>]*>([^<]+)<", shown)]
            assert counts == [data.count(0.0), data.count(1.0)]


def test_values_that_are_apart_stand_where_they_are() -> None:
    scale = pad.Scale(0, 100, 1)
    assert pad.piles([50, 10, 50, 90], scale) == [(10, 1), (50, 2), (90, 1)]


@pytest.mark.parametrize("family", task.CURVES)
def test_hidden_parameters_and_their_estimate_are_nowhere_until_they_are_revealed(lab: Bundle, family: str) -> None:
    """No component, figure or address holds them; no slider's range or start depends on the data."""
    referee = Referee(lab)
    starts = set()
    for seed in (3, 11):
        hidden = referee.settle(family, "", None, "", True, Origin(seed, 60), "en")
        figures_sent = [figure(part) for part in hidden if hasattr(part, "plot")]
        assert [names_of(made) for made in figures_sent] == [{"data", "you"}, {"you", "your tries"}]
        said = " ".join(part for part in hidden if isinstance(part, str))
        assert not re.search("truth|standard error|95 %|gradient says|behind|climb=1|reveal=1", said)
        reveal, climb = hidden[-2:]
        assert reveal.interactive and not climb.interactive
        starts.add(str([part.get_config() for part in hidden if isinstance(part, gr.Slider)]))
        truth = task.hidden_truth(family, seed)
        for name, value in zip(task.FAMILIES[family].parameters, truth, strict=True):
            window = ranges.guess_window(family)[name]
            assert window.low <= value <= window.high and window.start != value
    assert len(starts) == 1


def test_revealed_parameters_stand_beside_the_guess_and_the_estimate(lab: Bundle, fits: answers.Fits) -> None:
    referee = Referee(lab)
    origin = Origin(11, 25, revealed=True)
    shown = referee.settle("gaussian", "", (1.0, 2.0), "", False, origin, "en")
    assert {"you", "optimiser", "hidden truth"} <= names_of(figure(shown[-6])), "the second figure"
    said = shown[-5]
    data = origin.sample("gaussian")
    fit = fits.fit("gaussian", tuple(data.tolist()))
    for point in ((1.0, 2.0), fit.values, task.hidden_truth("gaussian", 11)):
        height = task.log_likelihoods(lab, "gaussian", np.array([point]), data)[0]
        assert said.count(f"{height:.6g}") >= 2  # on its card and in the table
    assert "The truth is not the top" in said and "reveal=1" in shown[-4]


def test_edited_data_are_no_longer_the_hidden_sample(lab: Bundle) -> None:
    referee = Referee(lab)
    origin = Origin(11, 25)
    duel, known = referee.standing("gaussian", "1 2 3", "gradient", origin, [0.0, 1.0, 0, 0, 0])
    assert not duel.hidden and not known.n


def test_a_guess_keeps_what_was_tried(lab: Bundle) -> None:
    origin = Origin(11, 25).went_on((0.0, 1.0)).went_on((1.0, 1.0)).went_on((0.0, 1.0))
    assert origin.tried == ((0.0, 1.0), (1.0, 1.0))
    given = " ".join(map(str, origin.sample("gaussian")))
    duel, _ = Referee(lab).standing("gaussian", given, "gradient", origin, [2.0, 1.5, 0, 0, 0])
    tries = next(trace for trace in answers.tries_figure(lab, duel, "en")["data"] if trace["name"] == "your tries")
    assert list(zip(tries["x"], tries["y"], strict=True)) == [(0.0, 1.0), (1.0, 1.0), (2.0, 1.5)]
    assert "Your best so far: μ = 2, σ = 1.5" in answers.guess_html(lab, duel, "en")


def test_a_discrete_model_is_drawn_where_its_values_are_and_nowhere_between(lab: Bundle, fits: answers.Fits) -> None:
    for example in EXAMPLES:
        if not task.FAMILIES[example.family].discrete:
            continue
        duel = duel_of(lab, example)
        drawn = answers.density_figure(lab, duel, fits.fit(duel.family, duel.data), "en")["data"]
        assert {trace["name"] for trace in drawn} == {"data", "you", "optimiser"}
        assert not any("lines" in trace.get("mode", "") for trace in drawn)
        if example.family == "bernoulli":
            assert all(trace["type"] == "bar" and len(trace["x"]) <= 2 for trace in drawn)


def names_of(made: dict[str, Any]) -> set[str]:
    return {trace["name"].partition(",")[0] for trace in made["data"]}
