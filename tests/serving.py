"""A running hub for the tests that come in through its doors."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from anyio import fail_after
from anyio.from_thread import start_blocking_portal

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120.0
Result = TypeVar("Result")


def finish(call: Callable[[], Awaitable[Result]], seconds: float = 120) -> Result:
    """What an asynchronous call gives, from a loop in a thread of its own: the browser's may hold this one's."""

    async def bounded() -> Result:
        with fail_after(seconds):
            return await call()

    with start_blocking_portal() as portal:
        return portal.call(bounded)


@contextlib.contextmanager
def hub(folder: Path, **settings: str) -> Iterator[str]:
    """Run app.py on a folder of bundles, in a process of its own; the address without a slash at its end."""
    with process(folder, **settings) as (address, _):
        yield address


@contextlib.contextmanager
def process(
    folder: Path, command: Sequence[str] = ("app.py",), port: int = 0, **settings: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same, with the process; it is ended where it still runs.

    Args:
        command: what python runs. port: 0 is any that is free. settings: of its environment.
    """
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
        port = free.getsockname()[1]
    own = {"HUB_BUNDLES": str(folder), "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    started = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **own, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5).read()
                break
            except (urllib.error.URLError, OSError):
                assert started.poll() is None and time.monotonic() < until, "the hub did not start"
                time.sleep(0.2)
        yield address, started
    finally:
        started.terminate()
        started.wait(40)
