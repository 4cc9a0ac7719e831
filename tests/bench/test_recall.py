"""The benches of recall and of its growth, on data of a few users."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pandas as pd
import pytest

from bench import growth, recall, recall_peer, recall_peers
from hub.demos.recommender.growth import Growth, read
from models.training import runs
from models.training.interactions import Histories
from models.training.movies import Movies

ITEMS, USERS = 30, 12


def histories(users: int, seed: int) -> Histories:
    draw = np.random.default_rng(seed)
    items = np.full((users, 9), -1)
    for user in range(users):
        count = draw.integers(4, 9)
        items[user, -count:] = draw.permutation(ITEMS)[:count]
    return Histories(np.arange(users), items, np.zeros(items.shape, np.float32), (items >= 0).astype(np.float32))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> recall.Data:
    monkeypatch.setattr(recall, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(recall, "SEEDS", range(2))
    monkeypatch.setattr(recall, "SIZE", 8)
    monkeypatch.delenv("BENCH_PEERS", raising=False)
    draw = np.random.default_rng(2)
    return recall.Data(
        "tiny", histories(80, 0), histories(USERS, 1), draw.random((USERS, ITEMS)) < 0.3, draw.random(ITEMS),
        draw.random((ITEMS, 3)).astype(np.float32), (1, 2), 1,
    )  # fmt: skip


def test_what_was_taken_before_is_no_new_thing(data: recall.Data) -> None:
    own = data.known.matrix(ITEMS) > 0
    perfect, seen = recall.measured(data.truth.astype(float), data), recall.measured(own + 1e-3 * data.truth, data)
    assert np.nanmin(perfect) == pytest.approx(1)  # at 10 too: all that is wanted is ahead of all that is not
    np.testing.assert_allclose(seen[recall.NEW], perfect[recall.NEW])
    assert np.nanmean(seen[2]) < 1


def test_again_puts_ahead_what_was_taken(data: recall.Data) -> None:
    own = data.known.matrix(ITEMS) > 0
    (scores,) = recall.popular(data, again=1)
    assert (np.where(own, scores, np.inf).min(1) > np.where(own, -np.inf, scores).max(1)).all()
    (plain,) = recall.popular(data, again=0)
    assert (plain == plain[0]).all()


def test_a_finished_training_is_read_and_another_is_not_taken_for_it(data: recall.Data) -> None:
    found = recall.losses(data)
    assert {name: values.shape for name, values in found.items()} == dict.fromkeys(recall.LOSSES, (2, 2, 3, USERS))
    with runs.only_finished():
        np.testing.assert_array_equal(recall.losses(data)["BCE"], found["BCE"])
        changed = recall.Data(**{**data.__dict__, "epochs": (1, 3)})
        with pytest.raises(runs.RunError, match="python -m bench recall --train"):
            recall.losses(changed)


def test_tables_have_every_model(data: recall.Data) -> None:
    found = recall.losses(data)
    text = recall.compared(data, found) + recall.models(data, found)
    for name in (*recall.MODELS, *recall.LOSSES, "the best of each", "BENCH_PEERS=1"):
        assert name in text


def test_a_difference_is_of_the_same_seeds_and_users() -> None:
    users = np.linspace(0.1, 0.5, 5)
    two = np.stack([users, users + 0.1, users + 0.2])
    cells = recall.difference(two + 0.3, two)
    assert cells == ["0.7000", "0.4000", "+0.3000", "+75 %", "0.3000 ± 0.0000", "[0.3000, 0.3000]"]


def test_films_are_cut_at_one_moment_and_nothing_later_is_learnt() -> None:
    rows = [(1, 50, 10, "train"), (1, 10, 20, "train"), (2, 50, 15, "train"), (2, 20, 100, "valid"),
            (2, 30, 101, "valid"), (2, 10, 102, "test"), (2, 40, 103, "test"), (3, 50, 110, "test")]  # fmt: skip
    ratings = pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp", "split_global_time"])
    films = pd.DataFrame({"item_id": [50, 10, 20, 30, 40], "genres": [["a"], ["b"], ["a", "b"], [], ["a"]]})
    movies = Movies(ratings, films)
    assert movies.learnt().items.tolist() == [[4, 0], [-1, 4]]  # numbered in the order of item_id
    known, truth = movies.returning()
    assert known.names.tolist() == [2] and known.items.tolist() == [[4, 1, 2]]
    assert np.flatnonzero(truth[0]).tolist() == [0, 3]
    assert movies.facts.tolist() == [[0, 1], [1, 1], [0, 0], [1, 0], [1, 0]]


def test_peers_get_histories_in_the_order_of_time() -> None:
    items = np.array([[-1, 7, 3], [5, 2, 9]])
    rows = recall_peer.interactions(items)
    assert rows.sort_values(["user_id", "datetime"])["item_id"].tolist() == [7, 3, 5, 2, 9]
    dense = recall_peer.matrix(items, 10).toarray()
    assert np.flatnonzero(dense[0]).tolist() == [3, 7] and dense.sum() == 5


def test_a_peer_reads_the_pieces_that_our_network_reads_and_takes_as_many_steps() -> None:
    learnt = histories(80, 0)
    parts = recall_peers.parts_of(learnt)
    assert parts.shape == (80, recall_peers.LONGEST + 1) and parts[3][parts[3] >= 0].tolist() == [
        item for item in learnt.items[3] if item >= 0
    ]
    assert recall_peers.peers(len(parts), 3)["RecTools, SASRec"]["steps"] == 6


def test_a_peer_that_fails_is_said(data: recall.Data, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> object:
        raise recall_peers.PeerError("no such wheel")

    monkeypatch.setenv("BENCH_PEERS", "1")
    monkeypatch.setattr(recall_peers, "scores", fails)
    rows, notes = recall.peers(data)
    assert not rows and notes[0] == "implicit, iALS was not measured: no such wheel"


def test_both_ways_find_the_nearest_and_the_file_is_one_that_the_page_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "FILE", tmp_path / "growth.json")
    monkeypatch.setattr(growth, "SIZES", (300, 600))
    monkeypatch.setattr(growth, "NEAREST", 20)
    assert "| 600 | hnsw |" in growth.run()
    found = read(growth.FILE)
    assert isinstance(found, Growth) and [row.items for row in found.of("hnsw")] == [300, 600]
    assert min(row.recall for row in found.rows) > 0.9 and found.nearest == 20
    assert all(row.mib > other.mib for row, other in zip(found.of("hnsw"), found.of("exact"), strict=True))


def test_exact_is_what_a_flat_index_finds() -> None:
    items, questions = growth.vectors(500, 1), growth.vectors(3, 2)
    index = faiss.IndexFlatIP(growth.DIMENSIONS)
    index.add(items)
    for question, row in zip(questions, index.search(questions, 15)[1], strict=True):
        assert growth.exact(items, question, 15).tolist() == row.tolist()
