"""What a visitor has changed in lines that the page came with: small enough for an address, where the lines are not."""

from __future__ import annotations

import zlib
from difflib import SequenceMatcher

# In front of "start,stop" of what is replaced, and of each line that stands there instead: a new one, or the number of
# one of the base that has moved.
MARK, NEW, MOVED = "~", "+", "="


def written(base: str, text: str) -> str:
    """How `text` differs from `base`, line by line; "" where it does not.

    The first line is a checksum of the base: on a page that comes with other lines the edits would say something else.
    """
    before, after = base.split("\n"), text.split("\n")
    if before == after:
        return ""
    parts = [_checksum(base)]
    known = {line: place for place, line in enumerate(before) if line}
    for tag, start, stop, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            parts.append(f"{MARK}{start},{stop}")
            parts += [f"{MOVED}{known[line]}" if line in known else NEW + line for line in after[first:last]]
    return "\n".join(parts)


def applied(base: str, edits: str) -> str:
    """The text of which `written` made the edits. Raises ValueError for what it has not made, or not of this base."""
    checksum, *rest = edits.split("\n")
    if checksum != _checksum(base):
        raise ValueError("made for other lines")
    before = base.split("\n")
    made: list[str] = []
    done = 0  # lines of the base
    for line in rest:
        if line.startswith(NEW):
            made.append(line[len(NEW) :])
            continue
        if line.startswith(MOVED):
            place = int(line[len(MOVED) :])
            if not 0 <= place < len(before):
                raise ValueError(line)
            made.append(before[place])
            continue
        start, stop = (int(number) for number in line.removeprefix(MARK).split(","))
        if not (line.startswith(MARK) and done <= start <= stop <= len(before)):
            raise ValueError(line)
        made += before[done:start]
        done = stop
    return "\n".join(made + before[done:])


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"
