"""The tab Generation without a browser: what it shows, in both languages, and what it refuses."""

from __future__ import annotations

import itertools
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
from hub.tasks.generate import Beam, Choice, Request, Token
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


def test_with_beams_the_distribution_is_what_the_texts_are_weighed_by(service: Service) -> None:
    usual: dict[str, Any] = {name: setting[3] for name, setting in common.SETTINGS.items()} | {"seed": 0}
    assert common.sampling_of(usual).temperature == 0.8
    assert write.asked_of(usual, "The lamp").beams == 1
    asked = write.asked_of(usual | {"beams": 4.0, "length_penalty": 0.5, "no_repeat_ngram": 2.0}, "The lamp")
    assert (asked.beams, asked.length_penalty) == (4, 0.5)
    assert (asked.sampling.temperature, asked.sampling.no_repeat_ngram) == (0, 2)
    logits = np.array([1.0, 3.0, 2.0], np.float32)
    assert "4 most probable texts go on" in write.left_html(logits, (0,), asked.sampling, "en", asked.beams)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_beams_stand_in_a_table_with_their_scores(service: Service, language: Any) -> None:
    beams = (
        Beam("a <b> mill", (1, 2, 3), -2.0, -0.5, "end"),
        Beam("a <b> light", (1, 2, 4, 5), -6.0, -1.5, "length"),
        Beam("a <b>", (1, 2), -7.0, -3.5, None),
    )
    made = common.beams_html(beams, 1.0, language)
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in made.split("<tr>")[2:]]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert [row[1] for row in rows] == [
        f"<span class=shared>a &lt;b&gt;</span>{rest}" for rest in (" mill", " light", "")
    ]
    assert [row[2:5] for row in rows] == [
        ["4", "-2.00", "-0.500"], ["4", "-6.00", "-1.500"], ["2", "-7.00", "-3.500"]
    ]  # fmt: skip
    assert "{" not in made and common.beams_html((), 1.0, language) == ""
    stream = service.summarize("The lamp was lit. The fog came in.", "gpt2", beams=3)
    assert tldr.kept(stream, language) == ""
    list(stream)
    assert tldr.kept(stream, language).count("<tr>") == 1 + 3


def test_the_best_of_a_search_is_shown_until_its_answer_is_there(service: Service) -> None:
    engine = service.engines.get(service.bundles.get("gpt2"))
    engine.end_ids = frozenset()
    search, plain = (engine.start(Request("The lamp", 50, beams=beams)) for beams in (8, 1))
    frames = list(common.growing([search, plain]))
    assert search.end is not None and frames[-1][0] == search.end.beams[0].text
    assert frames[-1][1] == engine.start(Request("The lamp", 50)).text()
    assert all(later[1].startswith(earlier[1]) for earlier, later in itertools.pairwise(frames))
    lengths = [len(first) for first, _ in frames]
    assert len(set(lengths)) > 2 or len(frames) < 4


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


def test_a_model_is_shown_prompts_of_its_own_form(service: Service) -> None:
    card = service.bundles.get("gpt2").card
    assert write.suggestions(card) == write.EXAMPLES == write.suggestions(None)
    own = write.suggestions(card.model_copy(update={"prompts": ("七绝《江南》\n", "词《秋思》\n")}))
    assert [prompt for _, prompt, changed in own if not changed] == ["七绝《江南》\n", "词《秋思》\n"]
    assert all(prompt == "七绝《江南》\n" for _, prompt, changed in own if changed)


def test_models_that_suit_a_view_and_its_reader_come_first(made_writers: Path) -> None:
    bundles = Bundles(made_writers)
    for name, changed in (("gpt", {"languages": ("zh",)}), ("llama", {"hint": "\nTL;DR:"})):
        bundles.get(name).card = bundles.get(name).card.model_copy(update=changed)
    assert [name for _, name in common.titles(bundles, "en")] == ["gpt2", "llama", "gpt"]
    assert next(name for _, name in common.titles(bundles, "zh")) == "gpt"
    assert [name for _, name in common.titles(bundles, "zh", tldr.taught)] == ["llama", "gpt", "gpt2"]


@pytest.mark.parametrize("learnt", [0, 30, 10_000])
def test_a_text_that_is_too_long_to_summarise_is_read_from_its_beginning(learnt: int, made_writers: Path) -> None:
    """As far as there is room, or as far as the model was trained on."""
    service = Service(Bundles(made_writers))
    bundle = service.bundles.get("gpt2")
    bundle.card = bundle.card.model_copy(update={"hint_tokens": learnt})
    engine = service.engines.get(bundle)
    engine.context = 200  # beside the 100 tokens of a summary
    text = "The lamp was lit. " * 40
    asked, short = engine.summary(text), engine.summary("The lamp")
    most = engine.context - 100
    assert len(asked.ids) == (learnt + len(engine.tokenizer.ids(engine.hint)) if learnt == 30 else most)
    assert not short.left_out
    tail = engine.tokenizer.ids(engine.hint)
    assert asked.left_out == len(engine.tokenizer.ids(text.rstrip())) + len(tail) - len(asked.ids)
    assert asked.ids[-len(tail) :] == tuple(tail) and asked.ids[:3] == tuple(engine.tokenizer.ids(text))[:3]


def test_an_empty_answer_says_so_once_it_is_complete() -> None:
    assert "…" in few.card(0, "wet ->", " ", False, "en")
    assert "(nothing)" in few.card(0, "wet ->", " ", True, "en") and "（空）" in few.card(0, "wet ->", "", True, "zh")
