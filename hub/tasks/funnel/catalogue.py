"""What a shop's funnel chooses from: titles, prices, kinds, and how alike two items are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.card import Funnel
from hub.errors import InputError, TooLargeError
from hub.session import Session
from hub.stored import Stored

TASK = "funnel"
CATALOGUE_FILE = "catalogue.npz"


@dataclass(frozen=True, eq=False)  # one is read once: it is itself alone
class Catalogue:
    """All items, by their number.

    Args:
        prices: float32 (items,). kinds: int64 (items,), of kind_names. vectors: float32 (items, size), of length 1.
        buyers: int64 (items,), ever. recent: int64 (items,), in the last four weeks.
    """

    titles: tuple[str, ...]
    prices: np.ndarray
    kinds: np.ndarray
    kind_names: tuple[str, ...]
    vectors: np.ndarray
    buyers: np.ndarray
    recent: np.ndarray

    def __len__(self) -> int:
        return len(self.titles)

    def find(self, text: str, count: int = 20, kind: int | None = None) -> list[int]:
        """Items whose title has all these words or beginnings of words, those with the most buyers first."""
        words = re.findall(r"\w+", text.lower())
        found = [
            item
            for item in np.argsort(-self.buyers, kind="stable").tolist()
            if (kind is None or self.kinds[item] == kind)
            and all(re.search(rf"\b{re.escape(word)}", self.titles[item].lower()) for word in words)
        ]
        return found[:count]

    def similarity(self, items: np.ndarray) -> np.ndarray:
        """Cosines of some items: float32 (items, items), at least 0."""
        some = self.vectors[items]
        return np.asarray(np.maximum(some @ some.T, 0))


@dataclass(frozen=True)
class Shop:
    """A funnel that can be run: what its card says, what it chooses from, and the session of each graph by its name."""

    funnel: Funnel
    catalogue: Catalogue
    session: Callable[[str], Session]


def shop_of(bundle: Bundle) -> Shop:
    """The funnel of a bundle; its catalogue is read when first asked for. Raises BundleError."""
    assert bundle.card.funnel is not None  # a card of this task has it
    return Shop(bundle.card.funnel, _catalogue(bundle), bundle.session)


def read(path: Path) -> Catalogue:
    """The catalogue in a file."""
    with np.load(path, allow_pickle=False) as stored:
        return Catalogue(
            tuple(stored["titles"].tolist()),
            stored["prices"].astype(np.float32),
            stored["kinds"].astype(np.int64),
            tuple(stored["kind_names"].tolist()),
            stored["vectors"].astype(np.float32),
            stored["buyers"].astype(np.int64),
            stored["recent"].astype(np.int64),
        )


_catalogue = Stored(CATALOGUE_FILE, read)


def check_items(count: int, items: object) -> tuple[list[int], list[int]]:
    """The items that are known, each once where it stands last, and the numbers that name none.

    Args: count: how many items there are.

    Raises InputError for what is no list of whole numbers, TooLargeError where there are too many.
    """
    if not isinstance(items, (list, tuple)) or any(isinstance(one, bool) or not isinstance(one, int) for one in items):
        raise InputError("items_type", found=str(items)[:40])
    if len(items) > limits.MAX_TAKEN:
        raise TooLargeError("items_many", found=len(items), allowed=limits.MAX_TAKEN)
    known = [one for one in items if 0 <= one < count]
    newest = list(dict.fromkeys(reversed(known)))[::-1]
    return newest, sorted({one for one in items if not 0 <= one < count})


def titled(catalogue: Catalogue, items: Sequence[int]) -> list[str]:
    """Their titles."""
    return [catalogue.titles[item] for item in items]
