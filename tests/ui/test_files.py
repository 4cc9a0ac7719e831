"""Files of visitors."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import limits
from hub.errors import InputError, TooLargeError
from hub.ui import files

LINES = ["很好的手机,推荐", "a fine film", "质量太差"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_lines_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "texts.txt"
    path.write_bytes("\r\n".join([LINES[0], "", *LINES[1:]]).encode(encoding))
    assert files.read_texts(path) == LINES


def test_the_column_named_text(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text('id,text,a long remark that is not it\n1,"good, really",x\n2,bad,x\n')
    assert files.read_texts(path) == ["good, really", "bad"]


def test_the_longest_column_where_no_name_tells(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("1,a good film indeed\n2,a bad film indeed\n")
    assert files.read_texts(path) == ["a good film indeed", "a bad film indeed"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", b"text", "not a .csv or .txt"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not a text file"),
        ("a.txt", b"\n \n", "no text"),
        ("a.csv", b"", "no text"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        files.read_texts(path)


def test_limits_are_told_with_both_figures(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (limits.MAX_UPLOAD_BYTES + 1))
    with pytest.raises(TooLargeError, match="1,000,001 bytes; at most 1,000,000"):
        files.read_texts(path)
    path.write_text("good\n" * (limits.MAX_BATCH_TEXTS + 1))
    with pytest.raises(TooLargeError, match="2,001 texts; at most 2,000"):
        files.read_texts(path)
    with pytest.raises(TooLargeError, match=r"2,001.*2,000"):
        files.read_texts(path, "zh")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", " =1", "\t=1", "＝1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert files.to_csv(["text"], [[cell]]).splitlines()[1].lstrip('"').startswith("'")
