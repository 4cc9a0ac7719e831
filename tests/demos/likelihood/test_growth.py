"""More data, without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from hub.bundle import Bundle
from hub.demos.likelihood.examples import GROWTH
from hub.demos.likelihood.growth import view
from hub.ui.view import STAND, Scene
from tests.demos.likelihood.seen import figure, shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_parameter_is_drawn(lab: Bundle, language: Any) -> None:
    for which in range(len(GROWTH)):
        assert figure(shown(view(lab), language, which=which)["growth"])["layout"]["xaxis"]["type"] == "log"


def test_other_true_parameters_have_another_seed(lab: Bundle) -> None:
    growth = view(lab)
    seen = growth.actions["again"](growth.beginning(Scene("en", "en")), "en")
    assert isinstance(seen, dict) and seen[STAND].seed == 2
    assert seen["facts"] != shown(growth, "en")["facts"]
