"""The tab Search ranking without a browser: what its views show, in both languages, and what they refuse."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hub import limits
from hub.demos.search_ranking import PARTS, lambdarank, own
from hub.demos.search_ranking.examples import CASES, FIRST
from hub.errors import InputError
from hub.tasks import judging as task
from hub.ui.strings import LANGUAGES, Language
from hub.ui.view import STAND, Scene, View

VIEWS: dict[str, View] = {view.slug: view for view in (part.view() for part in PARTS)}
HEADING = "query,document,grade,score\n"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", VIEWS)
def test_every_example_is_shown(slug: str, language: Language) -> None:
    view, scene = VIEWS[slug], Scene(language, "en")
    start = view.beginning(scene)
    assert view.show(start, language)
    for example in view.clickable(scene, start.values()):
        seen: Any = view.show(start.changed(**example.changes(start)), language)
        assert "note warn" not in seen["said"]


# --- by hand --------------------------------------------------------------------------------------------------------


def test_the_lists_can_be_better_and_begin_badly() -> None:
    for name in CASES:
        stand = lambdarank.ranked(lambdarank.begun(name))
        assert task.tells(stand.grades) and task.ndcg(stand.grades, stand.scores) < 0.9, name
    assert {FIRST["en"], FIRST["zh"]} <= set(CASES)


def test_a_dragged_title_stands_where_it_was_put() -> None:
    start = lambdarank.begun("drill")
    changed = lambdarank.dragged(start, SimpleNamespace(order=[4, 1, 2, 3, 5, 6]))  # type: ignore[arg-type]
    assert changed == {"order": "4 1 2 3 5 6"}
    seen = lambdarank.show(start.changed(**changed), "en")
    assert [int(one) for one in re.findall(r"data-place=(\d)", seen["board"])] == [4, 1, 2, 3, 5, 6]
    assert STAND not in seen


@pytest.mark.parametrize("order", ["1 2", "1 1 2 3 4 5", "x", "9 1 2 3 4 5", "-1 2 3 4 5 6", ""])
def test_an_order_that_is_none_is_that_of_the_example(order: str) -> None:
    seen = lambdarank.show(lambdarank.Settings(case="drill", order=order), "en")
    assert seen["order"] == seen[STAND].order == "1 2 3 4 5 6"


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_best_order_has_an_ndcg_of_one(case: str, language: Language) -> None:
    seen = lambdarank.arranged("best", lambdarank.begun(case), language)
    assert "nDCG@8 = 1.000" in seen["said"] and seen["order"] == seen[STAND].order


def test_a_list_is_shuffled_and_stays_the_same_list() -> None:
    seen = lambdarank.arranged("shuffle", lambdarank.begun("rivals"), "en")
    assert sorted(seen["order"].split()) == [*"1234567"]


@pytest.mark.parametrize("name", task.LOSSES)
def test_pushing_a_list_makes_it_best_in_the_end(name: task.LossName) -> None:
    settings = lambdarank.begun("drill")
    for _ in range(30):
        settings = lambdarank.push(name, settings, "en")[STAND]
    stand = lambdarank.ranked(settings)
    assert (np.diff(stand.grades) <= 0).all()
    assert "the order stays" in lambdarank.push(name, settings, "en")["said"]


def test_below_k_nothing_pushes_and_sums_are_zero() -> None:
    seen = lambdarank.show(lambdarank.Settings(case="rivals", order="5 7 1 2 3 4 6", at=1), "en")
    values = re.findall(r"[-+]?\d\.\d{4}", seen["sums"])
    assert values[4:].count("0.0000") >= 2
    pushes = task.forces("lambdarank", np.arange(7.0, 0, -1), np.array([3.0, 3, 1, 0, 0, 0, 0]), 1).pairs
    assert not pushes[2:, 2:].any() and pushes[0, 3] > 0


# --- one's own ------------------------------------------------------------------------------------------------------


def shown(text: str, language: Language = "en", **more: Any) -> dict[str, Any]:
    return own.show(own.Settings(lines=text, **more), language)


def uploaded(folder: Path, content: bytes, name: str = "mine.csv") -> dict[str, Any]:
    path = folder / name
    path.write_bytes(content)
    return shown("", upload=str(path))


def test_scores_are_judged_and_without_them_the_order() -> None:
    rows = "q,q one,0,{}\nq,two,2,{}\n"
    scored = shown(HEADING + rows.format(1, 5))
    assert "your scores" in scored["summary"] and "1.0000" in scored["summary"]
    assert "the order of the lines" in shown(HEADING + rows.format("", ""))["summary"]
    assert "q,2,1.000000" in scored["content"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_is_read_in_any_usual_encoding_and_delimiter(tmp_path: Path, encoding: str) -> None:
    text = "查询;标题;等级\r\n火锅;老火锅店，在大润发里;0\r\n火锅;海底捞火锅店;3\r\n"
    seen = uploaded(tmp_path, text.encode(encoding))
    assert "cells separated by semicolons" in seen["said"] and "taken: 查询, 标题, 等级" in seen["said"]
    assert "海底捞火锅店 (3)" in seen["worst"]


def test_other_columns_and_a_line_of_excel_are_passed_over() -> None:
    seen = shown('sep=,\nid,query,document,grade\n1,q,"a, b",0\n2,q,c,1\n\n')
    assert "a, b (0)" in seen["worst"] and "warn" not in seen["said"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "There is no judgment"),
        (" \n\n", "There is no judgment"),
        ("query,document,grade\n", "There is no judgment"),
        ("query,document\nq,d\n", "no column “grade”; it has query, document"),
        ("a plain text\n", "no column “query”"),
        (HEADING + "q,d,x,1\n", "Row 2: the grade is x"),
        (HEADING + "q,d,nan,1\n", "Row 2: the grade is nan"),
        (HEADING + "q,d,1,\n\nq,e,-1,\n", "Row 4: the grade is -1.0"),
        (HEADING + "q,d,1,inf\n", "Row 2: the score is inf"),
        (HEADING + "q,,1,2\n", "Document of row 2 is empty"),
        (HEADING + "q,d,1,2\nq,e,0,\n", "1 of 2 rows have a score"),
        (HEADING + "q,d,1,2\nq,d,0,1\n", "Rows 2 and 3 are the same document"),
        (HEADING + "q,d,1,2\nq,e,1,1\n", "none has documents of different grades"),
        (HEADING + "q,d,1,2,7\n", "Line 2 has 5 cells"),
        (HEADING + 'q,"d,1,2\n', "a quote"),
        (HEADING + f"q,{'x' * 5001},1,2\n", "has 5,001 characters"),
        (HEADING + "".join(f"q,{n},1,2\n" for n in range(limits.MAX_JUDGMENTS + 1)), "2,001 judged documents"),
    ],
)
def test_what_is_wrong_is_said_in_words(text: str, part: str) -> None:
    seen = shown(text)
    assert "warn" in seen["said"] and part in seen["said"].replace("&quot;", '"')
    assert seen["summary"] == seen["worst"] == seen["content"] == ""
    assert "warn" in shown(text, "zh")["said"]


@pytest.mark.parametrize(
    ("content", "name", "part"),
    [
        (bytes(range(256)) * 40, "mine.csv", "is not a text file"),
        (b"query,document,grade\n", "mine.xlsx", "is not a .csv or .txt file"),
        (b"x" * (limits.MAX_UPLOAD_BYTES + 1), "mine.csv", "at most 1,000,000 are allowed"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes, name: str, part: str) -> None:
    assert part in uploaded(tmp_path, content, name)["said"]


def test_a_file_that_has_gone_is_said_so(tmp_path: Path) -> None:
    assert "no longer on the server" in shown("", upload=str(tmp_path / "gone.csv"))["said"]


def test_what_a_visitor_writes_is_no_html_and_no_formula() -> None:
    seen = shown(HEADING + "=1+1,<script>,0,1\n=1+1,b,1,0\n")
    assert "<script>" not in seen["worst"] and "'=1+1" in seen["content"]


def test_queries_of_one_grade_are_counted() -> None:
    told = shown(HEADING + "q,d,1,2\nq,e,0,1\nflat,d,1,1\n")["said"]
    assert "One query is left out" in told


def test_what_stays_is_the_example_of_the_language() -> None:
    assert own.first(Scene("zh", "en"))["sample"].startswith("query,document,grade,score\n大润发")
    with pytest.raises(InputError):
        own.judgments_of(own.Settings(), "en")
