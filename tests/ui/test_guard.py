"""What a visitor sees of an error that nobody expected."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest

from hub.errors import BusyError, InputError
from hub.ui.guard import Guarded


def failing(error: Exception) -> Guarded:
    def callback(text: str) -> str:
        raise error

    with Guarded(analytics_enabled=False) as page:
        box = gr.Textbox()
        box.submit(callback, box, box)
    return page


def called(page: Guarded, values: list[str]) -> None:
    """Call the page's only function, in a thread: the main one has a loop after a browser test."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: asyncio.run(page.process_api(0, values))).result()


@pytest.mark.parametrize(
    "error", [ValueError("/home/of/somebody"), KeyError("secret"), OSError(2, "no", "/etc/secret")]
)
def test_an_unexpected_error_is_logged_and_answered_in_a_sentence(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error) as found:
        called(failing(error), ["text"])
    assert found.value.message == (
        "The hub could not make use of this, or failed; the operator finds the reason in its log."
    )
    assert caplog.records[-1].exc_info is not None and caplog.records[-1].exc_info[1] is error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (InputError("the text is empty"), "the text is empty"),
        (BusyError("many wait", 2.0), "many wait (retry after 2 s)"),
        (gr.Error("as it is"), "as it is"),
    ],
)
def test_what_the_visitor_can_mend_keeps_its_text(error: Exception, told: str) -> None:
    with pytest.raises(gr.Error) as found:
        called(failing(error), ["text"])
    assert found.value.message == told


def test_values_that_gradio_cannot_read_are_answered_in_the_same_way() -> None:
    with pytest.raises(gr.Error, match="could not make use of this"):
        called(failing(ValueError()), [])
