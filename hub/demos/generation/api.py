"""The endpoints /generate, /summarize and /ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from hub.errors import checked
from hub.fields import Beams, Head, LengthPenalty, Line, Model, NewTokens, Question, VariantName
from hub.records import GenerateRequest
from hub.service import Service
from hub.tasks.generate import SUMMARY_BEAMS
from hub.tasks.sampling import Seed, Temperature, TopK, TopP
from hub.tasks.streams import growing
from hub.tasks.transforms import Answer
from hub.ui.context import Context


def api(context: Context) -> None:
    """Register the endpoints, which are MCP tools too."""
    service = context.service
    gr.api(generating(service), api_name="generate", concurrency_limit=8)
    gr.api(summarizing(service), api_name="summarize", concurrency_limit=4)
    gr.api(asking(service), api_name="ask", concurrency_limit=8)


def generating(service: Service) -> Callable[..., Any]:
    """The endpoint /generate."""

    def generate(
        prompt: Line,
        model: Model,
        max_new_tokens: NewTokens = 128,
        temperature: Temperature = 0.0,
        top_k: TopK = 0,
        top_p: TopP = 1.0,
        seed: Seed = 0,
        beams: Beams = 1,
        length_penalty: LengthPenalty = 1.0,
        variant: VariantName = "",
    ) -> Iterator[str]:
        """Continue a text. The answer so far comes again and again as it grows; the last one is the whole.

        A beam search shows its best text so far, which may change until the end.

        Args:
            prompt: the beginning, at most 5,000 characters.
            model: the name of a model that writes; the endpoint "models" lists them (task "text-generation").
            max_new_tokens: at most 512.
            temperature: 0 takes the most probable token each time; up to 5.
            top_k: draw among so many of the most probable tokens; 0: all.
            top_p: draw among the fewest tokens that have this probability together; 1: all.
            seed: the same seed gives the same text.
            beams: 2 to 8: a beam search, which wants temperature 0; 1: none.
            length_penalty: of a beam search: 0 compares sums of log-probabilities, where short texts win; 1 the means.
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            The text that follows the prompt.
        """
        settings = {
            "prompt": prompt, "model": model, "max_new_tokens": max_new_tokens, "temperature": temperature,
            "top_k": top_k, "top_p": top_p, "seed": seed, "beams": beams, "length_penalty": length_penalty,
            "variant": variant,
        }  # fmt: skip
        stream = service.generate(checked(GenerateRequest, settings).request(), model, variant)
        if beams > 1:
            for (text,) in growing([stream]):
                yield text
            return
        text = ""
        for token in stream:
            if token.text:
                text += token.text
                yield text
        if not text:
            yield ""

    return generate


def summarizing(service: Service) -> Callable[..., Any]:
    """The endpoint /summarize."""

    def summarize(
        text: Line, model: Model, beams: Beams = SUMMARY_BEAMS, hint: bool = True, variant: VariantName = ""
    ) -> str:
        """Summarise a text in a line: what the model writes after "TL;DR:".

        Args:
            text: at most 5,000 characters.
            model: the name of a model that writes; the endpoint "models" lists them (task "text-generation").
            beams: 2 to 8: a beam search; 1: the most probable token each time.
            hint: whether "TL;DR:" is put behind the text.
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            The summary.
        """
        return service.summarize(text, model, hint, beams, variant).text().strip()

    return summarize


def asking(service: Service) -> Callable[..., Any]:
    """The endpoint /ask."""

    def ask(texts: Question, model: Model, head: Head = "", variant: VariantName = "") -> Answer:
        """Put a question to a head of a model of GPT-1's kind, by an input transformation.

        Args:
            texts: one text to classify; premise and hypothesis; two sentences to compare; or a context and two answers.
            model: the name of such a model; the endpoint "models" lists them (task "input-transformation").
            head: a task of the model, such as "sst2"; empty: its first one.
            variant: fp32, int8, and so on; empty: the one that the card names.

        Returns:
            label: the most probable one. scores: label -> probability. logits: of the question. sequences: the tokens
            that were read, which of them the template put there, and the logits of each sequence.
        """
        return service.ask(texts, model, head, variant)

    return ask
