"""Linear probes: they find what is there, weigh the layer that has it, and favour none where they are asked to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.training import probes

ROWS = {"train": 600, "valid": 200, "test": 300}


def data(signal: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Three layers, of very different size, one of which tells the label."""
    dice = np.random.default_rng(0)
    vectors, labels = {}, {}
    for split, rows in ROWS.items():
        labels[split] = dice.integers(0, 3, rows)
        x = dice.normal(size=(rows, 3, 8))
        x[:, signal, :3] += 4 * np.eye(3)[labels[split]]
        vectors[split] = (x * np.array([50, 1, 3])[:, None]).astype(np.float32)
    return vectors, labels


@pytest.mark.parametrize("signal", [0, 1, 2])
def test_a_learnt_mix_weighs_the_layer_that_tells(signal: int) -> None:
    vectors, labels = data(signal)
    found = probes.train(vectors, labels, 3)
    assert found.right.mean() > 0.9
    assert found.weights.argmax() == signal and found.weights.sum() == pytest.approx(1, abs=1e-5)


def test_scores_of_the_layers_mixed_are_what_the_probe_says() -> None:
    vectors, labels = data(1)
    found = probes.train(vectors, labels, 3, mixing="any")
    said = np.tensordot(found.weights, found.scores, (0, 1)) + found.bias
    assert np.array_equal(said.argmax(1) == labels["test"], found.right)
    x = probes.standardised(vectors)["test"]
    with torch.no_grad():
        alone = found.probe(x, torch.tensor([0.0, 1.0, 0.0]))
    assert np.allclose(alone.numpy(), found.scores[:, 1] + found.bias, atol=1e-4)


def test_a_probe_of_any_mix_knows_the_layer_that_tells_from_the_others() -> None:
    vectors, labels = data(2)
    found = probes.train(vectors, labels, 3, mixing="any")
    alone = [((found.scores[:, layer] + found.bias).argmax(1) == labels["test"]).mean() for layer in range(3)]
    assert alone[2] > 0.9 > 0.6 > max(alone[:2])


def test_labels_by_lot_cannot_be_told() -> None:
    vectors, labels = data(0)
    lots = {split: np.random.default_rng(1).permutation(rows) for split, rows in labels.items()}
    assert probes.train(vectors, lots, 3).right.mean() < 0.5
