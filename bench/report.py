"""What every bench shares: the machine in one line, interleaved rounds, tables in Markdown."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hub.session import cores
from models.training.corpus import CorpusError
from models.training.runs import RunError

MISSING = (CorpusError, FileNotFoundError, RunError)  # what a clone lacks: data, vectors or weights, checkpoints
PACKAGES = ("onnxruntime", "gradio", "tokenizers", "torch", "transformers")


def machine() -> str:
    """Processor, the cores this process may use, versions; and a warning where the machine is not idle."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    load = os.getloadavg()[0]
    busy = (
        f"\nWARNING: others use this machine (load {load:.1f}): the figures below are disturbed" if load > 0.5 else ""
    )
    return f"{model}, {cores()} cores, Python {platform.python_version()}, {', '.join(versions)}{busy}"


def interleaved(
    systems: Mapping[str, Callable[[], object]], rounds: int, seconds: float, least: int = 3
) -> dict[str, float]:
    """Median seconds a call of each system. In every round each has its turn, so that a disturbance meets all.

    Args:
        seconds: about how long a turn lasts; at least ``least`` calls are made in it.
    """
    times: dict[str, list[float]] = {name: [] for name in systems}
    for name, call in systems.items():  # first calls allocate and compile
        call()
        start = time.perf_counter()
        call()
        times[name].append(time.perf_counter() - start)
    calls = {name: max(least, int(seconds / found[0])) for name, found in times.items()}
    times = {name: [] for name in systems}
    for _ in range(rounds):
        for name, call in systems.items():
            call()  # the others have used the caches
            turn = []
            for _ in range(calls[name]):
                start = time.perf_counter()
                call()
                turn.append(time.perf_counter() - start)
            times[name].append(statistics.median(turn))
    return {name: statistics.median(found) for name, found in times.items()}


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table under its claim."""
    lines = [f"**{title}**", "", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def left_out(reasons: Mapping[str, Exception]) -> str:
    """What could not be measured and why, a line each, below a table; nothing where all was."""
    return "".join(f"\n\n{name} is left out: {reason}" for name, reason in reasons.items())


def against(value: float, bar: float, *, most: bool = False, form: str = ".1f", unit: str = "") -> str:
    """A figure beside its bar, and whether it is met: "5.1 x (at least 4 x: met)"."""
    met = value <= bar if most else value >= bar
    word = "at most" if most else "at least"
    return f"{value:{form}}{unit} ({word} {bar:g}{unit}: {'met' if met else 'MISSED'})"
