"""A client for each door of a running hub: /v1, Gradio's API and MCP, all asked and answered in one form."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

Answer = tuple[str, Any]  # ("answer", value) or ("refused", message)
JSON = {"Content-Type": "application/json"}
WRAPPED = {"similarity": "similarity", "summarize": "summary"}  # /v1 answers with objects


class Doors:
    """The three clients. A call has the name and the arguments of an endpoint."""

    def __init__(self, address: str, gradio: Client, portal: BlockingPortal, session: ClientSession) -> None:
        self.address = address
        self.client = gradio
        self.portal = portal
        self.session = session

    def v1(self, name: str, given: dict[str, Any]) -> Answer:
        if name == "models":
            return "answer", httpx.get(f"{self.address}/v1/models", timeout=60).json()
        body = given.get("config", {}) if name == "gradient_profile" else dict(given)
        if name in ("classify_batch", "embed") or (name in ("token_vectors", "tag") and "texts" in body):
            body["text"] = body.pop("texts")
        route = "classify" if name == "classify_batch" else name
        answer = httpx.post(f"{self.address}/v1/{route}", content=json.dumps(body), headers=JSON, timeout=60)
        if not answer.is_success:
            return "refused", answer.json()["detail"]
        if name == "generate":
            return "answer", "".join(token["text"] for kind, token in events_of(answer) if kind == "token")
        content = answer.json()
        if name == "embed":
            return "answer", [entry["embedding"] for entry in content]
        return "answer", content[WRAPPED[name]] if name in WRAPPED else content

    def gradio(self, name: str, given: dict[str, Any]) -> Answer:
        try:
            return "answer", self.client.predict(api_name=f"/{name}", **given)
        except Exception as error:  # the client raises its own kinds
            return "refused", str(error)

    def mcp(self, name: str, given: dict[str, Any]) -> Answer:
        found = self.portal.call(self.session.call_tool, name, given)
        text = found.content[0].text
        if found.isError:
            return "refused", text
        content = found.structuredContent
        value = content["result"] if set(content) == {"result"} else content
        assert text == value or json.loads(text) == value
        return "answer", value


def events_of(answer: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """Server-sent events: (name, content)."""
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


@contextlib.contextmanager
def opened(address: str) -> Iterator[Doors]:
    """The doors of the hub at an address."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(streamablehttp_client(f"{address}/gradio_api/mcp/")) as (read, write, _),
        portal.wrap_async_context_manager(ClientSession(read, write)) as session,
    ):
        portal.call(session.initialize)
        yield Doors(address, Client(address, verbose=False), portal, session)
