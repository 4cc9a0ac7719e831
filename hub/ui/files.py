"""Texts from a visitor's file, and a CSV file for the visitor.

A file is read as its owner sees it: what was taken (encoding, delimiter, column, heading) is said, and what
contradicts itself is refused with the line of the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from hub import limits
from hub.errors import InputError, Term, TooLargeError
from hub.text import is_blank, split_lines
from hub.ui import scripts
from hub.ui.encodings import Decoded, decoded
from hub.ui.strings import Language, Strings

STRINGS = Strings(
    "files",
    {
        "taken_lines": ("{name}: {encoding}, one text a line.", "{name}：{encoding}，每行一条文本。"),
        "taken_one": ("{name}: {encoding}, one column{heading}.", "{name}：{encoding}，只有一列{heading}。"),
        "taken_column": (
            "{name}: {encoding}, {delimiter}, column {place} of {count}{heading}.",
            "{name}：{encoding}，{delimiter}，取第 {place} 列（共 {count} 列）{heading}。",
        ),
        "heading": (" (“{column}”; the first line is the heading)", "（“{column}”；首行是标题）"),
        "no_heading": ("; the first line is a text, not a heading", "；首行是文本而非标题"),
    },
)
# What a column of texts is called, the likeliest first; also as a part of a longer name (review_text, 商品评论).
NAMES = (
    *("text", "文本", "sentence", "句子", "review", "评论", "content", "内容", "comment", "tweet", "message", "post"),
    *("body", "question", "问题", "utterance", "description", "headline", "title", "标题"),
)
# What other columns are called: they tell that the first line is a heading.
OTHERS = frozenset(
    (
        *(
            "id",
            "label",
            "class",
            "category",
            "sentiment",
            "rating",
            "stars",
            "score",
            "date",
            "time",
            "user",
            "author",
        ),
        *("url", "link", "target", "编号", "序号", "标签", "类别", "情感", "评分", "日期", "时间", "用户", "链接"),
    )
)
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}  # and what each is called
DECLARED = re.compile(r"sep=([,;\t|])[,;\t|]*")  # the first line that Excel reads and writes
JOINED = re.compile(r"[a-z]+(?:[_.-][a-z]+)+")  # review_text
FIGURES = re.compile(r"[\d\s.,%:/+-]+")  # numbers, dates, times
MAX_COLUMNS = 500  # what has more is no table
HEADING_CHARS = 40  # that the name of a column has at most
csv.field_size_limit(limits.MAX_UPLOAD_BYTES)  # one setting for the process; the file is not larger

Row = TypeVar("Row")
Rows = list[tuple[int, list[str]]]  # the line of the file where a row begins, and its cells


@dataclass(frozen=True)
class Texts:
    """The texts of a file, the line on which each stands, and how the file was read.

    Args:
        delimiter: empty: each line is a text. columns: of the table. column: the one that was read, from 0.
        heading: its name; None: the first line is a text already.
    """

    name: str
    encoding: str
    texts: list[str]
    lines: list[int]
    table: bool = False
    delimiter: str = ""
    columns: int = 1
    column: int = 0
    heading: str | None = None

    def taken(self, language: Language) -> str:
        """How the file was read, in a sentence."""

        def say(key: str, **values: object) -> str:
            return STRINGS.say(key, language, name=self.name, encoding=self.encoding, **values)

        if not self.table:
            return say("taken_lines")
        heading = say("no_heading") if self.heading is None else say("heading", column=self.heading)
        if not self.delimiter:
            return say("taken_one", heading=heading)
        delimiter = Term(DELIMITERS[self.delimiter]).say(language)
        return say("taken_column", delimiter=delimiter, place=self.column + 1, count=self.columns, heading=heading)


def read(path: Path) -> Texts:
    """The texts of a TXT file (one a line) or of a CSV file (one column of it).

    Raises:
        InputError: not such a file, contradictory, no text in it.
        TooLargeError: the file, a text of it, or too many texts.
    """
    content = content_of(path)
    name = path.name
    texts = _table(name, content) if path.suffix.lower() == ".csv" else _lines(name, content)
    if not texts.texts:
        raise InputError("file_empty", name=name)
    check(texts.texts, texts.lines)
    return texts


def content_of(path: Path) -> Decoded:
    """What is written in a TXT or CSV file.

    Raises:
        InputError: not such a file.
        TooLargeError: it is over limits.MAX_UPLOAD_BYTES.
    """
    name = path.name
    if path.suffix.lower() not in (".csv", ".txt"):
        raise InputError("file_kind", name=name)
    try:
        data = path.read_bytes()
    except OSError:
        raise InputError("file_gone", name=name) from None
    if len(data) > limits.MAX_UPLOAD_BYTES:
        raise TooLargeError("file_bytes", found=len(data), allowed=limits.MAX_UPLOAD_BYTES)
    content = decoded(data)
    if content is None:
        raise InputError("file_binary", name=name)
    return content


def typed(content: str | None) -> list[str]:
    """The texts of a box, one a line. Raises TooLargeError: a text too long (with its line), too many texts."""
    numbered = _numbered(content or "")
    texts = [text for _, text in numbered]
    check(texts, [line for line, _ in numbered])
    return texts


def check(texts: Sequence[str], lines: Sequence[int]) -> None:
    """Raises TooLargeError for more than limits.MAX_BATCH_TEXTS, and for one over limits.MAX_TEXT_CHARS."""
    if len(texts) > limits.MAX_BATCH_TEXTS:
        raise TooLargeError("texts_many", found=len(texts), allowed=limits.MAX_BATCH_TEXTS)
    for line, text in zip(lines, texts, strict=True):
        if len(text) > limits.MAX_TEXT_CHARS:
            raise TooLargeError("line_long", line=line, found=len(text), allowed=limits.MAX_TEXT_CHARS)


def _numbered(content: str) -> list[tuple[int, str]]:
    """The lines that hold something, with their numbers from 1. Raises TooLargeError."""
    lines = enumerate(split_lines(content), 1)
    return _bounded((number, line.strip()) for number, line in lines if not is_blank(line))


def _bounded(rows: Iterable[Row]) -> list[Row]:
    """The rows, where they are no more than the texts of a request and a heading. Raises TooLargeError."""
    rows = iter(rows)
    kept = list(islice(rows, limits.MAX_BATCH_TEXTS + 1))
    more = sum(1 for _ in rows)
    if more:
        raise TooLargeError("texts_many", found=len(kept) + more, allowed=limits.MAX_BATCH_TEXTS)
    return kept


def _lines(name: str, content: Decoded) -> Texts:
    numbered = _numbered(content.text)
    return Texts(name, content.encoding, [text for _, text in numbered], [line for line, _ in numbered])


# --- tables -----------------------------------------------------------------------------------------------------------


def _table(name: str, content: Decoded) -> Texts:
    """The texts of a CSV file. Raises InputError where its lines contradict each other."""
    lines = split_lines(content.text)
    declared = DECLARED.fullmatch(lines[0].strip(" ")) if lines else None
    first = 1 if declared else 0
    if declared:
        delimiter: str = declared[1]
        rows = _rows(lines, delimiter, first)
        _rectangular(rows, delimiter)
    else:
        delimiter, rows = _parsed(lines)
    if not rows:
        return Texts(name, content.encoding, [], [], True)
    heading = _has_heading(rows)
    body = rows[1:] if heading else rows
    column = _column(rows[0][1] if heading else [], body, len(rows[0][1]))
    kept = [(line, cells[column].strip()) for line, cells in body if not is_blank(cells[column])]
    return Texts(
        name,
        content.encoding,
        [text for _, text in kept],
        [line for line, _ in kept],
        True,
        delimiter,
        len(rows[0][1]),
        column,
        rows[0][1][column].strip() if heading else None,
    )


def named(text: str, score: Callable[[Sequence[str]], int]) -> tuple[str, Rows]:
    """The delimiter and the rows of a table whose first line names its columns.

    Args:
        score: how many of the names are known; the delimiter is the one that makes it most.

    Raises InputError where its lines contradict each other, TooLargeError for too many.
    """
    lines = split_lines(text)
    while lines and is_blank(lines[-1]):
        lines.pop()
    declared = DECLARED.fullmatch(lines[0].strip(" ")) if lines else None
    first = 1 if declared else 0
    heading = [cell.strip() for cell in lines[first : first + 1]]
    delimiter = declared[1] if declared else max(DELIMITERS, key=lambda one: score(_cells(heading, one)))
    rows = _rows(lines, delimiter, first)
    _rectangular(rows, delimiter)
    return delimiter, rows


def _cells(heading: list[str], delimiter: str) -> list[str]:
    """The names of a first line."""
    return [cell.strip() for cells in csv.reader(heading, delimiter=delimiter) for cell in cells]


def _parsed(lines: list[str]) -> tuple[str, Rows]:
    """The delimiter ("": none, each line is a cell) and the rows. Raises InputError."""
    refusals: dict[str, InputError] = {}
    possible: dict[str, Rows] = {}
    for delimiter in DELIMITERS:
        if not any(delimiter in line for line in lines):
            continue
        try:
            rows = _rows(lines, delimiter)
            if rows and 1 < len(rows[0][1]) <= MAX_COLUMNS:
                possible[delimiter] = rows
                _rectangular(rows, delimiter)
        except TooLargeError:
            raise
        except InputError as refusal:
            refusals[delimiter] = refusal
    for delimiter in sorted(possible.keys() - refusals.keys(), key=lambda one: -len(possible[one][0][1])):
        if _is_table(possible[delimiter], delimiter, _is_quoted(lines, delimiter)):
            return delimiter, possible[delimiter]
    for delimiter, refused in refusals.items():
        if _is_broken_table(lines, possible.get(delimiter, []), delimiter):
            raise refused
    return "", _one_column(lines)


def _is_broken_table(lines: list[str], rows: Rows, delimiter: str) -> bool:
    """Whether lines are a table but for some: by the heading, by tabs, or since most of them are one."""
    cells = next((line for line in lines if line.strip()), "").split(delimiter)
    if len(cells) > 1 and (delimiter == "\t" or _is_heading(cells)):
        return True
    fitting = [(line, cells) for line, cells in rows if len(cells) == len(rows[0][1])]
    return len(fitting) > max(1, 0.8 * len(rows)) and _is_table(fitting, delimiter, _is_quoted(lines, delimiter))


def _is_quoted(lines: list[str], delimiter: str) -> bool:
    """Whether a quote stands beside a delimiter."""
    return any(f'"{delimiter}' in line or f'{delimiter}"' in line for line in lines)


def _rows(lines: list[str], delimiter: str, first: int = 0) -> Rows:
    """The rows that hold something. Raises InputError for a quote that is not closed, TooLargeError for too many."""
    reader = csv.reader((f"{line}\n" for line in lines[first:]), delimiter=delimiter, strict=True)
    start = first + 1

    def filled() -> Iterator[tuple[int, list[str]]]:
        nonlocal start
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start, cells
            start = first + reader.line_num + 1

    try:
        return _bounded(filled())
    except csv.Error:
        raise InputError("file_open_quote", line=start) from None


def _rectangular(rows: Rows, delimiter: str) -> None:
    """Cut off or fill up empty cells at the ends of rows, to the width of the first. Raises InputError."""
    first = rows[0][1] if rows else []
    filled = max((place for place, cell in enumerate(first, 1) if cell.strip()), default=0)
    unused = not any(cell.strip() for _, cells in rows for cell in cells[filled:])
    width = filled if unused else len(first)
    for line, cells in rows:
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            del cells[width:]
        if filled <= len(cells) < width:
            cells += [""] * (width - len(cells))
        if len(cells) != width:
            values = {"line": line, "found": len(cells), "wanted": width, "delimiter": Term(DELIMITERS[delimiter])}
            raise InputError("file_cells", **values)


def _one_column(lines: list[str]) -> Rows:
    """Each line is a text; one that is quoted as a whole loses its quotes, and may hold line ends."""
    if any(line.lstrip().startswith('"') for line in lines):
        try:
            rows = _rows(lines, "\0")  # a delimiter that no text has
        except TooLargeError:
            raise
        except InputError:
            rows = []
        if rows:
            return rows
    return [(number, [text]) for number, text in _numbered("\n".join(lines))]


def _is_table(rows: Rows, delimiter: str, quoted: bool) -> bool:
    """Whether lines of equal counts of a delimiter are a table, or sentences that happen to have as many commas."""
    if delimiter in "\t|" or quoted or _is_heading(rows[0][1]):
        return True
    body = rows[1:] or rows
    columns = list(zip(*(cells for _, cells in body), strict=True))
    repeated = [len(column) > 3 and len(set(column)) <= len(column) // 2 for column in columns]
    return any(repeated) or any(map(_is_code, columns))


def _is_heading(cells: Sequence[str]) -> bool:
    """Whether short cells, none of them a figure, are names of columns by the words that they use."""
    names = [cell.strip().strip('"').lower() for cell in cells]
    if any(not name or len(name) > HEADING_CHARS or _is_code([name]) for name in names):
        return False
    if any(name in NAMES or (len(names) > 1 and (name in OTHERS or _likely(name))) for name in names):
        return True
    return len(names) == 1 and _likely(names[0]) and "_" in names[0]


def _likely(name: str) -> bool:
    """Whether a longer name is one of a column of texts: review_text, 商品评论."""
    return _rank(name) < len(NAMES) and (JOINED.fullmatch(name) is not None or (name > "\x7f" and len(name) <= 6))


def _rank(name: str) -> int:
    """How likely a column of this name holds the texts, 0 the likeliest; len(NAMES): the name says nothing."""
    name = name.strip().lower()
    if name in NAMES:
        return NAMES.index(name)
    words = re.split(r"[\s_.-]+", name)
    ranks = [place for place, known in enumerate(NAMES) if known in words or (known > "\x7f" and name.endswith(known))]
    return min(ranks, default=len(NAMES))


def _is_code(column: Sequence[str]) -> bool:
    """Whether cells are figures, addresses or identifiers: no texts."""
    filled = [cell.strip() for cell in column if cell.strip()]
    return bool(filled) and all(_is_code_cell(cell) for cell in filled)


def _is_code_cell(cell: str) -> bool:
    if FIGURES.fullmatch(cell):
        return True
    if any(character.isspace() for character in cell) or not cell.isascii():
        return False
    return cell.lower().startswith(("http://", "https://", "www.")) or "@" in cell or any(map(str.isdigit, cell))


def _has_heading(rows: Rows) -> bool:
    """Whether the first row names the columns."""
    first, *others = rows
    if _is_heading(first[1]):
        return True
    names = [cell.strip() for cell in first[1]]
    if any(not name or len(name) > HEADING_CHARS for name in names):
        return False
    # A column of figures or addresses that begins with a word.
    columns = [[cells[place] for _, cells in others] for place in range(len(names))]
    return any(_is_code(column) and not _is_code([name]) for name, column in zip(names, columns, strict=True))


def _column(heading: Sequence[str], body: Rows, width: int) -> int:
    """The column of the texts: the one whose name says so, else the one with the longest cells that are no codes.

    Raises InputError where two have the name.
    """
    ranks = [_rank(name) for name in heading]
    if ranks and min(ranks) < len(NAMES):
        best = ranks.index(min(ranks))
        names = [name.strip().lower() for name in heading]
        if names.count(names[best]) > 1:
            raise InputError("file_twice", column=heading[best].strip())
        return best
    columns = list(zip(*(cells for _, cells in body), strict=True)) or [()] * width
    lengths = [(not _is_code(column), sum(map(len, column))) for column in columns]
    return lengths.index(max(lengths))


# --- files for the visitor --------------------------------------------------------------------------------------------


def safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.lstrip().startswith(
        ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    ):
        return f"'{cell}"
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("\t", "\r", "\n") else cell


def to_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file as text, its cells safe for spreadsheets."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([safe(cell) for cell in headers])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return made.getvalue()


# In the browser: hand a text to the visitor as a file. Nothing is written on the server.
DOWNLOAD = scripts.text("download")


def download(name: str) -> str:
    """The same, the file called NAME."""
    return DOWNLOAD.replace("predictions.csv", name)
