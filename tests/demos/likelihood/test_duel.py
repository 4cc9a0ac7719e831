"""The view of the visitor against the optimiser, without a browser."""

from __future__ import annotations

import re
from typing import Any

import gradio as gr
import numpy as np
import pytest

from hub import errors
from hub.bundle import Bundle
from hub.demos.likelihood import answers, ranges
from hub.demos.likelihood.duel import (
    Origin,
    Settings,
    changes_of,
    climbed,
    moved,
    standing,
    value_added,
    view,
)
from hub.demos.likelihood.examples import HUMPS, RIDDLES, Riddle
from hub.demos.likelihood.strings import NOTES_ZH, STRINGS
from hub.demos.likelihood.words import sentence
from hub.errors import HubError, InputError
from hub.tasks import likelihood as task
from hub.ui import pad, pictures
from hub.ui.view import STAND, Scene, View
from tests.demos.likelihood.seen import figure, names_of, shown
from tests.visitor import fields

ENGLISH = Scene("en", "en")
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def fits(lab: Bundle) -> answers.Fits:
    return answers.Fits(lab)


@pytest.fixture(scope="module")
def guess(lab: Bundle) -> View:
    return view(lab)


def duel_of(lab: Bundle, example: Riddle, truth: bool = False) -> answers.Duel:
    hidden = task.hidden_truth(example.family, example.seed)
    given: Any = task.sample(example.family, hidden, example.n, example.seed) if example.n else example.data
    data = task.read_numbers(example.family, given)
    at = tuple(entry.start for entry in ranges.window(example.family, data, example.at).values())
    path = task.ascend(lab, example.family, data, at, example.method) if example.climb else None
    return answers.Duel(
        example.family, tuple(data.tolist()), at, example.method, path, tuple(hidden) if truth else None
    )


