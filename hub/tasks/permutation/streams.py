"""Both streams: who looks where, and what a query is without the place of its target (section 2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.errors import InputError
from hub.orders import INPUTS, Question, feeds, mask_of
from hub.tasks.permutation.ask import Guess, Sentence, guesses, log_probabilities, orders_of, sentence
from hub.tasks.permutation.predict import check_order

CONTENT, QUERY = "content_attention", "query_attention"


@dataclass(frozen=True)
class Attention:
    """Who looks where. Rows and columns are all tokens, by their places; those that nobody asks for have no query."""

    sentence: Sentence
    order: tuple[int, ...]
    content: np.ndarray  # float32 (layers, heads, tokens, tokens)
    query: np.ndarray  # float32 (layers, heads, words, tokens), by the places of the words


def attention(bundle: Bundle, text: object, order: Sequence[int] | None = None) -> Attention:
    """Of a text in an order, every word asked for. Raises what `sentence` raises, and InputError."""
    read = sentence(bundle, text, limits.MAX_COURT_TOKENS)
    places = check_order(order, len(read.words))
    question = Question(read.ids, mask_of(len(read.ids), places, len(places)), tuple(read.places))
    session = bundle.session(bundle.variant_with(QUERY))
    names = [name for name in INPUTS if name in session.inputs]
    inputs = session.cast(feeds([question], orders_of(bundle), names))
    content, query = session.run(inputs, [CONTENT, QUERY])
    return Attention(read, places, content[:, 0], query[:, 0])


@dataclass(frozen=True)
class Unplaced:
    """Two places that see the same words: what is expected there, with the place known and with it hidden."""

    sentence: Sentence
    places: tuple[int, int]
    known: tuple[np.ndarray, np.ndarray]  # log p of every token, float32 (vocabulary)
    hidden: tuple[np.ndarray, np.ndarray]
    guesses_known: tuple[tuple[Guess, ...], tuple[Guess, ...]]
    guesses_hidden: tuple[tuple[Guess, ...], tuple[Guess, ...]]

    @property
    def apart(self) -> tuple[float, float]:
        """Total variation of the two distributions, in [0, 1]: with the place known, and with it hidden."""
        known, hidden = (
            0.5 * float(np.abs(np.exp(one.astype(np.float64)) - np.exp(other.astype(np.float64))).sum())
            for one, other in (self.known, self.hidden)
        )
        return known, hidden


def unplaced(bundle: Bundle, text: object, places: Sequence[int], *, variant: str = "") -> Unplaced:
    """Ask for two places of a text; both see all other words.

    Raises what `sentence` raises, and InputError where these are not two different places.
    """
    read = sentence(bundle, text, limits.MAX_COURT_TOKENS, least=2)
    first, second = check_places(places, len(read.words))
    hidden = mask_of(len(read.ids), (first, second), 2)
    hidden[second, first] = 1  # neither sees the other
    questions = [Question(read.ids, hidden, (first, second), placed=placed) for placed in (True, False)]
    known, blind = log_probabilities(bundle, questions, variant=variant)
    told = [[guesses(bundle, row) for row in rows] for rows in (known, blind)]
    return Unplaced(
        read, (first, second), (known[0], known[1]), (blind[0], blind[1]),
        (told[0][0], told[0][1]), (told[1][0], told[1][1]),
    )  # fmt: skip


def check_places(places: object, count: int) -> tuple[int, int]:
    """Raises InputError where they are not two different ones of the words."""
    values = list(places) if isinstance(places, (list, tuple)) else []
    whole = all(isinstance(one, int) and not isinstance(one, bool) and 1 <= one <= count for one in values)
    if len(values) != 2 or not whole or values[0] == values[1]:
        raise InputError("target_wrong", found=str(places)[:40], count=count)
    return values[0], values[1]
