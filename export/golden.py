"""The golden file of a bundle: texts, their ids, and the outputs they gave when the bundle was made. No torch.

golden.npz holds ``texts``; ``inputs/NAME`` for each input; ``pytorch/OUTPUT``, what the PyTorch module gave;
``VARIANT/OUTPUT``, what onnxruntime gave for each quantised file; ``tolerance/fp32`` and
``tolerance/VARIANT/OUTPUT``, in units of the outputs; ``part/NAME/inputs/NAME`` and ``part/NAME/outputs/NAME`` for each
part of the model, by PyTorch.
The fp32 file is held against PyTorch, a quantised one against its own outputs: its arithmetic is exact in the
integers, but a value on the edge of two of them may fall to the other side on another processor, and some processors
saturate (MIN_COSINE).

Of a bundle that writes text it holds ``texts``, the prompts; ``ids/N``; ``pytorch/logits_N`` and
``VARIANT/logits_N``, of the token after each prompt.

Of a bundle that reads no text it holds, for each graph, ``VARIANT/inputs/NAME``, ``VARIANT/outputs/NAME`` (what PyTorch
gave, in float64) and ``VARIANT/tolerance``, relative to the length of an output. Graphs are alike, so what is the same
is stored once: ``same`` is a JSON object, name -> the name under which it is stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hub.decoder import Decoder

FILE = "golden.npz"
FP32_TOLERANCE = 1e-4
QUANTISED_TOLERANCE = 0.05  # of the largest value of the output
# Of each vector of a quantised file to its golden one. Processors with VNNI, and onnxruntime's kernels for weights of
# type uint8, give the golden vectors to the last bit. With AVX2 alone its int8 kernel adds pairs of products in 16 bits
# and saturates: over the 2,552 sentences of STS-B test the vectors of consert-minilm are then at 0.9986 of the right
# ones on average, at 0.9960 at worst, those of single tokens of the golden texts at 0.9942. Its answers are not worse
# (Spearman 85.62 against 85.38; minilm-sst2 91.43 % against 91.38 %): so direction is held, not the largest element.
# The bound is that of verify.MIN_COSINE, which a file must keep to PyTorch to be published.
MIN_COSINE = 0.99
VECTORS = ("embedding", "token_embeddings")  # outputs whose last axis is a vector, read by its direction
MAX_POSITIONS_MOVED = 0.02  # share of integer outputs (winners of a pooling) that a near tie may decide otherwise

# Ours, so that no data set is copied; clear cases, a question, a headline, a single word.
TEXTS = {
    "en": (
        "A warm, funny and quietly moving film.",
        "The plot is a mess and the jokes fall flat.",
        "Who wrote the novel that the film is based on, and in which year was it printed?",
        "Boring.",
    ),
    "zh": (
        "屏幕清晰,物流很快,非常满意。",
        "用了两天就坏了,客服也不理人,再也不会买了!",
        "央行宣布下调存款准备金率0.5个百分点",
        "好",
    ),
}


def after_prompts(decoder: Decoder, prompts: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
    """Of a decoder: the logits after each prompt, read in two pieces; "logits_N" float32 (1, vocabulary)."""
    found = {}
    for number, ids in enumerate(prompts):
        decoder.cut(0, 0)
        half = len(ids) // 2
        if half:
            decoder.extend(0, ids[:half])
        found[f"logits_{number}"] = decoder.extend(0, ids[half:])
    return found


def write(folder: Path, arrays: Mapping[str, np.ndarray]) -> None:
    np.savez_compressed(folder / FILE, allow_pickle=False, **arrays)  # type: ignore[arg-type]


def read(folder: Path) -> dict[str, np.ndarray]:
    """Raises OSError or ValueError where it is not such a file."""
    with np.load(folder / FILE, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    same = json.loads(str(arrays.pop("same", "{}")))
    return arrays | {name: arrays[kept] for name, kept in same.items()}


def shared(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same content with every array once; `read` undoes it."""
    kept: dict[tuple[object, ...], str] = {}
    found: dict[str, np.ndarray] = {}
    same: dict[str, str] = {}
    for name, values in arrays.items():
        first = kept.setdefault((values.dtype.str, values.shape, values.tobytes()), name)
        if first == name:
            found[name] = values
        else:
            same[name] = first
    return found | {"same": np.array(json.dumps(same))}


