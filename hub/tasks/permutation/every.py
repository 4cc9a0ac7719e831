"""All orders of a few tokens: an exact model would give the sentence one probability, whatever the order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.orders import Question, mask_of
from hub.tasks.permutation.ask import Sentence, log_probabilities, sentence


@dataclass(frozen=True)
class EveryOrder:
    """log p of a sentence in each order of its words."""

    sentence: Sentence
    orders: np.ndarray  # int64 (orders, words): places, the first is left to right, the last right to left
    log_probabilities: np.ndarray  # float64 (orders, words): of the word that comes then

    @property
    def sums(self) -> np.ndarray:
        """float64 (orders): log p of the sentence, nats."""
        found: np.ndarray = self.log_probabilities.sum(1)
        return found

    @property
    def mixture(self) -> float:
        """log of the mean probability over the orders, nats."""
        sums = self.sums
        return float(sums.max() + np.log(np.exp(sums - sums.max()).mean()))


def every_order(bundle: Bundle, text: object, *, variant: str = "") -> EveryOrder:
    """A text of at most 6 tokens. Raises what `sentence` raises."""
    read = sentence(bundle, text, limits.MAX_EVERY_TOKENS, least=2)
    orders = np.array(list(permutations(read.places)))  # sorted: each begins as the one before it does
    count = len(read.words)
    begins = np.array([0, *(orders[1:] != orders[:-1]).argmax(1)])  # from where on it is another one
    values = np.zeros(orders.shape)
    for first in range(count):  # those that are asked for as many together
        own = np.flatnonzero(begins == first)
        targets = [tuple(order) for order in orders[own].tolist()]
        questions = [Question(read.ids, mask_of(len(read.ids), one, count), one[first:]) for one in targets]
        found = log_probabilities(bundle, questions, variant=variant)
        for number, one, answers in zip(own.tolist(), targets, found, strict=True):
            values[number, first:] = answers[np.arange(count - first), read.ids[list(one[first:])]]
    for number in range(1, len(orders)):  # what they begin with in common has been asked for already
        values[number, : begins[number]] = values[number - 1, : begins[number]]
    return EveryOrder(read, orders, values)
