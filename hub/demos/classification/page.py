"""The tab: its views one beside the other, the share link, and what an address opens."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hub.demos.classification.many import ManyTexts
from hub.demos.classification.one import OneText
from hub.demos.classification.quality import Quality
from hub.demos.classification.runs import Models
from hub.demos.classification.strings import STRINGS
from hub.ui import share
from hub.ui.context import Context
from hub.ui.strings import language_of

VIEWS = ("one", "many", "figures")


def build(context: Context) -> None:
    """Draw the tab and wire its events."""
    models, s = Models(context.service.bundles), STRINGS
    with gr.Tabs(overflow_behavior="wrap") as views:
        tabs = {}
        with gr.Tab(s("one"), id="one") as tabs["one"]:
            one = OneText(models)
        with gr.Tab(s("many"), id="many") as tabs["many"]:
            many = ManyTexts(models)
        with gr.Tab(s("figures"), id="figures") as tabs["figures"]:
            quality = Quality(models)
    many.on_look(tabs["many"])
    quality.on_look(tabs["figures"])

    def restore(request: gr.Request) -> list[Any]:
        """The page as its address says; without one, the first example."""
        language = language_of(request)
        shared = share.decode(dict(request.query_params))
        notes = [s.say("version", language, version=shared.unknown_version)] if shared.unknown_version else []
        view = shared.values.get("view", "")
        selected = gr.Tabs(selected=view) if view in VIEWS else gr.skip()
        return [
            selected, *many.restored(language), *quality.restored(language),
            *one.restored(shared.values, notes, language),
        ]  # fmt: skip

    context.load(restore, [views, *many.written, *quality.written, *one.settings, one.variant, *one.shown])
