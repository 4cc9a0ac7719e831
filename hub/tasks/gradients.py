"""Gradients of deep and recurrent networks while they train: numpy in, numpy out. The graphs are the gradient lab's.

A run is fixed by its Config, the seed included: the same configuration gives the same figures, so a link can carry it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub import limits
from hub.bundle import Bundle
from hub.errors import InputError, Term, TooLargeError, invalid
from hub.kept import Kept

TASK = "gradients"
DATA_FILE = "data.npz"
STATISTICS = "statistics"
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky-relu", "p-relu", "r-relu", "maxout")
NETWORKS = ("deep", "rnn", "lstm")
INITIALISATIONS = ("normal", "xavier", "he", "orthogonal")
DATA_SETS = ("moons", "spirals", "digits")
CLIPS = ("none", "value", "norm")
CHAINS = ("sigmoid", "tanh", "relu")
POINTS = 512  # of the moons and spirals
SYMBOLS = 4  # of the recall task
HISTORY = 100  # snapshots of one run: columns of its heat map
BINS = 41  # of the histograms
R_RELU = (1 / 8, 1 / 3)  # the slopes of R-ReLU are uniform in between (Xu et al. 2015)
P_RELU = 0.25  # where its slope begins (He et al. 2015)

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Penalty = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class Config(BaseModel):
    """One network and how it is trained. depth: layers of a deep network, times of a recurrent one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: Literal["deep", "rnn", "lstm"] = "deep"
    activation: Literal["sigmoid", "tanh", "relu", "leaky-relu", "p-relu", "r-relu", "maxout"] = "sigmoid"
    depth: Annotated[int, Field(ge=2, le=limits.MAX_LAB_DEPTH)] = 30
    width: Annotated[int, Field(ge=8, le=limits.MAX_LAB_WIDTH)] = 64
    batch_norm: bool = False
    residual: bool = False
    initialisation: Literal["normal", "xavier", "he", "orthogonal"] = "xavier"
    sigma: Annotated[float, Field(ge=0.001, le=4, allow_inf_nan=False)] = 0.125  # of N(0, σ²); a factor of orthogonal
    slope: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.01  # of Leaky-ReLU
    forget_bias: Annotated[float, Field(ge=-5, le=10, allow_inf_nan=False)] = 1.0  # of the LSTM
    data: Literal["moons", "spirals", "digits"] = "digits"  # of a deep network; a recurrent one recalls a symbol
    batch: Annotated[int, Field(ge=8, le=limits.MAX_LAB_BATCH)] = 64
    learning_rate: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 0.1
    clip: Literal["none", "value", "norm"] = "none"
    clip_at: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] = 1.0
    l1: Penalty = 0.0
    l2: Penalty = 0.0
    precision: Literal["float64", "float32"] = "float64"
    steps: Annotated[int, Field(ge=0, le=limits.MAX_LAB_STEPS)] = 200
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        matrices = self.depth * (2 if self.activation == "maxout" else 1) if self.network == "deep" else 8
        size = matrices * self.width**2 * (8 if self.precision == "float64" else 4)
        if size > limits.MAX_LAB_WEIGHT_BYTES:
            raise TooLargeError(
                "lab_weights", depth=self.depth, width=self.width, precision=self.precision, found=size / 1e6,
                allowed=limits.MAX_LAB_WEIGHT_BYTES / 1e6,
            )  # fmt: skip
        return self

    @property
    def graph(self) -> str:
        """The variant of the bundle that computes it."""
        name: str = self.network
        if name == "deep":
            name = "-".join([self.activation, *["norm"] * self.batch_norm, *["residual"] * self.residual])
        return name if self.precision == "float64" else f"{name}.float32"

    @property
    def work(self) -> int:
        """Multiplications of one step, about."""
        pieces = {"maxout": 2}.get(self.activation, 1) if self.network == "deep" else {"lstm": 4}.get(self.network, 1)
        return 3 * self.depth * self.batch * self.width**2 * pieces

    @property
    def sigma_w2(self) -> float:
        """The variance of a weight times the units that it sums over: σ_w² of the mean-field theory."""
        known = {"xavier": 1.0, "he": 2.0, "orthogonal": self.sigma_of_orthogonal**2}
        return known.get(self.initialisation, self.sigma**2 * self.width)

    @property
    def sigma_of_orthogonal(self) -> float:
        return 1.0


