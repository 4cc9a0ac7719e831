"""The funnel: stages, reasons, rules of re-ranking, and what becomes of each purchase."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from hub.bundle import Bundle, Bundles
from hub.errors import InputError, TooLargeError
from hub.tasks import funnel as task
from hub.tasks.funnel import pipeline, rerank


@pytest.fixture(scope="module")
def bundle(made_shop: Path) -> Bundle:
    return Bundles(made_shop).first(task.TASK)


@pytest.fixture(scope="module")
def shop(bundle: Bundle) -> task.Shop:
    return task.shop_of(bundle)


def test_each_stage_keeps_fewer_and_nothing_taken_comes_back(shop: task.Shop) -> None:
    done = task.recommend(shop, task.Taken.now([3, 5]), task.Settings(recall=30, coarse=20, fine=12, shown=5))
    assert [(stage.name, stage.kept) for stage in done.stages] == [
        ("recall", 30), ("coarse", 20), ("fine", 12), ("rerank", 5),
    ]  # fmt: skip
    assert not {3, 5} & set(done.pool.items.tolist()) and len(set(done.items.tolist())) == 5
    assert all(one.given == before.kept for before, one in zip(done.stages, done.stages[1:], strict=False))
    again = task.recommend(shop, task.Taken.now([3, 5]), task.Settings(again=True))
    assert {3, 5} <= set(again.pool.items.tolist())


def test_who_took_nothing_gets_what_is_popular(shop: task.Shop) -> None:
    done = task.recommend(shop, task.Taken.now([]), task.Settings())
    assert list(done.channel_ms) == [shop.funnel.popular] and len(done.final) == 10
    assert not task.recommendation(shop, []).personal


def test_one_channel_alone(shop: task.Shop) -> None:
    done = task.recommend(shop, task.Taken.now([3]), task.Settings(channels=("swing",)))
    assert list(done.channel_ms) == ["swing"] and len(done.pool) == shop.funnel.count


def test_the_shares_of_a_score_sum_to_it(shop: task.Shop) -> None:
    done = task.recommend(shop, task.Taken.now([3, 5, 8]), task.Settings())
    pool = done.pool.some(done.final)
    found = task.shares(shop, done.taken, pool)
    np.testing.assert_allclose(found.base + found.shares.sum(1), found.logits, atol=1e-5)
    # Shapley's value of a group by its definition, over the orders in which it can come: for two groups swapped out.
    known = np.ones((2, len(shop.funnel.groups)), np.float32)
    known[1, 0] = 0
    last = np.diff(pipeline.rank(shop, shop.funnel.fine, done.taken, pool, known), axis=0)
    assert not np.allclose(-last[0], found.shares[:, 0]), "leaving one out is not its share"


def test_a_thing_is_there_for_a_reason(shop: task.Shop) -> None:
    answer = task.recommendation(shop, [3, 5, 8], 7)
    assert len(answer.items) == 7 and answer.personal
    for one in answer.items:
        assert one.channels and one.channels == sorted(one.channels, key=lambda found: found.rank)
        assert one.because in (None, 3, 5, 8) and 0 < one.probability < 1
    taken = task.Taken.now([3, 5, 8])
    spoken = task.speakers(shop, taken, list(range(60)))
    assert {3, 5, 8} >= {one for one in spoken if one is not None} != set()
    assert task.recommendation(shop, [3, 5, 8], 7, reasons=False).items[0].shares == {}


def test_who_asks_together_gets_what_he_gets_alone(shop: task.Shop) -> None:
    asked = [
        task.request_of(60, [3, 5, 8]),
        task.request_of(60, []),
        task.request_of(60, list(range(40)), 3, again=True, rule="prm", reasons=False),
        task.request_of(60, [7], 20, rule="dpp"),
    ]
    for one, together in zip(asked, task.recommendations(shop, asked), strict=True):
        (alone,) = task.recommendations(shop, [one])
        assert [found.item for found in together.items] == [found.item for found in alone.items]
        for here, there in zip(together.items, alone.items, strict=True):
            assert here.because == there.because and here.channels == there.channels
            np.testing.assert_allclose(here.probability, there.probability, rtol=1e-4)
            np.testing.assert_allclose(list(here.shares.values()), list(there.shares.values()), atol=1e-4)
        assert [(stage.name, stage.kept) for stage in together.stages] == [
            (stage.name, stage.kept) for stage in alone.stages
        ]


def test_the_funnel_is_compared_with_its_best_channel_user_by_user(bundle: Bundle) -> None:
    found = task.tables_of(bundle)
    names = {row.name for row in found.groups} - {"all", "again"}  # nobody is new in the tiny shop
    assert all({part.name for part in row.parts} == names for row in found.channels)
    assert names == set(found.frontier[0].parts) == set(found.budgets[0].parts)
    whole = found.groups[0]
    assert whole.over_ease is not None and whole.over_merged is not None
    ease = next(row for row in found.channels if row.name == task.NEAR)
    assert whole.over_ease.value == pytest.approx(whole.ndcg.value - ease.ndcg.value, abs=2e-5)
    assert found.calibration is not None and sum(one.count for one in found.calibration.bins) > 0


def test_a_budget_is_on_the_front_and_does_what_it_says(bundle: Bundle, shop: task.Shop) -> None:
    rows = task.tables_of(bundle).budgets
    assert all(
        one.ms < more.ms and one.ndcg < more.ndcg for one, more in pairwise(rows)
    )  # no row beats another in both
    replay, best = task.replay_of(bundle), rows[-1]
    setting = task.Settings(best.recall, best.coarse, best.fine, channels=best.channels, rule="none")
    listed = np.stack([task.recommend(shop, replay.taken(user), setting).items for user in range(len(replay))])
    found = [replay.bought[user, items] for user, items in enumerate(listed)]
    gains = 1 / np.log2(np.arange(2, 12))
    most = np.cumsum(gains)[np.minimum(replay.bought.sum(1), 10) - 1]
    assert (np.stack(found) @ gains / most).mean() == pytest.approx(best.ndcg, abs=1e-5)


def test_things_that_are_alike_are_not_the_thing_itself(shop: task.Shop) -> None:
    found = task.similar(shop, 3, 5)
    assert found and 3 not in [one.item for one in found]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_what_is_no_item_is_named_or_refused(shop: task.Shop) -> None:
    answer = task.recommendation(shop, [3, 999, -1])
    assert answer.unknown == [-1, 999] and answer.personal
    for items in ("3", [True], [1.5], None):
        with pytest.raises(InputError, match="items must be a list"):
            task.recommendation(shop, items)
    with pytest.raises(TooLargeError, match="201 items"):
        task.recommendation(shop, list(range(201)))
    for item in (-1, 60, "3", True):
        with pytest.raises(InputError, match="there is no item"):
            task.similar(shop, item)
    with pytest.raises(InputError, match="rule is best"):
        task.recommendation(shop, [3], rule="best")
    with pytest.raises(InputError, match="count is 0"):
        task.recommendation(shop, [3], 0)


def test_a_search_reads_beginnings_of_words(shop: task.Shop) -> None:
    found = shop.catalogue.find("gla bi")
    assert found and all("glass bird" in shop.catalogue.titles[item].lower() for item in found)
    assert shop.catalogue.find("(*", 60) == shop.catalogue.find("", 60), "no pattern of a visitor is one"
    assert shop.catalogue.find("zebra") == []


# --- re-ranking -----------------------------------------------------------------------------------------------------


def offered(seed: int = 0, count: int = 8) -> rerank.Offered:
    draw = np.random.default_rng(seed)
    vectors = draw.normal(size=(count, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    similarity = np.maximum(vectors @ vectors.T, 0)
    np.fill_diagonal(similarity, 1)
    taste = np.array([0.5, 0.5, 0.0])
    return rerank.Offered(-np.sort(-draw.random(count)), similarity, draw.integers(0, 3, count), taste)


@pytest.mark.parametrize("rule", rerank.RULES)
def test_a_rule_shows_each_once_and_without_weight_changes_nothing(rule: str) -> None:
    some = offered()
    found = rerank.RULES[rule](some, 5, 0.5)
    assert len(set(found.tolist())) == 5
    if rule != "caps":
        assert rerank.RULES[rule](some, 5, 0.0).tolist() == [0, 1, 2, 3, 4]


def test_mmr_by_its_formula() -> None:
    some = offered(1)
    chosen = [0]
    for _ in range(3):
        rest = [one for one in range(8) if one not in chosen]
        chosen.append(
            max(rest, key=lambda i: 0.6 * some.relevance[i] - 0.4 * max(some.similarity[i, j] for j in chosen))
        )
    assert rerank.mmr(some, 4, 0.4).tolist() == chosen


def test_dpp_takes_greedily_what_adds_most_to_the_determinant() -> None:
    some, weight = offered(2), 0.4
    quality = np.exp((1 - weight) / (2 * weight) * some.relevance)
    kernel = quality[:, None] * (some.similarity + 1e-3 * np.eye(8)) * quality[None]
    chosen: list[int] = []
    for _ in range(4):
        rest = [one for one in range(8) if one not in chosen]
        chosen.append(max(rest, key=lambda i: np.linalg.det(kernel[np.ix_([*chosen, i], [*chosen, i])])))
    assert rerank.dpp(some, 4, weight).tolist() == chosen
    best = max(combinations(range(8), 2), key=lambda pair: np.linalg.det(kernel[np.ix_(pair, pair)]))
    found = rerank.dpp(some, 2, weight).tolist()
    ratio = np.linalg.det(kernel[np.ix_(found, found)]) / np.linalg.det(kernel[np.ix_(best, best)])
    assert ratio > 1 - 1 / np.e


def test_caps_hold_as_long_as_there_are_others_and_calibration_follows_the_taste() -> None:
    some = offered(3, 12)
    shown = rerank.caps(some, 6, 1.0)
    assert np.bincount(some.kinds[shown]).max() <= rerank.CAP
    plain = rerank.divergence(some.taste, np.bincount(some.kinds[:6], minlength=3).astype(float))
    calibrated = rerank.calibrated(some, 6, 0.9)
    assert rerank.divergence(some.taste, np.bincount(some.kinds[calibrated], minlength=3).astype(float)) <= plain
    assert rerank.divergence(np.array([0.5, 0.5]), np.array([3.0, 3])) == pytest.approx(0)


# --- obituaries -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", task.HOWS)
@pytest.mark.parametrize("stage", ["recall", "coarse", "fine"])
def test_losses_add_up_to_what_is_not_shown(bundle: Bundle, shop: task.Shop, stage: str, how: task.How) -> None:
    replay = task.replay_of(bundle)
    found = task.rerun(replay, shop.catalogue, task.Stages(20, 12, 8, 4, {stage: how}))
    losses = found.losses()
    lost = sum(shares for cause, shares in losses.items() if cause != "shown")
    np.testing.assert_array_equal(np.round(lost + found.recall, 12), 1)
    np.testing.assert_allclose(losses["shown"], found.recall, atol=1e-12)
    assert (found.causes[~replay.bought] == -1).all() and (found.causes[replay.bought] >= 0).all()


def test_who_knows_loses_nothing_at_its_stage(bundle: Bundle, shop: task.Shop) -> None:
    replay = task.replay_of(bundle)
    for stage, cause in (("coarse", "coarse"), ("fine", "fine")):
        found = task.rerun(replay, shop.catalogue, task.Stages(by={stage: "oracle"}))
        assert found.losses()[cause].max() == 0  # nobody bought more than a stage keeps
    plain = task.rerun(replay, shop.catalogue, task.Stages())
    best = task.rerun(
        replay, shop.catalogue, task.Stages(by={"recall": "oracle", "coarse": "oracle", "fine": "oracle"})
    )
    np.testing.assert_allclose(best.ndcg, 1)
    assert plain.ndcg.mean() < 1


def test_the_replay_is_what_the_funnel_does(bundle: Bundle, shop: task.Shop) -> None:
    replay = task.replay_of(bundle)
    found = task.rerun(replay, shop.catalogue, task.Stages())
    for user in range(min(3, len(replay))):
        done = task.recommend(shop, replay.taken(user), task.Settings(rule="none"))
        bought = np.flatnonzero(replay.bought[user])
        shown = set(bought.tolist()) & set(done.items.tolist())
        assert shown == set(np.flatnonzero(found.causes[user] == task.CAUSES.index("shown")).tolist())
