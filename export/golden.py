"""The golden file of a bundle: inputs, and the outputs they gave when the bundle was made. No torch.

For each file of a bundle, by the name of its variant or part, golden.npz holds ``NAME/inputs/X``, ``NAME/outputs/X``,
and how far an output may be off: ``NAME/absolute/X`` in its own units, ``NAME/relative/X`` of its length, or
``NAME/cosine/X``, the least cosine of its vectors. ``texts`` are what the inputs stand for, where text is read. Files
are alike, so what is the same is stored once: ``same`` is a JSON object, name -> the name under which it is stored.

An exact file is held against PyTorch, a quantised one against its own outputs: its arithmetic is exact in the
integers, but a value on the edge of two of them may fall to the other side on another processor, and some processors
saturate (MIN_COSINE). The inputs of a decoder are prompts, its outputs the logits after each.

Bundles that were made before hold the same under other names, which `read` knows: see `_renamed`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

FILE = "golden.npz"
FP32_TOLERANCE = 1e-4
# Of each vector of a quantised file to its golden one. Processors with VNNI, and onnxruntime's kernels for weights of
# type uint8, give the golden vectors to the last bit. With AVX2 alone its int8 kernel adds pairs of products in 16 bits
# and saturates: over the 2,552 sentences of STS-B test the vectors of consert-minilm are then at 0.9986 of the right
# ones on average, at 0.9960 at worst, those of single tokens of the golden texts at 0.9942. Its answers are not worse
# (Spearman 85.62 against 85.38; minilm-sst2 91.43 % against 91.38 %): so direction is held, not the largest element.
# A file must keep the same to PyTorch to be published (verify.CLOSE).
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


def texts(languages: Iterable[str]) -> tuple[str, ...]:
    """Those of the languages."""
    return tuple(text for language in languages for text in TEXTS[language])


def write(folder: Path, arrays: Mapping[str, np.ndarray]) -> None:
    np.savez_compressed(folder / FILE, allow_pickle=False, **arrays)  # type: ignore[arg-type]


def read(folder: Path) -> dict[str, np.ndarray]:
    """Raises OSError or ValueError where it is not such a file."""
    with np.load(folder / FILE, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    same = json.loads(str(arrays.pop("same", "{}")))
    return _renamed(arrays | {name: arrays[kept] for name, kept in same.items()})


def _renamed(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The content of an earlier file under today's names.

    Of texts it holds ``inputs/X`` (of a decoder ``ids/N``), ``pytorch/X`` for the fp32 file, ``VARIANT/X`` for others,
    ``tolerance/VARIANT/X`` or for all outputs ``tolerance/VARIANT``; ``part/NAME/…``. Of other arrays
    ``VARIANT/tolerance``, which is relative and for all outputs.
    """
    if not any(name.startswith("tolerance/") for name in arrays):
        found = {name: values for name, values in arrays.items() if not name.endswith("/tolerance")}
        for name in arrays:
            variant, is_output, output = name.partition("/outputs/")
            if is_output and f"{variant}/tolerance" in arrays:
                found[f"{variant}/relative/{output}"] = arrays[f"{variant}/tolerance"]
        return found
    inputs = part(arrays, "inputs") | {f"ids_{number}": ids for number, ids in part(arrays, "ids").items()}
    found = {"texts": arrays["texts"]}
    for variant in {name.split("/")[1] for name in arrays if name.startswith("tolerance/")}:
        outputs = part(arrays, "pytorch" if variant == "fp32" else variant)
        found |= {f"{variant}/inputs/{name}": values for name, values in inputs.items()}
        found |= {f"{variant}/outputs/{name}": values for name, values in outputs.items()}
        for name in outputs:
            by_direction = name in VECTORS and variant != "fp32"
            known = (f"tolerance/{variant}/{name}", f"tolerance/{variant}", f"tolerance/{variant}/logits")
            bound = next((arrays[key] for key in known if key in arrays), None)
            if bound is not None:
                kind = "cosine" if by_direction else "absolute"
                found[f"{variant}/{kind}/{name}"] = np.array(MIN_COSINE) if by_direction else bound
    for name, values in part(arrays, "part").items():
        found[name] = values
        piece, is_output, output = name.partition("/outputs/")
        if is_output:
            found[f"{piece}/absolute/{output}"] = np.array(FP32_TOLERANCE)
    return found


