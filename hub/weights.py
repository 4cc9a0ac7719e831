"""Where a graph keeps its weights: the files beside it that an ONNX file names. Read without the onnx package."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

# What of a message is read, by the numbers of its fields in onnx.proto: field -> the message that it holds.
FIELDS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse tensor"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse tensor", 23: "sparse tensor"},
    "sparse tensor": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
    "entry": {1: "key", 2: "value"},
}
KEY = b"location"
MAX_DEPTH = 32  # of messages within messages


def locations(file: Path) -> list[str]:
    """The names of the files that the graph reads weights from, as it writes them, each once.

    Raises ValueError where the file is not an ONNX file, OSError where it cannot be read.
    """
    with file.open("rb") as stream:
        if not stream.seek(0, 2):
            return []
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if content.find(KEY) < 0:  # most graphs carry their weights with them
                return []
            found: dict[str, None] = {}
            _read(content, 0, len(content), "model", found, 0)
            return list(found)


def _read(content: mmap.mmap, at: int, end: int, kind: str, found: dict[str, None], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("messages lie too deep in each other")
    known, entry = FIELDS[kind], {}
    for field, start, stop in _fields(content, at, end):
        inner = known.get(field)
        if inner in ("key", "value"):
            entry[inner] = content[start:stop]
        elif inner:
            _read(content, start, stop, inner, found, depth + 1)
    if entry.get("key") == KEY:
        found[entry.get("value", b"").decode("utf-8", "replace")] = None


def _fields(content: mmap.mmap, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Field number, begin and end of what has a length; the others are passed over."""
    while at < end:
        tag, at = _number(content, at, end)
        kind = tag & 7
        if kind == 0:
            _, at = _number(content, at, end)
        elif kind == 2:
            length, at = _number(content, at, end)
            if length > end - at:
                raise ValueError("a message ends behind the file")
            yield tag >> 3, at, at + length
            at += length
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise ValueError(f"a field of the unknown kind {kind}")


def _number(content: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    """A number in seven bits a byte, and where it ends."""
    value = shift = 0
    while at < end and shift < 70:
        byte = content[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError("a number does not end")
