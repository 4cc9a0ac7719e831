"""What a writer answers: tokens with what else could have stood there, as they come."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hub.tasks.beams import Hypothesis, Reason, Search
from hub.tasks.generate.request import Request
from hub.text import PromptTokenizer

PATIENCE_S = 0.5  # between two looks whether a reader is still there


@dataclass(frozen=True)
class Choice:
    """A token that might stand at a place. probability: by the model alone, before any setting."""

    id: int
    text: str
    probability: float


@dataclass(frozen=True)
class Token:
    """A token of the prompt or of the answer.

    Args:
        text: what it adds to the answer; empty for a part of a character, for a token of the prompt, and where it may
            be the beginning of a stop string.
        choice: the token by itself, with its probability. rank: 1 is the most probable. Both only where asked for.
        given: of the prompt.
    """

    id: int
    text: str = ""
    choice: Choice | None = None
    rank: int | None = None
    alternatives: tuple[Choice, ...] = ()
    given: bool = False


@dataclass(frozen=True)
class Beam:
    """One text of a beam search.

    Args:
        text: of the answer so far. ids: its tokens, without an end token.
        log_probability: their sum, that of an end token included. score: the same, by the length penalty.
        reason: why it is complete; None while it runs.
    """

    text: str
    ids: tuple[int, ...]
    log_probability: float
    score: float
    reason: Reason | None


@dataclass(frozen=True)
class End:
    """How a text ended.

    Args:
        reused_tokens: of the prompt, from the cache.
        first_s: from the request to the first token, or the first step of a beam search.
        beams: the texts of a beam search, the best first: it is the answer.
    """

    reason: Reason
    prompt_tokens: int
    new_tokens: int
    reused_tokens: int
    first_s: float
    seconds: float
    beams: tuple[Beam, ...] = ()

    @property
    def tokens_per_s(self) -> float:
        """Of the answer, from its first token on."""
        return (self.new_tokens - 1) / (self.seconds - self.first_s) if self.new_tokens > 1 else 0.0


class Stream:
    """The tokens of one text, as they are made. Iterate it once; `end` is there afterwards. `close` cancels it."""

    def __init__(self, request: Request, ids: list[int], tokenizer: PromptTokenizer) -> None:
        self.request, self.ids = request, ids
        self.end: End | None = None
        self.closed = False
        self._tokens: queue.SimpleQueue[Token | End | Exception] = queue.SimpleQueue()
        self._arrived: Callable[[], object] = lambda: None
        # --- the engine's side
        self.row = -1
        self.read = 0  # tokens of the prompt that are in the cache
        self.whole = len(ids) - request.written  # tokens that are read in pieces; the others follow one by one
        self.reused = 0
        self.next: dict[int, int] = {}  # row -> the token that is chosen and not yet in the cache
        self.made: list[int] = []
        self.search: Search | None = None
        self.places: dict[tuple[int, ...], Token] = {}  # of a search: the last token of each text, described
        self.logits: np.ndarray | None = None  # after the prompt, for who looks at the whole distribution
        self.asked_at = time.monotonic()
        self.begun_at = 0.0
        self.first_s = 0.0
        self.paused_at = 0.0
        self.random = _random(request.sampling.seed, request.drawn)
        self._tokenizer = tokenizer
        self.writer = _Writer(tokenizer, request.stop, request.lead, ids)

    def __iter__(self) -> Iterator[Token]:
        for token in self.watched(None):
            if token is not None:
                yield token

    def watched(self, seconds: float | None) -> Iterator[Token | None]:
        """The same; None wherever nothing has come for so long, to look round."""
        try:
            while True:
                try:
                    found = self._tokens.get(timeout=seconds)
                except queue.Empty:
                    yield None
                    continue
                if isinstance(found, End):
                    self.end = found
                    return
                if isinstance(found, Exception):
                    raise found
                yield found
        finally:
            self.close()

    def close(self) -> None:
        """The reader has left: the text ends with the step that is under way."""
        self.closed = True

    def beams(self) -> tuple[Beam, ...]:
        """How a beam search stands, the best text first; none before its first token, and for other requests."""
        return tuple(self._beam(one) for one in (self.search.standing if self.search else ()))

    def _beam(self, found: Hypothesis) -> Beam:
        text = "".join(_Writer(self._tokenizer, self.request.stop, self.request.lead, self.ids).all(found.ids))
        return Beam(text, found.ids, found.log_probability, found.score, found.reason)

    def text(self) -> str:
        """The whole answer, once it is there."""
        return "".join(token.text for token in self if not token.given)

    async def arriving(self) -> AsyncIterator[Token | None]:
        """The same without a thread that waits; None now and then where nothing has come, to look round."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        self._arrived = lambda: loop.call_soon_threadsafe(came.set)
        try:
            while True:
                came.clear()
                while not self._tokens.empty():
                    found = self._tokens.get()
                    if isinstance(found, End):
                        self.end = found
                        return
                    if isinstance(found, Exception):
                        raise found
                    yield found
                try:
                    await asyncio.wait_for(came.wait(), PATIENCE_S)
                except TimeoutError:
                    yield None
        finally:
            self.close()

    def give(self, found: Token | End | Exception) -> None:
        self._tokens.put(found)
        try:
            self._arrived()
        except RuntimeError:  # the reader's loop is closed
            self.close()

    @property
    def unread(self) -> int:
        return self._tokens.qsize()


def _random(seed: int, drawn: int) -> np.random.Generator:
    """The numbers of a seed, after the first so many: a token takes one."""
    bits = np.random.PCG64(seed)
    bits.advance(drawn)
    return np.random.Generator(bits)


class _Writer:
    """Tokens to text: whole characters only, and nothing of a stop string; lead: see Request. before: the prompt."""

    def __init__(
        self, tokenizer: PromptTokenizer, stops: Sequence[str], lead: bool, before: Sequence[int] = ()
    ) -> None:
        self._decode = tokenizer.decoding(before)
        self._lead = lead  # as long as nothing is visible
        self._stops = stops
        self._held = ""  # may be the beginning of a stop string
        self.stopped = False

    def add(self, token: int) -> str:
        """What can be shown after this token."""
        text = self._held + self._decode(token)
        if self._lead:
            text = text.lstrip()
            self._lead = not text
        places = [place for place in (text.find(stop) for stop in self._stops) if place >= 0]
        if places:
            self.stopped, self._held = True, ""
            return text[: min(places)]
        longest = max((_begun(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - longest :] if longest else ""
        return text[: len(text) - longest]

    def all(self, tokens: Sequence[int]) -> Iterator[str]:
        """What each of all tokens adds; the last one also what was held back."""
        for place, token in enumerate(tokens, 1):
            text = self.add(token) if not self.stopped else ""
            yield text + self.rest() if place == len(tokens) else text

    def rest(self) -> str:
        """What was held back, at the end."""
        return "" if self.stopped else self._held


def _begun(text: str, stop: str) -> int:
    """How many characters at the end of a text are the beginning of a stop string."""
    return next((size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0)