def config(values: Mapping[str, Any] | Config | None) -> Config:
    """A Config from what a visitor or a program gives; what is left out has its default.

    Raises InputError with the value found and the values allowed, TooLargeError for a network that is too large.
    """
    if isinstance(values, Config):
        return values
    if values is not None and not isinstance(values, Mapping):
        raise InputError("settings_type", found=type(values).__name__)
    try:
        return Config.model_validate(dict(values or {}))
    except ValidationError as error:
        raise invalid(error, Config) from None


# --- data -------------------------------------------------------------------------------------------------------------


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


# --- weights ----------------------------------------------------------------------------------------------------------


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


# --- a run ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Snapshot:
    """What is read off one step; arrays have one value a layer (or a time), the first layer first."""

    step: int
    loss: float
    accuracy: float  # on the batch of the step
    gradient_norm: np.ndarray  # ‖∂L/∂W‖ of each layer; recurrent: ‖∂L/∂h_t‖, of the LSTM ‖∂L/∂c_t‖
    delta_norm: np.ndarray  # ‖∂L/∂h‖ behind each layer, or at each time
    update_ratio: np.ndarray  # ‖ΔW‖ / ‖W‖ of each layer; recurrent: of W_h alone
    activation_mean: np.ndarray
    activation_deviation: np.ndarray
    problem: Literal["", "nan", "underflow"] = ""  # nan: the run has ended; underflow: zeros where there is a gradient

    @property
    def slope(self) -> float:
        """log ‖∂L/∂h‖ a layer towards the input, by least squares; what is zero or infinite is left out."""
        return slope(self.delta_norm)


def slope(norms: np.ndarray) -> float:
    """How log(norms) changes from one layer to the one before it; NaN where fewer than two are finite."""
    known = np.flatnonzero(np.isfinite(norms) & (norms > 0))
    if len(known) < 2:
        return math.nan
    return float(-np.polyfit(known, np.log(norms[known]), 1)[0])


