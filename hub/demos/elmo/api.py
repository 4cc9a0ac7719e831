"""The endpoints /token_vectors and /tag, which are MCP tools too."""

from __future__ import annotations

import gradio as gr

from hub.errors import checked
from hub.fields import Gamma, Layer, Lines, Model, VariantName, Weights, WithLayers
from hub.records import TagRequest, TokenVectorsRequest
from hub.tasks.contextual import TokenVectors
from hub.tasks.tag import Tagged
from hub.ui.context import Context


def api(context: Context) -> None:
    """Register the endpoints."""
    service = context.service

    def token_vectors(
        texts: Lines,
        model: Model,
        layer: Layer = None,
        weights: Weights = None,
        gamma: Gamma = 1.0,
        variant: VariantName = "",
    ) -> list[TokenVectors]:
        """The vector of each word of texts, which depends on its sentence (ELMo).

        Args:
            texts: at most 2,000 texts of together at most 20,000 characters.
            model: the name of a model; the endpoint "models" lists them (task "word-vectors").
            layer: one layer alone: 0 is the word without its sentence, the highest the top; none: a mix.
            weights: of the layers in the mix, the lowest first; they are made to sum to 1; none: all alike.
            gamma: what the mix is multiplied with.
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            Of each text {"tokens": [{"word", "start", "end": its characters, "vector"}], "truncated": whether it has
            more words than are read, "cut": places of words that were too long to be read whole}.
        """
        settings = {"model": model, "layer": layer, "weights": weights, "gamma": gamma, "variant": variant}
        body = checked(TokenVectorsRequest, settings | {"text": texts})
        return service.token_vectors(texts, body.model, body.layer, body.weights, body.gamma, body.variant)

    def tag(texts: Lines, model: Model, arm: WithLayers = "with", variant: VariantName = "") -> list[Tagged]:
        """The named entities of texts: persons, organisations, places and other names.

        Args:
            texts: at most 2,000 texts of at most 5,000 characters each.
            model: the name of a tagger; the endpoint "models" lists them (task "tagging").
            arm: "with" the vectors of ELMo beside the words, or "without", by the twin that does not read them.
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            Of each text {"text", "entities": [{"kind": "PER", "ORG", "LOC" or "MISC", "text", "start", "end": its
            characters, "probability"}], "truncated": whether it has more words than are read}.
        """
        body = checked(TagRequest, {"text": texts, "model": model, "arm": arm, "variant": variant})
        return service.tag(texts, body.model, body.arm, body.variant)

    gr.api(tag, api_name="tag", concurrency_limit=4)
    gr.api(token_vectors, api_name="token_vectors", concurrency_limit=4)
