"""The chain of single units: what is drawn and said, without a browser."""

from __future__ import annotations

import numpy as np
import pytest

from hub.bundle import Bundle
from hub.demos.gradients.chain import chain_figure, chain_html, example_of, verdict, view
from hub.demos.gradients.examples import CHAINS
from hub.demos.gradients.strings import STRINGS
from hub.tasks import gradients as task
from hub.ui.strings import Language
from hub.ui.view import STAND, Scene
from tests.visitor import fields


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_chain_is_told_with_its_bound(gradient_lab: Bundle, language: Language) -> None:
    found = task.chain(gradient_lab, "sigmoid", 10, 1.0)
    figure = chain_figure(found, language)
    assert len(figure["data"]) == 3
    np.testing.assert_allclose(figure["data"][1]["y"], np.abs(found.gradient), rtol=1e-3)
    assert "0.25" in chain_html(found, 1.0, language)
    large = task.chain(gradient_lab, "relu", 10, 2.0)
    assert STRINGS.say("chain_large", language, low="2")[:20] in verdict(large, "relu", 2.0, language)


@pytest.mark.parametrize(("language", "word"), [("en", "saturates"), ("zh", "饱和")])
def test_a_strong_weight_saturates_and_the_bias_that_is_named_makes_it_explode(
    gradient_lab: Bundle, language: Language, word: str
) -> None:
    saturated = verdict(task.chain(gradient_lab, "sigmoid", 20, 8.0), "sigmoid", 8.0, language)
    assert word in saturated and "-4" in saturated.replace("−", "-")
    for weight in (8.0, -8.0, 4.3):
        wanted = task.exploding(weight)
        assert wanted is not None
        found = task.chain(gradient_lab, "sigmoid", 200, weight, *wanted)
        np.testing.assert_allclose(np.abs(found.factors[1:]), abs(weight) / 4, rtol=1e-12)  # exactly at the fixed point
        assert abs(found.gradient[0]) > abs(found.gradient[-1])
        assert word not in verdict(found, "sigmoid", weight, language)
    assert task.exploding(4.0) is None and task.exploding(-1.0) is None


def test_every_chain_to_click_does_what_it_is_called(gradient_lab: Bundle) -> None:
    examples = [example_of(chain) for chain in CHAINS]
    names = [example.title[0] for example in examples]
    for name, example in zip(names, examples, strict=True):
        found = task.chain(gradient_lab, **example.values)
        grown = abs(found.gradient[0] / found.gradient[-1])
        kind = name.rpartition(": ")[2]
        assert {"vanishes": grown < 1e-6, "saturates": grown < 1e-6, "explodes": grown > 1e3, "stays": grown == 1}[kind]
    assert any("b = −4" in name for name in names)


def test_an_address_brings_a_chain_back_and_the_button_makes_it_explode(gradient_lab: Bundle) -> None:
    chain, scene = view(gradient_lab), Scene("en", "en")
    strong = chain.beginning(scene).changed(weight=8.0, depth=30)
    assert chain.of_address(fields(chain.link("gradients", strong, scene, False).query), scene) == strong
    assert dict(chain.show(strong, "en"))["burst"].visible
    seen = chain.actions["burst"](strong, "en")
    assert isinstance(seen, dict) and seen[STAND].bias == -4.0 and not seen["burst"].visible
