"""Training two networks: what is drawn and said, without a browser."""

from __future__ import annotations

import base64
import math
import re
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr
import numpy as np
import pytest

from hub.bundle import Bundle
from hub.demos.gradients.examples import PRESETS, Preset
from hub.demos.gradients.figures import (
    SIDES,
    colours_of,
    drawable,
    heat_figure,
    histogram_figure,
    loss_figure,
    norms_figure,
    number,
    ratio_figure,
)
from hub.demos.gradients.live import live_html, logarithms, norms_lines, outcome
from hub.demos.gradients.settings import OWN, SHARED, packed, unpacked
from hub.demos.gradients.strings import STRINGS
from hub.demos.gradients.train import CHARTS, Lab, Settings, configs_for, link_of
from hub.demos.gradients.words import download_html, program, slopes_html, table_html
from hub.errors import InputError
from hub.tasks import gradients as task
from hub.tasks import learnt
from hub.ui import pictures, share
from hub.ui.strings import Language
from hub.ui.turns import Turns


@pytest.fixture(scope="module")
def runs(gradient_lab: Bundle) -> list[task.Run]:
    made = []
    for settings in ({"depth": 12}, {"depth": 6, "activation": "relu", "initialisation": "he"}):
        run = task.Run(gradient_lab, task.config({**settings, "steps": 10, "width": 16}))
        while not run.finished:
            run.step()
        made.append(run)
    return made


def test_every_string_is_there_in_both_languages() -> None:
    for key, (english, chinese) in STRINGS.table.items():
        assert english and chinese, key
        assert set(re.findall(r"{(\w+)", english)) == set(re.findall(r"{(\w+)", chinese)), key
        assert re.search(r"[\u4e00-\u9fff]", chinese) or english == chinese or len(chinese) < 16, key


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_a_story_is_told_in_both_languages(preset: Preset) -> None:
    for english, chinese in (preset.name, preset.text, preset.look):
        assert english and (re.search(r"[\u4e00-\u9fff]", chinese) or preset.key == "relu")
    assert preset.text[0].count(". ") + preset.text[0].count("; ") >= 1  # two sentences


@pytest.fixture(scope="module", params=PRESETS, ids=lambda preset: preset.key)
def played(gradient_lab: Bundle, request: pytest.FixtureRequest) -> tuple[Preset, list[task.Run]]:
    """Every story, to its end."""
    runs = [task.Run(gradient_lab, config) for config in configs_for(request.param)]
    for _ in task.train(runs, 10):
        pass
    return request.param, runs


def promised(preset: Preset, a: task.Run, b: task.Run) -> bool:
    """Whether the story has shown what its text tells to look for, beside how its networks end."""
    first_a, first_b, last_a, last_b = a.history[0], b.history[0], a.history[-1], b.history[-1]
    share_a = last_a.gradient_norm[0] / last_a.gradient_norm[-1]
    share_b = last_b.gradient_norm[0] / last_b.gradient_norm[-1]
    if preset.key == "vanish":  # the line is straight, the theory lies on it, every digit is taken for the same one
        expected = task.theory(a.config)
        assert expected is not None
        straight = np.abs(np.diff(np.log(first_a.delta_norm)) + first_a.slope).max() < 0.6
        same = np.unique(learnt.look(a).probabilities.argmax(axis=1)).size == 1
        return straight and abs(first_a.slope / expected.slope - 1) < 0.05 and same and share_a < 1e-10
    if preset.key in ("relu", "norm"):
        return share_a < 1e-10 and share_b > 1e-3
    if preset.key == "residual":  # towards the input, the line never falls
        return share_a < 1e-5 and bool((np.diff(first_b.delta_norm) < 0).all())
    if preset.key == "explode":
        larger = (first_a.delta_norm[0] / first_a.delta_norm[-1]) ** 2
        return a.step_count <= 5 and 2**16 / 16 < larger < 2**16 * 16
    if preset.key == "start":
        return math.exp(first_a.slope) == pytest.approx(0.4, abs=0.03) and abs(first_b.slope) < 0.05
    if preset.key == "lstm":
        near_a_quarter = np.abs(learnt.look(a).probabilities - 0.25).max() < 0.15
        on_the_diagonal = (learnt.look(b).probabilities.argmax(axis=1) == np.arange(task.SYMBOLS)).all()
        return share_a < 1e-10 and share_b > 1e-2 and near_a_quarter and bool(on_the_diagonal)
    assert preset.key == "float32"
    return bool(last_a.delta_norm[0] == 0 < last_b.delta_norm[0]) and last_b.delta_norm[0] < 1e-40


