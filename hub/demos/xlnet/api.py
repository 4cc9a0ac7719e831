"""The endpoint /permutation, which is an MCP tool too."""

from __future__ import annotations

import gradio as gr

from hub.fields import Line, Model, Places, VariantName
from hub.tasks.permutation import Permuted
from hub.ui.context import Context


def api(context: Context) -> None:
    """Register the endpoint."""
    service = context.service

    def permutation(
        text: Line, model: Model, order: Places = None, targets: Places = None, variant: VariantName = ""
    ) -> Permuted:
        """The probability of each token of a text in any order of them, each given those before it (XLNet).

        Args:
            text: a text of at most 60 tokens.
            model: the name of a model; the endpoint "models" lists them (task "permutation").
            order: the places of all tokens, 1 the first, each once; none: left to right.
            targets: the places of some tokens, in the order in which they are asked for; the others are known.
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            {"tokens": [{"token", "start", "end"}], "order", "targets": [{"place", "token", "sees": places,
            "log_probability": nats, "rank", "guesses"}], "log_probability": of all targets given the rest, "perm_mask":
            1 where token i may not see token j, "target_mapping"}; in both, the first and the last token are the ones
            that begin and end a text.
        """
        return service.permutation(text, model, order, targets, variant)

    gr.api(permutation, api_name="permutation", concurrency_limit=4)
