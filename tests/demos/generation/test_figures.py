"""The pictures of the tab."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.bundle import Bundles
from hub.demos.generation import figures, words
from hub.service import Service
from hub.tasks import sampling as chances
from hub.tasks.few_shot import Chance
from hub.tasks.generate import Request
from hub.tasks.sampling import Sampling


@pytest.fixture
def service(made_writers: Path) -> Service:
    return Service(Bundles(made_writers))


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_the_distribution_is_the_one_that_is_drawn_from(service: Service, temperature: float) -> None:
    engine = service.engines.get(service.bundles.get("gpt2"))
    ids = tuple(engine.tokenizer.ids("The lamp was"))
    logits, sampling = engine.logits(Request("", ids=ids)), Sampling(temperature=temperature, top_k=3)
    shares = chances.settled(logits, ids, sampling)
    assert shares.sum() == pytest.approx(1) and (shares > 0).sum() == (3 if temperature else 1)
    figure = figures.distribution_figure(logits, ids, sampling, engine.tokenizer.text, "en")
    raw, after = (trace["x"] for trace in figure["data"])
    assert raw == sorted(raw, reverse=True) and after[3:] == [0] * (figures.BARS - 3)
    assert sum(after) == pytest.approx(100, abs=0.01)
    said = words.left_html(logits, ids, sampling, "en")
    assert "always the most probable" in said if not temperature else "3 of " in said


def test_the_chart_has_a_line_for_each_input_and_the_mean_of_all() -> None:
    found = [[Chance(0.1, 0.3, 0.5), Chance(0.3, 0.5, 0.7)], [Chance(1, 1, 1)] * 2]
    traces = figures.few_figure(["<b>", "x"], found, 2, "en")["data"]
    assert [trace["y"] for trace in traces] == [[10, 100], [30, 100], [20, 100], [60, 100], [50, 50]]
    assert "<b>" not in traces[0]["hovertemplate"]


def test_the_hint_picture_ends_in_the_mean_of_its_texts() -> None:
    data = figures.hint_figure(["a", "b"], [0.01, 0.04], [0.02, 0.32], "en")["data"]
    assert data[-2]["x"] == [1, 4, 2] and data[-1]["x"] == [2, 32, 8]
