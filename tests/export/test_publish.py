"""A bundle is replaced whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from export import check, publish

ROOT = Path(__file__).resolve().parents[2]

PUBLISH = """
import os, signal, sys
from pathlib import Path
from export import publish
bundles = Path(sys.argv[1])
{setup}
with publish.replacing(bundles, "toy") as folder:
    (folder / "card.json").write_text("half a c")
    {inside}
"""
DIE = "os.kill(os.getpid(), signal.SIGKILL)"
WITHOUT_EXCHANGE = "publish.ctypes.CDLL = lambda _: object()"  # a system that knows no renameat2
DIE_BETWEEN_TWO_RENAMES = f"""
{WITHOUT_EXCHANGE}
rename = Path.rename
def once(path, target):
    rename(path, target)
    {DIE}
Path.rename = once
"""


def run(bundles: Path, setup: str = "", inside: str = "") -> int:
    program = PUBLISH.format(setup=setup, inside=inside)
    return subprocess.run([sys.executable, "-c", program, str(bundles)], cwd=ROOT, check=False).returncode


def test_a_run_that_is_killed_leaves_the_old_bundle(bundles: Path) -> None:
    assert run(bundles, inside=DIE) == -9
    assert check.check(bundles / "toy") == []
    assert list((bundles / publish.ASIDE).iterdir()), "the kill came too late to test anything"
    assert check.find(bundles) == ["toy"], "what is aside is no bundle"
    publish.sweep(bundles)
    assert not list((bundles / publish.ASIDE).iterdir())


def test_a_run_that_fails_leaves_the_old_bundle_and_nothing_else(bundles: Path) -> None:
    with pytest.raises(RuntimeError), publish.replacing(bundles, "toy") as folder:
        (folder / "card.json").write_text("half a c")
        raise RuntimeError
    assert check.check(bundles / "toy") == []
    assert [path.name for path in bundles.iterdir()] == ["toy"]


def test_without_exchange_a_death_between_two_renames_is_mended(bundles: Path) -> None:
    assert run(bundles, setup=DIE_BETWEEN_TWO_RENAMES) == -9
    assert not (bundles / "toy").exists()
    publish.sweep(bundles)
    assert check.check(bundles / "toy") == []


@pytest.mark.parametrize("setup", ["", WITHOUT_EXCHANGE])
def test_a_run_that_ends_well_replaces_the_bundle(bundles: Path, setup: str) -> None:
    assert run(bundles, setup=setup) == 0
    assert (bundles / "toy" / "card.json").read_text() == "half a c"
    assert [path.name for path in (bundles / "toy").iterdir()] == ["card.json"]
    assert [path.name for path in bundles.iterdir()] == ["toy"]


def test_a_reader_always_finds_one_bundle_or_the_other(bundles: Path) -> None:
    stop, missing = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                (bundles / "toy" / "card.json").read_bytes()
            except FileNotFoundError:
                missing.append(1)

    reader = threading.Thread(target=read)
    card = (bundles / "toy" / "card.json").read_bytes()
    reader.start()
    try:
        for _ in range(50):
            with publish.replacing(bundles, "toy") as folder:
                (folder / "card.json").write_bytes(card)
    finally:
        stop.set()
        reader.join()
    assert not missing


def test_another_run_that_still_works_is_not_swept(bundles: Path) -> None:
    with publish.replacing(bundles, "other") as folder:
        (folder / "card.json").write_text("{}")
        with publish.replacing(bundles, "toy") as second:
            (second / "card.json").write_text("{}")
    assert (bundles / "other" / "card.json").exists()


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "model.onnx"
    with large.open("wb") as stream:
        stream.truncate(publish.MAX_FILE_BYTES + 1)
    with pytest.raises(ValueError, match=r"model\.onnx has 48\.0 MiB, allowed are 48 MiB"):
        publish.describe(large)


def test_what_a_run_with_the_same_process_id_left_is_swept(bundles: Path) -> None:
    left = bundles / publish.ASIDE / f"toy-abc-{os.getpid()}"
    left.mkdir(parents=True)
    with publish.replacing(bundles, "toy") as folder:
        assert not left.exists()
        publish.sweep(bundles)  # of another bundle, at the same time
        assert folder.exists()
        shutil.copytree(bundles / "toy", folder, dirs_exist_ok=True)
    assert check.check(bundles / "toy") == []


@pytest.mark.parametrize("kept", ["model.safetensors", "card.json"])
def test_what_is_no_bundle_is_not_replaced(bundles: Path, kept: str) -> None:
    """A model that is exported from the folder of the bundles, under its own name; a card of something else."""
    mine = bundles / "mine"
    mine.mkdir()
    (mine / kept).write_text("[]", encoding="utf-8")
    with pytest.raises(publish.OccupiedError, match="is no bundle"), publish.replacing(bundles, "mine"):
        raise AssertionError("nothing may be made")
    assert (mine / kept).read_text(encoding="utf-8") == "[]"
