"""Generation: the decoder against transformers' generate, prompt 128, 128 greedy tokens; four texts against one.

The model is BENCH_MODEL (a Hub id, a folder, a .gguf file), else the shape of SmolLM2-135M with random weights, which
are as fast as trained ones. BENCH_PEERS=1 measures llama.cpp and onnxruntime-genai with the same weights as well, and
installs them first, in a virtual environment under .cache/ (minutes: llama.cpp is built).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import psutil
import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from bench import peers
from bench.report import against, table
from export import decoder as exporting
from export import from_hub
from export.evaluations.running_text import compare, read
from export.quantise import Source
from export.writer import INT4, INT8, exported
from hub.card import Decoding
from hub.decoder import Decoder
from hub.session import cores, open_session
from hub.text import TOKENIZER_FILE, PromptTokenizer
from models.training.corpus import CorpusError

PROMPT, NEW, ROUNDS, ROWS = 128, 128, 5, 4
PEER = "transformers generate, fp32"
Way = Callable[[], tuple[float, float]]  # seconds of the whole run, and of its prompt
QUANTISED = {"ONNX int8": INT8, "ONNX int4": INT4}
BITS = {"ONNX int8": 8, "ONNX int4": 4}
LEAST = {"llama.cpp": 1.2, "onnxruntime-genai": 1.1}
AGAINST = (  # at least so many times as fast, prompt included
    ("ONNX fp32", PEER, 3.0),
    *((kind, PEER, 9.0) for kind in BITS),
    *((kind, form.label, LEAST[form.kind]) for kind, bits in BITS.items() for form in peers.FORMS if form.bits == bits),
)
REST_S = 0.05  # between two turns: threads that spin have stopped
SHAPE: dict[str, Any] = {
    "vocab_size": 49_152, "hidden_size": 576, "intermediate_size": 1_536, "num_hidden_layers": 30,
    "num_attention_heads": 9, "num_key_value_heads": 3, "max_position_embeddings": 2_048, "tie_word_embeddings": True,
}  # fmt: skip


def loaded() -> tuple[PreTrainedModel, PreTrainedTokenizerFast | None, str]:
    """The model, its tokenizer where the weights are trained, and what it is called in the table."""
    source = os.environ.get("BENCH_MODEL")
    if source:
        return *from_hub.load(source), Path(source).name
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SHAPE)).eval(), None, "the shape of SmolLM2-135M, random weights"


def timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


class Ours:
    """One file, with what a run of it costs."""

    def __init__(self, path: Path, decoding: Decoding, vocab_size: int, threads: int, ids: list[int]) -> None:
        before = psutil.Process().memory_info().rss
        self.decoder = Decoder(open_session(path, threads), decoding, vocab_size, ROWS, decoding.context)
        self.prefill(ids)
        self.memory = psutil.Process().memory_info().rss - before
        self.outside: list[float] = []  # seconds of each token outside the graph

    def prefill(self, ids: list[int]) -> int:
        self.decoder.cut(0, 0)
        return int(self.decoder.extend(0, ids)[-1].argmax())

    def generate(self, ids: list[int]) -> None:
        token = self.prefill(ids)
        self.decoder.step([0], [token])
        step = self.decoder._steps[0, 1]
        call, inside = step.call, 0.0

        def measured() -> None:
            nonlocal inside
            begun = time.perf_counter()
            call()
            inside = time.perf_counter() - begun

        step.call = measured
        for _ in range(NEW - 2):
            begun = time.perf_counter()
            token = int(self.decoder.step([0], [token])[0].argmax())
            self.outside.append(time.perf_counter() - begun - inside)
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
    """Greedy, of exactly so many tokens: without an end token, which costs no step a look at its logits."""
    model.generation_config = GenerationConfig(do_sample=False, pad_token_id=0, max_new_tokens=NEW)
    return model.generate(given, attention_mask=torch.ones_like(given))


def way(whole: Callable[[], object], first: Callable[[], object]) -> Way:
    """Both, one after the other."""
    return lambda: (timed(whole), timed(first))


def kl(one: Ours, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast | None, folder: Path) -> tuple[float, str]:
    """Mean KL of PyTorch's next-token distribution to ours on running text, in nats; on what, or why there is none."""
    if tokenizer is None:
        return np.nan, "the weights are random"
    tokenizer.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
    try:
        evaluation = from_hub.running_text(None)
        reading = read(evaluation, PromptTokenizer(folder / TOKENIZER_FILE), one.decoder.context)
    except CorpusError as error:
        return np.nan, str(error)
    found = compare(one.decoder, model, reading)
    return found.kl / found.tokens, f"{found.tokens:,} tokens of {evaluation.dataset}, split {evaluation.split}"


def peers_of(model: PreTrainedModel, folder: Path) -> tuple[dict[peers.Form, Path], list[str]]:
    """The files of the peers that are there, and a note for each that is not."""
    if os.environ.get("BENCH_PEERS", "") in ("", "0"):
        return {}, [
            f"{' and '.join(peers.REQUIREMENTS)} were not measured: BENCH_PEERS=1 installs them in {peers.FOLDER}/"
        ]
    saved = peers.save(model, folder / "saved")
    files: dict[peers.Form, Path] = {}
    notes: list[str] = []
    for form in peers.FORMS:
        try:
            peers.install(form.kind)
            files[form] = peers.converted(form, saved)
        except peers.PeerError as error:
            notes.append(f"{form.label} was not measured: {error}")
    return files, notes


