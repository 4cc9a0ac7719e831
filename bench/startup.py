"""What the app adds to importing gradio and onnxruntime, and how long the first visitor waits for an answer."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from bench.report import against, table
from bench.server import classify, free_port, running
from bench.texts import sentences
from hub.bundle import Bundles
from hub.tasks.classify import TASK

ROUNDS = 7
STARTS = 3
PROBE = """
import json, time
start = time.perf_counter()
import {modules}
seconds = time.perf_counter() - start
pages = int(open("/proc/self/statm").read().split()[1])
print(json.dumps([seconds, pages * 4096 / 1e6]))
"""
MODULES = {"gradio and onnxruntime": "gradio, onnxruntime", "the app": "app"}


def probe(modules: str) -> tuple[float, float]:
    """Seconds and resident MB of importing modules in a fresh interpreter."""
    command = [sys.executable, "-c", PROBE.format(modules=modules)]
    seconds, size = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return seconds, size


def first_predictions() -> dict[str, float]:
    """Model -> longest wait for its first answer in milliseconds, in servers that have just come up."""
    found: dict[str, list[float]] = {}
    bundles = Bundles().of_task(TASK)
    for start in range(STARTS):
        port = free_port()
        with running(port):
            # Each start begins with another model, so that what the very first request pays is seen for several.
            for bundle in [*bundles[start:], *bundles[:start]]:
                text = sentences(bundle.card.languages, 1)[0]
                found.setdefault(bundle.name, []).append(1e3 * classify(port, text, bundle.name))
    return {name: max(times) for name, times in found.items()}


def run() -> str:
    for modules in MODULES.values():  # once for the files' sake
        probe(modules)
    rounds = [{name: probe(modules) for name, modules in MODULES.items()} for _ in range(ROUNDS)]
    rows = [
        [name, *(f"{statistics.median(found[name][column] for found in rounds):.{2 - column}f}" for column in (0, 1))]
        for name in MODULES
    ]
    base, ours = MODULES
    times = statistics.median(found[ours][0] / found[base][0] for found in rounds)
    more = statistics.median(found[ours][1] - found[base][1] for found in rounds)
    made = table("Import, fresh processes", ["what", "seconds", "resident, MB"], rows)
    made += (
        f"\n\nTime: {against(times, 1.2, most=True, form='.2f', unit=' x')}; "
        f"memory above: {against(more, 60, most=True, unit=' MB')}."
    )
    answers = first_predictions()
    if not answers:
        return made
    waits = [[name, against(wait, 300, most=True, form=".0f", unit=" ms")] for name, wait in answers.items()]
    first = table(f"First prediction after the page is up, worst of {STARTS} starts", ["model", "wait"], waits)
    return f"{made}\n\n{first}"
