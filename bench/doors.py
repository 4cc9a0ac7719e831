"""The typed routes against Gradio's endpoints in the same running hub, and Gradio's queue with and without batching."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

import numpy as np

from bench.report import against, table
from bench.server import TWIN, free_port, running, smallest
from hub.tasks import classify as classify_task
from hub.tasks import embed as embed_task
from hub.tasks import tag as tag_task

CLIENTS = 32
SECONDS = 4.0
ROUNDS = 5
SUBJECTS = {  # task -> door -> what it is, the typed route first
    classify_task.TASK: {"v1/classify": "/v1/classify", "classify": "Gradio, batched", TWIN: "Gradio, unbatched twin"},
    embed_task.TASK: {"v1/embed": "/v1/embed", "embed": "Gradio"},
    tag_task.TASK: {"v1/tag:32": "/v1/tag, 32 texts a request", "tag": "Gradio", "v1/tag": "/v1/tag"},
}
BARS = {classify_task.TASK: 20, embed_task.TASK: 10, tag_task.TASK: 20}  # times Gradio's endpoint


def attack(door: str, port: int, model: str) -> tuple[float, float, float, int]:
    """Answers a second, median and 99th percentile in milliseconds, failures; from a process of its own."""
    command = [sys.executable, "-m", "bench.load", door, str(port), model, str(CLIENTS), str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 60, check=True)
    found = json.loads(done.stdout)
    latencies = found["latencies_ms"]
    if not latencies:
        raise RuntimeError(f"{door} gave no answer, {found['failures']} failures")
    p50, p99 = np.percentile(latencies, [50, 99])
    return len(latencies) / found["seconds"], float(p50), float(p99), found["failures"]


def run() -> str:
    return "\n\n".join(measured(task, doors) for task, doors in SUBJECTS.items())


def measured(task: str, doors: dict[str, str]) -> str:
    """The doors of a task on its smallest model."""
    try:
        model = smallest(task)
    except ValueError as error:
        return f"doors: {error}"
    typed, gradio, *_ = doors
    port = free_port()
    with running(port):
        for door in doors:  # first calls of each
            attack(door, port, model)
        rounds = [{door: attack(door, port, model) for door in doors} for _ in range(ROUNDS)]
    medians = {
        door: [statistics.median(found[door][column] for found in rounds) for column in range(4)] for door in doors
    }
    rows = [
        [what, f"{medians[door][0]:.0f}", *(f"{medians[door][column]:.1f}" for column in (1, 2)), int(medians[door][3])]
        for door, what in doors.items()
    ]
    made = table(
        f"{CLIENTS} clients, {model}, {ROUNDS} rounds of {SECONDS:g} s",
        ["door", "texts a second", "p50, ms", "p99, ms", "failures"],
        rows,
    )
    over = statistics.median(found[typed][0] / found[gradio][0] for found in rounds)
    claims = [
        f"/{typed} over Gradio: {against(over, BARS[task], unit=' x')}",
        f"p99 of /{typed}: {against(medians[typed][2], 50, most=True, unit=' ms')}",
    ]
    if TWIN in doors:
        batched = statistics.median(found[gradio][0] / found[TWIN][0] for found in rounds)
        claims.append(f"Gradio batched over unbatched: {against(batched, 2.5, unit=' x')}")
    return f"{made}\n\n{'; '.join(claims)}."
