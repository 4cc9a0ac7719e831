"""Texts of a model that writes: token by token as server-sent events, or whole."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.requests import ClientDisconnect

from hub import errors
from hub.records import GenerateRequest
from hub.service import Service
from hub.tasks.generate import Stream, Token

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
log = logging.getLogger(__name__)


def answer(service: Service, body: GenerateRequest, request: Request) -> StreamingResponse:
    """Begin, and stream. Raises HubError for what is wrong with the request itself."""
    stream = service.generate(body.request(), body.model, body.variant)
    return StreamingResponse(events(stream, request), headers=HEADERS, media_type="text/event-stream")


async def events(stream: Stream, request: Request) -> AsyncIterator[bytes]:
    """ "token" for each token, then "end"; "error" where the model fails. A client that has left ends the text."""
    try:
        async for token in stream.arriving():
            if token is None:
                if await request.is_disconnected():
                    return
                yield format_sse_event(comment="wait")  # keeps proxies from closing the connection
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


async def text(stream: Stream, request: Request) -> str:
    """The whole text. Raises ClientDisconnect, and ends it, where the client has left; what the model raises."""
    parts = []
    async for token in stream.arriving():
        if token is None and await request.is_disconnected():
            stream.close()
            raise ClientDisconnect
        if token is not None and not token.given:
            parts.append(token.text)
    return "".join(parts)


def described(token: Token) -> dict[str, Any]:
    """A token as JSON: probabilities only where they were asked for."""
    record: dict[str, Any] = {"id": token.id, "text": token.text}
    if token.choice is not None:
        known = token.choice.probability == token.choice.probability
        record |= {
            "token": token.choice.text, "probability": token.choice.probability if known else None, "rank": token.rank,
            "given": token.given, "alternatives": [asdict(one) for one in token.alternatives],
        }  # fmt: skip
    return record


def event(name: str, content: Any) -> bytes:
    """One server-sent event."""
    return format_sse_event(event=name, data_str=orjson.dumps(content).decode())
