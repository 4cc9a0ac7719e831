"""Vectors of words in their sentences, and their tags, through three doors: /v1, Gradio's API and MCP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hub import limits
from hub.bundle import Bundles
from hub.tasks import contextual as task
from hub.tasks import tag
from hub.tasks.layered import ARMS, Arm
from tests.doors import Doors, opened
from tests.serving import hub

TEXTS = ["A warm, funny film.", "Boring."]
MODEL = {"model": "elmo"}


@pytest.fixture(scope="module")
def doors(made_spellers: Path) -> Iterator[Doors]:
    with hub(made_spellers) as address, opened(address) as found:
        yield found


@pytest.mark.parametrize(
    "more",
    [{}, {"layer": 0}, {"layer": 2}, {"weights": [1, 2, 1], "gamma": 0.5}, {"variant": "fp32"}],
    ids=lambda more: "-".join(more) or "all",
)
@pytest.mark.parametrize("texts", [TEXTS, TEXTS * 20], ids=["few", "many"])
def test_the_three_doors_agree(doors: Doors, made_spellers: Path, texts: list[str], more: dict[str, Any]) -> None:
    bundle = Bundles(made_spellers).get("elmo")
    weights = task.weights_of(bundle, more.get("layer"), more.get("weights"))
    readings = task.read(bundle, texts, variant=more.get("variant", ""))
    expected = [task.token_vectors(reading, weights, more.get("gamma", 1.0)) for reading in readings]
    for door in (doors.v1, doors.gradio, doors.mcp):
        kind, answer = door("token_vectors", {"texts": texts, **MODEL, **more})
        assert kind == "answer", (door.__name__, answer)
        assert len(answer) == len(texts)
        for one, wanted in zip(answer, expected, strict=True):
            assert [(row["word"], row["start"], row["end"]) for row in one["tokens"]] == [
                (row.word, row.start, row.end) for row in wanted.tokens
            ]
            for row, same in zip(one["tokens"], wanted.tokens, strict=True):
                assert np.array(row["vector"]) == pytest.approx(np.array(same.vector), abs=1e-5)
            assert one["truncated"] is False and one["cut"] == []


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("texts", [TEXTS, TEXTS * 20], ids=["few", "many"])
def test_the_three_doors_tag_alike(doors: Doors, made_spellers: Path, texts: list[str], arm: Arm) -> None:
    expected = [asdict(one) for one in tag.tag(tag.opened(Bundles(made_spellers), "tagger"), texts, arm=arm)]
    assert any(one["entities"] for one in expected)
    for door in (doors.v1, doors.gradio, doors.mcp):
        kind, answer = door("tag", {"texts": texts, "model": "tagger", "arm": arm})
        assert kind == "answer", (door.__name__, answer)
        for one, wanted in zip(answer, expected, strict=True):
            found, right = one.pop("entities"), wanted["entities"]
            assert one == {"text": wanted["text"], "truncated": False}
            for entity, same in zip(found, right, strict=True):
                assert entity.pop("probability") == pytest.approx(same["probability"], abs=1e-4)
                assert entity == {name: value for name, value in same.items() if name != "probability"}


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"texts": ["film", " "]}, "text 2 is empty"),
        ({"texts": ["film"], "model": "elmo"}, "unknown model 'elmo'"),
        ({"texts": ["film"], "arm": "both"}, "with"),
    ],
)
def test_the_doors_refuse_tags_in_the_same_words(doors: Doors, given: dict[str, Any], part: str) -> None:
    for door in (doors.v1, doors.gradio, doors.mcp):
        kind, said = door("tag", {"model": "tagger", **given})
        assert kind == "refused" and part in said, (door.__name__, said)


def test_one_text_gets_one_answer_at_v1(doors: Doors) -> None:
    kind, answer = doors.v1("token_vectors", {"text": f"a {'b' * 60}", **MODEL})
    assert kind == "answer" and answer["cut"] == [1] and len(answer["tokens"]) == 2


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"texts": ["film", " "]}, "text 2 is empty"),
        ({"texts": ["film"], "model": "nobody"}, "unknown model 'nobody'"),
        ({"texts": ["film"], "layer": 7}, "layer"),
        ({"texts": ["film"], "layer": 1, "weights": [1, 1, 1]}, "either a layer or weights"),
        ({"texts": ["film"], "weights": [1, 1]}, "weights must be a list of 3 numbers"),
        ({"texts": ["film"], "weights": [0, 0, 0]}, "weights must be at least 0"),
        ({"texts": ["a" * limits.MAX_TEXT_CHARS] * 5}, "send fewer"),
    ],
)
def test_the_doors_refuse_in_the_same_words(doors: Doors, given: dict[str, Any], part: str) -> None:
    for door in (doors.v1, doors.gradio, doors.mcp):
        kind, said = door("token_vectors", {**MODEL, **given})
        assert kind == "refused" and part in said, (door.__name__, said)


@pytest.mark.parametrize("more", [{"gamma": 0}, {"gamma": 1e9}, {"layer": -1}, {"layer": 0.5}, {"weights": "1"}])
def test_each_door_refuses_what_is_out_of_bounds(doors: Doors, more: dict[str, Any]) -> None:
    for door in (doors.v1, doors.gradio, doors.mcp):
        kind, said = door("token_vectors", {"texts": ["film"], **MODEL, **more})
        assert kind == "refused" and "Traceback" not in said, door.__name__
