"""The pure functions of the gradient tab: what is drawn and said, without a browser."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hub.bundle import Bundle
from hub.demos.gradients.chain import chain_figure, chain_html
from hub.demos.gradients.pictures import (
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
from hub.demos.gradients.stories import PRESETS, Preset
from hub.demos.gradients.strings import STRINGS
from hub.demos.gradients.train import OWN, SHARED, packed, unpacked
from hub.demos.gradients.words import download_html, program, status_html, table_html
from hub.tasks import gradients as task
from hub.ui import share


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
def test_a_story_can_be_run_and_is_told_in_both_languages(preset: Preset) -> None:
    for own in (preset.a, preset.b):
        assert task.config({**preset.shared, **own}).steps
    for english, chinese in (preset.name, preset.text, preset.look):
        assert english and (re.search(r"[\u4e00-\u9fff]", chinese) or preset.key == "relu")
    assert preset.text[0].count(". ") + preset.text[0].count("; ") >= 1  # two sentences


def test_the_line_is_what_was_measured_and_the_theory_lies_on_it(runs: list[task.Run]) -> None:
    figure = norms_figure(runs, "en")
    lines = {trace.name: trace for trace in figure.data}
    assert set(lines) == {f"{side}, {what}" for side in "AB" for what in ("step 10", "step 1", "theory")}
    np.testing.assert_allclose(lines["A, step 10"].y, runs[0].history[-1].delta_norm, rtol=1e-3)
    assert lines["A, theory"].y[-1] == pytest.approx(lines["A, step 1"].y[-1], rel=1e-3)
    assert figure.layout.yaxis.type == "log"


def test_the_heat_map_has_a_column_for_each_snapshot(runs: list[task.Run]) -> None:
    figure = heat_figure(runs[0], colours_of(runs), "en")
    heat = figure.data[0]
    assert np.asarray(heat.z).shape == (12, len(runs[0].history)) and list(heat.x)[-1] == 10
    np.testing.assert_allclose(heat.z[0][-1], np.log10(runs[0].history[-1].gradient_norm[0]), rtol=1e-4)
    assert colours_of(runs)[0] <= np.asarray(heat.z).min()


def test_figures_of_a_run_that_has_not_begun_are_empty_not_an_error(gradient_lab: Bundle) -> None:
    fresh = [task.Run(gradient_lab, task.config({"depth": 3})) for _ in range(2)]
    assert not norms_figure(fresh, "en").data
    for made in (loss_figure(fresh, "zh"), ratio_figure(fresh, "zh"), histogram_figure(fresh[0], "zh")):
        assert made.to_json()
    assert heat_figure(fresh[0], colours_of(fresh), "en").to_json()
    assert "sigmoid" in status_html(fresh, "zh") and table_html(fresh, "zh") == ""


def test_what_is_zero_or_infinite_leaves_a_gap() -> None:
    assert drawable(np.array([1.0, 0.0, np.inf, np.nan, 1e-200])) == [1.0, None, None, None, 1e-200]


def test_an_explosion_is_told(gradient_lab: Bundle) -> None:
    settings = {"activation": "relu", "depth": 30, "initialisation": "normal", "sigma": 0.4, "steps": 50}
    run = task.Run(gradient_lab, task.config(settings))
    while not run.finished:
        run.step()
    for language, word in (("en", "Clip the gradient"), ("zh", "剪切梯度")):
        assert word in status_html([run, run], language)  # type: ignore[arg-type]
    assert loss_figure([run, run], "en").to_json() and histogram_figure(run, "en").to_json()


def test_a_link_carries_every_setting() -> None:
    wanted = task.config({"depth": 77, "batch_norm": True, "sigma": 0.035, "clip": "norm", "precision": "float32"})
    text = packed(wanted, OWN)
    assert task.config(unpacked(text)) == wanted
    everything = {name: packed(wanted, OWN) for name in SIDES}
    assert len(share.encode(everything).query) < share.MAX_BYTES
    assert set(OWN) | set(SHARED) == set(task.Config.model_fields)


@pytest.mark.parametrize("text", ["depth", "depth:999", ":", "a:b", "depth:5,depth:6", "=" * 5000, "batch_norm:x"])
def test_a_broken_link_is_refused_in_words(text: str) -> None:
    try:
        task.config(unpacked(text))
    except task.InputError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.5, "0.5"), (0, "0"), (1e-19, "1.0 × 10⁻¹⁹"), (2.5e7, "2.5 × 10⁷"), (np.inf, "∞"), (np.nan, "NaN")],
)
def test_numbers_for_a_reader(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_chain_is_told_with_its_bound(gradient_lab: Bundle, language: str) -> None:
    found = task.chain(gradient_lab, "sigmoid", 10, 1.0)
    figure = chain_figure(found, language)  # type: ignore[arg-type]
    assert len(figure.data) == 3
    np.testing.assert_allclose(figure.data[1].y, np.abs(found.gradient), rtol=1e-3)
    assert "0.25" in chain_html(found, 1.0, language)  # type: ignore[arg-type]
    large = task.chain(gradient_lab, "relu", 10, 2.0)
    assert STRINGS.say("chain_large", language)[:6] in chain_html(large, 2.0, language)  # type: ignore[arg-type]


def test_the_graph_that_was_used_can_be_downloaded_with_its_program(gradient_lab: Bundle) -> None:
    config = task.config({"activation": "relu", "batch_norm": True, "precision": "float32"})
    shown = download_html(gradient_lab, [config, config], "en")
    assert "v1/models/gradient-lab/files/relu-norm.float32.onnx" in shown
    assert '"relu-norm.float32.onnx"' in program(gradient_lab, config)
