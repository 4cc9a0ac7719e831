"""What one rude client can do to the others: abandoned requests, bodies over the limit, slow files, lone tokens."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx

from bench.report import against, table
from bench.server import free_port, running, smallest
from bench.visits import resident_mb
from hub import limits
from hub.errors import InputError
from hub.tasks import classify, generate
from hub.ui import files

ABANDONED = 40
TEXTS = 680  # of one abandoned request
MAX_ANSWER_S = 1.0
BODIES, BODY_BYTES = 12, 50_000_000
MAX_BODIES_MB = 20.0
FILE_BYTES = 1_000_000
MAX_FILE_S = 2.0
REPEATS = 20
PROMPT = "The old ferry left the island at dawn, and nobody on the pier looked up when its horn sounded twice. "
PROFILE = {"depth": 100, "width": 128, "steps": 20}  # a second and more of work
SHORT = "a quiet film that earns every tear"


async def leave(port: int, path: str, body: dict[str, object]) -> None:
    """Ask, and go before the answer."""
    content = json.dumps(body).encode()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()


def abandoned(port: int, path: str, body: dict[str, object], other: Callable[[], None]) -> float:
    """Seconds until another door answers after ABANDONED requests whose clients have left."""

    async def all_of_them() -> None:
        await asyncio.gather(*(leave(port, path, body) for _ in range(ABANDONED)))

    asyncio.run(all_of_them())
    start = time.perf_counter()
    other()
    return time.perf_counter() - start


def requests_left(port: int) -> str:
    """The other doors while work of clients who have left is under way."""
    http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300)

    def post(path: str, body: dict[str, object]) -> None:
        http.post(path, json=body).raise_for_status()

    def gradio(name: str, data: list[object]) -> None:
        event = http.post(f"/gradio_api/call/{name}", json={"data": data}).raise_for_status().json()["event_id"]
        if "event: complete" not in http.get(f"/gradio_api/call/{name}/{event}").text:
            raise RuntimeError(f"{name} gave no answer")

    classifier, writer = smallest(classify.TASK), smallest(generate.TASK)
    many: dict[str, object] = {"text": [f"{SHORT} {number}" for number in range(TEXTS)], "model": classifier}
    profile: dict[str, object] = {"data": [PROFILE]}

    def write() -> None:
        post("/v1/generate", {"prompt": PROMPT, "model": writer, "max_new_tokens": 1, "temperature": 0})

    def fit() -> None:
        gradio("fit_mle", ["bernoulli", "1 0 1 1"])

    cases = {
        f"/v1/classify with {TEXTS} texts, then /v1/generate": (
            "/v1/classify", many, lambda: post("/v1/classify", many), write,
        ),
        "gradient_profile, then fit_mle": (
            "/gradio_api/call/gradient_profile", profile, lambda: gradio("gradient_profile", [PROFILE]), fit,
        ),
    }  # fmt: skip
    rows = []
    for name, (path, body, stay, other) in cases.items():
        other()
        start = time.perf_counter()
        stay()  # raises where the request is refused: then there would be nothing to abandon
        alone = time.perf_counter() - start
        found = against(abandoned(port, path, body, other), MAX_ANSWER_S, most=True, form=".2f", unit=" s")
        rows.append([name, f"{alone:.2f} s", found])
    head = ["asked", "one alone takes", "the next door answers within"]
    return table(f"{ABANDONED} requests of clients who have left", head, rows)


def bodies(port: int, pid: int) -> str:
    """Memory after bodies over the limit at Gradio's routes."""
    before, peak = resident_mb(pid), 0.0
    content = json.dumps({"data": ["x" * BODY_BYTES, ""]}).encode()
    refused = 0
    for _ in range(BODIES):
        try:
            answer = httpx.post(f"http://127.0.0.1:{port}/gradio_api/call/classify", content=content, timeout=60)
            refused += answer.status_code == 413
        except httpx.WriteError:  # cut off while it still sends
            refused += 1
        peak = max(peak, resident_mb(pid))
    bar = against(peak - before, MAX_BODIES_MB, most=True, unit=" MB")
    return f"{BODIES} bodies of {BODY_BYTES // 10**6} MB at Gradio's route: {refused} refused, memory {bar}."


def hard_files() -> dict[str, bytes]:
    """Files of the greatest size that is taken, each hard for one part of the reading."""

    def filled(part: bytes, head: bytes = b"") -> bytes:
        return (head + part * (FILE_BYTES // len(part)))[:FILE_BYTES]

    wide = FILE_BYTES // 4 - 1
    return {
        "a wide heading over narrow rows": b"a," * wide + b"\n" + b"b\n" * wide,
        "an open quotation mark": filled(b'"a,b\n'),
        "doubled quotation marks": filled(b'""'),
        "commas": filled(b","),
        "line ends": filled(b"\n"),
        "carriage returns": filled(b"a\r"),
        "one line": filled(b"x"),
        "every delimiter": filled(b"a,b;c\td|e\n"),
        "numbers": filled(b"1,2,3\n", b"text,label,id\n"),
        "Chinese": filled("质量很好,1\n".encode()),
        "GB18030": filled("质量很好,1\n".encode("gb18030")),
        "no text": bytes(range(256)) * (FILE_BYTES // 256),
        "cells of quotation marks": filled(b'"""",""""\n'),
    }


def read_files() -> str:
    """The slowest file."""
    rows = []
    for name, content in hard_files().items():
        with tempfile.NamedTemporaryFile(suffix=".csv") as file:
            Path(file.name).write_bytes(content)
            start = time.perf_counter()
            try:
                fate = f"{len(files.read(Path(file.name)).texts):,} texts"
            except InputError as error:
                fate = f"refused: {error.code}"
            rows.append((time.perf_counter() - start, name, fate))
    rows.sort(reverse=True)
    shown = [[name, fate, f"{seconds:.2f} s"] for seconds, name, fate in rows]
    made = table(f"A CSV file of {FILE_BYTES // 10**6} MB", ["content", "read as", "time"], shown)
    return f"{made}\n\nThe slowest: {against(rows[0][0], MAX_FILE_S, most=True, form='.2f', unit=' s')}."


def seeded(port: int) -> str:
    """How many of REPEATS answers to the same seeded body differ from the most frequent one; prompts of any length."""
    http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300)
    model = smallest(generate.TASK)
    rows, different = [], 0
    for length in (len(SHORT), 64 * 4, 4 * len(PROMPT)):
        body = {"prompt": (PROMPT * 4)[:length], "model": model, "seed": 7, "temperature": 1, "max_new_tokens": 40}
        answers = [http.post("/v1/generate", json=body).raise_for_status().text for _ in range(REPEATS)]
        texts = Counter(answer.partition("event: end")[0] for answer in answers)  # the end tells the time that it took
        if not all("event: end" in answer for answer in answers):
            raise RuntimeError(f"/v1/generate broke off: {answers[0][-300:]}")
        different += REPEATS - max(texts.values())
        rows.append([length, len(texts)])
    made = table(f"The same seeded request {REPEATS} times, {model}", ["characters of the prompt", "texts"], rows)
    return f"{made}\n\nOthers than the most frequent: {against(different, 0, most=True, form='d', unit='')}."


def run() -> str:
    if limits.MAX_UPLOAD_BYTES != FILE_BYTES:
        raise ValueError(f"a file may have {limits.MAX_UPLOAD_BYTES} bytes: FILE_BYTES must say so")
    port = free_port()
    with running(port) as process:
        parts = [requests_left(port), seeded(port), bodies(port, process.pid)]
    return "\n\n".join([*parts, read_files()])