class Run:
    """A training run that can be stepped, paused (by not stepping) and begun again; not for several threads at once.

    Raises BundleError where the bundle is broken.
    """

    def __init__(self, bundle: Bundle, config: Config) -> None:
        self.config = config
        self.every = max(1, math.ceil(config.steps / HISTORY))
        self.history: list[Snapshot] = []  # of the first step, of every so many, and of the last
        self._statistics = bundle.session(STATISTICS)
        self._session = session = bundle.session(config.graph)
        if config.network == "deep":
            self._x, self._y = data_set(bundle, config.data, config.seed)
            self._classes = int(self._y.max()) + 1
            features = self._x.shape[1]
        else:
            features = self._classes = SYMBOLS
        self._order = np.random.default_rng([config.seed, 4])
        self._slopes = np.random.default_rng([config.seed, 5])
        trained = weights(config, features, self._classes)
        if "slope" in session.inputs and "slope" not in trained:
            random = (config.depth, config.batch, config.width) if config.activation == "r-relu" else None
            trained["slope"] = np.full(random or (), config.slope)
        clip = {"none": (math.inf, math.inf), "value": (config.clip_at, math.inf), "norm": (math.inf, config.clip_at)}
        value, norm = clip[config.clip]
        shape = (config.batch, features) if config.network == "deep" else (config.depth, config.batch, features)
        feeds: dict[str, Any] = {
            "x": np.zeros(shape),
            "target": np.zeros((config.batch, self._classes)),
            "start": np.zeros((config.batch, config.width)),
            "learning_rate": config.learning_rate,
            "regularise": bool(config.clip != "none" or config.l1 or config.l2),
            "l1": config.l1,
            "l2": config.l2,
            "clip_value": value,
            "clip_norm": norm,
        }
        carried = {name: f"next_{name}" for name in trained if f"next_{name}" in session.outputs}
        self._loop = session.loop(feeds | trained, carried)
        self._outputs: dict[str, np.ndarray] = {}
        self._before: dict[str, np.ndarray] = {}
        self.step_count = 0
        self.losses: list[float] = []
        self.ended = False

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do: all steps are done, or a number was not finite."""
        return self.ended or self.step_count >= self.config.steps

    def _feed(self) -> None:
        inputs = self._loop.inputs
        if self.config.network == "deep":
            rows = self._order.integers(0, len(self._y), self.config.batch)
            inputs["x"][...], y = self._x[rows], self._y[rows]
        else:
            inputs["x"][...], y = recall(self.config, self.step_count)
        inputs["target"][...] = y[:, None] == np.arange(self._classes)
        if self.config.activation == "r-relu" and "slope" in inputs:
            inputs["slope"][...] = self._slopes.uniform(*R_RELU, inputs["slope"].shape)

    def step(self) -> float:
        """One step of training; returns its loss, before the update. Nothing happens once a number was not finite."""
        if self.ended:
            return math.nan
        self._feed()
        self._before = self._loop.inputs
        self._outputs = self._loop.step()
        self.step_count += 1
        loss = float(self._outputs["loss"])
        self.losses.append(loss)
        # A loss can stay finite one step longer than the weights that the next step starts from.
        if not (
            math.isfinite(loss) and all(np.isfinite(self._outputs[f"next_{name}"]).all() for name in self._small())
        ):
            self.ended = True
        if self.step_count == 1 or self.step_count % self.every == 0 or self.finished:
            self.look()
        return loss

    def look(self) -> None:
        """Add the step that was done last to the history, where it is not there yet."""
        if self.step_count and (not self.history or self.history[-1].step < self.step_count):
            self.history.append(self.snapshot())

    def _small(self) -> tuple[str, ...]:
        # The bias of every layer has met its gradient; to look at all weights would take a tenth of a step.
        return ("bias", "weight_out")

    @property
    def examples(self) -> tuple[np.ndarray, np.ndarray]:
        """All that a deep network is trained on: x (examples, features), classes."""
        return self._x, self._y

    def probabilities(self, x: np.ndarray, *, before: bool = False) -> np.ndarray:
        """The network's answers now, (rows, classes), softmax of its logits: by the graph that trains it.

        Args:
            x: (rows, features), or (time, rows, features); with batch normalisation the rows are its batch.
            before: with the weights that the last step began with. At least one step must have been done.
        """
        rows, config = x.shape[-2], self.config
        feeds = {
            **(self._before if before else self._loop.inputs),
            "x": x,
            "target": np.zeros((rows, self._classes)),
            "start": np.zeros((rows, config.width)),
        }
        if config.activation == "r-relu" and "slope" in feeds:
            feeds["slope"] = np.full((config.depth, rows, config.width), sum(R_RELU) / 2)  # its mean, as in the paper
        with np.errstate(all="ignore"):
            logits = self._session.run(self._session.cast(feeds), ("logits",))[0].astype(np.float64)
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
            return shares

    @property
    def activations(self) -> np.ndarray:
        """φ(z) of each layer (or h_t of each time) at the last step: (depth, batch × width), a view."""
        name = "activations" if self.config.network == "deep" else "states"
        return self._outputs[name].reshape(self.config.depth, -1)

    def snapshot(self) -> Snapshot:
        """What is read off the last step. At least one step must have been done."""
        found, config = self._outputs, self.config
        depth = config.depth
        name = "weight" if config.network == "deep" else "weight_h"
        gradient = found["gradient_weight"] if config.network == "deep" else found.get("cell_deltas", found["deltas"])
        groups = depth if config.network == "deep" else 1
        feeds = {
            "gradient": gradient.reshape(depth, -1),
            "layer_weight": self._before[name].reshape(groups, -1),
            "next_layer_weight": found[f"next_{name}"].reshape(groups, -1),
            "layer_deltas": found["deltas"].reshape(depth, -1),
            "layer_activations": self.activations,
        }
        with np.errstate(all="ignore"):
            outputs = ("gradient_norm", "delta_norm", "update_ratio", "activation_mean", "activation_deviation")
            figures = dict(zip(outputs, self._statistics.run(self._statistics.cast(feeds), outputs), strict=True))
        targets = self._before["target"].argmax(axis=1)
        vanished = bool((figures["delta_norm"] == 0).any()) and not self.ended
        return Snapshot(
            step=self.step_count,
            loss=self.losses[-1],
            accuracy=float((found["logits"].argmax(axis=1) == targets).mean()),
            problem="nan" if self.ended else "underflow" if vanished else "",
            **figures,
        )


def histograms(values: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Of each row the share in each of BINS bins, (rows, BINS), and the edges, the same for all rows.

    The bins hold all but the outermost thousandth; what is beyond counts in the first or the last. NaN counts nowhere.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.zeros((len(values), BINS)), (0.0, 1.0)
    sample = finite[:: max(1, finite.size // 20_000)]
    low, high = (float(edge) for edge in np.quantile(sample, [0.001, 0.999]))
    if not high - low > 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    thinned = values[:, :: max(1, values.shape[1] // 4_096)]
    bins = np.clip((thinned - low) * (BINS / (high - low)), 0, BINS - 1)
    rows = np.broadcast_to(np.arange(len(values))[:, None], thinned.shape)
    known = np.isfinite(bins)
    counts = np.bincount((rows[known] * BINS + bins[known].astype(np.int64)), minlength=len(values) * BINS)
    table = counts.reshape(len(values), BINS).astype(np.float64)
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1), (low, high)


def train(
    runs: Sequence[Run], seconds: float, steps: int = limits.MAX_LAB_STEPS, paused: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Let runs go on side by side until all are finished; stop for the caller about every so many seconds.

    A caller that stops asking has paused them.

    Args:
        steps: the most of one run between two stops.
        paused: asked after every step; true stops for the caller at once.
    """
    while any(not run.finished for run in runs):
        until, last = time.perf_counter() + seconds, max(run.step_count for run in runs) + steps
        while time.perf_counter() < until and not paused():
            going = [run for run in runs if not run.finished]
            least = min((run.step_count for run in going), default=last)
            if least >= last:
                break
            next(run for run in going if run.step_count == least).step()
        yield


