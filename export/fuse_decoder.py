"""Passes for decoders, exact but for the order of sums: fewer and larger operators for one token at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import onnx_ir as ir

from export import fuse

MICROSOFT = "com.microsoft"


def unknown_lengths(model: ir.Model) -> None:
    """What makes the bias of attention has no shapes: torch took the tokens that there are for those of the cache."""
    for node in _makes_bias(model.graph):
        for output in node.outputs:
            output.shape = None


def _makes_bias(graph: ir.Graph) -> set[ir.Node]:
    """The nodes that what is added to the scores of attention comes from."""
    found: set[ir.Node] = set()
    values = [node.inputs[10] for node in graph if node.op_type == "GroupQueryAttention" and len(node.inputs) > 10]
    while values:
        value = values.pop()
        node = value.producer() if value is not None else None
        if node is not None and node not in found:
            found.add(node)
            values += node.inputs
    return found


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
    unknown_lengths, plain_products, same_shapes, fuse.drop_unused, joined_products, packed_attention, *fuse.PASSES,
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


# --- fewer bits -----------------------------------------------------------------------------------------------------

BLOCK = 64  # weights that share a scale; 32 are nearer to fp32 and slower, at 128 a row depends on its batch
LEAST_BLOCK = 16  # that the operator takes
BLOCK4 = 32  # weights of 4 bits that share a scale, as in GGUF's Q4_1
LEVELS = 15  # steps from the least value of a block to its largest, in 4 bits
MIDDLE = 8  # the code that the operator takes for 0
NORMS = ("LayerNormalization", "RMSNormalization")
BY_TOKEN = {
    *("Gather", "MatMul", "GroupQueryAttention", "Split", "Transpose", *NORMS),  # Transpose: of a tied table
    *("Add", "Sub", "Mul", "Div", "Pow", "Tanh", "Sigmoid", "Relu", "Erf", "Gelu", "FastGelu", "Swish", "Identity"),
}


@dataclass(frozen=True)
class Product:
    """A MatMul whose weight does not change."""

    node: ir.Node
    table: ir.Value  # the weight, or the table of an embedding whose transpose it is
    tied: bool

    @property
    def rows(self) -> np.ndarray:
        """float32 (outputs, inputs)."""
        values = fuse.table_values(self.table)
        return values if self.tied else np.ascontiguousarray(values.T)


def products(graph: ir.Graph) -> Iterator[Product]:
    """The products of a graph with a weight of two axes. They may be replaced on the way."""
    for node in list(graph):
        weight = node.inputs[1] if node.op_type == "MatMul" else None
        turned = weight.producer() if weight is not None else None
        tied = turned is not None and turned.op_type == "Transpose" and _constant(turned.inputs[0])
        table = turned.inputs[0] if tied and turned is not None else weight
        if table is not None and _constant(table):
            yield Product(node, table, tied)


def int8_blocks(model: ir.Model) -> None:
    """Weights in 8 bits, a scale for each block along the sum; activations in 8 bits, inside the product.

    The table of a tied embedding is stored once: its rows are looked up, and it is the last product.
    """
    for product in products(model.graph):
        size = math.gcd(product.rows.shape[1], BLOCK)
        if size >= LEAST_BLOCK:
            _in_8_bits(model.graph, product, *blocks(product.rows, size))
    fuse.drop_unused(model)
    model.graph.opset_imports[MICROSOFT] = 1


def int4_blocks(model: ir.Model) -> None:
    """Weights in 4 bits, a scale and a least value for each block along the sum, as GGUF's Q4_1; the last product in 8.

    A weight is d q + m, with q from 0 to 15. The operator wants whole zero points, and m / d is none: so the product is
    that of d (q - 8), plus that of m + 8 d with the sums of the inputs over each block. Scales and least values are
    numbers of half precision. Of a model that was stored in Q4_1, its table in Q8_0, no weight changes.

    The operator adds up a lone row in another order than several, and activations in 8 bits make more of that: no row
    is alone here (`rows_of_all`), so that a text is answered as in a batch.
    """
    if by_token(model.graph):
        rows_of_all(model)
    else:
        rows_of_each(model)
    for product in products(model.graph):
        rows = product.rows
        if rows.shape[1] % BLOCK4:
            continue
        if product.tied or _picks_tokens(product.node.inputs[0].producer()):  # type: ignore[union-attr]
            codes, scales = blocks(rows, BLOCK4, np.float16)
            _in_8_bits(model.graph, product, codes, scales.astype(np.float16))
        else:
            _in_4_bits(model.graph, product, *affine_blocks(rows))
    fuse.drop_unused(model)
    model.graph.opset_imports[MICROSOFT] = 1


def by_token(graph: ir.Graph) -> bool:
    """Whether all but attention treats each token by itself, whatever the shape of the tensor it stands in."""
    bias = _makes_bias(graph)
    hidden = [node for node in graph if any(value is not None and value.producer() for value in node.inputs)]
    return all(
        node.op_type in BY_TOKEN and (node.op_type != "Split" or node.attributes.get_int("axis", 0) == -1)
        for node in hidden
        if node not in bias
    )


def rows_of_each(model: ir.Model) -> None:
    """What each product reads becomes rows (texts * tokens + 1, width), the last of them zeros, and is texts again
    behind it: in graphs that reshape their hidden states on the way.
    """
    graph = model.graph
    for product in products(graph):
        node, value = product.node, product.node.inputs[0]
        assert value is not None
        if product.tied or _picks_tokens(value.producer()):
            continue
        outputs, width = product.rows.shape
        zeros = ir.node("ConstantOfShape", [fuse.weight(graph, f"one.{width}", np.array([1, width], np.int64))])
        _at_first(graph, [zeros])
        shape = ir.node("Shape", [value], {"end": -1})
        flat = fuse.weight(graph, f"flat.{width}", np.array([-1, width], np.int64))
        rows = ir.node("Reshape", [value, flat])
        more = ir.node("Concat", [rows.outputs[0], zeros.outputs[0]], {"axis": 0})
        graph.insert_before(node, [shape, rows, more])
        node.replace_input_with(0, more.outputs[0])
        kept = ir.node("Slice", [node.outputs[0], _whole(graph, "start", 0), _whole(graph, "rest", -1)])
        count = fuse.weight(graph, f"width.{outputs}", np.array([outputs], np.int64))
        sizes = ir.node("Concat", [shape.outputs[0], count], {"axis": 0})
        texts = ir.node("Reshape", [kept.outputs[0], sizes.outputs[0]])
        node.outputs[0].shape = None
        _followed(graph, node.outputs[0], [kept, sizes, texts])


def rows_of_all(model: ir.Model) -> None:
    """Hidden states (texts, tokens, width) become rows (texts * tokens + 1, width), the last of them zeros.

    From what the first layer reads to the final norm, all but attention treats each token by itself. Attention is given
    its texts again, and so is the Gather of the tokens whose logits are wanted.
    """
    graph = model.graph
    first = next(node.inputs[0] for node in graph if node.op_type in NORMS or node.op_type == "MatMul")
    attentions = [node for node in graph if node.op_type == "GroupQueryAttention"]
    last = next(node for node in graph if _picks_tokens(node))
    assert first is not None
    _followed(graph, first, _rows(graph, first))
    shape = ir.node("Shape", [first], {"start": 0, "end": 2})
    sizes = ir.node("Concat", [shape.outputs[0], _whole(graph, "rest", -1)], {"axis": 0})  # texts, tokens, the rest
    graph.insert_after(first.producer(), [shape, sizes])  # type: ignore[arg-type]
    for node, positions in (*((node, range(3)) for node in attentions), (last, range(1))):
        for position in positions:
            value = node.inputs[position]
            if value is not None:
                rows = ir.node("Slice", [value, _whole(graph, "start", 0), _whole(graph, "rest", -1)])
                texts = ir.node("Reshape", [rows.outputs[0], sizes.outputs[0]])
                graph.insert_before(node, [rows, texts])
                node.replace_input_with(position, texts.outputs[0])
    for node in attentions:
        _followed(graph, node.outputs[0], _rows(graph, node.outputs[0]))
    for node in graph:
        for value in node.outputs:
            if not value.is_graph_output():
                value.shape = None  # of before; onnxruntime would reuse memory by it


def _rows(graph: ir.Graph, value: ir.Value) -> list[ir.Node]:
    """(texts, tokens, width) -> (texts * tokens + 1, width)."""
    width = int(value.shape[2])  # type: ignore[index, arg-type]
    zeros = ir.node("ConstantOfShape", [fuse.weight(graph, f"one.{width}", np.array([1, width], np.int64))])
    _at_first(graph, [zeros])
    rows = ir.node("Reshape", [value, fuse.weight(graph, f"flat.{width}", np.array([-1, width], np.int64))])
    return [rows, ir.node("Concat", [rows.outputs[0], zeros.outputs[0]], {"axis": 0})]


def _whole(graph: ir.Graph, name: str, number: int) -> ir.Value:
    return fuse.weight(graph, name, np.array([number], np.int64))


def _followed(graph: ir.Graph, value: ir.Value, nodes: list[ir.Node]) -> None:
    """Everything that reads a value reads what these nodes make of it."""
    uses = [(use.node, use.idx) for use in value.uses() if use.node not in nodes]
    graph.insert_after(value.producer(), nodes)  # type: ignore[arg-type]
    for node, position in uses:
        node.replace_input_with(position, nodes[-1].outputs[0])


def _picks_tokens(node: ir.Node | None) -> bool:
    return node is not None and node.op_type == "Gather" and node.attributes.get_int("axis", 0) == 1


def _in_8_bits(graph: ir.Graph, product: Product, codes: np.ndarray, scales: np.ndarray) -> None:
    """codes uint8 (outputs, blocks, size), scales float32 or float16 (outputs, blocks)."""
    outputs, count, size = codes.shape
    stored = fuse.weight(graph, f"{product.table.name}.int8", codes)
    scale, nodes = _single(fuse.weight(graph, f"{product.table.name}.scales", scales))
    sizes = {"K": count * size, "N": outputs, "bits": 8, "block_size": size, "accuracy_level": 4}
    made = ir.node("MatMulNBits", [product.node.inputs[0], stored, scale], sizes, domain=MICROSOFT)
    _substitute(graph, product.node, [made])
    if product.tied:
        nodes.append(ir.node("Unsqueeze", [scale, fuse.weight(graph, "blocks.axis", np.array([2], np.int64))]))
        _looked_up(graph, product.table, stored, nodes[-1].outputs[0], count * size, size)
    _at_first(graph, nodes)


def _looked_up(graph: ir.Graph, table: ir.Value, stored: ir.Value, scale: ir.Value, width: int, size: int) -> None:
    """Rows of the table from its codes; the scales are float32 (rows, blocks, 1)."""
    flat = fuse.weight(graph, f"rows.{width}", np.array([0, 0, width], np.int64))
    for gather, found in fuse.gathers_of_tables(graph):
        if found is table:
            kinds = {"bits": 8, "block_size": size, "gather_axis": 0, "quantize_axis": 2}
            rows = ir.node("GatherBlockQuantized", [stored, gather.inputs[1], scale], kinds, domain=MICROSOFT)
            made = [rows, ir.node("Reshape", [rows.outputs[0], flat])]
            _substitute(graph, gather, made)


def _in_4_bits(graph: ir.Graph, product: Product, codes: np.ndarray, scales: np.ndarray, least: np.ndarray) -> None:
    """codes uint8 (outputs, blocks, size) from 0 to 15, the others float32 (outputs, blocks)."""
    name, value, (outputs, count, size) = product.table.name, product.node.inputs[0], codes.shape
    packed = codes[:, :, 0::2] | codes[:, :, 1::2] << 4
    packed = fuse.weight(graph, f"{name}.int4", packed)
    scale, nodes = _single(fuse.weight(graph, f"{name}.scales", scales.astype(np.float16)))
    lowest, more = _single(fuse.weight(graph, f"{name}.least", least.astype(np.float16)))
    shift = ir.node("Mul", [scale, fuse.weight(graph, "middle", np.array(MIDDLE, np.float32))])
    middles = ir.node("Add", [lowest, shift.outputs[0]])  # m + 8 d
    _at_first(graph, [*nodes, *more, shift, middles])
    sizes = {"K": count * size, "N": outputs, "bits": 4, "block_size": size, "accuracy_level": 4}
    made = ir.node("MatMulNBits", [value, packed, scale], sizes, domain=MICROSOFT)
    shape = fuse.weight(graph, f"blocks.{count}", np.array([0, count, size], np.int64))
    apart = ir.node("Reshape", [value, shape])
    axis = fuse.weight(graph, "block.axis", np.array([2], np.int64))
    sums = ir.node("ReduceSum", [apart.outputs[0], axis], {"keepdims": 0})  # of the inputs, over each block
    whole = ir.node("Gemm", [sums.outputs[0], middles.outputs[0], made.outputs[0]], {"transB": 1})
    _substitute(graph, product.node, [made, apart, sums, whole])


def _single(stored: ir.Value) -> tuple[ir.Value, list[ir.Node]]:
    """A weight in single precision, and the node that makes it so where it is stored in half."""
    if stored.dtype == ir.DataType.FLOAT:
        return stored, []
    cast = ir.node("Cast", [stored], {"to": ir.DataType.FLOAT})
    return cast.outputs[0], [cast]


def _at_first(graph: ir.Graph, nodes: list[ir.Node]) -> None:
    """What depends on weights alone: onnxruntime computes it once, when it opens the file."""
    graph.insert_before(graph[0], nodes)


def blocks(rows: np.ndarray, size: int, kind: type[np.floating] = np.float32) -> tuple[np.ndarray, np.ndarray]:
    """float32 (outputs, inputs) -> uint8 codes (outputs, blocks, size), 128 is 0; float32 scales (outputs, blocks).

    Args:
        kind: of number that a scale must be.
    """
    parts = rows.reshape(len(rows), -1, size)
    scales = (np.abs(parts).max(axis=2) / np.float32(127)).astype(kind).astype(np.float32)
    codes = np.rint(parts / np.where(scales == 0, 1, scales)[:, :, None]) + 128
    return codes.astype(np.uint8), scales


def affine_blocks(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """float32 (outputs, inputs) -> uint8 codes (outputs, blocks, 32) from 0 to 15; float32 scales and least values
    (outputs, blocks), each of them a number of half precision. Once more on what they stand for, it gives the same.
    """
    parts = rows.reshape(len(rows), -1, BLOCK4)
    low, high = parts.min(axis=2), parts.max(axis=2)
    scales, least = (half.astype(np.float16).astype(np.float32) for half in ((high - low) / np.float32(LEVELS), low))
    codes = np.rint((parts - least[:, :, None]) / np.where(scales == 0, 1, scales)[:, :, None])
    return codes.clip(0, LEVELS).astype(np.uint8), scales, least
