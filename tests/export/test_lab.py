"""A bundle of graphs walks the one path: exported, held against autograd, published, checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from export import check, golden, verify
from export.arrays import array_graph, data_file
from export.graph import ExportError
from export.make import make, union
from export.recipe import Graph, Recipe, Tensors
from hub.bundle import Bundles
from hub.card import Card, License, Paper, TensorSpec, Text


class Bowl(nn.Module):
    """loss = sum (point − target)², and its gradient, written out."""

    factor = 2.0

    def forward(self, point: Tensor, target: Tensor) -> dict[str, Tensor]:
        error = point - target
        return {"loss": (error * error).sum(), "gradient": self.factor * error}


class Wrong(Bowl):
    factor = 64 * 2.0  # what an exporter once made of a mean over a batch of 64


def reference(inputs: Tensors) -> Tensors:
    point = inputs["point"].requires_grad_()
    ((point - inputs["target"]) ** 2).sum().backward()
    assert point.grad is not None
    return {"gradient": point.grad}


def sample(size: int) -> Tensors:
    random = torch.Generator().manual_seed(size)
    return {name: torch.randn(size, generator=random) for name in ("point", "target")}


def graph(name: str = "single", floats: str = "float32", module: nn.Module | None = None) -> Graph:
    def spec(tensor: str, *shape: str) -> TensorSpec:
        return TensorSpec(name=tensor, dtype=floats, shape=shape)  # type: ignore[arg-type]

    return array_graph(
        name,
        module or Bowl(),
        inputs=(spec("point", "size"), spec("target", "size")),
        outputs=(spec("loss"), spec("gradient", "size")),
        sample=lambda sizes: {key: values.to(getattr(torch, floats)) for key, values in sample(sizes["size"]).items()},
        shapes=({"size": 3}, {"size": 7}),
        reference=reference,
        tolerance=1e-6 if floats == "float32" else 1e-12,
    )


def recipe(*graphs: Graph) -> Recipe:
    return Recipe(
        name="bowl",
        task="descent",
        title=Text(en="Bowl", zh="碗"),
        summary=Text(en="For the tests.", zh="测试用。"),
        paper=Paper(authors="Nobody", year=2020, title="A bowl", url="https://example.org/bowl"),
        departures=(),
        languages=("en", "zh"),
        licenses=(License(name="the graphs", role="weights", source="made here", license="Apache-2.0"),),
        graphs=lambda _: graphs,
        default=graphs[0].name,
        files=data_file(lambda: {"start": np.zeros(3)}),
        config=lambda _: {"kind": "bowl"},
    )


def publish(tmp_path: Path, *graphs: Graph) -> Card:
    return make(recipe(*graphs), tmp_path / "onnx", tmp_path / "checkpoints", note=lambda _: None)


def test_a_lab_is_published_checked_and_opened(tmp_path: Path) -> None:
    card = publish(tmp_path, graph(), graph("double", "float64"))
    folder = tmp_path / "onnx" / "bowl"
    assert check.check(folder) == []
    assert {file.file for file in card.files} == {"data.npz", "golden.npz", "README.md", "config.json"}
    assert card.variant("double").floats == "float64" and card.variant("double").outputs == ("loss", "gradient")
    assert all((variant.parity.max_relative_difference or 0) < 1e-6 for variant in card.variants)
    loss, gradient = (
        Bundles(tmp_path / "onnx")
        .get("bowl")
        .session("double")
        .run({"point": np.array([1.0, 2.0]), "target": np.zeros(2)}, ["loss", "gradient"])
    )
    assert loss == 5 and gradient.tolist() == [2, 4]


def test_a_gradient_that_is_not_autograds_stops_the_publication(tmp_path: Path) -> None:
    with pytest.raises(verify.GateError, match=r"gradient is .* from its reference"):
        publish(tmp_path, graph(module=Wrong()))
    assert not (tmp_path / "onnx" / "bowl").exists()


def test_a_file_of_other_outputs_is_found(tmp_path: Path) -> None:
    publish(tmp_path, graph())
    folder = tmp_path / "onnx" / "bowl"
    stored = golden.read(folder)
    stored["single/outputs/gradient"] = stored["single/outputs/gradient"] * 1.001
    golden.write(folder, golden.shared(stored))
    content = Card.read(folder)
    entries = tuple(
        check.publish.describe(folder / file.file) if file.file == golden.FILE else file for file in content.files
    )
    content.model_copy(update={"files": entries}).write(folder)
    assert "single.onnx: gradient differs by 9.99e-04, allowed is 1e-06 of its length" in check.check(folder)


def test_equal_arrays_are_stored_once(tmp_path: Path) -> None:
    arrays = {"a/x": np.arange(3), "b/x": np.arange(3), "b/y": np.arange(3.0)}
    stored = golden.shared(arrays)
    assert set(stored) == {"a/x", "b/y", "same"}
    golden.write(tmp_path, stored)
    found = golden.read(tmp_path)
    assert set(found) == set(arrays) and all(np.array_equal(found[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize(
    ("expected", "found", "far"),
    [
        ([3.0, 4.0], [3.0, 4.5], 0.1),
        ([0.0, 0.0], [0.0, 0.25], 0.25),
        ([1e-200, 0.0], [1.5e-200, 0.0], 0.5),  # its square is zero
    ],
)
def test_a_distance_is_relative_to_the_length(expected: list[float], found: list[float], far: float) -> None:
    assert golden.distance(np.array(expected), np.array(found)) == pytest.approx(far)
    assert not golden.distance(np.array(expected), np.array([np.nan, 0.0])) <= 1


def test_one_name_has_one_meaning_but_may_have_several_shapes() -> None:
    def spec(meaning: str, *shape: str) -> TensorSpec:
        return TensorSpec(name="x", dtype="float32", shape=shape, meaning=meaning)

    assert len(union([(spec("here", "a"),), (spec("here"),), (spec("here"),)])) == 2
    with pytest.raises(ExportError, match="x means 'here' and 'there'"):
        union([(spec("here"),), (spec("there"),)])
