"""Graph -> the same graph, smaller: exact passes, each with a name. They run in the order of PASSES.

No pass here changes an answer by a bit; what does is in quantise.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import onnx
import onnx_ir as ir
import onnx_ir.passes.common

MIN_TABLE = 4_096  # values; a smaller table is not worth a node


def keep_outputs(proto: onnx.ModelProto, names: Iterable[str]) -> onnx.ModelProto:
    """Leave only these outputs, and of the graph only what they need."""
    wanted = set(names)
    model = ir.from_proto(proto)
    for value in list(model.graph.outputs):
        if value.name not in wanted:
            model.graph.outputs.remove(value)
    ir.passes.common.RemoveUnusedNodesPass()(model)
    return ir.to_proto(model)


def share_tables(model: ir.Model) -> None:
    """Store weights that are the same once (an embedding that two branches read)."""
    ir.passes.common.DeduplicateInitializersPass(size_limit=2**31)(model)


def common_nodes(model: ir.Model) -> None:
    """Compute what is computed twice from the same inputs once."""
    ir.passes.common.CommonSubexpressionEliminationPass()(model)


def drop_unused(model: ir.Model) -> None:
    """Drop nodes, weights and operator sets that no output needs."""
    ir.passes.common.RemoveUnusedNodesPass()(model)
    ir.passes.common.RemoveUnusedOpsetsPass()(model)


def int8_tables(model: ir.Model) -> None:
    """Store embedding tables as int8 with one scale per row (Gather -> Cast -> times the scale): a quarter, exact.

    Only where the codes times the scales are the table to the bit, as export/rounding.py leaves it.
    """
    for node, table in gathers_of_tables(model.graph):
        values = table_values(table)
        codes, scale = rows_as_int8(values)
        if np.array_equal(codes.astype(np.float32) * scale, values):
            replace_by_int8(model.graph, node, codes, scale)


def half_tables(model: ir.Model) -> None:
    """Store embedding tables as float16 (Gather -> Cast to float32): half the size. Only where that is exact."""
    for node, table in gathers_of_tables(model.graph):
        half = as_float16(table_values(table))
        if half is not None:
            replace_table(model.graph, node, half, lambda rows: [ir.node("Cast", [rows], {"to": ir.DataType.FLOAT})])


def half_weights(model: ir.Model) -> None:
    """Store other large weights as float16, cast once when the file is opened. Only where that is exact."""
    for value in large_weights(model.graph):
        half = as_float16(table_values(value))
        if half is not None:
            stored = weight(model.graph, f"{value.name}.float16", half)
            restore_weight(model.graph, value, [ir.node("Cast", [stored], {"to": ir.DataType.FLOAT})])


def reversed_scans(model: ir.Model) -> None:
    """Let a Scan read from the end what is turned round for it, and write so what is turned round after it."""
    for node in model.graph:
        if node.op_type != "Scan":
            continue
        count = node.attributes["num_scan_inputs"].as_int()
        states = len(node.inputs) - count
        read, written = (list(node.attributes[f"scan_{kind}_directions"].as_ints()) for kind in ("input", "output"))
        for position, value in enumerate(node.inputs[states:]):
            source = _turned(value.producer() if value else None)
            if source is not None:
                node.replace_input_with(states + position, source)
                read[position] = 1 - read[position]
        for position, value in enumerate(node.outputs[states:]):
            users = [use.node for use in value.uses()]
            if len(users) == 1 and not value.is_graph_output() and _turned(users[0]) is value:
                turned = users[0].outputs[0]
                value.name, value.shape, turned.name = turned.name, turned.shape, f"{turned.name}.turned"
                ir.convenience.replace_all_uses_with(turned, value, replace_graph_outputs=True)
                written[position] = 1 - written[position]
        node.attributes["scan_input_directions"] = ir.AttrInt64s("scan_input_directions", read)
        node.attributes["scan_output_directions"] = ir.AttrInt64s("scan_output_directions", written)


def _turned(node: ir.Node | None) -> ir.Value | None:
    """What a node turns round along its first axis; None where it does something else."""
    if node is None or node.op_type != "Slice" or len(node.inputs) != 5:
        return None
    start, _, axis, step = (ir.convenience.get_const_tensor(value) for value in node.inputs[1:] if value)
    known = [
        one is not None and one.numpy().tolist() == [wanted] for one, wanted in ((start, -1), (axis, 0), (step, -1))
    ]
    return node.inputs[0] if all(known) else None


def single(model: ir.Model) -> None:
    """Turn every float64 into a float32: the graph that the same module gives in the other precision."""
    double, float32 = ir.DataType.DOUBLE, ir.DataType.FLOAT

    def narrow(values: Iterable[ir.Value | None]) -> None:
        for value in values:
            if value is not None and value.dtype == double:
                value.dtype = float32
            if value is not None and value.const_value is not None and value.const_value.dtype == double:
                value.const_value = ir.tensor(value.const_value.numpy().astype(np.float32), name=value.name)

    narrow((*model.graph.inputs, *model.graph.initializers.values()))
    for node in model.graph.all_nodes():
        narrow(node.outputs)
        if node.op_type == "Cast" and node.attributes["to"].as_int() == double:
            node.attributes["to"] = ir.AttrInt64("to", int(float32))
        for name, attribute in list(node.attributes.items()):
            if attribute.type == ir.AttributeType.GRAPH:
                narrow((*attribute.as_graph().inputs, *attribute.as_graph().initializers.values()))
            elif attribute.type == ir.AttributeType.TENSOR and attribute.as_tensor().dtype == double:
                node.attributes[name] = ir.AttrTensor(name, ir.tensor(attribute.as_tensor().numpy().astype(np.float32)))


def anonymous(model: ir.Model) -> None:
    """Drop the names of nodes, and shorten those of values that are neither inputs nor outputs: half a file."""
    kept = {value.name for value in (*model.graph.inputs, *model.graph.outputs)}
    number = 0
    for node in model.graph.all_nodes():
        node.name = ""
        inner = [
            value
            for attribute in node.attributes.values()
            if attribute.type == ir.AttributeType.GRAPH
            for value in attribute.as_graph().inputs
        ]
        for value in (*node.outputs, *inner):
            value.type, value.shape = (
                (value.type, value.shape) if value.name in kept or value in inner else (None, None)
            )
            if value.name not in kept:
                value.name = f"v{number}"
                number += 1
    for old in list(model.graph.initializers):
        value = model.graph.initializers[old]
        if old not in kept:
            value.name = f"v{number}"
            number += 1


PASSES: tuple[Callable[[ir.Model], None], ...] = (share_tables, common_nodes, drop_unused)
SMALL: tuple[Callable[[ir.Model], None], ...] = (reversed_scans, *PASSES, anonymous)  # of graphs without weights
STORAGE: tuple[Callable[[ir.Model], None], ...] = (int8_tables, half_tables, half_weights)  # last, not quantised


def run(proto: onnx.ModelProto, passes: Iterable[Callable[[ir.Model], None]]) -> onnx.ModelProto:
    """Apply the passes one after the other and check the result."""
    model = ir.from_proto(proto)
    for apply in passes:
        apply(model)
    result = ir.to_proto(model)
    onnx.checker.check_model(result)
    return result


def gathers_of_tables(graph: ir.Graph) -> list[tuple[ir.Node, ir.Value]]:
    """The Gather nodes that look rows up in a float32 weight of two axes, with that weight; subgraphs included."""
    found = []
    for node in graph.all_nodes():
        if node.op_type != "Gather" or node.attributes.get_int("axis", 0) != 0:
            continue
        table = node.inputs[0]
        if table is None or table.const_value is None or table.dtype != ir.DataType.FLOAT or table.shape is None:
            continue
        if len(table.shape) == 2 and table.const_value.size >= MIN_TABLE and not table.is_graph_output():
            found.append((node, table))
    return found


def large_weights(graph: ir.Graph) -> list[ir.Value]:
    """The float32 weights of at least MIN_TABLE values that are not an output."""
    return [
        value
        for value in graph.initializers.values()
        if value.dtype == ir.DataType.FLOAT
        and value.const_value is not None
        and value.const_value.size >= MIN_TABLE
        and not value.is_graph_output()
    ]


def restore_weight(graph: ir.Graph, value: ir.Value, nodes: list[ir.Node]) -> None:
    """Let everything read the last output of the nodes instead of a weight, which is dropped."""
    restored = nodes[-1].outputs[0]
    restored.type, restored.shape = value.type, value.shape
    ir.convenience.replace_all_uses_with(value, restored)
    graph.insert_before(graph[0], nodes)
    if value.name is not None:
        graph.initializers.pop(value.name)


def table_values(table: ir.Value) -> np.ndarray:
    """float32 (rows, columns)."""
    if table.const_value is None:
        raise ValueError(f"{table.name} is not a weight")
    return table.const_value.numpy()


def as_float16(values: np.ndarray) -> np.ndarray | None:
    """The values in float16 if that loses nothing, else None."""
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), values) else None


def rows_as_int8(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float32 (rows, columns) -> int8 codes (rows, columns) in [-127, 127] and float32 scales (rows, 1)."""
    scale = np.abs(values).max(axis=1, keepdims=True) / np.float32(127)
    return np.rint(values / np.where(scale == 0, 1, scale)).astype(np.int8), scale


