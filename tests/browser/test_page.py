"""What a visitor does and reads, in Chromium."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Request, expect

from hub.bundle import ROOT
from tests.browser.conftest import Open


def write(page: Page, text: str) -> None:
    page.locator("#text textarea").fill(text)


def test_the_first_page_shows_an_answer_and_examples(visit: Open) -> None:
    page = visit()
    expect(page.locator("#results .card")).to_have_count(2)
    expect(page.locator("#examples-en")).to_contain_text("A warm, funny")
    expect(page.locator("#results")).to_contain_text("ms · int8 · CPU")


def test_classify_and_compare_and_share(visit: Open) -> None:
    page = visit()
    write(page, "the story is <b>poor</b> and very bad")
    page.locator("#run").click()
    expect(page.locator("#why .highlighted")).to_contain_text("<b>poor</b>")  # as text, not as markup
    expect(page.locator("#results .card").nth(1)).to_contain_text("sentiment")
    page.wait_for_url("**very+bad**")
    page.locator("#share").click()
    expect(page.locator("#copied")).to_have_text("✓ copied")
    link = page.evaluate("navigator.clipboard.readText()")
    shared = visit("?" + link.partition("/?")[2])
    expect(shared.locator("#text textarea")).to_have_value("the story is <b>poor</b> and very bad")
    shown = [each.locator("#results .verdict").all_inner_texts() for each in (page, shared)]
    assert shown[0] == shown[1]


def test_chinese_page_and_text(visit: Open) -> None:
    page = visit(locale="zh-CN")
    expect(page.locator("#run")).to_have_text("分类")
    expect(page.get_by_role("tab", name="文本分类")).to_be_visible()
    expect(page.locator("#results")).to_contain_text("微型中文")
    write(page, "这部电影很好")
    page.locator("#run").click()
    expect(page.locator("#why")).to_contain_text("每个词元的作用")
    expect(page.locator("#why .highlighted")).to_have_text("这部电影很好")


def test_the_language_of_the_page_can_be_asked_for(visit: Open) -> None:
    page = visit("?lang=zh")
    expect(page.locator("#run")).to_have_text("分类")
    expect(page.locator("#header")).to_contain_text("看懂它")


def test_the_script_of_the_text_suggests_the_models(visit: Open) -> None:
    page = visit()
    page.locator("#text textarea").press_sequentially("很好很好很好很好很好很好很好很好很好很好很好很好很好很好很好")
    expect(page.locator("#models")).to_contain_text("Tiny Chinese")
    expect(page.locator("#examples-zh")).to_be_visible()


def test_the_link_is_of_the_view_that_is_seen(visit: Open) -> None:
    """Also of one that nobody has touched, also when an answer of another tab has come since, and by keyboard."""
    page = visit()

    def link() -> dict[str, list[str]]:
        page.locator("#share").press("Enter")
        expect(page.locator("#copied")).not_to_be_empty()
        return parse_qs(page.evaluate("navigator.clipboard.readText()").partition("?")[2])

    assert link() == {"v": ["1"], "tab": ["classification"], "view": ["one"]}
    page.get_by_role("tab", name="Many texts").click()
    assert link()["view"] == ["many"]
    page.get_by_role("tab", name="One text").click()
    write(page, "a good film")
    page.locator("#run").click()
    page.wait_for_url("**a+good+film**")
    page.get_by_role("tab", name="Models").click()
    page.wait_for_url("**tab=models**")
    assert "text" not in link()
    page.evaluate("hubAddress.put('v=1&tab=classification&text=late')")
    assert link()["tab"] == ["models"]
    page.get_by_role("tab", name="Text classification").click()
    page.wait_for_url("**text=late**")
    shared = visit("?v=1&tab=models", wait="#overview table")
    expect(shared.get_by_role("tab", name="Models")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(("asked", "language"), [("en", "en"), ("zh", "zh-CN")])
def test_the_page_says_its_language(visit: Open, asked: str, language: str) -> None:
    assert visit(f"?lang={asked}", locale="fr-FR").locator("html").get_attribute("lang") == language


def test_race_runs_all_models_fastest_first(visit: Open) -> None:
    page = visit()
    page.locator("#race").click()
    bars = page.locator("#results .race .bar .value")
    expect(bars).to_have_count(2)
    times = [float(shown.split(" ms")[0]) for shown in bars.all_inner_texts()]
    assert times == sorted(times)


def test_an_example_says_what_to_notice(visit: Open) -> None:
    page = visit()
    page.locator("#examples-en button", has_text="not a good film").first.click()
    expect(page.locator("#notice")).to_contain_text("negation")
    expect(page.locator("#why .highlighted")).to_contain_text("not a good film")


def test_a_click_on_an_example_moves_nothing(visit: Open) -> None:
    page = visit()

    def places() -> list[object]:
        return [page.locator(place).bounding_box() for place in ("#examples-en", "#run", "#models")]

    before, top = places(), page.locator("#results").bounding_box()["y"]  # type: ignore[index]
    for text in ("It is not a good film", "The first half is dull", "Where is the longest bridge"):
        page.locator("#examples-en button", has_text=text).click()
        expect(page.locator("#text textarea")).to_have_value(re.compile(text))
        expect(page.locator("#results .card")).to_have_count(2)
        assert places() == before
        assert page.locator("#results").bounding_box()["y"] == top  # type: ignore[index]


def test_an_example_about_the_recurrent_model_opens_its_explanation(visit: Open) -> None:
    page = visit()
    page.locator("#examples-en button", has_text="The first half is dull").click()
    expect(page.locator("#why")).to_contain_text("How the answer changes word by word")
    expect(page.locator("#notice")).to_contain_text("“How the answer changes word by word”")
    expect(page.locator("#why-figure .js-plotly-plot")).to_be_visible()


def test_many_texts_open_with_an_answer_and_an_example_is_run(visit: Open) -> None:
    page = visit()
    page.get_by_role("tab", name="Many texts").click()
    expect(page.locator("#many-summary")).to_contain_text("4 texts in")
    page.locator("#lines textarea").fill("a story")
    page.locator("#many-examples button", has_text="Texts").click()
    expect(page.locator("#lines textarea")).to_have_value(re.compile("the film is bad"))
    expect(page.locator("#many-table")).to_contain_text("the film is bad")


def test_why_shows_ngrams_or_the_course(visit: Open) -> None:
    page = visit("?v=1&text=a+good+film&models=pooling,course&why=pooling")
    expect(page.locator("#why")).to_contain_text("The n-grams that won")
    page.locator("#why-model input").click()
    page.get_by_role("option", name="Tiny course").click()
    expect(page.locator("#why")).to_contain_text("word by word")
    expect(page.locator("#why-figure .js-plotly-plot")).to_be_visible()


@pytest.mark.parametrize(("text", "message"), [("", "empty"), ("x" * 5001, "5,001 characters; at most 5,000")])
def test_a_wrong_text_gets_a_readable_message(visit: Open, text: str, message: str) -> None:
    page = visit()
    write(page, text)
    page.locator("#run").click()
    toast = page.locator(".toast-wrap")
    expect(toast).to_contain_text(message)
    assert "Traceback" not in toast.inner_text()


def test_lines_and_the_file_of_answers(visit: Open, tmp_path: Path) -> None:
    page = visit()
    page.get_by_role("tab", name="Many texts").click()
    page.locator("#lines textarea").fill("good film\n=1+1 bad\n")
    page.locator("#run-many").click()
    expect(page.locator("#many-summary")).to_contain_text("2 texts")
    with page.expect_download() as waiting:
        page.locator("#download").click()
    path = tmp_path / "answers.csv"
    waiting.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == ["good film", "'=1+1 bad"]


def test_a_file_is_classified_and_a_wrong_one_refused(visit: Open, tmp_path: Path) -> None:
    good, wrong = tmp_path / "texts.csv", tmp_path / "picture.txt"
    good.write_bytes("id,text\n1,好 film\n2,bad\n3,fine\n".encode("gb18030"))
    wrong.write_bytes(b"\x89PNG\r\n" + bytes(range(256)) * 8)
    page = visit()
    page.get_by_role("tab", name="Many texts").click()
    page.locator("#upload input[type=file]").set_input_files(good)
    expect(page.locator("#upload")).to_contain_text("texts")
    summary = page.locator("#many-summary")
    for model in ("Tiny pooling", "Tiny course"):  # the file serves a second model too
        page.locator("#many-model input").click()
        page.get_by_role("option", name=model).click()
        page.locator("#run-many").click()
        expect(summary).to_contain_text("3 texts")
        expect(summary).to_contain_text("GB 18030, cells separated by commas, column 2 of 2 (“text”;")
    page.locator("#upload").get_by_role("button", name="Clear").click()
    page.locator("#upload input[type=file]").set_input_files(wrong)
    expect(page.locator("#upload")).to_contain_text("picture")
    for _ in range(2):  # a refused file can be tried again, and says the same
        page.locator("#run-many").click()
        expect(summary).to_contain_text("not a text file")
        expect(summary).not_to_contain_text("3 texts")
        expect(page.locator("#many-table")).not_to_be_visible()


def test_a_link_of_another_version_is_told(visit: Open) -> None:
    page = visit("?v=77&text=bad")
    expect(page.locator("#classification-notice")).to_contain_text("unknown version (77)")
    page = visit("?v=1&text=bad&models=nobody")
    expect(page.locator("#classification-notice")).to_contain_text("nobody")


def test_the_models_tab_lists_all_and_says_why_one_is_disabled(visit: Open) -> None:
    page = visit("?tab=models&model=course", wait="#passport .passport")
    expect(page.locator("#overview")).to_contain_text("model_quantized.onnx is missing")
    expect(page.locator("#passport")).to_contain_text("Tiny course")
    with page.expect_download() as waiting:
        page.locator("#passport a", has_text="tokenizer.json").click()
    assert waiting.value.suggested_filename == "tokenizer.json"
    expect(page.locator("#snippet")).to_contain_text("onnxruntime")


def test_a_model_is_chosen_and_tried_from_the_list(visit: Open) -> None:
    page = visit("?tab=models&lang=en", wait="#passport .passport")
    page.locator("#overview a.name", has_text="Tiny pooling").click()
    expect(page.locator("#passport h3")).to_have_text("Tiny pooling")
    page.wait_for_url("**model=pooling**")
    page.locator("#overview [data-sort=model]").click()
    names = page.locator("#overview tbody a.name").all_inner_texts()
    assert names == sorted(names, key=str.casefold)
    page.locator("#overview [data-sort=model]").click()
    assert page.locator("#overview tbody a.name").all_inner_texts() == names[::-1]
    page.locator("#overview tr", has=page.locator("[data-model=course]")).locator("a.try").click()
    expect(page.locator("#results .card")).to_have_count(1)
    expect(page.locator("#results .card h4")).to_contain_text("Tiny course")


@pytest.mark.parametrize("query", ["", "?tab=models", "?v=1&text=a+good+film&models=course&__theme=dark"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_phone_needs_no_sideways_scrolling(visit: Open, query: str, locale: str) -> None:
    shown = "#passport .passport" if "tab=models" in query else "#results .card"
    page = visit(query, width=390, locale=locale, wait=shown)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_tabs_are_seen_on_a_phone(visit: Open, language: str) -> None:
    page = visit(f"?lang={language}", width=390)
    expect(page.get_by_label("More tabs")).to_have_count(0)
    for bar in page.get_by_role("tablist").all():
        for tab in bar.get_by_role("tab").all():
            box = tab.bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
            assert tab.evaluate("e => e.scrollWidth <= e.clientWidth")  # nothing of its title is cut
    last = page.get_by_role("tab").nth(2)
    last.focus()
    page.keyboard.press("Enter")
    expect(last).to_have_attribute("aria-selected", "true")


@pytest.mark.skipif(not list((ROOT / "onnx").glob("*/card.json")), reason="no committed bundle")
def test_the_committed_bundles_answer(browser: object, committed_hub: str) -> None:
    page = browser.new_page()  # type: ignore[attr-defined]
    page.goto(committed_hub)
    expect(page.locator("#results .card .verdict").first).to_be_visible()
    expect(page.locator("#results .card.broken")).to_have_count(0)
    page.get_by_role("tab", name="How good are they?").click()
    expect(page.locator("#quality-wrong")).to_contain_text("of our 40 sentences wrong")
    page.locator("#quality .dot[data-model=textcnn-sst2]").click()
    expect(page.locator("#quality-wrong h3")).to_contain_text("TextCNN on SST-2 gets")
    page.close()


def test_opening_the_page_computes_one_view(visit: Open) -> None:
    """The others are computed when they are looked at."""
    page = visit("?lang=en", wait="#results .card")
    asked: list[int] = []

    def note(request: Request) -> None:
        if "/queue/join" in request.url:
            asked.append(request.post_data_json["fn_index"])

    page.on("request", note)
    page.goto(page.url.partition("?")[0] + "?tab=models&lang=en")
    page.locator("#passport .passport").wait_for()
    page.wait_for_timeout(2_000)
    looks = page.evaluate(
        """() => {
            const named = (id) => gradio_config.components.find((one) => one.id === id)?.props.elem_id || "";
            return gradio_config.dependencies.filter((one) => one.targets.some(
                ([id, event]) => event === "change" && named(id).endsWith("-look"))).map((one) => one.id);
        }"""
    )
    assert len(looks) > 1 and len([number for number in asked if number in looks]) == 1
