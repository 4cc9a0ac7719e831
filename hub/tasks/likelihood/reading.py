"""What is typed or sent: numbers, labels, rows, text. Nothing is guessed: what could be read in two ways is refused."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from hub import limits
from hub.errors import InputError, Term, TooLargeError
from hub.text import split_lines

SEPARATORS = re.compile("[\\s,;\uff0c\uff1b\u3001|]+")  # full-width commas and semicolons too
DECIMAL = re.compile(r"[+-]?\d+,\d+")  # a number where commas are decimal, elsewhere two


def _unambiguous(data: object, columns: bool = False) -> None:
    """Raises InputError where commas of typed numbers may be decimal: "1,5 2,5", "1,5; 2,5", "1,5, 2,5".

    Args:
        columns: the numbers stand in columns, where "1,5" is a whole line.
    """
    if not isinstance(data, str):
        return
    lines = [line.strip() for line in split_lines(data) if line.strip()]
    doubtful = [DECIMAL.fullmatch(line) for line in lines] if len(lines) > 1 and not columns else [None]
    for line in lines:
        apart = [DECIMAL.fullmatch(piece) for piece in re.split(r"\s*[;；|]\s*|(?<![,，\s])\s+", line)]
        listed = [DECIMAL.fullmatch(piece) for piece in re.split(r"[,，]\s+", line)]
        found = next(filter(None, apart), None) if len(apart) > 1 else None
        found = found or (listed[0] if len(listed) > 1 and all(listed) else None)
        found = found or (doubtful[0] if all(doubtful) else None)
        if found:
            raise InputError("data_comma", found=found[0][:40])


def number(value: object, place: int) -> float:
    """One finite number of a size that float64 can square. Raises InputError with its place, from 1."""
    if isinstance(value, str):
        typed = value
        try:
            value = float(typed)
        except ValueError:
            raise InputError("data_number", place=place, found=repr(typed[:40])) from None
    if isinstance(value, bool):
        value = int(value)
    if not isinstance(value, (int, float, np.integer, np.floating)):
        raise InputError("data_number", place=place, found=repr(value)[:40])
    if isinstance(value, int) and abs(value) > 10**15:  # may be too large for a float
        raise InputError("data_huge", place=place, found=Term("many_digits"), allowed=f"{limits.MAX_LAB_SIZE:g}")
    made = float(value)
    if not math.isfinite(made):
        raise InputError("data_finite", place=place, found=made)
    if abs(made) > limits.MAX_LAB_SIZE:
        raise InputError("data_huge", place=place, found=f"{made:g}", allowed=f"{limits.MAX_LAB_SIZE:g}")
    return made


def _pieces(data: object, wanted: Term) -> list[Any]:
    if isinstance(data, str):
        if len(data) > limits.MAX_LAB_CHARS:
            raise TooLargeError("data_characters", found=f"{len(data):,}", allowed=f"{limits.MAX_LAB_CHARS:,}")
        return [piece for piece in SEPARATORS.split(data) if piece]
    if isinstance(data, np.ndarray):
        data = data.tolist()
    if not isinstance(data, (list, tuple)):
        raise InputError("data_type", wanted=wanted, found=type(data).__name__)
    return list(data)


def _counted(pieces: Sequence[Any]) -> None:
    if not pieces:
        raise InputError("data_empty")
    if len(pieces) > limits.MAX_LAB_SAMPLES:
        raise TooLargeError("data_samples", found=f"{len(pieces):,}", allowed=f"{limits.MAX_LAB_SAMPLES:,}")


def read_numbers(family: str, data: object) -> np.ndarray:
    """Samples of a family over numbers, from a list or from what was typed: float64 (N).

    Raises:
        InputError: no data, not a number, not finite, or outside what the family can produce.
        TooLargeError: more than limits.MAX_LAB_SAMPLES.
    """
    pieces = _pieces(data, Term("list_of_numbers"))
    _unambiguous(data)
    _counted(pieces)
    made = np.array([number(piece, place) for place, piece in enumerate(pieces, 1)])
    wrong, code = {
        "bernoulli": ((made != 0) & (made != 1), "data_binary"),
        "poisson": ((made < 0) | (made != np.floor(made)), "data_count"),
        "exponential": (made < 0, "data_negative"),
    }.get(family, (np.zeros(len(made), bool), ""))
    if wrong.any():
        place = int(wrong.argmax())
        raise InputError(code, place=place + 1, found=f"{made[place]:g}")
    if family == "mixture" and len(made) < 2:
        raise InputError("data_few", found=len(made), allowed=2)
    return made


def read_labels(data: object) -> Counter[str]:
    """How often each category was seen, in the order in which they come. Raises InputError."""
    pieces = _pieces(data, Term("list_of_labels"))
    _counted(pieces)
    for place, piece in enumerate(pieces, 1):
        if not isinstance(piece, (str, int, float)):
            raise InputError("data_number", place=place, found=repr(piece)[:40])
    found = Counter(str(piece)[:40] for piece in pieces)
    if len(found) > limits.MAX_LAB_CATEGORIES:
        raise TooLargeError("data_categories", found=f"{len(found):,}", allowed=f"{limits.MAX_LAB_CATEGORIES:,}")
    return found


def read_rows(data: object, width: int, classes: bool) -> np.ndarray:
    """Rows of numbers, from a list of lists or from lines: float64 (N, width).

    Args:
        classes: the last column is a class, 0 or 1.
    """
    if isinstance(data, str):
        _pieces(data, Term("list_of_rows"))  # only its length
        _unambiguous(data, columns=True)
        data = [SEPARATORS.split(line.strip()) for line in split_lines(data) if line.strip()]
    rows = _pieces(data, Term("list_of_rows"))
    _counted(rows)
    made = []
    for place, row in enumerate(rows, 1):
        if not isinstance(row, (list, tuple)):
            raise InputError("data_type", wanted=Term("list_of_rows"), found=Term("list_of", kind=type(row).__name__))
        cells = [cell for cell in row if cell != ""]
        if len(cells) != width:
            raise InputError("data_width", place=place, found=len(cells), wanted=width)
        made.append([number(cell, place) for cell in cells])
        if classes and made[-1][-1] not in (0, 1):
            raise InputError("data_class", place=place, found=f"{made[-1][-1]:g}")
    return np.array(made)


def columns(data: object) -> int:
    """Columns of the first row, at least one x and the class, at most limits.MAX_LAB_COLUMNS."""
    if isinstance(data, str):
        first: Any = SEPARATORS.split(next((line for line in split_lines(data) if line.strip()), "").strip())
    else:
        first = data[0] if isinstance(data, (list, tuple)) and data else ()
    return min(max(2, len(first) if isinstance(first, (list, tuple)) else 2), limits.MAX_LAB_COLUMNS)


def read_text(data: object) -> str:
    """A text, or lines of one, of at most limits.MAX_TEXT_CHARS characters. Raises InputError."""
    if isinstance(data, (list, tuple)):
        wrong = [type(line).__name__ for line in data if not isinstance(line, str)]
        if wrong:
            raise InputError("data_type", wanted=Term("a_text"), found=Term("list_with", kind=wrong[0]))
        data = "\n".join(data)
    if not isinstance(data, str):
        raise InputError("data_type", wanted=Term("a_text"), found=type(data).__name__)
    if len(data) > limits.MAX_TEXT_CHARS:
        raise TooLargeError("data_characters", found=f"{len(data):,}", allowed=f"{limits.MAX_TEXT_CHARS:,}")
    if not data.strip():
        raise InputError("data_empty")
    return data.encode("utf-8", "replace").decode()
