"""The endpoints, which are MCP tools too."""

from __future__ import annotations

import asyncio

import gradio as gr

from hub.fields import Head, Line, Lines, Model, VariantName
from hub.tasks.classify import Prediction
from hub.ui.context import Context


def api(context: Context) -> None:
    """Register the endpoints: /classify and /classify_batch, which are MCP tools too."""
    service = context.service

    async def classify(text: Line, model: Model, head: Head = "", variant: VariantName = "") -> Prediction:
        """Classify one text with one model. Requests of different callers run together.

        Args:
            text: the text, at most 5,000 characters.
            model: the name of a model; the endpoint "models" lists them.
            head: a task of a multi-task model; empty: its first one.
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            {"label": the most probable label, "scores": {label: probability}, "logits", "tokens": how many were read,
            "truncated", "unknown": tokens that the vocabulary lacks, "known": tokens of the text that it has}.
        """
        return (await asyncio.wrap_future(service.submit([text], model, head, variant)))[0]

    def classify_batch(texts: Lines, model: Model, head: Head = "", variant: VariantName = "") -> list[Prediction]:
        """Classify several texts with one model.

        Args:
            texts: at most 2,000 texts of at most 5,000 characters each.
            model: the name of a model; the endpoint "models" lists them.
            head: a task of a multi-task model; empty: its first one.
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            What "classify" says of each text, in their order.
        """
        return service.classify_batch(texts, model, head, variant)

    gr.api(classify, api_name="classify", concurrency_limit=None)
    gr.api(classify_batch, api_name="classify_batch", concurrency_limit=4)
