"""Maximum likelihood: data and a model are given; which parameters make the data likeliest, and what goes wrong.

A file for each view; here they become a tab, and its address.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from hub import errors
from hub.demos.likelihood import classes, duel, growth, language_model, losses, product, sum_to_one
from hub.demos.likelihood.api import api
from hub.demos.likelihood.common import Lab, Made, look
from hub.demos.likelihood.strings import STRINGS
from hub.errors import HubError
from hub.tasks.likelihood import TASK
from hub.ui import html, share
from hub.ui.context import Context
from hub.ui.strings import language_of
from hub.ui.turns import PRIVATE

__all__ = ["STRINGS", "TASK", "api", "build"]


def build(context: Context) -> None:
    """Draw the tab and wire its events."""
    s = STRINGS
    query = gr.Textbox(visible="hidden", elem_id="likelihood-query")
    lab = Lab(context.service.bundles.of_task(TASK)[0], query)
    with gr.Tabs(elem_id="likelihood-views", overflow_behavior="wrap") as tabs:
        arena = duel.draw(lab)
        model = language_model.draw(lab)
        views = (
            model, growth.draw(lab), product.draw(lab, model.settings["text"]), losses.draw(lab), classes.draw(lab),
            sum_to_one.draw(lab),
        )  # fmt: skip

    for changed in (query, arena.query):
        changed.change(None, changed, None, js=share.PUT_IN_ADDRESS, **PRIVATE)

    written = list(dict.fromkeys([*arena.worded, *(one for view in views for one in (view.look, *view.own))]))

    def restore(request: gr.Request) -> list[Any]:
        """The page as its address says; without one, the first example."""
        language = language_of(request)
        shared = share.decode(dict(request.query_params))
        values = shared.values if shared.values.get("tab") == "likelihood" else {}
        asked = values.get("view", "")
        notes = ""
        if shared.unknown_version:
            notes = html.note(s.say("version", language, version=shared.unknown_version), "warn")
        parts: Made = {}
        fought = None
        try:
            view = next((view for view in views if view.slug == asked), None)
            if view is not None:
                parts = view.restored(values, language)
            else:
                fought = arena.restored(values, language, notes)
        except (HubError, ValueError, OverflowError) as error:
            reason = (errors.readable(error, language) if isinstance(error, HubError) else str(error))[:200]
            notes += html.note(s.say("bad_link", language, reason=reason), "warn")
        if fought is None:
            fought = arena.first(language, notes)

        made = arena.words(language)
        settings: Made = {}
        for view in views:
            made |= {view.look: look(view.slug, language), **view.words(language)}
            usual = view.usual(language, {})
            settings |= {view.settings[key]: value for key, value in usual.items()}
        made |= settings | parts
        return [
            gr.Tabs(selected=asked) if parts or asked == duel.PLACE else gr.skip(),
            *(made.get(one, gr.skip()) for one in written), *fought,
        ]  # fmt: skip

    context.load(restore, [tabs, *written, *arena.shown])
