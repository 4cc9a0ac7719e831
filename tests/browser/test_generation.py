"""The tab Generation in Chromium: tokens are written, asked and exchanged; summaries; few-shot; links; a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS

Visit = Callable[..., Page]
TOKENS = "#generation-text .tokens span"


@pytest.fixture
def lab_address(writers_hub: str) -> str:
    return writers_hub


@pytest.fixture
def lab(browser: Browser, lab_address: str) -> Iterator[Visit]:
    """lab(query, width) -> the tab; it fails on errors of scripts."""
    contexts, errors = [], []

    def visit(query: str = "lang=en&prompt=The+lamp&max_new_tokens=12", width: int = 1280) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900})
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=lab_address)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{lab_address}/?v=1&tab=generation&{query}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not errors, errors


def written(page: Page) -> str:
    """The text, once the run has ended."""
    expect(page.locator("#generation-facts")).to_contain_text(re.compile("Ended at the length|ended the text"))
    return "".join(page.locator(TOKENS).all_text_contents())


def set_number(page: Page, name: str, value: str) -> None:
    """Type a setting, in the folded part of the page, which is opened for it."""
    field = page.locator(f"#generation-{name} input[type=number]")
    if not field.count():
        page.locator("#generation-settings button").first.click()
        expect(field).to_be_visible()
        page.wait_for_timeout(2000)  # Gradio sets a control once more in the moments after it is drawn
    field.fill(value)
    field.blur()


def test_a_text_is_written_when_the_tab_is_opened(lab: Visit) -> None:
    page = lab("lang=en&prompt=The+lamp&max_new_tokens=12&temperature=0")  # one that is drawn may end before
    text = written(page)
    assert text.startswith("The lamp")
    given = page.locator(f"{TOKENS}.given").count()
    assert page.locator(TOKENS).count() == given + 12
    expect(page.locator("#generation-facts")).to_contain_text("12 new tokens")
    expect(page.locator("#generation-distribution .js-plotly-plot .main-svg").first).to_be_visible()


def test_another_token_is_taken_and_the_link_brings_it_back(lab: Visit) -> None:
    page = lab("lang=en&prompt=The+lamp&max_new_tokens=12&temperature=0")
    before = written(page)
    place = page.locator(f"{TOKENS}.given").count() + 3
    page.locator(TOKENS).nth(place).click()
    expect(page.locator(TOKENS).nth(place)).to_have_class(re.compile("chosen"))
    choices = page.locator("#generation-alternatives [data-pick]")
    expect(choices).to_have_count(10)
    expect(choices.nth(0)).to_have_class("taken")  # greedy
    other = choices.nth(2).get_attribute("data-pick")
    choices.nth(2).click()
    page.wait_for_url(f"**path={place}%3A{other}**")
    after = written(page)
    assert after != before and page.locator(TOKENS).count() == place + 1 + 12
    page.locator("#share").click()
    link = page.evaluate("navigator.clipboard.readText()")
    shared = lab(link.partition("tab=generation&")[2])
    expect(shared.locator(TOKENS)).to_have_count(place + 1 + 12)
    assert written(shared) == after


def test_a_token_is_chosen_by_keyboard_and_both_futures_stand_there(lab: Visit) -> None:
    page = lab("lang=en&prompt=The+lamp&max_new_tokens=12&temperature=0")
    before = written(page)
    expect(page.locator(f"{TOKENS}.chosen")).to_have_count(1)  # without a click
    expect(page.locator("#generation-alternatives [data-pick]")).to_have_count(10)
    place = page.locator(f"{TOKENS}.given").count() + 2
    page.locator(TOKENS).nth(place).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(TOKENS).nth(place + 1)).to_have_class(re.compile("chosen"))
    expect(page.locator(TOKENS).nth(place + 1)).to_be_focused()  # though it was drawn anew
    page.locator("#generation-alternatives [data-pick]").nth(2).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**path={place + 1}%3A**")
    other = "".join(page.locator(".tokens-of-other span").all_text_contents())
    assert written(page) != before and before.endswith(other) and other
    page.locator(".futures .back").click()
    expect(page.locator(".tokens-of-other")).not_to_have_text(other)
    assert written(page) == before and "path=" not in page.url


def test_one_token_more(lab: Visit) -> None:
    page = lab("lang=en&prompt=The+lamp&max_new_tokens=2&temperature=0")
    written(page)
    count = page.locator(TOKENS).count()
    page.locator("#generation-one").click()
    expect(page.locator(TOKENS)).to_have_count(count + 1)
    expect(page.locator(TOKENS).nth(count)).to_have_class(re.compile("chosen"))
    page.wait_for_url("**max_new_tokens=3**")


def test_views_answer_when_they_are_looked_at(lab: Visit) -> None:
    page = lab("lang=en&view=few&query=up%09down&shots=in%09out")
    expect(page.locator("#few-cards .card")).to_have_count(2)
    expect(page.locator("#few-cards .card").nth(0)).to_contain_text("of 1 right")
    expect(page.locator("#few-chart .main-svg").first).to_be_visible()
    page.get_by_role("tab", name="TL;DR").click()
    expect(page.locator("#tldr-cards .card")).to_have_count(4)
    expect(page.locator("#tldr-chart .main-svg").first).to_be_visible()


def test_settings_move_the_distribution(lab: Visit) -> None:
    page = lab("lang=en&prompt=The+lamp&max_new_tokens=12&temperature=1&top_p=1")
    written(page)
    expect(page.locator("#generation-left")).to_contain_text("they had 100.0%")
    set_number(page, "top_k", "3")
    expect(page.locator("#generation-left")).to_contain_text("3 of 2")


def test_a_beam_search_shows_its_texts_and_the_link_brings_it_back(lab: Visit) -> None:
    page = lab("lang=en&prompt=The+lamp&max_new_tokens=12&beams=3&length_penalty=0.5")
    text = written(page)
    rows = page.locator("#generation-kept tbody tr")
    expect(rows).to_have_count(3)
    scores = [float(row.locator("td").nth(4).inner_text().replace("−", "-")) for row in rows.all()]
    assert scores == sorted(scores, reverse=True)
    expect(page.locator("#generation-kept th").nth(4)).to_have_text("score = sum / tokens^0.5")
    expect(page.locator("#generation-left")).to_contain_text("3 most probable texts go on")
    page.wait_for_url("**beams=3**")
    page.locator("#generation-run").click()
    assert written(page) == text  # nothing is drawn
    place = page.locator(f"{TOKENS}.given").count() + 3
    page.locator(TOKENS).nth(place).click()
    expect(page.locator(TOKENS).nth(place)).to_have_class(re.compile("chosen"))
    page.locator("#generation-alternatives [data-pick]").nth(2).click()
    page.wait_for_url("**path=**")
    expect(rows).to_have_count(3)
    set_number(page, "beams", "1")
    page.locator("#generation-run").click()
    expect(rows).to_have_count(0)


def test_a_long_beam_search_is_stopped_where_it_is(lab: Visit) -> None:
    page = lab("lang=en&model=llama&prompt=The&max_new_tokens=60&beams=8&no_repeat_ngram=1")
    expect(page.locator("#generation-kept tbody tr").first).to_be_visible()
    page.locator("#generation-stop").click()
    expect(page.locator("#generation-facts")).to_contain_text(re.compile("Stopped|Ended|ended"))
    expect(page.locator("#generation-kept tbody tr")).to_have_count(8)


def test_summaries_by_beam_search_have_their_texts_folded(lab: Visit) -> None:
    page = lab("lang=zh&view=tldr&text=The+lamp+was+lit.+Fog+came.&beams=4")
    page.locator("#tldr-run").click()
    cards = page.locator("#tldr-cards .card")
    folded = cards.nth(1).locator("summary").first
    expect(folded).to_contain_text("搜索留下的全部 4 条文本")
    folded.click()
    expect(cards.nth(1).locator("tbody tr")).to_have_count(4)
    page.wait_for_url("**beams=4**")


def test_every_example_writes(lab: Visit) -> None:
    page = lab("lang=zh")
    examples = page.locator("#generation-examples button")
    for place in range(examples.count()):
        examples.nth(place).click()
        expect(page.locator("#generation-facts")).to_contain_text("新生成")
    expect(page.locator(".toast-wrap .toast-body")).to_have_count(0)


def test_a_summary_stands_beside_the_first_sentences(lab: Visit) -> None:
    page = lab("lang=en&view=tldr&text=The+lamp+was+lit.+Fog+came.&reference=The+lamp.")
    page.locator("#tldr-run").click()
    cards = page.locator("#tldr-cards .card")
    expect(cards).to_have_count(4)
    expect(cards.nth(2)).to_contain_text("The lamp was lit.")
    expect(cards.nth(2)).to_contain_text("ROUGE-1 66.7")
    page.wait_for_url("**view=tldr**")


def test_few_shot_answers_stand_side_by_side(lab: Visit) -> None:
    page = lab("lang=en&view=few&query=up&shots=in%09out")
    page.locator("#few-run").click()
    cards = page.locator("#few-cards .card")
    expect(cards).to_have_count(2)
    cards.nth(1).locator("summary").click()
    expect(cards.nth(1).locator("pre")).to_have_text("Input: in\nOutput: out\n\nInput: up\nOutput:")


def test_a_question_is_read_as_its_head_wants_it(lab: Visit) -> None:
    page = lab("lang=en&view=gpt1")
    sequences = page.locator("#gpt1-result .sequence")
    expect(sequences).to_have_count(1)  # the first example is answered at once
    page.get_by_label("About alike").click()
    expect(sequences).to_have_count(2)
    expect(page.locator("#gpt1-a textarea")).to_be_visible()
    expect(page.locator("#gpt1-c textarea")).to_have_count(0)
    page.locator("#gpt1-a textarea").fill("the film is good")
    page.locator("#gpt1-b textarea").fill("not bad")
    page.locator("#gpt1-run").click()
    expect(sequences.nth(1)).to_have_text("<start>notbad<delimiter>thefilmisgood<extract>")
    page.wait_for_url("**task=questions%2Falike**")
    page.locator("#share").click()
    link = page.evaluate("navigator.clipboard.readText()")
    shared = lab(link.partition("tab=generation&")[2])
    expect(shared.locator("#gpt1-result .sequence").nth(1)).to_have_text(
        "<start>notbad<delimiter>thefilmisgood<extract>"
    )
    page.locator("#gpt1-b textarea").fill("")
    page.locator("#gpt1-run").click()
    expect(page.locator(".toast-wrap .toast-body").first).to_contain_text("sentence2 is empty")


@pytest.mark.parametrize(
    "query", ["model=nobody", "view=gpt1&task=x", "temperature=99", "path=x", "v=9", "path=1:999999", "beams=99"]
)
def test_a_broken_link_is_told(lab: Visit, query: str) -> None:
    page = lab(f"lang=en&prompt=The&max_new_tokens=5&{query}")
    told = page.locator("#generation-notice .warn, .toast-wrap .toast-body").first
    expect(told).to_be_visible()
    assert "Traceback" not in told.inner_text()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", ["write", "tldr", "few", "gpt1"])
def test_a_phone_needs_no_sideways_scrolling(lab: Visit, view: str, language: str) -> None:
    page = lab(f"lang={language}&view={view}", width=390)
    expect(page.locator(f"#{'generation' if view == 'write' else view}-run")).to_be_visible()
    expect(page.locator("#generation-intro")).to_contain_text("选择" if language == "zh" else "choice")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
