"""Whether a text goes in circles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

SIZE = 3  # items in a row
MOST = 4  # times that they may occur


def most_repeated(items: Sequence[Hashable], size: int = SIZE) -> int:
    """How often the most frequent sequence of so many items occurs; of tokens, or of words. 0: there is none."""
    runs = Counter(tuple(items[place : place + size]) for place in range(len(items) - size + 1))
    return max(runs.values(), default=0)
