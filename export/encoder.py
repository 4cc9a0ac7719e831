"""BERT-like encoder -> int8 graph, built from the weights of any module that holds a transformers BertModel.

Weights int8 per output column, the word table int8 per row. Activations uint8: one calibrated scale where the spread
of the channels can be moved into the weights (SmoothQuant, Xiao et al. 2022, arXiv 2211.10438, eq. 4), else one scale
per token. No scale is taken over a batch, so a text's answer does not depend on its neighbours. Residual sums, layer
norms, softmax and the head stay in float32; GELU is its tanh form. A graph exporter decomposes attention into parts
that no int8 kernel fits, hence a builder: on a MiniLM it is two to three times as fast as the 8-bit pass for any
graph, which is nearer to float32 and no faster than it (``python -m bench builder``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from transformers import BertModel

from export.fuse import rows_as_int8
from export.graph import OPSET, ExportError
from export.quantise import Source
from hub.session import DISABLED_OPTIMIZERS

Feeds = Mapping[str, np.ndarray]

MICROSOFT = "com.microsoft"
# Exponent a of eq. 4: how much of the spread of the activations goes into the weights, by kind of layer; each is the
# best of a search on 600 sentences with everything else in float32.
SMOOTHING = {"qkv": 0.95, "o": 0.75, "f1": 0.75, "f2": 0.8}
GELU_MINIMUM = 0.1701  # GELU is nowhere below minus this
MIN_MEAN_COSINE = 0.998  # of the pooled vector to PyTorch's, over the texts held out of the calibration
MIN_COSINE = 0.99
HOLD_OUT = 5  # one calibration text in so many is held out


@dataclass(frozen=True)
class Range:
    """Smallest and largest input of a linear layer over the calibration texts, per channel: float32 (channels)."""

    low: np.ndarray
    high: np.ndarray

    @property
    def largest(self) -> np.ndarray:
        """max |x| per channel."""
        return np.maximum(np.abs(self.low), np.abs(self.high))


def encoder_int8(
    source: Source, *, head: Sequence[str] = ("mean", "classifier"), row_wise: Sequence[int] = ()
) -> onnx.ModelProto:
    """BERT-like encoder: int8 weights and embeddings, static or per-row activation scales (export/encoder.py).

    The quantised graph of the module in ``source``: its inputs; its output and, as a second one, the tokens' states.

    Args:
        head: what follows the encoder, in order: first the pooling, "mean" or "cls"; then "tanh", "normalise" (to
            length 1), or the name of a torch.nn.Linear of the module.
        row_wise: candidates for the number of first layers whose second feed-forward product has one scale per token
            (more: closer to float32, slower). The first that keeps the pooled vector close to PyTorch's is taken.
            Default: half of the layers, then all.

    Raises:
        ExportError: the module holds no BertModel of a known form, or no candidate is close enough.
    """
    encoder = find_encoder(source.module)
    fitted = [feeds for index, feeds in enumerate(source.calibration) if index % HOLD_OUT]
    held_out = list(source.calibration[::HOLD_OUT])
    if not fitted:
        raise ExportError(f"{len(source.calibration)} calibration texts; at least 2 are needed, 500 are a good number")
    ranges = calibrate(encoder, fitted)
    layers = encoder.config.num_hidden_layers
    output, *tokens = (value.name for value in source.graph.graph.output)
    tried = []
    for count in dict.fromkeys(row_wise or ((layers + 1) // 2, layers)):
        pooled = build(encoder, source.module, ranges, head[:1], outputs=["pooled"], row_wise=count)
        cosines = cosines_to_torch(pooled, encoder, head[0], held_out)
        if cosines.mean() >= MIN_MEAN_COSINE and cosines.min() >= MIN_COSINE:
            return build(encoder, source.module, ranges, head, outputs=[output, *tokens], row_wise=count)
        tried.append(f"{count} of {layers} layers: mean {cosines.mean():.4f}, lowest {cosines.min():.4f}")
    raise ExportError(
        f"int8 is too far from PyTorch over {len(held_out)} held-out texts; cosines of the pooled vector with "
        f"per-token scales in {'; '.join(tried)}; needed: mean {MIN_MEAN_COSINE}, lowest {MIN_COSINE}. Calibrate on "
        "more texts, or on texts of the kind that is served"
    )


def find_encoder(module: torch.nn.Module) -> BertModel:
    """The BertModel inside a module. Raises ExportError where there is none, or one of a form not built here."""
    found = next((part for part in module.modules() if isinstance(part, BertModel)), None)
    if found is None:
        raise ExportError(f"{type(module).__name__} holds no transformers BertModel")
    config = found.config
    if config.hidden_act not in ACTIVATIONS:
        raise ExportError(f"hidden_act is {config.hidden_act!r}; known: {', '.join(ACTIVATIONS)}")
    if getattr(config, "position_embedding_type", "absolute") not in ("absolute", None):
        raise ExportError(f"position_embedding_type is {config.position_embedding_type!r}; known: 'absolute'")
    if config.is_decoder:
        raise ExportError("the model is a decoder; this builds encoders, in which each token sees all others")
    return found


@torch.no_grad()
def calibrate(encoder: BertModel, texts: Sequence[Feeds]) -> dict[str, Range]:
    """Ranges of the inputs of the linear layers, as "0.qkv", "0.o", "0.f1", "0.f2", "1.qkv", …

    Args:
        texts: one text each, unpadded (padding must not widen a range): input name -> int64 (1, tokens).
    """
    ranges: dict[str, Range] = {}

    def watch(name: str):  # type: ignore[no-untyped-def]  # a hook
        def hook(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            values = inputs[0].reshape(-1, inputs[0].shape[-1])  # (tokens, channels)
            low, high = values.amin(0).numpy(), values.amax(0).numpy()
            seen = ranges.get(name)
            ranges[name] = Range(np.minimum(seen.low, low), np.maximum(seen.high, high)) if seen else Range(low, high)

        return hook

    handles = []
    layers: Any = encoder.encoder.layer
    for index, layer in enumerate(layers):
        places = {
            "qkv": layer.attention.self.query,
            "o": layer.attention.output.dense,
            "f1": layer.intermediate.dense,
            "f2": layer.output.dense,
        }
        handles += [place.register_forward_pre_hook(watch(f"{index}.{name}")) for name, place in places.items()]
    try:
        for feeds in texts:
            _hidden(encoder, feeds)
    finally:
        for handle in handles:
            handle.remove()
    return ranges


def _hidden(encoder: BertModel, feeds: Feeds) -> torch.Tensor:
    """float32 (batch, tokens, hidden)."""
    ids = torch.from_numpy(np.array(feeds["input_ids"]))
    mask = torch.from_numpy(np.array(feeds["attention_mask"])) if "attention_mask" in feeds else torch.ones_like(ids)
    return encoder(input_ids=ids, attention_mask=mask).last_hidden_state


@torch.no_grad()
def cosines_to_torch(pooled: onnx.ModelProto, encoder: BertModel, pooling: str, texts: Sequence[Feeds]) -> np.ndarray:
    """Cosine of the pooled vector of a graph to PyTorch's, one for each text (unpadded)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        pooled.SerializeToString(), options, providers=["CPUExecutionProvider"], disabled_optimizers=DISABLED_OPTIMIZERS
    )
    cosines = []
    for feeds in texts:
        hidden = _hidden(encoder, feeds)[0].numpy()  # (tokens, hidden)
        theirs = hidden.mean(0) if pooling == "mean" else hidden[0]
        ids = np.asarray(feeds["input_ids"])
        (ours,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        cosines.append(float(ours[0] @ theirs / (np.linalg.norm(ours[0]) * np.linalg.norm(theirs))))
    return np.array(cosines)


@dataclass(frozen=True)
class Activation:
    operator: str
    domain: str
    minimum: float  # the function is nowhere below minus this


ACTIVATIONS = {
    "gelu": Activation("FastGelu", MICROSOFT, GELU_MINIMUM),
    "gelu_new": Activation("FastGelu", MICROSOFT, GELU_MINIMUM),
    "gelu_pytorch_tanh": Activation("FastGelu", MICROSOFT, GELU_MINIMUM),
    "relu": Activation("Relu", "", 0.0),
}


class _Graph:
    """Nodes and weights, under construction. Values are known by their names."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}

    def weight(self, name: str, values: np.ndarray) -> str:
        self.weights[name] = np.array(values, order="C")  # ascontiguousarray would give a scalar an axis
        return name

    def floats(self, name: str, values: object) -> str:
        return self.weight(name, np.asarray(values, np.float32))

    def node(self, operator: str, name: str, inputs: Sequence[str], domain: str = "", **attributes: Any) -> str:
        """Add a node with one output, of the node's name."""
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name, domain=domain, **attributes))
        return name


