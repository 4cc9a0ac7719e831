"""A network while it trains: step by step through its graphs, with the gradient of every layer."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.kept import Kept
from hub.tasks.gradients.data import data_set, recall, weights
from hub.tasks.gradients.settings import BINS, HISTORY, R_RELU, STATISTICS, SYMBOLS, Config


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
