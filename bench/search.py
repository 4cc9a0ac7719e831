"""Search by names: what BM25 and the upstream engine do in every scene, and BM25 on the pairs written for the traps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bench.report import MISSING, left_out, table
from hub.tasks.intervals import Interval, mean
from hub.tasks.judging import BM25, ndcg, tells
from models.training import search_data
from models.training.search_data import SCENES, Query

AT = 10


def run() -> str:
    rows: list[list[object]] = []
    reasons: dict[str, Exception] = {}
    for scene in SCENES:
        try:
            rows.append(of_scene(scene))
        except MISSING as error:
            reasons[scene] = error
    claim = f"nDCG@{AT} of the test, mean over queries whose titles are not all of one grade, with intervals of 95 %"
    heads = (
        "scene",
        "queries",
        "titles a query",
        "chance",
        "BM25",
        "BM25 − chance",
        "upstream order",
        "upstream − BM25",
    )
    return table(claim, heads, rows) + left_out(reasons) + "\n\n" + traps(search_data.challenge())


def of_scene(scene: str) -> list[object]:
    """A row of the table: BM25 with what it learns from the titles of the training split."""
    bm25 = BM25(dict.fromkeys(title for one in search_data.read(scene, "train") for title in one.titles))
    judged = [one for one in search_data.read(scene, "test") if tells(one.grades)]
    chance = np.array([ndcg(one.grades, np.zeros(len(one.titles)), AT) for one in judged])
    found = np.array([ndcg(one.grades, bm25.scores(one.query, one.titles), AT) for one in judged])
    titles = np.mean([len(one.titles) for one in judged])
    row: list[object] = [scene, len(judged), f"{titles:.1f}", f"{chance.mean():.3f}", shown(mean(found))]
    return [*row, shown(mean(found - chance)), *upstream(judged, found)]


def upstream(judged: Sequence[Query], found: np.ndarray) -> list[str]:
    """The order of the engine that the candidates came from, and how much it is above BM25."""
    scores = [None if one.upstream is None else ndcg(one.grades, -one.upstream, AT) for one in judged]
    known = np.array([score for score in scores if score is not None])
    return [shown(mean(known)), shown(mean(known - found))] if len(known) == len(judged) else ["–", "–"]


def traps(pairs: pd.DataFrame) -> str:
    """How often BM25 puts the better of two titles of a query first, by the traps of both; a tie is half."""
    bm25 = BM25(dict.fromkeys(pairs["title"]))
    right: dict[str, list[float]] = {}
    for query, group in pairs.groupby("query", sort=False):
        scores, grades = bm25.scores(str(query), group["title"].tolist()), group["grade"].to_numpy()
        names = group["trap"].tolist()
        for i, j in zip(*np.nonzero(grades[:, None] > grades[None]), strict=True):
            won = 0.5 * (1 + np.sign(scores[i] - scores[j]))
            for name in {names[i], names[j], "all"}:
                right.setdefault(name, []).append(won)
    total = right.pop("all")
    rows = [[name, len(won), f"{100 * np.mean(won):.0f} %"] for name, won in [*sorted(right.items()), ("all", total)]]
    claim = f"Pairs of titles in the right order by BM25, of the {len(pairs)} written for the traps"
    return table(claim, ("trap of one of them", "pairs", "right"), rows)


def shown(one: Interval) -> str:
    """A mean with its interval."""
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
