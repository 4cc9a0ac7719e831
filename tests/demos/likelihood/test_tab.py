"""All views of the tab, without a browser."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from hub.bundle import Bundle
from hub.demos.likelihood import classes, duel, growth, language_model, losses, product, sum_to_one
from hub.demos.likelihood.strings import STRINGS
from hub.ui.view import STAND, Kit, Scene, View
from tests.visitor import fields

ENGLISH = Scene("en", "en")
PARTS = (duel, language_model, growth, product, losses, classes, sum_to_one)


@pytest.fixture(scope="module")
def views(lab: Bundle) -> list[View]:
    return [part.view(lab) for part in PARTS]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_view_shows_its_beginning_and_has_a_place_for_all_of_it(views: list[View], language: Any) -> None:
    kits: dict[str, Kit] = {}
    with gr.Blocks():
        for view in views:
            kits[view.slug] = Kit(STRINGS, view, ENGLISH, kits)
            view.draw(kits[view.slug])
    scene = Scene(language, language)
    for view in views:
        kit = kits[view.slug]
        seen = dict(view.show(view.beginning(scene), language)) | dict(view.first(scene) if view.first else {})
        assert seen.keys() - {STAND} <= {*kit.outputs, *kit.controls}
        assert "{" not in "".join(part for name, part in seen.items() if isinstance(part, str) and name != "formula")


def test_an_address_brings_the_settings_back(views: list[View]) -> None:
    other = {"which": 3, "seed": 7, "alpha": 0.35, "unit": "characters", "sentence": "a cat & a dog", "p": 0.03,
             "source": "text", "kind": "logistic", "data": "1 0 1 1", "sigma": 2.5, "moves": "cat|*|dog"}  # fmt: skip
    for view in views[1:]:  # the first one has a test of its own
        start = view.beginning(ENGLISH)
        settings = start.changed(**{name: value for name, value in other.items() if hasattr(start, name)})
        link = view.link("likelihood", settings, ENGLISH, False)
        assert view.of_address(fields(link.query), ENGLISH) == settings
