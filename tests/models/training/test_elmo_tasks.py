"""What reads ELMo: entities and their F1, the ways of writing, and a run on a few sentences with it and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from models.training import elmo_tasks as tasks
from models.training import fit
from models.training.elmo_tasks import Data, Sentence, Start, Task

NAMES = ("Anna", "Bertha", "Clara", "Doris")
SIZE = 6


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("S-PER O B-LOC E-LOC", {(0, 1, "PER"), (2, 4, "LOC")}),
        ("B-ORG I-ORG I-ORG E-ORG", {(0, 4, "ORG")}),
        ("B-ORG I-ORG O", set()),
        ("I-ORG E-ORG", set()),
        ("B-ORG E-LOC S-LOC", {(2, 3, "LOC")}),
        ("B-ORG B-ORG E-ORG", {(1, 3, "ORG")}),
        ("B-ORG O E-ORG", set()),
        ("", set()),
    ],
)
def test_entities_are_whole_or_none(tags: str, expected: set[tuple[int, int, str]]) -> None:
    assert tasks.spans(tags.split()) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("B-PER O B-LOC I-LOC I-LOC O", "S-PER O B-LOC I-LOC E-LOC O"),
        ("B-PER B-PER I-PER", "S-PER B-PER E-PER"),
        ("S-PER B-LOC E-LOC", "S-PER B-LOC E-LOC"),
        ("B-LOC I-ORG", "S-LOC E-ORG"),
    ],
)
def test_tags_in_iob_become_iobes(tags: str, expected: str) -> None:
    assert tasks.iobes(tags.split()) == expected.split()


def test_f1_counts_entities_that_are_right_in_place_and_kind() -> None:
    right = [["S-PER", "O", "S-LOC"], ["B-ORG", "E-ORG"]]
    found = [["S-PER", "S-LOC", "S-ORG"], ["B-ORG", "E-ORG"]]
    assert tasks.f1(found, right) == pytest.approx(2 * 2 / (3 + 4))  # two of the four that were found, of three
    assert tasks.f1(right, right) == 1.0


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("house", "small"), ("House", "first"), ("NATO", "capitals"), ("A", "first"), ("iPhone", "mixed"),
        ("1996-08-22", "digits"), ("...", "other"), ("F.C.", "capitals"), ("Zürich", "first"), ("中国", "small"),
    ],
)  # fmt: skip
def test_how_a_word_is_written(word: str, name: str) -> None:
    assert tasks.SHAPES[tasks.shape(word)] == name


def sentences() -> list[Sentence]:
    """A name is a person, and nothing else is."""
    rows = [(name, "walks", "home", ".") for name in NAMES] + [("then", name, "sleeps") for name in NAMES]
    return [Sentence(row, tuple(int(word in NAMES) for word in row)) for row in rows]


def read(rows: Sequence[Sequence[str]]) -> np.ndarray:
    """Layers that say nothing."""
    return np.random.default_rng(0).normal(size=(sum(map(len, rows)), 3, SIZE)).astype(np.float32)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    layers = tasks.kept_layers(read, [one.words for one in sentences()], tmp_path / "layers.npy")
    places = np.cumsum([0, *(len(one.words) for one in sentences())])
    examples: list[fit.Example] = [
        {
            "split": "train",
            "start": int(place),
            "input_ids": np.zeros(len(one.words), int),
            "shapes": np.array([tasks.shape(word) for word in one.words]),
            "labels": np.array(one.labels),
        }
        for one, place in zip(sentences(), places, strict=False)
    ]
    data = Data({"train": examples, "valid": examples, "test": examples}, {"train": layers})
    return Start({}, torch.zeros(9, 4), data)


TASK = Task(
    name="tiny", language="en", labels=("O", "S-PER"), read=lambda *_: [], tags=True,
    settings=fit.Settings(epochs=30, batch_size=4, learning_rate=2e-2, metric="f1"), hidden=6,
)  # fmt: skip


def test_layers_are_computed_once_and_stand_beside_their_words(start: Start, tmp_path: Path) -> None:
    def never(_: Sequence[Sequence[str]]) -> np.ndarray:
        raise AssertionError("they are there")

    rows = [one.words for one in sentences()]
    again = tasks.kept_layers(never, rows, tmp_path / "layers.npy")
    batch = tasks.Collate(start.data, contextual=True)([start.data.examples["train"][5]])
    first = sum(map(len, rows[:5]))
    assert np.array_equal(batch["layers"][:, 0].numpy(), again[first : first + 3].swapaxes(0, 1).astype(np.float32))
    assert "layers" not in tasks.Collate(start.data, contextual=False)([start.data.examples["train"][5]])


@pytest.mark.parametrize("arm", get_args(tasks.Arm))
def test_a_run_learns_and_is_only_loaded_afterwards(
    start: Start, arm: tasks.Arm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "FOLDER", tmp_path)
    network = tasks.train(TASK, start, arm, 0)
    assert tasks.score(TASK, start, network, arm) == 1.0  # the shapes alone tell
    again = tasks.train(TASK, start, arm, 0)
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_text_of_one_class_is_learnt_too(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FOLDER", tmp_path)
    for row, example in enumerate(start.data.examples["train"]):
        example["labels"] = np.array([int(row >= len(NAMES))])  # type: ignore[index]
    settings = replace(TASK.settings, metric="accuracy")
    task = replace(TASK, tags=False, labels=("a", "b"), settings=settings)
    assert tasks.score(task, start, tasks.train(task, start, "with", 0), "with") == 1.0