def replace_by_int8(graph: ir.Graph, gather: ir.Node, codes: np.ndarray, scale: np.ndarray) -> None:
    """Gather(table) -> Cast(Gather(codes)) * Gather(scale): per-row scales, so a text's vectors depend on it alone."""
    table, ids = gather.inputs[0], gather.inputs[1]
    scales = weight(graph, f"{table.name if table else ''}.scale", scale)

    def restore(rows: ir.Value) -> list[ir.Node]:
        cast = ir.node("Cast", [rows], {"to": ir.DataType.FLOAT})
        by = ir.node("Gather", [scales, ids], {"axis": 0})
        return [cast, by, ir.node("Mul", [cast.outputs[0], by.outputs[0]])]

    replace_table(graph, gather, codes, restore)


def replace_table(
    graph: ir.Graph, gather: ir.Node, values: np.ndarray, after: Callable[[ir.Value], list[ir.Node]]
) -> None:
    """Let a Gather read another table, followed by the nodes that turn its rows back into the old ones.

    A weight that other nodes read as well stays for them; several Gathers of one table share the new one.
    """
    old = gather.inputs[0]
    if old is None or old.name is None or gather.graph is None:
        raise ValueError("the Gather is not in a graph, or reads no named weight")
    table = weight(graph, f"{old.name}.{values.dtype.name}", values)
    rows = ir.node("Gather", [table, gather.inputs[1]], {"axis": 0})
    rows.outputs[0].name = f"{gather.outputs[0].name}.rows"
    new = [rows, *after(rows.outputs[0])]
    result = new[-1].outputs[0]
    result.type, result.shape = gather.outputs[0].type, gather.outputs[0].shape
    ir.convenience.replace_nodes_and_values(gather.graph, gather, [gather], new, [gather.outputs[0]], [result])
    if not old.uses() and old.name in graph.initializers:
        graph.initializers.pop(old.name)


def weight(graph: ir.Graph, name: str, values: np.ndarray) -> ir.Value:
    """The weight of that name; stored now where it is not there yet."""
    if name not in graph.initializers:
        value = ir.val(name, dtype=ir.DataType.from_numpy(values.dtype), shape=ir.Shape(values.shape))
        value.const_value = ir.tensor(values, name=name)
        graph.register_initializer(value)
    return graph.initializers[name]
