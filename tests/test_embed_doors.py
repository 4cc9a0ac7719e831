"""Vectors through three doors: /v1, Gradio's API and MCP give the same answers, and the same refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from hub import limits
from hub.bundle import Bundles
from hub.tasks import embed as task
from tests.doors import JSON, Doors, opened

TEXTS = ["the cat sleeps .", "a dog barks", "rain falls ."]


@pytest.fixture(scope="module")
def doors(encoders_hub: str) -> Iterator[Doors]:
    with opened(encoders_hub) as found:
        yield found


def numbers(value: Any) -> list[float]:
    """All numbers of an answer, in their order."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in numbers(value[key])]
    if isinstance(value, list):
        return [number for entry in value for number in numbers(entry)]
    return [value] if isinstance(value, (int, float)) else []


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("similarity", {"a": TEXTS[0], "b": TEXTS[1], "model": "trained"}),
        ("embed", {"texts": TEXTS, "model": "base"}),
        ("embed", {"texts": TEXTS * 20, "model": "base"}),
        ("search", {"query": "a cat", "texts": TEXTS, "model": "trained", "k": 2}),
        ("search", {"query": "a cat", "texts": TEXTS * 30, "model": "trained", "k": 90}),
    ],
)
def test_the_three_doors_agree(doors: Doors, made_encoders: Path, name: str, given: dict[str, Any]) -> None:
    bundle = Bundles(made_encoders).get(given["model"])
    kind, answer = doors.v1(name, given)
    assert kind == "answer", answer
    for door in (doors.gradio, doors.mcp):
        other_kind, other = door(name, given)
        assert other_kind == "answer", (door.__name__, other)
        assert numbers(other) == pytest.approx(numbers(answer), abs=1e-6)
    if name == "embed":
        assert np.array(answer) == pytest.approx(task.embed(bundle, given["texts"]), abs=1e-6)
    elif name == "similarity":
        assert answer == pytest.approx(task.similarity(bundle, given["a"], given["b"]), abs=1e-6)
    else:
        expected = task.search(bundle, given["query"], given["texts"], given["k"])
        assert [hit["text"] for hit in answer] == [hit.text for hit in expected]
        assert len(answer) == given["k"]


@pytest.mark.parametrize(
    ("name", "given", "part"),
    [
        ("similarity", {"a": "", "b": "cat", "model": "trained"}, "the first text is empty"),
        ("similarity", {"a": "cat", "b": "cat", "model": "nobody"}, "unknown model 'nobody'"),
        ("embed", {"texts": ["cat", " "], "model": "trained"}, "text 2 is empty"),
        ("embed", {"texts": ["cat"], "model": ""}, "unknown model"),
        ("search", {"query": " ", "texts": ["cat"], "model": "trained", "k": 1}, "the query is empty"),
        ("search", {"query": "cat", "texts": ["cat", ""], "model": "trained", "k": 1}, "text 2 is empty"),
    ],
)
def test_the_doors_refuse_in_the_same_words(doors: Doors, name: str, given: dict[str, Any], part: str) -> None:
    for door in (doors.v1, doors.gradio, doors.mcp):
        kind, said = door(name, given)
        assert kind == "refused" and part in said, (door.__name__, said)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("similarity", {"a": "a" * (limits.MAX_TEXT_CHARS + 1), "b": "cat", "model": "trained"}),
        ("similarity", {"a": "\ud800", "b": "cat", "model": "trained"}),
        ("embed", {"texts": ["cat"] * (limits.MAX_BATCH_TEXTS + 1), "model": "trained"}),
        ("embed", {"texts": [], "model": "trained"}),
        ("search", {"query": "cat", "texts": ["cat"], "model": "trained", "k": 0}),
        ("search", {"query": "cat", "texts": ["cat"], "model": "trained", "k": 2_001}),
        ("search", {"query": "cat", "texts": ["cat"] * (limits.MAX_SEARCH_TEXTS + 1), "model": "trained", "k": 1}),
    ],
)
def test_each_door_refuses_what_is_out_of_bounds(doors: Doors, name: str, given: dict[str, Any]) -> None:
    surrogate = given.get("a") == "\ud800"  # the other clients cannot send one
    for door in (doors.v1,) if surrogate else (doors.v1, doors.gradio, doors.mcp):
        kind, said = door(name, given)
        assert kind == "refused" and "Traceback" not in said, door.__name__


