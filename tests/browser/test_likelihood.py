"""The tab Likelihood in Chromium: examples, sliders, pads, pictures' data, links, languages, a phone."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from tests.browser.conftest import PATIENCE_MS, Held
from tests.serving import ROOT, hub

Visit = Callable[..., Page]
VIEWS = ("model", "growth", "product", "losses", "classes", "sum")
PLOTS = {  # of each view
    "model": "transitions", "growth": "spread", "product": "product", "losses": "losses", "classes": "learning",
    "sum": "bars",
}  # fmt: skip


@pytest.fixture(scope="module")
def lab_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("lab") / "onnx"
    shutil.copytree(ROOT / "onnx" / "likelihood-lab", folder / "likelihood-lab")
    with hub(folder) as running:
        yield running


@pytest.fixture
def lab(browser: Browser, lab_address: str) -> Iterator[Visit]:
    """lab(query, width, prepare) -> the tab; fails on errors of scripts. prepare gets the page before its address."""
    contexts, errors = [], []

    def visit(query: str = "lang=en", width: int = 1280, prepare: Callable[[Page], None] | None = None) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=lab_address)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if prepare:
            prepare(page)
        page.goto(f"{lab_address}/?v=1&tab=likelihood&{query}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not errors, errors


def traces(page: Page, plot: str) -> dict[str, Any]:
    """The data of a picture, by the first words of each trace's name."""
    expect(page.locator(f"#{plot} .js-plotly-plot .main-svg").first).to_be_visible()
    found = page.evaluate(
        """(plot) => document.querySelector(`#${plot} .js-plotly-plot`).data.map(
            (trace) => ({name: trace.name || trace.type, x: [...trace.x], y: [...(trace.y || [])], z: trace.z}))""",
        plot,
    )
    return {trace["name"].partition(",")[0]: trace for trace in found}


def drawn(page: Page, plot: str, *names: str) -> dict[str, Any]:
    """The data of a picture, once it shows exactly these traces: the words below may be there before it."""
    wanted = set(names)
    until = time.monotonic() + PATIENCE_MS / 1_000
    while set(found := traces(page, plot)) != wanted:
        assert time.monotonic() < until, f"{set(found)}, not {wanted}"
        page.wait_for_timeout(100)
    return found


def test_an_example_draws_the_surface_and_the_way_up(lab: Visit) -> None:
    page = lab()
    expect(page.locator("#duel-note")).to_contain_text("7/10")
    page.locator("#likelihood-examples button", has_text="The same by Fisher scoring").click()
    expect(page.locator("#duel-note")).to_contain_text("a few steps instead of many")
    shown = traces(page, "surface")
    assert [shown["optimiser"]["x"][0], shown["optimiser"]["y"][0]] == pytest.approx([169.583, 7.146], abs=2e-3)
    assert shown["Fisher scoring"]["x"][-1] == pytest.approx(169.583, abs=2e-3)
    expect(page.locator("#duel")).to_contain_text("the gradient is zero there")


@pytest.mark.parametrize(
    ("example", "note"),
    [
        ("at the edge", "3/n"),
        ("All values the same", "without bound"),
        ("A component on one value", "A component has shrunk onto one value"),
    ],
)
def test_a_missing_maximum_is_explained(lab: Visit, example: str, note: str) -> None:
    page = lab()
    page.locator("#likelihood-examples button", has_text=example).click()
    expect(page.locator("#duel")).to_contain_text(note)


def test_the_tab_takes_no_clicks_while_the_page_loads(lab: Visit) -> None:
    made: list[Held] = []
    page = lab("lang=zh", prepare=lambda page: made.append(Held(page)))
    example = page.locator("#likelihood-examples button", has_text="All values the same")
    with pytest.raises(TimeoutError):
        example.click(timeout=1_000)
    made[0].let_go()
    page.locator("#likelihood-examples button", has_text="数值全相同").click()
    expect(page.locator("#duel-note")).to_contain_text("数值全相同")
    expect(page.locator("#duel")).to_contain_text("无限增大")
    assert page.locator("#likelihood-data textarea").input_value() == "5 5 5 5 5"


def test_of_two_examples_the_second_stands(lab: Visit) -> None:
    page = lab()
    expect(page.locator("#duel")).to_contain_text("n = 10")
    held = Held(page)
    page.locator("#likelihood-examples button", has_text="Two humps").click()
    page.locator("#likelihood-examples button", has_text="Calls per hour").click()
    held.wait(count=2)
    held.let_go()
    expect(page.locator("#duel-note")).to_contain_text("Calls per hour")
    expect(page.locator("#duel")).to_contain_text("n = 12")
    page.wait_for_url("**family=poisson**")


