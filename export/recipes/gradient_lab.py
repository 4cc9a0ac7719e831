"""The gradient lab: training steps of deep and recurrent networks, a chain of single units, and their figures."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from export.arrays import array_graph, data_file
from export.recipe import Graph, Recipe, Sizes, Tensors
from export.recipes import sources
from hub.card import License, Paper, TensorSpec, Text
from models import gradient_lab as models

Floats = Literal["float32", "float64"]
TOLERANCE: dict[Floats, float] = {"float32": 1e-5, "float64": 1e-9}

# What a tensor is, by its name; gradient_X and next_X are as X.
MEANINGS = {
    "x": "examples; of a recurrent network, one row of the batch at each time",
    "target": "one-hot classes",
    "start": "h before the first time",
    "slope": "of the activation's left side: one for all, one a layer, or one for each unit and example",
    "weight": "W of each layer; Maxout has two a layer",
    "bias": "b of each layer; with batch normalisation its shift",
    "scale": "of batch normalisation",
    "learning_rate": "",
    "regularise": "false: plain gradient descent, and the next four are not used",
    "l1": "weight of the sum of |W|",
    "l2": "weight of half the sum of W squared",
    "clip_value": "largest entry of a gradient; infinite: none",
    "clip_norm": "largest length of all gradients together; infinite: none",
    "loss": "mean cross-entropy, without penalties",
    "activations": "a = φ(z) of each layer",
    "deltas": "∂loss/∂h behind each layer, or at each time",
    "cell_deltas": "∂loss/∂c at each time",
}
# Shapes by name, then what differs by module: Maxout has pieces, P-ReLU and R-ReLU slopes of their own.
DEEP: dict[str, tuple[str | int, ...]] = {
    "x": ("batch", "features"),
    "target": ("batch", "classes"),
    "weight_in": ("features", "width"),
    "bias_in": ("width",),
    "weight": ("depth", "width", "width"),
    "bias": ("depth", "width"),
    "scale": ("depth", "width"),
    "weight_out": ("width", "classes"),
    "bias_out": ("classes",),
    "logits": ("batch", "classes"),
    "activations": ("depth", "batch", "width"),
    "deltas": ("depth", "batch", "width"),
}
MAXOUT: dict[str, tuple[str | int, ...]] = {
    "weight": ("depth", 2, "width", "width"),
    "bias": ("depth", 2, "width"),
    "scale": ("depth", 2, "width"),
}
SLOPES: dict[str, tuple[str | int, ...]] = {
    "": (),
    "fixed": (),
    "learned": ("depth",),
    "random": ("depth", "batch", "width"),
}
RECURRENT: dict[str, tuple[str | int, ...]] = {
    "x": ("time", "batch", "features"),
    "target": ("batch", "classes"),
    "start": ("batch", "width"),
    "weight_x": ("features", "width"),
    "weight_h": ("width", "width"),
    "bias": ("width",),
    "weight_out": ("width", "classes"),
    "bias_out": ("classes",),
    "logits": ("batch", "classes"),
    "states": ("time", "batch", "width"),
    "deltas": ("time", "batch", "width"),
    "cell_deltas": ("time", "batch", "width"),
}
LSTM: dict[str, tuple[str | int, ...]] = {
    "weight_x": (4, "features", "width"),
    "weight_h": (4, "width", "width"),
    "bias": (4, "width"),
}
SIZES = (
    {"depth": 3, "time": 3, "batch": 6, "features": 5, "classes": 7, "width": 4, "seed": 0},
    {"depth": 1, "time": 1, "batch": 9, "features": 2, "classes": 3, "width": 8, "seed": 1},
    {"depth": 6, "time": 20, "batch": 16, "features": 3, "classes": 2, "width": 10, "seed": 2},
)
RULES = (
    {"learning_rate": 0.1, "regularise": True, "l1": 0.01, "l2": 0.1, "clip_value": 0.05, "clip_norm": 0.1},
    {"learning_rate": 0.5, "regularise": False, "l1": 1.0, "l2": 1.0, "clip_value": 0.0, "clip_norm": 0.0},
    {"learning_rate": 0.1, "regularise": True, "l1": 0.0, "l2": 0.0, "clip_value": np.inf, "clip_norm": 0.2},
)


def plain(name: str) -> str:
    """The tensor that a gradient or a next value belongs to."""
    return name.removeprefix("gradient_").removeprefix("next_")


def spec(name: str, shapes: dict[str, tuple[str | int, ...]], floats: Floats) -> TensorSpec:
    shape = shapes.get(plain(name), ())
    kind = "bool" if name == "regularise" else floats
    return TensorSpec(name=name, dtype=kind, shape=shape, meaning=meaning(name))  # type: ignore[arg-type]


def meaning(name: str) -> str:
    if name.startswith("gradient_"):
        return f"∂loss/∂{plain(name)}"
    if name.startswith("next_"):
        return f"{plain(name)} after the step"
    return MEANINGS.get(name, "")


def sample(step: models.Step, shapes: dict[str, tuple[str | int, ...]], lengths: Sizes) -> Tensors:
    """Random inputs of these sizes, by the rules of their seed; weights of about the length that keeps a signal."""
    number = lengths["seed"]
    random = torch.Generator().manual_seed(number)
    made: Tensors = {}
    for name in step.inputs:
        shape = [lengths[axis] if isinstance(axis, str) else axis for axis in shapes.get(name, ())]
        if name in RULES[number]:
            made[name] = torch.tensor(RULES[number][name])
        elif name == "target":
            classes = torch.randint(shape[1], (shape[0],), generator=random)
            made[name] = nn.functional.one_hot(classes, shape[1])
        elif name == "slope":
            made[name] = torch.rand(shape, generator=random) * 0.3 + 0.05
        elif name == "scale":
            made[name] = 1 + 0.1 * torch.randn(shape, generator=random)
        elif name.startswith("weight"):
            made[name] = torch.randn(shape, generator=random) * (1.5 / shape[-2]) ** 0.5
        else:
            made[name] = torch.randn(shape, generator=random) * (1.0 if name == "x" else 0.1)
    return {name: values if values.dtype == torch.bool else values.float() for name, values in made.items()}


def autograd(step: models.Step, inputs: Tensors) -> Tensors:
    """The gradients of torch.autograd, and the weights after its step; from the forward pass alone."""
    parameters = {name: inputs[name].requires_grad_() for name in step.parameters_}
    found = step.loss(inputs)
    loss = found.pop("loss")
    states = [(name, state) for name, values in found.items() for state in values]
    last_cell = {name: [torch.zeros_like(values[-1])] for name, values in found.items()}
    slopes = torch.autograd.grad(
        loss, [*parameters.values(), *(state for _, state in states)], allow_unused=True, retain_graph=True
    )
    gradients = dict(zip(parameters, slopes, strict=False))
    made: Tensors = {f"gradient_{name}": values for name, values in gradients.items() if values is not None}
    for name in found:
        rows = [slope for (owner, _), slope in zip(states, slopes[len(parameters) :], strict=True) if owner == name]
        made[name] = torch.stack([last_cell[name][0] if slope is None else slope for slope in rows])
    if inputs["regularise"]:
        weights = [values for name, values in parameters.items() if name.startswith("weight")]
        penalty = sum(
            inputs["l2"] / 2 * values.square().sum() + inputs["l1"] * values.abs().sum() for values in weights
        )
        slopes = torch.autograd.grad(loss + penalty, list(parameters.values()))
        clipped = [values.clamp(-inputs["clip_value"], inputs["clip_value"]) for values in slopes]
        length = torch.cat([values.flatten() for values in clipped]).norm()
        clipped = [values * min(1.0, float(inputs["clip_norm"] / length)) for values in clipped]
        gradients = dict(zip(parameters, clipped, strict=True))
    for name, values in parameters.items():
        made[f"next_{name}"] = values - inputs["learning_rate"] * gradients[name]
    return made | {"loss": loss}


def step_graphs(name: str, step: models.Step, shapes: dict[str, tuple[str | int, ...]]) -> list[Graph]:
    """The same step in both precisions; float64 is the lab's own, float32 what is used in practice."""
    both: tuple[tuple[Floats, str], ...] = (("float64", name), ("float32", f"{name}.float32"))
    source = partial(sample, step, shapes)
    return [
        array_graph(
            full,
            step,
            inputs=tuple(spec(tensor, shapes, floats) for tensor in step.inputs),
            outputs=tuple(spec(tensor, shapes, floats) for tensor in step.outputs),
            sample=source,
            shapes=SIZES,
            reference=partial(autograd, step),
            method="torch.onnx.export (dynamo); layers and times as Scan",
            tolerance=TOLERANCE[floats],
        )
        for floats, full in both
    ]


