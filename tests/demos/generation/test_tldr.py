"""Summaries, without a browser: what grows, what a link has, and the texts of a search."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from hub.bundle import Bundles
from hub.demos.generation import tldr
from hub.demos.generation.examples import ARTICLES
from hub.demos.generation.writers import Writers
from hub.service import Service
from hub.tasks.generate import Request
from hub.tasks.streams import growing
from hub.ui.view import Scene
from tests.visitor import fields

SCENE = Scene("en", "en")


@pytest.fixture
def service(made_writers: Path) -> Service:
    return Service(Bundles(made_writers))


def test_the_best_of_a_search_is_shown_until_its_answer_is_there(service: Service) -> None:
    engine = service.engines.get(service.bundles.get("gpt2"))
    engine.end_ids = frozenset()
    search, plain = (engine.start(Request("The lamp", 50, beams=beams)) for beams in (8, 1))
    frames = list(growing([search, plain]))
    assert search.end is not None and frames[-1][0] == search.end.beams[0].text
    assert frames[-1][1] == engine.start(Request("The lamp", 50)).text()
    assert all(later[1].startswith(earlier[1]) for earlier, later in itertools.pairwise(frames))
    lengths = [len(first) for first, _ in frames]
    assert len(set(lengths)) > 2 or len(frames) < 4


def test_what_is_stopped_ends_with_what_it_has(service: Service) -> None:
    engine = service.engines.get(service.bundles.get("gpt2"))
    engine.end_ids = frozenset()
    stream = engine.start(Request("The lamp", 200))
    assert len(list(growing([stream], lambda: False))) >= 1
    assert stream.end is not None and stream.end.reason == "cancelled"


def test_summaries_come_first_then_the_picture_text_by_text(service: Service) -> None:
    view = tldr.view(Writers(service))
    settings = view.of_address({"text": "The lamp was lit. Fog came.", "reference": "The lamp."}, SCENE)
    frames = list(view.show(settings, "en", lambda: True))
    assert frames[-1]["table"].count("<tr>") == 1 + 1 + len(ARTICLES) + 1  # heads, one's own text, ours, the mean
    cards = [frame["cards"] for frame in frames if "cards" in frame]
    assert cards[-1].count("<h4>") == 4 and "ROUGE-1 66.7" in cards[-1]
    stopped = list(view.show(settings, "en", lambda: False))
    assert "cards" in stopped[-1] and not any("table" in frame for frame in stopped)


def test_a_text_of_ones_own_comes_without_our_reference(service: Service) -> None:
    view = tldr.view(Writers(service))
    assert view.of_address({"text": "x"}, SCENE).reference == ""  # type: ignore[attr-defined]
    assert view.of_address({"hint": "with"}, SCENE).reference == ARTICLES[0].reference  # type: ignore[attr-defined]
    beginning = view.beginning(SCENE)
    link = fields(view.link("generation", beginning, SCENE, False).query)
    assert view.of_address(link, SCENE) == beginning and "beams" not in link and "way" not in link
