"""Texts that are written before the visitor's eyes: by which settings, what is seen meanwhile, and where one looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any

import gradio as gr
import numpy as np
from pydantic import Field

from hub import limits
from hub.card import Card
from hub.demos.generation import figures, words
from hub.demos.generation.strings import STRINGS
from hub.demos.generation.writers import Writers
from hub.demos.generation.written import Written, branches_of
from hub.kept import Kept
from hub.tasks import sampling as chances
from hub.tasks.generate import Beam, End, Request
from hub.tasks.prompts import BARE, Way
from hub.tasks.sampling import Sampling
from hub.tasks.streams import FRAME_S
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language

ALTERNATIVES = 10
SLOWLY_S = 0.11  # a token of a poem
MAX_SEED = 1_000_000
DISTRIBUTIONS = 64  # that are kept for a while: moving a slider need not run the model

Going = Callable[[], bool]


class Settings(settings.Settings):
    """What is continued, by whom, and how the next token is chosen."""

    prompt: Annotated[str, Control(submits=True)] = ""
    model: str | None = None
    way: Annotated[Way, Control(kind=gr.Radio, brief=True)] = BARE
    temperature: Annotated[float, Field(ge=0, le=2), Control(step=0.05, brief=True)] = 0.8
    top_k: Annotated[int, Field(ge=0, le=200), Control(brief=True)] = 0
    top_p: Annotated[float, Field(ge=0, le=1), Control(step=0.01, brief=True)] = 0.95
    min_p: Annotated[float, Field(ge=0, le=0.5), Control(step=0.01, brief=True)] = 0.0
    repetition_penalty: Annotated[float, Field(ge=1, le=2), Control(step=0.05, brief=True)] = 1.0
    no_repeat_ngram: Annotated[int, Field(ge=0, le=8), Control(brief=True)] = 0
    max_new_tokens: Annotated[int, Field(ge=1, le=256), Control(brief=True)] = 100
    beams: Annotated[int, Field(ge=1, le=limits.MAX_BEAMS), Control(brief=True)] = 1
    length_penalty: Annotated[float, Field(ge=0, le=2), Control(step=0.1, brief=True)] = 1.0
    seed: Annotated[int, Field(ge=0, le=MAX_SEED), Control(kind=gr.Number, brief=True)] = 0
    path: str = ""  # the branches that were taken, in an address

    @property
    def sampling(self) -> Sampling:
        """As the engine takes it; a beam search draws nothing. Raises InputError."""
        return Sampling(
            temperature=0.0 if self.beams > 1 else self.temperature, top_k=self.top_k, top_p=self.top_p,
            min_p=self.min_p, repetition_penalty=self.repetition_penalty, no_repeat_ngram=self.no_repeat_ngram,
            seed=self.seed,
        )  # fmt: skip

    def request(self, prompt: str, ids: tuple[int, ...] = (), describe: bool = True) -> Request:
        """What asks the engine for a text. Raises InputError."""
        return Request(
            prompt, self.max_new_tokens, self.sampling, alternatives=ALTERNATIVES, ids=ids, describe=describe,
            beams=self.beams, length_penalty=self.length_penalty,
        )  # fmt: skip

    def go_on(self, text: Written) -> Request:
        """What asks for more of a text. Raises InputError."""
        return replace(self.request("", text.ids, describe=False), written=text.written(len(text.tokens)))


SAMPLING = [name for name in Settings.model_fields if name not in ("prompt", "model", "way", "path")]


def verse(card: Card | None) -> bool:
    """Whether a model writes poems: its prompts are titles, each a line."""
    return card is not None and bool(card.prompts) and all(prompt.endswith("\n") for prompt in card.prompts)


class Writing:
    """Texts by the models that are here."""

    def __init__(self, writers: Writers) -> None:
        self.writers = writers
        self._logits: Kept[tuple[str, tuple[int, ...], int], np.ndarray] = Kept(DISTRIBUTIONS)

    def show(self, settings: Settings, language: Language, going: Going) -> Iterator[dict[str, Any]]:
        """The text as it grows, with the branches of a link; then a token of it is looked at."""
        branches = branches_of(settings.path)
        yield self.writers.around(settings.model, settings.way, language)
        text, request = self.begin(settings)
        for frame in self.grow(text, request, settings, language, going):
            text = frame["written"]
            yield frame
        for place, token in branches:
            if not going():
                return
            text = text.taken(place, token)
            for frame in self.grow(text, settings.go_on(text), settings, language, going):
                text = frame["written"]
                yield frame

    def begin(self, settings: Settings) -> tuple[Written, Request]:
        """A text that has its prompt yet to be read. Raises InputError, UnknownModelError, BundleError."""
        name, prompt = settings.model or "", settings.prompt
        if verse(self.writers.card(name)) and not prompt.endswith("\n"):
            prompt += "\n"  # a title is a line
        way = self.writers.way(name, settings.way)
        if way == BARE:
            return Written(name, prompt), settings.request(prompt)
        return Written(name, prompt, way=way), settings.request("", self.writers.engine(name).chat(prompt))

    def grow(
        self, text: Written, request: Request, settings: Settings, language: Language, going: Going
    ) -> Iterator[dict[str, Any]]:
        """What is seen while a text grows; at its end, a token is looked at."""
        context = self.writers.engine(text.model).context
        for grown, beams, end in self.steps(text, request, going):
            facts = words.facts_html(grown.tokens, end, context, language)
            if end is None and beams:
                facts = html.note(STRINGS.say("searching", language, new=max(len(one.ids) for one in beams)))
            frame = {"text": self.text_html(grown, language), "facts": facts, "written": grown}
            if beams or end is not None:
                frame["kept"] = words.beams_html(beams, request.length_penalty, language)
            if end is not None:
                place = grown.looked_at
                frame |= {"text": self.text_html(grown, language, place), "at": place}
                frame |= self.look(grown, place, settings, language)
            yield frame

    def steps(
        self, text: Written, request: Request, going: Going
    ) -> Iterator[tuple[Written, tuple[Beam, ...], End | None]]:
        """The text as it grows, and the texts of a beam search. Raises what the engine raises."""
        stream = self.writers.engine(text.model).start(request)
        slowly = verse(self.writers.card(text.model)) and request.max_new_tokens > 1
        tokens, shown_at = list(text.tokens), 0.0
        try:
            for token in stream.watched(FRAME_S):
                if not going():
                    stream.close()
                if token is not None:
                    tokens.append(token)
                now = time.monotonic()
                new = token is not None and not token.given
                if (slowly and new) or (now - shown_at > FRAME_S and (token is not None or request.beams > 1)):
                    shown_at = now
                    yield replace(text, tokens=tuple(tokens)), stream.beams(), None
                    if slowly and new:
                        time.sleep(SLOWLY_S)
        finally:
            stream.close()
        yield replace(text, tokens=tuple(tokens)), stream.end.beams if stream.end else (), stream.end

    # --- what is seen

    def text_html(self, text: Written, language: Language, chosen: int | None = None) -> str:
        """The text, in lines where it is a poem; beside its other future where it has one."""
        lines = verse(self.writers.card(text.model))
        if text.other is None:
            return words.tokens_html(text.tokens, language, chosen, lines)
        return words.futures_html(text.tokens, text.other.tokens, text.fork, language, chosen, lines)

    def look(self, text: Written, place: int, settings: Settings, language: Language) -> dict[str, Any]:
        """A place: what could stand there, the distribution, and what the settings leave of it."""
        token = text.token_at(place)
        title = STRINGS.say("at_end", language)
        if token is not None and token.choice is not None:
            title = STRINGS.say("at_place", language, place=place + 1, text=token.choice.text.strip() or "␣")
        seen = {"alternatives": words.alternatives_html(token, title, language), "left": ""}
        if place <= 0 or not text.tokens or place >= self.writers.engine(text.model).context:  # nothing is drawn there
            return seen
        return seen | self.distribution(text, place, settings, language)

    def distribution(self, text: Written, place: int, settings: Settings, language: Language) -> dict[str, Any]:
        """The most probable tokens of a place, and what the settings leave of all."""
        engine, ids, written = self.writers.engine(text.model), text.ids[:place], text.written(place)
        logits = self._logits.get(
            (text.model, ids, written), lambda: engine.logits(Request("", ids=ids, written=written))
        )
        sampling = settings.sampling
        if settings.beams > 1:  # what the texts are weighed by
            logits, sampling = chances.log_probabilities(logits), sampling.model_copy(update={"temperature": 1.0})
        figure = figures.distribution_figure(logits, ids, sampling, engine.tokenizer.text, language)
        left = words.left_html(logits, ids, sampling, language, settings.beams)
        return {"distribution": pictures.sent(figure, "distribution"), "left": left}