def test_every_note_is_there_in_chinese() -> None:
    assert set(NOTES_ZH) == set(task.NOTES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("example", RIDDLES, ids=lambda example: example.title[0])
def test_every_example_is_drawn(lab: Bundle, fits: answers.Fits, example: Riddle, language: Any) -> None:
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
    example = next(example for example in RIDDLES if example.method == "scoring" and example.family == "gaussian")
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


def test_a_failure_speaks_the_language_of_the_page() -> None:
    with pytest.raises(HubError) as found:
        task.read_numbers("bernoulli", "0 2")
    assert errors.readable(found.value, "zh") == "第 2 个值是 2：伯努利样本只能是 0 或 1"


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
def test_hidden_parameters_and_their_estimate_are_nowhere_until_they_are_revealed(guess: View, family: str) -> None:
    """No component, figure or address holds them; no slider's range or start depends on the data."""
    starts = set()
    for seed in (3, 11):
        seen = shown(guess, "en", family=family, data="", climb=True, seed=seed, n=60)
        assert names_of(figure(seen["density"])) == {"data", "you"}
        assert names_of(figure(seen["surface"])) == {"you", "your tries"}
        link = guess.link("likelihood", seen[STAND], ENGLISH, False).query
        said = " ".join(part for part in (link, *seen.values()) if isinstance(part, str))
        assert not re.search("truth|standard error|95 %|gradient says|behind|climb=1|reveal=1", said)
        assert seen["reveal_button"].interactive and not seen["climb_button"].interactive
        starts.add(str([part.get_config() for part in seen.values() if isinstance(part, gr.Slider)]))
        truth = task.hidden_truth(family, seed)
        for name, value in zip(task.FAMILIES[family].parameters, truth, strict=True):
            window = ranges.guess_window(family)[name]
            assert window.low <= value <= window.high and window.start != value
    assert len(starts) == 1


def test_revealed_parameters_stand_beside_the_guess_and_the_estimate(
    lab: Bundle, guess: View, fits: answers.Fits
) -> None:
    seen = shown(guess, "en", family="gaussian", at=(1.0, 2.0), seed=11, n=25, reveal=True, climb=False)
    assert {"you", "optimiser", "hidden truth"} <= names_of(figure(seen["surface"]))
    said = seen["words"]
    data = Origin(11, 25).sample("gaussian")
    fit = fits.fit("gaussian", tuple(data.tolist()))
    for point in ((1.0, 2.0), fit.values, task.hidden_truth("gaussian", 11)):
        height = task.log_likelihoods(lab, "gaussian", np.array([point]), data)[0]
        assert said.count(f"{height:.6g}") >= 2  # on its card and in the table
    assert "The truth is not the top" in said
    assert "reveal=1" in guess.link("likelihood", seen[STAND], ENGLISH, False).query


def test_edited_data_are_no_longer_the_hidden_sample() -> None:
    duel, origin = standing(Settings(family="gaussian", data="1 2 3", seed=11, n=25, p0=0.0, p1=1.0))
    assert not duel.hidden and not origin.n


def test_a_guess_keeps_what_was_tried(lab: Bundle) -> None:
    origin = Origin(11, 25).went_on((0.0, 1.0)).went_on((1.0, 1.0)).went_on((0.0, 1.0))
    assert origin.tried == ((0.0, 1.0), (1.0, 1.0))
    given = " ".join(map(str, origin.sample("gaussian")))
    duel, _ = standing(Settings(family="gaussian", data=given, seed=11, n=25, tried="0,1;1,1", p0=2.0, p1=1.5, p2=9.0))
    tries = next(trace for trace in answers.tries_figure(lab, duel, "en")["data"] if trace["name"] == "your tries")
    assert list(zip(tries["x"], tries["y"], strict=True)) == [(0.0, 1.0), (1.0, 1.0), (2.0, 1.5)]
    assert "Your best so far: μ = 2, σ = 1.5" in answers.guess_html(lab, duel, "en")


def test_a_slider_keeps_the_data_and_forgets_the_climb(lab: Bundle, guess: View) -> None:
    start = shown(guess, "en")[STAND]
    seen = moved(answers.Fits(lab), start.changed(p0=0.7), "en")
    assert "You stand at the top" in seen["words"] and "strip" not in seen
    link = fields(guess.link("likelihood", seen[STAND], ENGLISH, False).query)
    assert link["at"] == "0.7" and link["data"] == start.data and "climb" not in link


def test_the_climb_is_shown_step_by_step_and_stands_in_the_link(lab: Bundle, guess: View) -> None:
    start = shown(guess, "en", climb=False)[STAND]
    *steps, last = climbed(answers.Fits(lab), start, "en")
    assert len(steps) > 3 and all(step.keys() == {"surface"} for step in steps)
    assert fields(guess.link("likelihood", last[STAND], ENGLISH, False).query)["climb"] == "1"


@pytest.mark.parametrize("riddle", RIDDLES, ids=lambda riddle: riddle.title[0])
def test_a_link_of_what_an_example_shows_opens_the_same(guess: View, riddle: Riddle) -> None:
    stand = shown(guess, "en", **changes_of(riddle))[STAND]
    link = fields(guess.link("likelihood", stand, ENGLISH, False).query)
    assert ("data" in link) == (not riddle.n)
    again = shown(guess, "en", **guess.of_address(link, ENGLISH).values())[STAND]
    assert again.addressed() == stand.addressed()


def test_an_older_link_names_neither_the_view_nor_what_is_not_so(guess: View) -> None:
    opened = guess.of_address({"family": "gaussian", "data": "1 2 3"}, ENGLISH)
    assert (opened.family, opened.data, opened.climb, opened.n) == ("gaussian", "1 2 3", False, 0)
    assert guess.of_address({}, ENGLISH).climb


@pytest.mark.parametrize(
    "address", [{"family": "cauchy"}, {"at": "x"}, {"n": "many"}, {"seed": "-1"}, {"method": "luck"}], ids=str
)
def test_an_address_that_is_none_is_refused(guess: View, address: dict[str, str]) -> None:
    with pytest.raises(InputError):
        guess.of_address(address, ENGLISH)


def test_clicks_on_the_strip_are_values(guess: View) -> None:
    event = gr.EventData(None, {"points": [[0.0, 0.5], [1.0, 0.5]]})
    changes = value_added(guess.beginning(ENGLISH), event)
    assert changes["data"] == f"{RIDDLES[0].data} 0 1" and not changes["n"]


def test_a_discrete_model_is_drawn_where_its_values_are_and_nowhere_between(lab: Bundle, fits: answers.Fits) -> None:
    for example in RIDDLES:
        if not task.FAMILIES[example.family].discrete:
            continue
        duel = duel_of(lab, example)
        drawn = answers.density_figure(lab, duel, fits.fit(duel.family, duel.data), "en")["data"]
        assert {trace["name"] for trace in drawn} == {"data", "you", "optimiser"}
        assert not any("lines" in trace.get("mode", "") for trace in drawn)
        if example.family == "bernoulli":
            assert all(trace["type"] == "bar" and len(trace["x"]) <= 2 for trace in drawn)
