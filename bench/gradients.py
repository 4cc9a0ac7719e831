"""The gradient lab: gradients against autograd, a training run and a step's time against PyTorch, theory, the page."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from bench.report import against, interleaved, table
from export import golden
from export.recipes import gradient_lab as recipe
from hub.bundle import Bundle, Bundles
from hub.session import Session, cores, open_session
from hub.tasks import gradients as task
from models import gradient_lab as models

DEPTHS = (2, 10, 50, 200)
MAX_ERROR, MAX_LOSS, MAX_SLOPE = 1e-5, 1e-4, 0.05
MIN_TIMES = {1: 1.9, 2: 3.0}
MAX_BYTES, MIN_UPDATES, MAX_SECONDS = 2_000_000, 5.0, 5.0
SEEDS = 5
TICK_S = 0.12  # between two pictures


def run() -> str:
    bundle = Bundles().first(task.TASK)
    parts = [errors(bundle), losses(bundle), slopes(bundle), times(bundle), page(bundle), sizes(bundle)]
    return "\n\n".join(parts)


# --- gradients against autograd ---------------------------------------------------------------------------------------


def sample(step: models.Step, config: task.Config) -> dict[str, torch.Tensor]:
    """What the graph is fed with: the lab's own weights, He's scale where it keeps a gradient, and random data."""
    random = np.random.default_rng(0)
    features, classes = (16, 10) if config.network == "deep" else (task.SYMBOLS, task.SYMBOLS)
    found: dict[str, object] = dict(task.weights(config, features, classes))
    rows = (config.batch, features)
    found["x"] = random.normal(size=rows if config.network == "deep" else (config.depth, *rows))
    found["target"] = np.eye(classes)[random.integers(0, classes, config.batch)]
    found["start"] = np.zeros((config.batch, config.width))
    if config.activation in ("leaky-relu", "r-relu"):
        shape = (config.depth, config.batch, config.width) if config.activation == "r-relu" else ()
        found["slope"] = random.uniform(*task.R_RELU, shape) if shape else config.slope
    found |= {
        "learning_rate": 0.1,
        "regularise": False,
        "l1": 0.0,
        "l2": 0.0,
        "clip_value": np.inf,
        "clip_norm": np.inf,
    }
    return {name: torch.as_tensor(np.asarray(found[name])) for name in step.inputs}


def worst(step: models.Step, session: Session, config: task.Config) -> float:
    """The largest relative error of a gradient, of all parameters and states, against autograd in float64."""
    inputs = sample(step, config)
    # The graph's own rounding of the inputs is not its error.
    feeds = session.cast({name: values.numpy() for name, values in inputs.items()})
    exact = {
        name: torch.from_numpy(np.asarray(values)).double() if values.dtype != np.bool_ else inputs[name]
        for name, values in feeds.items()
    }
    expected = recipe.autograd(step, {name: exact[name] for name in step.inputs})
    names = [name for name in session.outputs if name in expected and not name.startswith("next_") and name != "loss"]
    scale = max(float(values.detach().abs().max()) for name, values in expected.items() if name in names)
    error = 0.0
    for name, values in zip(names, session.run(feeds, names), strict=True):
        wanted = expected[name].detach().numpy()
        if np.abs(wanted).max() > 1e-12 * scale or "gradient" not in name:  # what is zero but for rounding has no error
            far = golden.distance(wanted, values)
            error = max(error, far if np.isfinite(far) else np.inf)  # a comparison with NaN would hide it
    return error


def step_of(config: task.Config) -> models.Step:
    if config.network == "deep":
        return models.DeepNetwork(config.activation, config.batch_norm, config.residual)
    return models.Recurrent() if config.network == "rnn" else models.LSTM()


def variants() -> Iterator[dict[str, object]]:
    for activation in task.ACTIVATIONS:
        for batch_norm in (False, True):
            for residual in (False, True):
                start = "orthogonal" if residual else "he" if activation.endswith("relu") else "xavier"
                yield {
                    "activation": activation,
                    "batch_norm": batch_norm,
                    "residual": residual,
                    "initialisation": start,
                }
    yield {"network": "rnn", "initialisation": "orthogonal"}
    yield {"network": "lstm", "initialisation": "xavier"}


def errors(bundle: Bundle) -> str:
    """Every variant at every depth, float64 and float32."""
    rows = []
    for changes in variants():
        cells: list[object] = []
        for depth in DEPTHS:
            found = []
            for precision in ("float64", "float32"):
                config = task.config({**changes, "depth": depth, "width": 16, "batch": 16, "precision": precision})
                found.append(worst(step_of(config), bundle.session(config.graph), config))
            cells.append(f"{found[0]:.0e} / {found[1]:.0e}" + " MISSED" * (found[0] > MAX_ERROR))
        rows.append([config.graph.removesuffix(".float32"), *cells])
    title = f"Relative gradient error against torch.autograd in float64: float64 / float32 file (bar {MAX_ERROR:.0e})"
    note = (
        "Bar held by the float64 files. In float32 a gradient that has vanished below 1e-38 is zero (error 1), and "
        "batch normalisation of many layers is chaotic: it doubles a rounding error every few layers."
    )
    return table(title, ["graph", *(f"depth {depth}" for depth in DEPTHS)], rows) + f"\n\n{note}"


# --- a run against PyTorch --------------------------------------------------------------------------------------------


class Peer(nn.Module):
    """The same network as PyTorch users write it: layers in a row, autograd, an optimiser."""

    def __init__(self, config: task.Config, weights: dict[str, np.ndarray], dtype: torch.dtype) -> None:
        super().__init__()
        acts: dict[str, Callable[[], nn.Module]] = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        layers: list[nn.Module] = [self._linear(weights["weight_in"], weights["bias_in"])]
        for weight, bias in zip(weights["weight"], weights["bias"], strict=True):
            layers += [self._linear(weight, bias), acts[config.activation]()]
        layers.append(self._linear(weights["weight_out"], weights["bias_out"]))
        self.layers = nn.Sequential(*layers).to(dtype)

    @staticmethod
    def _linear(weight: np.ndarray, bias: np.ndarray) -> nn.Linear:
        made = nn.Linear(weight.shape[0], weight.shape[1], dtype=torch.float64)
        with torch.no_grad():
            made.weight.copy_(torch.from_numpy(weight.T.copy()))
            made.bias.copy_(torch.from_numpy(bias))
        return made

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def trainer(bundle: Bundle, config: task.Config) -> Callable[[], float]:
    """A step of PyTorch on the data, the order and the first weights of task.Run."""
    dtype = {"float32": torch.float32, "float64": torch.float64}[config.precision]
    x, y = task.data_set(bundle, config.data, config.seed)
    network = Peer(config, task.weights(config, x.shape[1], int(y.max()) + 1), dtype)
    optimiser = torch.optim.SGD(network.parameters(), lr=config.learning_rate, weight_decay=0)
    order = np.random.default_rng([config.seed, 4])
    inputs, classes = torch.from_numpy(x).to(dtype), torch.from_numpy(y)

    def step() -> float:
        rows = torch.from_numpy(order.integers(0, len(y), config.batch))
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(network(inputs[rows]), classes[rows])
        loss.backward()
        if config.clip == "norm":
            nn.utils.clip_grad_norm_(network.parameters(), config.clip_at)
        optimiser.step()
        return loss.item()

    return step


def losses(bundle: Bundle) -> str:
    rows = []
    cases: tuple[dict[str, object], ...] = (
        {"activation": "sigmoid", "depth": 3, "learning_rate": 0.5},
        {"activation": "tanh", "depth": 10, "learning_rate": 0.1},
        {"activation": "relu", "depth": 10, "initialisation": "he", "learning_rate": 0.05},
        {"activation": "relu", "depth": 10, "initialisation": "he", "learning_rate": 0.05, "clip": "norm"},
        {"activation": "sigmoid", "depth": 50, "learning_rate": 0.5},
        {"activation": "tanh", "depth": 10, "data": "spirals", "learning_rate": 0.1},
    )
    for changes in cases:
        for precision in ("float64", "float32"):
            config = task.config({**changes, "precision": precision, "steps": 200})
            ours, theirs = task.Run(bundle, config), trainer(bundle, config)
            apart = max(abs(ours.step() - theirs()) for _ in range(config.steps))
            name = ", ".join(str(value) for value in changes.values())
            rows.append([name, precision, f"{ours.losses[0]:.3f} -> {ours.losses[-1]:.3f}",
                         against(apart, MAX_LOSS, most=True, form=".0e")])  # fmt: skip
    return table("200 steps: largest difference of the loss to PyTorch's", ["network", "in", "loss", "apart"], rows)


# --- theory -----------------------------------------------------------------------------------------------------------


def slopes(bundle: Bundle) -> str:
    """Measured slope of log |dL/dh| over depth 100, width 256, mean over seeds, beside half of log chi."""
    rows = []
    cases: tuple[dict[str, object], ...] = (
        {"activation": "sigmoid", "initialisation": "xavier"},
        {"activation": "sigmoid", "initialisation": "normal", "sigma": 0.125},
        {"activation": "tanh", "initialisation": "normal", "sigma": 0.05},
        {"activation": "tanh", "initialisation": "normal", "sigma": 0.09375},
        {"activation": "relu", "initialisation": "normal", "sigma": 0.0625},
        {"activation": "relu", "initialisation": "normal", "sigma": 0.125},
        {"activation": "leaky-relu", "initialisation": "normal", "sigma": 0.0625, "slope": 0.1},
        {"activation": "p-relu", "initialisation": "normal", "sigma": 0.0625},
        {"activation": "r-relu", "initialisation": "normal", "sigma": 0.0625},
        {"activation": "maxout", "initialisation": "normal", "sigma": 0.05, "precision": "float32"},
    )
    for changes in cases:
        found = []
        for seed in range(SEEDS):
            config = task.config(
                {"depth": 100, "width": 256, "steps": 1, "seed": seed, "precision": "float64", **changes}
            )
            training = task.Run(bundle, config)
            training.step()
            found.append(training.snapshot().slope)
        theory = task.theory(config)
        assert theory is not None
        measured = statistics.mean(found)
        name = ", ".join(str(value) for value in changes.values())
        error = abs(measured / theory.slope - 1)
        rows.append([name, f"{measured:.4f}", f"{theory.slope:.4f}",
                     against(100 * error, 100 * MAX_SLOPE, most=True, unit=" %")])  # fmt: skip
    return table(
        f"Slope of log |dL/dh| a layer, depth 100, width 256, mean of {SEEDS} seeds, beside half of log chi",
        ["network", "measured", "theory", "error"],
        rows,
    )


# --- speed ------------------------------------------------------------------------------------------------------------


def times(bundle: Bundle) -> str:
    rows = []
    config = task.config({"activation": "sigmoid", "depth": 50, "width": 64, "batch": 64, "precision": "float32"})
    file = bundle.path(bundle.variant(config.graph).file)
    before = torch.get_num_threads()
    try:
        for threads in sorted({1, min(2, cores())}):
            torch.set_num_threads(threads)
            found = interleaved(
                {"onnxruntime": looped(file, threads, bundle, config), "torch": fixed(bundle, config)}, 9, 0.5
            )
            ratio = found["torch"] / found["onnxruntime"]
            rows.append([threads, f"{1e3 * found['torch']:.2f}", f"{1e3 * found['onnxruntime']:.2f}",
                         against(ratio, MIN_TIMES[threads], form=".2f", unit=" x")])  # fmt: skip
    finally:
        torch.set_num_threads(before)
    return table(
        "One training step, sigmoid, depth 50, width 64, batch 64, float32",
        ["threads", "torch eager, autograd, SGD, ms", "onnxruntime, ms", "times torch"],
        rows,
    )


def looped(file: Path, threads: int, bundle: Bundle, config: task.Config) -> Callable[[], object]:
    """The graph alone, as task.Run binds it, on so many threads."""
    session = open_session(file, threads)
    x, y = task.data_set(bundle, config.data, config.seed)
    weights = task.weights(config, x.shape[1], 10)
    rules = {"learning_rate": 0.1, "regularise": False, "l1": 0, "l2": 0, "clip_value": np.inf, "clip_norm": np.inf}
    feeds = {"x": x[: config.batch], "target": np.eye(10)[y[: config.batch]], **weights, **rules}
    return session.loop(feeds, {name: f"next_{name}" for name in weights}).step


def fixed(bundle: Bundle, config: task.Config) -> Callable[[], object]:
    """PyTorch on one batch, so that neither side is measured with its data."""
    x, y = task.data_set(bundle, config.data, config.seed)
    network = Peer(config, task.weights(config, x.shape[1], 10), torch.float32)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    inputs, classes = torch.from_numpy(x[: config.batch]).float(), torch.from_numpy(y[: config.batch])

    def step() -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(inputs), classes).backward()
        optimiser.step()

    return step


def page(bundle: Bundle) -> str:
    """What the server does for a page: training and its light picture, unpaced; the browser's part: gradients_page."""
    from hub.demos.gradients import live as demo
    from hub.tasks import learnt

    rows = []
    config = task.config({"activation": "sigmoid", "depth": 50, "width": 64, "steps": 200})
    other = config.model_copy(update={"activation": "relu", "initialisation": "he", "learning_rate": 0.02})
    for name, configs in (("one network", [config]), ("two side by side", [config, other])):
        runs = [task.Run(bundle, each) for each in configs]
        pair = runs if len(runs) == 2 else [runs[0], task.Run(bundle, other.model_copy(update={"steps": 1}))]
        for run in pair:
            run.step()
        looks = learnt.Looks(pair)
        start, updates, bytes_ = time.perf_counter(), 0, 0
        for _ in task.train(runs, TICK_S):
            updates += 1
            bytes_ = max(bytes_, len(demo.live_html(pair, looks.again(), "en").encode()))
        seconds = time.perf_counter() - start
        rows.append([name, against(seconds, MAX_SECONDS, most=True, form=".2f", unit=" s"),
                     against(updates / seconds, MIN_UPDATES, unit=" a second"), f"{bytes_ / 1e3:.1f}"])  # fmt: skip
    return table("200 steps of 50 layers, pictures included", ["run", "time", "updates", "largest, KB"], rows)


def sizes(bundle: Bundle) -> str:
    labs = [each for each in Bundles() if not each.card.reads_text]
    rows = []
    total = 0
    for each in labs:
        size = sum(path.stat().st_size for path in each.folder.iterdir())
        total += size
        rows.append([each.name, len(each.card.variants), f"{size / 1e6:.2f} MB"])
    rows.append(["all", "", against(total / 1e6, MAX_BYTES / 1e6, most=True, form=".2f", unit=" MB")])
    return table("Files of the labs; a graph serves every depth", ["bundle", "graphs", "size"], rows)
