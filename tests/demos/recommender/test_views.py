"""The tab Recommender without a browser: what its views show, in both languages, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub.bundle import Bundles
from hub.demos.recommender import PARTS, channels, funnel, obituaries, quarrel, rerank
from hub.tasks import funnel as task
from hub.ui.strings import LANGUAGES, Language
from hub.ui.view import STAND, Scene, View

SLUGS = [part.__name__.rpartition(".")[2] for part in PARTS]


@pytest.fixture(scope="module")
def bundles(made_shop: Path) -> Bundles:
    return Bundles(made_shop)


@pytest.fixture(scope="module")
def views(bundles: Bundles) -> dict[str, View]:
    return {view.slug: view for view in (part.view(bundles) for part in PARTS)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_every_example_is_shown(views: dict[str, View], slug: str, language: Language) -> None:
    view, scene = views[slug], Scene(language, "en")
    start = view.beginning(scene)
    assert view.show(start, language)
    for example in view.clickable(scene, start.values()) if view.examples else ():
        assert view.show(start.changed(**example.changes(start)), language)


def test_a_click_takes_a_thing_and_another_puts_it_back(bundles: Bundles) -> None:
    start = funnel.Settings(items="3 5")
    taken = funnel.added(bundles, start, SimpleNamespace(pick=9))  # type: ignore[arg-type]
    assert taken == {"items": "3 5 9"}
    assert funnel.added(bundles, start, SimpleNamespace(pick=3)) == {"items": "5 3"}  # type: ignore[arg-type]
    assert funnel.dropped(start, SimpleNamespace(pick=3)) == {"items": "5"}  # type: ignore[arg-type]
    assert funnel.added(bundles, start, SimpleNamespace(pick=10**6)) == {"items": "3 5"}  # type: ignore[arg-type]


def test_an_address_with_nonsense_is_read_as_far_as_it_goes(bundles: Bundles) -> None:
    seen = dict(funnel.show(bundles, funnel.Settings(items="3 x 99999 3 -1 5"), "en"))
    assert seen[STAND].items == "3 5" and seen["items"] == "3 5"


def test_a_list_says_why_and_what_a_visitor_types_is_no_html(bundles: Bundles) -> None:
    seen = dict(funnel.show(bundles, funnel.Settings(items="3 5", search="<script>"), "en"))
    assert "Nothing in the shop is called so" in seen["found"] and "<script>" not in seen["found"]
    assert seen["list"].count("data-pick") == 10 and "EASE" in seen["list"]
    empty = dict(funnel.show(bundles, funnel.Settings(), "zh"))
    assert "你还没有拿商品" in empty["said"]


def test_the_flow_loses_nothing(bundles: Bundles) -> None:
    shop = funnel.shop_of(bundles)
    done = task.recommend(shop, task.Taken.now([3, 5]), task.Settings(recall=30, coarse=20, fine=10, shown=5))
    trace = funnel.flow(shop, done, "en")["data"][0]
    link: dict[str, Any] = trace["link"]
    names = trace["node"]["label"]
    flows = list(zip(link["source"], link["target"], link["value"], strict=True))
    for node in range(len(names)):
        into = sum(value for _, target, value in flows if target == node)
        out = sum(value for source, _, value in flows if source == node)
        if into and out:
            assert into == pytest.approx(out, abs=0.1), names[node]


def test_an_obituary_names_the_stage(bundles: Bundles) -> None:
    start = obituaries.start(bundles, Scene("en", "en"))
    assert f"buyer {start.user} " in dict(obituaries.show(bundles, start, "en"))["fates"]
    plain = dict(obituaries.show(bundles, obituaries.Settings(), "en"))
    assert "buyer 1" in plain["fates"] and "+0.0000" in plain["said"]
    better = dict(obituaries.show(bundles, obituaries.Settings(by_fine="oracle"), "en"))
    assert "+0.0000" not in better["said"]
    last = len(task.replay_of(bundles.first(task.TASK)))
    assert obituaries.show(bundles, obituaries.Settings(user=last + 1), "en")["fates"] == plain["fates"]


def test_a_budget_takes_the_best_that_fits(bundles: Bundles) -> None:
    rows = task.tables_of(bundles.first(task.TASK)).budgets
    assert rows and [row.ndcg for row in rows] == sorted(row.ndcg for row in rows)
    start = funnel.Settings(items="3", budget=8)
    assert funnel.budgeted(bundles, start, SimpleNamespace()) == {  # type: ignore[arg-type]
        "recall": rows[-1].recall, "coarse": rows[-1].coarse, "fine": rows[-1].fine,
    }  # fmt: skip


@pytest.mark.parametrize("cut", channels.CUTS)
def test_every_channel_has_its_row(bundles: Bundles, cut: Any) -> None:
    seen = dict(channels.show(bundles, channels.Settings(cut=cut), "en"))
    assert f"Recall@{cut}" in seen["table"] and "all channels merged" in seen["table"] and "chance" in seen["table"]
    assert "all buyers, things new to them" in seen["groups"]


@pytest.mark.parametrize("rule", task.RULES)
def test_moves_are_of_both_lists(bundles: Bundles, rule: task.RuleName) -> None:
    seen = dict(rerank.show(bundles, rerank.Settings(items="3 5", rule=rule), "en"))
    assert "before" in seen["lists"] and "after" in seen["lists"]


@pytest.mark.parametrize("measure", ["hit", "ndcg"])
def test_protocols_stand_side_by_side(bundles: Bundles, measure: quarrel.Measure) -> None:
    seen = dict(quarrel.show(bundles, quarrel.Settings(measure=measure), "en"))
    for words in ("split at random", "100 things drawn evenly", "ties in the order of numbers"):
        assert words in seen["table"]
    assert "0.8039" in seen["published"]
