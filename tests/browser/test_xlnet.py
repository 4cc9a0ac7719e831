"""The tab XLNet in Chromium: an order is dragged, moved by keys and tapped, and the masks follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.serving import hub

WAIT = "#order-board .chip"
QUERY = "?tab=xlnet&view=order&text=a+b+c&order=1+2+3"


@pytest.fixture(scope="module")
def address(made_orderers: Path) -> Iterator[str]:
    with hub(made_orderers) as running:
        yield running


def chip(page: Page, place: int) -> Locator:
    return page.locator(f"#order-board .chip[data-place='{place}']")


def ordered(page: Page, places: list[int]) -> None:
    """The chips stand so, the field says so, and the rows of the table are asked for so."""
    for number, place in enumerate(places):
        expect(page.locator(WAIT).nth(number)).to_have_attribute("data-place", str(place))
    expect(page.locator("#order-order textarea, #order-order input").first).to_have_value(" ".join(map(str, places)))
    names = {1: "a", 2: "b", 3: "c"}
    for number, place in enumerate(places):
        row = page.locator("#order-table tbody tr").nth(number)
        expect(row.locator("td").nth(1)).to_have_text(names[place])


def test_a_token_is_dragged_to_another_place(visit: Open) -> None:
    page = visit(QUERY, wait=WAIT)
    ordered(page, [1, 2, 3])
    chip(page, 3).drag_to(chip(page, 1))
    ordered(page, [3, 1, 2])
    expect(page).to_have_url(re.compile(r"order=3\+1\+2"))


def test_a_token_is_moved_by_keys_and_keeps_the_focus(visit: Open) -> None:
    page = visit(QUERY, wait=WAIT)
    chip(page, 1).focus()
    page.keyboard.press("Shift+ArrowRight")
    ordered(page, [2, 1, 3])
    expect(chip(page, 1)).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    ordered(page, [2, 3, 1])


def test_buttons_and_the_field_make_orders(visit: Open) -> None:
    page = visit(QUERY, wait=WAIT)
    page.locator("#order-backward").click()
    ordered(page, [3, 2, 1])
    field = page.locator("#order-order textarea, #order-order input").first
    field.fill("2 1 3")
    field.press("Enter")
    ordered(page, [2, 1, 3])


def test_pointed_at_a_token_shows_whom_it_sees_and_who_sees_it(visit: Open) -> None:
    page = visit(QUERY, wait=WAIT)
    chip(page, 2).hover()
    expect(chip(page, 1)).to_have_class("chip asked sees")
    expect(chip(page, 3)).to_have_class("chip asked seen-by")


def test_a_wrong_order_is_told(visit: Open) -> None:
    page = visit(QUERY, wait=WAIT)
    field = page.locator("#order-order textarea, #order-order input").first
    field.fill("1 1 3")
    field.press("Enter")
    expect(page.locator(".toast-body")).to_contain_text("each place from 1 to 3 once")


def test_the_court_finds_a_leak_on_a_phone_in_chinese(visit: Open) -> None:
    page = visit("?tab=xlnet&view=court&text=a+b+c&order=2+1+3&lang=zh", 390, "zh-CN", wait="#court-cells figure")
    expect(page.locator("#court-cells td.leak")).to_have_count(0)
    page.locator("#court-mistake label").nth(1).click()
    expect(page.locator("#court-cells td.leak")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
