"""The endpoints, which are MCP tools too."""

from __future__ import annotations

import asyncio

import gradio as gr
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from hub.errors import HubError
from hub.fields import Line, Lines, Model
from hub.tasks import classify as task
from hub.ui.context import Context, readable


class Classified(TypedDict):
    label: str
    scores: dict[str, float]


def api(context: Context) -> None:
    """Register the endpoints: /classify and /classify_batch, which are MCP tools too."""
    service = context.service

    async def classify(text: Line, model: Model) -> Classified:
        """Classify one text with one model. Requests of different callers run together.

        Args:
            text: the text, at most 5,000 characters.
            model: the name of a model; the endpoint "models" lists them.

        Returns:
            {"label": the most probable label, "scores": {label: probability}}; of a multi-task model, its first task.
        """
        try:
            found = await asyncio.wrap_future(service.submit([text], model))
        except HubError as error:
            raise readable(error) from None
        return answered(found[0])

    def classify_batch(texts: Lines, model: Model) -> list[Classified]:
        """Classify several texts with one model.

        Args:
            texts: at most 2,000 texts of at most 5,000 characters each.
            model: the name of a model; the endpoint "models" lists them.

        Returns:
            One {"label": …, "scores": {…}} for each text, in their order.
        """
        try:
            return [answered(found) for found in service.classify_batch(texts, model)]
        except HubError as error:
            raise readable(error) from None

    gr.api(classify, api_name="classify", concurrency_limit=None)
    gr.api(classify_batch, api_name="classify_batch", concurrency_limit=4)


def answered(prediction: task.Prediction) -> Classified:
    """A Prediction as the API says it."""
    return {"label": prediction.label, "scores": prediction.scores}
