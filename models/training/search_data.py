"""Judged titles of five searches, in one form: map, web and medical in Chinese, hardware and a shop in English.

What is respected of each (docs/data.md has the sources):
- poi (CCKS 2021): `position` is the order of the engine that the candidates came from, a ranker by itself; it is kept
  apart from the titles. Names of persons may stand in its queries: no row of it is shown anywhere.
- web (QBQTC): two releases of one engine; the first has whole lists of candidates, the second almost one title a query.
  Queries that both have are held out together. Its lists are in no order.
- medical (KUAKE-QTR): split by query here, since the official parts share most of theirs.
- hardware (Home Depot): products, and some titles, are in all splits: only the queries are new in the test. Different
  products may have the same title and other grades.
- shop (CrowdFlower): 261 queries, so intervals are wide; two thirds of the test have the highest grade.
No set says what was clicked: grades are those of raters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from models.training import corpus

CHALLENGE = Path(__file__).with_name("search_challenge.tsv")
GRADES = 3  # the highest of the challenge set


@dataclass(frozen=True)
class Source:
    """A data set of a scene. whole: it has whole lists of candidates, so that a ranking of them can be judged."""

    name: str
    whole: bool = True


SCENES: dict[str, tuple[Source, ...]] = {
    "poi": (Source("search_poi_zh_ccks2021"),),
    "web": (Source("search_web_zh_qbqtc_lists"), Source("search_web_zh_qbqtc_pairs", whole=False)),
    "medical": (Source("search_medical_zh_kuake_qtr"),),
    "hardware": (Source("search_hardware_en_homedepot"),),
    "shop": (Source("search_shop_en_crowdflower"),),
}


@dataclass(frozen=True)
class Query:
    """A query with its judged titles.

    Args:
        grades: int64 (titles,), 0 the lowest; the highest is 2 in poi and web, 3 elsewhere. upstream: where the engine
            that they came from had them, 0 first; None where that is not known.
    """

    scene: str
    query: str
    titles: tuple[str, ...]
    grades: np.ndarray
    split: str
    upstream: np.ndarray | None = None


def read(scene: str, split: str, whole: bool = True) -> list[Query]:
    """The queries of a scene, in the order of its files.

    Args:
        split: "train", "valid" or "test". whole: those with whole lists of candidates alone.

    Raises:
        corpus.CorpusError: a file is not there. KeyError: no such scene.
    """
    parts = [corpus.load(source.name).assign(file=place) for place, source in enumerate(SCENES[scene])]
    rows = parted(pd.concat(parts, ignore_index=True))
    kept = [place for place, source in enumerate(SCENES[scene]) if source.whole or not whole]
    rows = rows[(rows["split"] == split) & rows["file"].isin(kept)]
    return [_query(scene, group) for _, group in rows.groupby(["file", "query_id"], sort=False)]


def parted(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the rows whose query, spelt in whatever way, is held out elsewhere: test before valid before train."""
    spelt = rows["query"].map(corpus.plain)
    rank = rows["split"].map({"train": 0, "valid": 1, "test": 2})
    highest = rank.groupby(spelt).transform("max")
    return rows[(rank == highest) | (spelt == "")]


def _query(scene: str, rows: pd.DataFrame) -> Query:
    position = rows["position"].to_numpy(np.int64) if "position" in rows else None
    first = rows.iloc[0]
    return Query(
        scene, first["query"], tuple(rows["doc"]), rows["grade"].to_numpy(np.int64), first["split"], position
    )  # fmt: skip


def challenge() -> pd.DataFrame:
    """Pairs written for the traps of search by names: scene, query, title, grade, trap, reason_en, reason_zh.

    A grade is 3 for what was asked for, 2 for what answers it too (another branch, a word of the same meaning), 1 for
    what has to do with it, 0 for the rest. Names of chains are the examples of the field; no pair is of a data set.
    """
    return pd.read_csv(CHALLENGE, sep="\t", dtype={"grade": np.int64}, keep_default_na=False)
