"""Every bundle against the PyTorch module that it was made from, in eager mode, at the same padded inputs.

A file that gives logits alone (TextCNN in int8) is compared with a module that computes no explanation either.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch

from bench.report import MISSING, against, interleaved, left_out, table
from bench.texts import sentences
from export.recipe import Recipe
from export.recipes import registry
from hub.bundle import Bundle, Bundles
from hub.card import logits_name
from hub.session import cores, open_session
from hub.tasks.classify import TASK
from hub.text import feeds
from models.training import runs

CHECKPOINTS = Path(".cache/checkpoints")
ROUNDS = 7
TURN_SECONDS = 0.3
BUSY = 1.3  # PyTorch on more threads may take so much longer than on one, on a machine that is idle
TOKENS = {1: (15, 30), 64: (10, 40)}  # of the texts of a batch


def bar(bundle: Bundle, variant: str, batch: int, threads: int) -> float:
    """What the variant has to reach, in times PyTorch; 0: nothing is claimed."""
    if bundle.name.startswith("textcnn") and variant == "int8":
        return 1.5 if threads > 1 else {1: 5.0, 64: 4.0}[batch]
    if batch == 1 and threads == 1 and variant == bundle.card.default_variant:
        return 1.5
    return 0.0


def rows_of(bundle: Bundle, batch: int) -> list[tuple[int, ...]]:
    """Ids of texts with a usual number of tokens."""
    low, high = TOKENS[batch]
    ids = [code.ids[:high] for code in bundle.encoder.encode(sentences(bundle.card.languages, 400))]
    usual = [row for row in ids if len(row) >= low]
    return (usual * batch)[:batch]


def peer_of(outputs: Sequence[str], logits: Sequence[str], module: torch.nn.Module) -> str:
    """The system that computes what a file does."""
    alone = set(outputs) <= set(logits) and "explain" in inspect.signature(module.forward).parameters
    return "torch, logits alone" if alone else "torch"


def measure(
    bundle: Bundle, recipe: Recipe, threads: int, batch: int, on_one_thread: dict[tuple[str, int], float]
) -> list[list[object]]:
    """One row for each variant.

    Args:
        on_one_thread: seconds of PyTorch on one thread by bundle and batch; filled by the calls for one thread.
    """
    module = recipe.train(CHECKPOINTS / bundle.name).module.eval()  # finished: this only loads it
    torch.set_num_threads(threads)
    sessions = {
        variant.name: open_session(bundle.path(variant.file), threads)
        for variant in bundle.card.variants
        if not variant.omitted
    }
    rows = rows_of(bundle, batch)
    wanted = [logits_name(head) for head in bundle.card.heads]
    tensors = [torch.from_numpy(values) for values in feeds(rows, [spec.name for spec in bundle.card.inputs]).values()]

    @torch.inference_mode()
    def eager(**how: bool) -> None:
        module(*tensors, **how)

    peers = {name: peer_of(session.outputs, wanted, module) for name, session in sessions.items()}
    ways: dict[str, Callable[[], object]] = {"torch": eager, "torch, logits alone": partial(eager, explain=False)}
    systems: dict[str, Callable[[], object]] = {name: ways[name] for name in dict.fromkeys(("torch", *peers.values()))}
    for name, session in sessions.items():
        systems[name] = partial(session.run, feeds(rows, session.inputs), wanted)
    found = interleaved(systems, ROUNDS, TURN_SECONDS)
    one = found["torch"] if threads == 1 else on_one_thread[bundle.name, batch]
    on_one_thread[bundle.name, batch] = one
    lines = []
    for name in sessions:
        times = found[peers[name]] / found[name]
        claimed = bar(bundle, name, batch, threads)
        if found["torch"] > BUSY * one:
            # Two threads wait for each other at every step; where one has no core, PyTorch looks absurdly slow.
            ratio = f"NOT JUDGED: PyTorch takes {found['torch'] / one:.1f} times as long as on 1 thread; machine busy?"
        else:
            ratio = against(times, claimed, unit=" x") if claimed else f"{times:.1f} x"
        milliseconds = [f"{found[system] * 1e3:.2f}" for system in (peers[name], name)]
        lines.append([bundle.name, name, batch, len(max(rows, key=len)), threads, *milliseconds, ratio])
    return lines


def run() -> str:
    """The table; a bundle whose checkpoint is not there is left out and named."""
    recipes = registry()
    rows: list[list[object]] = []
    reasons: dict[str, Exception] = {}
    on_one_thread: dict[tuple[str, int], float] = {}
    before = torch.get_num_threads()
    try:
        for bundle in Bundles().of_task(TASK):
            if bundle.name not in recipes:
                continue
            try:
                runs.require(CHECKPOINTS / bundle.name)
                for threads in sorted({1, min(2, cores())}):
                    for batch in TOKENS:
                        rows += measure(bundle, recipes[bundle.name], threads, batch, on_one_thread)
            except MISSING as error:
                reasons[bundle.name] = error
    finally:
        torch.set_num_threads(before)
    head = ["bundle", "variant", "batch", "tokens", "threads", "torch, ms", "onnxruntime, ms", "times torch"]
    return table("ONNX against PyTorch eager", head, rows) + left_out(reasons)
