"""What may not pass: a loss on any split, NaN, another shape, logits that are not PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from transformers import GenerationConfig

from export import from_hub, quantise, texts, verify, writer
from export.make import make
from export.recipe import SHAPES, Gate, Graph, Score, drop
from export.runner import Arrays, Subject
from export.verify import Scored
from hub.card import TensorSpec
from tests import writers
from tests.export import toy

INT8 = texts.INT8_CONVOLUTION


def scored(quality: float, split: str = "test", rows: int = 1_000, **parity: float) -> list[Scored]:
    return [Scored("set", split, "head", Score({}, quality=quality, rows=rows, parity=parity))]


@pytest.mark.parametrize(
    ("rows", "quality", "passes"),
    [
        (1_000, 0.897, True),
        (1_000, 0.896, False),  # the second point of four in a thousand
        (100, 0.89, True),  # one answer of a hundred is a point
        (100, 0.88, False),
        (0, 0.896, False),  # no answers that could be counted
        (100, float("nan"), False),
    ],
)
def test_what_is_lost_is_bounded_on_every_split_and_one_answer_is_allowed(
    rows: int, quality: float, passes: bool
) -> None:
    wrong = verify.missed(INT8, scored(quality, rows=rows), scored(0.9, rows=rows))
    assert bool(wrong) is not passes
    assert all("drop is" in line and "set, test, head" in line for line in wrong)


@pytest.mark.parametrize("gate", [drop(), Gate("f", 0.5, ""), Gate("f", 0.5, "", least=True)])
def test_nan_passes_no_gate(gate: Gate) -> None:
    assert not gate.holds(float("nan"), 100)


def changed(change: float, source: quantise.Source) -> onnx.ModelProto:
    """The largest weight times 1 + change."""
    proto = onnx.ModelProto()
    proto.CopyFrom(source.graph)
    floats = [one for one in proto.graph.initializer if one.data_type == onnx.TensorProto.FLOAT]
    weight = max(floats, key=lambda one: len(one.raw_data))
    values = numpy_helper.to_array(weight)
    weight.CopyFrom(numpy_helper.from_array((values * (1 + change)).astype(np.float32), weight.name))
    return proto


def test_a_file_that_gives_nan_is_not_published(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATA", str(data))
    broken = replace(INT8, make=partial(changed, float("nan")))
    with pytest.raises(verify.GateError, match=r"model_quantized.onnx gives what is no number"):
        make(toy.recipe(graphs=toy.graphs(texts.FP32, broken)), tmp_path / "onnx", tmp_path, note=lambda _: None)
    assert not (tmp_path / "onnx" / "toy").exists()


def test_logits_of_a_writer_that_are_not_pytorchs_are_refused(tmp_path: Path) -> None:
    """Small weights: what the perplexity does not see."""
    source, text = writers.save("gpt2", tmp_path / "source"), tmp_path / "text.txt"
    text.write_text(writers.TEXT, encoding="utf-8")
    altered = replace(writer.FP32, make=partial(changed, 3e-3))
    recipe = from_hub.recipe(str(source), "gpt2", text, (altered, writer.INT8))
    with pytest.raises(verify.GateError, match="the exact file is not the PyTorch module"):
        make(recipe, tmp_path / "onnx", tmp_path / "checkpoints", note=lambda _: None)
    assert not (tmp_path / "onnx" / "gpt2").exists()


def test_what_a_publisher_sets_for_generation_is_not_asked_of_the_file() -> None:
    model = writers.model("llama")
    ids = writers.tokenizer().encode("The old lighthouse keeper").ids
    plain = GenerationConfig(max_new_tokens=24, do_sample=False, pad_token_id=0)
    wanted = writer.greedy(model, ids, plain)
    assert model.generation_config is not None
    model.generation_config.update(repetition_penalty=3.0, no_repeat_ngram_size=2, min_new_tokens=5, temperature=0.2)
    published = model.generation_config
    assert writer.greedy(model, ids, plain) == wanted and model.generation_config is published
    with torch.inference_mode():
        theirs = model.generate(torch.tensor([ids]), max_new_tokens=24, do_sample=False, pad_token_id=0)  # type: ignore[operator]
    assert theirs[0, len(ids) :].tolist() != wanted


class Doubling(Subject):
    """y = 2 x; at so many tokens another one."""

    inputs, outputs = ("x",), ("y",)

    def __init__(self, wrong_at: int = 0) -> None:
        self.wrong_at = wrong_at

    def run(self, feeds: Arrays, names: Sequence[str] = ()) -> Arrays:
        return {"y": feeds["x"] * (2.1 if feeds["x"].shape[1] == self.wrong_at else 2)}


def test_a_piece_that_is_right_at_the_size_of_its_export_alone_is_refused() -> None:
    spec = TensorSpec(name="x", dtype="float32", shape=("batch", "tokens"))
    graph = Graph(
        name="piece",
        module=torch.nn.Identity(),
        inputs=(spec,),
        outputs=(spec.model_copy(update={"name": "y"}),),
        sample=lambda sizes: {"x": torch.ones(sizes["batch"], sizes["tokens"])},
        variants=(texts.FP32,),
        part=True,
    )
    right = Doubling()
    verify.require_exact(graph, right, right, (), verify.distance(graph, right, right))
    for sizes in SHAPES:
        wrong = Doubling(wrong_at=sizes["tokens"])
        with pytest.raises(verify.GateError, match="piece: an output differs by"):
            verify.require_exact(graph, wrong, right, (), verify.distance(graph, wrong, right))
