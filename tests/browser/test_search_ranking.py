"""The tab Search ranking in Chromium: a list is moved by buttons, keys and fingers; a file is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.serving import hub

HAND, OWN = "?tab=search_ranking&view=lambda&case=drill&order=1+2+3+4+5+6", "?tab=search_ranking&view=own"
LIST = "#lambda-board [data-place]"


@pytest.fixture(scope="module")
def address(made_bundles: Path) -> Iterator[str]:
    with hub(made_bundles) as running:
        yield running


def stands(page: Page, order: str) -> None:
    """The list, and the link, have an order."""
    expect(page).to_have_url(re.compile(f"order={order.replace(' ', '.')}"))
    for place, number in enumerate(order.split()):
        expect(page.locator(LIST).nth(place)).to_have_attribute("data-place", number)


def test_a_title_goes_down_by_its_button_and_keeps_the_focus(visit: Open) -> None:
    page = visit(HAND, wait=LIST)
    before = page.locator("#lambda-said").inner_text()
    page.locator(LIST).first.locator("[data-step='1']").click()
    stands(page, "2 1 3 4 5 6")
    expect(page.locator("#lambda-board [data-place='1'] [data-step='1']")).to_be_focused()
    page.keyboard.press("Enter")
    stands(page, "2 3 1 4 5 6")
    page.locator("#lambda-board [data-place='1'] [data-step='-1']").click()
    stands(page, "2 1 3 4 5 6")
    assert page.locator("#lambda-said").inner_text() != before


def test_a_title_is_moved_by_keys_and_by_dragging(visit: Open) -> None:
    page = visit(HAND, wait=LIST)
    page.locator(LIST).nth(3).focus()
    page.keyboard.press("Shift+ArrowUp")
    stands(page, "1 2 4 3 5 6")
    expect(page.locator("#lambda-board [data-place='4']")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#lambda-board [data-place='3']")).to_be_focused()
    page.locator(LIST).last.drag_to(page.locator(LIST).first)
    stands(page, "6 1 2 4 3 5")


def test_losses_push_and_the_best_order_is_best(visit: Open) -> None:
    page = visit(HAND, wait=LIST)
    page.locator("#lambda-lambdarank").click()
    expect(page.locator("#lambda-said")).to_contain_text("gradient steps")
    page.locator("#lambda-best").click()
    expect(page.locator("#lambda-said")).to_contain_text("1.000")
    expect(page.locator("#lambda-arrows .plot-container")).to_be_visible()
    page.get_by_text("Two that are best, far down").click()
    expect(page.locator(LIST)).to_have_count(7)


def test_a_file_is_judged_and_a_wrong_one_told(visit: Open, tmp_path: Path) -> None:
    page = visit(OWN, wait="#own-worst td")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("query,document,grade,score\nq,one,0,1\nq,two,3,2\nr,three,0,2\nr,four,1,1\n", encoding="utf-8")
    bad.write_text("query,document\nq,one\n", encoding="utf-8")
    page.locator("#own-upload input[type=file]").set_input_files(bad)
    expect(page.locator("#own-upload")).to_contain_text("bad")
    page.locator("#own-run").click()
    expect(page.locator("#own-said .warn")).to_contain_text("no column “grade”")
    expect(page.locator("#own-download")).to_be_disabled()
    page.locator("#own-upload [aria-label*='emove'], #own-upload [aria-label*='lear']").first.click()
    page.locator("#own-upload input[type=file]").set_input_files(good)
    expect(page.locator("#own-upload")).to_contain_text("good")
    page.locator("#own-run").click()
    expect(page.locator("#own-summary")).to_contain_text("your scores")
    expect(page.locator("#own-worst tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.locator("#own-download").click()
    assert download.value.suggested_filename == "ndcg.csv"
    with page.expect_download() as download:
        page.locator("#own-sample").click()
    assert download.value.suggested_filename == "judgments.csv"