def test_a_story_ends_as_it_promises(played: tuple[Preset, list[task.Run]]) -> None:
    preset, runs = played
    assert tuple(outcome(run, learnt.look(run)) for run in runs) == preset.ends
    assert promised(preset, *runs)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_story_ends_in_an_empty_picture(played: tuple[Preset, list[task.Run]], language: Language) -> None:
    _, runs = played
    shown = live_html(runs, [learnt.look(run) for run in runs], language, "done")
    assert shown.count("class=lamps") == shown.count("class=lab-learnt") == shown.count("class=lab-loss") == 2
    assert len(shown.encode()) < 30_000  # it is sent several times a second
    assert not re.search(r"\bnan\b|\{\w+\}", shown)
    lines = norms_lines(runs, language)
    for side in "AB":
        assert any(line.name.startswith(side) for line in lines)
    for line in lines:
        assert any(math.isfinite(value) for value in line.values), line.name
    colours = colours_of(runs)
    figures = [norms_figure(runs, language), loss_figure(runs, language), ratio_figure(runs, language)]
    figures += [heat_figure(run, colours, language) for run in runs]
    figures += [histogram_figure(run, language) for run in runs]
    assert len(figures) == len(CHARTS)
    for figure in figures:
        assert figure["data"] and pictures.sent(figure, "name").plot


def test_lines_are_what_was_measured(runs: list[task.Run]) -> None:
    lines = {line.name: line for line in norms_lines(runs, "en")}
    np.testing.assert_allclose(lines["A, step 10"].values, np.log10(runs[0].history[-1].delta_norm))
    assert lines["A, theory"].values[-1] == pytest.approx(lines["A, step 1"].values[-1])
    assert np.isnan(logarithms([0.0, math.inf, -1.0, math.nan])).all()


def test_the_line_is_what_was_measured_and_the_theory_lies_on_it(runs: list[task.Run]) -> None:
    figure = norms_figure(runs, "en")
    lines = {trace["name"]: trace for trace in figure["data"]}
    assert set(lines) == {f"{side}, {what}" for side in "AB" for what in ("step 10", "step 1", "theory")}
    np.testing.assert_allclose(lines["A, step 10"]["y"], runs[0].history[-1].delta_norm, rtol=1e-3)
    assert lines["A, theory"]["y"][-1] == pytest.approx(lines["A, step 1"]["y"][-1], rel=1e-3)
    assert figure["layout"]["yaxis"]["type"] == "log"


def table_of(heat: dict[str, Any]) -> np.ndarray:
    shape = [int(size) for size in heat["z"]["shape"].split(",")]
    return np.frombuffer(base64.b64decode(heat["z"]["bdata"]), np.float32).reshape(shape)


def test_the_heat_map_has_a_column_for_each_snapshot(runs: list[task.Run]) -> None:
    heat = heat_figure(runs[0], colours_of(runs), "en")["data"][0]
    table = table_of(heat)
    assert table.shape == (12, len(runs[0].history)) and heat["x"][-1] == 10
    np.testing.assert_allclose(table[0][-1], np.log10(runs[0].history[-1].gradient_norm[0]), rtol=1e-4)
    assert colours_of(runs)[0] <= table.min()


def test_figures_of_a_run_that_has_not_begun_are_empty_not_an_error(gradient_lab: Bundle) -> None:
    fresh = [task.Run(gradient_lab, task.config({"depth": 3})) for _ in range(2)]
    assert not norms_figure(fresh, "en")["data"]
    heat = heat_figure(fresh[0], colours_of(fresh), "en")
    for made in (loss_figure(fresh, "zh"), ratio_figure(fresh, "zh"), histogram_figure(fresh[0], "zh"), heat):
        assert pictures.sent(made, "name").plot
    assert "sigmoid" in live_html(fresh, [None, None], "zh")
    assert slopes_html(fresh, "zh") == table_html(fresh, "zh") == ""