def deep_graphs() -> list[Graph]:
    graphs = []
    for activation, facts in models.ACTIVATIONS.items():
        for normalised in (False, True):
            for residual in (False, True):
                step = models.DeepNetwork(activation, normalised, residual)
                name = "-".join([activation, *["norm"] * normalised, *["residual"] * residual])
                shapes = DEEP | (MAXOUT if facts.pieces > 1 else {}) | {"slope": SLOPES[facts.slope]}
                graphs += step_graphs(name, step, shapes)
    return graphs


def chain_sample(sizes: Sizes) -> Tensors:
    random = torch.Generator().manual_seed(sizes["seed"])
    depth = sizes["depth"]
    return {
        "chain_x": torch.tensor(0.7),
        "chain_target": torch.tensor(0.2),
        "chain_weight": torch.randn(depth, generator=random).abs() * 2,
        "chain_bias": torch.randn(depth, generator=random).abs() * 0.2,
    }


def chain_reference(chain: models.Chain, inputs: Tensors) -> Tensors:
    bias = inputs["chain_bias"].requires_grad_()
    y = inputs["chain_x"]
    for number in range(len(bias)):
        y = chain.activation.value(inputs["chain_weight"][number] * y + bias[number], bias)
    (gradient,) = torch.autograd.grad(0.5 * (y - inputs["chain_target"]) ** 2, bias)
    return {"chain_gradient": gradient}


