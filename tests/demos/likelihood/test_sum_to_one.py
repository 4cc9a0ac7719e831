"""Probabilities that sum to one, without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from hub.bundle import Bundle
from hub.demos.likelihood.examples import LABELS
from hub.demos.likelihood.sum_to_one import view
from hub.ui.view import STAND
from tests.demos.likelihood.seen import figure, shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_raising_one_lowers_the_others(lab: Bundle, language: Any) -> None:
    first = LABELS[language].split()[0]  # type: ignore[index]
    before, now, seen = figure(shown(view(lab), language, moves=first)["bars"])["data"]
    assert sum(now["y"]) == pytest.approx(1, abs=1e-6) and now["y"][0] > before["y"][0]
    assert all(after < start for after, start in zip(now["y"][1:], before["y"][1:], strict=True))
    assert sum(seen["y"]) == pytest.approx(1)


def test_moves_of_what_is_not_among_the_samples_are_none(lab: Bundle) -> None:
    assert shown(view(lab), "en", moves="cat|horse|*|fish")[STAND].moves == "cat|*|fish"
    facts = shown(view(lab), "en", data="<img> b", moves="<img>")["facts"]
    assert "<img>" not in facts
