"""Losses, without a browser."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from hub.bundle import Bundle
from hub.demos.likelihood.examples import CLASS_ROWS, LOSSES
from hub.demos.likelihood.losses import Settings, kind_chosen, point_added, view
from hub.ui.view import Scene
from tests.demos.likelihood.seen import figure, shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_likelihood_and_loss_are_one_curve(lab: Bundle, language: Any) -> None:
    losses = view(lab)
    assert losses.examples is not None
    for example in losses.examples(Scene(language, language)):
        likelihood, other = figure(shown(losses, language, **example.values)["losses"])["data"]
        assert likelihood["y"] == pytest.approx(other["y"], rel=1e-6)


def test_the_separated_classes_are_explained_and_the_penalty_cures_them(lab: Bundle) -> None:
    said = [shown(view(lab), "en", kind=loss.kind, data=loss.rows, penalty=loss.penalty)["facts"]
            for loss in LOSSES[3:]]  # fmt: skip
    assert "There is no maximum" in said[0] and "There is no maximum" not in said[1]


def test_a_kind_begins_with_its_own_data_and_a_click_adds_a_row() -> None:
    assert kind_chosen(Settings(kind="logistic"), gr.EventData(None, {}))["data"] == CLASS_ROWS
    added = point_added(Settings(data="0, 0\n1, 1"), gr.EventData(None, {"points": [[4.0, 5.0]]}))
    assert added["data"] == "0, 0\n1, 1\n4, 5"
