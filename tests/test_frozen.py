"""Every view shows what it showed: see tests/frozen.py, which also makes the files that this compares with."""

from __future__ import annotations

import json

import pytest

from tests import frozen


@pytest.fixture(scope="module")
def page() -> frozen.Page:
    return frozen.page()


@pytest.fixture(scope="module")
def machine() -> list[float]:
    return frozen.machine()


@pytest.mark.parametrize("tab", [file.name.split(".")[0] for file in sorted(frozen.FOLDER.iterdir())])
def test_a_tab_shows_what_it_showed(page: frozen.Page, machine: list[float], tab: str) -> None:
    golden = frozen.read(tab)
    now = json.loads(json.dumps(frozen.record(page, tab)))
    found = list(frozen.differences(frozen.whole(golden["views"]), frozen.whole(now), golden["machine"] == machine))
    assert not found, "\n".join(found[:40]) + f"\n{len(found)} differences; meant? python -m tests.frozen {tab}"


def test_the_frozen_files_are_small() -> None:
    assert sum(file.stat().st_size for file in frozen.FOLDER.iterdir()) < 800_000
