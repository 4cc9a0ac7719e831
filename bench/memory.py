"""Memory of one process over 10,000 mixed calls: texts, batches, saliency, and requests that must be refused."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np

from bench.report import against, table
from bench.texts import sentences
from hub import limits
from hub.errors import HubError
from hub.service import Service
from hub.tasks import classify as task

CALLS = 10_000
WARM = 2_000  # calls until every session is open and every arena has its size
STEP = 2_000
GROWTH_MB = 10.0
BAD = ("", "   ", None, 7, "\ud800", "x" * (limits.MAX_TEXT_CHARS + 1))


def resident_mb() -> float:
    """Memory of this process that is in RAM."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def call(service: Service, rng: np.random.Generator, number: int) -> str:
    """One call; returns its kind."""
    bundles = service.bundles.of_task(task.TASK)
    bundle = bundles[number % len(bundles)]
    texts = sentences(bundle.card.languages, 40)
    text = texts[int(rng.integers(len(texts)))]
    draw = rng.random()
    if draw < 0.80:
        service.classify(text, bundle.name)
        return "one text"
    if draw < 0.84:
        service.classify_batch(texts[: int(rng.integers(2, 41))], bundle.name)
        return "batch of 2 to 40"
    if draw < 0.88:
        task.saliency(bundle, text[:60])
        return "saliency"
    try:
        service.classify(BAD[int(rng.integers(len(BAD)))] if draw < 0.96 else text, bundle.name if draw < 0.96 else "?")
    except HubError:
        return "refused"
    raise AssertionError("a request that must be refused was answered")


def run() -> str:
    service = Service()
    if not service.bundles.of_task(task.TASK):
        return "memory: there is no bundle to call"
    rng = np.random.default_rng(0)
    counts: dict[str, int] = {}
    sizes: dict[int, float] = {}
    for number in range(1, CALLS + 1):
        kind = call(service, rng, number)
        counts[kind] = counts.get(kind, 0) + 1
        if number % STEP == 0:
            gc.collect()
            sizes[number] = resident_mb()
    growth = max(sizes.values()) - sizes[WARM]
    rows = [[f"{number:,}", f"{size:.1f}", f"{size - sizes[WARM]:+.1f}"] for number, size in sizes.items()]
    made = table("Memory over mixed calls", ["calls", "resident, MB", f"since call {WARM:,}, MB"], rows)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
    return f"{made}\n\n{kinds}. Growth: {against(growth, GROWTH_MB, most=True, unit=' MB')}."
