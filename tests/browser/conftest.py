"""Chromium on a running hub. Without a browser these tests are skipped, and say so."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests import bundles as tiny
from tests.serving import hub

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
)
Open = Callable[..., Page]
PATIENCE_MS = 1_000 * int(os.environ.get("BROWSER_PATIENCE_S", "30"))  # a busy machine takes its time
expect.set_options(timeout=PATIENCE_MS)


class Held:
    """Requests of a page that are kept back until they are let go: a slow network, at the moment that matters."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.routes: list[Route] = []
        page.route("**/queue/join*", lambda route: self.routes.append(route))

    def wait(self, since: int = 0, count: int = 1) -> list[Route]:
        """The first so many of those after `since` that carry values, once they are there: clicks, not loads."""
        until = time.monotonic() + PATIENCE_MS / 1_000
        while True:
            found = [route for route in self.routes[since:] if (route.request.post_data_json or {}).get("data")]
            if len(found) >= count:
                return found[:count]
            assert time.monotonic() < until, f"{len(found)} requests were made, not {count}"
            self.page.wait_for_timeout(50)

    def let_go(self, routes: list[Route] | None = None) -> None:
        """These go on; without any named all do, and nothing is held any more."""
        going = self.routes if routes is None else routes
        self.routes = [route for route in self.routes if route not in going]
        for route in going:  # in the order of the clicks, as they arrive where they come one by one
            route.continue_()
            route.request.response()
        if routes is None:
            self.page.unroute("**/queue/join*")


def chromium() -> str | None:
    """The browser of CHROMIUM_PATH, else the first that is installed."""
    names = (os.environ.get("CHROMIUM_PATH"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no browser: install chromium (apt-get install chromium), or set CHROMIUM_PATH")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS), timeout=4 * PATIENCE_MS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def address(made_bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub with two English bundles, a Chinese one and a broken one."""
    folder = shutil.copytree(made_bundles, tmp_path_factory.mktemp("browser") / "onnx")
    tiny.change_card(
        tiny.make_pooling(folder, "chinese"), languages=["zh"], title={"en": "Tiny Chinese", "zh": "微型中文"}
    )
    (tiny.make_pooling(folder, "broken") / "model_quantized.onnx").unlink()
    with hub(folder) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    """visit(query, width, locale) -> a page whose first answer is there; it fails on errors of scripts."""
    contexts, errors = [], []

    def open_page(query: str = "", width: int = 1280, locale: str = "en-US", wait: str = "#results .card") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale, accept_downloads=True)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}/{query}")
        expect(page.locator(wait).first).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, errors
