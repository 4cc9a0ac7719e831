"""The gradient tab in Chromium while a story runs: how long the page is deaf, and how soon it answers Pause."""

from __future__ import annotations

import os
import shutil
import statistics
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.report import against, table
from bench.server import free_port, running
from hub.demos.gradients.examples import PRESETS

ROUNDS = 3
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # or that of CHROMIUM_PATH
STORIES = ("vanish", "residual", "lstm")
MAX_PAUSE_MS, MAX_LOOK_MS = 200.0, 1_000.0
PATIENCE_MS = 180_000
RUN_MS = 2_000  # of a story, before Pause
# Long tasks, as the browser tells of them: more than 50 ms in which the page answers nothing.
WATCH = """() => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((task) => task.duration)))
        .observe({type: "longtask", buffered: false});
}"""
# From the click to the change of the button, and to the last change of the picture.
PAUSE = """() => new Promise((done) => {
    const button = document.querySelector("#gradient-pause"), picture = document.querySelector("#gradient-status");
    const start = performance.now(), step = () => picture.querySelector("[data-side=a]")?.dataset.step;
    const seen = {button: 0, values: 0};
    let last = step();
    const changed = () => {
        const now = performance.now() - start;
        if (!seen.button && button.disabled) seen.button = now;
        if (step() !== last) { last = step(); seen.values = now; }
    };
    for (const place of [button, picture])
        new MutationObserver(changed).observe(place, {attributes: true, childList: true, subtree: true});
    button.click();
    setTimeout(() => done(seen), 3000);
})"""


def opened(page: Page, address: str) -> float:
    """The tab is opened from another; milliseconds from the click to the first picture."""
    page.goto(f"{address}/?tab=models&lang=en")
    page.locator("html.gradients-open").wait_for(state="attached")
    page.wait_for_timeout(1_000)
    return float(
        page.evaluate(
            """() => new Promise((done) => {
                const start = performance.now();
                const look = () => document.querySelector("#gradient-status .lamps")
                    ? done(performance.now() - start) : requestAnimationFrame(look);
                document.querySelector("#tab-gradients-button").click();
                look();
            })"""
        )
    )


def story(page: Page, key: str) -> dict[str, Any]:
    """A story runs to its end, then runs again and is paused."""
    place = page.locator("#gradient-presets button").nth([preset.key for preset in PRESETS].index(key))
    page.evaluate(WATCH)
    place.click()
    page.locator("#gradient-status .lab.running").wait_for()
    page.evaluate("window.tasks.length = 0")
    page.locator("#gradient-status .lab.done").wait_for()
    tasks = page.evaluate("window.tasks.slice()")
    page.wait_for_timeout(3_000)  # its charts are drawn
    place.click()
    page.locator("#gradient-status .lab.running").wait_for()
    page.wait_for_timeout(RUN_MS)
    return {"tasks": tasks, **page.evaluate(PAUSE)}


def run() -> str:
    """Every figure is of the browser's own clock."""
    port = free_port()
    rows: list[list[object]] = []
    looks: list[float] = []
    with running(port), sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS), timeout=PATIENCE_MS)
        found: dict[str, list[dict[str, Any]]] = {key: [] for key in STORIES}
        for _ in range(ROUNDS):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(PATIENCE_MS)
            looks.append(opened(page, f"http://127.0.0.1:{port}"))
            for key in STORIES:
                found[key].append(story(page, key))
            page.close()
        browser.close()
    for key, rounds in found.items():
        pauses = [max(each["button"], each["values"]) for each in rounds]
        rows.append(
            [
                key,
                f"{statistics.median(sum(each['tasks']) for each in rounds):.0f}",
                f"{max(max(each['tasks'], default=0.0) for each in rounds):.0f}",
                f"{statistics.median(each['button'] for each in rounds):.0f}",
                against(statistics.median(pauses), MAX_PAUSE_MS, most=True, form=".0f", unit=" ms"),
            ]
        )
    head = ["story", "long tasks of a run, ms", "the longest, ms", "Pause: the button, ms", "all values stand"]
    look = against(statistics.median(looks), MAX_LOOK_MS, most=True, form=".0f", unit=" ms")
    title = f"The gradient tab in Chromium, medians of {ROUNDS}"
    return table(title, head, rows) + f"\n\nFrom the click on the tab to its first picture: {look}."
