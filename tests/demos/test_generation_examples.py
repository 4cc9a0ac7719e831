"""Defaults and examples of the tab on the committed bundles: none answers nothing, and none goes in circles."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from hub.bundle import ROOT, Bundles
from hub.demos.generation import write, writing
from hub.demos.generation.examples import ARTICLES, FEW, POSED, Article, Start, Task
from hub.demos.generation.writers import Writers, english
from hub.service import Service
from hub.tasks import few_shot, summaries
from hub.tasks.generate import TASK, Request
from hub.tasks.loops import MOST, most_repeated
from hub.tasks.prompts import BARE
from hub.tasks.transforms import TASK as QUESTIONS_TASK

BUNDLES = Bundles(ROOT / "onnx")
WRITERS = [bundle.name for bundle in BUNDLES.of_task(TASK)]
STARTS = [(name, one) for name in WRITERS for one in write.suggestions(BUNDLES.get(name).card)]


@pytest.fixture(scope="module")
def service() -> Service:
    return Service(BUNDLES)


def first_of(language: Any) -> str:
    """The model that a view of English texts opens with."""
    return Writers(Service(BUNDLES)).titles(language, english)[0][1]


def request_of(service: Service, name: str, start: Start) -> Request:
    """What asks for the text of an example."""
    settings = writing.Settings(prompt=start.prompt, model=name, way=start.way).changed(**start.changed)
    return writing.Writing(Writers(service)).begin(settings)[1]


def circles(text: str) -> int:
    """Of words; of a text without spaces, of characters."""
    words = text.split()
    return most_repeated(words if len(words) > 3 else list(text))


@pytest.mark.parametrize(("name", "start"), STARTS, ids=lambda one: one.title[0] if isinstance(one, Start) else one)
def test_a_beginning_is_continued(name: str, start: Start, service: Service) -> None:
    asked = request_of(service, name, start)
    stream = service.generate(replace(asked, alternatives=0), name)
    tokens = [token for token in stream if not token.given]
    text = "".join(token.text for token in tokens)
    assert len(text.strip()) > 3
    assert most_repeated([token.id for token in tokens]) <= MOST, text
    assert circles(text) <= MOST, text


def test_the_chinese_page_opens_with_a_poem_of_the_form_of_its_title(service: Service) -> None:
    name = Writers(service).titles("zh")[0][1]
    start = write.suggestions(BUNDLES.get(name).card)[0]
    assert start.prompt == "五绝《春夜》\n" and writing.verse(BUNDLES.get(name).card)
    asked = request_of(service, name, start)
    lines = re.split(r"[，。\n]+", service.generate(replace(asked, alternatives=0), name).text().strip())
    assert [len(line) for line in lines if line] == [5] * 4


@pytest.mark.parametrize("task", FEW, ids=lambda one: one.title[0])
def test_every_new_input_is_answered_with_any_number_of_examples(task: Task, service: Service) -> None:
    engine = service.engines.get(BUNDLES.get(first_of("en")))
    if not engine.chats:
        pytest.skip("no model for any text among the bundles: a small one does what it can")
    questions = [(given, "") for given, _ in task.questions]  # nothing is scored
    for one in few_shot.rounds(engine, task.task, task.shots, questions, BARE):
        if one is not None:
            assert all(answer.strip() for answer in one.answers), one.answers
            assert all(circles(answer) <= MOST for answer in one.answers), one.answers


@pytest.mark.parametrize("article", ARTICLES, ids=lambda one: one.title[0])
def test_a_text_is_summarised_and_otherwise_without_the_hint(article: Article, service: Service) -> None:
    engine = service.engines.get(BUNDLES.get(first_of("en")))
    if not engine.chats:
        pytest.skip("no model for any text among the bundles: a small one does what it can")
    found = []
    for hint in (True, False):
        text = summaries.counted(engine.start(summaries.request(engine, article.text, hint, BARE)).text())
        assert text.strip() and circles(text) <= MOST, text
        found.append(text)
    assert found[0] != found[1]


@pytest.mark.parametrize("kind", list(POSED))
def test_every_question_is_answered(kind: str, service: Service) -> None:
    for bundle in BUNDLES.of_task(QUESTIONS_TASK):
        for head, question in bundle.card.questions.items():
            if question.kind == kind:
                for posed in POSED[kind]:
                    assert service.ask(posed.texts, bundle.name, head).label
