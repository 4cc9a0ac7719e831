"""The video funnel: no feature sees its own outcome, figures against sklearn and by hand, runs on a made-up log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from export.recipes.funnel_video import made_up
from models.training import coarse, fit, funnel_video, width_search
from models.training import video_features as features
from models.training.coarse import Rung
from models.training.video_features import Counts, Requests, World
from models.training.width_search import Widths

USERS, VIDEOS, ROWS = 12, 60, 600
QUICK = replace(fit.Settings(metric="auc", group_by_length=False), epochs=2, batch_size=64, learning_rate=1e-2)


@pytest.fixture(scope="module")
def world() -> World:
    return World(**made_up(USERS, VIDEOS, ROWS))


def flat(world: World) -> np.ndarray:
    """Every number of every row, (rows, numbers)."""
    request, item, pair = world.features(world.requests, world.video[:, None])
    histories = world.histories(world.requests).reshape(len(request), -1)
    return np.concatenate([request, item[:, 0], pair[:, 0], histories], 1)


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_no_feature_of_a_row_sees_its_outcome(split: str, world: World) -> None:
    changed = made_up(USERS, VIDEOS, ROWS)
    rows = changed["impressions"]
    row = rows.index[rows["split"] == split][20]
    outcomes = list(features.TASKS)
    rows.loc[row, outcomes] = 1 - rows.loc[row, outcomes]
    before, after = flat(world), flat(World(**changed))
    day = world.requests.day
    earlier_or_same = day <= day[row]
    assert np.array_equal(before[earlier_or_same], after[earlier_or_same]), "nor does any row of that day or before"
    later = not np.array_equal(before[~earlier_or_same], after[~earlier_or_same])
    assert later == (split == "train"), "the tables are of the training split alone"


def test_the_numbers_have_names(world: World) -> None:
    request, item, pair = world.features(world.requests, world.video[:, None])
    sizes = {name: len(found) for name, found in features.names().items()}
    assert sizes == {"request": request.shape[1], "item": item.shape[2], "pair": pair.shape[2]}
    cheap = features.names()["pair"][: features.CHEAP]
    assert all("video, tab" in name or "user, tag" in name for name in cheap)
    assert features.names()["pair"][features.CHEAP] == "is_click of user, duration"
    assert np.isfinite(flat(world)).all()


def test_counts_stop_the_evening_before() -> None:
    counts = Counts(np.array([7, 7, 8, 7]), np.array([1, 2, 2, 3]), np.array([[1], [0], [1], [1]]))
    count, yes = counts.before(np.array([7, 7, 7, 8, 9]), np.array([1, 2, 4, 3, 9]))
    assert count.tolist() == [0, 1, 3, 1, 0]
    assert yes[:, 0].tolist() == [0, 1, 2, 1, 0]
    odds = counts.features(np.array([9, 7]), np.array([5, 5]), strength=1)
    assert odds[0].tolist() == [0, 0], "a key that was never met has the rate of all keys"
    prior = (3 + 1) / (4 + 2)  # of all keys
    rate = (2 + prior) / (3 + 1)
    assert odds[1, 0] == pytest.approx(np.log(rate / (1 - rate)) - np.log(prior / (1 - prior)))


def test_histories_run_backwards_by_what_was_done(world: World) -> None:
    one = Requests(*(np.array([value]) for value in (1, 0, 0, 1)))  # user 0 on the first day: only what was before
    skipped, viewed, liked = world.histories(one)[0]
    assert skipped[:3].tolist() == [3, 1, 0]
    assert viewed[:2].tolist() == [2, 0]
    assert not liked.any()
    stranger = Requests(*(np.array([value]) for value in (0, 0, 0, 9)))
    assert not world.histories(stranger).any()
    assert np.isfinite(world.features(stranger, np.array([[0, 3]]))[0]).all()


def test_a_duration_that_the_table_lacks_is_the_log_s(world: World) -> None:
    assert world.item_numbers[1, 0] == pytest.approx(np.log1p(5))
    assert world.item_numbers[2, 0] == pytest.approx(np.log1p(1))


def test_unexposed_videos_are_of_the_pool_and_new_to_the_user() -> None:
    rng, pool = np.random.default_rng(0), np.arange(1, 9)
    found = features.unexposed([{1, 2, 3}, set()], pool, 5, rng)
    assert set(found[0]) == {4, 5, 6, 7, 8}
    assert len(set(found[1])) == 5
    weights = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    assert set(features.unexposed([set()], pool, 3, rng, weights)[0]) == {6, 7, 8}


# --- figures --------------------------------------------------------------------------------------------------------


def test_gauc_is_the_mean_of_the_users_own_auc() -> None:
    rng = np.random.default_rng(0)
    users = rng.integers(0, 9, 200)
    labels, scores = (rng.random(200) < 0.3).astype(float), rng.integers(0, 6, 200) / 6  # with ties
    users[labels.argmax()] = 99  # a user of one class
    kept = {user: users == user for user in set(users) if 0 < labels[users == user].mean() < 1}
    expected = np.average(
        [roc_auc_score(labels[rows], scores[rows]) for rows in kept.values()],
        weights=[rows.sum() for rows in kept.values()],
    )
    assert 99 not in kept
    assert funnel_video.gauc(users, labels, scores) == pytest.approx(expected)
    assert np.isnan(funnel_video.gauc(users, np.zeros(200), scores))
    assert np.isnan(funnel_video.auc(np.zeros(3), np.arange(3)))


def test_calibration_error_by_hand_and_its_repair() -> None:
    labels, said = np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.12, 0.9, 1.0])
    expected = (abs(1 - 0.22) + abs(2 - 1.9)) / 4  # of 5 bins: two rows in the first, two in the last
    assert funnel_video.ece(labels, said, bins=5) == pytest.approx(expected)
    rng = np.random.default_rng(0)
    logits = rng.normal(size=20_000)
    truth = (rng.random(20_000) < funnel_video.sigmoid(logits)).astype(float)
    assert funnel_video.temperature(truth, 3 * logits) == pytest.approx(3, rel=0.1)
    assert (
        funnel_video.ece(truth, funnel_video.sigmoid(logits))
        < 0.02
        < funnel_video.ece(truth, funnel_video.sigmoid(3 * logits))
    )


def test_recall_by_hand() -> None:
    scores = np.array([[3.0, 2.0, 1.0, 0.0]])
    wanted = np.array([[True, False, True, False]])
    assert [coarse.recalls(scores, wanted, cut)[0] for cut in (1, 2, 3)] == [0.5, 0.5, 1.0]
    same, first = np.zeros((400, 4)), np.tile([True, False, False, False], (400, 1))
    assert coarse.recalls(same, first, 1).mean() == pytest.approx(0.25, abs=0.1), "equal scores are ordered by lot"
    mean, low, high = coarse.interval(np.array([0.0, 1.0] * 50))
    assert mean == 0.5
    assert 0.35 < low < 0.45 < 0.55 < high < 0.65
    assert coarse.interval(np.ones(5), np.full(5, 2.0)) == (0.5, 0.5, 0.5)


def test_the_list_loss_wants_the_teacher_s_head_before_its_tail() -> None:
    teacher = torch.arange(8.0)[None]
    there = torch.ones(1, 8)
    there[0, 7] = 0  # an empty place, which the teacher's score of it does not make the best
    good = coarse.order(teacher * 5, teacher, there)
    assert float(good) < 0.01 < float(coarse.order(-teacher, teacher, there))
    moved = teacher.clone()
    moved[0, 7] = -99
    assert torch.equal(coarse.order(moved, teacher, there), coarse.order(teacher, teacher, there))
    assert torch.allclose(coarse.centred(teacher, there)[0, :7].sum(), torch.tensor(0.0))


def test_the_contrast_is_least_where_each_finds_its_own() -> None:
    states = torch.eye(4)
    assert coarse.contrast(states, states) < coarse.contrast(states.roll(1, 0), states)


def test_a_search_pays_for_time() -> None:
    search = Widths(np.array([1.0, 2.0, 3.0, 4.0]), np.ones((4, 4)))
    assert float(search.expected().detach()) == pytest.approx(2.5 + 1)
    mask, narrowest = search.mask(0).detach(), width_search.WIDTHS[0][0]
    assert mask[:narrowest].tolist() == pytest.approx([1.0] * narrowest)
    assert float(mask[-1]) == pytest.approx(0.25)
    search.price().backward()
    slope = search.alpha[0].grad
    assert slope is not None and slope[0] < 0 < slope[-1]  # the quick one gains, the slow one loses
    with torch.no_grad():
        search.alpha[1][2] = 1
    assert search.chosen() == (width_search.WIDTHS[0][0], width_search.WIDTHS[1][2])


# --- runs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of a few steps, in a folder of their own."""
    monkeypatch.setattr(funnel_video, "FOLDER", tmp_path)
    monkeypatch.setattr(coarse, "SETTINGS", replace(QUICK, metric="gauc", batch_size=16))


