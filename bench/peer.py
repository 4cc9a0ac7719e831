"""A peer of the generation bench, in a process and a Python of its own: python peer.py KIND MODEL THREADS.

Reads one line of JSON, {"ids": the prompt, "new": how many tokens}, and then one line for each run. Answers each line
with one of JSON: {"memory": bytes that the loaded model takes}, then {"whole": seconds, "first": seconds of the prompt
alone, "tokens": what was written}. Standard error is free for what the peer says.

    python peer.py gguf FOLDER FILE KIND     writes a Llama-like model of transformers as GGUF: Q8_0, or Q4_1 with the
                                             table of tokens in Q8_0

This file knows nothing of the rest of the project, which is not installed where it runs.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

CONTEXT = 512  # tokens: more than a run has


class Writer(Protocol):
    """Greedy answers. Both forget what was before."""

    def first(self, ids: list[int]) -> int:
        """Read a prompt; the token after it."""

    def following(self, token: int) -> int:
        """Append a token; the one after it."""


class LlamaCpp:
    """llama.cpp by llama-cpp-python: its evaluation, and the largest logit, without a sampler in between."""

    def __init__(self, model: str, threads: int) -> None:
        import llama_cpp

        self.of = llama_cpp
        self.model = llama_cpp.Llama(
            model, n_ctx=CONTEXT, n_threads=threads, n_threads_batch=threads, verbose=False, logits_all=False
        )
        self.vocab_size = self.model.n_vocab()

    def first(self, ids: list[int]) -> int:
        self.model.reset()
        self.model.eval(ids)
        return self._best()

    def following(self, token: int) -> int:
        self.model.eval([token])
        return self._best()

    def _best(self) -> int:
        logits = self.of.llama_get_logits_ith(self.model.ctx, -1)
        return int(np.ctypeslib.as_array(logits, (self.vocab_size,)).argmax())


class GenAI:
    """onnxruntime-genai: its generator, which chooses by itself."""

    def __init__(self, model: str, threads: int) -> None:
        import onnxruntime_genai

        self.of = onnxruntime_genai
        config = onnxruntime_genai.Config(model)
        config.overlay(json.dumps({"model": {"decoder": {"session_options": {"intra_op_num_threads": threads}}}}))
        self.model = onnxruntime_genai.Model(config)

    def first(self, ids: list[int]) -> int:
        settings = self.of.GeneratorParams(self.model)
        # As long as the cache, so that no end token ends it.
        settings.set_search_options(do_sample=False, max_length=CONTEXT, min_length=CONTEXT)
        self.generator = self.of.Generator(self.model, settings)
        self.generator.append_tokens(np.array(ids, np.int32))
        return self._next()

    def following(self, token: int) -> int:
        return self._next()

    def _next(self) -> int:
        self.generator.generate_next_token()
        return int(self.generator.get_next_tokens()[0])


KINDS: dict[str, Callable[[str, int], Writer]] = {"llama.cpp": LlamaCpp, "onnxruntime-genai": GenAI}


def held() -> int:
    """Bytes of this process in memory."""
    file = Path("/proc/self/statm")
    if file.exists():
        return int(file.read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def serve(kind: str, model: str, threads: int) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to standard error
    before = held()
    writer = KINDS[kind](model, threads)
    asked = json.loads(sys.stdin.readline())
    ids, new = asked["ids"], asked["new"]
    writer.first(ids)
    print(json.dumps({"memory": held() - before}), file=answers, flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        tokens = [writer.first(ids)]
        first = time.perf_counter() - begun
        while len(tokens) < new:
            tokens.append(writer.following(tokens[-1]))
        whole = time.perf_counter() - begun
        print(json.dumps({"whole": whole, "first": first, "tokens": tokens}), file=answers, flush=True)


# --- GGUF

# transformers' names within a layer, and GGUF's
LAYER = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
WHOLE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
TABLES = ("model.embed_tokens", "lm_head")


def gguf_name(name: str) -> str:
    """ "model.layers.3.mlp.up_proj.weight" -> "blk.3.ffn_up.weight"."""
    part = name.removesuffix(".weight")
    if part in WHOLE:
        return f"{WHOLE[part]}.weight"
    _, _, layer, rest = part.split(".", 3)
    return f"blk.{layer}.{LAYER[rest]}.weight"


def paired(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of queries or keys in GGUF's order: it turns neighbours together, transformers the halves of a head."""
    rows, width = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, width).swapaxes(1, 2).reshape(rows, width)


def write_gguf(folder: Path, file: Path, kind: str) -> None:
    """A folder of transformers (config.json, model.safetensors in float32) as GGUF without a vocabulary.

    Args:
        kind: of the weights, as gguf names it: "Q8_0", "Q4_1".
    """
    import gguf
    from safetensors.numpy import load_file

    config: dict[str, Any] = json.loads((folder / "config.json").read_text())
    heads = config["num_attention_heads"]
    kv_heads = config.get("num_key_value_heads") or heads
    head_size = config.get("head_dim") or config["hidden_size"] // heads
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(head_size)
    writer.add_rope_freq_base((config.get("rope_parameters") or config)["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("none")
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{kind}"])
    q8_0, wanted = gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType[kind]
    for name, values in load_file(folder / "model.safetensors").items():
        if ".q_proj." in name or ".k_proj." in name:
            values = paired(values, heads if ".q_proj." in name else kv_heads)
        if values.ndim == 1:
            writer.add_tensor(gguf_name(name), values)
        else:
            own = q8_0 if gguf_name(name) in (f"{WHOLE[table]}.weight" for table in TABLES) else wanted
            writer.add_tensor(gguf_name(name), gguf.quants.quantize(values, own), raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    if sys.argv[1] == "gguf":
        write_gguf(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
    else:
        serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
