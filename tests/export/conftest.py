"""A data set of a few sentences, and the toy recipe made from it once."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pandas as pd
import pytest

from export.make import make
from tests.export import toy

SUBJECTS = ("the film", "the story", "a film", "a story", "the film and the story", "not the film")
OPINIONS = {"good": 1, "fine": 1, "very good": 1, "bad": 0, "poor": 0, "very bad": 0}


def sentences() -> pd.DataFrame:
    rows = [
        {"text": f"{subject} is {opinion}", "label": label, "split": split}
        for split in ("train", "valid", "test")
        for subject, (opinion, label) in itertools.product(SUBJECTS, OPINIONS.items())
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for HUB_DATA that holds toy-set."""
    folder = tmp_path_factory.mktemp("data")
    sentences().to_parquet(folder / "toy-set.parquet")
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """A folder of bundles with the bundle "toy" in it; tests copy it before they change anything."""
    folder = tmp_path_factory.mktemp("bundles")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_DATA", str(data))
        make(toy.recipe(), folder, tmp_path_factory.mktemp("checkpoints"))
    return folder


@pytest.fixture
def bundles(made: Path, tmp_path: Path) -> Path:
    """A copy of the folder of bundles, for a test to break."""
    return shutil.copytree(made, tmp_path / "onnx")