class Runs:
    """Paused runs, a bounded number; one that had to go is computed again from its seed, up to the same step."""

    def __init__(self, capacity: int = limits.MAX_LAB_RUNS) -> None:
        self._kept: Kept[Hashable, Run] = Kept(capacity)

    def take(self, key: Hashable, bundle: Bundle, config: Config, step: int) -> Run:
        """The run of a key at a step; it is the caller's alone until it is put back."""
        found = self._kept.take(key)
        if found is None or found.config != config or found.step_count > step:
            found = Run(bundle, config)
        while found.step_count < step and not found.ended:
            found.step()
        return found

    def seen(self, key: Hashable, config: Config, step: int) -> Run | None:
        """The run of a key where it stands at this step, to be read only; it stays."""
        found = self._kept.look(key)
        return found if found and found.config == config and found.step_count == step else None

    def put(self, key: Hashable, run: Run) -> None:
        """Keep a run for its next step."""
        self._kept.put(key, run)

    def __len__(self) -> int:
        return len(self._kept)


# --- theory -----------------------------------------------------------------------------------------------------------

GRID = np.linspace(-10, 10, 4_001)  # has a point at the kink of ReLU
DENSITY = np.exp(-GRID * GRID / 2)
DENSITY = DENSITY / DENSITY.sum()


