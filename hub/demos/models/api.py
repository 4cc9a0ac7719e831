"""The endpoint /models."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hub.ui.context import Context


def api(context: Context) -> None:
    """Register the endpoint /models, which is an MCP tool too."""

    def models() -> list[dict[str, Any]]:
        """The cards of all models that work: name, task, languages, labels, variants, metrics, licences."""
        return [card.model_dump(mode="json") for card in context.service.cards()]

    gr.api(models, api_name="models")
