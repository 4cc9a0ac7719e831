"""Texts of several parts: relative segments know only whether two tokens are of one part (section 2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.errors import InputError, TooLargeError
from hub.orders import Question
from hub.tasks.permutation.ask import Sentence, orders_of, sentence
from hub.tasks.permutation.memory import asked, losses

PARTS = 2, 4


@dataclass(frozen=True)
class Numbering:
    """One way to number the parts."""

    parts: tuple[int, ...]  # the number of each
    losses: np.ndarray  # -log p of each token, float64 (words), nats


@dataclass(frozen=True)
class Segmented:
    """A text of several parts, read under several numberings."""

    tokens: tuple[str, ...]  # [CLS] A [SEP] B [SEP] …
    part: tuple[int, ...]  # of each token, from 0; of the first one its own
    numberings: tuple[Numbering, ...]  # all of one part; 0, 1, …; the same numbers in another order

    @property
    def same(self) -> np.ndarray:
        """bool (tokens, tokens): all that the model is told."""
        part = np.array(self.part)
        found: np.ndarray = part[:, None] == part
        return found

    @property
    def renumbered(self) -> float:
        """The largest change of any -log p when the parts get other numbers; 0 where they are the same or different
        as before."""
        return float(np.abs(self.numberings[1].losses - self.numberings[2].losses).max())


def segmented(bundle: Bundle, parts: Sequence[str], *, variant: str = "") -> Segmented:
    """Read parts as one text, [SEP] behind each. Raises what `sentence` raises, and InputError where there are not two
    to four."""
    texts = [one for one in parts if one.strip()]
    if not PARTS[0] <= len(texts) <= PARTS[1]:
        raise InputError("parts_count", found=len(texts), low=PARTS[0], high=PARTS[1])
    read = [sentence(bundle, one, limits.MAX_ORDER_TOKENS) for one in texts]
    ids = np.concatenate([read[0].ids[:1], *(one.ids[1:] for one in read)])
    if len(ids) > (bundle.card.max_tokens or len(ids)):
        raise TooLargeError("order_tokens", found=len(ids), allowed=bundle.card.max_tokens)
    tokens = (read[0].tokens[0], *(token for one in read for token in one.tokens[1:]))
    part = [-1, *(number for number, one in enumerate(read) for _ in one.ids[1:])]
    count = len(texts)
    ways = ([0] * count, list(range(count)), list(range(count))[::-1])
    return Segmented(
        tokens,
        tuple(part),
        tuple(Numbering(tuple(way), _losses(bundle, ids, part, way, read, variant)) for way in ways),
    )


def _losses(
    bundle: Bundle, ids: np.ndarray, part: Sequence[int], way: Sequence[int], read: Sequence[Sentence], variant: str
) -> np.ndarray:
    own = max(orders_of(bundle).cls_segment, len(way))  # that of the token that begins: no part has it
    types = np.array([own if number < 0 else way[number] for number in part])
    special = set(np.cumsum([len(one.ids) - 1 for one in read]).tolist())
    questions = [
        Question(one.ids, one.hidden, tuple(place for place in one.targets if place not in special), types)
        for one in asked(ids)
    ]
    # A [SEP] between two parts is never asked for: it is seen by all.
    for one in questions:
        one.hidden[:, list(special)] = 0
    return losses(bundle, [one for one in questions if one.targets], variant, None)
