"""Files of visitors."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import limits
from hub.errors import InputError, TooLargeError, readable
from hub.ui import files
from hub.ui.encodings import CONTROLS, decoded

LINES = ["很好的手机,推荐", "a fine film", "质量太差"]


def written(folder: Path, content: str | bytes, name: str = "texts.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_lines_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    content = "\r\n".join([LINES[0], "", *LINES[1:]]).encode(encoding)
    assert files.read(written(tmp_path, content, "texts.txt")).texts == LINES


@pytest.mark.parametrize(
    ("text", "encoding", "title"),
    [
        ("质量很好🩷,1\n不好,0\n", "utf-8", "UTF-8"),  # 🩷 is younger than Python 3.11's tables
        ("a\x1bb", "utf-8", "UTF-8"),
        ("\ue000 a", "utf-8", "UTF-8"),
        ("a\x85b", "utf-8", "UTF-8"),
        ("It’s a great film.\n", "cp1252", "Windows-1252"),
        ("“Créée” en été — déjà vu… £5\n", "cp1252", "Windows-1252"),
        ("Straße über Öl", "cp1252", "Windows-1252"),
        ("這部電影非常好看,我很喜歡。\n品質太差", "big5", "Big5"),
        ("品質太差", "big5", "Big5"),
        ("这部电影非常好看,我很喜欢。\n质量太差", "gb18030", "GB 18030"),
        ("手机质量很好🩷,推荐", "gb18030", "GB 18030"),
        ("好 film", "gb18030", "GB 18030"),
        ("質量太差\n很好", "utf-16-le", "UTF-16"),
    ],
)
def test_the_encoding_is_found_and_named(text: str, encoding: str, title: str) -> None:
    found = decoded(text.encode(encoding))
    assert found is not None and (found.text, found.encoding) == (text, title)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_valid_utf_8_is_final(text: str) -> None:
    found = decoded(text.encode())
    controls = len(CONTROLS.findall(text))
    if controls <= 3:
        assert found is not None and found.encoding == "UTF-8" and found.text == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        bytes(1_000),
        "Отличный фильм, смотрите".encode("cp1251"),
        "最高の映画".encode("shift_jis"),
        b"\xef\xbb\xbf\xff\xff",  # a byte order mark is final too
    ],
)
def test_what_is_in_no_known_encoding_is_not_guessed_at(data: bytes) -> None:
    assert decoded(data) is None


# Content -> its texts, the delimiter, the column (from 1), the heading (None: there is none).
TABLES = {
    'id,text,a long remark that is not it\n1,"good, really",x\n2,bad,x\n': (["good, really", "bad"], ",", 2, "text"),
    "1,a good film indeed\n2,a bad film indeed\n": (["a good film indeed", "a bad film indeed"], ",", 2, None),
    "Great film, loved it, would see again": (["Great film, loved it, would see again"], "", 1, None),
    "Great film, loved it\nBad, really\n": (["Great film, loved it", "Bad, really"], "", 1, None),
    "text\nGreat film, loved it, would see again\nbad\n": (
        ["Great film, loved it, would see again", "bad"],
        "",
        1,
        "text",
    ),
    "很好,推荐\n不好,退货,差评\n": (["很好,推荐", "不好,退货,差评"], "", 1, None),
    "id,tweet,url\n1,good,https://example.org/a/long/address/1\n2,bad,https://example.org/a/long/address/2\n": (
        ["good", "bad"],
        ",",
        2,
        "tweet",
    ),
    "a,b,c\n1,good,https://example.org/a/long/address\n": (["good"], ",", 2, "b"),
    "review_text,stars\ngood film,5\nbad film,1\n": (["good film", "bad film"], ",", 1, "review_text"),
    "title,review\nAlien,a good film\n": (["a good film"], ",", 2, "review"),
    "label,商品评论\n1,很好\n0,不好\n": (["很好", "不好"], ",", 2, "商品评论"),
    "sep=;\ntext;label\ngood, really;1\n": (["good, really"], ";", 1, "text"),
    '"a, b, c";1\n"d, e, f";0\n': (["a, b, c", "d, e, f"], ";", 1, None),
    "text\tlabel\ngood, really\t1\n": (["good, really"], "\t", 1, "text"),
    "text,label\rgood,1\rbad,0\r": (["good", "bad"], ",", 1, "text"),
    'text,label\n"two\nlines",1\nbad,0\n': (["two\nlines", "bad"], ",", 1, "text"),
    "text,label,\ngood,1,\nbad,0\n": (["good", "bad"], ",", 1, "text"),
    "text,label\na\u2028b\x0b\x0cc,1\n": (["a\u2028b\x0b\x0cc"], ",", 1, "text"),
    '"Great" film\nbad\n': (['"Great" film', "bad"], "", 1, None),
    '"Great, film"\nbad\n': (["Great, film", "bad"], "", 1, None),
    "good text,positive\nbad text,negative\n": (["good text,positive", "bad text,negative"], "", 1, None),
}


@pytest.mark.parametrize("content", TABLES)
def test_a_table_is_read_as_its_owner_sees_it(tmp_path: Path, content: str) -> None:
    found = files.read(written(tmp_path, content))
    assert (found.texts, found.delimiter, found.column + 1, found.heading) == TABLES[content]


def test_what_was_taken_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "sep=;\nid;tweet\n1;很好\n".encode("gb18030"))
    assert files.read(path).taken("en") == (
        "texts.csv: GB 18030, cells separated by semicolons, column 2 of 2 (“tweet”; the first line is the heading)."
    )
    assert "分号" in files.read(path).taken("zh") and "tweet" in files.read(path).taken("zh")
    path = written(tmp_path, "good, really\nbad\n")
    assert files.read(path).taken("en") == "texts.csv: UTF-8, one column; the first line is a text, not a heading."
    path = written(tmp_path, "good\n", "a.txt")
    assert files.read(path).taken("en") == "a.txt: UTF-8, one text a line."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,text\n1,good\n2,bad, really\n", "Line 3 has 3 cells, the first line has 2"),
        ("\n\nid,text\n1,good\n\n2,bad, really\n", "Line 6 has 3 cells"),
        ("sep=,\nid,text\n1,good\n2,bad, really\n", "Line 4 has 3 cells"),
        ("a good\tfilm\nbad\n", "Line 2 has 1 cells"),
        ("1,good\n2,bad\n3,fine\n4,poor\n5,so, so\n6,well\n", "Line 5 has 3 cells"),
        ('id,text\n1,"good\n2,bad\n', "Line 2: a quote"),
        ('id,text\n1,good\n2,"bad" film\n', "Line 3: a quote"),
        ("text,text\ngood,bad\n", "Two columns are called “text”"),
    ],
)
def test_a_contradictory_table_is_refused_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputError) as found:
        files.read(path)
    assert re.search(message, readable(found.value, "en"))
    assert re.search(r"第 .* 行|两列", readable(found.value, "zh"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,text\n\n1,good\n\n2," + "x" * 5_001 + "\n"),
        ("a.csv", "\ngood\n\n\n" + "x" * 5_001 + "\n"),
        ("a.txt", "\ngood\n\n\n" + "x" * 5_001 + "\n"),
    ],
)
def test_a_text_too_long_is_named_by_its_line_in_the_file(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(TooLargeError, match="line 5: the text has 5,001 characters; at most 5,000"):
        files.read(written(tmp_path, content, name))
    with pytest.raises(TooLargeError, match="line 3: the text has 5,001"):
        files.typed(" \n\n" + "x" * 5_001)


def test_a_cell_longer_than_python_expects_is_told_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(TooLargeError, match="line 2: the text has 140,000 characters"):
        files.read(written(tmp_path, "id,text\n1," + "x" * 140_000 + "\n"))


QUICK_S = 2.0
HARD = {
    "wide, then narrow": b"a," * 250_000 + b"\n" + b"b\n" * 250_000,
    "wide": b"a," * 500_000,
    "narrow": b"a\n" * 500_000,
    "commas": b"," * 1_000_000,
    "quotes": b'"' * 1_000_000,
    "quotes and commas": b'",' * 500_000,
    "figures": b"1" * 999_999 + b"x",
    "spaces": b" " * 1_000_000,
    "addresses": b"@" * 999_999 + b" ",
    "all delimiters": b"a,;\t|" * 200_000,
    "square": (b"1," * 700 + b"\n") * 710,
    "carriage returns": b"\r" * 1_000_000,
    "declared": b"sep=," + b"," * 999_000,
    "high bytes": b"\xa1\xa4" * 500_000,
    "words": b"a " * 500_000,
}


@pytest.mark.parametrize("name", HARD)
def test_any_content_of_the_largest_size_is_read_or_refused_at_once(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, HARD[name][: limits.MAX_UPLOAD_BYTES])
    start = time.process_time()  # of this process alone: others may be busy
    with contextlib.suppress(InputError):
        files.read(path)
    assert time.process_time() - start < QUICK_S


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", b"text", "not a .csv or .txt"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not a text file"),
        ("a.txt", b"\n \n", "no text"),
        ("a.csv", b"", "no text"),
        ("a.csv", b"text\n", "no text"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        files.read(written(tmp_path, content, name))


def test_a_file_that_is_gone_is_asked_for_again(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"texts\.csv is no longer on the server: upload it again"):
        files.read(tmp_path / "texts.csv")


def test_limits_are_told_with_both_figures(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (limits.MAX_UPLOAD_BYTES + 1))
    with pytest.raises(TooLargeError, match="1,000,001 bytes; at most 1,000,000"):
        files.read(path)
    path.write_text("good\n" * (limits.MAX_BATCH_TEXTS + 1))
    with pytest.raises(TooLargeError, match="2,001 texts; at most 2,000") as found:
        files.read(path)
    assert re.search(r"2,001.*2,000", readable(found.value, "zh"))


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", " =1", "\t=1", "＝1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert files.to_csv(["text"], [[cell]]).splitlines()[1].lstrip('"').startswith("'")
