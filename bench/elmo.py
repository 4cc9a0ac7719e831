"""elmo-* against PyTorch eager, same weights, same sentences, one thread and all.

PyTorch's module with random weights of the bundle's sizes, and its own graph: their times do not depend on the values.
Both get the words already spelt; the last column is the whole way from text to layers, as the hub goes it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import onnx
import torch

from bench.report import MISSING, against, interleaved, left_out, table
from bench.texts import sentences
from export.make import build, build_variant
from export.recipe import Trained
from export.recipes import elmo as recipes
from export.runner import Runner
from hub.bundle import Bundle, Bundles
from hub.session import cores, open_session
from hub.spelling import INPUTS
from hub.tasks import contextual
from models.training import elmo

WORDS, BATCH = 25, 32
BARS = {1: 2.0, BATCH: 1.2}  # times as fast as PyTorch, with one thread


def texts(bundle: Bundle, count: int) -> list[str]:
    """So many texts of WORDS words."""
    reader = bundle.words
    rows = reader.read(sentences(bundle.card.languages, 8 * count))
    words = [word for row in rows for word in row.words]
    joint = " " if bundle.card.languages[0] == "en" else ""
    return [joint.join(words[start : start + WORDS]) for start in range(0, count * WORDS, WORDS)]


def measure(bundle: Bundle, folder: Path) -> list[list[object]]:
    """A row for each size and number of threads."""
    plan = elmo.PLANS[bundle.card.languages[0]]
    torch.manual_seed(0)
    model = plan.model().eval().requires_grad_(False)
    (graph,) = [one for one in recipes.graphs(Trained(model)) if one.name == "model"]
    exported = build(graph)
    files = {}
    for variant in graph.variants:
        files[variant.name] = folder / f"{bundle.name}-{variant.name}.onnx"
        onnx.save(build_variant(graph, variant, exported), files[variant.name])
    rows: list[list[object]] = []
    for threads in dict.fromkeys((1, cores())):
        torch.set_num_threads(threads)
        for count, bar in BARS.items():
            given = texts(bundle, count)
            feeds = bundle.words.feeds(given)
            tensors = [torch.from_numpy(feeds[name]) for name in INPUTS]
            systems: dict[str, Callable[[], object]] = {"torch": partial(_torch, model, tensors)}
            for name, file in files.items():
                runner = Runner(file)
                runner.session = open_session(file, threads)
                systems[name] = partial(runner.run, feeds)
            systems["whole"] = partial(contextual.read_checked, bundle, given, large=threads > 1)
            seconds = interleaved(systems, rounds=5, seconds=0.3)
            for name in files:
                times = seconds["torch"] / seconds[name]
                shown = against(times, bar, unit=" x") if threads == 1 and name == "fp32" else f"{times:.1f} x"
                torch_ms, ours_ms, whole_ms = (f"{1e3 * seconds[one]:.2f}" for one in ("torch", name, "whole"))
                what = f"{count} x {WORDS} words"
                rows.append([bundle.name, what, threads, name, torch_ms, ours_ms, shown, whole_ms])
    return rows


@torch.no_grad()
def _torch(model: torch.nn.Module, tensors: list[torch.Tensor]) -> object:
    return model(*tensors)


def run() -> str:
    rows: list[list[object]] = []
    reasons: dict[str, Exception] = {}
    with tempfile.TemporaryDirectory() as name:
        for bundle in Bundles().of_task(contextual.TASK):
            try:
                rows += measure(bundle, Path(name))
            except MISSING as error:
                reasons[bundle.name] = error
    head = ("bundle", "texts", "threads", "file", "torch, ms", "onnxruntime, ms", "faster", "text to layers, ms")
    return table("All layers of texts, against PyTorch eager", head, rows) + left_out(reasons)
