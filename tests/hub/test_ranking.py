"""The rankers of short videos: one impression in every scene, what was counted, what was measured, what breaks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from export import publish
from hub.bundle import ROOT, Bundle, Bundles
from hub.errors import BundleError
from hub.tasks import ranking as task
from hub.tasks.ranking import impressions, tables


@pytest.fixture(scope="module")
def bundle(made_videos: Path) -> Bundle:
    return Bundles(made_videos).first(task.TASK)


@pytest.fixture
def copied(made_videos: Path, tmp_path: Path) -> Path:
    shutil.copytree(made_videos, tmp_path / "onnx")
    return tmp_path / "onnx" / "video"


def altered(folder: Path, name: str, content: bytes) -> Bundle:
    """The bundle with another file, which the card lists."""
    (folder / name).write_bytes(content)
    card = json.loads((folder / "card.json").read_text())
    entry = next(one for one in card["files"] if one["file"] == name)
    entry.update(publish.describe(folder / name).model_dump())
    (folder / "card.json").write_text(json.dumps(card))
    return Bundles(folder.parent).first(task.TASK)


def test_the_scene_alone_mixes_the_experts(bundle: Bundle) -> None:
    rankers, some = task.rankers_of(bundle), task.impressions_of(bundle)
    first, last = (task.judge(rankers, some, number) for number in (0, len(some) - 1))
    np.testing.assert_allclose(first.gates.sum(2), 1, atol=1e-6)
    np.testing.assert_allclose(first.gates, last.gates, atol=1e-6)
    assert not np.allclose(first.gates[0], first.gates[1])
    assert not np.allclose(first.logits, last.logits)


def test_counts_of_a_scene_can_be_left_as_they_were(bundle: Bundle) -> None:
    rankers, some = task.rankers_of(bundle), task.impressions_of(bundle)
    own = rankers.ranking.scenes.index(int(some.scene[0]))
    moved, bare = task.judge(rankers, some, 0), task.judge(rankers, some, 0, counts=False)
    np.testing.assert_allclose(moved.logits[own], bare.logits[own], atol=1e-6)
    assert not np.allclose(moved.logits[1 - own], bare.logits[1 - own])
    np.testing.assert_allclose(moved.gates, bare.gates, atol=1e-6)


def test_what_is_not_there_is_not_attended_to(bundle: Bundle) -> None:
    rankers, some = task.rankers_of(bundle), task.impressions_of(bundle)
    for number in range(len(some)):
        absent = some.history_ids[number][..., 0] == 0
        assert not task.judge(rankers, some, number).attention[:, absent].any()


def test_a_temperature_above_one_takes_sureness_away(bundle: Bundle) -> None:
    judgement = task.judge(task.rankers_of(bundle), task.impressions_of(bundle), 0)
    plain, mild = judgement.probabilities([1, 1, 1]), judgement.probabilities([2, 2, 2])
    assert (np.abs(mild - 0.5) <= np.abs(plain - 0.5)).all()
    np.testing.assert_allclose(plain, 1 / (1 + np.exp(-judgement.logits.astype(float))), atol=1e-7)


def test_impressions_hold_no_number_of_a_user_and_half_are_clicked(bundle: Bundle) -> None:
    some = task.impressions_of(bundle)
    assert some.labels[:, 0].mean() == 0.5
    assert set(some.scene.tolist()) == set(task.rankers_of(bundle).ranking.scenes)
    with np.load(bundle.path(impressions.IMPRESSIONS_FILE), allow_pickle=False) as stored:
        assert not {"user", "users", "user_id"} & set(stored.files)


def test_numbers_are_told_as_they_were_counted() -> None:
    names = ("is_click of user, tab", "rows of user, tab", "long_view of user, before", "rows of user, before", "age")
    found, others = task.counts(names, np.array([np.log(2.0), np.log1p(7), 0.0, 0.0, 3.0]))
    assert found == [
        task.Count("user, tab", False, 7, {"is_click": pytest.approx(2)}),
        task.Count("user", True, 0, {"long_view": 1.0}),
    ]
    assert others == {"age": 3.0}


def test_the_tables_agree_with_themselves(bundle: Bundle) -> None:
    found = task.tables_of(bundle)
    for drawn in ("evenly", "popular"):
        fine = found.rung(drawn, task.FINE)
        assert all(one.value == 1 for one in (*fine.overlap, *fine.kept))
        for row in found.ladder:
            assert row.positives[-1].value == pytest.approx(1), "all candidates are among the first 200"
            assert all(one.low <= one.value <= one.high for one in (*row.overlap, *row.positives))
    assert {(row.before, row.name) for row in found.steps} == {
        ("towers-hard-labels", "towers-contrast"), ("cold-hard-labels", "cold-contrast"),
        ("cold-contrast", "cold-searched"),
    }  # fmt: skip
    for curve in found.calibration:
        assert sum(one.rows for one in curve.bins) == found.rows
        gap = sum(one.rows * abs(one.said - one.happened) for one in curve.bins) / found.rows
        assert gap == pytest.approx(curve.ece, abs=1e-4)
        assert curve.divergence >= 0
    assert set(found.milliseconds) == {"fine", *(one.variant for one in task.rankers_of(bundle).ranking.students)}


def test_a_user_s_own_rate_orders_no_list_of_his() -> None:
    rows = [row for row in task.tables_of(Bundles(ROOT / "onnx").get("funnel-video")).quality if row.arm == "user"]
    assert [row.gauc for row in rows] == [0.5] * 3 and all(row.auc and row.auc > 0.6 for row in rows)


def test_impressions_are_kept_as_they_are(bundle: Bundle, tmp_path: Path) -> None:
    some = task.impressions_of(bundle)
    impressions.write(tmp_path / "some.npz", some)
    again = impressions.read(tmp_path / "some.npz")
    for name, values in vars(some).items():
        assert np.array_equal(values, getattr(again, name)) and values.dtype == getattr(again, name).dtype


@pytest.mark.parametrize(
    ("name", "content"),
    [("tables.json", b"{}"), ("tables.json", b"\xff"), ("impressions.npz", b"no zip"), ("impressions.npz", b"")],
)
def test_a_file_of_another_kind_disables_the_bundle_in_words(copied: Path, name: str, content: bytes) -> None:
    bundle = altered(copied, name, content)
    read = task.tables_of if name == tables.TABLES_FILE else task.impressions_of
    with pytest.raises(BundleError, match=f"{name} is not what this version reads"):
        read(bundle)
    assert bundle.reason
