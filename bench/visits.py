"""What a visit of the page costs the server, and Gradio's own endpoint beside a bare Gradio app.

A visit is what Chromium asks for when it opens the page with an empty cache, recorded once and replayed by HTTP: the
document, the scripts, the events of the load, the streams that bring their answers. CPU time of the server is counted,
not the wall's, so that a busy machine does not disturb the figures: the whole process (all that holds the interpreter,
in whichever thread, holds the event loop up), and of it the loop's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, sync_playwright

from bench.report import against, table
from bench.server import free_port, running, smallest, up
from hub.tasks import classify

ADDRESSES = {"the page": "/", "a link to the fifth tab": "/?tab=likelihood"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # or that of CHROMIUM_PATH
QUIET_S = 5.0  # after the last request of a visit it is over
PATIENCE_S = 90.0
WARM = 20  # visits after which every cache is full
VISITS = 200
TIMED = 30
IDLE_S = 3.0
ROUNDS = 5
CLIENTS = 32
SECONDS = 4.0
BARE = "bare"
MAX_VISIT_MS = 40.0
MAX_KEPT_MB = 0.3
MAX_DOCUMENT_KB = 200.0
MIN_REQUESTS = 40.0
JOIN = "/gradio_api/queue/join"
STREAM = re.compile(r"/queue/data\?")
HEARTBEAT = re.compile(r"/heartbeat/")
VISIT_S = 60.0  # a visit that takes longer hangs


@dataclass(frozen=True)
class Request:
    """One of a visit, with HASH in the place of the session's name."""

    method: str
    path: str
    body: str

    def of(self, session: str) -> Request:
        return Request(self.method, self.path.replace("HASH", session), self.body.replace("HASH", session))


@dataclass(frozen=True)
class Clock:
    """CPU seconds of a process: all of it, and its first thread, which is uvicorn's loop."""

    process: float
    loop: float

    @classmethod
    def of(cls, pid: int) -> Clock:
        tick = os.sysconf("SC_CLK_TCK")
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        loop = int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9
        return cls((int(fields[11]) + int(fields[12])) / tick, loop)


def resident_mb(pid: int) -> float:
    """Memory of a process that is in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def recorded(browser: Browser, address: str) -> list[Request]:
    """What a new visitor's browser asks for, in its order."""
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    requests: list[Request] = []
    last = time.monotonic()

    def note(method: str, url: str, body: str) -> None:
        nonlocal last
        last = time.monotonic()
        parts = urlsplit(url)
        if url.startswith(address.partition("?")[0]):
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            requests.append(Request(method, path, body))

    page.on("request", lambda request: note(request.method, request.url, request.post_data or ""))
    page.goto(address)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() - last < QUIET_S or not any(one.path.startswith(JOIN) for one in requests):
        if time.monotonic() > until:
            raise RuntimeError(f"the page does not load: {len(requests)} requests in {PATIENCE_S:g} s")
        page.wait_for_timeout(200)
    session = next(json.loads(one.body)["session_hash"] for one in requests if one.path.startswith(JOIN))
    context.close()
    return [Request(one.method, *(text.replace(session, "HASH") for text in (one.path, one.body))) for one in requests]


async def replay(client: httpx.AsyncClient, visit: list[Request]) -> None:
    """One visitor more. Raises RuntimeError where an answer is an error.

    What the browser asked for after it had opened a stream waits until that stream has ended: it came of its answers,
    and the next stream would stay open if they had already been sent over this one.
    """
    session = secrets.token_hex(6)
    open_streams: list[asyncio.Task[None]] = []
    heartbeats: list[asyncio.Task[None]] = []
    for request in (one.of(session) for one in visit):
        if HEARTBEAT.search(request.path):
            heartbeats.append(asyncio.create_task(_stream(client, request)))
        elif STREAM.search(request.path):
            open_streams.append(asyncio.create_task(_stream(client, request)))
        else:
            if request.path.startswith(JOIN):
                await asyncio.gather(*open_streams)
            answer = await client.request(
                request.method, request.path, content=request.body, headers={"Content-Type": "application/json"}
            )
            if answer.status_code >= 400:
                raise RuntimeError(f"{request.path}: {answer.status_code} {answer.text[:200]}")
    await asyncio.gather(*open_streams)
    for heartbeat in heartbeats:
        heartbeat.cancel()
    await asyncio.gather(*heartbeats, return_exceptions=True)


async def _stream(client: httpx.AsyncClient, request: Request) -> None:
    async with client.stream(request.method, request.path) as answer:
        async for line in answer.aiter_lines():
            if not line.startswith("data:") or "/queue/data" not in request.path:
                continue
            message = json.loads(line[5:])
            if message.get("success") is False:
                raise RuntimeError(f"an event of the load failed: {line[:300]}")
            if message["msg"] == "close_stream":
                return


def replayed(port: int, visit: list[Request], times: int) -> None:
    """So many visitors, one after the other."""

    async def all_of_them() -> None:
        headers = {"Accept-Encoding": "gzip, deflate, br", "Accept-Language": "en-US"}
        limits = httpx.Limits(max_connections=20)
        for _ in range(times):
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, limits=limits, verify=False
            ) as client:
                await asyncio.wait_for(replay(client, visit), VISIT_S)

    asyncio.run(all_of_them())


