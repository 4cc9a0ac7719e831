"""The mix of the layers (Peters et al. 2018, equation 1): what linear probes say of the test words under any weights.

A probe is linear and so is the mix: of each test word the bundle keeps what the probe says of each layer alone, and the
answer to a mix is their weighted sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hub.bundle import Bundle
from hub.kept import Kept
from hub.stored import Stored

PROBES_FILE = "probes.npz"
GRID = 10  # parts of an edge of the triangle of weights


@dataclass(frozen=True)
class Probe:
    """One task, on words of its test split."""

    name: str  # "pos"
    scores: np.ndarray  # float32 (layers, words, labels), of each layer alone
    bias: np.ndarray  # float32 (labels)
    labels: np.ndarray  # int64 (words), the right ones
    learnt: tuple[float, ...]  # the weights that its training found

    def accuracy(self, weights: Sequence[float], gamma: float = 1.0) -> float:
        """The share of words that are right under a mix."""
        said = gamma * np.tensordot(np.asarray(weights, np.float32), self.scores, 1) + self.bias
        return float((said.argmax(1) == self.labels).mean())


_surfaces: Kept[tuple[str, str, str], np.ndarray] = Kept(16)


def has_probes(bundle: Bundle) -> bool:
    """Whether the bundle has them."""
    return any(entry.file == PROBES_FILE for entry in bundle.files)


def read(path: Path) -> tuple[Probe, ...]:
    """Those of a file."""
    with np.load(path, allow_pickle=False) as stored:
        return tuple(
            Probe(
                name,
                stored[f"{name}/scores"].astype(np.float32),
                stored[f"{name}/bias"].astype(np.float32),
                stored[f"{name}/labels"].astype(np.int64),
                tuple(stored[f"{name}/learnt"].astype(float).tolist()),
            )
            for name in stored["names"].tolist()
        )


probes = Stored(PROBES_FILE, read)


def triangle() -> np.ndarray:
    """Weights of three layers on a grid, float64 (points, 3), each row of sum 1."""
    rows = [(first, second, GRID - first - second) for first in range(GRID + 1) for second in range(GRID + 1 - first)]
    return np.array(rows) / GRID


def surface(bundle: Bundle, probe: Probe) -> np.ndarray:
    """The accuracy at each point of the triangle, with gamma 1."""
    key = (str(bundle.folder), probes.digest(bundle), probe.name)
    return _surfaces.get(key, lambda: np.array([probe.accuracy(weights) for weights in triangle().tolist()]))
