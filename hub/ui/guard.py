"""No exception of Python's reaches a visitor, whichever step of Gradio's it comes from."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction

from hub import errors
from hub.ui.strings import language_of

log = logging.getLogger(__name__)


class Guarded(gr.Blocks):
    """Blocks whose errors are all gr.Error: a callback's, and those of Gradio's reading and writing of values.

    A visitor reads the sentence of hub/messages.py in the language of the page; a program that calls an endpoint gets
    the English, and the code as the title. What has no code is logged with its traceback.
    """

    async def process_api(self, block_fn: BlockFunction | int, *arguments: Any, **settings: Any) -> dict[str, Any]:
        """As Gradio's. Raises gr.Error alone."""
        try:
            return await super().process_api(block_fn, *arguments, **settings)
        except (gr.Error, asyncio.CancelledError):
            raise
        except Exception as error:
            if not isinstance(error, errors.CodedError):
                log.exception("an event of the page, or of Gradio's API, failed")
            event = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
            if event.api_visibility == "public":
                raise gr.Error(errors.english(error), title=errors.code_of(error), print_exception=False) from None
            request = settings.get("request")
            language = language_of(request if isinstance(request, gr.Request) else None)
            raise gr.Error(errors.readable(error, language), print_exception=False) from None
