"""The tab Recommender in Chromium: things are taken and put back by clicks and keys, searches and budgets follow.

And the views of coarse and fine ranking: a ladder is chosen, a scene is switched.
"""

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
def address(made_recommender: Path) -> Iterator[str]:
    with hub(made_recommender) as running:
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


def test_a_ladder_and_its_k_are_chosen(visit: Open) -> None:
    page = visit("?tab=recommender&view=ladder", wait="#ladder-table td")
    said = page.locator("#ladder-said")
    expect(said).to_contain_text("first 20")
    page.locator("#ladder-kind").get_by_text("two towers").click()
    expect(page).to_have_url(re.compile("kind=towers"))
    expect(page.locator("#ladder-table")).not_to_contain_text("widths searched")
    page = visit("?tab=recommender&view=ladder&k=5&kind=cold&rung=searched", wait="#ladder-table td")
    expect(page.locator("#ladder-said")).to_contain_text("“+ widths searched by time” has")
    expect(page.locator("#ladder-said")).to_contain_text("first 5")


def test_a_switch_of_the_scene_changes_what_is_said(visit: Open) -> None:
    page = visit("?tab=recommender&view=ranker&place=1", wait="#ranker-predictions .bar")
    predictions = page.locator("#ranker-predictions")
    expect(predictions).to_contain_text("scene 1")
    before = predictions.inner_text()
    page.locator("#ranker-counts input").first.uncheck()
    expect(page).to_have_url(re.compile("counts=0"))
    expect(predictions).not_to_have_text(before)
    page.locator("#ranker-goal").get_by_text("like", exact=True).click()
    expect(page).to_have_url(re.compile("goal=is_like"))
    expect(page.locator("#ranker-gap")).to_contain_text("GAUC")
