"""Every recipe of the registry walks the path in its tiny configuration: a new recipe is tested by being there."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from export import golden, texts, verify
from export import graph as exporting
from export.make import build, build_variant
from export.recipe import Graph
from export.recipes import elmo, registry
from export.recipes.textcnn import ROUNDED
from hub.card import TensorSpec


def narrow(graph: Graph) -> Graph:
    """The graph with the widths of the tiny module in its inputs and outputs; the named axes stay."""
    feeds = graph.sample(graph.example)
    with torch.no_grad():
        found = graph.module(*feeds.values())

    def fitted(specs: tuple[TensorSpec, ...], values: dict[str, torch.Tensor]) -> tuple[TensorSpec, ...]:
        return tuple(
            spec.model_copy(
                update={
                    "shape": tuple(
                        declared if isinstance(declared, str) else size
                        for declared, size in zip(spec.shape, values[spec.name].shape, strict=True)
                    )
                }
            )
            for spec in specs
        )

    return dataclasses.replace(graph, inputs=fitted(graph.inputs, feeds), outputs=fitted(graph.outputs, found))


# Of the 64 graphs of this lab: every activation, every form of a layer, both precisions. Building one takes seconds;
# the golden outputs of all that are committed are checked with their bundle.
SOME = {
    "gradient-lab": (
        *("sigmoid", "tanh-residual", "relu-norm", "maxout-norm-residual", "p-relu", "rnn", "chain-tanh", "statistics"),
        *("leaky-relu-norm-residual.float32", "r-relu.float32", "lstm.float32"),
    )
}
GRAPHS = {
    f"{name}/{graph.name}": graph
    for name, recipe in registry().items()
    if not recipe.reads
    for graph in recipe.graphs(recipe.tiny())
    if graph.name in SOME.get(name, (graph.name,))
}
READING = [name for name, recipe in registry().items() if recipe.reads in (texts.tokenizer, elmo.reader)]


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_a_graph_of_arrays_gives_the_outputs_and_gradients_of_pytorch(graph: Graph, tmp_path: Path) -> None:
    (wanted,) = graph.variants
    onnx.save(build_variant(graph, wanted, build(graph)), tmp_path / wanted.file)
    subject, pytorch = graph.open(tmp_path / wanted.file, None), graph.reference_runner(None)
    verify.require_reference(graph, pytorch)
    far = verify.distance(graph, subject, pytorch)
    verify.require_exact(graph, subject, pytorch, (), far)
    assert far.relative <= 1e-5


@pytest.mark.parametrize("name", READING)
def test_a_recipe_whose_weights_are_rounded_says_so(name: str) -> None:
    assert (ROUNDED in registry()[name].departures) == registry()[name].round_weights


@pytest.mark.parametrize("name", READING)
def test_tiny_configuration_gives_the_answers_of_pytorch(name: str, tmp_path: Path) -> None:
    recipe = registry()[name]
    trained = recipe.tiny()
    trained.module.eval().requires_grad_(False)
    own = golden.texts(recipe.languages)
    assert recipe.reads
    reader = recipe.reads(recipe, trained, tmp_path)
    graphs = [narrow(graph) for graph in recipe.graphs(trained)]
    whole = next(graph for graph in graphs if not graph.part)
    names = [spec.name for spec in whole.inputs]
    files = {}
    for graph in graphs:
        exported, pytorch = build(graph), graph.reference_runner(reader)
        for number, wanted in enumerate(graph.variants):
            calibration = [reader.feeds([text], names) for text in own]
            onnx.save(build_variant(graph, wanted, exported, calibration), tmp_path / wanted.file)
            subject = files[wanted.name] = graph.open(tmp_path / wanted.file, reader)
            assert subject.outputs == (wanted.outputs or pytorch.outputs), wanted.name
            far = verify.distance(graph, subject, pytorch)  # runs at every shape, with the shapes of PyTorch
            if number == 0:
                verify.require_exact(graph, subject, pytorch, own if graph is whole else (), far)
            neighbour = verify.neighbour_difference(graph, subject, own)
            assert neighbour is None or neighbour <= graph.max_neighbour, wanted.name
            operators = exporting.operators(onnx.load(tmp_path / wanted.file))
            assert "DynamicQuantizeLinear" not in operators, "its one scale per tensor mixes the batch"

    parts = [graph for graph in graphs if graph.part]
    if parts and {spec.name for spec in whole.outputs} <= {spec.name for spec in parts[-1].outputs}:
        # The parts one after the other are the model.
        feeds = reader.feeds(own, names)
        expected = files[whole.variants[0].name].run(feeds)
        feeds["position_ids"] = np.arange(feeds["input_ids"].shape[1])[None].repeat(len(own), axis=0)
        for graph in parts:
            piece = files[graph.name]
            feeds |= piece.run({key: feeds[key] for key in piece.inputs})
        for output, values in expected.items():
            np.testing.assert_allclose(feeds[output], values, atol=1e-5, err_msg=output)
