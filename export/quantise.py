"""Graph -> quantised graph: passes, logits only. A variant of a recipe has the pass that makes it.

A form with one activation scale per tensor that is taken at run time is not here: with it an answer depends on the
other texts of the batch. Scales are calibrated, or taken per row.
"""

from __future__ import annotations

import functools
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnx_ir as ir
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from export import fuse, fuse_decoder
from export.graph import quiet

BLOCK = 64  # values of a row that share a scale

Feeds = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Source:
    """What a pass starts from."""

    module: torch.nn.Module  # in eval mode
    graph: onnx.ModelProto  # exported, fused, weights in float32, the logits its only outputs
    calibration: Sequence[Feeds]  # one text each, unpadded: int64 (1, tokens) for every input


Pass = Callable[[Source], onnx.ModelProto]


class _Reader(CalibrationDataReader):
    def __init__(self, feeds: Sequence[Feeds]) -> None:
        self.feeds: Iterator[Feeds] = iter(feeds)

    def get_next(self) -> Feeds | None:
        return next(self.feeds, None)


def unchanged(source: Source) -> onnx.ModelProto:
    """The graph as it is"""
    return source.graph


def stored(source: Source) -> onnx.ModelProto:
    """The graph as it is, its weights stored in fewer bits where that is exact"""
    return fuse.run(source.graph, fuse.STORAGE)


def qdq_conv(source: Source, *, reduce_range: bool = True) -> onnx.ModelProto:
    """uint8 activations with calibrated scales, int8 weights per channel, from the embedding to the max-pooling.

    The last layer stays in float32: it costs nothing and holds most of the error.

    Args:
        reduce_range: weights in 7 bits, so that processors without VNNI, which add pairs of products in 16 bits,
            do not saturate and give the same answers.
    """
    graph = onnx.ModelProto()
    graph.CopyFrom(source.graph)  # quantize_static moves the weights of what it is given into a temporary file
    with quiet(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quantised.onnx"
        quantize_static(
            graph,
            path,
            _Reader(source.calibration),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=reduce_range,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Gather", "Transpose", "Conv", "Relu", "ReduceMax"],
        )
        return onnx.load(path)


def int8_weights(source: Source) -> onnx.ModelProto:
    """Embedding tables in int8, a scale per row, other large weights a scale per block of a row; computed in float32.

    For recurrent models: onnxruntime's int8 LSTM takes one activation scale for a whole batch. And for models whose
    weights differ much in size, as those of a head that was laid out by hand do: blocks keep the small ones.
    """
    return fuse.run(source.graph, (int8_tables, _int8_matrices))


def int8_blocks(source: Source) -> onnx.ModelProto:
    """Of a decoder: weights in 8 bits, a scale for each block of them; see fuse_decoder."""
    return fuse.run(source.graph, [fuse_decoder.int8_blocks])


def int4_blocks(source: Source) -> onnx.ModelProto:
    """Of a decoder: weights in 4 bits, a scale and a least value for each block of them; see fuse_decoder."""
    return fuse.run(source.graph, [fuse_decoder.int4_blocks])


def int8_tables(model: ir.Model) -> None:
    """Embedding tables in 8 bits, a scale per row."""
    for node, table in fuse.gathers_of_tables(model.graph):
        fuse.replace_by_int8(model.graph, node, *fuse.rows_as_int8(fuse.table_values(table)))


def _int8_matrices(model: ir.Model) -> None:
    """Weight -> Reshape(Cast(int8) * scale), which onnxruntime folds once when it opens the file."""
    for value in fuse.large_weights(model.graph):
        values = fuse.table_values(value)  # (..., columns)
        block = math.gcd(values.shape[-1], BLOCK)
        codes, scale = fuse.rows_as_int8(values.reshape(-1, block))
        stored, by, shape = (
            fuse.weight(model.graph, f"{value.name}.{kind}", part)
            for kind, part in (("int8", codes), ("scale", scale), ("shape", np.array(values.shape, np.int64)))
        )
        cast = ir.node("Cast", [stored], {"to": ir.DataType.FLOAT})
        scaled = ir.node("Mul", [cast.outputs[0], by])
        fuse.restore_weight(model.graph, value, [cast, scaled, ir.node("Reshape", [scaled.outputs[0], shape])])


def run(make: Pass, source: Source) -> onnx.ModelProto:
    """Apply a pass, and take out what tells of the machine that it ran on."""
    model = ir.from_proto(make(source))
    ir.passes.common.ClearMetadataAndDocStringPass()(model)
    model.metadata_props.clear()
    proto = ir.to_proto(model)
    onnx.checker.check_model(proto)
    return proto


def method(make: Pass) -> str:
    """What the pass does, in one sentence: the first line of its docstring."""
    function = make.func if isinstance(make, functools.partial) else make
    return (function.__doc__ or function.__name__).strip().splitlines()[0].rstrip(".")
