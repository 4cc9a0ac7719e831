"""XLNet's bundles: the yardstick is the same for every objective, and a leak stops the publication."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from export import verify
from export.evaluations.orders import Hidden, blocks, gap, losses, neighbours, questions
from export.evaluations.probed import SPLITS, Treebank, read
from export.pytorch import TorchRunner
from export.recipe import Trained
from export.recipes import registry
from export.recipes import xlnet as recipes
from export.runner import Runner, reader_of
from hub.bundle import Bundle, Bundles
from hub.card import Orders
from hub.orders import OrderReader
from hub.tasks.permutation import TASK, orders_of
from models.training.bert import CLS_ID, SEP_ID, SPECIAL
from models.xlnet import LanguageModel, XLNetConfig

TEXTS = ["the film is a mess and the jokes fall flat", "boring", "who wrote the novel"] * 30


def opened(bundle: Bundle) -> tuple[Runner, Orders]:
    reader = reader_of(bundle.folder, bundle.card)
    assert isinstance(reader, OrderReader)
    return Runner(bundle.path(bundle.variant().file), reader), orders_of(bundle)


@pytest.fixture(scope="module", params=["orders", "orders-ahead", "orders-masked"])
def bundle(made_orderers: Path, request: pytest.FixtureRequest) -> Bundle:
    return Bundles(made_orderers).get(request.param, TASK)


def test_blocks_are_those_of_training(bundle: Bundle) -> None:
    runner, _ = opened(bundle)
    rows = blocks(runner.reader, TEXTS, 3)
    assert rows.shape == (3, 128)
    assert (rows[:, 0] == CLS_ID).all() and (rows[:, -1] == SEP_ID).all()
    assert (rows[:, 1:-1] == SEP_ID).any()


def test_each_objective_is_asked_for_the_same_tokens_with_the_same_in_sight(bundle: Bundle) -> None:
    runner, orders = opened(bundle)
    rows = blocks(runner.reader, TEXTS, 2)
    asked = [questions(row, np.random.default_rng(0)) for row in rows]
    assert all(len(one.targets) == 21 for one in asked)
    assert all((row[list(one.targets)] >= len(SPECIAL)).all() for row, one in zip(rows, asked, strict=True))
    found = losses(runner, orders, asked)
    # What may not be seen changes nothing.
    last = asked[0].targets[-1]
    other = rows[0].copy()
    other[last] = other[last] + 1
    changed = losses(runner, orders, [type(asked[0])(other, asked[0].hidden, asked[0].targets)])
    np.testing.assert_allclose(changed[0][:-1], found[0][:-1], atol=1e-5)


def test_the_gap_is_nothing_for_masks_and_something_for_orders(bundle: Bundle) -> None:
    runner, orders = opened(bundle)
    rows = blocks(runner.reader, TEXTS, 3)
    found = gap(runner, orders, rows)
    assert found.shape == (3,) and (found != 0).any() == (orders.objective != "masked")
    apart, together = neighbours(rows[0], np.random.default_rng(0))
    (target,) = apart.targets
    assert together.targets == (target,)
    assert np.flatnonzero(apart.hidden[target]).tolist() == [target - 1, target]
    assert np.flatnonzero(together.hidden[target]).tolist() == [target]


def test_an_evaluation_has_figures_and_is_held_against_pytorch(bundle: Bundle) -> None:
    runner, _ = opened(bundle)
    evaluation = Hidden("ours", "valid", lambda: TEXTS[:40])
    loaded = evaluation.load(registry()["xlnet-en"], {"model": runner})
    found = loaded.score({"model": runner})
    assert found.quality == pytest.approx(np.exp(found.figures["nats_hidden"]))
    assert found.parity["max_abs_difference"] == 0 and found.rows > 0


def test_a_leak_stops_the_publication() -> None:
    torch.manual_seed(0)
    config = XLNetConfig(60, hidden_size=16, layers=1, heads=2, intermediate_size=32, initializer_range=0.3)
    trained = Trained(LanguageModel(config).eval())
    (graph,) = recipes.graphs(trained)
    runner = TorchRunner(graph.module, graph.inputs, graph.outputs, None, False)
    recipes.no_leak(config, runner, runner, ())

    class Leaking(torch.nn.Module):
        def forward(self, input_ids, token_type_ids, perm_mask, target_mapping, mems, placed):  # type: ignore[no-untyped-def]
            return graph.module(input_ids, token_type_ids, perm_mask * 0, target_mapping, mems, placed)

    leaking = TorchRunner(Leaking(), graph.inputs, graph.outputs, None, False)
    with pytest.raises(verify.GateError):
        recipes.no_leak(config, leaking, leaking, ())


def test_a_word_is_the_mean_of_its_pieces(bundle: Bundle) -> None:
    runner, orders = opened(bundle)
    vectors = read(runner, [["film", "unheard", "of"], ["a", "mess"]])
    assert vectors.shape == (5, orders.layers, orders.hidden_size)
    (again,) = read(runner, [["a", "mess"]])[1:]
    np.testing.assert_allclose(vectors[4], again, atol=1e-5)


def test_a_probe_learns_what_the_layers_tell(bundle: Bundle) -> None:
    runner, _ = opened(bundle)
    words = [["film", "a", "mess", "a"], ["a", "novel"]] * 20
    tags = [tag for _ in range(20) for tag in ("N", "D", "N", "D", "D", "N")]
    found = Treebank("model", dict.fromkeys(SPLITS, words), dict.fromkeys(SPLITS, tags)).score({"model": runner})
    assert found.figures["accuracy"] == 1 and found.rows == 120
