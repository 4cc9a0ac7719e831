"""Rankers: the papers' equations on small tensors, padding that changes nothing, weights that all learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from models.ranking import (
    CoarseRanker,
    Cold,
    CrossNetwork,
    Experts,
    Fields,
    FineRanker,
    Interest,
    RankerConfig,
    Scene,
    Standard,
    TwoTowers,
    mean,
)

CONFIG = RankerConfig(
    user_fields=(3, 4), item_fields=(9, 5), request=4, item=3, pair=2, scenes=3, vectors=6, histories=2, tasks=2,
    embedding=4, attention=5, rank=3, experts=2, expert=(8, 6), dropout=0.0,
)  # fmt: skip
Ranker = FineRanker | CoarseRanker


def inputs(batch: int = 2, candidates: int = 3, events: int = 4) -> dict[str, Tensor]:
    torch.manual_seed(1)
    lists = (batch, candidates)
    history = (batch, CONFIG.histories, events)
    return {
        "user_ids": torch.randint(0, 3, (batch, 2)),
        "request": torch.randn(batch, CONFIG.request),
        "scene": torch.arange(batch) % CONFIG.scenes,
        "item_ids": torch.randint(0, 5, (*lists, 2)),
        "item": torch.randn(*lists, CONFIG.item),
        "pair": torch.randn(*lists, CONFIG.pair),
        "history_ids": torch.randint(0, 5, (*history, 2)),
        "history_mask": torch.ones(history),
    }


def ranker(name: str) -> Ranker:
    """With weights that are no longer as they began: a tower begins with zeros, for one."""
    torch.manual_seed(0)
    made: Ranker
    if name in get_args(Scene):
        made = FineRanker(replace(CONFIG, scene=name))  # type: ignore[arg-type]
    else:
        made = TwoTowers(CONFIG) if name == "towers" else Cold(CONFIG)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return made.eval()


RANKERS = (*get_args(Scene), "towers", "cold")


@pytest.mark.parametrize("rank", [0, 2])
def test_crossing_is_equation_1_of_the_paper(rank: int) -> None:
    torch.manual_seed(0)
    cross, x = CrossNetwork(4, layers=2, rank=rank), torch.randn(3, 4)
    expected = x
    for layer in cross.layers:
        if rank:
            matrix, bias = layer[1].weight @ layer[0].weight, layer[1].bias
        else:
            matrix, bias = layer.weight, layer.bias
        expected = x * (expected @ matrix.T + bias) + expected
    assert torch.allclose(cross(x), expected, atol=1e-6)


def test_interest_is_one_layer_on_history_target_difference_and_product() -> None:
    torch.manual_seed(0)
    interest, history, target = Interest(3, hidden=4), torch.randn(1, 2, 3), torch.randn(1, 2, 3)
    of_difference, of_product = interest.of_difference.weight, interest.of_product.weight
    whole = torch.cat([interest.of_history.weight, interest.of_target.weight, of_difference, of_product], 1)
    pooled, attention = interest(history, torch.ones(1, 2), target)
    for candidate, t in enumerate(target[0]):
        expected = torch.zeros(3)
        for event, h in enumerate(history[0]):
            hidden = whole @ torch.cat([h, t, h - t, h * t]) + interest.of_history.bias
            weight = interest.weight(interest.activation(hidden))
            assert float(attention[0, candidate, event]) == pytest.approx(float(weight), abs=1e-6)
            expected = expected + weight * h
        assert torch.allclose(pooled[0, candidate], expected, atol=1e-6)


def test_each_task_mixes_the_experts_by_its_own_gate() -> None:
    torch.manual_seed(0)
    experts, x = Experts(4, experts=3, widths=(5,), tasks=2), torch.randn(6, 4)
    mixed, gates = experts(x)
    assert torch.allclose(gates.sum(-1), torch.ones(6, 2))
    outputs = [expert(x) for expert in experts.experts]
    for task in range(2):
        logits = x @ experts.gates.weight.view(2, 3, 4)[task].T
        share = torch.softmax(logits, 1)
        assert torch.allclose(gates[:, task], share, atol=1e-6)
        expected = sum(share[:, [place]] * output for place, output in enumerate(outputs))
        assert torch.allclose(mixed[:, task], expected, atol=1e-6)  # type: ignore[arg-type]


def test_two_facts_with_the_same_value_are_two_rows() -> None:
    fields = Fields((3, 4), 2)
    found = fields(torch.tensor([[1, 1]]))[0]
    assert torch.equal(found, torch.cat([fields.table.weight[1], fields.table.weight[3 + 1]]))


def test_numbers_come_to_one_scale_and_one_that_never_varies_stays() -> None:
    standard = Standard(2)
    standard.fit(torch.tensor([[1.0, 7.0], [3.0, 7.0]]))
    found = standard(torch.tensor([[2.0, 7.0], [1e9, 8.0]]))
    assert found.tolist() == [[0.0, 0.0], [5.0, 1.0]]


def test_a_history_without_events_has_mean_zero() -> None:
    history, mask = torch.randn(1, 2, 3, 4), torch.tensor([[[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]])
    expected = torch.cat([history[0, 0, :2].mean(0), torch.zeros(4)])
    assert torch.allclose(mean(history, mask)[0], expected, atol=1e-6)


@pytest.mark.parametrize("name", RANKERS)
def test_padding_and_neighbours_change_no_score(name: str) -> None:
    model, batch = ranker(name), inputs()
    short = 2
    batch["history_mask"][1, :, short:] = 0
    batch["history_mask"][1, 1] = 0  # one history has nothing at all
    beside = model(**batch)["logits"]
    alone = {key: values[1:] for key, values in batch.items()}
    for key in ("item_ids", "item", "pair"):
        alone[key] = alone[key][:, :1]
    for key in ("history_ids", "history_mask"):
        alone[key] = alone[key][:, :, :short]
    assert torch.allclose(model(**alone)["logits"][0, 0], beside[1, 0], atol=1e-5)
    batch["history_ids"][1, :, short:] = 4  # what stands in the padding is not read
    batch["history_ids"][1, 1] = 3
    assert torch.equal(model(**batch)["logits"], beside)


@pytest.mark.parametrize("name", RANKERS)
def test_every_weight_learns_and_the_fixed_vectors_do_not(name: str) -> None:
    model = ranker(name).train()
    model(**inputs(batch=6))["logits"].square().sum().backward()
    for key, weight in model.named_parameters():
        if key == "known.items.fixed.weight":
            assert weight.grad is None
        else:
            assert weight.grad is not None and weight.grad.abs().sum() > 0, key


def test_the_scene_enters_where_it_is_said_to() -> None:
    batch = inputs(batch=1)
    other = {**batch, "scene": batch["scene"] + 1}
    gated = ranker("gate")
    gates = gated(**batch)["gates"]
    assert torch.equal(gates[:, 0], gates[:, 1]), "the candidate has no say in the mix"
    assert not torch.allclose(gates, gated(**other)["gates"])
    fresh = FineRanker(replace(CONFIG, scene="tower"))
    with torch.no_grad():
        fresh.known.scenes.weight.zero_()
    assert torch.equal(fresh(**batch)["logits"], fresh(**other)["logits"]), "a scene begins with the common head"
    with torch.no_grad():
        fresh.towers.weight[int(other["scene"])] = 1  # type: ignore[union-attr]
    assert not torch.allclose(fresh(**batch)["logits"], fresh(**other)["logits"])


def test_the_gates_and_the_attention_are_named() -> None:
    outputs = FineRanker(CONFIG)(**inputs())
    shapes = {name: tuple(values.shape) for name, values in outputs.items()}
    assert shapes == {"logits": (2, 3, 2), "hidden": (2, 3, 12), "gates": (2, 3, 2, 2), "attention": (2, 3, 2, 4)}


@pytest.mark.parametrize("name", ["tower", "towers", "cold"])
def test_the_graph_takes_any_number_of_lists_candidates_and_events(name: str, tmp_path: Path) -> None:
    model, batch = ranker(name), inputs()
    dynamic = torch.export.Dim.DYNAMIC
    axes = {"item_ids": (0, 1), "item": (0, 1), "pair": (0, 1), "history_ids": (0, 2), "history_mask": (0, 2)}
    shapes = {key: {axis: dynamic for axis in axes.get(key, (0,))} for key in batch}
    file = tmp_path / "ranker.onnx"
    torch.onnx.export(model, kwargs=batch, f=str(file), dynamo=True, dynamic_shapes=shapes, verbose=False)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    for size in ((1, 1, 1), (4, 7, 9)):
        other = inputs(*size)
        feed = {one.name: other[one.name].numpy() for one in session.get_inputs()}
        expected = model(**other)["logits"].detach().numpy()
        assert np.allclose(session.run(None, feed)[0], expected, atol=1e-5)
