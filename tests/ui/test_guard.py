"""What a visitor sees of an error that nobody expected."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest
from starlette.requests import Request

from hub.errors import BusyError, InputError, Term
from hub.ui.guard import Guarded
from hub.ui.sessions import Session
from hub.ui.turns import PRIVATE


def failing(error: Exception) -> Guarded:
    """A page whose first function is one of its own, and whose second is an endpoint for programs; both fail."""

    def callback(text: str) -> str:
        raise error

    with Guarded(analytics_enabled=False) as page:
        box = gr.Textbox()
        box.submit(callback, box, box, **PRIVATE)
        gr.api(callback, api_name="fails")
    return page


def called(page: Guarded, values: list[str], function: int = 0, language: str = "en") -> None:
    """Call a function of the page, in a thread: the main one has a loop after a browser test."""
    headers = [(b"accept-language", language.encode())]
    request = gr.Request(Request({"type": "http", "headers": headers, "query_string": b""}))
    with ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: asyncio.run(page.process_api(function, values, request=request))).result()


@pytest.mark.parametrize(
    "error", [ValueError("/home/of/somebody"), KeyError("secret"), OSError(2, "no", "/etc/secret")]
)
def test_an_unexpected_error_is_logged_and_answered_in_a_sentence(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error) as found:
        called(failing(error), ["text"])
    assert found.value.message == (
        "The hub could not make use of this, or failed; the operator finds the reason in its log"
    )
    assert caplog.records[-1].exc_info is not None and caplog.records[-1].exc_info[1] is error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (InputError("lines_none"), "There is no text: type some lines or choose a file"),
        (BusyError("busy_model", found=3, wait=2.0), "3 texts wait for this model already: try again in 2 s"),
        (gr.Error("as it is"), "as it is"),
    ],
)
def test_what_the_visitor_can_mend_keeps_its_text(error: Exception, told: str) -> None:
    with pytest.raises(gr.Error) as found:
        called(failing(error), ["text"])
    assert found.value.message == told


def test_the_page_is_told_in_its_language_and_a_program_in_english_with_the_code() -> None:
    page = failing(InputError("text_empty", what=Term("the_text")))
    with pytest.raises(gr.Error) as found:
        called(page, ["text"], language="zh-CN")
    assert found.value.message == "文本是空的\uff1a请至少输入一个词" and found.value.title == "Error"
    with pytest.raises(gr.Error) as found:
        called(page, ["text"], function=1, language="zh-CN")
    assert (found.value.message, found.value.title) == ("the text is empty: type at least one word", "text_empty")


def test_values_that_gradio_cannot_read_are_answered_in_the_same_way() -> None:
    with pytest.raises(gr.Error, match="could not make use of this"):
        called(failing(ValueError()), [])


@pytest.mark.parametrize(
    "answer",
    [
        lambda left, right: [gr.update(value="new"), gr.skip()],
        lambda left, right: {left: gr.update(value="new")},
    ],
)
def test_an_output_that_keeps_what_it_shows_is_not_made_anew(answer: Callable[..., object]) -> None:
    with Guarded(analytics_enabled=False) as page:
        left, right = gr.Textbox("old"), gr.Textbox("old")
        gr.Button().click(lambda: answer(left, right), None, [left, right])
    state = Session(page)
    with ThreadPoolExecutor(1) as threads:
        sent = threads.submit(lambda: asyncio.run(page.process_api(0, [], state=state))).result()["data"]
    assert sent[0]["value"] == "new" and sent[1] == gr.skip()
    assert state[left._id] is not left and state[right._id] is right


@pytest.mark.parametrize("answer", [gr.skip(), [gr.skip(), gr.skip()], [gr.skip(), 5]])
def test_what_is_skipped_is_sent_as_nothing_new(answer: object) -> None:
    with Guarded(analytics_enabled=False) as page:
        box, state = gr.Textbox("old"), gr.State(3)
        gr.Button().click(lambda: answer, None, [box, state])
    session = Session(page)
    with ThreadPoolExecutor(1) as threads:
        sent = threads.submit(lambda: asyncio.run(page.process_api(0, [], state=session))).result()["data"]
    assert sent[0] == gr.skip() and session[box._id] is box
    assert session[state._id] == (5 if answer == [gr.skip(), 5] else 3)


def test_the_title_of_a_tab_is_sent_and_no_tab_is_kept() -> None:
    with Guarded(analytics_enabled=False) as page:
        with gr.Tabs() as tabs, gr.Tab("old", id="first") as tab:
            box = gr.Textbox()
        gr.Button().click(lambda: [gr.update(label="new"), gr.update(selected="first"), "text"], None, [tab, tabs, box])
    session = Session(page)
    with ThreadPoolExecutor(1) as threads:
        sent = threads.submit(lambda: asyncio.run(page.process_api(0, [], state=session))).result()["data"]
    assert (sent[0]["label"], sent[1]["selected"], sent[2]) == ("new", "first", "text")
    assert session[tab._id] is tab and session[tabs._id] is tabs


def test_an_update_of_a_stream_is_sent_whole() -> None:
    """Gradio's page would take back in place what it has not drawn yet; text still grows by what is new."""
    with Guarded(analytics_enabled=False) as page:
        box, plot = gr.Textbox(), gr.Plot()
        box.submit(lambda text: (text, None), box, [box, plot], **PRIVATE)
    event = page.fns[0]
    shown = {"__type__": "update", "value": {"type": "plotly", "plot": "{}"}, "visible": True}
    frames = [["a", {"__type__": "update"}], ["ab", shown], ["abc", {"__type__": "update"}], ["abc", gr.skip()]]
    sent = [page.handle_streaming_diffs(event, list(frame), "visitor", "run", final=False) for frame in frames]
    assert sent[0] == frames[0]
    assert sent[1] == [[["append", [], "b"]], [["replace", [], shown]]]
    assert sent[2] == [[["append", [], "c"]], [["replace", [], {"__type__": "update"}]]]
    assert sent[3] == [[], []]
    assert page.handle_streaming_diffs(event, [None, None], "visitor", "run", final=True) == frames[3]
