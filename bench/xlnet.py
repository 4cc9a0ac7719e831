"""XLNet's graph against transformers' XLNet, same weights, one thread and all; and all 720 orders of six words.

Random weights of the bundles' sizes: times do not depend on the values. Both get the tokens, the masks and the targets
ready made, every token a target; transformers runs eagerly, as XLNetLMHeadModel has no other way.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from itertools import permutations
from pathlib import Path

import numpy as np
import onnx
import torch

from bench.report import against, interleaved, table
from export.make import build, build_variant
from export.recipe import Trained
from export.recipes import xlnet as recipes
from export.runner import Runner
from hub.orders import mask_of
from hub.session import cores, open_session
from models.training import xlnet
from models.xlnet import LanguageModel
from models.xlnet_transformers import as_transformers

VOCABULARY = 8192
SIZES = {(1, 25): 2.5, (32, 128): 1.2}  # rows and tokens -> times as fast as transformers, with one thread
WORDS, ORDERS_MS = 6, 150.0


def inputs(rows: int, tokens: int) -> dict[str, np.ndarray]:
    """Random tokens in a random order, each a target."""
    draw = np.random.default_rng(0)
    places = list(range(1, tokens - 1))
    masks = np.stack([mask_of(tokens, draw.permutation(places).tolist(), len(places)) for _ in range(rows)])
    return {
        "input_ids": draw.integers(5, VOCABULARY, (rows, tokens)),
        "token_type_ids": np.zeros((rows, tokens), np.int64),
        "perm_mask": masks,
        "target_mapping": np.repeat(np.eye(tokens, dtype=np.float32)[None, places], rows, 0),
        "mems": np.zeros((4, rows, 0, 256), np.float32),
        "placed": np.ones((rows, len(places)), np.float32),
    }


def every_order(feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All orders of six words."""
    orders = list(permutations(range(1, WORDS + 1)))
    rows = {name: np.repeat(values, len(orders), int(name == "mems")) for name, values in feeds.items()}
    rows["perm_mask"] = np.stack([mask_of(WORDS + 2, order, WORDS) for order in orders])
    return rows


def run() -> str:
    torch.manual_seed(0)
    model = xlnet.PLANS["xlnet-en"].model(VOCABULARY).eval().requires_grad_(False)
    assert isinstance(model, LanguageModel)
    theirs = as_transformers(model).requires_grad_(False)
    (graph,) = recipes.graphs(Trained(model))
    exported = build(graph)
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as name:
        files = {variant.name: Path(name) / f"{variant.name}.onnx" for variant in graph.variants}
        for variant in graph.variants:
            onnx.save(build_variant(graph, variant, exported), files[variant.name])
        for threads in dict.fromkeys((1, cores())):
            torch.set_num_threads(threads)
            runners = {}
            for kind, file in files.items():
                runners[kind] = Runner(file)
                runners[kind].session = open_session(file, threads)
            for (count, tokens), bar in SIZES.items():
                rows += measure(f"{count} x {tokens} tokens", inputs(count, tokens), theirs, runners, threads, bar)
            orders = every_order(inputs(1, WORDS + 2))
            rows += measure("720 orders of 6", orders, theirs, runners, threads, 0)
    head = ("input", "threads", "file", "transformers, ms", "onnxruntime, ms", "faster")
    return table("Both streams of XLNet, every token a target", head, rows)


def measure(
    what: str,
    feeds: dict[str, np.ndarray],
    theirs: torch.nn.Module,
    runners: dict[str, Runner],
    threads: int,
    bar: float,
) -> list[list[object]]:
    """A row for each file. bar: of the exact one on one thread; 0: milliseconds with all cores are what counts."""
    tensors = {name: torch.from_numpy(feeds[name]) for name in theirs_inputs()}
    systems: dict[str, Callable[[], object]] = {"torch": partial(_torch, theirs, tensors)}
    for name, runner in runners.items():
        systems[name] = partial(runner.run, {key: feeds[key] for key in runner.inputs}, ["logits"])
    seconds = interleaved(systems, rounds=3, seconds=0.5, least=1)
    rows: list[list[object]] = []
    for name in runners:
        times = seconds["torch"] / seconds[name]
        counts = bar and threads == 1 and name == "fp32"
        faster = against(times, bar, unit=" x") if counts else f"{times:.1f} x"
        ours: object = f"{1e3 * seconds[name]:.2f}"
        if not bar and threads > 1:
            ours = against(1e3 * seconds[name], ORDERS_MS, most=True, form=".0f", unit=" ms")
        rows.append([what, threads, name, f"{1e3 * seconds['torch']:.2f}", ours, faster])
    return rows


def theirs_inputs() -> tuple[str, ...]:
    """What transformers' model takes."""
    return ("input_ids", "token_type_ids", "perm_mask", "target_mapping")


@torch.no_grad()
def _torch(model: torch.nn.Module, tensors: dict[str, torch.Tensor]) -> object:
    return model(**tensors, use_mems=False).logits
