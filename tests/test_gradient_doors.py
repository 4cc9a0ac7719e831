"""The gradient lab through its doors: gradio_client, MCP and /v1 say what the task says."""

from __future__ import annotations

import json

import httpx
import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from hub.bundle import Bundle
from hub.tasks import gradients as task
from tests.serving import finish

CONFIG = {"depth": 6, "width": 16, "steps": 2, "activation": "tanh"}


@pytest.fixture
def address(committed_hub: str) -> str:
    return committed_hub


@pytest.fixture(scope="module")
def expected(gradient_lab: Bundle) -> dict[str, object]:
    return task.profile(gradient_lab, CONFIG).record()


def test_gradio_client(address: str, expected: dict[str, object]) -> None:
    client = Client(address, verbose=False)
    answer = client.predict(CONFIG, api_name="/gradient_profile")
    assert answer["delta_norm"] == pytest.approx(expected["delta_norm"])
    with pytest.raises(Exception, match="depth is 999") as failure:
        client.predict({"depth": 999}, api_name="/gradient_profile")
    assert "Traceback" not in str(failure.value)


def test_mcp(address: str, expected: dict[str, object]) -> None:
    async def call() -> object:
        async with (
            streamablehttp_client(f"{address}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as on,
        ):
            await on.initialize()
            tools = {tool.name: tool for tool in (await on.list_tools()).tools}
            name = next(name for name in tools if name.endswith("gradient_profile"))
            assert "gradient of each layer" in (tools[name].description or "")
            return await on.call_tool(name, {"config": CONFIG})

    found = finish(call)
    assert not found.isError  # type: ignore[attr-defined]
    assert found.structuredContent == json.loads(json.dumps(expected))  # type: ignore[attr-defined]


def test_v1(address: str, expected: dict[str, object]) -> None:
    answer = httpx.post(f"{address}/v1/gradient_profile", json=CONFIG, timeout=60)
    assert answer.status_code == 200 and answer.json() == json.loads(json.dumps(expected))
    documented = httpx.get(f"{address}/v1/openapi.json", timeout=60).json()
    assert "/gradient_profile" in documented["paths"] and "GradientProfile" in documented["components"]["schemas"]


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 422, "not list"),
        (b'{"depth": 1}', 422, "depth is 1"),
        (b'{"depth": NaN}', 422, "depth is nan"),
        (b'{"learning_rate": 1e999}', 422, "learning_rate is inf"),
        (b'{"network": "cnn"}', 422, "network is cnn"),
        (b'{"depth": 200, "width": 256}', 413, "105 MB"),
        (b'{"x": 1}', 422, "unknown setting"),
        (b"[" * 100_000, 400, "not JSON"),
        (b" " * 2_000_001, 413, "bytes"),
    ],
)
def test_v1_types_every_failure(address: str, body: bytes, status: int, part: str) -> None:
    answer = httpx.post(
        f"{address}/v1/gradient_profile", content=body, headers={"Content-Type": "application/json"}, timeout=60
    )
    assert answer.status_code == status and part in answer.json()["detail"]
