"""/v1/generate: an answer token by token, as server-sent events; that of a beam search at its end."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import Request as HttpRequest
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from hub import errors, limits
from hub.service import Service
from hub.tasks.beams import LENGTH_PENALTY
from hub.tasks.generate import Request, Stream, Token
from hub.tasks.sampling import RANGES, Sampling

log = logging.getLogger(__name__)


def _setting(name: str, default: float, what: str) -> Any:
    low, high = RANGES[name]
    return Field(default, ge=low, le=high, description=what)


class GenerateRequest(BaseModel):
    """A prompt for one model."""

    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: Annotated[str, Field(max_length=limits.MAX_TEXT_CHARS)]
    model: Annotated[str, Field(max_length=100)]
    max_new_tokens: Annotated[int, Field(ge=1, le=limits.MAX_NEW_TOKENS)] = 128
    temperature: float = _setting("temperature", 0.0, "0: always the most probable token")
    top_k: int = _setting("top_k", 0, "0: all tokens")
    top_p: float = _setting("top_p", 1.0, "1: all tokens")
    min_p: float = _setting("min_p", 0.0, "0: all tokens")
    repetition_penalty: float = _setting("repetition_penalty", 1.0, "1: none")
    no_repeat_ngram: int = _setting("no_repeat_ngram", 0, "0: any may occur again")
    seed: int = _setting("seed", 0, "the same seed gives the same text")
    stop: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=limits.MAX_STOP_CHARS)]],
        Field(max_length=limits.MAX_STOPS, description="the answer ends before the first of these"),
    ] = []
    alternatives: Annotated[
        int, Field(ge=0, le=limits.MAX_ALTERNATIVES, description="tokens listed at each place, the prompt's too")
    ] = 0
    beams: Annotated[
        int,
        Field(
            ge=1,
            le=limits.MAX_BEAMS,
            description="texts of a beam search, with temperature 0: the tokens of the best come at the end, and all "
            'texts with their scores are in "end"; 1: none',
        ),
    ] = 1
    length_penalty: Annotated[
        float,
        Field(
            ge=LENGTH_PENALTY[0],
            le=LENGTH_PENALTY[1],
            description="with beams: a text is worth its log-probability / its length ** length_penalty",
        ),
    ] = 1.0
    variant: Annotated[str, Field(max_length=100, description="fp32, int8, …; empty: the card's default")] = ""

    def request(self) -> Request:
        """As the engine takes it. Raises InputError."""
        return Request(
            self.prompt, self.max_new_tokens, Sampling(**{name: getattr(self, name) for name in RANGES}),
            tuple(self.stop), self.alternatives, beams=self.beams, length_penalty=self.length_penalty,
        )  # fmt: skip


async def events(stream: Stream, request: HttpRequest) -> AsyncIterator[bytes]:
    """ "token" for each token, then "end"; "error" where the model fails. A client that has left ends the text."""
    try:
        async for token in stream.arriving():
            if token is None:
                if await request.is_disconnected():
                    return
                yield b": wait\n\n"  # keeps proxies from closing the connection
            else:
                yield event("token", described(token))
    except Exception as error:
        if not isinstance(error, errors.CodedError):
            log.exception("a text broke off")
        yield event("error", {"detail": errors.english(error), "reason": errors.code_of(error)})
        return
    finally:
        stream.close()
    if stream.end is not None:
        yield event("end", {**asdict(stream.end), "tokens_per_s": stream.end.tokens_per_s})


def described(token: Token) -> dict[str, Any]:
    """A token as JSON: probabilities only where they were asked for."""
    made: dict[str, Any] = {"id": token.id, "text": token.text}
    if token.choice is not None:
        known = token.choice.probability == token.choice.probability
        made |= {
            "token": token.choice.text, "probability": token.choice.probability if known else None, "rank": token.rank,
            "given": token.given, "alternatives": [asdict(one) for one in token.alternatives],
        }  # fmt: skip
    return made


def event(name: str, content: Any) -> bytes:
    """One server-sent event."""
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(content) + b"\n\n"


def answer(service: Service, asked: GenerateRequest, request: HttpRequest) -> StreamingResponse:
    """Begin, and stream. Raises HubError for what is wrong with the request itself."""
    stream = service.generate(asked.request(), asked.model, asked.variant)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(stream, request), media_type="text/event-stream", headers=headers)
