"""Summaries by a hint: sentences, what of a long text is read, and what the hint does to a reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.bundle import Bundles
from hub.service import Service
from hub.tasks import summaries
from hub.tasks.prompts import BARE, sentences


@pytest.fixture
def service(made_writers: Path) -> Service:
    return Service(Bundles(made_writers))


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
    assert sentences(text) == expected


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


def test_the_hint_is_judged_by_the_first_words_of_references(service: Service) -> None:
    engine = service.engines.get(service.bundles.get("gpt2"), "fp32")
    one = summaries.effect(engine, "The lamp was lit.", "A lamp was lit before the fog came in.", BARE)
    assert one.words == "A lamp was lit before the fog came"
    for hint, found in ((False, one.without), (True, one.hinted)):
        ids = summaries.request(engine, "The lamp was lit.", hint, BARE).ids
        assert found == pytest.approx(engine.scores(ids, engine.tokenizer.ids(f" {one.words}")).mean(), abs=1e-4)
