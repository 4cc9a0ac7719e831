"""Every recipe of the registry walks the path in its tiny configuration: a new recipe is tested by being there."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from export import golden, graph, lab, verify
from export.make import build
from export.recipe import Graph, Lab, Recipe, Trained, sample_inputs
from export.recipes import registry
from export.recipes.textcnn import ROUNDED
from export.runner import encode
from hub.card import TensorSpec
from hub.session import open_session
from hub.text import TOKENIZER_FILE, TextEncoder
from tests.export import toy


def narrow(recipe: Recipe, trained: Trained) -> Recipe:
    """The recipe with the widths of the tiny module in its outputs and parts; the named axes stay."""
    inputs = sample_inputs(recipe, 2, 3, trained.tokenizer.get_vocab_size())

    def fitted(specs: tuple[TensorSpec, ...], found: dict[str, torch.Tensor]) -> tuple[TensorSpec, ...]:
        return tuple(
            spec.model_copy(
                update={
                    "shape": tuple(
                        declared if isinstance(declared, str) else size
                        for declared, size in zip(spec.shape, found[spec.name].shape, strict=True)
                    )
                }
            )
            for spec in specs
        )

    pieces = []
    for piece in recipe.pieces:
        feeds = piece.sample(trained.module, inputs)
        found = piece.module(trained.module)(*feeds.values())
        pieces.append(
            dataclasses.replace(piece, inputs=fitted(piece.inputs, feeds), outputs=fitted(piece.outputs, found))
        )
    outputs = fitted(recipe.outputs, trained.module(*inputs.values()))
    return dataclasses.replace(recipe, outputs=outputs, pieces=tuple(pieces))


RECIPES = {name: recipe for name, recipe in registry().items() if isinstance(recipe, Recipe)}
# Of the 64 graphs of this lab: every activation, every form of a layer, both precisions. Building one takes seconds;
# the golden outputs of all that are committed are checked with their bundle.
SOME = {
    "gradient-lab": (
        *("sigmoid", "tanh-residual", "relu-norm", "maxout-norm-residual", "p-relu", "rnn", "chain-tanh", "statistics"),
        *("leaky-relu-norm-residual.float32", "r-relu.float32", "lstm.float32"),
    )
}
GRAPHS = {
    f"{name}/{wanted.name}": wanted
    for name, recipe in registry().items()
    if isinstance(recipe, Lab)
    for wanted in recipe.graphs
    if wanted.name in SOME.get(name, (wanted.name,))
}


@pytest.mark.parametrize("wanted", GRAPHS.values(), ids=GRAPHS)
def test_a_graph_of_a_lab_gives_the_outputs_and_gradients_of_pytorch(wanted: Graph, tmp_path: Path) -> None:
    onnx.save(lab.build(wanted), tmp_path / wanted.file)
    parity = lab.require_same(wanted, open_session(tmp_path / wanted.file, threads=1))
    assert parity.max_relative_difference is not None and parity.max_relative_difference <= 1e-5


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_whose_weights_are_rounded_says_so(name: str) -> None:
    assert (ROUNDED in RECIPES[name].departures) == RECIPES[name].round_weights


@pytest.mark.parametrize("name", RECIPES)
def test_tiny_configuration_gives_the_answers_of_pytorch(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    trained = recipe.tiny()
    trained.module.eval().requires_grad_(False)
    recipe = narrow(recipe, trained)
    texts = [text for language in recipe.languages for text in golden.TEXTS[language]]
    names = [spec.name for spec in recipe.inputs]
    trained.tokenizer.save(str(tmp_path / TOKENIZER_FILE))
    encoder = TextEncoder(tmp_path / TOKENIZER_FILE, recipe.max_tokens)
    graphs = build(recipe, trained, [encode(encoder, [text], names) for text in texts])

    full = toy.runner(graphs.fp32, tmp_path, trained.tokenizer, recipe.max_tokens)
    assert full.outputs == tuple(spec.name for spec in recipe.outputs)
    for batch, tokens in ((1, 1), (1, 5), (2, 300), (7, 1), (7, 5), (7, 300)):
        inputs = sample_inputs(recipe, batch, min(tokens, recipe.max_tokens), trained.tokenizer.get_vocab_size())
        feeds = {key: values.numpy() for key, values in inputs.items()}
        expected = verify.torch_outputs(trained, feeds)
        for output, values in full.run(feeds).items():
            assert values.shape == expected[output].shape, f"{output} at {batch} x {tokens}"
            if values.dtype.kind == "f":
                np.testing.assert_allclose(values, expected[output], atol=1e-4, err_msg=f"{output}, {batch} x {tokens}")
    verify.require_same(recipe, trained, full, texts)
    assert verify.neighbour_difference(full, texts, recipe.answers) <= verify.MAX_NEIGHBOUR

    # The parts one after the other are the model.
    if graphs.pieces:
        feeds = encode(encoder, texts, names)
        feeds["position_ids"] = np.arange(feeds["input_ids"].shape[1])[None].repeat(len(texts), axis=0)
        for name, proto in graphs.pieces.items():
            path = tmp_path / f"{name}.onnx"
            onnx.save(proto, path)
            session = open_session(path, threads=1)
            given = {key: feeds[key] for key in session.inputs}
            feeds |= dict(zip(session.outputs, session.run(given, session.outputs), strict=True))
        whole = full.run({key: feeds[key] for key in names})
        for output, values in whole.items():
            np.testing.assert_allclose(feeds[output], values, atol=1e-5, err_msg=output)

    for variant, proto in graphs.quantised.items():
        runner = toy.runner(proto, tmp_path, trained.tokenizer, recipe.max_tokens)
        assert runner.outputs == (recipe.kept or recipe.answers), variant
        verify.shape_difference(recipe, trained, runner)  # runs at every shape, with the shapes of PyTorch
        assert verify.neighbour_difference(runner, texts, recipe.answers) <= verify.MAX_NEIGHBOUR, variant
        assert "DynamicQuantizeLinear" not in graph.operators(proto), "its one scale per tensor mixes the batch"