def distance(expected: np.ndarray, found: np.ndarray) -> float:
    """|found - expected| / |expected| of two arrays as vectors; of whole numbers, the share that differs.

    Where all that is expected is zero, the length of what was found.
    """
    if not np.issubdtype(expected.dtype, np.floating):
        return float(np.mean(expected != found)) if expected.size else 0.0
    scale = float(np.abs(expected).max(initial=0.0)) or 1.0  # before squaring: a vanished gradient has none
    length = float(np.linalg.norm(expected / scale)) or 1.0
    return float(np.linalg.norm((found.astype(np.float64) - expected) / scale)) / length


def part(arrays: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """The arrays "NAME/…" under what follows "NAME/"."""
    return {key[len(name) + 1 :]: value for key, value in arrays.items() if key.startswith(f"{name}/")}


def tolerances(arrays: Mapping[str, np.ndarray], variant: str, outputs: Sequence[str]) -> dict[str, float]:
    """Output -> how far it may be off; without those of which the file says nothing."""
    found = {name: arrays.get(f"tolerance/{variant}/{name}", arrays.get(f"tolerance/{variant}")) for name in outputs}
    return {name: float(value) for name, value in found.items() if value is not None}


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """2 a b / (a² + b²) of the vectors (last axis): the cosine of two of one length, less where the lengths differ."""
    lengths = np.square(one).sum(axis=-1) + np.square(other).sum(axis=-1)
    return np.where(lengths == 0, 1.0, 2 * (one * other).sum(axis=-1) / np.where(lengths == 0, 1, lengths))


def differences(
    expected: Mapping[str, np.ndarray],
    found: Mapping[str, np.ndarray],
    tolerances: Mapping[str, float] | float,
    directions: bool = False,
) -> list[str]:
    """What is wrong with the outputs, for a reader; empty: nothing.

    Floats differ by at most the tolerance, and the most probable class is the same wherever it leads by more than
    twice the tolerance; whole numbers are the same but for MAX_POSITIONS_MOVED of them.

    Args:
        directions: of a quantised file: VECTORS are held by their cosine, at least MIN_COSINE.
    """
    wrong = []
    for name, values in found.items():
        if name not in expected:
            wrong.append(f"output {name} is not in the golden file")
            continue
        wanted = expected[name]
        tolerance = tolerances if isinstance(tolerances, float) else tolerances[name]
        if wanted.shape != values.shape:
            wrong.append(f"{name} has the shape {values.shape}, golden is {wanted.shape}")
        elif np.issubdtype(wanted.dtype, np.integer):
            moved = float(np.mean(wanted != values))
            if moved > MAX_POSITIONS_MOVED:
                wrong.append(f"{name}: {moved:.1%} of the values differ, allowed are {MAX_POSITIONS_MOVED:.0%}")
        elif directions and name in VECTORS:
            lowest = float(cosines(wanted, values).min(initial=1.0))
            if not lowest >= MIN_COSINE:
                wrong.append(f"{name} has a cosine of {lowest:.4f} to the golden one, allowed is {MIN_COSINE}")
        else:
            worst = float(np.abs(wanted - values).max(initial=0.0))
            if not worst <= tolerance:
                wrong.append(f"{name} differs by {worst:.2e}, allowed is {tolerance:.0e}")
            if name.startswith("logits") and wanted.shape[1] > 1:
                ordered = np.sort(wanted, axis=1)
                clear = ordered[:, -1] - ordered[:, -2] > 2 * tolerance
                if (wanted.argmax(axis=1) != values.argmax(axis=1))[clear].any():
                    wrong.append(f"{name}: another class is the most probable")
    return wrong
