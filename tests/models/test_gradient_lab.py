"""The written-out backward passes against autograd in float64, and the update against PyTorch's own tools."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from export import golden
from export.recipes import gradient_lab as recipe
from models import gradient_lab as models

CASES = {graph.name: graph for graph in recipe.GRAPHS if graph.reference and not graph.name.endswith("float32")}


@pytest.mark.parametrize("number", range(len(recipe.SIZES)))
@pytest.mark.parametrize("name", CASES)
def test_every_gradient_and_every_next_weight_is_autograds(name: str, number: int) -> None:
    graph = CASES[name]
    inputs = {key: v.double() if v.is_floating_point() else v for key, v in graph.sample(graph.shapes[number]).items()}
    assert graph.reference is not None
    expected = graph.reference({key: values.clone() for key, values in inputs.items()})
    with torch.no_grad():
        found = graph.module(*(inputs[spec.name] for spec in graph.inputs))
    assert set(found) == {spec.name for spec in graph.outputs}
    for key, values in expected.items():
        assert golden.distance(values.detach().numpy(), found[key].numpy()) < 1e-9, key


def gradients(*shapes: tuple[int, ...]) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(0)
    return {f"weight_{index}": torch.randn(shape, generator=random).double() for index, shape in enumerate(shapes)}


@pytest.mark.parametrize("limit", [0.01, 1.0, 1e6])
def test_clipping_by_norm_is_that_of_pytorch(limit: float) -> None:
    slopes = gradients((3, 4), (5,))
    weights = {name: torch.zeros_like(values) for name, values in slopes.items()}
    peers = [nn.Parameter(torch.zeros_like(values)) for values in slopes.values()]
    for peer, values in zip(peers, slopes.values(), strict=True):
        peer.grad = values.clone()
    nn.utils.clip_grad_norm_(peers, limit)
    zero = torch.tensor(0.0).double()
    rules = {
        "regularise": torch.tensor(True),
        "l1": zero,
        "l2": zero,
        "clip_value": zero + torch.inf,
        "clip_norm": zero + limit,
    }
    found = models.update(weights, slopes, zero + 1, rules)
    for peer, values in zip(peers, found.values(), strict=True):
        assert peer.grad is not None
        torch.testing.assert_close(-values, peer.grad, rtol=1e-4, atol=0)  # PyTorch adds 1e-6 to the norm


def test_clipping_by_norm_does_not_overflow_where_squares_do() -> None:
    slopes = {"weight": torch.full((10,), 1e30)}  # float32: its square is infinite
    zero = torch.tensor(0.0)
    rules = {
        "regularise": torch.tensor(True),
        "l1": zero,
        "l2": zero,
        "clip_value": zero + torch.inf,
        "clip_norm": zero + 1,
    }
    found = models.update({"weight": torch.zeros(10)}, slopes, zero + 1, rules)
    assert float(found["next_weight"].norm()) == pytest.approx(1)


def test_without_rules_the_step_is_plain_descent() -> None:
    slopes = gradients((3,))
    nan = torch.tensor(torch.nan).double()
    rules = {"regularise": torch.tensor(False), "l1": nan, "l2": nan, "clip_value": nan, "clip_norm": nan}
    found = models.update({"weight_0": torch.ones(3).double()}, slopes, torch.tensor(0.5).double(), rules)
    torch.testing.assert_close(found["next_weight_0"], 1 - 0.5 * slopes["weight_0"])


def test_norms_neither_underflow_nor_overflow() -> None:
    values = torch.tensor([[3e-200, 4e-200], [3e200, 4e200], [0.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(models.norms(values), torch.tensor([5e-200, 5e200, 0.0], dtype=torch.float64))
