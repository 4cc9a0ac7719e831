"""A page that stays open while the hub goes and comes back: state is on the page and in its address."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from hub.bundle import ROOT
from tests.browser.walk import Walk
from tests.serving import process


@pytest.mark.skipif(not list((ROOT / "onnx").glob("*/card.json")), reason="no committed bundle")
def test_an_open_page_goes_on_after_a_restart(browser: Browser) -> None:
    """In Chinese: the choices of its models came from a callback of the hub that is gone."""
    with process(ROOT / "onnx") as (address, _):
        walks = {tab: Walk(browser, address, tab, "zh") for tab in ("classification", "similarity")}
        for walk in walks.values():
            next(walk.views())
            walk.settle(60)
    with process(ROOT / "onnx", port=urlsplit(address).port or 0) as (again, _):
        assert again == address
        page = walks["classification"].page
        expect(page.locator("#results .card")).to_have_count(3)
        page.locator("#text textarea").fill("央行下调存款利率")
        page.locator("#run").click()
        expect(page.locator("#results .card").first).to_contain_text("财经")
        expect(page.locator("#why .highlighted")).to_have_text("央行下调存款利率")
        page = walks["similarity"].page
        page.locator("#similarity-examples .gallery-item").nth(1).click()
        page.locator("#similarity-run").click()
        walks["similarity"].settle(30)
        expect(page.locator("#similarity-cards .card").first).to_be_visible()
        for walk in walks.values():
            assert walk.look().toasts == [] and not walk.errors
            walk.page.close()
