"""The hub as it is served, and beside its endpoint an unbatched twin: python -m bench.server PORT."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

START_SECONDS = 90.0
TWIN = "classify_unbatched"


def serve(port: int) -> None:
    """Serve until the process is ended."""
    import gradio as gr

    from hub import page, server
    from hub.service import Service
    from hub.tasks import classify as task

    service = Service()

    def unbatched(text: str, model: str) -> dict:
        """One text, one call of the model: what the hub's endpoint would be without batching."""
        prediction = task.classify(service.bundles.get(model, task.TASK), [text])[0]
        return {"label": prediction.label, "scores": prediction.scores}

    blocks = page.build(service)
    with blocks:
        gr.api(unbatched, api_name=TWIN, concurrency_limit=None)  # as the hub's own: only the batching differs
    server.serve(server.application(service, blocks), port)


@contextlib.contextmanager
def running(port: int) -> Iterator[subprocess.Popen]:
    """A server in a process of its own, up when this is entered. Raises RuntimeError with what it printed."""
    settings = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    command = [sys.executable, "-m", "bench.server", str(port)]
    process = subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        up(process, port)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def up(process: subprocess.Popen, port: int) -> None:
    """Wait until a server answers. Raises RuntimeError with what it printed."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
            return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                raise RuntimeError(f"the server did not start: {(process.communicate()[0] or '')[-2000:]}") from None
            time.sleep(0.05)


def classify(port: int, text: str, model: str) -> float:
    """Ask /v1/classify once; seconds until the answer."""
    body = json.dumps({"text": text, "model": model}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/classify", body, {"Content-Type": "application/json"})
    start = time.perf_counter()
    urllib.request.urlopen(request, timeout=30).read()
    return time.perf_counter() - start


def smallest(task: str) -> str:
    """The name of the smallest bundle of a task. Raises ValueError where there is none."""
    from hub.bundle import Bundles

    bundles = Bundles().of_task(task)
    if not bundles:
        raise ValueError(f"there is no bundle of the task {task}")
    return min(bundles, key=lambda bundle: bundle.card.variant(bundle.card.default_variant).bytes).name


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    serve(int(sys.argv[1]))