def test_what_is_zero_or_infinite_leaves_a_gap() -> None:
    assert drawable(np.array([1.0, 0.0, np.inf, np.nan, 1e-200])) == [1.0, None, None, None, 1e-200]


def test_an_explosion_is_told(gradient_lab: Bundle) -> None:
    settings = {"activation": "relu", "depth": 30, "initialisation": "normal", "sigma": 0.4, "steps": 50}
    run = task.Run(gradient_lab, task.config(settings))
    while not run.finished:
        run.step()
    seen = learnt.look(run)
    assert seen.broken and outcome(run, seen) == "broken"
    for language, word in (("en", "Clip the gradient"), ("zh", "剪切梯度")):
        assert word in live_html([run, run], [seen, seen], language, "done")  # type: ignore[arg-type]
    for figure in (loss_figure([run, run], "en"), histogram_figure(run, "en")):
        assert pictures.sent(figure, "name").plot


def test_a_link_carries_every_setting() -> None:
    wanted = task.config({"depth": 77, "batch_norm": True, "sigma": 0.035, "clip": "norm", "precision": "float32"})
    text = packed(wanted, OWN)
    assert task.config(unpacked(text)) == wanted
    everything = {name: packed(wanted, OWN) for name in SIDES}
    assert len(share.encode(everything).query) < share.MAX_BYTES
    assert set(OWN) | set(SHARED) == set(task.Config.model_fields)


@pytest.mark.parametrize("text", ["depth", "depth:999", ":", "a:b", "depth:5,depth:6", "=" * 5000, "batch_norm:x"])
def test_a_broken_link_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError):
        task.config(unpacked(text))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.5, "0.5"), (0, "0"), (1e-19, "1.0 × 10⁻¹⁹"), (2.5e7, "2.5 × 10⁷"), (np.inf, "∞"), (np.nan, "NaN")],
)
def test_numbers_for_a_reader(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_graph_that_was_used_can_be_downloaded_with_its_program(gradient_lab: Bundle) -> None:
    config = task.config({"activation": "relu", "batch_norm": True, "precision": "float32"})
    shown = download_html(gradient_lab, [config, config], "en")
    assert "v1/models/gradient-lab/files/relu-norm.float32.onnx" in shown
    assert '"relu-norm.float32.onnx"' in program(gradient_lab, config)


def test_an_address_names_a_story_or_settings_of_ones_own() -> None:
    assert Settings().configs() == (configs_for(PRESETS[0]), PRESETS[0])
    lstm = next(preset for preset in PRESETS if preset.key == "lstm")
    assert Settings(preset="lstm").configs() == (configs_for(lstm), lstm)
    link = share.decode(dict(parse_qsl(link_of(configs_for(lstm), "lstm")))).values
    fields = {name: value for name, value in link.items() if name in Settings.model_fields}
    assert Settings(**fields).configs() == (configs_for(lstm), lstm)
    configs, story = Settings(**{**fields, "b": "depth:7"}).configs()
    assert story is None and configs[1].depth == 7
    with pytest.raises(InputError):
        Settings(a="depth:900").configs()


def test_while_a_story_runs_only_its_picture_is_sent(gradient_lab: Bundle) -> None:
    """Each output costs the page time: it must stay free for Pause."""
    lab = Lab(gradient_lab, Turns())
    configs = [config.model_copy(update={"steps": 40}) for config in configs_for(PRESETS[0])]
    first, *going, last, after = lab.go(configs, 0, gr.Request(session_hash="one"), None)
    assert going and isinstance(first[2], gr.Button) and first[2].interactive
    for frame in going:
        assert "lab running" in frame[0] and frame[1] == frame[2] == frame[4] == gr.skip()
    assert "lab done" in last[0] and last[2].interactive is False and after == list(lab.nothing)
