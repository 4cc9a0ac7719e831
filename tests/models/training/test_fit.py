"""Training: it learns, keeps the best, goes on after an interruption, and does not train what is finished."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from models.training import fit

SETTINGS = fit.Settings(epochs=4, batch_size=8, learning_rate=0.05, evaluations_per_epoch=2)


class Bag(nn.Module):
    """Mean of word vectors and a linear layer, with a constraint after each step."""

    def __init__(self, words: int = 12, limit: float = 1.0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, 4, padding_idx=0)
        self.classifier = nn.Linear(4, 2)
        self.limit = limit

    def forward(self, input_ids: Tensor) -> dict[str, Tensor]:
        count = (input_ids != 0).sum(1, keepdim=True)
        return {"logits": self.classifier(self.embedding(input_ids).sum(1) / count)}

    def after_step(self) -> None:
        self.classifier.weight.clamp_(-self.limit, self.limit)


class Broken(RuntimeError):
    pass


def examples(count: int, seed: int) -> list[fit.Example]:
    """Words 1 to 5 are negative, 6 to 11 positive; texts of 1 to 9 words of one kind."""
    rng = np.random.default_rng(seed)
    made: list[fit.Example] = []
    for _ in range(count):
        label = int(rng.integers(2))
        low, high = (6, 12) if label else (1, 6)
        made.append({"input_ids": rng.integers(low, high, rng.integers(1, 10)).tolist(), "labels": label})
    return made


def objective(seed: int = 0) -> fit.Objective:
    torch.manual_seed(seed)
    return fit.Objective(Bag(), fit.cross_entropy())


def accuracy(made: fit.Objective, rows: list[fit.Example]) -> float:
    with torch.no_grad():
        hits = [made.model(torch.tensor([row["input_ids"]]))["logits"].argmax().item() == row["labels"] for row in rows]
    return float(np.mean(hits))


def same(first: nn.Module, second: nn.Module) -> bool:
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.allclose(left, right, atol=1e-6) for left, right in pairs)


def test_it_learns_and_leaves_the_module_ready_to_use(tmp_path: Path) -> None:
    made = objective()

    history = fit.fit(made, examples(80, 1), examples(40, 2), tmp_path, SETTINGS)

    assert not made.training
    assert accuracy(made, examples(40, 2)) == history["best"] > 0.9
    assert json.loads((tmp_path / fit.HISTORY_FILE).read_text())["settings"]["epochs"] == 4
    assert list(tmp_path.glob("steps/runs/*/events*"))  # TensorBoard


def test_a_finished_run_is_loaded_and_not_trained_again(tmp_path: Path) -> None:
    first, second = objective(), objective(seed=5)
    fit.fit(first, examples(80, 1), examples(40, 2), tmp_path, SETTINGS)

    fit.fit(second, [], [], tmp_path, SETTINGS)  # no data needed

    assert same(first, second)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_an_interrupted_run_goes_on_and_ends_where_an_unbroken_one_ends(
    optimizer: Literal["adamw", "muon"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = dataclasses.replace(SETTINGS, optimizer=optimizer)
    whole, broken = objective(), objective()
    fit.fit(whole, examples(80, 1), examples(40, 2), tmp_path / "whole", settings)

    steps = []

    def interrupt() -> None:
        steps.append(1)
        if len(steps) == 27:  # in the third epoch
            raise Broken

    monkeypatch.setattr(broken.model, "after_step", lambda: (Bag.after_step(broken.model), interrupt()))
    with pytest.raises(Broken):
        fit.fit(broken, examples(80, 1), examples(40, 2), tmp_path / "broken", settings)
    assert not (tmp_path / "broken" / fit.HISTORY_FILE).exists()

    resumed = objective(seed=9)
    history = fit.fit(resumed, examples(80, 1), examples(40, 2), tmp_path / "broken", settings)

    assert history["log"][-1]["step"] == 40
    assert same(whole, resumed) and accuracy(resumed, examples(40, 2)) > 0.9


def test_the_best_evaluation_is_kept_not_the_last(tmp_path: Path) -> None:
    """A learning rate that ruins the model after it was good."""
    made = objective()
    ruinous = dataclasses.replace(SETTINGS, learning_rate=0.05, epochs=3)
    calls = []

    def worse_and_worse(_: fit.EvalPrediction) -> dict[str, float]:
        calls.append({name: value.clone() for name, value in made.state_dict().items()})
        return {"accuracy": -float(len(calls))}

    history = fit.fit(made, examples(80, 1), examples(40, 2), tmp_path, ruinous, worse_and_worse)

    assert history["best"] == -1.0
    assert all(torch.allclose(made.state_dict()[name], value) for name, value in calls[0].items())


def test_patience_stops_a_run_that_no_longer_improves(tmp_path: Path) -> None:
    settings = dataclasses.replace(SETTINGS, epochs=50, patience=3)

    history = fit.fit(objective(), examples(80, 1), examples(40, 2), tmp_path, settings)

    assert history["log"][-1]["step"] < 50 * 10


def test_the_constraint_holds_after_every_step(tmp_path: Path) -> None:
    made = objective()
    made.model.limit = 0.1

    fit.fit(made, examples(40, 1), examples(20, 2), tmp_path, dataclasses.replace(SETTINGS, epochs=1))

    assert made.model.classifier.weight.abs().max() <= 0.1 + 1e-6


def test_collate_pads_ids_and_mask_with_zeros_and_stacks_the_rest() -> None:
    batch = fit.collate(
        [
            {"input_ids": [5, 6, 7], "attention_mask": [1, 1, 1], "labels": [0.5, -1.0]},
            {"input_ids": [8], "attention_mask": [1], "labels": [2.0, 3.0]},
        ]
    )

    assert batch["input_ids"].tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch["labels"].tolist() == [[0.5, -1.0], [2.0, 3.0]]


@pytest.mark.parametrize("count", [1, 7, 8, 1000])
def test_length_buckets_give_each_example_once_and_batches_of_one_length(count: int) -> None:
    lengths = np.random.default_rng(0).integers(1, 50, count)
    sampler = fit.LengthBuckets(lengths.tolist(), batch_size=8, seed=0)

    order = list(sampler)

    assert sorted(order) == list(range(count))
    spreads = [np.ptp(lengths[order[start : start + 8]]) for start in range(0, count, 8)]
    assert np.mean(spreads) <= 4 or count < 100
    sampler.set_epoch(1)
    assert list(sampler) != order or count <= 8


def test_soft_labels_count_by_their_largest_entry() -> None:
    predicted = fit.EvalPrediction(np.array([[0.1, 2.0], [3.0, 1.0]]), np.array([[-1.0, 1.0], [-4.0, 2.0]]))

    assert fit.accuracy(predicted) == {"accuracy": 0.5}


def test_the_mean_of_the_last_checkpoints_is_kept_where_it_is_better(tmp_path: Path) -> None:
    """Evaluations of training count as 0; of the means that follow, the one of three checkpoints is the best."""
    values = iter([0.0, 0.0, 0.0, 0.0, 0.1, 0.2, 0.7, 0.5])
    settings = dataclasses.replace(SETTINGS, epochs=2, average=4)
    made = objective()

    history = fit.fit(
        made, examples(80, 1), examples(40, 2), tmp_path, settings, lambda _: {"accuracy": next(values)}
    )  # fmt: skip

    parts = [load_file(tmp_path / "steps" / f"checkpoint-{step}" / fit.WEIGHTS_FILE) for step in (10, 15, 20)]
    assert history["best"] == 0.7
    for name, value in made.state_dict().items():
        torch.testing.assert_close(value, torch.stack([part[name] for part in parts]).mean(0))
