"""Generation through three doors: /v1 as server-sent events, Gradio's API as a stream, MCP."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from hub import limits
from hub.bundle import Bundles
from hub.service import Service
from hub.tasks.generate import Request
from tests.doors import events_of
from tests.serving import finish

PROMPT = "The old lighthouse keeper"


@pytest.fixture
def address(writers_hub: str) -> str:
    return writers_hub


@pytest.fixture(scope="module")
def expected(made_writers: Path) -> str:
    return Service(Bundles(made_writers)).generate(Request(PROMPT, 12), "gpt2").text()


def post(address: str, **body: Any) -> httpx.Response:
    return httpx.post(f"{address}/v1/generate", json={"model": "gpt2", "prompt": PROMPT, **body}, timeout=60)


def test_the_tokens_come_as_events_and_then_the_end(address: str, expected: str) -> None:
    *tokens, (last, end) = events_of(post(address, max_new_tokens=12))
    assert {name for name, _ in tokens} == {"token"} and last == "end"
    assert "".join(token["text"] for _, token in tokens) == expected
    assert end["new_tokens"] == len(tokens) == 12 and end["reason"] == "length" and end["first_s"] > 0


def test_each_place_has_its_alternatives_where_they_are_asked_for(address: str) -> None:
    *tokens, _ = events_of(post(address, max_new_tokens=3, alternatives=4))
    given = [token for _, token in tokens if token["given"]]
    assert given[0]["probability"] is None and given[0]["rank"] is None
    assert all(len(token["alternatives"]) == 4 for _, token in tokens[1:])
    assert len(tokens) == len(given) + 3 and all(token["rank"] == 1 for _, token in tokens[len(given) :])


def test_a_beam_search_gives_its_best_text_and_the_texts_with_their_scores(address: str, made_writers: Path) -> None:
    asked = Request(PROMPT, 12, beams=4, length_penalty=0.5)
    expected = Service(Bundles(made_writers)).generate(asked, "gpt2")
    text = expected.text()
    *tokens, (last, end) = events_of(post(address, max_new_tokens=12, beams=4, length_penalty=0.5))
    assert last == "end" and "".join(token["text"] for _, token in tokens) == text
    assert expected.end is not None and end["beams"][0]["text"] == text and len(end["beams"]) == 4
    for found, beam in zip(end["beams"], expected.end.beams, strict=True):
        assert found["ids"] == list(beam.ids) and found["reason"] == beam.reason
        assert found["score"] == pytest.approx(beam.score, rel=1e-4)
    assert events_of(post(address, max_new_tokens=3))[-1][1]["beams"] == []


def test_settings_and_stops_are_kept(address: str, expected: str) -> None:
    def text(**more: Any) -> str:
        found = events_of(post(address, max_new_tokens=12, **more))
        return "".join(token["text"] for name, token in found if name == "token")

    assert text(temperature=1.5, seed=3) == text(temperature=1.5, seed=3) != text(temperature=1.5, seed=4)
    stop = expected[4:6]
    assert text(stop=[stop]) == expected[: expected.index(stop)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"model": "nobody"}, 404, "unknown_model"),
        ({"prompt": ""}, 422, "invalid"),
        ({"prompt": "word " * 100}, 413, "too_large"),
        ({"prompt": "x" * (limits.MAX_TEXT_CHARS + 1)}, 413, "too_large"),
        ({"max_new_tokens": 0}, 422, "invalid"),
        ({"temperature": -1}, 422, "invalid"),
        ({"top_k": 1.5}, 422, "invalid"),
        ({"stop": [""]}, 422, "invalid"),
        ({"unknown": 1}, 422, "invalid"),
        ({"variant": "int3"}, 404, "unknown_model"),
        ({"beams": 100}, 422, "invalid"),
        ({"length_penalty": 100}, 422, "invalid"),
        ({"beams": 2, "temperature": 0.8}, 422, "invalid"),
    ],
)
def test_wrong_requests_have_their_status(address: str, body: dict[str, Any], status: int, code: str) -> None:
    found = post(address, **body)
    assert found.status_code == status and found.json()["code"] == code and "Traceback" not in found.text


@pytest.mark.parametrize("way", [{"temperature": 1.0}, {"beams": 8}])
def test_a_client_that_leaves_frees_its_place(address: str, way: dict[str, Any]) -> None:
    def leave() -> None:
        body = {"model": "llama", "prompt": "The", "max_new_tokens": 50, **way}
        with httpx.stream("POST", f"{address}/v1/generate", json=body, timeout=60) as answer:
            next(answer.iter_bytes())

    threads = [threading.Thread(target=leave) for _ in range(3 * limits.MAX_STREAMS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    begun = time.monotonic()
    assert events_of(post(address, model="llama", max_new_tokens=3))[-1][0] == "end"
    assert time.monotonic() - begun < 10


def test_many_at_once_get_what_each_gets_alone(address: str, expected: str) -> None:
    found: list[str] = []

    def ask() -> None:
        tokens = events_of(post(address, max_new_tokens=12))
        found.append("".join(token["text"] for name, token in tokens if name == "token"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_gradio_streams_the_answer_as_it_grows(address: str, expected: str) -> None:
    client = Client(address, verbose=False)
    job = client.submit(PROMPT, "gpt2", 12, api_name="/generate")
    assert job.result(timeout=60) == expected
    parts = job.outputs()
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(parts))
    summary = client.predict("The lamp was lit. The fog came in.", "gpt2", api_name="/summarize")
    assert isinstance(summary, str)
    assert isinstance(client.predict("The lamp was lit.", "gpt2", 4, api_name="/summarize"), str)
    with pytest.raises(Exception, match="beams is 99; a whole number from 1 to 8 is allowed"):
        client.predict("The lamp was lit.", "gpt2", 99, api_name="/summarize")
    with pytest.raises(Exception, match="unknown model 'nobody'"):
        client.predict(PROMPT, "nobody", api_name="/generate")


def test_gradio_gives_the_best_text_of_a_beam_search_last(address: str, made_writers: Path) -> None:
    best = Service(Bundles(made_writers)).generate(Request(PROMPT, 12, beams=4), "gpt2").text()
    client = Client(address, verbose=False)
    asked = {"max_new_tokens": 12, "beams": 4}
    assert client.predict(PROMPT, "gpt2", api_name="/generate", **asked) == best
    with pytest.raises(Exception, match="beam search draws nothing"):
        client.predict(PROMPT, "gpt2", api_name="/generate", temperature=0.5, **asked)


def test_an_agent_can_write(address: str, expected: str) -> None:
    async def call() -> Any:
        async with (
            streamablehttp_client(f"{address}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name.rpartition("model_hub_")[2] for tool in (await session.list_tools()).tools}
            assert {"generate", "summarize"} <= tools
            given = {"prompt": PROMPT, "model": "gpt2", "max_new_tokens": 12}
            return await session.call_tool("generate", given)

    found = finish(call, 60)
    assert not found.isError and found.content[-1].text == expected


def test_a_head_is_asked(address: str, made_questions: Path) -> None:
    fields = ["the film is good", "not bad", "a poor story"]
    expected = Service(Bundles(made_questions)).ask(fields, "questions", "cause")
    client = Client(address, verbose=False)
    found = client.predict(fields, "questions", "cause", api_name="/ask")
    assert found["label"] == expected.label and found["scores"] == pytest.approx(expected.scores)
    assert [tuple(one["tokens"]) for one in found["sequences"]] == [one.tokens for one in expected.sequences]
    with pytest.raises(Exception, match="cause of questions takes 3 texts"):
        client.predict(fields[:2], "questions", "cause", api_name="/ask")
