"""Generation: the decoder against transformers' generate, prompt 128, 128 greedy tokens; four texts against one.

The model is BENCH_MODEL (a Hub id, a folder, a .gguf file), else the shape of SmolLM2-135M with random weights, which
are as fast as trained ones.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import psutil
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from bench.report import table
from export import decoder as exporting
from export import from_hub, fuse, fuse_decoder, writer
from hub.card import Decoding
from hub.decoder import Decoder
from hub.session import cores, open_session

PROMPT, NEW, ROUNDS, ROWS = 128, 128, 3, 4
PEER = "transformers generate, fp32"
Way = tuple[Callable[[], object], Callable[[], object]]
SHAPE: dict[str, Any] = {
    "vocab_size": 49_152, "hidden_size": 576, "intermediate_size": 1_536, "num_hidden_layers": 30,
    "num_attention_heads": 9, "num_key_value_heads": 3, "max_position_embeddings": 2_048, "tie_word_embeddings": True,
}  # fmt: skip


def loaded() -> tuple[PreTrainedModel, str]:
    """The model, and what it is called in the table."""
    source = os.environ.get("BENCH_MODEL")
    if source:
        return from_hub.load(source)[0], Path(source).name
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SHAPE)).eval(), "the shape of SmolLM2-135M, random weights"


def timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


class Ours:
    """One file, with what a run of it costs."""

    def __init__(self, path: Path, decoding: Decoding, vocab_size: int, threads: int) -> None:
        before = psutil.Process().memory_info().rss
        self.decoder = Decoder(open_session(path, threads), decoding, vocab_size, ROWS, decoding.context)
        self.memory = psutil.Process().memory_info().rss - before
        self.outside: list[float] = []  # seconds of a token outside the graph

    def prefill(self, ids: list[int]) -> int:
        self.decoder.cut(0, 0)
        return int(self.decoder.extend(0, ids)[-1].argmax())

    def generate(self, ids: list[int]) -> None:
        token = self.prefill(ids)
        inside = 0.0
        self.decoder.step([0], [token])
        step = self.decoder._steps[0, 1]
        call = step.call

        def measured() -> None:
            nonlocal inside
            begun = time.perf_counter()
            call()
            inside += time.perf_counter() - begun

        step.call = measured
        begun = time.perf_counter()
        for _ in range(NEW - 2):
            token = int(self.decoder.step([0], [token])[0].argmax())
        self.outside.append((time.perf_counter() - begun - inside) / (NEW - 2))
        step.call = call

    def four(self, ids: list[int]) -> float:
        """Tokens a second of four texts together, after their prompts."""
        for row in range(ROWS):
            self.decoder.cut(row, 0)
            self.decoder.extend(row, ids)
        tokens = [ids[0]] * ROWS
        begun = time.perf_counter()
        for _ in range(NEW // 2):
            tokens = self.decoder.step(range(ROWS), tokens).argmax(-1).tolist()
        return ROWS * (NEW // 2) / (time.perf_counter() - begun)


def generate(model: Any, given: torch.Tensor) -> torch.Tensor:
    """Greedy, of exactly so many tokens."""
    settings = {"do_sample": False, "pad_token_id": 0, "min_new_tokens": NEW, "max_new_tokens": NEW}
    return model.generate(given, **settings)


def way(one: Ours, ids: list[int]) -> Way:
    """The whole run, and its first part."""
    return lambda: one.generate(ids), lambda: one.prefill(ids)


def run() -> str:
    model, name = loaded()
    ids = np.random.default_rng(0).integers(5, model.config.vocab_size, PROMPT).tolist()
    given = torch.tensor([ids])
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        module = exporting.Decoder(model, PROMPT + NEW + 8).eval()
        decoding = Decoding(
            layers=module.layers,
            kv_heads=module.kv_heads,
            head_size=module.head_size,
            context=module.max_length,
            end=(),
        )
        graph = writer.build(module)
        files = {"fp32": Path(folder) / "fp32.onnx", "int8": Path(folder) / "int8.onnx"}
        onnx.save(graph, files["fp32"])
        onnx.save(fuse.run(graph, [fuse_decoder.int8_blocks]), files["int8"])
        del graph
        for threads in sorted({1, cores()}):
            torch.set_num_threads(threads)
            ours = {kind: Ours(path, decoding, module.vocab_size, threads) for kind, path in files.items()}
            with torch.inference_mode():
                ways: dict[str, Way] = {PEER: (lambda: generate(model, given), lambda: model(given))}
                ways |= {f"ONNX {kind}": way(one, ids) for kind, one in ours.items()}
                seconds: dict[str, list[tuple[float, float]]] = {kind: [] for kind in ways}
                for number in range(ROUNDS + 1):
                    for kind, calls in ways.items():
                        found = timed(calls[0]), timed(calls[1])
                        if number:  # the first warms up
                            seconds[kind].append(found)
            rows: list[list[object]] = []
            medians = {kind: np.median(np.array(found), axis=0) for kind, found in seconds.items()}
            for name_of_way, (whole, first) in medians.items():
                one = ours.get(name_of_way.removeprefix("ONNX "))
                speed = NEW / whole
                row: list[object] = [
                    name_of_way, f"{speed:.1f}", f"{medians[PEER][0] / whole:.1f}", f"{1_000 * first:.0f} ms",
                    f"{first / medians[PEER][1]:.2f}",
                ]  # fmt: skip
                if one is None:
                    rows.append([*row, "", "", "", ""])
                    continue
                alone = (NEW - 1) / (whole - first)
                together = float(np.median([one.four(ids) for _ in range(ROUNDS)]))
                rows.append([*row, f"{1e6 * float(np.median(one.outside)):.0f} µs", f"{together:.0f}",
                             f"{together / alone:.2f}", f"{one.memory / 2**20:.0f} MiB"])  # fmt: skip
            heads = [
                "", "tokens a second, prompt included", "×", "prefill of 128", "of transformers'", "Python a token",
                "four texts, tokens a second", "× one", "memory of the session",
            ]  # fmt: skip
            parts.append(table(f"{name}: prompt {PROMPT}, {NEW} new tokens, {threads} threads", heads, rows))
            del ours
    return "\n\n".join(parts)
