"""What an arm adds over several seeds, as the card and its README have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from export import publish
from export.repeated import over_seeds
from hub.card import Card

STUDENT = 4.302653  # t of two degrees of freedom, 97.5 %


def test_means_and_intervals_are_students_and_a_gain_is_of_pairs() -> None:
    without, with_elmo = over_seeds("conll2003", "f1", {"without": [0.80, 0.82, 0.84], "with": [0.83, 0.84, 0.85]})
    assert without.mean == pytest.approx(0.82) and without.gain == without.gain_half == 0
    assert without.half == pytest.approx(STUDENT * 0.02 / 3**0.5, abs=1e-6)
    assert with_elmo.gain == pytest.approx(0.02)  # 0.03, 0.02, 0.01
    assert with_elmo.gain_half == pytest.approx(STUDENT * 0.01 / 3**0.5, abs=1e-6)


def test_the_model_card_tells_them(made_spellers: Path) -> None:
    card = Card.read(made_spellers / "tagger")
    assert "trainings" not in publish.readme(card)
    rows = over_seeds("conll2003", "f1", {"without": [0.80, 0.82], "with": [0.83, 0.85]})
    told = publish.readme(card.model_copy(update={"repeated": rows}))
    assert "means of 2 trainings" in told and "| +3.00 ± 0.00 |" in told