CHAIN_MEANINGS = {
    "chain_x": "what goes in",
    "chain_target": "what y_n should be",
    "chain_weight": "w of each unit",
    "chain_bias": "b of each unit",
    "chain_cost": "half the square of y_n − target",
    "chain_values": "y of each unit",
    "chain_slopes": "g′(z) of each unit",
    "chain_factors": "g′(z) w of each unit",
    "chain_gradient": "∂cost/∂b of each unit",
}


def chain_graph(activation: str) -> Graph:
    def described(name: str) -> TensorSpec:
        shape = () if name in ("chain_x", "chain_target", "chain_cost") else ("depth",)
        return TensorSpec(name=name, dtype="float64", shape=shape, meaning=CHAIN_MEANINGS[name])

    chain = models.Chain(activation)
    return array_graph(
        f"chain-{activation}",
        chain,
        inputs=tuple(map(described, chain.inputs)),
        outputs=tuple(map(described, chain.outputs)),
        sample=chain_sample,
        shapes=tuple({"depth": depth, "seed": seed} for seed, depth in enumerate((3, 2, 30))),
        reference=partial(chain_reference, chain),
        tolerance=TOLERANCE["float64"],
    )


def statistics_sample(sizes: Sizes) -> Tensors:
    rows, number = sizes["rows"], sizes["seed"]
    random = torch.Generator().manual_seed(number)
    scale = 10.0 ** -torch.linspace(0, 150, rows).double().unsqueeze(1)  # as gradients vanish
    made = {
        name: torch.randn(rows, size + number, generator=random).double()
        for name, size in zip(models.Statistics.inputs, (4, 5, 5, 6, 7), strict=True)
    }
    made["gradient"] *= scale
    made["layer_deltas"] *= scale
    made["next_layer_weight"] = made["layer_weight"] * 1.001
    return made


def statistics_graph() -> Graph:
    axes = dict(
        zip(
            models.Statistics.inputs,
            (
                ("depth", "gradients"),
                ("groups", "weights"),
                ("groups", "weights"),
                ("depth", "states"),
                ("depth", "values"),
            ),
            strict=True,
        )
    )
    return array_graph(
        "statistics",
        models.Statistics(),
        inputs=tuple(
            TensorSpec(name=name, dtype="float64", shape=axes[name], meaning="one row a layer")
            for name in models.Statistics.inputs
        ),
        outputs=tuple(
            TensorSpec(
                name=name,
                dtype="float64",
                shape=("groups",) if name == "update_ratio" else ("depth",),
                meaning="one figure a layer",
            )
            for name in models.Statistics.outputs
        ),
        sample=statistics_sample,
        shapes=tuple({"rows": rows, "seed": seed} for seed, rows in enumerate((3, 1, 12))),
        tolerance=TOLERANCE["float64"],
    )


def digits() -> dict[str, np.ndarray]:
    """The 8 × 8 digits of scikit-learn, as small as they are: 1,797 pictures in 17 grey levels."""
    found = load_digits()
    return {"digits": found.data.astype(np.uint8), "digit_classes": found.target.astype(np.uint8)}


PAPER = Paper(
    authors="Pascanu, Mikolov and Bengio",
    year=2013,
    title="On the difficulty of training recurrent neural networks",
    url="https://arxiv.org/abs/1211.5063",
)

GRAPHS: tuple[Graph, ...] = (
    *deep_graphs(),
    *step_graphs("rnn", models.Recurrent(), RECURRENT),
    *step_graphs("lstm", models.LSTM(), RECURRENT | LSTM),
    *(chain_graph(activation) for activation in ("sigmoid", "tanh", "relu")),
    statistics_graph(),
)

RECIPES = (
    Recipe(
        name="gradient-lab",
        task="gradients",
        title=Text(en="Gradient lab", zh="梯度实验室"),
        summary=Text(
            en="Whole training steps as graphs: forward, the backward pass written out, and the update. Any depth, "
            "width and length of sequence; seven activations, batch normalisation, residual connections, clipping, "
            "penalties, RNN "
            "and LSTM. Every gradient was held against torch.autograd in float64.",
            zh="把完整的训练步导出为计算图：前向、逐式写出的反向传播与更新。深度、宽度、序列长度任意；七种激活函数、批归一化、"
            "残差连接、梯度剪切、正则化、RNN 与 LSTM。每个梯度都在 float64 下与 torch.autograd 核对过。",
        ),
        paper=PAPER,
        departures=models.DEPARTURES,
        languages=("en", "zh"),
        licenses=(
            License(name="the graphs", role="weights", source="made here", license="Apache-2.0"),
            sources.DIGITS,
        ),
        graphs=lambda _: GRAPHS,
        default="sigmoid",
        files=data_file(digits),
        config=lambda _: {
            "model_type": "gradient-lab",
            "activations": list(models.ACTIVATIONS),
            "batch_norm_eps": models.EPSILON,
        },
    ),
)
