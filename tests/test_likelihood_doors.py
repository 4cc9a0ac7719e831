"""fit_mle through its three doors: Gradio's API, MCP, /v1; and the same answers at each."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from hub import limits
from hub.bundle import Bundles
from hub.service import Service
from tests.serving import ROOT, finish

HEIGHTS = [158, 161, 163, 165, 167, 168, 170, 171, 174, 176, 179, 183]


@pytest.fixture
def address(committed_hub: str) -> str:
    return committed_hub


def post(address: str, body: bytes) -> tuple[int, Any]:
    request = urllib.request.Request(f"{address}/v1/fit_mle", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_the_doors_agree(address: str) -> None:
    expected = Service(Bundles(ROOT / "onnx")).fit_mle("gaussian", HEIGHTS)
    status, v1 = post(address, json.dumps({"family": "gaussian", "data": HEIGHTS}).encode())
    gradio = Client(address, verbose=False).predict("gaussian", HEIGHTS, api_name="/fit_mle")

    async def call() -> Any:
        async with (
            streamablehttp_client(f"{address}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as client,
        ):
            await client.initialize()
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert "Maximum-likelihood" in (tools["fit_mle"].description or "")
            assert set(tools["fit_mle"].inputSchema["properties"]) == {"family", "data"}
            return await client.call_tool("fit_mle", {"family": "gaussian", "data": HEIGHTS})

    found = finish(call)
    assert status == 200 and not found.isError
    for answer in (v1, gradio, found.structuredContent):
        assert answer["estimate"] == pytest.approx(expected.estimate)
        assert answer["standard_error"] == pytest.approx(expected.standard_error)
        assert answer["log_likelihood"] == pytest.approx(expected.log_likelihood)
        assert answer["n"] == len(HEIGHTS) and len(answer["notes"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "part"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 422, ""),
        (b'{"family": "gaussian"}', 422, "data"),
        (b'{"family": "gaussian", "data": []}', 422, "data"),
        (b'{"family": "gaussian", "data": [1, NaN]}', 422, "finite"),
        (b'{"family": "cauchy", "data": [1]}', 422, "known: bernoulli"),
        (b'{"family": "bernoulli", "data": [0, 2]}', 422, "a Bernoulli sample is 0 or 1"),
        (b'{"family": "gaussian", "data": [' + b"1," * limits.MAX_LAB_SAMPLES + b"1]}", 413, "data"),
        (b'"' + b"x" * limits.MAX_BODY_BYTES + b'"', 413, "bytes"),
    ],
)
def test_a_wrong_request_gets_a_typed_failure(address: str, body: bytes, status: int, part: str) -> None:
    found, answer = post(address, body)
    assert found == status and part in answer["detail"] and answer["status"] == status


def test_a_missing_maximum_is_an_answer(address: str) -> None:
    status, answer = post(address, b'{"family": "gaussian", "data": [5, 5, 5]}')
    assert status == 200 and answer["log_likelihood"] is None and answer["notes"] == ["constant"]
    status, answer = post(address, b'{"family": "logistic", "data": [[0, 0], [1, 0], [2, 1], [3, 1]]}')
    assert status == 200 and answer["notes"] == ["separable"] and set(answer["standard_error"].values()) == {None}
