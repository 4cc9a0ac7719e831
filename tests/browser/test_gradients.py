"""The gradient tab in Chromium: stories are clicked and the pictures read (tests/demos runs every story)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

from hub.demos.gradients.examples import PRESETS
from hub.demos.gradients.strings import STRINGS
from hub.demos.gradients.train import CHARTS, configs_for
from tests.browser.conftest import PATIENCE_MS, Held

Open = Callable[..., Page]
RUN_MS = 2 * PATIENCE_MS  # of a training run


@pytest.fixture
def address(committed_hub: str) -> str:
    return committed_hub


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    contexts, errors = [], []

    def open_page(
        query: str = "?tab=gradients",
        width: int = 1280,
        locale: str = "en-US",
        wait: str = "#gradient-presets button",
        prepare: Callable[[Page], None] | None = None,
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale, accept_downloads=True)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if prepare:
            prepare(page)
        page.goto(f"{address}/{query}")
        expect(page.locator(wait).first).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, errors


def click(page: Page, key: str) -> None:
    page.locator("#gradient-presets button").nth([preset.key for preset in PRESETS].index(key)).click()


def steps_of(key: str) -> int:
    return int(next(preset for preset in PRESETS if preset.key == key).shared.get("steps", 200))


def finished(page: Page, side: str, steps: int) -> None:
    expect(page.locator(f"#gradient-status [data-side={side}]")).to_have_attribute(
        "data-step", str(steps), timeout=RUN_MS
    )


def told(page: Page, key: str) -> None:
    """The story is that one, and what is shown is its run."""
    preset = next(preset for preset in PRESETS if preset.key == key)
    expect(page.locator("#gradient-story")).to_contain_text(preset.text[0][:40], timeout=RUN_MS)
    config = configs_for(preset)[1]
    kind = config.activation if config.network == "deep" else STRINGS.say(config.network, "en")
    card = page.locator("#gradient-status [data-side=b] h4")
    expect(card).to_contain_text(f"{kind} · {config.depth} × {config.width}", timeout=RUN_MS)


def standing(page: Page, card: Locator) -> int:
    """The step of a card, once it has stayed the same for a second."""
    seen = [int(card.get_attribute("data-step") or 0)]
    while len(seen) < 11 or len(set(seen[-11:])) > 1:
        assert len(seen) < 600, "it goes on"
        page.wait_for_timeout(100)
        seen.append(int(card.get_attribute("data-step") or 0))
    return seen[-1]


def lines(page: Page, plot: str) -> dict[str, list[float | None]]:
    """Name -> y of every line of a plot, as the browser has drawn it."""
    expect(page.locator(f"#{plot} .js-plotly-plot")).to_be_visible(timeout=RUN_MS)
    return page.evaluate(
        "(id) => Object.fromEntries(document.querySelector(`#${id} .js-plotly-plot`).data"
        ".map((trace) => [trace.name, Array.from(trace.y)]))",
        plot,
    )


def test_the_first_story_plays_when_the_tab_is_opened(visit: Open) -> None:
    page = visit("?tab=gradients&lang=en")
    told(page, "vanish")
    card = page.locator("#gradient-status [data-side=b]")
    expect(card.locator(".lamps")).to_be_visible(timeout=RUN_MS)
    finished(page, "a", steps_of("vanish"))
    expect(page.locator("#gradient-status [data-side=a]")).to_contain_text("It has learnt nothing", timeout=RUN_MS)
    expect(card).to_contain_text("It has learnt it")
    expect(card.locator(".lab-digits b")).to_have_count(10)
    assert "preset" not in page.url and "both" not in page.url  # a plain address stays plain


def test_a_sigmoid_vanishes_and_the_theory_lies_on_it(visit: Open) -> None:
    page = visit("?v=1&tab=gradients&lang=en&both=steps:20&a=depth:30&b=depth:3")
    expect(page.locator("#gradient-status [data-side=a]")).to_contain_text("before training")  # it waits for Run
    expect(page.locator("#gradient-loss")).to_be_hidden()
    page.locator("#gradient-run").click()
    finished(page, "b", 20)
    loss = lines(page, "gradient-loss")
    assert len(loss["A"]) == 20
    found = lines(page, "gradient-norms")
    first, theory = found["A, step 1"], found["A, theory"]
    assert len(first) == 30 and first[0] < 1e-15 * first[-1]
    assert abs(1 - (first[0] / first[-1]) ** (1 / 29) / (theory[0] / theory[-1]) ** (1 / 29)) < 0.05
    columns = page.evaluate("document.querySelector('#gradient-heat-a .js-plotly-plot').data[0].x.length")
    assert columns == 20


def test_story_and_picture_are_in_the_first_screen(visit: Open) -> None:
    page = visit("?tab=gradients&lang=en")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator(".lab-norms")).to_be_visible(timeout=RUN_MS)
    for place in ("#gradient-presets", "#gradient-run", "#gradient-pause", "#gradient-story", ".lab-norms svg"):
        box = page.locator(place).bounding_box()
        assert box and box["y"] + box["height"] <= 800, place


def test_a_story_clicked_while_the_page_loads_waits_and_runs(visit: Open) -> None:
    made: list[Held] = []
    page = visit("?tab=gradients&lang=en", prepare=lambda page: made.append(Held(page)), wait="#tab-gradients-button")
    page.locator("#tab-gradients-button").click()
    expect(page.locator("#gradient-presets button").first).to_be_visible()  # what the load of the page asks for is held
    with pytest.raises(TimeoutError):
        page.locator("#gradient-presets button").first.click(timeout=1_000)
    made[0].let_go()
    click(page, "explode")
    told(page, "explode")
    finished(page, "b", steps_of("explode"))


def test_of_two_stories_the_second_runs(visit: Open) -> None:
    page = visit("?tab=gradients&lang=en")
    expect(page.locator(".lab-norms")).to_be_visible(timeout=RUN_MS)
    held = Held(page)
    click(page, "vanish")
    click(page, "explode")
    held.wait(count=2)
    held.let_go()
    told(page, "explode")
    finished(page, "b", steps_of("explode"))


@pytest.mark.parametrize("key", ["residual", "explode", "lstm"])  # a plane, what breaks, and recurrent networks
def test_a_story_runs_to_its_end_and_its_charts_follow(visit: Open, key: str) -> None:
    page = visit()
    click(page, key)
    told(page, key)
    finished(page, "b", steps_of(key))
    expect(page.locator("#gradient-status [data-side=b]")).to_contain_text("It has learnt it", timeout=RUN_MS)
    if key == "explode":
        expect(page.locator("#gradient-status [data-side=a]")).to_contain_text("Clip the gradient")
    for chart in CHARTS:
        expect(page.locator(f"#gradient-{chart} .js-plotly-plot")).to_be_visible(timeout=RUN_MS)
    expect(page.locator(".toast-wrap .toast-body")).to_have_count(0)


def test_a_run_is_paused_stepped_and_reset(visit: Open) -> None:
    page = visit("?v=1&tab=gradients&both=steps:1000&a=depth:200,width:96&b=depth:200,width:96")
    page.locator("#gradient-run").click()
    card = page.locator("#gradient-status [data-side=a]")
    expect(card).not_to_have_attribute("data-step", "0", timeout=RUN_MS)
    page.locator("#gradient-pause").click()
    expect(page.locator("#gradient-pause")).to_be_disabled()
    expect(page.locator("#gradient-status .lab")).to_have_class("lab paused")
    before = standing(page, card)
    assert 0 < before < 1000
    expect(page.locator("#gradient-norms .js-plotly-plot")).to_be_visible(timeout=RUN_MS)  # what it came to
    page.locator("#gradient-step").click()
    expect(card).to_have_attribute("data-step", str(before + 1), timeout=RUN_MS)
    page.locator("#gradient-reset").click()
    expect(card).to_have_attribute("data-step", "0", timeout=RUN_MS)


def test_a_link_carries_the_settings(visit: Open) -> None:
    page = visit("?v=1&tab=gradients&both=steps:5&a=depth:7,activation:tanh&b=network:lstm,depth:9")
    page.locator("#gradient-run").click()
    finished(page, "b", 5)
    expect(page.locator("#gradient-status [data-side=a]")).to_contain_text("tanh · 7 × 64")
    page.wait_for_url("**depth%3A7**")
    again = visit("?" + page.url.partition("/?")[2])
    expect(again.locator("#gradient-status")).to_contain_text("before training")
    again.locator("#gradient-run").click()
    finished(again, "b", 5)
    for each in (page, again):  # the plot is drawn a moment after its card
        each.wait_for_function(
            "() => document.querySelector('#gradient-loss .js-plotly-plot')?.data.every(({y}) => y.length === 5)"
        )
    losses = [lines(each, "gradient-loss") for each in (page, again)]
    assert losses[0] == losses[1]


def test_a_link_that_asks_too_much_is_told(visit: Open) -> None:
    page = visit("?v=1&tab=gradients&a=depth:900")
    expect(page.locator("#gradients-notice")).to_contain_text("Depth is 900")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_figure_is_saved(visit: Open, tmp_path: Path, kind: str) -> None:
    page = visit("?v=1&tab=gradients&both=steps:3&a=depth:4&b=depth:4")
    page.locator("#gradient-run").click()
    finished(page, "b", 3)
    lines(page, "gradient-norms")
    with page.expect_download() as waiting:
        page.locator(f"[data-figure=gradient-norms][data-kind={kind}]").click()
    path = tmp_path / f"figure.{kind}"
    waiting.value.save_as(path)
    assert path.read_bytes()[:4] == (b"<svg" if kind == "svg" else b"\x89PNG") and path.stat().st_size > 2_000


def test_the_chain_shows_the_bound(visit: Open) -> None:
    page = visit("?v=1&tab=gradients&view=chain", wait="#chain-text")
    expect(page.locator("#chain-text")).to_contain_text("under the bound", timeout=RUN_MS)
    found = lines(page, "gradient-chain")
    assert all(low <= high for low, high in zip(found["measured ∂C/∂b"], found["bound (|w|/4)ⁿ"], strict=True))


def test_a_click_makes_the_sigmoid_explode(visit: Open) -> None:
    page = visit("?v=1&tab=gradients&view=chain&lang=en", wait="#chain-text")
    expect(page.locator("#chain-burst")).to_be_hidden()
    page.locator("#chain-examples button").nth(1).click()
    expect(page.locator("#chain-said")).to_contain_text("saturates", timeout=RUN_MS)
    page.locator("#chain-burst").click()
    expect(page.locator("#chain-said")).to_contain_text("It explodes", timeout=RUN_MS)
    expect(page.locator("#chain-bias input[type=number]")).to_have_value("-4")
    expect(page.locator("#chain-burst")).to_be_hidden()


def test_formulas_are_drawn(visit: Open) -> None:
    page = visit()
    page.get_by_role("tab", name="Formulas").click()
    expect(page.locator("#gradient-formulas .katex").first).to_be_visible()
    assert page.locator("#gradient-views").get_by_role("tab").all_inner_texts() == [
        "Train two networks", "The chain, factor by factor", "Formulas",
    ]  # fmt: skip


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_phone_needs_no_sideways_scrolling(visit: Open, locale: str) -> None:
    page = visit("?v=1&tab=gradients&both=steps:3&a=depth:4&b=depth:4", width=390, locale=locale)
    page.locator("#gradient-run").click()
    finished(page, "b", 3)
    lines(page, "gradient-norms")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("#gradient-run")).to_have_text("运行" if locale == "zh-CN" else "Run")
    click(page, "explode")  # its picture is below the list: the page goes there
    expect(page.locator("#gradient-status .lamps").first).to_be_in_viewport(timeout=RUN_MS)
