"""The tab Recommender without a browser: what its views show, in both languages, and what they refuse."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub.bundle import Bundles
from hub.demos.recommender import (
    PARTS,
    channels,
    funnel,
    growth,
    ladder,
    obituaries,
    quarrel,
    ranker,
    rerank,
    video_strings,
)
from hub.errors import BundleError, UnknownModelError
from hub.tasks import funnel as task
from hub.tasks import ranking
from hub.ui.strings import LANGUAGES, Language
from hub.ui.view import STAND, Scene, View
from models.training import coarse

SLUGS = [part.__name__.rpartition(".")[2] for part in PARTS]


@pytest.fixture(scope="module")
def bundles(made_recommender: Path) -> Bundles:
    return Bundles(made_recommender)


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
    start = funnel.Settings(items="3", budget=2)
    fitting = [row for row in rows if row.ms <= start.budget]  # none, where the machine was busy
    best = fitting[-1] if fitting else rows[0]
    assert funnel.budgeted(bundles, start, SimpleNamespace()) == {  # type: ignore[arg-type]
        "recall": best.recall, "coarse": best.coarse, "fine": best.fine, "asked": " ".join(best.channels)
    }  # fmt: skip
    few = funnel.Settings(items="3 5", asked="ease nothing")
    assert "EASE" in dict(funnel.show(bundles, few, "en"))["stages"]
    assert "Swing" not in dict(funnel.show(bundles, few, "en"))["stages"]


@pytest.mark.parametrize("cut", channels.CUTS)
def test_every_channel_has_its_row(bundles: Bundles, cut: Any) -> None:
    seen = dict(channels.show(bundles, channels.Settings(cut=cut), "en"))
    assert f"Recall@{cut}" in seen["table"] and "all channels merged" in seen["table"] and "chance" in seen["table"]
    assert "all buyers, things new to them" in seen["groups"]


def grown(exact_ms: float) -> growth.Growth:
    rows = [
        growth.Size(way=way, items=items, ms=ms, mib=1, recall=0.9, build_s=2)
        for items, exact, hnsw in ((3_791, exact_ms, 0.2), (1_000_000, 20, 0.9))
        for way, ms in (("exact", exact), ("hnsw", hnsw))
    ]  # fmt: skip
    return growth.Growth(machine="a <machine>", versions={}, dimensions=64, nearest=200, rows=tuple(rows))


@pytest.mark.parametrize("language", LANGUAGES)
def test_growth_says_what_wins_here_and_what_measured_it(language: Language) -> None:
    here, there = growth.told(grown(0.03), language), growth.told(grown(0.3), language)
    assert here != there and "0.03" in here and growth.COMMAND in here and "a &lt;machine&gt;" in here
    assert "1,000,000" in growth.table(grown(0.03), language)
    trace = growth.drawn(grown(0.03), language)["data"][0]
    assert trace["x"] == [3_791, 1_000_000] and trace["y"] == [0.03, 20]


@pytest.mark.parametrize(
    "content", [None, "no JSON", b"\xff", grown(1).model_copy(update={"rows": ()}).model_dump_json()]
)
def test_growth_that_was_not_measured_is_said_in_words(
    bundles: Bundles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | bytes | None
) -> None:
    file = tmp_path / "growth.json"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert growth.read(file) is None
    monkeypatch.setattr(growth, "FILE", file)
    seen = dict(channels.show(bundles, channels.Settings(), "en"))
    assert "has not been measured here: python -m bench growth" in seen["growth_said"] and not seen["growth_table"]


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


# --- short videos -----------------------------------------------------------------------------------------------------


def test_every_rung_has_its_row_and_meituan_s_sign(bundles: Bundles) -> None:
    seen = dict(ladder.show(bundles, ladder.Settings(), "en"))
    assert seen["table"].count("<tr>") == 1 + 3 + 1, "a head, hard labels, contrast, searched, the fine ranker"
    assert "± 0.0" in seen["table"] and "Meituan" in seen["table"] and "the fine ranker itself" in seen["table"]
    towers = dict(ladder.show(bundles, ladder.Settings(kind="towers", rung="searched", drawn="popular", k="5"), "zh"))
    assert "精排末层" in towers["said"], "two towers have no last rung: the one below it stands for it"
    assert "Recall@5" in towers["table"]


@pytest.mark.parametrize("rung", ladder.RUNGS)
def test_a_rung_of_an_address_is_shown(bundles: Bundles, rung: str) -> None:
    assert ladder.show(bundles, ladder.Settings(rung=rung), "en")["crossed"]
    assert ladder.show(bundles, ladder.Settings(rung="<script>"), "en")["said"].count("<script>") == 0


def test_a_switch_of_the_scene_asks_the_graph_anew(bundles: Bundles) -> None:
    own = dict(ranker.show(bundles, ranker.Settings(), "en"))
    scenes = [value for _, value in ranker.places(bundles, Scene("en", "en"))]
    assert scenes[0] == "own" and len(scenes) == 3
    some = ranking.impressions_of(bundles.first(ranking.TASK))
    other = next(value for value in scenes[1:] if value != str(some.scene[0]))
    moved = dict(ranker.show(bundles, ranker.Settings(place=other), "en"))
    assert own["predictions"] != moved["predictions"] and f"scene {other}" in moved["predictions"]
    assert own["scenes"] == moved["scenes"] and own["said"] == moved["said"]
    bare = dict(ranker.show(bundles, ranker.Settings(place=other, counts=False), "en"))
    assert bare["predictions"] != moved["predictions"], "the counts of the scene are features too"
    again = dict(ranker.show(bundles, ranker.Settings(impression=1 + len(some)), "en"))
    assert again["said"] == own["said"], "a number beyond the last one begins anew"


@pytest.mark.parametrize("goal", ["is_click", "long_view", "is_like"])
def test_every_goal_is_measured(bundles: Bundles, goal: Any) -> None:
    seen = dict(ranker.show(bundles, ranker.Settings(goal=goal, place="nowhere"), "en"))
    assert "LightGBM" in seen["parts"] and "GAUC" in seen["gap"] and "a temperature" in seen["ece"]
    assert "this user in this scene" in seen["known"] and "before the log" in seen["known"]


def test_without_the_rankers_the_views_say_so_in_words(made_shop: Path, made_videos: Path, tmp_path: Path) -> None:
    none = Bundles(made_shop)
    assert ranker.places(none, Scene("en", "en")) == [("its own", "own")]
    for part in (ladder, ranker):
        with pytest.raises(UnknownModelError, match="ranking"):
            part.show(none, part.Settings(), "en")
    folder = tmp_path / "onnx"
    shutil.copytree(made_videos, folder)
    bundles = Bundles(folder)
    for name in ("tables.json", "impressions.npz"):
        (folder / "video" / name).unlink()
    with pytest.raises(BundleError, match=r"tables\.json is missing"):
        ladder.show(bundles, ladder.Settings(), "en")
    with pytest.raises(BundleError, match="video is disabled"):
        ranker.show(bundles, ranker.Settings(), "en")


def test_the_formulas_say_the_weights_of_the_training() -> None:
    rung = coarse.RUNGS[-1]
    text = video_strings.LADDER["en"]
    assert rf"\lambda = {rung.score:g}" in text and rf"\mu = {rung.contrast:g}" in text
