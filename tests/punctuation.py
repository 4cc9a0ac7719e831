"""Chinese strings have full-width punctuation: finds what has not, and mends it.

python tests/punctuation.py FILE.py …          lists the strings that would change
python tests/punctuation.py --write FILE.py …  changes them in place
"""

from __future__ import annotations

import argparse
import io
import re
import tokenize
from itertools import accumulate
from pathlib import Path

HAN = "\u3400-\u9fff"
WIDE = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef\u201c\u201d\u2018\u2019\u2026\u2014]")
MARKS = {",": "\uff0c", ":": "\uff1a", ";": "\uff1b", "?": "\uff1f", "!": "\uff01"}
OPEN, CLOSE = "\uff08", "\uff09"
# Formulas, fields to be filled in, code, tags and addresses keep theirs.
KEPT = re.compile(
    r"\$\$.*?\$\$|\$[^$]*\$|\{[^{}]*\}|<[^<>]*>|`[^`]*`|https?://[\w./-]+|&[a-z]+;|\\u[0-9a-f]{4}|TL;DR:?", re.DOTALL
)
HELD = "\ue000"


def mended(text: str) -> str:
    """The same text with full-width punctuation, where it has a Chinese character; other texts as they are."""
    if not re.search(f"[{HAN}]", text):
        return text
    held = KEPT.findall(text)
    text = KEPT.sub(HELD, text)
    text = re.sub(r"\(([^()]*)\)", _brackets, text)
    text = re.sub(f"(?<=[{HAN}])\\((?=[^()]*$)", OPEN, text)  # the other half may be in the next literal
    text = re.sub(f"^([^()]*[{HAN}\u3002][^()]*)\\)", f"\\1{CLOSE}", text)
    text = "".join(_mark(text, place) for place in range(len(text)))
    text = re.sub(f"([{''.join(MARKS.values())}]) +", r"\1", text)
    rest = iter(held)
    return re.sub(HELD, lambda _: next(rest), text)


def _brackets(found: re.Match[str]) -> str:
    before = found.string[: found.start()][-1:]
    wide = re.search(f"[{HAN}]", found[1]) or WIDE.match(before) or before == HELD
    return f"{OPEN}{found[1]}{CLOSE}" if wide else found[0]


def _mark(text: str, place: int) -> str:
    mark, before, after = text[place], text[:place][-1:], text[place + 1 : place + 2]
    if mark not in MARKS or (before.isdigit() and after.isdigit()):
        return mark
    if WIDE.match(before) or WIDE.match(after):
        return MARKS[mark]
    if before == HELD and after == HELD:
        return MARKS[mark]
    return MARKS[mark] if mark in ",;:" and before.strip() and after.strip() and after not in "\\/=" else mark


def found(file: Path) -> list[tuple[int, int, str]]:
    """(start, end, new) of every string literal that would change. An English sentence may quote Chinese."""
    source = file.read_text(encoding="utf-8")
    starts = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
    changes = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING and mostly_chinese(token.string) and mended(token.string) != token.string:
            begin, end = (starts[row - 1] + column for row, column in (token.start, token.end))
            changes.append((begin, end, mended(token.string)))
    return changes


def mostly_chinese(text: str) -> bool:
    """Whether a text is Chinese with foreign names in it, and not English that quotes Chinese."""
    plain = KEPT.sub("", text)
    quoted = re.sub("\u201c[^\u201d]*\u201d", "", plain)
    return len(re.findall(f"[{HAN}]", quoted)) * 4 > len(re.findall(r"[A-Za-z]+", quoted))


def main() -> None:
    parser = argparse.ArgumentParser(description="full-width punctuation in Chinese strings")
    parser.add_argument("--write", action="store_true", help="change the files")
    parser.add_argument("files", nargs="+", type=Path)
    asked = parser.parse_args()
    for file in asked.files:
        source = file.read_text(encoding="utf-8")
        for begin, end, new in reversed(found(file)):
            print(f"{file}: {new}")
            source = source[:begin] + new + source[end:]
        if asked.write:
            file.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    main()