def status(doors: Doors, name: str, body: dict[str, Any] | str) -> int:
    content = body if isinstance(body, str) else json.dumps(body)
    found = httpx.post(f"{doors.address}/v1/{name}", content=content, headers=JSON, timeout=60)
    if not found.is_success:
        assert found.headers["content-type"] == "application/problem+json" and found.json()["detail"]
    return found.status_code


def test_v1_gives_each_failure_its_status(doors: Doors) -> None:
    assert status(doors, "embed", "{") == 400
    assert status(doors, "embed", {"text": "cat", "model": "nobody"}) == 404
    assert status(doors, "embed", {"text": "cat", "model": "trained", "variant": "int4"}) == 404
    assert status(doors, "embed", {"text": "a" * 5_001, "model": "trained"}) == 413
    assert status(doors, "search", {"query": "cat", "texts": ["cat"] * 2_001, "model": "trained"}) == 413
    for body in ({"text": "", "model": "trained"}, {"model": "trained"}, {"text": 3, "model": "trained"},
                 {"text": "cat", "model": "trained", "more": 1}, {"text": "\ud800", "model": "trained"}):  # fmt: skip
        assert status(doors, "embed", body) == 422
    for k in (0, 2_001, 1.5, True, "3", None):
        assert status(doors, "search", {"query": "cat", "texts": ["cat"], "model": "trained", "k": k}) == 422


def test_one_text_gets_one_vector_and_a_list_gets_a_list(doors: Doors, made_encoders: Path) -> None:
    one, many = (
        httpx.post(f"{doors.address}/v1/embed", json={"text": text, "model": "trained"}, timeout=60).json()
        for text in (TEXTS[0], TEXTS[:1])
    )
    assert [one] == many
    expected = task.embed(Bundles(made_encoders).get("trained"), TEXTS[:1])[0]
    assert np.array(one["embedding"], np.float32) == pytest.approx(expected)
    assert np.linalg.norm(one["embedding"]) == pytest.approx(1, abs=1e-6)


def test_many_clients_at_once_get_their_own_vectors(doors: Doors, made_encoders: Path) -> None:
    texts = [" ".join(["cat"] * (1 + number % 7) + ["dog"] * (number % 3)) for number in range(96)]
    expected = task.embed(Bundles(made_encoders).get("trained"), texts)

    def call(text: str) -> list[float]:
        answer = client.post(f"{doors.address}/v1/embed", json={"text": text, "model": "trained"}, timeout=60)
        return answer.json()["embedding"]

    with httpx.Client() as client, ThreadPoolExecutor(32) as pool:
        found = np.array(list(pool.map(call, texts)))
    assert found == pytest.approx(expected, abs=1e-6)


def test_the_routes_and_the_tools_are_described(doors: Doors) -> None:
    document = httpx.get(f"{doors.address}/v1/openapi.json", timeout=60).json()
    schemas = document["components"]["schemas"]
    for path, asked, answer in (
        ("embed", "EmbedRequest", "Embedding"),
        ("similarity", "SimilarityRequest", "Similarity"),
        ("search", "SearchRequest", "Hit"),
    ):
        assert document["paths"][f"/{path}"]["post"]["description"] and {asked, answer} <= set(schemas)
    assert schemas["SearchRequest"]["properties"]["k"]["maximum"] == limits.MAX_SEARCH_HITS
    tools = {tool.name.rpartition("model_hub_")[2]: tool for tool in doors.portal.call(doors.session.list_tools).tools}
    assert set(tools["search"].inputSchema["properties"]) == {"query", "texts", "model", "k", "variant"}
    assert "sentence-similarity" in json.dumps(tools["similarity"].inputSchema) + (
        tools["similarity"].description or ""
    )
