"""What ELMo adds to a task: the same network with it and without, several seeds.

On the test split: F1 × 100 of entities, accuracy × 100 of grades. Intervals are 95 % of Student's t over the seeds, of
a gain over the pairs of one seed. With --train what is missing is trained: an hour of two cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy import stats

from bench.report import MISSING, left_out, table
from export.contextual import layers
from hub.bundle import Bundles
from hub.errors import HubError
from models.training import elmo_tasks

PAPER = {"ner-en": (90.15, 92.22), "sst5": (51.4, 54.7)}  # Peters et al. 2018, Table 1: without, with


def interval(values: Sequence[float]) -> str:
    """Mean and 95 % interval."""
    rows = np.array(values)
    if len(rows) < 2:
        return f"{rows.mean():.2f}"
    half = stats.t.ppf(0.975, len(rows) - 1) * rows.std(ddof=1) / len(rows) ** 0.5
    return f"{rows.mean():.2f} ± {half:.2f}"


def figures(task: elmo_tasks.Task) -> dict[elmo_tasks.Arm, list[float]]:
    """Arm -> the score × 100 of each seed."""
    bundle = Bundles().get(f"elmo-{task.language}")
    digest = bundle.variant().sha256
    start = elmo_tasks.begin(task, partial(layers, bundle), digest)
    found: dict[elmo_tasks.Arm, list[float]] = {arm: [] for arm in elmo_tasks.ARMS}
    for arm, _, value in elmo_tasks.every_run(task, start, elmo_tasks.ARMS):
        found[arm].append(100 * value)
    return found


def run() -> str:
    rows, reasons = [], {}
    for task in elmo_tasks.TASKS.values():
        try:
            found = figures(task)
        except (*MISSING, HubError) as error:
            reasons[task.name] = error
            continue
        gains = {arm: np.subtract(found[arm], found["without"]).tolist() for arm in ("with", "second")}
        paper = " → ".join(f"{value:.1f}" for value in PAPER.get(task.name, ()))
        rows.append(
            [task.name, *(interval(found[arm]) for arm in elmo_tasks.ARMS), *map(interval, gains.values()), paper]
        )
    head = ("task", "without", "[x; ELMo]", "[x; ELMo] and [h; ELMo]", "gain", "gain of both", "the paper")
    return table("With ELMo and without, test split", head, rows) + left_out(reasons)
