"""The tab Generation without a browser: what it shows, in both languages, and what it refuses."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from hub.bundle import Bundles
from hub.card import Text
from hub.demos.generation import common, examples, few, figures, tldr, write
from hub.demos.generation.strings import STRINGS
from hub.errors import InputError
from hub.service import Service
from hub.tasks import prompts
from hub.tasks.generate import Beam, Choice, Request, Token
from hub.tasks.sampling import Sampling
from hub.ui.turns import Turns

USUAL: dict[str, Any] = {name: setting[3] for name, setting in common.SETTINGS.items()} | {"seed": 0}


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
    assert common.sampling_of(USUAL).temperature == 0.8
    assert write.asked_of(USUAL, "The lamp").beams == 1
    asked = write.asked_of(USUAL | {"beams": 4.0, "length_penalty": 0.5, "no_repeat_ngram": 2.0}, "The lamp")
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
        ("他来了\uff01真的\uff1f是。", ["他来了\uff01", "真的\uff1f", "是。"]),
        ("line\n\nother", ["line", "other"]),
        ("", []),
    ],
)
def test_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    assert prompts.sentences(text) == expected


def test_a_prompt_is_assembled_as_it_will_be_read() -> None:
    assert prompts.assembled("", [], "x") == "Input: x\nOutput:"
    made = prompts.assembled("Say the opposite.", [("hot", "cold")], " wet ")
    assert made == "Say the opposite.\n\nInput: hot\nOutput: cold\n\nInput: wet\nOutput:"


def test_half_a_row_is_told_and_an_empty_one_is_none() -> None:
    assert few.shots_of([["a", "b"], ["", None], [" ", ""]]) == [("a", "b")]
    with pytest.raises(InputError, match="row 2 has an input or an output only"):
        few.shots_of([["a", "b"], ["c", ""]])


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
    assert write.suggestions(card) == examples.STARTS == write.suggestions(None)
    poet = card.model_copy(update={"prompts": ("七绝《江南》\n", "词《秋思》\n")})
    own = write.suggestions(poet)
    assert [one.prompt for one in own if not one.changed] == ["七绝《江南》\n", "词《秋思》\n"]
    assert all(one.prompt == "七绝《江南》\n" for one in own if one.changed)
    assert write.verse(poet) and not write.verse(card) and not write.verse(None)
    talker = card.model_copy(update={"chat_template": "x"})
    assert {one.way for one in write.suggestions(talker)} == {common.BARE, common.CHAT}


def test_models_that_suit_a_view_and_its_reader_come_first(made_writers: Path) -> None:
    bundles = Bundles(made_writers)
    for name, changed in (("gpt", {"languages": ("zh",)}), ("llama", {"hint": "\nTL;DR:"})):
        bundles.get(name).card = bundles.get(name).card.model_copy(update=changed)
    assert [name for _, name in common.titles(bundles, "en")] == ["gpt2", "llama", "gpt"]
    assert next(name for _, name in common.titles(bundles, "zh")) == "gpt"
    assert [name for _, name in common.titles(bundles, "zh", common.english)] == ["gpt2", "llama", "gpt"]
    sizes = {name: bundles.get(name).card.parameters for name in ("gpt2", "llama")}
    assert sizes["gpt2"] > sizes["llama"]  # of two that suit alike, the larger one


def test_what_a_model_has_read_is_said_below_its_name(made_writers: Path) -> None:
    bundles = Bundles(made_writers)
    said = Text(en="poems <of> the Tang", zh="唐诗")
    bundles.get("gpt").card = bundles.get("gpt").card.model_copy(update={"has_read": said})
    assert "It has read: poems &lt;of&gt; the Tang" in common.has_read(bundles, "gpt", "en")
    assert "它读过：唐诗" in common.has_read(bundles, "gpt", "zh")
    assert common.has_read(bundles, None, "en") == ""


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


@pytest.fixture
def view(service: Service) -> write.View:
    fields = {name: gr.Number(value) for name, value in USUAL.items()}
    return write.View(service, Turns(), {"prompt": gr.Textbox(), "model": gr.Dropdown(), "way": gr.Radio(), **fields})


def last_of(frames: Iterator[list[Any]]) -> list[Any]:
    """What stands on the page at the end."""
    made: list[Any] = [None] * write.SHOWN
    for frame in frames:
        made = [old if isinstance(new, dict) else new for old, new in zip(made, frame, strict=True)]
    return made


class Visitor(gr.Request):
    """A request of a page in English."""

    def __init__(self) -> None:
        super().__init__(session_hash="x")


def given(**changed: Any) -> list[Any]:
    """What the controls hold."""
    held = {"prompt": "The lamp", "model": "gpt2", "way": "bare", **USUAL, "max_new_tokens": 12, **changed}
    return list(held.values())


def test_the_token_that_is_shown_is_one_where_another_was_nearly_as_probable() -> None:
    def token(text: str, first: float, second: float, **more: Any) -> Token:
        choice = Choice(1, text, first)
        return Token(1, text, choice, 1, (choice, Choice(2, " other", second)), **more)

    tokens = [token("The", 0.5, 0.5, given=True), token(" lamp", 0.9, 0.05), token(" was", 0.4, 0.3),
              token(".", 0.5, 0.5), token(" lit", 0.5, 0.1), token(" up", 0.5, 0.49)]  # fmt: skip
    assert write.interesting(tokens) == 2  # neither the prompt's, nor a full stop, nor one at the end
    assert write.interesting(tokens[:1]) is None


def test_when_a_text_is_done_a_token_of_it_is_looked_at(view: write.View) -> None:
    made = last_of(view.write(Visitor(), *given(temperature=0)))
    text, place = made[2], made[6]
    assert len(text.ids) == text.begun + 12 and text.begun <= place < len(text.ids)
    assert f"chosen' data-pick={place} tabindex=0" in made[0]
    assert made[3].count("role=button") == write.ALTERNATIVES and made[4] is not None


def test_token_by_token_gives_the_text_of_one_go(view: write.View) -> None:
    settings = given(temperature=1, top_p=1, seed=7)
    whole = last_of(view.write(Visitor(), *settings))[2]
    text = write.Written()
    for _ in range(6):
        made = last_of(view.one_more(Visitor(), text, *settings))
        text = made[2]
        assert made[6] == len(text.ids) - 1  # the new one is looked at
    assert text.ids == whole.ids[: len(text.ids)] and text.length == 6
    assert "max_new_tokens=6" in made[7]
    other = last_of(view.one_more(Visitor(), text, *given(prompt="Water")))[2]
    assert other.prompt == "Water" and other.length == 1  # another prompt is another text


def test_two_futures_of_a_branch_stand_beside_each_other(view: write.View) -> None:
    before = last_of(view.write(Visitor(), *given(temperature=0)))[2]
    place = before.begun + 3
    taken = before.tokens[place].alternatives[1].id
    after = last_of(view.branch(Visitor(), gr.EventData(None, {"pick": taken}), before, place, *given(temperature=0)))
    text = after[2]
    assert text.ids[:place] == before.ids[:place] and text.ids[place] == taken
    assert text.other.ids == before.ids and text.fork == place == after[6]
    assert "class=futures" in after[0] and after[0].count("class=back") == 1
    back = view.pick(Visitor(), gr.EventData(None, {"pick": common.BACK}), text, *given(temperature=0))
    again = back[5]
    assert again.ids == before.ids and again.other.ids == text.ids and "path=" not in back[6]
    assert again.swapped().ids == text.ids and again.swapped().branches == text.branches


def test_an_answer_that_is_expected_has_the_probability_that_its_tokens_have(service: Service) -> None:
    engine = service.engines.get(service.bundles.get("gpt2"), "fp32")
    shots, questions = [("in", "out")], [("up", "down"), ("left", "right")]
    rounds = [one for one in few.rounds(engine, "", shots, questions, common.BARE) if one is not None]
    assert [one.prompt.text for one in rounds] == [prompts.assembled("", shots[:k], "up") for k in (0, 1)]
    prompt = prompts.assembled("", [], "left")
    tokens = [one for one in engine.start(Request(prompt + " right", 1, alternatives=1)) if one.given]
    new = tokens[len(engine.tokenizer.ids(prompt)) :]
    expected = [one.choice.probability for one in new if one.choice]
    chance = rounds[0].chances[1]
    assert chance is not None and chance.share is None
    assert chance.whole == pytest.approx(np.prod(expected), rel=1e-3)
    assert chance.each == pytest.approx(np.prod(expected) ** (1 / len(expected)), rel=1e-3)


def test_labels_share_what_they_have_together(service: Service) -> None:
    rows = [("a", "good"), ("b", "bad"), ("c", "good"), ("d", "bad")]
    assert few.labels_of(rows, [("e", "good")]) == ("good", "bad")
    assert few.labels_of([("hot", "cold"), ("big", "small")], [("wet", "dry")]) == ()
    engine = service.engines.get(service.bundles.get("gpt2"), "fp32")
    prompt = common.prompted(engine, "Input: e\nOutput:", common.BARE)
    shares = [few.measured(engine, prompt, label, ("good", "bad")).share for label in ("good", "bad")]
    assert sum(filter(None, shares)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("answer", "expected", "good"),
    [
        ("Rome", "Rome", True),
        ("rome.", "Rome", True),
        ('"ate"', "ate", True),
        ("Romeo", "Rome", False),
        ("", "a", False),
    ],
)
def test_an_answer_is_right_if_it_begins_with_what_is_expected(answer: str, expected: str, good: bool) -> None:
    assert few.right(answer, expected) == good


def test_tables_go_through_an_address_and_links_with_one_question_still_do() -> None:
    rows = [("up", "down"), ("a\tb", "c\nd")]
    assert few.unpacked(few.packed(rows), 5) == [("up", "down"), ("a b", "c d")]
    assert few.unpacked("wet", 5) == [("wet", "")]


def test_the_chart_has_a_line_for_each_input_and_the_mean_of_all() -> None:
    found = [[figures.Chance(0.1, 0.3, 0.5), figures.Chance(0.3, 0.5, 0.7)], [figures.Chance(1, 1, 1)] * 2]
    traces = figures.few_figure(["<b>", "x"], found, 2, "en")["data"]
    assert [trace["y"] for trace in traces] == [[10, 100], [30, 100], [20, 100], [60, 100], [50, 50]]
    assert "<b>" not in traces[0]["hovertemplate"]


def test_the_hint_is_judged_by_the_first_words_of_references(service: Service) -> None:
    engine = service.engines.get(service.bundles.get("gpt2"), "fp32")
    one = tldr.effect(engine, "own", "The lamp was lit.", "A lamp was lit before the fog came in.", common.BARE)
    assert one.words == "A lamp was lit before the fog came"
    for hint, found in ((False, one.without), (True, one.given)):
        ids = tldr.asked(engine, "The lamp was lit.", hint, common.BARE).ids
        assert found == pytest.approx(engine.scores(ids, engine.tokenizer.ids(f" {one.words}")).mean(), abs=1e-4)
    made = tldr.effects_html([one, one], "en")
    assert made.count(f"{one.given - one.without:+.2f}") == 3  # two texts, and their mean


def test_the_hint_picture_ends_in_the_mean_of_its_texts() -> None:
    data = figures.hint_figure(["a", "b"], [0.01, 0.04], [0.02, 0.32], "en")["data"]
    assert data[-2]["x"] == [1, 4, 2] and data[-1]["x"] == [2, 32, 8]


def test_an_empty_answer_says_so() -> None:
    found = few.Round(common.Prompt((1,), "wet ->"), ("", "dry"), (None, None))
    assert "(nothing)" in few.card(0, found, [("wet", ""), ("x", "")], "en")
    assert "（空）" in few.card(0, found, [("wet", ""), ("x", "")], "zh")
