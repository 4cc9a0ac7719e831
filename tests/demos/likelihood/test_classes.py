"""Two classes, without a browser."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from hub.bundle import Bundle
from hub.demos.likelihood.classes import Settings, point_added, view
from hub.ui.view import STAND, Scene
from tests.demos.likelihood.seen import figure, shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_both_models_are_drawn_on_the_points(lab: Bundle, language: Any) -> None:
    assert len(figure(shown(view(lab), language)["classes"])["data"]) == 6


def test_another_world_brings_its_points_and_its_learning_curve(lab: Bundle) -> None:
    classes = view(lab)
    start = classes.beginning(Scene("en", "en"))
    seen = classes.actions["outliers"](start, "en")
    assert isinstance(seen, dict) and seen[STAND].data != start.data
    assert classes.first is not None
    first = figure(classes.first(Scene("en", "en"))["learning"])
    assert first["data"][0]["y"] != figure(seen["learning"])["data"][0]["y"]


def test_a_click_adds_a_point_of_the_class_that_is_chosen() -> None:
    event = gr.EventData(None, {"points": [[1.5, -2.0]]})
    assert point_added(Settings(data="0, 0, 1", label="0"), event)["data"] == "0, 0, 1\n1.5, -2, 0"
