"""Tiny bundles for the tests of the hub."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.bundle import ROOT, Bundle, Bundles
from hub.service import Service
from tests import bundles as tiny
from tests import orderers, shops, spellers, writers
from tests.serving import hub

SLOW = ("export", "models")  # folders that train, or that export with torch


@pytest.fixture(scope="session")
def made_bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundles "course" and "pooling", to be read only."""
    folder = tmp_path_factory.mktemp("tiny") / "onnx"
    tiny.make_course(folder)
    tiny.make_pooling(folder)
    return folder


@pytest.fixture(scope="session")
def made_encoders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sentence encoders ("base", "trained", "plain", "base-zh", "trained-zh"), to be read only."""
    return tiny.make_encoders(tmp_path_factory.mktemp("encoders") / "onnx")


@pytest.fixture(scope="session")
def made_questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundle "questions", a head for each input transformation, to be read only."""
    folder = tmp_path_factory.mktemp("questions") / "onnx"
    tiny.make_questions(folder)
    return folder


@pytest.fixture(scope="session")
def made_writers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundles "gpt2", "llama" and "gpt", each a tiny model, to be read only."""
    return writers.make_all(tmp_path_factory.mktemp("writers"))


@pytest.fixture(scope="session")
def made_spellers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundle "elmo", to be read only."""
    return spellers.make_all(tmp_path_factory.mktemp("spellers"))


@pytest.fixture(scope="session")
def made_orderers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models of any order, to be read only."""
    return orderers.make_all(tmp_path_factory.mktemp("orderers"))


@pytest.fixture(scope="session")
def made_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the funnel of a tiny shop, to be read only."""
    return shops.make_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def made_videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rankers of a few videos, to be read only."""
    return shops.make_videos(tmp_path_factory.mktemp("videos"))


@pytest.fixture(scope="session")
def made_recommender(made_shop: Path, made_videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both, to be read only."""
    folder = tmp_path_factory.mktemp("recommender") / "onnx"
    for made in (made_shop, made_videos):
        shutil.copytree(made, folder, dirs_exist_ok=True)
    return folder


# A start of the hub costs seconds: one process of each folder serves all tests that leave it as it is.


@pytest.fixture(scope="session")
def committed_hub() -> Iterator[str]:
    """The address of a hub with the committed bundles."""
    with hub(ROOT / "onnx") as address:
        yield address


@pytest.fixture(scope="session")
def classifiers_hub(made_bundles: Path) -> Iterator[str]:
    """The address of a hub with `made_bundles`."""
    with hub(made_bundles) as address:
        yield address


@pytest.fixture(scope="session")
def encoders_hub(made_encoders: Path) -> Iterator[str]:
    """The address of a hub with `made_encoders`."""
    with hub(made_encoders) as address:
        yield address


@pytest.fixture(scope="session")
def writers_hub(made_writers: Path, made_questions: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a hub with `made_writers` and `made_questions`."""
    folder = tmp_path_factory.mktemp("writers-hub") / "onnx"
    for made in (made_writers, made_questions):
        shutil.copytree(made, folder, dirs_exist_ok=True)
    with hub(folder) as address:
        yield address


@pytest.fixture
def encoders(made_encoders: Path) -> Bundles:
    return Bundles(made_encoders)


@pytest.fixture(scope="session")
def gradient_lab() -> Bundle:
    """The committed one: its graphs are small, and a run of it takes milliseconds."""
    return Bundles(ROOT / "onnx").get("gradient-lab")


@pytest.fixture
def folder(made_bundles: Path, tmp_path: Path) -> Path:
    """A copy of that folder, for a test to break."""
    return shutil.copytree(made_bundles, tmp_path / "onnx")


@pytest.fixture
def pooling(made_bundles: Path) -> Bundle:
    return Bundles(made_bundles).get("pooling")


@pytest.fixture
def course(made_bundles: Path) -> Bundle:
    return Bundles(made_bundles).get("course")


@pytest.fixture
def service(made_bundles: Path) -> Service:
    return Service(Bundles(made_bundles))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The marks by which a developer leaves out what is slow: pytest -m "not browser and not export"."""
    root = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(root).parts[0]
        if folder == "browser":
            item.add_marker(pytest.mark.browser)
        elif folder in SLOW:
            item.add_marker(pytest.mark.export)
