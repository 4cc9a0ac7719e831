"""The page's document and Gradio's scripts: made and compressed once, not for each visitor.

Gradio writes the document anew for each visitor (the configuration of every component, the description of the API):
50 to 70 ms, for the same bytes; and the hundred scripts of a first visit would be compressed anew, for as long again
several times. What a document depends on is the address that it is asked by, so one is kept for each.
"""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import limits

ROUTES = ("", "theme.css")  # below the root; and all that is in these folders:
FOLDERS = ("assets/", "static/")
FOREVER = "public, max-age=31536000, immutable"  # of assets/: their names change with their content
ORIGIN = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")  # Gradio reads its address from these
OF_ITS_OWN = ("deep_link", "page")  # a query with one of these has a document of its own
TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml")


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body})


class Documents:
    """The middleware: answers of GET that are the same for everybody, kept in gzip.

    Args:
        most: bytes of all that is kept; what was asked for longest ago goes first.
    """

    def __init__(self, app: ASGIApp, most: int = limits.MAX_DOCUMENTS_BYTES) -> None:
        self.app = app
        self.most = most
        self.size = 0
        self._answers: OrderedDict[tuple[str, ...], _Answer] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self._key(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        answer = self._answers.get(key)
        if answer is None:
            answer = await _whole(self.app, scope, receive)
            if answer.status == 200:
                answer = await asyncio.to_thread(_compressed, answer, scope["path"])
                self._keep(key, answer)
        else:
            with self._lock:
                self._answers.move_to_end(key)
        await answer.send(send)

    def _key(self, scope: Scope) -> tuple[str, ...] | None:
        """What the answer depends on; None where it is not one of those that are kept."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/")
        if path not in ROUTES and not path.startswith(FOLDERS):
            return None
        headers = Headers(scope=scope)
        if not _takes_gzip(headers) or any(name in headers for name in ("origin", "range", "if-none-match")):
            return None
        if path.startswith(FOLDERS):
            return (path,)
        query: Sequence[str] = tuple(parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if any(name in query for name in OF_ITS_OWN):
            return None
        origin = tuple(headers.get(name, "") for name in ORIGIN)
        return (path, scope["scheme"], scope.get("root_path", ""), *origin)

    def _keep(self, key: tuple[str, ...], answer: _Answer) -> None:
        with self._lock:
            if key in self._answers or len(answer.body) > self.most:
                return
            self._answers[key] = answer
            self.size += len(answer.body)
            while self.size > self.most:
                self.size -= len(self._answers.popitem(last=False)[1].body)


def _takes_gzip(headers: Headers) -> bool:
    return any(part.split(";")[0].strip() == "gzip" for part in headers.get("accept-encoding", "").split(","))


async def _whole(app: ASGIApp, scope: Scope, receive: Receive) -> _Answer:
    """An answer with its whole body, as it is before compression."""
    headers = MutableHeaders(raw=list(scope["headers"]))
    headers["accept-encoding"] = "identity"
    start: Message = {}
    parts: list[bytes] = []

    async def take(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await app({**scope, "headers": headers.raw}, receive, take)
    return _Answer(start["status"], list(start["headers"]), b"".join(parts))


def _compressed(answer: _Answer, path: str) -> _Answer:
    headers = MutableHeaders(raw=list(answer.headers))
    body = answer.body
    if headers.get("content-type", "").startswith(TEXT):
        body = gzip.compress(body, compresslevel=9, mtime=0)
        headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        headers.add_vary_header("Accept-Encoding")
    if "/assets/" in path:
        headers["cache-control"] = FOREVER
    return _Answer(answer.status, headers.raw, body)
