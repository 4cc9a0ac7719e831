"""Three doors, one contract: /v1, Gradio's API and the MCP tool give the same answer, or the same refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from gradio_client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from tests.bundles import WORDS
from tests.serving import hub

Answer = tuple[str, Any]  # ("label", {"label", "scores"}) or ("refused", message)


class Doors:
    """A client for each door of one running hub."""

    def __init__(self, address: str, gradio: Client, portal: BlockingPortal, session: ClientSession) -> None:
        self.address = address
        self.gradio_client = gradio
        self.portal = portal
        self.session = session

    def v1(self, text: str, model: str) -> Answer:
        found = httpx.post(f"{self.address}/v1/classify", json={"text": text, "model": model}, timeout=30)
        body = found.json()
        if found.is_success:
            return "label", {"label": body["label"], "scores": body["scores"]}
        return "refused", body["detail"]

    def gradio(self, text: str, model: str) -> Answer:
        try:
            return "label", self.gradio_client.predict(text, model, api_name="/classify")
        except Exception as error:  # the client raises its own kinds
            return "refused", str(error)

    def mcp(self, text: str, model: str) -> Answer:
        found = self.portal.call(self.session.call_tool, "classify", {"text": text, "model": model})
        said = found.content[0].text
        if found.isError:
            return "refused", said
        assert json.loads(said) == found.structuredContent
        return "label", found.structuredContent


@pytest.fixture(scope="module")
def doors(made_bundles: Path) -> Iterator[Doors]:
    with (
        hub(made_bundles) as address,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(streamablehttp_client(f"{address}/gradio_api/mcp/")) as (read, write, _),
        portal.wrap_async_context_manager(ClientSession(read, write)) as session,
    ):
        portal.call(session.initialize)
        yield Doors(address, Client(address, verbose=False), portal, session)


SENTENCES = st.lists(st.sampled_from([*WORDS[2:], "未知", "it's", "🙂"]), min_size=1, max_size=50).map(" ".join)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(SENTENCES, ANY_TEXT), model=st.sampled_from(["pooling", "course", "nobody"]))
def test_the_three_doors_agree(doors: Doors, text: str, model: str) -> None:
    kind, answer = doors.v1(text, model)
    for door in (doors.gradio, doors.mcp):
        other_kind, other = door(text, model)
        assert other_kind == kind, (door.__name__, other)
        if kind == "refused":
            assert answer in other  # a client may put words of its own around the message
        else:
            assert other["label"] == answer["label"]
            assert other["scores"] == pytest.approx(answer["scores"], abs=1e-6)
