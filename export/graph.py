"""PyTorch module -> ONNX graph, by torch.onnx.export (dynamo), with a dynamic batch and a dynamic length.

A module that needs a context while it is exported (an operator emitted as one ONNX node, say) has a method
``export_context()`` that returns the context manager; the patch then stands beside the reason for it.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

import onnx
import onnx_ir as ir
import torch
from onnx.external_data_helper import set_external_data
from onnx_ir.passes import common

from export.publish import MAX_FILE_BYTES
from hub.card import TensorSpec

OPSET = 20
UNREAD = -(2**62) + 1  # stands for a stride, which ONNX has not

LEAST_BESIDE = 1_024  # bytes of a weight that goes into a file beside its graph
ALIGNMENT = 64  # bytes, of weights in such a file


class ExportError(RuntimeError):
    """The graph is not what the recipe declares."""


def _unread_stride(_: object, __: int) -> object:
    """torch.cond compares the strides of its operands and reads no result: the graph drops it, as `export` checks."""
    from onnxscript import opset20

    return opset20.Constant(value_int=UNREAD)


class _Named(torch.nn.Module):
    """The dict of named outputs as a tuple in the declared order: what a graph has."""

    def __init__(self, module: torch.nn.Module, names: Sequence[str]) -> None:
        super().__init__()
        self.module = module
        self.names = tuple(names)

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        outputs = self.module(*inputs)
        missing = [name for name in self.names if name not in outputs]
        if missing:
            raise ExportError(
                f"{type(self.module).__name__} returns {sorted(outputs)}, the recipe also declares {missing}"
            )
        return tuple(outputs[name] for name in self.names)


def export(
    module: torch.nn.Module,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    sample: dict[str, torch.Tensor],
    opset: int = OPSET,
) -> onnx.ModelProto:
    """Export a module with every input and output under its declared name.

    Args:
        module: in eval mode; forward takes the inputs in their order and returns a dict name -> tensor.
        inputs, outputs: what the graph shall have. A str in a shape is a dynamic axis of that name.
        sample: one tensor per input, of any batch and length above 1.

    Returns:
        The graph, checked by onnx: float32, without traces of the machine that made it.

    Raises:
        ExportError: a declared dynamic axis came out as a number, or an input or output is missing.
    """
    dynamic = tuple({axis: dim for axis, dim in enumerate(spec.shape) if isinstance(dim, str)} for spec in inputs)
    context: AbstractContextManager[object] = getattr(module, "export_context", nullcontext)()
    with torch.no_grad(), context, quiet():
        program = torch.onnx.export(
            _Named(module, [spec.name for spec in outputs]).eval(),
            tuple(sample[spec.name] for spec in inputs),
            input_names=[spec.name for spec in inputs],
            output_names=[spec.name for spec in outputs],
            dynamic_shapes={"inputs": dynamic},
            opset_version=opset,
            custom_translation_table={torch.ops.aten.sym_stride.int: _unread_stride},
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise ExportError(f"torch.onnx.export gave no program for {type(module).__name__}")
    model = program.model
    common.RemoveUnusedNodesPass()(model)
    if any(
        value.const_value is not None and value.const_value.size == 1 and value.const_value.numpy() == UNREAD
        for value in model.graph.initializers.values()
    ) or any(
        node.op_type == "Constant" and node.attributes.get_int("value_int", 0) == UNREAD
        for node in model.graph.all_nodes()
    ):
        raise ExportError(f"the graph of {type(module).__name__} reads a stride of a tensor")
    _make_room(model.graph)
    common.ClearMetadataAndDocStringPass()(model)  # source lines and paths of this machine
    model.metadata_props.clear()
    proto = ir.to_proto(model)
    declare(proto, inputs, outputs)
    onnx.checker.check_model(proto)
    return proto


def _make_room(graph: ir.Graph) -> None:
    """Rename values inside that have the name of an output: the exporter names them by operator ("embedding")."""
    outputs = {value.name: value for value in graph.outputs}
    for node in graph.all_nodes():
        for value in node.outputs:
            if value.name in outputs and value is not outputs[value.name]:
                value.name = f"{value.name}.inside"


def declare(proto: onnx.ModelProto, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
    """Hold the inputs against their declaration; write the declared names of the axes into the outputs.

    The exporter can bake the sample's sizes in without a word (seen with LSTM): then an input's axis is a number here.
    """
    for values, specs, kind in ((proto.graph.input, inputs, "input"), (proto.graph.output, outputs, "output")):
        if [value.name for value in values] != [spec.name for spec in specs]:
            raise ExportError(
                f"the graph's {kind}s are {[value.name for value in values]}, declared are {[s.name for s in specs]}"
            )
        for value, spec in zip(values, specs, strict=True):
            dims = value.type.tensor_type.shape.dim
            dtype = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type).name
            if dtype != spec.dtype or len(dims) != len(spec.shape):
                raise ExportError(
                    f"{kind} {spec.name!r} is {dtype} with {len(dims)} axes, declared is {spec.dtype} {spec.shape}"
                )
            for dim, declared in zip(dims, spec.shape, strict=True):
                baked = dim.WhichOneof("value") == "dim_value"
                if isinstance(declared, str) and baked:
                    raise ExportError(
                        f"axis {declared!r} of {kind} {spec.name!r} came out as the fixed size {dim.dim_value}; "
                        "the module reads a size as a Python number, or a context of export_context() is missing"
                    )
                if isinstance(declared, int) and baked and dim.dim_value != declared:
                    raise ExportError(
                        f"{kind} {spec.name!r} has an axis of {dim.dim_value}, declared is {declared} in {spec.shape}"
                    )
                if isinstance(declared, str):
                    dim.dim_param = declared
                else:
                    dim.dim_value = declared


def operators(proto: onnx.ModelProto) -> dict[str, int]:
    """Operator -> count, most frequent first, bodies of Scan, Loop and If included."""
    counts: dict[str, int] = {}
    for node in ir.from_proto(proto).graph.all_nodes():
        counts[node.op_type] = counts.get(node.op_type, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep progress lines, advice and deprecations inside libraries off the terminal; errors pass."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def save(proto: onnx.ModelProto, path: Path, most: int = MAX_FILE_BYTES) -> tuple[str, ...]:
    """Write a graph. Where it is larger than a file may be, its weights go into files beside it, named as on the Hub.

    Where a single weight is larger than that, all stay in one file.

    Args:
        proto: of what goes beside, the weights are taken out.

    Returns:
        The names of the files beside it.
    """
    weights = [tensor for tensor in proto.graph.initializer if len(tensor.raw_data) >= LEAST_BESIDE]
    if proto.ByteSize() <= most or max(len(tensor.raw_data) for tensor in weights) > most:
        onnx.save(proto, path)
        return ()
    names: list[str] = []
    at = 0
    with ExitStack() as stack:
        for tensor in weights:
            at += -at % ALIGNMENT
            if not names or at + len(tensor.raw_data) > most:
                names.append(f"{path.name}_data" + (f"_{len(names)}" if names else ""))
                file, at = stack.enter_context(path.with_name(names[-1]).open("wb")), 0
            set_external_data(tensor, location=names[-1], offset=at, length=len(tensor.raw_data))
            file.seek(at)
            at += file.write(tensor.raw_data)
            tensor.ClearField("raw_data")
    onnx.save(proto, path)
    return tuple(names)
