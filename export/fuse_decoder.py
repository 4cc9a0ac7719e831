"""Passes for decoders, exact but for the order of sums: fewer and larger operators for one token at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import onnx_ir as ir

from export import fuse

MICROSOFT = "com.microsoft"


def plain_products(model: ir.Model) -> None:
    """Reshape -> Gemm -> Reshape becomes MatMul -> Add: a product of the last axis needs no flat rows."""
    for node in list(model.graph):
        if node.op_type != "Gemm" or _altered(node):
            continue
        flat, weight, bias = node.inputs[0], node.inputs[1], node.inputs[2] if len(node.inputs) > 2 else None
        before = flat.producer() if flat else None
        users = [use.node for use in node.outputs[0].uses()]
        if before is None or before.op_type != "Reshape" or len(users) != 1 or users[0].op_type != "Reshape":
            continue
        if weight is None:
            continue
        after = users[0]
        sizes = _sizes(after.outputs[0])
        if sizes is None or len(sizes) != 3 or len(weight.shape or ()) != 2:
            continue
        rows = np.array([0, 0, weight.shape[0]], np.int64)  # type: ignore[index]  # 0: as it is
        shape = fuse.weight(model.graph, f"rows.{rows[2]}", rows)
        whole = ir.node("Reshape", [before.inputs[0], shape])
        whole.outputs[0].shape = ir.Shape([*after.outputs[0].shape[:2], rows[2]])  # type: ignore[index]
        product = ir.node("MatMul", [whole.outputs[0], weight])
        made = [whole, product, ir.node("Add", [product.outputs[0], bias])] if bias else [whole, product]
        _substitute(model.graph, after, made)


def same_shapes(model: ir.Model) -> None:
    """Drop what reshapes a value there and back."""
    for node in list(model.graph):
        if node.op_type != "Reshape":
            continue
        wanted, value = _sizes(node.outputs[0]), node.inputs[0]
        while value is not None and wanted and _sizes(value) != wanted:
            before = value.producer()
            value = before.inputs[0] if before is not None and before.op_type == "Reshape" else None
        if value is not None and wanted and not node.outputs[0].is_graph_output():
            ir.convenience.replace_all_uses_with(node.outputs[0], value)


def joined_products(model: ir.Model) -> None:
    """Products of one value with several weights become one product, and a Split where its parts are read apart."""
    readers: dict[ir.Value, list[ir.Node]] = {}
    for node in model.graph:
        if node.op_type == "MatMul" and node.inputs[0] is not None and _constant(node.inputs[1]):
            readers.setdefault(node.inputs[0], []).append(node)
    for value, nodes in readers.items():
        if len(nodes) < 2:
            continue
        weights = [fuse.table_values(node.inputs[1]) for node in nodes]  # type: ignore[arg-type]
        name = f"{nodes[0].inputs[1].name}.joined"  # type: ignore[union-attr]
        joined = fuse.weight(model.graph, name, np.concatenate(weights, axis=1))
        product = ir.node("MatMul", [value, joined])
        sizes = fuse.weight(model.graph, f"{name}.sizes", np.array([part.shape[1] for part in weights], np.int64))
        split = ir.node("Split", [product.outputs[0], sizes], {"axis": -1}, num_outputs=len(nodes))
        model.graph.insert_before(nodes[0], [product, split])
        for node, part in zip(nodes, split.outputs, strict=True):
            part.type, part.shape = node.outputs[0].type, node.outputs[0].shape
            ir.convenience.replace_all_uses_with(node.outputs[0], part)


def packed_attention(model: ir.Model) -> None:
    """GroupQueryAttention reads query, key and value side by side where a Split only takes them apart for it."""
    for node in model.graph:
        if node.op_type != "GroupQueryAttention" or node.inputs[1] is None:
            continue
        parts = list(node.inputs[:3])
        split = parts[0].producer() if parts[0] else None
        if split is not None and split.op_type == "Split" and list(split.outputs) == parts:
            node.replace_input_with(0, split.inputs[0])
            node.replace_input_with(1, None)
            node.replace_input_with(2, None)


PASSES: tuple[Callable[[ir.Model], None], ...] = (
    plain_products, same_shapes, fuse.drop_unused, joined_products, packed_attention, *fuse.PASSES,
)  # fmt: skip


def _constant(value: ir.Value | None) -> bool:
    return value is not None and value.const_value is not None and len(value.const_value.shape) == 2


def _altered(node: ir.Node) -> bool:
    """Whether a Gemm is more than a product and a sum."""
    plain = {"transA": 0, "transB": 0, "alpha": 1, "beta": 1}
    return any(attribute.value != plain[name] for name, attribute in node.attributes.items())


def _sizes(value: ir.Value) -> list[str] | None:
    return None if value.shape is None else [str(size) for size in value.shape]


def _substitute(graph: ir.Graph, old: ir.Node, new: list[ir.Node]) -> None:
    """The last of the new nodes gives what the old one gave."""
    result = new[-1].outputs[0]
    result.type, result.shape = old.outputs[0].type, old.outputs[0].shape
    ir.convenience.replace_nodes_and_values(graph, old, [old], new, [old.outputs[0]], [result])


# --- 8 bits -----------------------------------------------------------------------------------------------------------

BLOCK = 64  # weights that share a scale; 32 are nearer to fp32 and slower, at 128 a row depends on its batch
LEAST_BLOCK = 16  # that the operator takes


def int8_blocks(model: ir.Model) -> None:
    """Weights in 8 bits, a scale for each block along the sum; activations in 8 bits, inside the product.

    The table of a tied embedding is stored once: its rows are looked up, and it is the last product.
    """
    for node in list(model.graph):
        if node.op_type != "MatMul":
            continue
        weight = node.inputs[1]
        turned = weight.producer() if weight is not None else None
        tied = turned is not None and turned.op_type == "Transpose" and _constant(turned.inputs[0])
        if not tied and not _constant(weight):
            continue
        table = turned.inputs[0] if tied and turned is not None else weight
        assert table is not None
        values = fuse.table_values(table)
        rows = values if tied else values.T  # (outputs, inputs)
        size = math.gcd(rows.shape[1], BLOCK)
        if size < LEAST_BLOCK:
            continue
        codes, scales = blocks(rows, size)
        stored = fuse.weight(model.graph, f"{table.name}.int8", codes)
        scale = fuse.weight(model.graph, f"{table.name}.scales", scales)
        sizes = {"K": rows.shape[1], "N": rows.shape[0], "bits": 8, "block_size": size, "accuracy_level": 4}
        product = ir.node("MatMulNBits", [node.inputs[0], stored, scale], sizes, domain=MICROSOFT)
        _substitute(model.graph, node, [product])
        if tied:
            _looked_up(model.graph, table, stored, scales, rows.shape[1], size)
    fuse.drop_unused(model)
    model.graph.opset_imports[MICROSOFT] = 1


def _looked_up(graph: ir.Graph, table: ir.Value, stored: ir.Value, scales: np.ndarray, width: int, size: int) -> None:
    """Rows of the table from its codes."""
    scale = fuse.weight(graph, f"{table.name}.row_scales", scales[:, :, None])
    flat = fuse.weight(graph, f"rows.{width}", np.array([0, 0, width], np.int64))
    for gather, found in fuse.gathers_of_tables(graph):
        if found is table:
            kinds = {"bits": 8, "block_size": size, "gather_axis": 0, "quantize_axis": 2}
            rows = ir.node("GatherBlockQuantized", [stored, gather.inputs[1], scale], kinds, domain=MICROSOFT)
            made = [rows, ir.node("Reshape", [rows.outputs[0], flat])]
            _substitute(graph, gather, made)


def blocks(rows: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """float32 (outputs, inputs) -> uint8 codes (outputs, blocks, size), 128 is 0; float32 scales (outputs, blocks)."""
    parts = rows.reshape(len(rows), -1, size)
    scales = np.abs(parts).max(axis=2) / np.float32(127)
    codes = np.rint(parts / np.where(scales == 0, 1, scales)[:, :, None]) + 128
    return codes.astype(np.uint8), scales
