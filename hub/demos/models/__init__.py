"""Every bundle, broken ones too: where it comes from, how it was checked, how good it is, and its files."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hub.demos.models.overview import CLICKS, in_order, overview
from hub.demos.models.passport import passport
from hub.demos.models.strings import STRINGS
from hub.snippet import snippet
from hub.ui import share
from hub.ui.context import Context
from hub.ui.strings import language_of

__all__ = ["STRINGS", "api", "build"]


def build(context: Context) -> None:
    """Draw the tab and wire its events."""
    bundles = context.service.bundles
    names = [bundle.name for bundle in bundles]
    table = gr.HTML(elem_id="overview", js_on_load=CLICKS)
    model = gr.Dropdown(names, value=names[0] if names else None, label=STRINGS("model"), elem_id="passport-model")
    card = gr.HTML(elem_id="passport")
    code = gr.Code(
        language="python", label=STRINGS("snippet"), interactive=False, visible=bool(names), elem_id="snippet"
    )
    query = gr.Textbox(visible="hidden")

    def show(name: str, request: gr.Request) -> list[Any]:
        found = next((bundle for bundle in bundles if bundle.name == name), None)
        if found is None:
            return ["", gr.Code(visible=False)]
        return [passport(found, language_of(request)), gr.Code(value=snippet(found.card), visible=True)]

    def choose(name: str, request: gr.Request) -> list[Any]:
        return [*show(name, request), share.encode({"tab": "models", "model": name or ""}).query]

    def click(request: gr.Request, event: gr.EventData) -> list[Any]:
        name = str(event.model)
        return [name, *choose(name, request)]

    def restore(request: gr.Request) -> list[Any]:
        asked = share.decode(dict(request.query_params)).values.get("model", "")
        ordered = [bundle.name for bundle in in_order(list(bundles))]
        name = asked if asked in names else next(iter(ordered), "")
        language = language_of(request)
        choice = gr.Dropdown(choices=ordered, value=name or None)
        return [overview(list(bundles), bundles.broken, language), choice, *show(name, request)]

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    model.input(choose, model, [card, code, query], **quiet)
    table.click(click, None, [model, card, code, query], **quiet)
    query.change(None, query, None, js=share.PUT_IN_ADDRESS, api_visibility="private")
    context.load(restore, [table, model, card, code])


def api(context: Context) -> None:
    """Register the endpoint /models, which is an MCP tool too."""

    def models() -> list[dict[str, Any]]:
        """The cards of all models that work: name, task, languages, labels, variants, metrics, licences."""
        return [card.model_dump(mode="json") for card in context.service.cards()]

    gr.api(models, api_name="models")