def smooth(largest: np.ndarray, weight: np.ndarray, exponent: float) -> np.ndarray:
    """s_j = max|X_j|^a / max|W_j|^(1 - a) (eq. 4), divided by its geometric mean: x / s times s W is x W.

    Args:
        largest: max |x| per channel, (inputs).
        weight: (inputs, outputs).
    """
    activation = np.maximum(largest, 1e-5)
    scale = activation**exponent / np.maximum(np.abs(weight).max(axis=1), 1e-5) ** (1 - exponent)
    return (scale / np.exp(np.log(scale).mean())).astype(np.float32)


def columns_as_int8(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float32 (inputs, outputs) -> int8 codes (inputs, outputs) in [-127, 127] and float32 scales (outputs)."""
    codes, scale = rows_as_int8(weight.T)
    return codes.T, np.maximum(scale[:, 0], np.finfo(np.float32).tiny)


def _matrix(linear: torch.nn.Linear) -> tuple[np.ndarray, np.ndarray]:
    """weight (inputs, outputs), bias (outputs)."""
    return linear.weight.detach().numpy().T, linear.bias.detach().numpy()


def build(
    encoder: BertModel,
    module: torch.nn.Module,
    ranges: Mapping[str, Range],
    head: Sequence[str],
    *,
    outputs: Sequence[str],
    row_wise: int,
) -> onnx.ModelProto:
    """The int8 graph: input_ids, attention_mask int64 (batch, tokens) -> float32 (batch, width).

    Args:
        outputs: the name of what the head gives and, if there is a second one, of the last states of the tokens,
            float32 (batch, tokens, hidden).
        module: where the linear layers of the head are.
        row_wise: the number of first layers whose second feed-forward product has one scale per token.
    """
    g = _Graph()
    g.node("Cast", "mask_int32", ["attention_mask"], to=TensorProto.INT32)
    hidden = _embeddings(g, encoder)  # (B, T, H)
    for index in range(encoder.config.num_hidden_layers):
        hidden = _layer(g, encoder, index, hidden, ranges, row_wise=index < row_wise)
    width = _head(g, module, head, hidden, encoder.config.hidden_size)
    names = dict(zip((g.nodes[-1].output[0], hidden), outputs, strict=False))
    for node in g.nodes:
        for side in (node.input, node.output):
            side[:] = [names.get(value, value) for value in side]
    axes = ["batch", "tokens"]
    shapes: list[list[str | int]] = [["batch", width], [*axes, encoder.config.hidden_size]]
    graph = helper.make_graph(
        g.nodes,
        "encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, axes) for name in ("input_ids", "attention_mask")],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in zip(outputs, shapes, strict=False)
        ],
        [numpy_helper.from_array(values, name) for name, values in g.weights.items()],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def _norm(g: _Graph, name: str, value: str, norm: torch.nn.LayerNorm) -> str:
    gamma = g.floats(f"{name}.gamma", norm.weight.detach().numpy())
    beta = g.floats(f"{name}.beta", norm.bias.detach().numpy())
    return g.node("LayerNormalization", name, [value, gamma, beta], axis=-1, epsilon=norm.eps)


def _embeddings(g: _Graph, encoder: BertModel) -> str:
    """Word rows in int8, plus position, plus token type 0; layer norm."""
    part: Any = encoder.embeddings
    codes, scales = rows_as_int8(part.word_embeddings.weight.detach().numpy())
    g.node("Gather", "words.codes", [g.weight("words.table", codes), "input_ids"])
    g.node("Cast", "words.float", ["words.codes"], to=TensorProto.FLOAT)
    g.node("Gather", "words.scales", [g.floats("words.scale", scales), "input_ids"])
    g.node("Mul", "words", ["words.float", "words.scales"])
    types = part.token_type_embeddings.weight.detach().numpy()
    table = g.floats("positions.table", part.position_embeddings.weight.detach().numpy() + types[0])
    g.node("Shape", "tokens", ["input_ids"], start=1, end=2)
    zero, one = g.weight("zero", np.array([0], np.int64)), g.weight("one", np.array([1], np.int64))
    g.node("Slice", "positions", [table, zero, "tokens", zero, one])  # (T, H)
    g.node("Add", "embeddings.sum", ["words", "positions"])
    return _norm(g, "embeddings", "embeddings.sum", part.LayerNorm)


def _static(g: _Graph, name: str, value: str, weight: np.ndarray, bias: np.ndarray, low: float, high: float) -> str:
    """value · weight + bias with one calibrated scale; low and high are what the value spans."""
    _quantised(g, name, value, low, high)
    return g.node("MatMulIntegerToFloat", name, _product(g, name, weight, bias), MICROSOFT)


def _quantised(g: _Graph, name: str, value: str, low: float, high: float) -> None:
    """value as uint8: name.q, name.scale, name.zero."""
    low, high = min(low, 0.0), max(high, 1e-5)
    if -low > high / 2:  # about as far to both sides: the middle of the codes is zero
        scale, zero = max(-low, high) / 127, 128
    else:
        scale = (high - low) / 255
        zero = round(-low / scale)
    g.floats(f"{name}.scale", scale)
    g.weight(f"{name}.zero", np.array(zero, np.uint8))
    g.node("QuantizeLinear", f"{name}.q", [value, f"{name}.scale", f"{name}.zero"])


def _product(g: _Graph, name: str, weight: np.ndarray, bias: np.ndarray | None) -> list[str]:
    """The inputs of MatMulIntegerToFloat for name.q; the weight is stored as int8 per column."""
    codes, scales = columns_as_int8(weight)
    made = [
        f"{name}.q",
        g.weight(f"{name}.codes", codes),
        f"{name}.scale",
        g.floats(f"{name}.scales", scales),
        f"{name}.zero",
        g.weight(f"{name}.zeros", np.zeros(len(scales), np.int8)),
    ]
    return made if bias is None else [*made, g.floats(f"{name}.bias", bias)]


def _row_wise(g: _Graph, name: str, value: str, weight: np.ndarray, bias: np.ndarray, minimum: float) -> str:
    """value · weight + bias with one scale per token, for a value that is nowhere below -minimum.

    The zero point is fixed, 16 for GELU: of the 255 steps only what the negative side can need is spent on it.
    """
    zero = 16 if minimum else 0
    g.node("ReduceMax", f"{name}.max", [value, g.weight("last", np.array([-1], np.int64))], keepdims=1)
    g.node("Mul", f"{name}.step", [f"{name}.max", g.floats(f"step.{zero}", 1 / (255 - zero))])
    floor = g.floats(f"floor.{zero}", minimum / zero if zero else 1e-8)
    g.node("Max", f"{name}.row_scale", [f"{name}.step", floor])  # (B, T, 1)
    g.node("Div", f"{name}.scaled", [value, f"{name}.row_scale"])
    g.floats(f"{name}.scale", 1.0)
    g.weight(f"{name}.zero", np.array(zero, np.uint8))
    g.node("QuantizeLinear", f"{name}.q", [f"{name}.scaled", f"{name}.scale", f"{name}.zero"])
    g.node("MatMulIntegerToFloat", f"{name}.product", _product(g, name, weight, None), MICROSOFT)
    g.node("Mul", f"{name}.restored", [f"{name}.product", f"{name}.row_scale"])
    return g.node("Add", name, [f"{name}.restored", g.floats(f"{name}.bias", bias)])


def _divided(g: _Graph, name: str, value: str, scale: np.ndarray) -> str:
    return g.node("Mul", f"{name}.smoothed", [value, g.floats(f"{name}.smoothing", 1 / scale)])


def _layer(
    g: _Graph, encoder: BertModel, index: int, hidden: str, ranges: Mapping[str, Range], *, row_wise: bool
) -> str:
    """One Transformer layer, (B, T, H) -> (B, T, H)."""
    layer: Any = encoder.encoder.layer[index]  # a BertLayer; transformers gives its parts no types
    attention = layer.attention.self

    # Attention. The smoothing of what enters the output projection is folded into the columns that make the values:
    # a weighted mean over tokens does not mix channels.
    name = f"{index}.qkv"
    parts = [_matrix(part) for part in (attention.query, attention.key, attention.value)]
    o_weight, o_bias = _matrix(layer.attention.output.dense)
    o_scale = smooth(ranges[f"{index}.o"].largest, o_weight, SMOOTHING["o"])
    parts[2] = (parts[2][0] / o_scale, parts[2][1] / o_scale)
    weight = np.concatenate([part[0] for part in parts], axis=1)  # (H, 3H)
    scale = smooth(ranges[name].largest, weight, SMOOTHING["qkv"])
    spread = float((ranges[name].largest / scale).max())
    _quantised(g, name, _divided(g, name, hidden, scale), -spread, spread)
    codes, scales = columns_as_int8(weight * scale[:, None])
    inputs = [
        f"{name}.q",
        g.weight(f"{name}.codes", codes),
        g.floats(f"{name}.bias", np.concatenate([part[1] for part in parts])),
        f"{name}.scale",
        g.floats(f"{name}.scales", scales),
        "mask_int32",
        f"{name}.zero",
        g.weight(f"{name}.zeros", np.zeros(len(scales), np.int8)),
    ]
    context = g.node(
        "QAttention", f"{index}.context", inputs, MICROSOFT, num_heads=encoder.config.num_attention_heads
    )  # (B, T, H)
    spread = float((ranges[f"{index}.o"].largest / o_scale).max())
    projected = _static(g, f"{index}.o", context, o_weight * o_scale[:, None], o_bias, -spread, spread)
    g.node("Add", f"{index}.attended", [projected, hidden])
    attended = _norm(g, f"{index}.norm1", f"{index}.attended", layer.attention.output.LayerNorm)

    # Feed-forward.
    name = f"{index}.f1"
    weight, bias = _matrix(layer.intermediate.dense)
    scale = smooth(ranges[name].largest, weight, SMOOTHING["f1"])
    spread = float((ranges[name].largest / scale).max())
    wide = _static(g, name, _divided(g, name, attended, scale), weight * scale[:, None], bias, -spread, spread)
    activation = ACTIVATIONS[encoder.config.hidden_act]
    wide = g.node(activation.operator, f"{index}.activation", [wide], activation.domain)  # (B, T, intermediate)

    name = f"{index}.f2"
    weight, bias = _matrix(layer.output.dense)
    if row_wise:
        narrow = _row_wise(g, name, wide, weight, bias, activation.minimum)
    else:
        scale = smooth(ranges[name].largest, weight, SMOOTHING["f2"])
        low, high = float((ranges[name].low / scale).min()), float((ranges[name].high / scale).max())
        narrow = _static(g, name, _divided(g, name, wide, scale), weight * scale[:, None], bias, low, high)
    g.node("Add", f"{index}.sum", [narrow, attended])
    return _norm(g, f"{index}.norm2", f"{index}.sum", layer.output.LayerNorm)


def _head(g: _Graph, module: torch.nn.Module, head: Sequence[str], hidden: str, width: int) -> int:
    """Pooling and what follows it, in float32. Returns the width of the result."""
    axis = g.weight("axis", np.array([1], np.int64))
    if not head or head[0] not in ("mean", "cls"):
        raise ExportError(f"the head {list(head)} starts with no pooling; known: 'mean', 'cls'")
    if head[0] == "mean":
        g.node("Cast", "mask", ["attention_mask"], to=TensorProto.FLOAT)
        g.node("Unsqueeze", "mask_row", ["mask", axis])  # (B, 1, T)
        g.node("MatMul", "total_row", ["mask_row", hidden])  # (B, 1, H)
        g.node("Squeeze", "total", ["total_row", axis])
        g.node("ReduceSum", "count", ["mask", axis], keepdims=1)
        g.node("Max", "count_above_zero", ["count", g.floats("least", 1.0)])
        value = g.node("Div", "mean", ["total", "count_above_zero"])
    else:
        value = g.node("Gather", "cls", [hidden, g.weight("first", np.array(0, np.int64))], axis=1)
    parts = dict(module.named_modules())
    for index, step in enumerate(head[1:]):
        name = f"head.{index}"
        if step == "tanh":
            value = g.node("Tanh", name, [value])
        elif step == "normalise":
            value = g.node("LpNormalization", name, [value], axis=-1, p=2)
        elif isinstance(parts.get(step), torch.nn.Linear):
            weight, bias = _matrix(parts[step])
            inputs = [value, g.floats(f"{name}.weight", weight), g.floats(f"{name}.bias", bias)]
            value = g.node("Gemm", name, inputs)
            width = weight.shape[1]
        else:
            raise ExportError(f"the head names {step!r}; known: 'tanh', 'normalise', a torch.nn.Linear of the module")
    return width