Kind = Literal["absolute", "relative", "cosine"]
KINDS: tuple[Kind, ...] = ("absolute", "relative", "cosine")


@dataclass(frozen=True)
class Bound:
    """How far an output may be off: at most so much, in its units or of its length; or a cosine of at least so much."""

    kind: Kind
    value: float


def block(
    name: str, inputs: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray], bounds: Mapping[str, Bound]
) -> dict[str, np.ndarray]:
    """What the golden file holds of one file of the bundle."""
    found = {f"{name}/inputs/{key}": values for key, values in inputs.items()}
    found |= {f"{name}/outputs/{key}": values for key, values in outputs.items()}
    return found | {f"{name}/{bound.kind}/{key}": np.array(bound.value) for key, bound in bounds.items()}


def bounds(arrays: Mapping[str, np.ndarray], name: str) -> dict[str, Bound]:
    """Output -> how far it may be off, of one file; without those of which the golden file says nothing."""
    return {
        output: Bound(kind, float(value)) for kind in KINDS for output, value in part(arrays, f"{name}/{kind}").items()
    }


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


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """2 a b / (a² + b²) of the vectors (last axis): the cosine of two of one length, less where the lengths differ."""
    lengths = np.square(one).sum(axis=-1) + np.square(other).sum(axis=-1)
    return np.where(lengths == 0, 1.0, 2 * (one * other).sum(axis=-1) / np.where(lengths == 0, 1, lengths))


def differences(
    expected: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray], bounds: Mapping[str, Bound]
) -> list[str]:
    """What is wrong with the outputs, for a reader; empty: nothing.

    Each output keeps its bound, and the most probable class is the same wherever it leads by more than twice an
    absolute one; whole numbers are the same but for MAX_POSITIONS_MOVED of them. NaN keeps no bound.
    """
    wrong = []
    for name, values in found.items():
        if name not in expected or name not in bounds:
            wrong.append(f"output {name} is not in the golden file")
            continue
        wanted, bound = expected[name], bounds[name]
        if wanted.shape != values.shape:
            wrong.append(f"{name} has the shape {values.shape}, golden is {wanted.shape}")
        elif bound.kind == "relative":
            if not (far := distance(wanted, values)) <= bound.value:
                wrong.append(f"{name} differs by {far:.2e}, allowed is {bound.value:.0e} of its length")
        elif np.issubdtype(wanted.dtype, np.integer):
            moved = float(np.mean(wanted != values))
            if moved > MAX_POSITIONS_MOVED:
                wrong.append(f"{name}: {moved:.1%} of the values differ, allowed are {MAX_POSITIONS_MOVED:.0%}")
        elif bound.kind == "cosine":
            lowest = float(cosines(wanted, values).min(initial=1.0))
            if not lowest >= bound.value:
                wrong.append(f"{name} has a cosine of {lowest:.4f} to the golden one, allowed is {bound.value}")
        else:
            worst = float(np.abs(wanted - values).max(initial=0.0))
            if not worst <= bound.value:
                wrong.append(f"{name} differs by {worst:.2e}, allowed is {bound.value:.0e}")
            if name.startswith("logits") and wanted.ndim == 2 and wanted.shape[1] > 1:
                ordered = np.sort(wanted, axis=1)
                clear = ordered[:, -1] - ordered[:, -2] > 2 * bound.value
                if (wanted.argmax(axis=1) != values.argmax(axis=1))[clear].any():
                    wrong.append(f"{name}: another class is the most probable")
    return wrong
