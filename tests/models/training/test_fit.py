"""Training: it learns, keeps the best, goes on after an interruption, and does not train what is finished."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from models.training import fit, runs

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


def test_a_finished_run_is_loaded_and_not_trained_again(tmp_path: Path) -> None:
    first, second = objective(), objective(seed=5)
    fit.fit(first, examples(80, 1), examples(40, 2), tmp_path, SETTINGS)

    with runs.only_finished():
        fit.fit(second, examples(80, 1), examples(40, 2), tmp_path, SETTINGS)

    assert same(first, second)


@pytest.mark.parametrize("has_it", [True, False])
def test_bfloat16_is_taken_where_the_machine_computes_in_it_and_said(
    has_it: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fit, "computes_in_bf16", lambda: has_it)
    made, seen = objective(), set()
    made.model.classifier.register_forward_hook(lambda _, __, logits: seen.add(logits.dtype))
    fit.fit(made, examples(16, 1), examples(8, 2), tmp_path, dataclasses.replace(SETTINGS, epochs=1, bf16=True))
    assert seen == {torch.bfloat16 if has_it else torch.float32}
    assert json.loads((tmp_path / fit.RUN_FILE).read_text())["bf16"] is has_it


def other_weights() -> fit.Objective:
    made = objective()
    made.model.more = nn.Parameter(torch.zeros(1))
    return made


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"settings": dataclasses.replace(SETTINGS, learning_rate=0.07)}, "learning_rate was .* and is 0.07"),
        ({"train": 81}, r"the train examples are others \(80 then, 81 now\)"),
        ({"valid_seed": 3}, r"the valid examples are others \(40 then, 40 now\)"),
        ({"objective": other_weights}, "the model has other weights"),
    ],
)
@pytest.mark.parametrize("finished", [True, False], ids=["finished", "unfinished"])
def test_a_run_of_something_else_is_neither_loaded_nor_resumed(
    finished: bool, changed: dict[str, Any], message: str, tmp_path: Path
) -> None:
    fit.fit(objective(), examples(80, 1), examples(40, 2), tmp_path, SETTINGS)
    if not finished:
        (tmp_path / fit.HISTORY_FILE).unlink()

    with pytest.raises(runs.RunError, match=f"{tmp_path.name} holds another run: {message}"):
        fit.fit(
            changed.get("objective", objective)(),
            examples(changed.get("train", 80), 1),
            examples(40, changed.get("valid_seed", 2)),
            tmp_path,
            changed.get("settings", SETTINGS),
        )


def test_a_folder_that_does_not_say_what_made_it_is_refused(tmp_path: Path) -> None:
    fit.fit(objective(), examples(80, 1), examples(40, 2), tmp_path, SETTINGS)
    (tmp_path / runs.RUN_FILE).unlink()

    with pytest.raises(runs.RunError, match="does not say what made it"):
        fit.fit(objective(), examples(80, 1), examples(40, 2), tmp_path, SETTINGS)


def test_a_run_that_starts_from_another_one_is_not_taken_when_that_was_made_again(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    fit.fit(objective(), examples(80, 1), examples(40, 2), first, SETTINGS)
    fit.fit(objective(), examples(80, 1), examples(40, 2), second, SETTINGS, follows=first)
    history = json.loads((first / fit.HISTORY_FILE).read_text())
    (first / fit.HISTORY_FILE).write_text(json.dumps({**history, "best": 0.0}))

    with pytest.raises(runs.RunError, match="the run that it starts from is another"):
        fit.fit(objective(), examples(80, 1), examples(40, 2), second, SETTINGS, follows=first)


def test_other_versions_load_a_finished_run_and_do_not_resume_half_of_one(tmp_path: Path) -> None:
    fit.fit(objective(), examples(80, 1), examples(40, 2), tmp_path, SETTINGS)
    run = json.loads((tmp_path / runs.RUN_FILE).read_text())
    run["versions"]["torch"] = "0.1"
    (tmp_path / runs.RUN_FILE).write_text(json.dumps(run))
    fit.fit(objective(), examples(80, 1), examples(40, 2), tmp_path, SETTINGS)

    (tmp_path / fit.HISTORY_FILE).unlink()
    with pytest.raises(runs.RunError, match=r"torch was 0\.1 and is"):
        fit.fit(objective(), examples(80, 1), examples(40, 2), tmp_path, SETTINGS)


def test_nothing_is_trained_where_only_finished_runs_are_wanted(tmp_path: Path) -> None:
    with runs.only_finished(), pytest.raises(runs.RunError, match="no finished run in"):
        fit.fit(objective(), examples(80, 1), examples(40, 2), tmp_path / "run", SETTINGS)
    assert not (tmp_path / "run").exists()


def test_what_was_trained_and_what_was_loaded_are_both_recorded(tmp_path: Path) -> None:
    records = []
    for _ in range(2):
        with runs.recording() as found:
            fit.fit(objective(), examples(80, 1), examples(40, 2), tmp_path / "run", SETTINGS)
        records += found

    trained, loaded = records
    assert trained == loaded and json.loads(json.dumps(trained)) == trained
    assert trained["run"].endswith("/run") and trained["settings"]["epochs"] == 4
    assert trained["examples"]["train"]["count"] == 80 and len(trained["examples"]["train"]["sha256"]) == 64
    assert trained["seconds"] > 0 and "torch" in trained["versions"]
    assert max(row.get("eval_accuracy", 0) for row in trained["curve"]) == trained["best"]


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


def test_a_file_of_other_texts_is_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "run" / "tokenizer.json"
    assert not runs.kept(file, ["one", "two"])
    file.write_text("made")
    assert runs.kept(file, iter(["one", "two"]))
    with pytest.raises(runs.RunError, match="was made of other texts"):
        runs.kept(file, ["one", "three"])
