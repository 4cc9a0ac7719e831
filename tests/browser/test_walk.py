"""The whole page as it opens, on the committed bundles: no default and no example leaves a visitor with nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from hub.bundle import ROOT
from tests.browser.conftest import PATIENCE_MS
from tests.browser.walk import DRAWN, Walk, loop_of, names

DEFAULT_S, EXAMPLE_S = PATIENCE_MS / 1_000, 4  # an example that goes on longer is looked at while it goes


def test_what_counts_as_a_loop() -> None:
    assert loop_of("the end of " * 5) and not loop_of("the end of " * 4)
    assert loop_of("春风春风春风春风春风春风") == "春 风 春"
    assert names("Press “Run”, then “运行。”") == ["Run", "运行"]


@pytest.mark.skipif(not list((ROOT / "onnx").glob("*/card.json")), reason="no committed bundle")
@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 390)])
@pytest.mark.parametrize("tab", [demo.slug for demo in DRAWN])
def test_every_view_answers_and_every_hint_names_what_is_there(
    browser: Browser, committed_hub: str, tab: str, language: str, width: int
) -> None:
    """In English every example is clicked, too."""
    walk, faults = Walk(browser, committed_hub, tab, language, width), []
    for view in walk.views():
        if not walk.settle(DEFAULT_S):
            faults.append(f"{view}: no answer in {DEFAULT_S} s")
        faults += [f"{view}: {fault}" for fault in walk.faults()]
        for title in walk.examples() if language == "en" else ():
            walk.settle(EXAMPLE_S)
            faults += [f"{view}, {title!r}: {fault}" for fault in walk.faults()]
    walk.page.close()
    assert not faults and not walk.errors, "\n".join([*faults, *walk.errors])
