"""No exception of Python's reaches a visitor, whichever step of Gradio's it comes from."""

from __future__ import annotations

import asyncio
import inspect
import logging
from copy import copy
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block, BlockContext, convert_component_dict_to_list
from gradio.state_holder import SessionState

from hub import errors
from hub.ui.strings import language_of
from hub.ui.turns import arrived

log = logging.getLogger(__name__)


class Guarded(gr.Blocks):
    """Blocks whose errors are all gr.Error: a callback's, and those of Gradio's reading and writing of values.

    A visitor reads the sentence of hub/messages.py in the language of the page; a program that calls an endpoint gets
    the English, and the code as the title. What has no code is logged with its traceback.
    """

    async def process_api(
        self, block_fn: BlockFunction | int, inputs: list[Any], *arguments: Any, **settings: Any
    ) -> dict[str, Any]:
        """As Gradio's; a program may leave out the last values of an endpoint. Raises gr.Error alone."""
        arrived()
        try:
            return await super().process_api(block_fn, self._whole(block_fn, inputs), *arguments, **settings)
        except (gr.Error, asyncio.CancelledError):
            raise
        except Exception as error:
            if not isinstance(error, errors.CodedError):
                log.exception("an event of the page, or of Gradio's API, failed")
            event = self._event(block_fn)
            if event.api_visibility == "public":
                raise gr.Error(errors.english(error), title=errors.code_of(error), print_exception=False) from None
            request = settings.get("request")
            language = language_of(request if isinstance(request, gr.Request) else None)
            raise gr.Error(errors.readable(error, language), print_exception=False) from None

    def _event(self, block_fn: BlockFunction | int) -> BlockFunction:
        return self.fns[block_fn] if isinstance(block_fn, int) else block_fn

    def _whole(self, block_fn: BlockFunction | int, inputs: list[Any]) -> list[Any]:
        """With the defaults of what is left out at the end: an endpoint that gets a parameter keeps its callers."""
        event = self._event(block_fn)
        if event.fn is None or event.api_visibility != "public" or len(inputs) >= len(event.inputs):
            return inputs
        missing = list(inspect.signature(event.fn).parameters.values())[len(inputs) : len(event.inputs)]
        if any(one.default is one.empty for one in missing):
            return inputs
        return [*inputs, *(one.default for one in missing)]

    def handle_streaming_diffs(
        self, block_fn: BlockFunction, data: list[Any], session_hash: str | None, run: str | None, final: bool,
        simple_format: bool = False,
    ) -> list[Any]:  # fmt: skip
        """As Gradio's, but a component's update that differs from the one before is sent whole.

        Gradio's page makes such changes in the object that it has; where two frames of a stream come in one piece, that
        is before it has drawn it: a figure whose next frame says nothing of it was never seen.
        """
        runs = self.pending_diff_streams.get(session_hash or "", {})
        before, after = list(runs.get(run or "", ())), list(data)
        frame = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format)
        if final or simple_format:
            return frame
        for place, (old, new) in enumerate(zip(before, after, strict=False)):
            if isinstance(old, dict) and isinstance(new, dict) and old != new:
                frame[place] = [["replace", [], new]]
        return frame

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        """As Gradio's, but what needs no new component gets none.

        Gradio makes a component for each update and keeps it for the visitor: for gr.skip() too, of which the load of a
        tab has dozens, and for the titles of tabs, which no event reads.
        """
        outputs = list(block_fn.outputs)
        values = convert_component_dict_to_list(outputs, predictions) if isinstance(predictions, dict) else predictions
        if values == gr.skip():
            values = [gr.skip()] * len(outputs)
        if not isinstance(values, (list, tuple)) or len(values) != len(outputs) or len(outputs) < 2 or block_fn.batch:
            return await super().postprocess_data(block_fn, predictions, state)
        answers = list(values)
        places = [place for place, block in enumerate(outputs) if not _is_sent_as_it_is(block, values[place])]
        if places:
            part = copy(block_fn)
            part.outputs = [outputs[place] for place in places]
            # One output alone is given without a list.
            own: Any = [values[place] for place in places] if len(places) > 1 else values[places[0]]
            for place, answer in zip(places, await super().postprocess_data(part, own, state), strict=True):
                answers[place] = answer
        return answers


def _is_sent_as_it_is(block: Block, value: object) -> bool:
    if block.stateful or not isinstance(value, dict) or value.get("__type__") != "update":
        return False
    return value == gr.skip() or isinstance(block, BlockContext)
