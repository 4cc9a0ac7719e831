"""llama.cpp and onnxruntime-genai with the weights of a model, each in a process and a Python of its own.

They are installed on request only, into .cache/peers: one is built from source, and neither is needed elsewhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from export.fuse_decoder import BLOCK, BLOCK4

FOLDER = Path(".cache/peers")
SCRIPT = Path(__file__).with_name("peer.py")
SHARED = ("numpy>=2.1,<3", "safetensors>=0.5,<1", "gguf>=0.17,<0.20")
REQUIREMENTS = {
    "llama.cpp": "llama-cpp-python>=0.3.16,<0.4",  # builds llama.cpp for this processor: minutes
    "onnxruntime-genai": "onnxruntime-genai>=0.18,<0.19",
}


@dataclass(frozen=True)
class Form:
    """A peer with weights of so many bits, as many of them with a scale as in our file."""

    kind: str
    bits: int
    label: str
    options: tuple[str, ...]  # of what converts the model

    @property
    def file(self) -> str:
        return f"{self.kind}-{self.bits}" + ".gguf" * (self.kind == "llama.cpp")


FORMS = (
    Form("llama.cpp", 8, "llama.cpp q8_0", ("Q8_0",)),
    Form("llama.cpp", 4, "llama.cpp q4_1, the table q8_0", ("Q4_1",)),
    Form("onnxruntime-genai", 8, f"onnxruntime-genai int8, block {BLOCK}", (f"block_size={BLOCK}",)),
    Form(
        "onnxruntime-genai", 4, f"onnxruntime-genai int4, block {BLOCK4}, the table int8",
        (f"block_size={BLOCK4}", "matmul_mixed_precision=last_matmul:int8"),
    ),
)  # fmt: skip
OFFLINE = {"HF_HUB_OFFLINE": "1"}


class PeerError(RuntimeError):
    """A peer that cannot be installed or does not run; the message has the end of what it said."""


def python() -> Path:
    """The interpreter of the peers."""
    return (FOLDER / "bin" / "python").absolute()  # not resolved: the link is what makes it a Python of its own


def install(kind: str) -> None:
    """Once; later calls find it there. Raises PeerError."""
    if not python().exists():
        _call([sys.executable, "-m", "venv", str(FOLDER)])
    _call([str(python()), "-m", "pip", "install", "--quiet", *SHARED, REQUIREMENTS[kind]])


def save(model: PreTrainedModel, folder: Path) -> Path:
    """A model as transformers opens it, in float32, whatever it was read from."""
    folder.mkdir()
    config = model.config.to_dict() | {"architectures": [type(model).__name__]}
    config.pop("quantization_config", None)  # of the file it came from: these weights are plain
    (folder / "config.json").write_text(json.dumps(config))
    tied = {"lm_head.weight"} if config["tie_word_embeddings"] else set()
    weights = {name: values.contiguous() for name, values in model.state_dict().items() if name not in tied}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    # Prompts come as ids, but the model builder wants to copy a tokenizer.
    any_tokenizer = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    PreTrainedTokenizerFast(tokenizer_object=any_tokenizer).save_pretrained(folder)
    return folder


def converted(form: Form, saved: Path) -> Path:
    """What the peer reads, beside the saved model. Raises PeerError."""
    made = saved.parent / form.file
    if form.kind == "llama.cpp":
        _call([str(python()), "-P", str(SCRIPT), "gguf", str(saved), str(made), *form.options])
        return made
    found = _call([str(python()), "-c", "import onnxruntime_genai; print(onnxruntime_genai.__file__)"])
    builder = Path(found.strip()).parent / "models" / "builder.py"
    # The builder needs torch and transformers, which are here and not there.
    _call([sys.executable, str(builder), "-m", "", "-i", str(saved), "-o", str(made), "-p", f"int{form.bits}",
           "-e", "cpu", "-c", str(saved.parent / "builder"), "--extra_options", "hf_token=false", "accuracy_level=4",
           *form.options])  # fmt: skip
    return made


class Peer:
    """A running peer with its model loaded."""

    def __init__(self, kind: str, process: subprocess.Popen[str], ids: Sequence[int], new: int) -> None:
        self.kind, self._process = kind, process
        self.memory = int(self._ask({"ids": list(ids), "new": new})["memory"])
        self.tokens: list[int] = []

    def run(self) -> tuple[float, float]:
        """Seconds of the whole, and of the prompt alone, by its own clock. Raises PeerError."""
        found = self._ask({})
        self.tokens = found["tokens"]
        return found["whole"], found["first"]

    def _ask(self, what: dict[str, Any]) -> Any:
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise PeerError(f"{self.kind} has ended, with status {self._process.wait()}")
        return json.loads(line)


@contextmanager
def started(kind: str, model: Path, threads: int, ids: Sequence[int], new: int) -> Iterator[Peer]:
    """A peer that has read the prompt once; it ends with the block. Raises PeerError."""
    command = [str(python()), "-P", str(SCRIPT), kind, str(model), str(threads)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Peer(kind, process, ids, new)
        finally:
            process.kill()


def _call(command: Sequence[str]) -> str:
    found = subprocess.run(command, capture_output=True, text=True, env=os.environ | OFFLINE)
    if found.returncode:
        raise PeerError(f"{' '.join(command)[:200]} failed: …{(found.stderr or found.stdout)[-600:]}")
    return found.stdout
