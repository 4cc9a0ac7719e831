"""Gradients: they vanish and explode before the visitor's eyes, and each cure beside the disease.

A file for each view; here they become a tab, and its address.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from hub.demos.gradients import chain, train
from hub.demos.gradients.api import api
from hub.demos.gradients.live import live_html
from hub.demos.gradients.strings import FORMULAS, STRINGS
from hub.tasks.gradients import TASK
from hub.ui import share
from hub.ui.context import Context
from hub.ui.strings import language_of
from hub.ui.turns import Turns

__all__ = ["STRINGS", "TASK", "api", "build", "live_html"]


def build(context: Context) -> None:
    """Draw the tab and wire its events."""
    s, turns = STRINGS, Turns()
    bundle = context.service.bundles.of_task(TASK)[0]
    assert context.tab is not None
    with gr.Tabs(elem_id="gradient-views", overflow_behavior="wrap") as views:
        training = train.draw(bundle, turns, context.tab)
        chain_examples = chain.draw(bundle, turns)
        with gr.Tab(s("formulas"), id="formulas"):
            formulas = gr.Markdown(
                FORMULAS["en"],
                latex_delimiters=[
                    {"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}
                ],
                elem_id="gradient-formulas",
            )  # fmt: skip

    def restore(request: gr.Request) -> list[Any]:
        """The page as its address says."""
        asked = share.decode(dict(request.query_params)).values
        view = asked.get("view", "") if asked.get("tab") == "gradients" else ""
        return [
            *training.restored(request), FORMULAS[language_of(request)],
            gr.Dataset(samples=chain.titles(language_of(request))),
            gr.Tabs(selected=view) if view in ("train", "chain", "formulas") else gr.skip(),
        ]  # fmt: skip

    context.load(restore, [*training.written, formulas, chain_examples, views])
