"""Texts from a visitor's file, and a CSV file for the visitor. Files are read as data and removed."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from hub import limits
from hub.errors import InputError, TooLargeError
from hub.ui.strings import Language, Strings

STRINGS = Strings(
    "files",
    {
        "kind": (
            "{name} is not a .csv or .txt file: save the texts as one of these and upload again.",
            "{name} 不是 .csv 或 .txt 文件：请另存为这两种格式之一后重新上传。",
        ),
        "bytes": (
            "The file has {found:,} bytes; at most {allowed:,} are allowed: split it.",
            "文件有 {found:,} 字节，最多允许 {allowed:,} 字节：请拆分后再上传。",
        ),
        "binary": (
            "{name} is not a text file: export it as CSV or plain text (UTF-8) and upload again.",
            "{name} 不是文本文件：请导出为 CSV 或纯文本（UTF-8）后重新上传。",
        ),
        "none": ("There is no text in {name}.", "{name} 里没有文本。"),
        "rows": (
            "{found:,} texts; at most {allowed:,} are allowed at once: split them.",
            "共有 {found:,} 条文本，一次最多 {allowed:,} 条：请分批处理。",
        ),
        "csv": ("{name} cannot be read as CSV: {reason}.", "{name} 无法按 CSV 读取：{reason}。"),
    },
)
COLUMNS = {"text", "sentence", "review", "content", "title", "headline", "question", "comment"} | {
    *("文本", "内容", "评论", "标题", "句子", "问题")
}


def read_texts(path: Path, language: Language = "en") -> list[str]:
    """The texts of a TXT file (one a line) or a CSV file (the column named text, else the one with the longest cells).

    Raises InputError, with a message in the language: not such a file, too large, too many rows, no text in it.
    """

    def fail(key: str, kind: type[InputError] = InputError, **values: object) -> InputError:
        return kind(STRINGS.say(key, language, name=path.name, **values))

    if path.suffix.lower() not in (".csv", ".txt"):
        raise fail("kind")
    size = path.stat().st_size
    if size > limits.MAX_UPLOAD_BYTES:
        raise fail("bytes", TooLargeError, found=size, allowed=limits.MAX_UPLOAD_BYTES)
    content = decoded(path.read_bytes())
    if content is None:
        raise fail("binary")
    try:
        found = _column(content) if path.suffix.lower() == ".csv" else content.splitlines()
    except csv.Error as error:
        raise fail("csv", reason=error) from None
    texts = [text.strip() for text in found if text.strip()]
    if not texts:
        raise fail("none")
    check_rows(texts, language)
    return texts


def check_rows(texts: Sequence[str], language: Language) -> None:
    """Raises TooLargeError for more than limits.MAX_BATCH_TEXTS."""
    if len(texts) > limits.MAX_BATCH_TEXTS:
        raise TooLargeError(STRINGS.say("rows", language, found=len(texts), allowed=limits.MAX_BATCH_TEXTS))


def decoded(data: bytes) -> str | None:
    """Bytes as text: UTF-8, GB 18030 or UTF-16, with or without a byte order mark; None for what is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[:4000].count(0) > len(data[:4000]) // 5:  # every other byte of plain English in UTF-16 is zero
        encodings = ["utf-16-be", "utf-16-le"] if data.startswith(b"\0") else ["utf-16-le", "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "gb18030", "utf-16-le"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # A picture may decode by chance, but not without control characters or code points that nobody has assigned.
        strange = sum(unicodedata.category(mark) in ("Cc", "Co", "Cn") and mark not in "\t\n\r\f\v" for mark in text)
        if strange <= len(text) // 500:
            return text
    return None


def _column(content: str) -> list[str]:
    delimiter = max(",;\t", key=content.partition("\n")[0].count)
    rows = [row for row in csv.reader(io.StringIO(content), delimiter=delimiter) if row]
    if not rows:
        return []
    header = [cell.strip().lower() for cell in rows[0]]
    for position, name in enumerate(header):
        if name in COLUMNS:
            return [row[position] for row in rows[1:] if len(row) > position]
    width = max(map(len, rows))
    totals = [sum(len(row[position]) for row in rows if len(row) > position) for position in range(width)]
    longest = totals.index(max(totals))
    return [row[longest] for row in rows if len(row) > longest]


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
DOWNLOAD = """(content) => {
    if (!content) return [];
    const blob = new Blob(["\\ufeff" + content], {type: "text/csv;charset=utf-8"});
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob); link.download = "predictions.csv";
    document.body.append(link); link.click(); link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    return [];
}"""
