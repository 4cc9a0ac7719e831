"""The tab Generation without a browser: what it shows, in both languages, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub.bundle import Bundles
from hub.demos.generation import common, few, tldr, write
from hub.demos.generation.strings import STRINGS
from hub.errors import InputError
from hub.service import Service
from hub.tasks.generate import Choice, Request, Token
from hub.tasks.sampling import Sampling


@pytest.fixture
def service(made_writers: Path) -> Service:
    return Service(Bundles(made_writers))


def test_each_token_shows_its_rank_and_nothing_of_it_is_markup() -> None:
    tokens = [
        Token(1, choice=Choice(1, "<b>", float("nan")), given=True),
        Token(2, choice=Choice(2, " &\n", 0.25), rank=1, given=True),
        Token(3, choice=Choice(3, "x'", 0.00001), rank=5_000),
    ]
    made = common.tokens_html(tokens, "en", chosen=1)
    assert "<b>" not in made and "&lt;b&gt;" in made and "x&#x27;" in made
    assert re.findall(r"class='([\w ]*)' data-pick", made) == ["none given", "to10 given chosen", "beyond"]
    assert "25 %, rank 1" in made and "1 : 100,000, rank 5,000" in made and "the first token" in made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_is_described_in_figures_of_its_own(service: Service, language: Any) -> None:
    stream = service.generate(Request("The lamp", 8, alternatives=5), "gpt2")
    tokens = list(stream)
    made = common.facts_html(tokens, stream.end, 64, language)
    new = [token for token in tokens if not token.given]
    loss = -np.mean([np.log(token.choice.probability) for token in new if token.choice])
    assert f"{np.exp(loss):.1f}" in made and "{" not in made
    assert "100%" in made  # greedy: every token is the first choice
    assert common.facts_html(tokens[:5], None, 64, language)


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_the_distribution_is_the_one_that_is_drawn_from(service: Service, temperature: float) -> None:
    engine = service.engines.get(service.bundles.get("gpt2"))
    ids = tuple(engine.tokenizer.ids("The lamp was"))
    logits, sampling = engine.logits(Request("", ids=ids)), Sampling(temperature=temperature, top_k=3)
    shares = write.settled(logits, ids, sampling)
    assert shares.sum() == pytest.approx(1) and (shares > 0).sum() == (3 if temperature else 1)
    figure = write.distribution_figure(logits, ids, sampling, engine.tokenizer.text, "en")
    raw, after = (trace["x"] for trace in figure["data"])
    assert raw == sorted(raw, reverse=True) and after[3:] == [0] * (write.BARS - 3)
    assert sum(after) == pytest.approx(100, abs=0.01)
    said = write.left_html(logits, ids, sampling, "en")
    assert "always the most probable" in said if not temperature else "3 of " in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("第一句。第二句!第三句", ["第一句。", "第二句!", "第三句"]),
        ("line\n\nother", ["line", "other"]),
        ("", []),
    ],
)
def test_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    assert tldr.sentences(text) == expected


def test_a_prompt_is_assembled_as_it_will_be_read() -> None:
    assert few.assembled("", [], "x") == "Input: x\nOutput:"
    made = few.assembled("Say the opposite.", [("hot", "cold")], " wet ")
    assert made == "Say the opposite.\n\nInput: hot\nOutput: cold\n\nInput: wet\nOutput:"


def test_half_a_row_is_told_and_an_empty_one_is_none() -> None:
    assert few.shots_of([["a", "b"], ["", None], [" ", ""]], "en") == [("a", "b")]
    with pytest.raises(InputError, match="Row 2 has an input or an output only"):
        few.shots_of([["a", "b"], ["c", ""]], "en")


@pytest.mark.parametrize("text", ["1:2,x", "1", "a:b", "1:2:3"])
def test_a_broken_path_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not of the form"):
        write.path_of(text)


def test_every_string_is_in_both_languages() -> None:
    for key, (english, chinese) in STRINGS.table.items():
        assert english and chinese, key
        assert set(re.findall(r"{(\w+)", english)) == set(re.findall(r"{(\w+)", chinese)), key
