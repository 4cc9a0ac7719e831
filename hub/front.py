"""What every request passes before Gradio's page and /v1: one ASGI middleware, counted in microseconds.

Host names, the prefix of a proxy, the size of a body by the bytes that come, HEAD, and the headers that each answer
has. Gradio limits none of these by itself: its JSON bodies are read whole, whatever their size.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import limits

UPLOAD = "/gradio_api/upload"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
AGAIN_S = b"5"  # Retry-After of a 503 that has none: a full queue of Gradio's
HEADERS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # the address of a page holds the visitor's text
]
FRAMES = "frame-ancestors 'self'"
SPACES = " https://huggingface.co https://*.huggingface.co https://*.hf.space"


def setting(name: str) -> list[str]:
    """A comma-separated setting."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def on_a_space() -> bool:
    """Whether this is a Hugging Face Space."""
    return bool(os.environ.get("SPACE_ID"))


@dataclass(frozen=True)
class Place:
    """Where a proxy shows the hub: the setting GRADIO_ROOT_PATH, a path (/hub) or a whole address (https://…/hub)."""

    path: str = ""  # without a slash at its end
    scheme: str = ""
    host: str = ""

    @classmethod
    def of(cls, setting: str) -> Place:
        parts = urlsplit(setting if "://" in setting else f"/{setting.strip('/')}")
        return cls(parts.path.rstrip("/"), parts.scheme, parts.netloc)

    def put_into(self, scope: Scope) -> Scope:
        """Proxies that strip the path and those that do not come to the same: it is in the path, and in root_path."""
        path, changed = scope["path"], dict(scope)
        if self.path:
            inside = path == self.path or path.startswith(f"{self.path}/")
            changed |= {"root_path": self.path, "path": (path if inside else self.path + path)}
            if changed["path"] == self.path:
                changed["path"] += "/"
        if self.host:
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            changed |= {"scheme": self.scheme, "headers": [*others, (b"host", self.host.encode())]}
        return changed


def hosts() -> Callable[[bytes], bool]:
    """Whether a request for this host is for the hub: against names that lead to it without its knowledge (rebinding).

    Loopback, addresses and the machine's own name are always allowed; other names by HUB_HOSTS ("*": any, also
    "*.example.org"). A Space is public anyway and has the names that it is given.
    """
    names = [name.lower() for name in setting("HUB_HOSTS")] or (["*"] if on_a_space() else [])
    exact = {*LOOPBACK, "testserver", socket.gethostname().lower(), *names}
    endings = tuple(name[1:] for name in names if name.startswith("*."))

    @lru_cache(maxsize=256)
    def allowed(header: bytes) -> bool:
        host = header.decode("latin-1").lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        return "*" in exact or name in exact or bool(endings and name.endswith(endings)) or _is_address(name)

    return allowed


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


class Uploads:
    """The folder of uploaded files, and the room that is left in it.

    Args:
        folder: Gradio's. most: bytes of all files in it together.
    """

    def __init__(self, folder: Path, most: int = limits.MAX_UPLOADS_BYTES) -> None:
        self.folder = folder
        self.most = most
        self.coming = 0  # bytes of uploads that are on their way

    def tidy(self, older_than_s: float) -> int:
        """Remove what is older; the bytes that stay."""
        left, until = 0, time.time() - older_than_s
        for path in self.folder.rglob("*"):
            try:
                state = path.stat()
                if not path.is_file():
                    continue
                if state.st_mtime < until:
                    path.unlink()
                else:
                    left += state.st_size
            except OSError:  # another has removed it
                continue
        return left

    async def has_room(self, size: int) -> bool:
        """Whether so many bytes more may come; old files go first."""
        left = await asyncio.to_thread(self.tidy, limits.UPLOAD_KEPT_S)
        return left + self.coming + size <= self.most


class _Ended(OSError):
    """Nobody reads what is still sent: the answer to HEAD has its headers, a body was too large."""


