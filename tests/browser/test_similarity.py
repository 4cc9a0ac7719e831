"""The tab Sentence similarity in Chromium: every view and every example, links, languages, a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.demos.similarity.examples import PAIRS, QUERIES

Visit = Callable[..., Page]
PATIENCE_MS = 60_000  # plotly's script alone takes long on a busy machine
RESULTS = {  # view -> what it shows last
    "pair": "#alignment .js-plotly-plot .main-svg",
    "matrix": "#similarity-matrix .js-plotly-plot .main-svg",
    "search": "#search-hits .bar",
    "collapse": "#collapse-removal .js-plotly-plot .main-svg",
    "bench": "#bench-weights .js-plotly-plot .main-svg",
}
TITLES = {
    "matrix": "All against all",
    "search": "Search",
    "collapse": "Collapse",
    "bench": "Augmentation bench",
    "pair": "Two sentences",
}


@pytest.fixture
def lab_address(encoders_hub: str) -> str:
    return encoders_hub


@pytest.fixture
def lab(browser: Browser, lab_address: str) -> Iterator[Visit]:
    """lab(query, width) -> the tab; it fails on errors of scripts."""
    contexts, errors = [], []

    def visit(query: str = "lang=en", width: int = 1280) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=lab_address)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{lab_address}/?v=1&tab=similarity&{query}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not errors, errors


def trace(page: Page, plot: str) -> dict[str, Any]:
    """The first trace of a figure, as the browser has drawn it."""
    expect(page.locator(f"#{plot} .js-plotly-plot .main-svg").first).to_be_visible(timeout=PATIENCE_MS)
    return page.evaluate("(plot) => ({...document.querySelector(`#${plot} .js-plotly-plot`).data[0]})", plot)


def test_every_view_is_drawn_when_it_is_looked_at(lab: Visit) -> None:
    page = lab()
    expect(page.locator("#similarity-cards .card")).to_have_count(3, timeout=PATIENCE_MS)
    for slug, title in TITLES.items():
        page.locator("#similarity-views").get_by_role("tab", name=title).click()
        expect(page.locator(RESULTS[slug]).first).to_be_visible(timeout=PATIENCE_MS)
        page.wait_for_url(f"**view={slug}**")
    expect(page.locator(".toast-body")).to_have_count(0)


def test_every_example_of_two_sentences_is_shown(lab: Visit) -> None:
    page = lab()
    for place, pair in enumerate(PAIRS["en"]):  # the first click may come before the page is ready
        page.locator("#similarity-examples button").nth(place).click()
        expect(page.locator("#similarity-a textarea")).to_have_value(pair.a)
        expect(page.locator("#similarity-b textarea")).to_have_value(pair.b)
    rows = page.evaluate("() => document.querySelector('#alignment .js-plotly-plot')?.layout.yaxis.ticktext")
    assert rows is None or len(rows) > 1
    expect(page.locator("#similarity-cards .card")).to_have_count(3, timeout=PATIENCE_MS)


def test_clicks_while_an_answer_is_made_are_not_lost(lab: Visit) -> None:
    page = lab()
    for _ in range(2):
        for place in range(len(PAIRS["en"])):
            page.locator("#similarity-examples button").nth(place).click()
    expect(page.locator("#similarity-a textarea")).to_have_value(PAIRS["en"][-1].a)
    page.wait_for_url("**a=When+does+the+museum+close**")
    expect(page.locator(RESULTS["pair"]).first).to_be_visible(timeout=PATIENCE_MS)


def test_a_pair_is_compared_and_shared(lab: Visit) -> None:
    page = lab()
    expect(page.locator("#similarity-cards .card")).to_have_count(3, timeout=PATIENCE_MS)
    page.locator("#similarity-a textarea").fill("the cat & the dog")
    page.locator("#similarity-b textarea").fill("<b>rain</b> falls")
    page.locator("#similarity-run").click()
    page.wait_for_url("**rain**")
    page.locator("#share").click()
    expect(page.locator("#copied")).to_have_text("✓ copied")
    link = page.evaluate("navigator.clipboard.readText()")
    shared = lab(link.partition("tab=similarity&")[2])
    expect(shared.locator("#similarity-a textarea")).to_have_value("the cat & the dog")
    expect(shared.locator("#similarity-cards .card")).to_have_count(3, timeout=PATIENCE_MS)
    shown = [each.locator("#similarity-cards .verdict").all_inner_texts() for each in (page, shared)]
    assert shown[0] == shown[1]


def test_a_search_ranks_and_its_examples_run(lab: Visit) -> None:
    page = lab("lang=en&view=search")
    expect(page.locator("#search-hits .bar")).to_have_count(10, timeout=PATIENCE_MS)
    for place, query in enumerate(QUERIES["en"]):
        page.locator("#search-examples button").nth(place).click()
        expect(page.locator("#search-query textarea, #search-query input").first).to_have_value(query)
    page.locator("#search-query textarea, #search-query input").first.fill("the cat sleeps .")
    page.locator("#search-lines textarea").fill("a dog barks\nthe cat sleeps .\n" + "rain falls\n" * 198)
    page.locator("#search-run").click()
    expect(page.locator("#search-hits")).to_contain_text("200 lines")
    expect(page.locator("#search-hits .bar").first).to_contain_text("1. the cat sleeps .")
    expect(page.locator("#search-hits .bar").first).to_contain_text("1.000")


def test_a_shared_search_opens_with_the_visitors_lines_and_no_warning(lab: Visit) -> None:
    page = lab("lang=en&view=search")
    expect(page.locator("#search-hits .bar")).to_have_count(10, timeout=PATIENCE_MS)
    expect(page.locator("#similarity-notice .note")).to_have_count(0)
    lines = page.locator("#search-lines textarea")
    changed = lines.input_value() + "\nthe cat sleeps & dreams ."
    lines.fill(changed)
    page.locator("#search-run").click()
    page.wait_for_url("**lines_edits**")
    expect(page.locator("#search-hits")).to_contain_text("61 lines")
    expect(page.locator("#similarity-notice .note")).to_have_count(0)
    shared = lab(page.url.partition("tab=similarity&")[2])
    expect(shared.locator("#search-lines textarea")).to_have_value(changed)
    expect(shared.locator("#search-hits")).to_contain_text("61 lines")


def test_removed_tokens_and_stretched_colours_change_the_pictures(lab: Visit) -> None:
    page = lab("lang=en&view=collapse")
    before = trace(page, "collapse-cosines")["x"]
    expect(page.locator("#collapse-tokens span").first).to_have_text("the")  # what can be removed stands there before
    page.locator("#collapse-k input[type=number]").fill("4")
    page.locator("#collapse-k input[type=number]").blur()
    expect(page.locator("#collapse-tokens del")).to_have_count(4)
    assert trace(page, "collapse-cosines")["x"] != before
    page.locator("#similarity-views").get_by_role("tab", name=TITLES["matrix"]).click()
    assert trace(page, "similarity-matrix")["zmax"] == 1
    page.locator("#matrix-stretch input").click()
    page.wait_for_url("**stretch=1**")
    page.wait_for_function("() => document.querySelector('#similarity-matrix .js-plotly-plot').data[0].zmin > 0")


def test_the_bench_makes_views_and_its_examples_run(lab: Visit) -> None:
    page = lab("lang=en&view=bench")
    expect(page.locator("#bench-terms tr")).to_have_count(9, timeout=PATIENCE_MS)
    examples = page.locator("#bench-examples button")
    for place, tau in enumerate(("0.1", "0.1", "0.1", "0.02", "1")):
        examples.nth(place).click()
        expect(page.locator("#bench-tau input[type=number]")).to_have_value(tau)
    page.locator("#bench-lines textarea").fill("a cat\na dog")
    page.locator("#bench-run").click()
    expect(page.locator("#bench-terms tr")).to_have_count(5)


def test_the_language_of_the_sentences_brings_its_encoders(lab: Visit) -> None:
    page = lab()
    expect(page.locator("#similarity-cards .card")).to_have_count(3, timeout=PATIENCE_MS)
    page.locator("#similarity-speech").get_by_text("中文").click()
    expect(page.locator("#similarity-a textarea")).to_have_value(PAIRS["zh"][0].a)
    expect(page.locator("#similarity-cards .card")).to_have_count(2)
    page.locator("#similarity-views").get_by_role("tab", name=TITLES["search"]).click()
    expect(page.locator("#search-query textarea, #search-query input").first).to_have_value(QUERIES["zh"][0])
    expect(page.locator("#search-hits .bar")).to_have_count(10, timeout=PATIENCE_MS)


@pytest.mark.parametrize("view", [*RESULTS])
def test_a_view_opens_by_its_link_in_chinese_and_fits_a_phone(lab: Visit, view: str) -> None:
    page = lab(f"lang=zh&view={view}", width=390)
    expect(page.locator(RESULTS[view]).first).to_be_visible(timeout=PATIENCE_MS)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    expect(page.locator("#similarity-intro")).to_contain_text("句子变成向量")


def test_wrong_input_gets_a_readable_message(lab: Visit) -> None:
    page = lab("lang=zh")
    expect(page.locator("#similarity-cards .card")).to_have_count(2)
    page.locator("#similarity-a textarea").fill(" ")
    page.locator("#similarity-run").click()
    expect(page.locator(".toast-wrap")).to_contain_text("文本是空的")
    assert "Traceback" not in page.locator(".toast-wrap").inner_text()


@pytest.mark.parametrize(
    ("query", "shown", "count"),
    [
        ("view=bench&tau=99", "#bench-terms tr", 9),
        ("models=nobody", "#similarity-cards .card", 3),
        ("v=9", "#similarity-cards .card", 3),
    ],
)
def test_a_broken_link_shows_the_beginning_and_says_why(lab: Visit, query: str, shown: str, count: int) -> None:
    page = lab(f"lang=en&{query}")
    expect(page.locator("#similarity-notice .warn").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(shown)).to_have_count(count, timeout=PATIENCE_MS)