def test_the_fine_ranker_learns_and_is_only_loaded_afterwards(world: World, quick: None) -> None:
    rows = funnel_video.shown(world)
    ranker = funnel_video.train(rows, "tower", settings=replace(QUICK, epochs=12))
    logits = funnel_video.predict(ranker, rows, np.arange(ROWS), batch=64)["logits"][:, 0]
    found = funnel_video.figures(world, logits, funnel_video.parts(world)["all"])
    assert found["auc is_click"] > 0.8  # the rates of the even videos say so
    again = funnel_video.train(rows, "tower", settings=replace(QUICK, epochs=12))
    for one, other in zip(ranker.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_lists_hold_what_was_shown_and_what_was_not(world: World) -> None:
    lists = coarse.draw(world, world.train, 30, 4, 3, by_day=True)
    videos = lists.rows.videos
    assert videos.shape == (30, 7)
    assert not lists.shown[:, 4:].any()
    assert (lists.shown == (videos > 0))[:, :4].all()
    clicked = (videos - 1) % 2 == 0
    assert np.array_equal(lists.good, clicked & lists.shown)
    for user, row in zip(lists.rows.requests.user, videos, strict=True):
        seen = set(world.video[world.train & (world.requests.user == user)].tolist())
        assert not seen & set(row[4:].tolist())


def test_the_lists_that_are_measured_hold_something_good(world: World) -> None:
    lists = coarse.listed(world, popular=True, most=5)
    assert lists.good.any(1).all()
    assert len(set(lists.rows.requests.user.tolist())) == len(lists.good) == 5


@pytest.mark.parametrize("kind", ["towers", "cold"])
def test_every_rung_trains(kind: coarse.Kind, world: World, quick: None) -> None:
    fine = funnel_video.FineRanker(funnel_video.config(funnel_video.shown(world)))
    start = coarse.begin(world, fine, most=40)
    for rung in (Rung("hard"), coarse.RUNGS[-1]):
        student = coarse.train(start, coarse.build(start, kind, (8, 4)), rung, f"{kind}-{rung.name}")
        scores = funnel_video.predict(student, start.lists.rows, start.valid)["logits"]
        assert scores.shape == (len(start.valid), coarse.CANDIDATES)
        assert np.isfinite(scores).all()
    search = Widths(np.ones(4), np.ones((4, 4)))
    coarse.train(start, coarse.build(start, "cold", search=search), coarse.RUNGS[-1], "search")
    assert search.alpha[0].abs().sum() > 0, "the search is part of what is trained"
    same = coarse.report(start.lists, start.targets["teacher"], {"itself": start.targets["teacher"]})
    assert same["itself"] == same["fine"]
    assert same["fine"]["overlap@10"][0] == 1