def test_a_slider_moves_you_and_the_gap(lab: Visit) -> None:
    page = lab()
    before = traces(page, "surface")["you"]
    page.locator("#slider-0 input[type=number]").fill("0.7")
    page.locator("#slider-0 input[type=number]").blur()
    expect(page.locator("#duel")).to_contain_text("You stand at the top")
    now = traces(page, "surface")["you"]
    assert before["x"] == [0.5] and now["x"] == [0.7] and now["y"][0] > before["y"][0]


def test_values_are_drawn_by_clicking(lab: Visit) -> None:
    page = lab("lang=en&family=gaussian&data=1+2+3")
    expect(page.locator("#strip circle")).to_have_count(3)
    pad = page.locator("#strip svg.pad")
    box = pad.bounding_box()
    assert box

    def click(share: float) -> None:
        # Where the pad is now: figures that come in above it may have moved it.
        pad.click(position={"x": box["width"] * share, "y": box["height"] / 2})

    click(0.5)
    expect(page.locator("#strip circle")).to_have_count(4)
    expect(page.locator("#likelihood-data textarea")).to_have_value("1 2 3 2")
    expect(page.locator("#duel")).to_contain_text("n = 4")
    for share in (0.3, 0.4, 0.6, 0.7):  # faster than the answers come
        click(share)
    expect(page.locator("#strip circle")).to_have_count(8)
    expect(page.locator("#duel")).to_contain_text("n = 8")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_strip_stands_under_the_density(lab: Visit, width: int) -> None:
    page = lab("lang=en&family=gaussian&data=158+161+163+165+167+168", width)
    traces(page, "density")
    expect(page.locator("#strip circle")).to_have_count(6)
    ends = page.evaluate(
        """() => ["#density .bglayer .bg, #density .nsewdrag", "#strip svg"].map((one) => {
            const {left, right, bottom} = document.querySelector(one).getBoundingClientRect();
            return [left, right, bottom];
        })"""
    )
    (left, right, bottom), (from_left, to_right, below) = ends
    assert abs(left - from_left) <= 2 and abs(right - to_right) <= 2 and below > bottom


def test_sampled_data_are_revealed_and_shared(lab: Visit) -> None:
    page = lab("lang=en&family=gaussian&data=1+2+3")
    expect(page.locator("#strip circle")).to_have_count(3)
    page.locator("#sample").click()
    expect(page.locator("#duel")).to_contain_text("n = 40")
    drawn(page, "surface", "you", "your tries")
    drawn(page, "density", "data", "you")
    expect(page.locator("#climb")).to_be_disabled()
    page.locator("#slider-0 input[type=number]").fill("1.5")
    page.locator("#slider-0 input[type=number]").blur()
    page.wait_for_url("**at=1.5**")
    page.wait_for_function("document.querySelector('#surface .js-plotly-plot').data[0].x.length == 2")  # two tries
    page.locator("#reveal").click()
    expect(page.locator("#duel")).to_contain_text("Your guess, the estimate and the truth")
    expect(page.locator("#duel .score")).to_have_count(3)
    expect(page.locator("#reveal")).to_be_disabled()
    expect(page.locator("#climb")).to_be_enabled()
    page.wait_for_url("**reveal=1**")
    page.locator("#share").click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "data=" not in link and "seed=" in link
    shared = lab(link.partition("tab=likelihood&")[2])
    expect(shared.locator("#duel")).to_contain_text("hidden truth")
    revealed = ("you", "optimiser", "hidden truth")
    one, other = (drawn(each, "surface", "ℓ", *revealed) for each in (page, shared))
    for name in revealed:
        assert one[name]["x"] == other[name]["x"]


def test_climbing_is_shown_step_by_step(lab: Visit) -> None:
    page = lab("lang=en&family=mixture&at=0.5,-0.6,1.5,0.6,1.5&method=em&data=-2.4+-1.7+-2.1+-1.2+1.1+2.4+3.3+1.9")
    expect(page.locator("#strip circle")).to_have_count(8)
    assert "EM (mixture)" not in traces(page, "surface")
    page.locator("#climb").click()
    expect(page.locator("#duel")).to_contain_text("EM (mixture)")
    shown = traces(page, "surface")
    assert [shown["EM (mixture)"]["x"][-1], shown["EM (mixture)"]["y"][-1]] == pytest.approx(
        [shown["optimiser"]["x"][0], shown["optimiser"]["y"][0]], abs=1e-3
    )


