"""No exception of Python's reaches a visitor, whichever step of Gradio's it comes from."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import gradio as gr

from hub.errors import HubError
from hub.ui.context import readable
from hub.ui.strings import Strings, language_of

STRINGS = Strings(
    "guard",
    {
        "unexpected": (
            "The hub could not make use of this, or failed; the operator finds the reason in its log.",
            "服务器没能处理这次请求；原因已写入服务器日志。",
        ),
    },
)
log = logging.getLogger(__name__)


class Guarded(gr.Blocks):
    """Blocks whose errors are all gr.Error: a callback's, and those of Gradio's reading and writing of values.

    What the visitor can mend keeps its text; everything else is logged with its traceback and becomes one sentence.
    """

    async def process_api(self, *arguments: Any, **settings: Any) -> dict[str, Any]:
        """As Gradio's. Raises gr.Error alone."""
        try:
            return await super().process_api(*arguments, **settings)
        except (gr.Error, asyncio.CancelledError):
            raise
        except HubError as error:
            raise readable(error) from None
        except Exception:
            log.exception("an event of the page, or of Gradio's API, failed")
            request = settings.get("request")
            language = language_of(request if isinstance(request, gr.Request) else None)
            raise gr.Error(STRINGS.say("unexpected", language), print_exception=False) from None
