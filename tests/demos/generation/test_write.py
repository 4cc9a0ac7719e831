"""Continuing a text, without a browser: what is written, looked at, exchanged, and what a link brings back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from hub.bundle import Bundles
from hub.card import Text
from hub.demos import generation
from hub.demos.generation import examples, words, write, writing
from hub.demos.generation.writers import Writers, english
from hub.demos.generation.written import Written, branches_of, interesting
from hub.errors import InputError
from hub.service import Service
from hub.tasks.generate import Choice, Token
from hub.ui.context import Context
from hub.ui.guard import Guarded
from hub.ui.view import Scene
from tests.visitor import Visitor, fields

TOKEN = re.compile(r"<span class='([^']*)' data-pick=(\d+)")


@pytest.fixture
def service(made_writers: Path) -> Service:
    return Service(Bundles(made_writers))


@pytest.fixture(scope="module")
def page(made_writers: Path) -> gr.Blocks:
    service = Service(Bundles(made_writers))
    with Guarded() as page, gr.Tabs(), gr.Tab("Generation", id="generation", elem_id="tab-generation") as part:
        generation.tab(service).draw(Context(service, page, part))
    return page


@pytest.fixture
def visitor(page: gr.Blocks) -> Visitor:
    return Visitor(page)


def opened(visitor: Visitor, query: str) -> Visitor:
    """The view of a link."""
    return visitor.open(f"v=1&tab=generation&lang=en&{query}")


def text_of(visitor: Visitor) -> Written:
    """The text that the page holds."""
    (state,) = (block for block in visitor.blocks.blocks.values() if isinstance(getattr(block, "value", 0), Written))
    text = visitor.state[state._id]
    assert isinstance(text, Written)
    return text


def chosen(visitor: Visitor) -> int:
    """The place that is looked at."""
    (place,) = (int(place) for kind, place in TOKEN.findall(visitor.of("generation-text")) if "chosen" in kind)
    return place


def alternatives(visitor: Visitor) -> list[int]:
    """What could stand there."""
    return [int(token) for token in re.findall(r"data-pick=(\d+)", visitor.of("generation-alternatives"))]


GREEDY = "prompt=The+lamp&model=gpt2&max_new_tokens=12&temperature=0"


def test_with_beams_nothing_is_drawn_and_the_distribution_is_what_texts_are_weighed_by() -> None:
    assert writing.Settings().request("The lamp").beams == 1 and writing.Settings().sampling.temperature == 0.8
    request = writing.Settings(beams=4, length_penalty=0.5, no_repeat_ngram=2).request("The lamp")
    assert (request.beams, request.length_penalty) == (4, 0.5)
    assert (request.sampling.temperature, request.sampling.no_repeat_ngram) == (0, 2)
    logits = np.array([1.0, 3.0, 2.0], np.float32)
    assert "4 most probable texts go on" in words.left_html(logits, (0,), request.sampling, "en", request.beams)


@pytest.mark.parametrize("path", ["1:2,x", "1", "a:b", "1:2:3"])
def test_a_broken_path_is_refused(path: str) -> None:
    with pytest.raises(InputError, match="is not of the form"):
        branches_of(path)


def test_a_model_is_shown_prompts_of_its_own_form(service: Service) -> None:
    card = service.bundles.get("gpt2").card
    assert write.suggestions(card) == examples.STARTS == write.suggestions(None)
    poet = card.model_copy(update={"prompts": ("七绝《江南》\n", "词《秋思》\n")})
    own = write.suggestions(poet)
    assert [one.prompt for one in own if not one.changed] == ["七绝《江南》\n", "词《秋思》\n"]
    assert all(one.prompt == "七绝《江南》\n" for one in own if one.changed)
    assert writing.verse(poet) and not writing.verse(card) and not writing.verse(None)
    talker = card.model_copy(update={"chat_template": "x"})
    assert {one.way for one in write.suggestions(talker)} == {"bare", "chat"}


def test_models_that_suit_a_view_and_its_reader_come_first(service: Service) -> None:
    writers = Writers(service)
    for name, changed in (("gpt", {"languages": ("zh",)}), ("llama", {"hint": "\nTL;DR:"})):
        service.bundles.get(name).card = service.bundles.get(name).card.model_copy(update=changed)
    assert [name for _, name in writers.titles("en")] == ["gpt2", "llama", "gpt"]
    assert writers.first("zh") == "gpt" and writers.first("zh", english) == "gpt2"
    assert [name for _, name in writers.titles("zh", english)] == ["gpt2", "llama", "gpt"]
    sizes = {name: service.bundles.get(name).card.parameters for name in ("gpt2", "llama")}
    assert sizes["gpt2"] > sizes["llama"]  # of two that suit alike, the larger one


def test_what_a_model_has_read_is_said_below_its_name(service: Service) -> None:
    text = Text(en="poems <of> the Tang", zh="唐诗")
    service.bundles.get("gpt").card = service.bundles.get("gpt").card.model_copy(update={"has_read": text})
    writers = Writers(service)
    assert "It has read: poems &lt;of&gt; the Tang" in writers.around("gpt", "bare", "en")["read"]
    assert "它读过：唐诗" in writers.around("gpt", "bare", "zh")["read"]
    assert writers.around(None, "bare", "en")["read"] == ""


def test_the_token_that_is_shown_is_one_where_another_was_nearly_as_probable() -> None:
    def token(text: str, first: float, second: float, **more: Any) -> Token:
        choice = Choice(1, text, first)
        return Token(1, text, choice, 1, (choice, Choice(2, " other", second)), **more)

    tokens = [token("The", 0.5, 0.5, given=True), token(" lamp", 0.9, 0.05), token(" was", 0.4, 0.3),
              token(".", 0.5, 0.5), token(" lit", 0.5, 0.1), token(" up", 0.5, 0.49)]  # fmt: skip
    assert interesting(tokens) == 2  # neither the prompt's, nor a full stop, nor one at the end
    assert interesting(tokens[:1]) is None


def test_when_a_text_is_done_a_token_of_it_is_looked_at(visitor: Visitor) -> None:
    opened(visitor, GREEDY)
    text = text_of(visitor)
    assert len(text.ids) == text.begun + 12 and text.begun <= chosen(visitor) < len(text.ids)
    assert len(alternatives(visitor)) == writing.ALTERNATIVES and visitor.of("generation-distribution") is not None
    assert "12 new tokens" in visitor.of("generation-facts") and not visitor.errors


def test_token_by_token_gives_the_text_of_one_go(visitor: Visitor, page: gr.Blocks) -> None:
    settings = "model=gpt2&temperature=1&top_p=1&seed=7&max_new_tokens=12"
    whole = text_of(opened(visitor, f"prompt=The+lamp&{settings}"))
    other = opened(Visitor(page), f"prompt=Water&{settings}").put("generation-prompt", "The lamp")
    for count in range(1, 5):
        other.click("generation-one")
        text = text_of(other)
        assert chosen(other) == len(text.ids) - 1 and text.length == count  # the new one is looked at
    assert text.ids == whole.ids[: len(text.ids)] and other.of("generation-max_new_tokens") == 12
    assert fields(other.link)["max_new_tokens"] == "4"
    other.put("generation-prompt", "Water").click("generation-one")
    assert (text_of(other).prompt, text_of(other).length) == ("Water", 1)  # another prompt is another text


def test_two_futures_of_a_branch_stand_beside_each_other_and_a_link_brings_them_back(
    visitor: Visitor, page: gr.Blocks
) -> None:
    before = text_of(opened(visitor, GREEDY))
    place = before.begun + 3
    visitor.click("generation-text", pick=place)
    other = alternatives(visitor)[1]
    visitor.click("generation-alternatives", pick=other)
    after, seen = text_of(visitor), visitor.of("generation-text")
    assert after.ids[:place] == before.ids[:place] and after.ids[place] == other and chosen(visitor) == place
    assert "class=futures" in seen and seen.count("class=back") == 1
    assert fields(visitor.link)["path"] == f"{place}:{other}"
    again = text_of(Visitor(page).open(f"{visitor.link}&lang=en"))
    assert again.ids == after.ids and again.other is not None and again.other.ids == before.ids
    visitor.click("generation-text", pick=words.BACK)
    back = text_of(visitor)
    assert back.ids == before.ids and back.other is not None and back.other.ids == after.ids
    assert "path=" not in visitor.link and back.swapped().branches == after.branches


def test_the_distribution_follows_a_setting(visitor: Visitor) -> None:
    opened(visitor, GREEDY.replace("temperature=0", "temperature=1&top_p=1"))
    assert "they had 100.0%" in visitor.of("generation-left")
    visitor.put("generation-top_k", 3)
    assert "3 of " in visitor.of("generation-left")


def test_another_model_brings_its_example_unless_the_prompt_is_the_visitors_own(visitor: Visitor) -> None:
    opened(visitor, "max_new_tokens=3")
    assert visitor.of("generation-prompt") == examples.STORY and visitor.of("generation-seed") == 9
    visitor.put("generation-model", "llama")
    assert text_of(visitor).model == "llama" and not visitor.errors
    visitor.put("generation-prompt", "My own").put("generation-model", "gpt2")
    assert visitor.of("generation-prompt") == "My own" and text_of(visitor).model == "gpt2"


def test_a_prompt_of_a_link_comes_with_the_usual_settings_and_a_link_says_others_only(service: Service) -> None:
    view, scene = write.view(Writers(service)), Scene("en", "en")
    linked = view.of_address({"prompt": "Hello", "temperature": "0.5"}, scene)
    assert (linked.seed, linked.temperature, linked.top_p) == (0, 0.5, 0.95)  # type: ignore[attr-defined]
    assert view.beginning(scene).seed == 9  # type: ignore[attr-defined]
    link = fields(view.link("generation", linked, scene, False).query)
    assert link == {"v": "1", "tab": "generation", "view": "write", "model": "gpt2", "prompt": "Hello",
                    "temperature": "0.5"}  # fmt: skip
    assert view.of_address(link, scene) == linked
    with pytest.raises(InputError):
        view.of_address({"prompt": "x", "temperature": "99"}, scene)


@pytest.mark.parametrize("query", ["model=nobody", "temperature=99", "path=x", "path=1:999999", "beams=99"])
def test_a_broken_link_is_told(visitor: Visitor, query: str) -> None:
    opened(visitor, f"prompt=The&max_new_tokens=3&{query}")
    assert "could not be used" in visitor.of("generation-notice") and text_of(visitor).tokens