class Front:
    """The middleware.

    Args:
        allowed: whether a host is this hub. place: where a proxy shows it. uploads: the folder whose size is bounded.
        cross: what requests of other origins pass besides.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed: Callable[[bytes], bool],
        place: Place | None = None,
        uploads: Uploads | None = None,
        cross: Middleware | None = None,
    ) -> None:
        self.app = app
        self.cross = cross.cls(app, *cross.args, **cross.kwargs) if cross else app
        self.allowed = allowed
        self.place = place or Place()
        self.uploads = uploads
        frames = FRAMES + (SPACES if on_a_space() else "")
        self.headers = [*HEADERS, (b"content-security-policy", frames.encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host, length, app = b"", 0, self.app
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"content-length" and value.isdigit():
                length = int(value)
            elif name == b"origin":
                app = self.cross
        if not self.allowed(host):
            await self._refuse(scope, send, 421, _wrong_host(host))
            return
        if self.place.path or self.place.host:
            scope = self.place.put_into(scope)
        exchange = _Exchange(self, app, scope, receive, send)
        if length > exchange.most:
            await exchange.too_large()
            return
        if self.uploads and scope["method"] == "POST" and scope["path"].endswith(UPLOAD):
            await self._upload(exchange)
            return
        await exchange.run()

    async def _upload(self, exchange: _Exchange) -> None:
        assert self.uploads is not None
        if not await self.uploads.has_room(exchange.most):
            detail = (
                f"the uploads of all visitors together have reached {self.uploads.most:,} bytes: try again in a minute"
            )
            await self._refuse(exchange.scope, exchange.reply, 503, detail, [(b"retry-after", b"60")])
            return
        self.uploads.coming += exchange.most
        try:
            await exchange.run()
        finally:
            self.uploads.coming -= exchange.most

    async def _refuse(
        self, scope: Scope, send: Send, status: int, detail: str, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        await answer(scope, send, status, detail, [*self.headers, *headers])


def _wrong_host(host: bytes) -> str:
    name = host.decode("latin-1")[:80]
    return f"this hub is not {name!r}: ask it by its address, or add the name to the setting HUB_HOSTS"


CODES = {413: "too_large", 421: "wrong_host", 503: "busy"}


async def answer(
    scope: Scope, send: Send, status: int, detail: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """A refusal as the door that was asked says it: /v1 types its problems, Gradio's clients read "detail"."""
    if "/v1/" in scope["path"]:
        kind, content = b"application/problem+json", {"status": status, "code": CODES[status], "detail": detail}
    else:
        kind, content = b"application/json", {"detail": detail}
    body = json.dumps(content).encode()
    told = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"connection", b"close"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


class _Exchange:
    """One request and its answer."""

    def __init__(self, front: Front, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self.front = front
        self.app = app
        self.scope = scope
        self.receive = receive
        self.reply = send
        self.upload = scope["path"].endswith(UPLOAD)
        self.most = limits.MAX_UPLOAD_BYTES + limits.UPLOAD_FRAME_BYTES if self.upload else limits.MAX_BODY_BYTES
        self.size = 0
        self.more = True  # of the body is to come
        self.started = False
        self.ended = False
        self.head = scope["method"] == "HEAD"

    async def run(self) -> None:
        # Few routes answer HEAD by themselves: it is GET without the body.
        scope = {**self.scope, "method": "GET"} if self.head else self.scope
        receive = self.receive if "/v1/" in scope["path"] else self.count  # /v1 reads its bodies by the same limit
        try:
            await self.app(scope, receive, self.send)
        except Exception:
            if not self.ended:
                raise
        if self.ended and not self.started:
            await self.too_large()

    async def too_large(self) -> None:
        """413 in a sentence."""
        what = "the file" if self.upload else "the body"
        most = limits.MAX_UPLOAD_BYTES if self.upload else limits.MAX_BODY_BYTES
        detail = f"{what} has more than {most:,} bytes, which is the most: send it in parts"
        self.started = True
        await self.drain()
        await answer(self.scope, self.reply, 413, detail, self.front.headers)

    async def drain(self) -> None:
        """Take some of what is still sent, and drop it: a program that is cut off while it sends reads no answer."""
        left = limits.MAX_DRAINED_BYTES
        while self.more and left > 0:
            message = await self.receive()
            self.more = message["type"] == "http.request" and bool(message.get("more_body"))
            left -= len(message.get("body", b""))

    async def count(self) -> Message:
        """receive(), which ends where the body is over the limit."""
        message = await self.receive()
        if message["type"] == "http.request":
            self.size += len(message.get("body", b""))
            self.more = bool(message.get("more_body"))
            if self.size > self.most:
                self.ended = True
                raise _Ended
        return message

    async def send(self, message: Message) -> None:
        if self.ended:
            raise _Ended
        if message["type"] == "http.response.start":
            self.started = True
            headers = message.setdefault("headers", [])
            headers.extend(self.front.headers)
            if message["status"] == 503 and not any(name.lower() == b"retry-after" for name, _ in headers):
                headers.append((b"retry-after", AGAIN_S))
        elif self.head:
            message = {"type": "http.response.body", "body": b""}
            self.ended = True
        await self.reply(message)