def run() -> str:
    model, tokenizer, name = loaded()
    ids = np.random.default_rng(0).integers(5, model.config.vocab_size, PROMPT).tolist()
    given = torch.tensor([ids])
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        others, parts = peers_of(model, folder)
        module = exporting.Decoder(model, PROMPT + NEW + 8).eval()
        decoding = Decoding(
            layers=module.layers,
            kv_heads=module.kv_heads,
            head_size=module.head_size,
            context=module.max_length,
            end=(),
        )
        graph = exported(module)
        files = {"ONNX fp32": folder / "fp32.onnx"}
        onnx.save(graph, files["ONNX fp32"])
        for kind, variant in QUANTISED.items():
            files[kind] = folder / variant.file
            onnx.save(variant.make(Source(module, graph, ())), files[kind])
        del graph
        for threads in sorted({1, cores()}):
            torch.set_num_threads(threads)
            ours = {kind: Ours(path, decoding, module.vocab_size, threads, ids) for kind, path in files.items()}
            with torch.inference_mode(), ExitStack() as stack:
                running = {}
                for form, path in others.items():
                    try:
                        running[form.label] = stack.enter_context(peers.started(form.kind, path, threads, ids, NEW))
                    except peers.PeerError as error:
                        parts.append(str(error))
                ways: dict[str, Way] = {PEER: way(partial(generate, model, given), partial(model, given))}
                ways |= {kind: way(partial(one.generate, ids), partial(one.prefill, ids)) for kind, one in ours.items()}
                ways |= {kind: peer.run for kind, peer in running.items()}
                medians = taken_in_turn(ways)
                together = four_in_turn({kind: partial(one.four, ids) for kind, one in ours.items()})
            memory = {kind: one.memory for kind, one in (ours | running).items()}
            rows, speeds_up = [], {}
            for kind, (whole, first) in medians.items():
                row: list[object] = [
                    kind, f"{NEW / whole:.1f}", f"{medians[PEER][0] / whole:.1f}", f"{1_000 * first:.0f} ms",
                    f"{first / medians[PEER][1]:.2f}", "", "", "",
                    f"{memory[kind] / 2**20:.0f} MiB" if kind in memory else "",
                ]  # fmt: skip
                if kind in ours:
                    alone = (NEW - 1) / (whole - first)
                    speeds_up[kind] = together[kind] / alone
                    row[5:8] = [
                        f"{1e6 * float(np.median(ours[kind].outside)):.0f} µs", f"{together[kind]:.0f}",
                        f"{speeds_up[kind]:.2f}",
                    ]  # fmt: skip
                rows.append(row)
            heads = [
                "", "tokens a second, prompt included", "×", "prefill of 128", "of transformers'", "Python a token",
                "four texts, tokens a second", "× one", "memory, prompt read",
            ]  # fmt: skip
            parts.append(table(f"{name}: prompt {PROMPT}, {NEW} new tokens, {threads} threads", heads, rows))
            if threads == cores():
                distances = {kind: kl(ours[kind], model, tokenizer, folder) for kind in QUANTISED}
                parts.append(bars(medians, ours, speeds_up, distances))
            del ours
    return "\n\n".join(parts)


def taken_in_turn(ways: dict[str, Way]) -> dict[str, tuple[float, float]]:
    """Median seconds of each way. In every round each has its turn, so that a disturbance meets all."""
    seconds: dict[str, list[tuple[float, float]]] = {kind: [] for kind in ways}
    for number in range(ROUNDS + 1):
        for kind, turn in ways.items():
            time.sleep(REST_S)
            found = turn()
            if number:  # the first warms up
                seconds[kind].append(found)
    medians = {kind: np.median(np.array(found), axis=0) for kind, found in seconds.items()}
    return {kind: (float(whole), float(first)) for kind, (whole, first) in medians.items()}


def four_in_turn(ways: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Median speed of each way, by rounds in which each has its turn; the first round warms up."""
    speeds: dict[str, list[float]] = {kind: [] for kind in ways}
    for number in range(ROUNDS + 1):
        for kind, turn in ways.items():
            time.sleep(REST_S)
            speed = turn()
            if number:
                speeds[kind].append(speed)
    return {kind: float(np.median(found)) for kind, found in speeds.items()}


def bars(
    medians: dict[str, tuple[float, float]],
    ours: dict[str, Ours],
    speeds_up: dict[str, float],
    distances: dict[str, tuple[float, str]],
) -> str:
    """Each claim beside its bar, a line each."""
    whole, first = ({kind: pair[place] for kind, pair in medians.items()} for place in (0, 1))
    lines = [
        f"{kind} against {other}: {against(whole[other] / whole[kind], bar, form='.2f', unit=' ×')}"
        for kind, other, bar in AGAINST
        if other in whole
    ]
    for kind, one in ours.items():
        prefill = against(first[kind] / first[PEER], 0.6, most=True, form=".2f", unit=" ×")
        outside = against(1e6 * float(np.median(one.outside)), 60, most=True, form=".0f", unit=" µs")
        lines += [
            f"{kind}, prefill against transformers': {prefill}",
            f"{kind}, Python a token: {outside}",
            f"{kind}, four texts against one: {against(speeds_up[kind], 1.5, form='.2f', unit=' ×')}",
        ]
    seconds = {kind: whole[kind] - first[kind] for kind in QUANTISED}  # without the prompt
    times = against(seconds["ONNX int8"] / seconds["ONNX int4"], 1.0, form=".2f", unit=" ×")
    lines.append(f"ONNX int4, decoding against ONNX int8: {times}")
    for kind, (distance, measured_on) in distances.items():
        bar = against(distance, QUANTISED[kind].bound("mean_kl"), most=True, form=".5f")
        said = (
            f", KL to PyTorch: not measured, {measured_on}"
            if np.isnan(distance)
            else f", KL to PyTorch ({measured_on}): {bar}"
        )
        lines.append(kind + said)
    return "\n".join(f"- {line}" for line in lines)
