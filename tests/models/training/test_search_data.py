"""The searches as one form of record, and the pairs written for the traps."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from models.training import corpus, search_data

HAN = re.compile("[\u4e00-\u9fff]")
SETS = [source.name for sources in search_data.SCENES.values() for source in sources]


def table(folder: Path, name: str, rows: list[tuple[int, str, str, int, str]], **more: list[int]) -> None:
    columns = dict(zip(("query_id", "query", "doc", "grade", "split"), zip(*rows, strict=True), strict=True))
    pd.DataFrame({**columns, **more}).to_parquet(folder / f"{name}.parquet")


def test_a_query_has_its_titles_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    rows = [(0, "a", "x", 2, "test"), (1, "b", "y", 1, "train"), (0, "a", "z", 0, "test")]
    table(tmp_path, "search_poi_zh_ccks2021", rows, position=[1, 0, 0])
    (one,) = search_data.read("poi", "test")
    assert (one.scene, one.query, one.titles, one.split) == ("poi", "a", ("x", "z"), "test")
    assert one.grades.tolist() == [2, 0] and one.upstream is not None and one.upstream.tolist() == [1, 0]


def test_what_is_held_out_in_one_file_is_held_out_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    lists = [(0, "Same query", "x", 1, "test"), (0, "Same query", "y", 0, "test"), (1, "own", "z", 1, "train")]
    pairs = [(0, "same  query!", "x", 1, "train"), (1, "other", "w", 1, "train"), (2, "…", "v", 1, "train")]
    table(tmp_path, "search_web_zh_qbqtc_lists", lists)
    table(tmp_path, "search_web_zh_qbqtc_pairs", pairs)
    assert [one.query for one in search_data.read("web", "train", whole=False)] == ["own", "other", "…"]
    assert [one.query for one in search_data.read("web", "train")] == ["own"]
    (held,) = search_data.read("web", "test", whole=False)
    assert held.titles == ("x", "y") and held.upstream is None


def test_a_scene_without_its_file_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    with pytest.raises(corpus.CorpusError, match="search_medical_zh_kuake_qtr"):
        search_data.read("medical", "test")


def test_the_sets_are_described() -> None:
    assert set(SETS) <= set(corpus.manifest())


# --- the challenge set ----------------------------------------------------------------------------------------------


def test_the_challenge_set_is_whole() -> None:
    rows = search_data.challenge()
    assert list(rows.columns) == ["scene", "query", "title", "grade", "trap", "reason_en", "reason_zh"]
    assert len(rows) >= 200 and not rows.duplicated(["query", "title"]).any()
    assert rows["grade"].between(0, search_data.GRADES).all() and set(rows["grade"]) == {0, 1, 2, 3}
    texts = rows.drop(columns="grade")
    assert (texts.map(len) > 0).all(None) and (texts == texts.map(str.strip)).all(None)
    assert min(Counter(rows["trap"]).values()) >= 4 and (rows["scene"] == "poi").mean() > 0.5
    chinese = rows["query"].map(lambda text: bool(HAN.search(text)))
    assert 0.7 < chinese.mean() < 0.95


def test_every_query_can_be_ranked_well_or_badly() -> None:
    for query, rows in search_data.challenge().groupby("query"):
        assert len(rows) >= 3 and rows["grade"].nunique() > 1 and rows["scene"].nunique() == 1, query


def test_reasons_are_in_both_languages() -> None:
    rows = search_data.challenge()
    assert not rows["reason_en"].map(lambda text: bool(HAN.search(text))).any()
    assert rows["reason_zh"].map(lambda text: bool(HAN.search(text))).all()


def test_a_synonym_has_no_character_in_common() -> None:
    rows = search_data.challenge()
    rows = rows[(rows["trap"] == "synonym") & rows["reason_en"].str.contains("without a common character")]
    assert len(rows) >= 4
    for _, row in rows.iterrows():
        assert not set(HAN.findall(row["query"])) & set(HAN.findall(row["title"])), row["query"]


@pytest.mark.skipif(
    not all((corpus.data_folder() / f"{name}.parquet").is_file() for name in SETS), reason="no search data"
)
def test_no_pair_is_of_a_data_set() -> None:
    own = {(corpus.plain(one), corpus.plain(two)) for one, two in search_data.challenge()[["query", "title"]].values}
    for name in SETS:
        rows = corpus.load(name)
        found = set(zip(rows["query"].map(corpus.plain), rows["doc"].map(corpus.plain), strict=True))
        assert not own & found, name
