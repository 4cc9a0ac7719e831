"""What recall costs as the shop grows: the figures that `python -m bench growth` measured and wrote, drawn."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

import pydantic

from hub.demos.recommender import figures
from hub.demos.recommender.strings import STRINGS
from hub.ui import html
from hub.ui.pictures import Picture
from hub.ui.strings import Language

FILE = Path(__file__).with_name("growth.json")
COMMAND = "python -m bench growth"
Way = Literal["exact", "hnsw"]
WAYS: tuple[Way, ...] = ("exact", "hnsw")


class Size(pydantic.BaseModel, frozen=True):
    """So many items, one way to find the nearest.

    Args:
        ms: of one question, median. mib: of what is kept in memory. recall: share of the true nearest that are found.
        build_s: seconds to make the index.
    """

    way: Way
    items: int
    ms: float
    mib: float
    recall: float
    build_s: float


class Growth(pydantic.BaseModel, frozen=True):
    """The whole file. nearest: how many are asked for. machine: what it was measured on, in words."""

    machine: str
    versions: dict[str, str]
    dimensions: int
    nearest: int
    rows: tuple[Size, ...]

    def of(self, way: Way) -> list[Size]:
        """The rows of one way, the smallest first."""
        return sorted((row for row in self.rows if row.way == way), key=lambda row: row.items)


def read(file: Path) -> Growth | None:
    """None where the file is missing or is none of ours."""
    try:
        found = Growth.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # pydantic's ValidationError is a ValueError, and so is bad UTF-8
        return None
    sizes = [[row.items for row in found.of(way)] for way in WAYS]
    return found if sizes[0] and sizes[0] == sizes[1] else None


def drawn(growth: Growth, language: Language) -> Picture:
    """Milliseconds over items, a line for each way."""
    say = partial(STRINGS.say, language=language)
    sides = [(say(f"way_{way}"), [(row.items, row.ms) for row in growth.of(way)]) for way in WAYS]
    return figures.lines(sides, say("growth_items"), say("growth_ms"))


def told(growth: Growth | None, language: Language) -> str:
    """In words: what is taken here and why, where the other begins to win, and what measured it."""
    say = partial(STRINGS.say, language=language)
    if growth is None:
        return html.note(say("growth_missing", command=COMMAND), "notice")
    exact, near = growth.of("exact"), growth.of("hnsw")
    here, there = exact[0], near[0]
    key = "growth_here" if here.ms <= there.ms else "growth_there"
    words = [
        say(key, items=here.items, exact=here.ms, hnsw=there.ms),
        say("growth_large", items=exact[-1].items, exact=exact[-1].ms, hnsw=near[-1].ms, recall=100 * near[-1].recall),
        say("growth_how", command=COMMAND, machine=growth.machine, dimensions=growth.dimensions,
            nearest=growth.nearest),
    ]  # fmt: skip
    return html.note(" ".join(words) if language == "en" else "".join(words), "notice")


def table(growth: Growth, language: Language) -> str:
    """A row for each size and way."""
    say = partial(STRINGS.say, language=language)
    pairs = zip(growth.of("exact"), growth.of("hnsw"), strict=True)
    rows: list[list[html.Cell]] = [
        [f"{one.items:,}", f"{one.ms:.2f}", f"{two.ms:.2f}", f"{100 * two.recall:.1f}", f"{one.mib:,.1f}",
         f"{two.mib:,.1f}", f"{two.build_s:,.1f}"]
        for one, two in pairs
    ]  # fmt: skip
    keys = ("growth_items", "exact_ms", "hnsw_ms", "hnsw_recall", "exact_mib", "hnsw_mib", "hnsw_build")
    return html.table([say(key) for key in keys], rows, say("growth_table"), range(7), stacked=True)
