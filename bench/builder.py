"""The int8 builder for BERT (export/encoder.py) against the pass that takes any graph: MatMulNBits, a scale per row.

On all-MiniLM-L6-v2 as it was published: size, nearness to PyTorch on sentences that nothing was calibrated on, and
milliseconds at one thread, tokenising included.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import torch

from bench.encoders import texts
from bench.report import interleaved, table
from export import encoder, fuse, fuse_decoder, quantise
from export.make import build, build_variant
from export.quantise import Source
from export.recipe import Graph, Trained, Variant
from export.recipes import consert
from export.runner import Runner, Subject
from hub.text import TOKENIZER_FILE, TextEncoder
from models.training import minilm

MAX_TOKENS, WIDTH = 128, 384
SENTENCES = 300
ROUNDS, TURN_SECONDS = 5, 0.5


def any_graph(source: Source) -> onnx.ModelProto:
    """Weights in 8 bits, a scale for each block of them; activations in 8 bits, a scale for each row, in the product"""
    passes = (fuse_decoder.plain_products, fuse.drop_unused, quantise.int8_tables, fuse_decoder.int8_blocks)
    return fuse.run(source.graph, passes)


def built(source: Source) -> onnx.ModelProto:
    """As export/encoder.py builds it, whatever its own bound says: with a scale per token in every layer."""
    whole = encoder.find_encoder(source.module)
    ranges = encoder.calibrate(whole, source.calibration)
    outputs = [value.name for value in source.graph.graph.output]
    layers = whole.config.num_hidden_layers
    return encoder.build(whole, source.module, ranges, ("mean", "normalise"), outputs=outputs, row_wise=layers)


def files(graph: Graph, reader: TextEncoder, folder: Path) -> dict[str, Path]:
    """The exact file, the built one, and that of the pass."""
    assert graph.calibration is not None
    exported, calibration = build(graph), graph.calibration(reader)
    found = {}
    kept = graph.variants[1].outputs
    for variant in (graph.variants[0], Variant("builder", built), Variant("any graph", any_graph, outputs=kept)):
        path = found[variant.name] = folder / f"{variant.name.replace(' ', '-')}.onnx"
        proto = build_variant(graph, variant, exported, calibration)
        onnx.save(proto, path)
    return found


def run() -> str:
    """The table. Raises CorpusError, ExportError."""
    base = minilm.base_path()
    tokenizer = minilm.tokenizer(base, MAX_TOKENS)
    module = consert.without_dropout(consert.SentenceEncoder(minilm.encoder(base))).eval().requires_grad_(False)
    graph = consert.graphs(WIDTH, MAX_TOKENS, "stsb", False)(Trained(module, tokenizer))[0]
    torch.set_num_threads(1)
    given = texts("en")
    given["mixed"] = given["mixed"][:SENTENCES]
    with tempfile.TemporaryDirectory() as aside:
        folder = Path(aside)
        tokenizer.save(str(folder / TOKENIZER_FILE))
        reader = TextEncoder(folder / TOKENIZER_FILE, MAX_TOKENS)
        expected = vectors(graph.reference_runner(reader), given["mixed"])
        paths = files(graph, reader, folder)
        subjects = {name: Runner(path, reader) for name, path in paths.items()}
        rows = [
            [name, f"{paths[name].stat().st_size / 1e6:.1f} MB", *nearness(vectors(one, given["mixed"]), expected)]
            for name, one in subjects.items()
        ]
        for some in given.values():
            systems: dict[str, Callable[[], object]] = {
                name: partial(vectors, one, some) for name, one in subjects.items()
            }
            seconds = interleaved(systems, ROUNDS, TURN_SECONDS, least=1)
            for row in rows:
                row.append(f"{1e3 * seconds[row[0]]:.1f}")
    head = ["file", "size", "cosine, mean", "lowest", "one sentence, ms", "32 of 128 tokens, ms", f"{SENTENCES}, ms"]
    return table("8 bits for BERT: the builder against a pass for any graph", head, rows)


def vectors(subject: Subject, some: list[str]) -> np.ndarray:
    """float32 (texts, width)."""
    return subject.rows(some, ["embedding"])["embedding"]


def nearness(found: np.ndarray, expected: np.ndarray) -> list[str]:
    cosines = (found * expected).sum(axis=1)
    return [f"{cosines.mean():.5f}", f"{cosines.min():.5f}"]