def cost(pid: int, port: int, visit: list[Request]) -> tuple[float, float]:
    """CPU milliseconds of one visit: the process, the loop's thread. Medians of ROUNDS of TIMED visits.

    Gradio's queue looks for work a thousand times a second, also where there is none: this is not the visit's.
    """
    idle = spent(pid, lambda: time.sleep(IDLE_S))
    found = []
    for _ in range(ROUNDS):
        busy = spent(pid, lambda: replayed(port, visit, TIMED))
        found.append([(busy[part] - idle[part] / idle[2] * busy[2]) / TIMED * 1e3 for part in (0, 1)])
    return statistics.median(each[0] for each in found), statistics.median(each[1] for each in found)


def spent(pid: int, action: Callable[[], None]) -> tuple[float, float, float]:
    """Seconds while something happens: of the process's CPU, of its loop's, of the wall's clock."""
    before, start = Clock.of(pid), time.monotonic()
    action()
    after, end = Clock.of(pid), time.monotonic()
    return after.process - before.process, after.loop - before.loop, end - start


def document_kb(port: int) -> tuple[float, float]:
    """The first document in KB: as it comes compressed, and whole."""
    with httpx.stream("GET", f"http://127.0.0.1:{port}/", headers={"Accept-Encoding": "gzip"}) as answer:
        compressed = sum(map(len, answer.iter_raw()))
    whole = len(httpx.get(f"http://127.0.0.1:{port}/", headers={"Accept-Encoding": "identity"}).content)
    return compressed / 1e3, whole / 1e3


@contextlib.contextmanager
def bare(port: int) -> Iterator[None]:
    """A Gradio app of one function, as Gradio serves it."""
    command = [sys.executable, "-m", "bench.visits", str(port)]
    process = subprocess.Popen(command, env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"})
    try:
        up(process, port)
        yield
    finally:
        process.terminate()
        process.wait(20)


def serve_bare(port: int) -> None:
    import gradio as gr

    def classify(text: str, model: str) -> dict:
        return {"label": model, "scores": {text: 1.0}}

    with gr.Blocks() as blocks:
        gr.api(classify, api_name=BARE, concurrency_limit=None)
    blocks.queue(max_size=None)
    blocks.launch(server_port=port, quiet=True)


def requests_a_second(door: str, port: int, model: str) -> float:
    """Answers a second of CLIENTS clients, from a process of their own. Raises RuntimeError where one failed."""
    command = [sys.executable, "-m", "bench.load", door, str(port), model, str(CLIENTS), str(SECONDS)]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 60, check=True).stdout
    answers = json.loads(printed)
    if answers["failures"]:
        raise RuntimeError(f"{door}: {answers['failures']} failures")
    return len(answers["latencies_ms"]) / answers["seconds"]


def visits() -> str:
    """Documents and visits."""
    port = free_port()
    rows: list[list[object]] = []
    with running(port) as process:
        with sync_playwright() as playwright:
            path = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            origin = f"http://127.0.0.1:{port}"
            records = {name: recorded(browser, f"{origin}{address}") for name, address in ADDRESSES.items()}
            browser.close()
        pid = process.pid
        for visit in records.values():
            replayed(port, visit, WARM)
        for name, visit in records.items():
            of_process, of_loop = cost(pid, port, visit)
            events = sum(one.path.startswith(JOIN) for one in visit)
            bar = against(of_process, MAX_VISIT_MS, most=True, form=".0f", unit=" ms")
            rows.append([name, len(visit), events, bar, f"{of_loop:.0f} ms"])
        before = resident_mb(pid)
        replayed(port, records["the page"], VISITS)
        after = resident_mb(pid)
        compressed, whole = document_kb(port)
    kept = against((after - before) / VISITS, MAX_KEPT_MB, most=True, form=".2f", unit=" MB")
    size = against(compressed, MAX_DOCUMENT_KB, most=True, form=".0f", unit=" KB")
    head = ["visit", "requests", "events of the load", "CPU of the server", "of it the loop's thread"]
    return (
        table(f"A visit, {ROUNDS} rounds of {TIMED}", head, rows)
        + f"\n\nMemory kept for a visitor who came and went: {kept}, "
        + f"{VISITS} visitors: {before:.0f} to {after:.0f} MB. The document: {size}, {whole:.0f} KB unpacked."
    )


def endpoints() -> str:
    """Gradio's endpoint of the hub beside a bare app's."""
    try:
        model = smallest(classify.TASK)
    except ValueError as error:
        return f"visits: {error}"
    ours, theirs = free_port(), free_port()
    with running(ours), bare(theirs):
        doors = {"the hub's": ("classify", ours), "a bare Gradio app's": (BARE, theirs)}
        for door, port in doors.values():
            requests_a_second(door, port, model)
        rounds = [{name: requests_a_second(*door, model) for name, door in doors.items()} for _ in range(ROUNDS)]
    rows = [[name, f"{statistics.median(found[name] for found in rounds):.0f}"] for name in doors]
    hub, other = doors
    rate = statistics.median(found[hub] for found in rounds)
    share = statistics.median(found[hub] / found[other] for found in rounds)
    title = f"/gradio_api/call, {CLIENTS} clients, {ROUNDS} rounds of {SECONDS:g} s"
    return (
        table(title, ["endpoint", "requests a second"], rows)
        + f"\n\nThe hub's: {against(rate, MIN_REQUESTS, form='.0f', unit=' a second')}, {share:.2f} of the bare app's."
    )


def run() -> str:
    return f"{visits()}\n\n{endpoints()}"


if __name__ == "__main__":
    serve_bare(int(sys.argv[1]))
