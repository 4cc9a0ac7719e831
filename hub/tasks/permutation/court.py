"""Has anybody looked? Every token is exchanged in turn, and what changes is held against what may be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hub import limits
from hub import orders as asking
from hub.bundle import Bundle
from hub.orders import Question, mask_of
from hub.tasks.permutation.ask import LOGITS, Sentence, orders_of, sentence
from hub.tasks.permutation.predict import check_asked, check_order

Mistake = Literal["none", "first", "masks", "one_stream"]
MISTAKES: tuple[Mistake, ...] = get_args(Mistake)


@dataclass(frozen=True)
class Verdict:
    """What was found of each pair. Rows are targets in their order, columns all words, by their places."""

    sentence: Sentence
    targets: tuple[int, ...]
    allowed: np.ndarray  # bool (targets, words): the order lets it be seen
    moved: np.ndarray  # float64 (targets, words): the largest change of a logit when that word is exchanged

    @property
    def leaks(self) -> np.ndarray:
        """bool (targets, words): what may not be seen, and is."""
        found: np.ndarray = ~self.allowed & (self.moved > 0)
        return found

    @property
    def blind(self) -> np.ndarray:
        """bool (targets, words): what may be seen, and is not."""
        found: np.ndarray = self.allowed & (self.moved == 0)
        return found


def court(
    bundle: Bundle,
    text: object,
    order: Sequence[int] | None = None,
    asked: int | None = None,
    mistake: Mistake = "none",
    *,
    variant: str = "",
) -> Verdict:
    """Try a model in an order.

    Args:
        mistake: "first": nothing is always visible, and forbidden scores are lowered alike, so that who may see nothing
            sees everything (the released code, and transformers). "masks": the mask token stands at the targets in the
            content stream (transformers' collator). "one_stream": a target is read where it stands itself.

    Raises what `predict` raises.
    """
    read = sentence(bundle, text, limits.MAX_COURT_TOKENS)
    places = check_order(order, len(read.words))
    count = check_asked(asked, len(read.words))
    targets = places[len(places) - count :]
    hidden = mask_of(len(read.ids), places, count)
    others = exchanged(bundle, read)
    rows = [read.ids, *(read.changed(place, others[place]) for place in read.places)]
    allowed = hidden[np.ix_(targets, read.places)] == 0
    used, asked_at, ids = hidden, targets, np.stack(rows)
    if mistake == "first":
        inner = slice(1, -1)
        used, ids = hidden[inner, inner] / 2, ids[:, inner]
        asked_at = tuple(place - 1 for place in targets)
    elif mistake == "masks":
        ids[:, list(targets)] = orders_of(bundle).mask_id
    elif mistake == "one_stream":
        used = asking.content_mask(hidden)
    found = _logits(bundle, ids, used, asked_at, first=mistake == "first", variant=variant)
    moved = np.abs(found[1:].astype(np.float64) - found[0]).max(2).T
    return Verdict(read, targets, allowed, moved)


def exchanged(bundle: Bundle, read: Sentence) -> dict[int, int]:
    """Place -> another token for it: that of a neighbour in the sentence which differs, else the one after it."""
    size = len(read.ids)
    found = {}
    for place in read.places:
        own = int(read.ids[place])
        others = (int(read.ids[(place + step) % size]) for step in range(1, size))
        found[place] = next(other for other in others if other != own)
    return found


def _logits(
    bundle: Bundle, ids: np.ndarray, hidden: np.ndarray, targets: tuple[int, ...], *, first: bool, variant: str
) -> np.ndarray:
    """float32 (rows, targets, vocabulary), all rows in one call."""
    orders = orders_of(bundle)
    types = np.zeros(ids.shape[1], np.int64) if first else None
    session = bundle.session(variant)
    names = [name for name in asking.INPUTS if name in session.inputs]
    questions = [Question(row, hidden, targets, types) for row in ids]
    (logits,) = session.run(session.cast(asking.feeds(questions, orders, names)), [LOGITS])
    found: np.ndarray = logits
    return found
