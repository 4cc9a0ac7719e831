"""The endpoints as MCP tools, over streamable HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from tests.serving import finish, hub


@pytest.fixture(scope="module")
def address(made_bundles: Path) -> Iterator[str]:
    with hub(made_bundles) as address:
        yield f"{address}/gradio_api/mcp/"


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
        *("embed", "search", "similarity", "generate", "summarize", "ask"),
    }
    classify = tools["classify"]
    assert "Classify one text" in (classify.description or "")
    assert set(classify.inputSchema["properties"]) == {"text", "model"}


def test_a_tool_answers(address: str) -> None:
    found = session(address, lambda client: client.call_tool("classify", {"text": "good film", "model": "pooling"}))
    assert not found.isError
    answer = json.loads(found.content[0].text.replace("'", '"'))
    assert answer["label"] in ("negative", "positive")
    assert sum(answer["scores"].values()) == pytest.approx(1)


def test_a_tool_says_what_is_wrong(address: str) -> None:
    found = session(address, lambda client: client.call_tool("classify", {"text": "good", "model": "nobody"}))
    assert found.isError
    assert "unknown model 'nobody'" in found.content[0].text
