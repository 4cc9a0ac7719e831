"""The endpoints as MCP tools, over streamable HTTP."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from hub import limits
from hub.tasks.classify import Prediction
from tests.serving import finish


@pytest.fixture
def address(classifiers_hub: str) -> str:
    return f"{classifiers_hub}/gradio_api/mcp/"


def session(address: str, use: Any) -> Any:
    async def run() -> Any:
        async with (
            streamablehttp_client(address) as (read, write, _),
            ClientSession(read, write) as client,
        ):
            await client.initialize()
            return await use(client)

    return finish(run, 60)


def test_the_tools_are_the_endpoints_and_are_described(address: str) -> None:
    tools = {tool.name: tool for tool in session(address, lambda client: client.list_tools()).tools}
    assert {name.rpartition("model_hub_")[2] for name in tools} == {
        *("classify", "classify_batch", "fit_mle", "gradient_profile", "models"),
        *("embed", "search", "similarity", "generate", "summarize", "ask", "token_vectors", "tag"),
        *("permutation", "recommend", "similar_items", "evaluate_ranking"),
    }
    classify = tools["classify"]
    assert "Classify one text" in (classify.description or "")
    assert set(classify.inputSchema["properties"]) == {"text", "model", "head", "variant"}


def test_the_schemas_have_limits_and_say_what_is_answered(address: str) -> None:
    tools = {tool.name: tool for tool in session(address, lambda client: client.list_tools()).tools}
    assert tools["classify"].inputSchema["properties"]["text"]["maxLength"] == limits.MAX_TEXT_CHARS
    assert tools["classify_batch"].inputSchema["properties"]["texts"]["maxItems"] == limits.MAX_BATCH_TEXTS
    assert tools["search"].inputSchema["properties"]["k"]["maximum"] == limits.MAX_SEARCH_HITS
    assert tools["generate"].inputSchema["properties"]["max_new_tokens"]["maximum"] == limits.MAX_NEW_TOKENS
    assert tools["fit_mle"].inputSchema["properties"]["data"]["maxItems"] == limits.MAX_LAB_SAMPLES
    assert tools["gradient_profile"].inputSchema["properties"]["config"]["properties"]["depth"]["maximum"] == 200
    for tool in tools.values():
        assert tool.outputSchema["type"] == "object" and tool.inputSchema["additionalProperties"] is False
        assert all(entry["description"] for entry in tool.inputSchema["properties"].values()), tool.name
    assert set(tools["classify"].outputSchema["properties"]) == {entry.name for entry in fields(Prediction)}


def test_a_tool_answers_in_json(address: str) -> None:
    """The SDK's client holds the structured content against the output schema by itself."""

    async def use(client: ClientSession) -> Any:
        await client.list_tools()
        return await client.call_tool("classify", {"text": "good film", "model": "pooling"})

    found = session(address, use)
    assert not found.isError
    assert json.loads(found.content[0].text) == found.structuredContent
    assert found.structuredContent["label"] in ("negative", "positive")
    assert sum(found.structuredContent["scores"].values()) == pytest.approx(1)


def test_a_list_stands_under_result(address: str) -> None:
    asked = {"texts": ["good", "bad"], "model": "pooling"}
    found = session(address, lambda client: client.call_tool("classify_batch", asked))
    assert (
        len(found.structuredContent["result"]) == 2
        and json.loads(found.content[0].text) == found.structuredContent["result"]
    )
    cards = session(address, lambda client: client.call_tool("models", {})).structuredContent["result"]
    assert {card["name"] for card in cards} == {"course", "pooling"}


@pytest.mark.parametrize(
    ("tool", "arguments", "part"),
    [
        ("classify", {"text": "good", "model": "nobody"}, "unknown model 'nobody'"),
        ("classify", {"text": "x" * 5_001, "model": "pooling"}, "text: String should have at most 5000 characters"),
        ("classify", {"text": 3, "model": "pooling"}, "text: Input should be a valid string"),
        ("classify", {"model": "pooling"}, "text: Field required"),
        ("classify", {"text": "good", "model": "pooling", "more": 1}, "more: Extra inputs are not permitted"),
        ("classify_batch", {"texts": ["good"] * 2_001, "model": "pooling"}, "at most 2000 items"),
        ("ask", {"texts": 5, "model": "pooling"}, "texts: Input should be a valid list"),
        ("nothing", {}, "there is no tool 'nothing'"),
    ],
)
def test_a_tool_says_what_is_wrong(address: str, tool: str, arguments: dict[str, Any], part: str) -> None:
    found = session(address, lambda client: client.call_tool(tool, arguments))
    assert found.isError and part in found.content[0].text
