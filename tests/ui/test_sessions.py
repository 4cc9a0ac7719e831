"""Each visitor has a state of their own, and it is small."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest
from gradio.blocks import BlocksConfig
from gradio.state_holder import SessionState

from hub import page, server
from hub.bundle import Bundles
from hub.service import Service
from hub.ui.sessions import Session, Sessions


def small_page() -> tuple[gr.Blocks, gr.State, gr.Dropdown]:
    with gr.Blocks(analytics_enabled=False) as blocks:
        state, choice = gr.State([]), gr.Dropdown(["a"])
    return blocks, state, choice


def sessions(blocks: gr.Blocks, capacity: int = 10) -> Sessions:
    blocks.state_session_capacity = capacity
    holder = Sessions()
    holder.set_blocks(blocks)
    return holder


def test_what_one_visitor_does_no_other_sees() -> None:
    blocks, state, choice = small_page()
    holder = sessions(blocks)
    holder["one"][state._id] = [1]
    holder["one"][choice._id] = gr.Dropdown(["a", "b"], render=False)
    assert holder["one"][state._id] == [1] and holder["two"][state._id] == []
    assert len(holder["one"][choice._id].choices) == 2 and len(holder["two"][choice._id].choices) == 1


def test_no_component_is_described_for_a_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, _, choice = small_page()
    described: list[int] = []
    monkeypatch.setattr(BlocksConfig, "config_for_block", staticmethod(lambda key, *_: described.append(key)))
    session = sessions(blocks)["one"]
    session[choice._id] = gr.Dropdown(["a", "b"], render=False)
    session._update_config(choice._id)
    session._update_value_in_config(choice._id, "b")
    assert not described and not list(session.components)


def test_a_session_has_all_that_gradios_has() -> None:
    blocks, _, _ = small_page()
    assert vars(Session(blocks)).keys() == vars(SessionState(blocks)).keys()


def test_the_visitor_who_came_longest_ago_goes_first() -> None:
    blocks, state, _ = small_page()
    holder = sessions(blocks, capacity=2)
    for name in ("one", "two", "three"):
        holder[name][state._id] = [name]
    assert "one" not in holder and holder["two"][state._id] == ["two"] and len(holder.session_data) == 2


def test_the_page_and_its_api_use_these_sessions(tmp_path: Path) -> None:
    service = Service(Bundles(tmp_path))
    blocks = page.build(service)
    gradio = server.application(service, blocks).state.gradio
    assert gradio.state_holder is blocks.state_holder and isinstance(blocks.state_holder, Sessions)
    assert blocks.state_holder.capacity == page.LAUNCH["state_session_capacity"]