@dataclass(frozen=True)
class Theory:
    """Mean-field theory of a wide network before training (Poole et al. 2016; Schoenholz et al. 2017)."""

    chi: np.ndarray  # (depth) χ = σ_w² E[φ′(z)²] of each layer; with residual connections 1 + that
    variance: np.ndarray  # (depth) of z, the input of φ

    @property
    def slope(self) -> float:
        """½ log χ, the expected change of log ‖∂L/∂h‖ a layer towards the input, mean over the layers."""
        return float(0.5 * np.log(self.chi[1:]).mean())

    def norms(self, last: float) -> np.ndarray:
        """The expected ‖∂L/∂h‖ behind each layer, from that behind the last one."""
        towards = 0.5 * np.cumsum(np.log(self.chi[:0:-1]))[::-1]
        norms: np.ndarray = last * np.exp(np.append(towards, 0.0))
        return norms


def _moments(config: Config, variance: float) -> tuple[float, float, float]:
    """E φ(z), E φ(z)² and E φ′(z)² for z ~ N(0, variance)."""
    z = math.sqrt(variance) * GRID
    left = {"leaky-relu": (config.slope,) * 2, "p-relu": (P_RELU,) * 2, "r-relu": R_RELU, "relu": (0.0, 0.0)}
    if config.activation == "maxout":  # the larger of two independent ones: one piece of two has the slope 1
        return math.sqrt(variance / math.pi), variance, 1.0
    if config.activation in left:
        low, high = left[config.activation]
        mean, square = (low + high) / 2, (low * low + low * high + high * high) / 3  # of a uniform slope
        up = math.sqrt(variance / (2 * math.pi))
        return up * (1 - mean), variance * (1 + square) / 2, (1 + square) / 2
    value = 1 / (1 + np.exp(-z)) if config.activation == "sigmoid" else np.tanh(z)
    derivative = value * (1 - value) if config.activation == "sigmoid" else 1 - value * value
    return float(DENSITY @ value), float(DENSITY @ value**2), float(DENSITY @ derivative**2)


@lru_cache(maxsize=64)  # every picture of a run asks again
def theory(config: Config, square: float = 1.0) -> Theory | None:
    """χ of each layer; None where the theory does not apply (batch normalisation, recurrent networks).

    Args:
        square: mean of the squared inputs of the first layer; 1 for data of variance 1 and what weights() makes.
    """
    if config.network != "deep" or config.batch_norm:
        return None
    mean = 0.0
    chi, variances = [], []
    for _ in range(config.depth):
        variance = config.sigma_w2 * square
        first, second, slopes = _moments(config, variance)
        chi.append(config.sigma_w2 * slopes + config.residual)
        variances.append(variance)
        if config.residual:
            square, mean = square + 2 * mean * first + second, mean + first
        else:
            square, mean = second, first
        if not math.isfinite(square) or square > 1e200:
            return None  # the signal itself explodes
    return Theory(np.array(chi), np.array(variances))


# --- the chain --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChainResult:
    """x → z₁ → y₁ → … → y_n; each array has one value a unit, the first unit first."""

    values: np.ndarray  # y
    slopes: np.ndarray  # g′(z)
    factors: np.ndarray  # g′(z) w
    gradient: np.ndarray  # ∂C/∂b, measured
    products: np.ndarray  # ∂C/∂b by multiplying: (y_n − target) g′(z_l) × the factors of the units behind l
    bound: np.ndarray | None  # |y_n − target| (|w| / 4)^…, of the sigmoid; the notes' (1/4)^n for |w| ≤ 1


