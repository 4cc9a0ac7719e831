"""What a network learns from, and the weights that it begins with."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import numpy as np

from hub.bundle import Bundle
from hub.tasks.gradients.settings import P_RELU, POINTS, SYMBOLS, Config

DATA_FILE = "data.npz"


@lru_cache(maxsize=8)
def _file(path: Path, _: tuple[int, int]) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def data_set(bundle: Bundle, name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """float64 (examples, features) with mean 0 and variance 1, and int64 classes; points are drawn from the seed."""
    random = np.random.default_rng([seed, 1])
    if name == "digits":
        path = bundle.path(DATA_FILE)
        stored = _file(path, (path.stat().st_mtime_ns, path.stat().st_size))
        x, y = stored["digits"].astype(np.float64), stored["digit_classes"].astype(np.int64)
    else:
        y = np.arange(POINTS) % 2
        along = random.uniform(0, 1, POINTS)
        if name == "moons":
            angle = np.pi * along
            x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
            x = np.where(y[:, None] == 0, x, np.array([1.0, 0.5]) - x) + random.normal(0, 0.1, (POINTS, 2))
        else:
            radius, angle = np.sqrt(along), 3 * np.pi * np.sqrt(along) + np.pi * y
            x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
            x += random.normal(0, 0.02, (POINTS, 2))
    return (x - x.mean()) / x.std(), y


def recall(config: Config, step: int) -> tuple[np.ndarray, np.ndarray]:
    """A symbol at the first time, then noise; the class is the symbol. x (time, batch, SYMBOLS), new at each step."""
    random = np.random.default_rng([config.seed, 2, step])
    y = random.integers(0, SYMBOLS, config.batch)
    x = random.normal(0, 0.1, (config.depth, config.batch, SYMBOLS))
    x[0] += np.eye(SYMBOLS)[y]
    return x, y


def weights(config: Config, features: int, classes: int) -> dict[str, np.ndarray]:
    """The weights before training, float64, by the names of the graph's inputs.

    The setting `initialisation` is that of the hidden layers. The first and the last are N(0, 1 / fan-in) always, so
    that networks with different hidden layers are asked the same.
    """
    random = np.random.default_rng([config.seed, 3])
    width = config.width

    def hidden(*shape: int) -> np.ndarray:
        if config.initialisation == "orthogonal":
            q, r = np.linalg.qr(random.normal(size=(*shape, width, width)))
            signs: np.ndarray = np.sign(np.diagonal(r, axis1=-2, axis2=-1))  # without them, not uniform
            orthogonal: np.ndarray = q * signs[..., None, :]
            return orthogonal
        variance = {"xavier": 2 / (width + width), "he": 2 / width}.get(config.initialisation, config.sigma**2)
        return random.normal(0, math.sqrt(variance), (*shape, width, width))

    def ends(rows: int, columns: int, *shape: int) -> np.ndarray:
        return random.normal(0, 1 / math.sqrt(rows), (*shape, rows, columns))

    made: dict[str, np.ndarray]
    if config.network == "deep":
        layers = (config.depth, 2) if config.activation == "maxout" else (config.depth,)
        made = {"weight_in": ends(features, width), "weight": hidden(*layers), "bias": np.zeros((*layers, width))}
        if config.batch_norm:
            made["scale"] = np.ones((*layers, width))
        else:
            made["bias_in"] = np.zeros(width)
        if config.activation == "p-relu":
            made["slope"] = np.full(config.depth, P_RELU)
    else:
        gates = (4,) if config.network == "lstm" else ()
        made = {
            "weight_x": ends(features, width, *gates),
            "weight_h": hidden(*gates),
            "bias": np.zeros((*gates, width)),
        }
        if config.network == "lstm":
            made["bias"][1] = config.forget_bias
    return made | {"weight_out": ends(width, classes), "bias_out": np.zeros(classes)}
