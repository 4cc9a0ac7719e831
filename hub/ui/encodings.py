"""Bytes of a visitor's file as text, and the encoding that was taken.

A byte order mark is final, and so is valid UTF-8. What is neither is one of the few encodings in which programs still
save text: Windows-1252 (Western), GB 18030 and Big5 (Chinese), UTF-16 without a mark. All of them accept nearly any
bytes, so each is judged by what it would make of them: Windows-1252 has single high bytes among ASCII letters, the
Chinese encodings put their frequent characters into ranges of their own.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
TITLES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "gb18030": "GB 18030",
    "big5hkscs": "Big5",
}
SAMPLE = 20_000  # bytes, and characters, that are judged
SURE = 0.6  # share of the characters that are frequent ones, from which on an encoding is taken
CONTROLS = re.compile("[\0-\x08\x0e-\x1f\x7f]")
HIGH = re.compile(rb"[\x80-\xff]+")
NEVER = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # no character of Windows-1252
RARE = re.compile(rb"[\xa4-\xa6\xa8\xac\xad\xaf\xb6\xb8\xb9]")  # symbols that hardly a text has, ¦ and ¬ among them


@dataclass(frozen=True)
class Decoded:
    """A file's text, without a byte order mark, and the title of its encoding."""

    text: str
    encoding: str


def decoded(data: bytes) -> Decoded | None:
    """Bytes as text; None for what is no text, or in none of the encodings."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return _tried(data.removeprefix(mark), encoding)
    sample = data[:SAMPLE]
    if sample.count(0) > len(sample) // 5:  # every other byte of plain English in UTF-16 is zero
        return _tried(data, _utf16(sample))
    found = _tried(data, "utf-8")
    if found is not None:
        return found
    if 0 in sample:  # a space, a line end: in UTF-16 alone it has a zero
        return _tried(data, _utf16(sample))
    if _western(sample) and not NEVER.search(data):
        return _tried(data, "cp1252")
    best, encoding = max((_share(data, name), name) for name in ("big5hkscs", "gb18030"))
    return _tried(data, encoding) if best >= SURE else None


def _utf16(sample: bytes) -> str:
    """Which byte of a pair is the zero of an ASCII character."""
    return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"


def _tried(data: bytes, encoding: str) -> Decoded | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    # A picture has control characters in plenty; a text from a terminal or a database may have a few.
    controls = len(CONTROLS.findall(text))
    return Decoded(text, TITLES[encoding]) if controls <= 3 + len(text) // 500 else None


def _western(sample: bytes) -> bool:
    """Whether high bytes stand alone, as accents and typographic quotes do; in Chinese two and more are together."""
    runs = [len(run) for run in HIGH.findall(sample)]
    return sum(runs) < 1.5 * len(runs) and not RARE.search(sample)


def _share(data: bytes, encoding: str) -> float:
    """The share of frequent Chinese characters and punctuation among those that are not ASCII; 0: not this encoding."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    characters = [character for character in text[:SAMPLE] if character > "\x7f"]
    return sum(_frequent(character, encoding) for character in characters) / max(1, len(characters))


def _frequent(character: str, encoding: str) -> bool:
    # Both sort what is frequent before what is rare: the first byte tells.
    first, *rest = character.encode(encoding)
    if len(rest) != 1:
        return False
    if encoding == "gb18030":
        return (0xB0 <= first <= 0xD7 or 0xA1 <= first <= 0xA3) and rest[0] >= 0xA1
    return 0xA1 <= first <= 0xC6
