"""Beam search: the few most probable texts so far go on together; the best of those that are completed is the answer.

The search of transformers (`num_beams`, `do_sample=False`, `early_stopping=False`), which the tests compare with, for
one prompt. A text y of |y| tokens, the end token included, is worth

    score(y) = log p(y | prompt) / |y| ** length_penalty

so 0 compares plain sums, where short texts win, and 1 the mean of a token. The settings that exclude or weaken what
occurred act on the log-probabilities of each token, and so on the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hub.tasks.sampling import Sampling, log_probabilities, processed

LENGTH_PENALTY = (-5.0, 5.0)  # lowest and highest, both allowed
Reason = Literal["end", "length", "stop", "context", "time", "cancelled"]


@dataclass(frozen=True)
class Hypothesis:
    """One text of a search.

    Args:
        ids: of the answer, without an end token.
        log_probability: the sum of its tokens, that of an end token included.
        score: the same divided by its length to the power of the penalty.
        parent: which of the texts that ran before it goes on from.
        reason: why it is complete; None while it runs.
    """

    ids: tuple[int, ...] = ()
    log_probability: float = 0.0
    score: float = 0.0
    parent: int = 0
    reason: Reason | None = None


class Search:
    """A search under way. It sees logits alone: whose cache is where is the caller's business.

    Args:
        prompt: its ids, which the settings look at.
        beams: how many texts run at most, and how many complete ones are kept.
        most: tokens of an answer. full: why a text of so many is complete.
        end_ids: tokens that complete a text. stopped: whether the tokens of an answer have a string that does.
    """

    def __init__(
        self,
        prompt: Sequence[int],
        beams: int,
        most: int,
        sampling: Sampling,
        length_penalty: float = 1.0,
        end_ids: Collection[int] = (),
        full: Reason = "length",
        stopped: Callable[[Sequence[int]], bool] | None = None,
    ) -> None:
        self.running = [Hypothesis()]  # the most probable first
        self.finished: list[Hypothesis] = []  # the best first
        self.done = False
        self._prompt, self._beams, self._most, self._sampling = list(prompt), beams, most, sampling
        self._length_penalty, self._end_ids, self._full, self._stopped = length_penalty, end_ids, full, stopped

    @property
    def standing(self) -> list[Hypothesis]:
        """The best texts, complete ones and those that run, the best first; none before the first token."""
        running = [] if self.done else [one for one in self.running if one.ids]
        return _best([*self.finished, *running], self._beams)

    def advance(self, logits: np.ndarray) -> list[Hypothesis]:
        """One token more.

        Args:
            logits: float32 (running, vocabulary), of what follows each of the texts that run.

        Returns:
            Every text that is new, with its parent: those that run now, in their order, and those that are complete.
        """
        before, size = self.running, logits.shape[-1]
        sums = np.stack(
            [
                processed(scores, [*self._prompt, *one.ids], self._sampling) + np.float32(one.log_probability)
                for one, scores in zip(before, log_probabilities(logits), strict=True)
            ]
        ).ravel()
        # So many that the texts that run next are among them even if every best one is an end.
        count = min(max(2, 1 + len(self._end_ids)) * self._beams, len(sums))
        best = np.argpartition(-sums, count - 1)[:count]
        best = best[np.lexsort((best, -sums[best]))]
        running: list[Hypothesis] = []
        complete: list[Hypothesis] = []
        for rank, place in enumerate(best[sums[best] > -np.inf].tolist()):
            parent, token = divmod(place, size)
            made = self._made(before[parent].ids, parent, token, float(sums[place]))
            if made.reason is None:
                if len(running) < self._beams:
                    running.append(made)
            elif rank < self._beams:  # a less probable one that ended is neither carried on nor kept
                complete.append(made)
        if not running and not complete and not self.finished:  # every token is excluded: they end where they are
            complete = [Hypothesis(one.ids, one.log_probability, one.score, 0, "length") for one in before]
        self.finished = _best([*self.finished, *complete], self._beams)
        # What runs may become better than the worst that is kept, judged by its length now (early_stopping=False).
        hopeless = len(self.finished) == self._beams and bool(running) and running[0].score <= self.finished[-1].score
        self.running, self.done = running, hopeless or not running
        return [*running, *complete]

    def _made(self, before: tuple[int, ...], parent: int, token: int, total: float) -> Hypothesis:
        ids = (*before, token)
        score = total / len(ids) ** self._length_penalty
        if token in self._end_ids:
            return Hypothesis(ids[:-1], total, score, parent, "end")
        stopped = self._stopped is not None and self._stopped(ids)
        reason = "stop" if stopped else self._full if len(ids) >= self._most else None
        return Hypothesis(ids, total, score, parent, reason)


def _best(found: Sequence[Hypothesis], count: int) -> list[Hypothesis]:
    return sorted(found, key=lambda one: -one.score)[:count]
