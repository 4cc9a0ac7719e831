"""The endpoints /similarity, /embed and /search, which are MCP tools too."""

from __future__ import annotations

import asyncio

import gradio as gr

from hub.fields import Hits, Line, Lines, Model, SearchLines, VariantName
from hub.tasks import embed as task
from hub.ui.context import Context


def api(context: Context) -> None:
    """Register the endpoints."""
    service = context.service

    async def similarity(a: Line, b: Line, model: Model, variant: VariantName = "") -> float:
        """How near two texts are in meaning. Requests of different callers run together.

        Args:
            a: a text, at most 5,000 characters.
            b: another.
            model: the name of a sentence encoder; the endpoint "models" lists them (task "sentence-similarity").
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            The cosine of their vectors, from -1 to 1. What counts as near depends on the encoder.
        """
        texts = task.check_pair(a, b)
        return task.cosine(*await asyncio.wrap_future(service.submit_vectors(texts, model, variant)))

    def embed(texts: Lines, model: Model, variant: VariantName = "") -> list[list[float]]:
        """Vectors of texts, to be compared by their product, which is the cosine.

        Args:
            texts: at most 2,000 texts of at most 5,000 characters each.
            model: the name of a sentence encoder; the endpoint "models" lists them (task "sentence-similarity").
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            A vector of length 1 for each text, in their order.
        """
        vectors: list[list[float]] = service.embed(texts, model, variant).tolist()
        return vectors

    def search(
        query: Line, texts: SearchLines, model: Model, k: Hits = task.HITS, variant: VariantName = ""
    ) -> list[task.Hit]:
        """The texts that are nearest to a query in meaning; no word need match.

        Args:
            query: what is looked for, at most 5,000 characters.
            texts: where to look: at most 2,000 texts.
            model: the name of a sentence encoder; the endpoint "models" lists them (task "sentence-similarity").
            k: how many neighbours are wanted, from 1 to 2,000.
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            [{"index": the text's place in the list, from 0, "text", "score": its cosine with the query}], the nearest
            first.
        """
        return service.search(query, texts, model, k, variant)

    gr.api(similarity, api_name="similarity", concurrency_limit=None)
    gr.api(embed, api_name="embed", concurrency_limit=None)
    gr.api(search, api_name="search", concurrency_limit=4)
