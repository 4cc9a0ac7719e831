"""Walk through the page as a visitor would: every tab, every view, every example; and see what stands there."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, Request, expect

from hub.bundle import ROOT, Bundles
from hub.demos import DEMOS
from tests.browser.conftest import PATIENCE_MS

# What is seen of the open view. Names: what a hint puts into “…”; page: every other word that is there, also in what is
# folded, in the controls and in the texts. Text: all but what says itself that it broke, at a NaN for instance.
# Bands: blocks that hold nothing and take more than 12 pixels.
LOOK = r"""() => {
    const shown = (one) => one.checkVisibility({opacityProperty: true, visibilityProperty: true});
    const all = (selector, root = document) => [...root.querySelectorAll(selector)];
    const hints = all(".look, .note.notice").filter((one) => shown(one) && !one.parentElement.closest(".look"));
    const page = document.querySelector("main").cloneNode(true);
    for (const one of all(".look, .note.notice, .intro, style, script", page)) one.remove();
    const told = (one) => all(".broken", one).reduce((text, part) => text.replace(part.innerText, ""), one.innerText);
    const values = all("input, textarea").map((one) => one.value);
    const ink = "svg, canvas, img, input, textarea, button, select, table, .progress, .track";
    const empty = (one) => one.innerText.trim() === "" && !all(ink, one).some(shown);
    const bands = all("main .block, main .html-container, main .row, main .column, main .form")
        .filter((one) => shown(one) && one.getBoundingClientRect().height > 12 && empty(one));
    return {
        hints: hints.map((one) => one.innerText),
        page: page.textContent + "\n" + values.join("\n"),
        missing: all(".empty").filter(shown).map((one) => one.innerText || one.closest("[id]")?.id),
        toasts: all(".toast-body").map((one) => one.innerText),
        bands: bands.map((one) => `${one.id || one.className} at ${Math.round(one.getBoundingClientRect().top)}`),
        text: all("[role=tabpanel]").filter(shown).map(told)[0] || "",
        written: all(".tokens, .card.summary, #written").filter(shown).map((one) => one.innerText),
    };
}"""
WATCH = """new MutationObserver(() => { window.hubChanged = performance.now(); })
    .observe(document, {subtree: true, childList: true, characterData: true});"""
COMING = "[data-testid=status-tracker]:not(.hide), .empty"
BUSY = """([quiet, coming]) => performance.now() - (window.hubChanged || 0) < quiet
    || [...document.querySelectorAll(coming)].some((one) => one.checkVisibility())"""
QUIET_MS = 400
# Of two events at once the first may be answered, and its stream closed, before the page has heard of the second;
# Gradio then opens a stream that has nothing to bring. It stays open until the next click, and nothing moves meanwhile.
ORPHAN_MS = 8_000
TASKS = {bundle.card.task for bundle in Bundles(ROOT / "onnx")}
DRAWN = [demo for demo in DEMOS if not demo.tasks or TASKS & set(demo.tasks)]  # of the committed bundles
MOMENTS_MS = (0, 1_000, 4_000)  # when a fault is looked for again: one that has gone by then was a picture being drawn
NOTHING = r"\(nothing\)|\uff08[\u65e0\u7a7a]\uff09|\bundefined\b|\bNaN\b|\bNone\b"
LOOPS = 4  # a text in which three words follow each other more often than this goes in circles


@dataclass
class Seen:
    """What stands there."""

    hints: list[str]
    page: str
    missing: list[str]
    toasts: list[str]
    bands: list[str]
    text: str
    written: list[str]

    def faults(self) -> list[str]:
        """What a visitor would stumble over."""
        found = [f"nothing where there should be: {one!r}" for one in self.missing]
        found += [f"an error: {one!r}" for one in self.toasts]
        found += [f"an empty band: {one}" for one in self.bands]
        found += [f"{one!r} is shown" for one in re.findall(NOTHING, self.text)]
        found += [f"{loop!r} is repeated" for text in self.written if (loop := loop_of(text))]
        return found + [f"a hint names {name!r}" for hint in self.hints for name in names(hint) if not self.has(name)]

    def has(self, name: str) -> bool:
        """Whether a name stands on the page, whatever its capital letters."""
        return name.lower() in self.page.lower()


def names(hint: str) -> list[str]:
    """What a hint puts into quotation marks."""
    return [name.rstrip(".,;:。，；：") for name in re.findall("“([^”]+)”", hint)]


def loop_of(text: str) -> str:
    """Three words that follow each other more than LOOPS times; of Chinese, characters."""
    words = re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", text.lower())
    counts = Counter(zip(words, words[1:], words[2:], strict=False))
    return next((" ".join(one) for one, count in counts.most_common(1) if count > LOOPS), "")


class Walk:
    """A page that shows a tab, and what is asked of it."""

    def __init__(self, browser: Browser, address: str, tab: str, language: str, width: int = 1280) -> None:
        self.tab = tab
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900}, locale="en-US")
        self.page.set_default_timeout(PATIENCE_MS)
        self.errors: list[str] = []
        self.open: set[Request] = set()  # streams of answers that are not there yet
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda one: self.open.add(one) if "/queue/data" in one.url else None)
        for event in ("requestfinished", "requestfailed"):
            self.page.on(event, lambda one: self.open.discard(one))
        self.page.add_init_script(WATCH)
        self.page.goto(f"{address}/?v=1&tab={tab}&lang={language}")
        expect(self.page.locator("html")).to_have_class(re.compile(f"{tab}-open"))
        expect(self.page.locator(f"#tab-{tab}")).to_be_visible()

    def settle(self, seconds: float) -> bool:
        """Wait until nothing is under way, moves or is still to come; False where that takes longer."""
        until = time.monotonic() + seconds
        self.page.wait_for_timeout(150)
        while self.page.evaluate(BUSY, [ORPHAN_MS if self.open else QUIET_MS, COMING]):
            if time.monotonic() > until:
                return False
            self.page.wait_for_timeout(100)
        return True

    def views(self) -> Iterator[str]:
        """Open one view of the tab after the other; its slug, or nothing where the tab has none."""
        bar = self.page.locator(f"#tab-{self.tab} [role=tablist]").first
        titles = bar.get_by_role("tab").all() if bar.count() else []
        for view in [str(one.get_attribute("data-tab-id")) for one in titles] or [""]:
            if view:
                bar.locator(f"[data-tab-id={view}]").click()
            yield view

    def examples(self) -> Iterator[str]:
        """Click one after the other what the open view offers; what stands on it."""
        found = self.page.locator("[role=tabpanel] .gallery-item:visible")
        for index in range(found.count()):
            title = found.nth(index).inner_text()
            found.nth(index).click()
            yield title

    def look(self) -> Seen:
        """What stands there now."""
        return Seen(**self.page.evaluate(LOOK))

    def faults(self) -> list[str]:
        """What a visitor would stumble over and what still stands a moment later: charts fill up one by one."""
        for moment in MOMENTS_MS:
            self.page.wait_for_timeout(moment)
            if not (found := self.look().faults()):
                break
        return found
