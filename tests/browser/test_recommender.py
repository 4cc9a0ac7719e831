"""The tab Recommender in Chromium: things are taken and put back by clicks and keys, searches and budgets follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.serving import hub

QUERY = "?tab=recommender&view=funnel&items=3+5"
CHOSEN, FOUND, LIST = "#funnel-chosen .chip", "#funnel-found .chip", "#funnel-list .chip"


@pytest.fixture(scope="module")
def address(made_shop: Path) -> Iterator[str]:
    with hub(made_shop) as running:
        yield running


def test_a_thing_of_the_list_is_taken_and_put_back(visit: Open) -> None:
    page = visit(QUERY, wait=LIST)
    expect(page.locator(CHOSEN)).to_have_count(2)
    first = page.locator(LIST).first
    number = first.get_attribute("data-pick")
    first.click()
    expect(page.locator(CHOSEN)).to_have_count(3)
    expect(page.locator(CHOSEN).last).to_have_attribute("data-pick", str(number))
    expect(page).to_have_url(re.compile(rf"items=3\+5\+{number}"))
    page.locator(CHOSEN).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(CHOSEN)).to_have_count(2)
    expect(page.locator(f"{CHOSEN}[data-pick='3']")).to_have_count(0)


def test_a_search_shows_what_it_finds_and_leaves_the_list(visit: Open) -> None:
    page = visit(QUERY, wait=LIST)
    before = page.locator(LIST).all_inner_texts()
    page.locator("#funnel-search textarea, #funnel-search input").first.fill("glass bird")
    expect(page.locator(FOUND).first).to_contain_text("glass bird")
    assert all("glass bird" in text.lower() for text in page.locator(FOUND).all_inner_texts())
    assert page.locator(LIST).all_inner_texts() == before
    page.locator("#funnel-search textarea, #funnel-search input").first.fill("zebra")
    expect(page.locator("#funnel-found")).to_contain_text("Nothing in the shop is called so")


def test_somebody_new_is_told_so(visit: Open) -> None:
    page = visit(QUERY, wait=LIST)
    page.get_by_text("Somebody new").click()
    expect(page.locator("#funnel-chosen")).to_contain_text("You have taken nothing yet")
    expect(page.locator("#funnel-said")).to_contain_text("the same for every new visitor")


def test_an_obituary_changes_with_who_does_a_stage(visit: Open) -> None:
    page = visit("?tab=recommender&view=obituaries", wait="#obituaries-fates td")
    said = page.locator("#obituaries-said")
    expect(said).to_contain_text("+0.0000")
    page.locator("#obituaries-by_fine").get_by_text("who knows").click()
    expect(said).not_to_contain_text("+0.0000")
    expect(page).to_have_url(re.compile("by_fine=oracle"))
