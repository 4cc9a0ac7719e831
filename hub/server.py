"""The hub as one application, and how it is served: /v1 and Gradio's page behind the same front."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import gradio as gr
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.routing import Mount
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub import api, documents, front, limits, mcp_tools, page
from hub.service import Service
from hub.ui import sessions

PORTS = range(7860, 7960)  # the first free one, unless GRADIO_SERVER_PORT names it
HERE = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"  # origins on the same machine
COMPRESSION: dict[str, Any] = {
    "minimum_size": 1_000,
    "compresslevel": 5,  # a page in 10 ms; level 9 takes three times as long for a twentieth less
    "exclude_content_types": (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream"),
}


def host() -> str:
    """Where the server listens: GRADIO_SERVER_NAME, else loopback; on a Space everywhere."""
    return os.environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if front.on_a_space() else "127.0.0.1")


def application(service: Service, blocks: gr.Blocks) -> Starlette:
    """Everything that answers. No model is loaded."""
    settings: dict[str, Any] = dict(page.LAUNCH)
    blocks.state_session_capacity = settings.pop("state_session_capacity")
    place = front.Place.of(os.environ.get("GRADIO_ROOT_PATH", ""))
    uploads = front.Uploads(_upload_folder())
    # No credentials: there are none. On a machine of one's own, only its own pages may read what the hub says.
    public = _is_public(host())
    cross = Middleware(
        CORSMiddleware,
        allow_origins=["*"] if public else [],
        allow_origin_regex=None if public else HERE,
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["*"],
        expose_headers=["Retry-After", "Repr-Digest"],
    )
    # Gradio adds headers of its own for origins, with credentials, unless it finds CORSMiddleware where it is mounted.
    compression = Middleware(GZipMiddleware, **COMPRESSION)
    pages = Starlette(middleware=[compression, cross])
    gr.mount_gradio_app(pages, blocks, "/", root_path=place.path, **settings)
    mcp_tools.register(blocks)
    mount = pages.routes[-1]
    assert isinstance(mount, Mount)
    mount.app.state_holder = sessions.Sessions()  # type: ignore[attr-defined, no-untyped-call]
    mount.app.state_holder.set_blocks(blocks)  # type: ignore[attr-defined]
    app = Starlette(
        routes=[*api.routes(service), Mount("/", pages)],
        middleware=[Middleware(front.Front, front.hosts(), place, uploads, cross), Middleware(documents.Documents)],
        lifespan=lambda _: pages.router.lifespan_context(pages),  # type: ignore[arg-type]
    )
    app.state.gradio = mount.app
    return app


def _is_public(name: str) -> bool:
    return front.on_a_space() or (name not in ("localhost", "::1") and not name.startswith("127."))


def _upload_folder() -> Path:
    """Gradio's folder of uploads: one of the hub's own, without what a hub that was killed has left there."""
    if not os.environ.get("GRADIO_TEMP_DIR"):
        os.environ["GRADIO_TEMP_DIR"] = str(Path(tempfile.gettempdir()) / "model-hub")
        front.Uploads(Path(os.environ["GRADIO_TEMP_DIR"])).tidy(limits.UPLOAD_KEPT_S)
    return Path(os.environ["GRADIO_TEMP_DIR"])


class Connection(HttpToolsProtocol):
    """A connection that sends no request is closed: a thousand silent ones would take all file descriptors."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(limits.SILENT_S, self._close_if_silent)

    def _close_if_silent(self) -> None:
        # An upgraded connection has another protocol by now.
        if self.cycle is None and self.transport.get_protocol() is self and not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """Ends when asked to (SIGINT, SIGTERM): requests in flight are answered, open pages are let go at once."""

    def __init__(self, app: Starlette, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.gradio.stop_event.set()  # each open page holds a stream
        super().handle_exit(sig, frame)


def listening(name: str, ports: Sequence[int]) -> socket.socket:
    """A socket on the first port that is free. Raises OSError where none is."""
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    for port in ports:
        made = socket.socket(family)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((name.strip("[]"), port))
        except OSError as error:
            made.close()
            if port == ports[-1]:
                raise OSError(f"{name}:{port} cannot be listened on: {error.strerror or error}") from None
        else:
            return made
    raise OSError("there is no port to listen on")


def serve(app: Starlette, port: int | None = None) -> None:
    """Serve until interrupted. Raises OSError where the port is taken."""
    named = port or int(os.environ.get("GRADIO_SERVER_PORT") or 0)
    made = listening(host(), [named] if named else PORTS)
    shutdown_s = round(limits.SHUTDOWN_S)
    config = uvicorn.Config(app, http=Connection, log_level="warning", timeout_graceful_shutdown=shutdown_s)
    print(f"* Running on local URL:  http://{host()}:{made.getsockname()[1]}", flush=True)
    _Server(app, config).run([made])
