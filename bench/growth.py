"""Recall over more and more items: every product against a graph of neighbours (HNSW), their time and their memory.

HNSW: Malkov and Yashunin 2018, arXiv 1603.09320, as faiss has it. The items are made up: unit vectors around a thousand
directions, as things of one kind are. (At 10^6 a kind has more than the nearest that are asked for, which is easier
than at 10^5.) Writes what it measures into the file that the page shows (hub/demos/recommender/growth.json).
Milliseconds are of the processor, one thread, so that other jobs disturb little.
"""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from bench.report import machine, table
from hub.demos.recommender.growth import FILE, Growth, Size

SIZES = (3_791, 10_000, 100_000, 1_000_000)  # the first: the shop's
DIMENSIONS = 64  # of the networks of models/training/funnel_shop.py
NEAREST = 200  # items that a channel hands over
KINDS, SPREAD = 1_000, 0.7  # directions; how far the items lie around them, as a part of the length
LINKS, BUILDING, SEARCHING = 32, 64, 400  # of HNSW: M, efConstruction, efSearch
QUESTIONS = 200


def vectors(count: int, seed: int) -> np.ndarray:
    """Unit vectors float32 (count, DIMENSIONS); the directions are the same for every seed."""
    centres = np.random.default_rng(0).standard_normal((KINDS, DIMENSIONS)).astype(np.float32)
    draw = np.random.default_rng(seed)
    found = centres[draw.integers(KINDS, size=count)]
    found += SPREAD * draw.standard_normal(found.shape, np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def exact(items: np.ndarray, question: np.ndarray, nearest: int) -> np.ndarray:
    """The items of the largest products, the best first: int64 (nearest,)."""
    scores = items @ question
    some = np.argpartition(scores, -nearest)[-nearest:]
    return some[np.argsort(-scores[some])]


def built(items: np.ndarray) -> faiss.IndexHNSWFlat:
    """The graph of neighbours, by inner product."""
    index = faiss.IndexHNSWFlat(items.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = BUILDING, SEARCHING
    index.add(items)
    return index


def milliseconds(search: Callable[[np.ndarray], np.ndarray], questions: np.ndarray) -> tuple[float, list[np.ndarray]]:
    """Median of the processor's milliseconds of a question, and the answers."""
    for question in questions[:5]:  # the first calls allocate
        search(question)
    times, answers = [], []
    for question in questions:
        start = time.process_time()
        answers.append(search(question))
        times.append(time.process_time() - start)
    return 1_000 * float(np.median(times)), answers


def measured(count: int, nearest: int, questions: int = QUESTIONS) -> list[Size]:
    """Both ways over so many items."""
    items, asked = vectors(count, 1), vectors(questions, 2)
    ms, truth = milliseconds(lambda question: exact(items, question, nearest), asked)
    mib = items.nbytes / 2**20
    rows = [Size(way="exact", items=count, ms=round(ms, 4), mib=round(mib, 2), recall=1, build_s=0)]
    start = time.process_time()
    index = built(items)
    seconds = time.process_time() - start
    ms, found = milliseconds(lambda question: index.search(question[None], nearest)[1][0], asked)
    share = np.mean([len(np.intersect1d(one, two)) / nearest for one, two in zip(found, truth, strict=True)])
    mib = len(faiss.serialize_index(index)) / 2**20
    rows.append(
        Size(way="hnsw", items=count, ms=round(ms, 4), mib=round(mib, 2), recall=round(float(share), 4),
             build_s=round(seconds, 1))
    )  # fmt: skip
    return rows


def growth(sizes: Sequence[int], nearest: int) -> Growth:
    """Everything that the page shows."""
    faiss.omp_set_num_threads(1)
    with threadpool_limits(1):
        rows = [row for count in sizes for row in measured(count, nearest)]
    return Growth(
        machine=machine().partition(", Python")[0],
        versions={"python": platform.python_version(), "numpy": version("numpy"), "faiss-cpu": version("faiss-cpu")},
        dimensions=DIMENSIONS,
        nearest=nearest,
        rows=tuple(rows),
    )


def shown(found: Growth) -> str:
    """As a table."""
    rows = [
        [
            f"{row.items:,}",
            row.way,
            f"{row.ms:.2f}",
            f"{row.mib:,.1f}",
            f"{100 * row.recall:.1f} %",
            f"{row.build_s:.1f}",
        ]
        for row in found.rows
    ]
    title = f"The {found.nearest} nearest of made-up items, {found.dimensions} dimensions, one thread"
    return table(title, ("items", "way", "ms", "MiB", "recall", "seconds to build"), rows)


def run() -> str:
    found = growth(SIZES, NEAREST)
    content = re.sub(r"\s+(?=[^{}\[\]]*\})", " ", found.model_dump_json(indent=1))  # a row, a line
    FILE.write_text(content + "\n", encoding="utf-8")
    return shown(found)
