"""Every sentence encoder against sentence-transformers on torch with the same weights, tokenising included.

One sentence, 32 texts of 128 tokens, and 2,000 mixed sentences, at one thread and at all cores; and how near the
quantised vectors are to PyTorch's, on 1,000 sentences that nothing was calibrated on. sentence-transformers takes the
size of batch that suits it best, as ours has one that suits it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import torch
from sentence_transformers import SentenceTransformer

from bench.report import MISSING, against, interleaved, left_out, table
from export import torch_folder
from export.make import build, build_variant, load
from export.recipe import Recipe
from export.recipes import registry
from hub.bundle import Bundle, Bundles
from hub.session import Session, cores, open_session
from hub.tasks import embed
from hub.text import feeds
from models.training import corpus, runs

CHECKPOINTS = Path(".cache/checkpoints")
ROUNDS = {"one": 7, "long": 5, "mixed": 3}
TURN_SECONDS = {"one": 0.5, "long": 1.0, "mixed": 0.1}
BARS = {"fp32": {"one": 2.7, "mixed": 1.4}, "int8": {"one": 8.0, "long": 2.7, "mixed": 4.0}}  # at one thread
BATCHES = (8, 16, 32, 64, 128)  # of texts, that sentence-transformers may take at once; its own default is 32
WHAT = {"one": "one sentence", "long": "32 texts of 128 tokens", "mixed": "2,000 sentences"}


def texts(language: str) -> dict[str, list[str]]:
    """What is embedded, from the training texts of the data sets."""
    if language == "en":
        rows = corpus.load("stsb", "train")
        long = corpus.load("wiki_en", "valid")["text"]
        one = "A man is playing a guitar on the stage of a small theatre."
    else:
        rows = corpus.load("stsb_zh", "train")
        long = corpus.load("corpus_zh", "valid")["text"]
        one = "一个男人在小剧场的舞台上弹吉他。"
    mixed = list(dict.fromkeys([*rows["sentence1"], *rows["sentence2"]]))[600:]  # 600 are for calibration
    wide = (
        [text for text in long if len(text) > 1200][:32]
        if language == "en"
        else ["".join(long[start : start + 8]) for start in range(0, 256, 8)]
    )
    return {"one": [one], "long": wide, "mixed": mixed[:2000]}


def fastest_batch(peer: SentenceTransformer, some: Sequence[str]) -> int:
    """The size of batch with which the peer embeds these texts in the least time."""
    sizes = [size for size in BATCHES if size <= len(some)] or [1]
    if len(sizes) == 1:
        return sizes[0]
    calls: dict[str, Callable[[], object]] = {
        str(size): partial(peer.encode, list(some), batch_size=size) for size in sizes
    }
    seconds = interleaved(calls, rounds=1, seconds=0.0, least=1)
    return int(min(seconds, key=seconds.__getitem__))


def by_session(bundle: Bundle, session: Session, given: Sequence[str]) -> np.ndarray:
    """As hub.tasks.embed does it, on a session of our own."""
    rows = embed.ids_of(bundle.encoder, given)
    made = np.empty((len(rows), int(bundle.card.outputs[0].shape[-1])), np.float32)
    for batch in embed.even_batches([len(row) for row in rows]):
        (made[batch],) = session.run(feeds([rows[index] for index in batch], session.inputs), ["embedding"])
    return made


def measure(bundle: Bundle, recipe: Recipe, folder: Path) -> tuple[list[list[object]], str]:
    """The rows of the table, and how near the default variant is to PyTorch."""
    trained = load(recipe, CHECKPOINTS / bundle.name)
    torch_folder.save(trained, folder / "torch")
    peer = SentenceTransformer(str(folder / "torch"), device="cpu")
    full = folder / "model.onnx"
    graph = recipe.graphs(trained)[0]
    onnx.save(build_variant(graph, graph.variants[0], build(graph)), full)
    given = texts(bundle.card.languages[0])
    rows: list[list[object]] = []
    quantised = bundle.card.variant(bundle.card.default_variant)
    for threads in dict.fromkeys((1, cores())):
        torch.set_num_threads(threads)
        sessions = {
            "fp32": open_session(full, threads),
            quantised.name: open_session(bundle.path(quantised.file), threads),
        }
        for kind, some in given.items():
            batch = fastest_batch(peer, some)
            systems: dict[str, Callable[[], object]] = {"torch": partial(peer.encode, some, batch_size=batch)}
            for name, session in sessions.items():
                systems[name] = lambda session=session, some=some: by_session(bundle, session, some)  # type: ignore[misc]
            seconds = interleaved(systems, ROUNDS[kind], TURN_SECONDS[kind], least=1)
            for name in sessions:
                times = seconds["torch"] / seconds[name]
                bar = BARS[name].get(kind) if threads == 1 else None
                shown = against(times, bar, unit=" x") if bar else f"{times:.1f} x"
                rows.append(
                    [
                        bundle.name, WHAT[kind], threads, name, f"{1e3 * seconds['torch']:.1f}",
                        f"{1e3 * seconds[name]:.2f}", shown,
                    ]
                )  # fmt: skip
    some = given["mixed"][-1000:]
    cosines = (by_session(bundle, sessions[quantised.name], some) * peer.encode(some)).sum(axis=1)
    near = (
        f"{bundle.name}, {quantised.name} to sentence-transformers on {len(some)} sentences: cosine mean "
        f"{against(float(cosines.mean()), 0.998, form='.5f')}, lowest {against(float(cosines.min()), 0.99, form='.5f')}"
    )
    return rows, near


def run() -> str:
    known = registry()
    rows: list[list[object]] = []
    notes = []
    reasons: dict[str, Exception] = {}
    for bundle in Bundles().of_task(embed.TASK):
        recipe = known.get(bundle.name)
        if recipe:
            try:
                runs.require(CHECKPOINTS / bundle.name)
                with tempfile.TemporaryDirectory() as folder:
                    found, near = measure(bundle, recipe, Path(folder))
            except MISSING as error:
                reasons[bundle.name] = error
                continue
            rows += found
            notes.append(near)
    head = ["bundle", "texts", "threads", "variant", "sentence-transformers, ms", "ours, ms", "times faster"]
    return "\n\n".join((table("Sentence encoders, tokenising included", head, rows), *notes)) + left_out(reasons)