def chain(bundle: Bundle, activation: str, depth: int, weight: float, bias: float = 0.0, x: float = 1.0) -> ChainResult:
    """The notes' chain of single units with the same weight everywhere, target 0.

    Raises InputError for values outside the limits.
    """
    if activation not in CHAINS:
        raise InputError("setting_choice", name="activation", found=repr(activation)[:40], known=", ".join(CHAINS))
    if isinstance(depth, bool) or not isinstance(depth, int) or not 2 <= depth <= limits.MAX_LAB_DEPTH:
        found = str(depth)[:40]
        raise InputError("setting_whole_range", name="depth", found=found, low=2, high=limits.MAX_LAB_DEPTH)
    for name, value in (("weight", weight), ("bias", bias), ("x", x)):
        if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 100:
            raise InputError("setting_number_range", name=name, found=str(value)[:40], low=-100, high=100)
    session = bundle.session(f"chain-{activation}")
    feeds = {
        "chain_x": np.array(float(x)),
        "chain_target": np.array(0.0),
        "chain_weight": np.full(depth, float(weight)),
        "chain_bias": np.full(depth, float(bias)),
    }
    outputs = ("chain_values", "chain_slopes", "chain_factors", "chain_gradient")
    values, slopes, factors, gradient = session.run(session.cast(feeds), outputs)
    behind = np.append(np.cumprod(factors[:0:-1])[::-1], 1.0)  # of the units behind each
    error = values[-1]
    bound = None
    if activation == "sigmoid":
        behind_count = np.arange(depth - 1, -1, -1)
        bound = abs(error) * 0.25 * (abs(weight) / 4) ** behind_count
    return ChainResult(values, slopes, factors, gradient, error * slopes * behind, bound)


def exploding(weight: float) -> tuple[float, float] | None:
    """The bias and the input with which a chain of sigmoids explodes; None where |w| / 4, its largest factor, is ≤ 1.

    With b = −w / 2 and x = 1/2 every z = w / 2 + b is 0, so that y is 1/2 again and g′(z) w = w / 4 at every unit.
    """
    return (-weight / 2, 0.5) if abs(weight) > 4 else None


# --- a profile --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Profile:
    """A snapshot beside the theory."""

    config: Config
    snapshot: Snapshot
    theory: Theory | None = field(default=None)

    def record(self) -> dict[str, Any]:
        """As JSON has it: plain numbers, None for what is not finite."""
        found = self.snapshot
        expected = self.theory.norms(float(found.delta_norm[-1])) if self.theory else None
        return {
            "config": self.config.model_dump(),
            "step": found.step,
            "loss": _plain(found.loss),
            "accuracy": found.accuracy,
            "gradient_norm": _list(found.gradient_norm),
            "delta_norm": _list(found.delta_norm),
            "theory_delta_norm": None if expected is None else _list(expected),
            "update_ratio": _list(found.update_ratio),
            "activation_mean": _list(found.activation_mean),
            "activation_deviation": _list(found.activation_deviation),
            "slope": _plain(found.slope),
            "theory_slope": _plain(self.theory.slope) if self.theory else None,
            "problem": found.problem,
        }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _list(values: np.ndarray) -> list[float | None]:
    return [_plain(float(value)) for value in values]


def profile(
    bundle: Bundle, values: Mapping[str, Any] | Config | None, check: Callable[[], None] | None = None
) -> Profile:
    """Per-layer norms after `steps` steps of training; 0 and 1 both look at the first step, before any update.

    Args:
        check: called before each further step; what it raises ends the run.

    Raises InputError, TooLargeError (also for more work than one call may ask for), BundleError.
    """
    wanted = config(values)
    if wanted.work * max(1, wanted.steps) > limits.MAX_LAB_WORK:
        allowed = max(1, limits.MAX_LAB_WORK // wanted.work)
        network = Term(f"network_{wanted.network}")
        raise TooLargeError("lab_work", found=wanted.steps, network=network, allowed=allowed)
    run = Run(bundle, wanted)
    run.step()
    while not run.finished:
        if check:
            check()
        run.step()
    return Profile(wanted, run.snapshot(), theory(wanted))
