"""The HTML of the tab: tokens, figures of a run, the texts of a search, tables of answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub.bundle import Bundles
from hub.demos.generation import few, tldr, words
from hub.demos.generation.strings import STRINGS
from hub.service import Service
from hub.tasks.few_shot import Round
from hub.tasks.generate import Beam, Choice, Request, Token
from hub.tasks.prompts import Prompt
from hub.tasks.summaries import Effect


@pytest.fixture
def service(made_writers: Path) -> Service:
    return Service(Bundles(made_writers))


def test_each_token_shows_its_rank_and_nothing_of_it_is_markup() -> None:
    tokens = [
        Token(1, choice=Choice(1, "<b>", float("nan")), given=True),
        Token(2, choice=Choice(2, " &\n", 0.25), rank=1, given=True),
        Token(3, choice=Choice(3, "x'", 0.00001), rank=5_000),
    ]
    made = words.tokens_html(tokens, "en", chosen=1)
    assert "<b>" not in made and "&lt;b&gt;" in made and "x&#x27;" in made
    assert re.findall(r"class='([\w ]*)' data-pick", made) == ["none given", "to10 given chosen", "beyond"]
    assert "25 %, rank 1" in made and "1 : 100,000, rank 5,000" in made and "the first token" in made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_is_described_in_figures_of_its_own(service: Service, language: Any) -> None:
    stream = service.generate(Request("The lamp", 8, alternatives=5), "gpt2")
    tokens = list(stream)
    made = words.facts_html(tokens, stream.end, 64, language)
    new = [token for token in tokens if not token.given]
    loss = -np.mean([np.log(token.choice.probability) for token in new if token.choice])
    assert f"{np.exp(loss):.1f}" in made and "{" not in made
    assert "100%" in made  # greedy: every token is the first choice
    assert words.facts_html(tokens[:5], None, 64, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_beams_stand_in_a_table_with_their_scores(service: Service, language: Any) -> None:
    beams = (
        Beam("a <b> mill", (1, 2, 3), -2.0, -0.5, "end"),
        Beam("a <b> light", (1, 2, 4, 5), -6.0, -1.5, "length"),
        Beam("a <b>", (1, 2), -7.0, -3.5, None),
    )
    made = words.beams_html(beams, 1.0, language)
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in made.split("<tr>")[2:]]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert [row[1] for row in rows] == [
        f"<span class=shared>a &lt;b&gt;</span>{rest}" for rest in (" mill", " light", "")
    ]
    assert [row[2:5] for row in rows] == [
        ["4", "-2.00", "-0.500"], ["4", "-6.00", "-1.500"], ["2", "-7.00", "-3.500"]
    ]  # fmt: skip
    assert "{" not in made and words.beams_html((), 1.0, language) == ""
    stream = service.summarize("The lamp was lit. The fog came in.", "gpt2", beams=3)
    assert tldr.kept(stream, language) == ""
    list(stream)
    assert tldr.kept(stream, language).count("<tr>") == 1 + 3


def test_every_string_is_in_both_languages() -> None:
    for key, (english, chinese) in STRINGS.table.items():
        assert english and chinese, key
        assert set(re.findall(r"{(\w+)", english)) == set(re.findall(r"{(\w+)", chinese)), key


def test_an_empty_answer_says_so() -> None:
    found = Round(Prompt((1,), "wet ->"), ("", "dry"), (None, None))
    assert "(nothing)" in few.card(0, found, [("wet", ""), ("x", "")], "en")
    assert "（空）" in few.card(0, found, [("wet", ""), ("x", "")], "zh")


def test_the_effects_end_in_the_mean_of_their_texts() -> None:
    one = Effect("A lamp", -3.0, -1.5)
    assert tldr.effects_html([("a", one), ("b", one)], "en").count("+1.50") == 3
