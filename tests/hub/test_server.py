"""How connections are served."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hub import limits, server

SILENT_S = 0.5


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(limits, "SILENT_S", SILENT_S)

    async def hello(_: Request) -> Response:
        return PlainTextResponse("hello")

    listener = server.listening("127.0.0.1", [0])
    app = Starlette(routes=[Route("/", hello)])
    running = uvicorn.Server(uvicorn.Config(app, http=server.Connection, log_level="warning"))
    thread = threading.Thread(target=running.run, args=([listener],))
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield listener.getsockname()[1]
    running.should_exit = True
    thread.join()


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_connection_that_sends_no_whole_head_is_closed(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as silent:
        silent.sendall(sent)
        assert silent.recv(1) == b""  # closed from the other side


def test_a_connection_that_has_asked_may_ask_again(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/").text == "hello"
        time.sleep(2 * SILENT_S)
        assert client.get("/").text == "hello"
