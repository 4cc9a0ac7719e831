"""The exported graph: named axes, declared outputs, nothing of the machine that made it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnx_ir as ir
import pytest
import torch

from export import fuse, graph, quantise
from export.rounding import round_weights
from tests.export import toy


@pytest.fixture(scope="module")
def exported() -> onnx.ModelProto:
    sample = toy.sample(3, 11)
    return graph.export(toy.trained().module, toy.INPUTS, toy.OUTPUTS, sample)


def feeds(batch: int, tokens: int) -> dict[str, np.ndarray]:
    return {"input_ids": np.random.default_rng(0).integers(1, len(toy.WORDS), (batch, tokens))}


def test_batch_and_tokens_are_names(exported: onnx.ModelProto) -> None:
    assert [dim.dim_param for dim in exported.graph.input[0].type.tensor_type.shape.dim] == ["batch", "tokens"]
    assert exported.opset_import[0].version == graph.OPSET


def test_a_size_that_was_baked_in_is_refused(exported: onnx.ModelProto) -> None:
    baked = onnx.ModelProto()
    baked.CopyFrom(exported)
    baked.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 11
    with pytest.raises(graph.ExportError, match="axis 'tokens' of input 'input_ids' came out as the fixed size 11"):
        graph.declare(baked, toy.INPUTS, toy.OUTPUTS)


def test_an_output_that_the_module_lacks_is_named() -> None:
    more = (*toy.OUTPUTS, toy.OUTPUTS[0].model_copy(update={"name": "attention"}))
    with pytest.raises(Exception, match="attention"):
        graph.export(toy.trained().module, toy.INPUTS, more, toy.sample(3, 11))


def test_the_file_says_nothing_of_the_machine_that_made_it(exported: onnx.ModelProto) -> None:
    content = exported.SerializeToString()
    assert b"site-packages" not in content and b".py" not in content


def test_half_tables_change_no_bit(exported: onnx.ModelProto, tmp_path: Path) -> None:
    halved = fuse.run(exported, fuse.STORAGE)
    assert len(halved.SerializeToString()) < 0.8 * len(exported.SerializeToString())
    before, after = (toy.runner(proto, tmp_path) for proto in (exported, halved))
    for name, values in before.run(feeds(5, 9)).items():
        np.testing.assert_array_equal(after.run(feeds(5, 9))[name], values)


def test_a_table_that_float16_cannot_hold_stays_as_it_is() -> None:
    module = toy.Toy().eval()
    with torch.no_grad():
        module.table.weight[2, 0] = 1 + 2**-20
    exported = graph.export(module, toy.INPUTS, toy.OUTPUTS, toy.sample(3, 11))
    assert "Cast" not in graph.operators(fuse.run(exported, fuse.STORAGE))


def test_keep_outputs_drops_what_only_the_others_need(exported: onnx.ModelProto) -> None:
    logits = fuse.keep_outputs(exported, ["logits"])
    assert [value.name for value in logits.graph.output] == ["logits"]
    assert "ArgMax" in graph.operators(exported) and "ArgMax" not in graph.operators(logits)


def test_two_branches_with_the_same_table_store_it_once() -> None:
    class Twice(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            values = torch.randn(50, 100).half().float()
            self.one = torch.nn.Embedding.from_pretrained(values)
            self.two = torch.nn.Embedding.from_pretrained(values.clone())

        def forward(self, input_ids: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"logits": (self.one(input_ids) + torch.relu(self.two(input_ids))).sum(1)}

    output = toy.OUTPUTS[0].model_copy(update={"shape": ("batch", 100)})
    sample = toy.sample(3, 11)
    exported = graph.export(Twice().eval(), toy.INPUTS, (output,), sample)
    stored = fuse.run(exported, (*fuse.PASSES, *fuse.STORAGE))
    assert len(stored.SerializeToString()) < 50 * 100 * 2 + 2_000
    assert {weight.data_type for weight in stored.graph.initializer} >= {onnx.TensorProto.FLOAT16}


@pytest.mark.parametrize("make", [quantise.qdq_conv, quantise.int8_weights])
def test_a_quantised_text_does_not_see_its_neighbours(
    exported: onnx.ModelProto, make: quantise.Pass, tmp_path: Path
) -> None:
    source = quantise.Source(
        toy.trained().module,
        fuse.keep_outputs(fuse.run(exported, fuse.PASSES), ["logits"]),
        [feeds(1, tokens) for tokens in range(1, 20)],
    )
    proto = quantise.run(make, source)
    runner = toy.runner(proto, tmp_path)
    assert runner.outputs == ("logits",)
    alone = np.array([[2, 3, 6]])
    mixed = np.zeros((3, 30), dtype=np.int64)
    mixed[0, :3], mixed[1], mixed[2, :1] = alone, 4, 5
    np.testing.assert_allclose(
        runner.run({"input_ids": mixed})["logits"][0], runner.run({"input_ids": alone})["logits"][0], atol=1e-5
    )
    full = toy.runner(exported, tmp_path).run({"input_ids": mixed}, ["logits"])["logits"]
    np.testing.assert_allclose(runner.run({"input_ids": mixed})["logits"], full, atol=0.05 * np.abs(full).max())
    weights = {weight.dtype for weight in ir.from_proto(proto).graph.initializers.values()}
    assert ir.DataType.INT8 in weights or ir.DataType.UINT8 in weights


def test_seven_bit_weights_are_kept_for_processors_without_vnni(exported: onnx.ModelProto) -> None:
    source = quantise.Source(
        toy.trained().module, fuse.keep_outputs(exported, ["logits"]), [feeds(1, tokens) for tokens in range(1, 20)]
    )
    weights = ir.from_proto(quantise.run(quantise.qdq_conv, source)).graph.initializers
    kernel = next(w for w in weights.values() if w.shape is not None and len(w.shape) == 3)
    assert kernel.const_value is not None and np.abs(kernel.const_value.numpy().astype(int)).max() <= 64


def test_a_rounded_module_is_stored_in_a_third_and_gives_the_same_answers(tmp_path: Path) -> None:
    module = toy.Toy().eval()
    with torch.no_grad():
        module.table.weight[1:] = torch.randn(len(toy.WORDS) - 1, toy.WIDTH) * 10 ** torch.linspace(-6, 2, 13)[:, None]
    module.requires_grad_(False)
    sample = toy.sample(3, 11)
    before = module.table.weight.clone()
    plain = graph.export(module, toy.INPUTS, toy.OUTPUTS, sample)
    round_weights(module)
    error = (module.table.weight - before).abs().amax(1) / before.abs().amax(1).clamp(min=1e-30)
    assert error.max() < 1 / 250, "half a step of 127"
    assert (module.table.weight[0] == 0).all(), "the padding stays zero"

    exported = graph.export(module, toy.INPUTS, toy.OUTPUTS, sample)
    stored = fuse.run(exported, fuse.STORAGE)
    types = {
        value.dtype for value in ir.from_proto(stored).graph.initializers.values() if value.const_value.size > 4000
    }
    assert types == {ir.DataType.INT8, ir.DataType.FLOAT16}
    assert len(stored.SerializeToString()) < 0.5 * len(plain.SerializeToString())
    for name, values in toy.runner(exported, tmp_path).run(feeds(5, 9)).items():
        np.testing.assert_array_equal(toy.runner(stored, tmp_path).run(feeds(5, 9))[name], values)
