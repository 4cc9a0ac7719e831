"""Generation: a text grows token by token, and every token can be asked and exchanged.

A file for each view; here they become a tab, and its address.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from hub import errors
from hub.demos.generation import few, tldr, transforms, write
from hub.demos.generation.api import api
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError
from hub.tasks.generate import TASK
from hub.ui import html, share
from hub.ui.context import Context
from hub.ui.strings import language_of
from hub.ui.turns import PRIVATE, QUIET, Turns

__all__ = ["STRINGS", "TASK", "api", "build"]


def build(context: Context) -> None:
    """Draw the tab and wire its events."""
    s, turns = STRINGS, Turns()
    assert context.tab is not None
    query = gr.Textbox(visible="hidden", elem_id="generation-query")
    notice = gr.HTML(elem_id="generation-notice")
    with gr.Tabs(elem_id="generation-views", overflow_behavior="wrap") as tabs:
        writing = write.draw(context.service, turns, query, context.tab)
        views: dict[str, write.Parts | tldr.Parts | few.Parts | transforms.Parts] = {"write": writing}
        if any("en" in bundle.card.languages for bundle in context.service.bundles.of_task(TASK)):  # as their examples
            views["tldr"] = tldr.draw(context.service, turns, query)
            views["few"] = few.draw(context.service, turns, query)
        if context.service.bundles.of_task(transforms.TASK):
            views["gpt1"] = transforms.draw(context.service, query)

    def restore(request: gr.Request) -> list[Any]:
        """The page as its address says; without one, the first example of each view."""
        language = language_of(request)
        shared = share.decode(dict(request.query_params))
        values = shared.values if shared.values.get("tab") == "generation" else {}
        asked = values.get("view", "write")
        note = ""
        if shared.unknown_version:
            note = html.note(s.say("version", language, version=shared.unknown_version), "warn")
        made: list[Any] = []
        for slug, view in views.items():
            try:
                made += view.restored(values if slug == asked else {}, language)
            except (HubError, ValueError) as error:
                reason = errors.readable(error, language) if isinstance(error, HubError) else str(error)
                note += html.note(s.say("bad_link", language, reason=reason[:200]), "warn")
                made += view.restored({}, language)
        chosen = gr.Tabs(selected=asked) if asked in views and "view" in values else gr.skip()
        return [chosen, note, *made]

    query.change(None, query, None, js=share.PUT_IN_ADDRESS, **PRIVATE)
    loaded = context.load(restore, [tabs, notice, *(one for view in views.values() for one in view.written)])
    loaded.then(writing.replay, writing.inputs, writing.shown, **QUIET)