def test_wrong_data_get_a_readable_message(lab: Visit) -> None:
    page = lab("lang=zh")
    expect(page.locator("#duel")).to_contain_text("n = 10")
    page.locator("#likelihood-data textarea").fill("1 0 2")
    page.locator("#use-data").click()
    toast = page.locator(".toast-wrap")
    expect(toast).to_contain_text("伯努利样本只能是 0 或 1")
    assert "Traceback" not in toast.inner_text()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_opens_by_its_link_and_fits_a_phone(lab: Visit, view: str, language: str) -> None:
    page = lab(f"lang={language}&view={view}", width=390)
    expect(page.locator(f"#{PLOTS[view]} .js-plotly-plot .main-svg").first).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    expect(page.locator(".formula .katex:visible").first).to_be_visible()
    expect(page.locator(".look:visible").first).to_contain_text("观察要点" if language == "zh" else "What to look for")
    titles = page.locator("#likelihood-views").get_by_role("tab").all_inner_texts()
    assert len(set(titles)) == len(titles)
    if language == "zh":  # those that are not open too
        assert "你来猜参数" in titles and not [title for title in titles if title.isascii()]


def test_the_curves_of_a_likelihood_and_its_loss_coincide(lab: Visit) -> None:
    page = lab("lang=en&view=losses")
    one, other = list(traces(page, "losses").values())
    assert one["y"] == pytest.approx(other["y"], rel=1e-6)
    page.locator("#loss-examples button", has_text="no maximum").click()
    expect(page.locator("#losses-facts")).to_contain_text("a penalty (a prior on the weights) is the cure")


def test_raising_one_sample_lowers_the_others(lab: Visit) -> None:
    page = lab("lang=en&view=sum")
    assert traces(page, "bars")["p now"]["y"] == [0.25] * 4
    page.locator("#lift-button").click()
    expect(page.locator("#sum-facts")).to_contain_text("all others together down")
    cat, *others = traces(page, "bars")["p now"]["y"]
    assert cat > 0.25 and all(value < 0.25 for value in others) and cat + sum(others) == pytest.approx(1, abs=1e-5)
    for _ in range(3):
        page.locator("#all-button").click()
        expect(page.locator("#sum-facts")).to_contain_text("come to rest")
    page.wait_for_url("**moves=cat**")


def test_the_product_is_gone_and_the_sum_is_not(lab: Visit) -> None:
    page = lab("lang=en&view=product")
    expect(page.locator("#product-facts")).to_contain_text("float32: exactly 0 from n = 150")
    expect(page.locator("#product-facts")).to_contain_text("float64: exactly 0 from n = 1,075")


def test_points_are_drawn_by_clicking(lab: Visit) -> None:
    page = lab("lang=en&view=losses&kind=linear&data=0,0%0A1,1")
    expect(page.locator("#points circle")).to_have_count(2)
    box = page.locator("#points svg.pad").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#points circle")).to_have_count(3)
    written = re.compile(r"0,0\n1,1\n(4|3\.9\d*|4\.0\d*), (5|4\.9\d*|5\.0\d*)")  # the middle, to a pixel
    expect(page.locator("#rows textarea")).to_have_value(written)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_is_saved(lab: Visit, kind: str, tmp_path: Path) -> None:
    page = lab()
    traces(page, "surface")
    with page.expect_download() as waiting:
        page.locator(f"[data-figure=surface][data-kind={kind}]").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.name == f"surface.{kind}"
    assert path.read_bytes().startswith(b"\x89PNG" if kind == "png" else b"<svg")


@pytest.mark.parametrize(
    ("query", "plot"),
    [
        ("family=cauchy&data=1", "surface"),
        ("family=gaussian&data=x", "surface"),
        ("view=growth&which=zzz", "growth"),
        ("v=9", "surface"),
    ],
)
def test_a_broken_link_shows_the_beginning_and_says_why(lab: Visit, query: str, plot: str) -> None:
    page = lab(f"lang=en&{query}")
    expect(page.locator("#likelihood-notice .warn").first).to_be_visible()
    traces(page, plot)
