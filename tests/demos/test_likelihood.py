"""What the tab Likelihood shows, without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub.bundle import Bundle, Bundles
from hub.demos.likelihood import duel as demo
from hub.demos.likelihood.classes import show_classes
from hub.demos.likelihood.common import rows_text, sentence, told
from hub.demos.likelihood.growth import GROWTH, show_growth
from hub.demos.likelihood.language_model import SENTENCES, SHOWN_TOKENS, TEXTS, show_model
from hub.demos.likelihood.losses import LOSS_EXAMPLES, show_losses
from hub.demos.likelihood.product import show_product
from hub.demos.likelihood.strings import ERRORS_ZH, NOTES_ZH, STRINGS
from hub.demos.likelihood.sum_to_one import LABELS, show_sum
from hub.errors import HubError
from hub.tasks import likelihood as task
from hub.tasks import likelihood_experiments as experiments
from hub.ui import pad, pictures

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def lab() -> Bundle:
    return Bundles(ROOT / "onnx").get("likelihood-lab", task.TASK)


@pytest.fixture(scope="module")
def fits(lab: Bundle) -> demo.Fits:
    return demo.Fits(lab)


def duel_of(lab: Bundle, example: demo.Example, truth: bool = False) -> demo.Duel:
    hidden = task.hidden_truth(example.family, example.seed)
    given: Any = task.sample(example.family, hidden, example.n, example.seed) if example.n else example.data
    data = task.read_numbers(example.family, given)
    at = tuple(entry.start for entry in task.window(example.family, data, example.at).values())
    path = task.ascend(lab, example.family, data, at, example.method) if example.climb else None
    return demo.Duel(example.family, tuple(data.tolist()), at, example.method, path, tuple(hidden) if truth else None)


def figure(sent: Any) -> dict[str, Any]:
    made = json.loads(sent.plot)
    assert made["data"] and made["config"]["toImageButtonOptions"]["format"] == "svg"
    return made


def test_every_message_and_note_is_there_in_chinese() -> None:
    assert set(ERRORS_ZH) == set(task.MESSAGES)
    assert set(NOTES_ZH) == set(task.NOTES)
    for code, english in task.MESSAGES.items():
        names = {part.split("}")[0] for part in ERRORS_ZH[code].split("{")[1:]}
        assert names <= {part.split("}")[0] for part in english.split("{")[1:]}, code


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("example", demo.EXAMPLES, ids=lambda example: example.title[0])
def test_every_example_is_drawn(lab: Bundle, fits: demo.Fits, example: demo.Example, language: Any) -> None:
    duel = duel_of(lab, example, truth=bool(example.n))
    fit = fits.fit(duel.family, duel.data)
    for made in (demo.density_figure(lab, duel, fit, language), demo.surface_figure(fits, duel, fit, language)):
        names = [trace["name"] for trace in figure(pictures.sent(made, "x"))["data"]]
        assert STRINGS.say("you", language) in names
        assert (STRINGS.say("truth", language) in names) == bool(example.n)
    shown = demo.duel_html(lab, duel, fit, language)
    assert f"n = {len(duel.data)}" in shown and "Traceback" not in shown
    for note in fit.notes:
        assert sentence(STRINGS.say(f"note_{note}", language))[:20] in shown


def test_the_picture_holds_the_way_up_and_ends_at_the_estimate(lab: Bundle, fits: demo.Fits) -> None:
    example = next(example for example in demo.EXAMPLES if example.method == "scoring" and example.family == "gaussian")
    duel = duel_of(lab, example)
    fit = fits.fit(duel.family, duel.data)
    made = demo.surface_figure(fits, duel, fit, "en")
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


def test_a_narrow_component_beats_the_optimiser_and_is_told(lab: Bundle, fits: demo.Fits) -> None:
    data = task.read_numbers("mixture", demo.HUMPS)
    duel = demo.Duel("mixture", tuple(data.tolist()), (0.05, 4.0, 1e-12, 0.5, 2.0))
    assert "beaten the optimiser" in demo.duel_html(lab, duel, fits.fit(duel.family, duel.data), "en")


def test_an_impossible_point_is_told(lab: Bundle, fits: demo.Fits) -> None:
    duel = demo.Duel("bernoulli", (1.0, 0.0), (0.0,))
    shown = demo.duel_html(lab, duel, fits.fit("bernoulli", duel.data), "zh")
    assert "不可能出现" in shown
    demo.surface_figure(fits, duel, fits.fit("bernoulli", duel.data), "zh")


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
    rows = rows_text(experiments.two_clouds("gaussian", 60, 3))
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
    assert str(told(found.value, "zh")) == "第 2 个值是 2：伯努利样本只能是 0 或 1"
    assert str(told(found.value, "en")) == str(found.value)


def test_text_of_a_visitor_never_becomes_markup(lab: Bundle) -> None:
    text = "<img src=x> <b>a</b> <img src=x> & b"
    model = show_model(lab, text, "characters", 0.5, "<img src=x> a", "en")
    assert "<img" not in "".join(part for part in model if isinstance(part, str))
    assert "<script" not in pad.strip([1.0], pad.Scale(0, 2, 1), "<script>")
    facts = show_sum(lab, "<img> b", ["<img>"], "en")[2]
    assert "<img>" not in facts


def test_all_values_lie_on_the_pad() -> None:
    for family in task.CURVES:
        for data in ([], [0.0], [1.0, 0.0], [1e6, 1e6 + 3], [-4e5, 3.0]):
            low, high, step = task.drawing(family, data)
            assert low < high and step > 0
            if family in ("gaussian", "mixture") and data:
                assert low <= min(data) and max(data) <= high
