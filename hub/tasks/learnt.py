"""What a network of the gradient lab has learnt so far: its answers, computed by the graph that trains it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hub.tasks.gradients import SYMBOLS, Run, recall

SIDE = 32  # of the grid that a plane is looked at by; coarser for large networks
WORK = 150_000_000  # multiplications of one look at a plane, about
NORMED_SIDE = 16  # of a network with batch normalisation, whose answers need a batch around them
SAMPLE = 256  # examples that the accuracy is taken from
SHOWN = 100  # points that are drawn on a plane
CELLS = 8_000_000  # values of one activation that are held at a time: layers × rows × units
SHARE = 3.0  # a look may take one part of the time in so many, and one


@dataclass(frozen=True)
class Learnt:
    """Answers of one network.

    Args:
        kind: plane: two features; digits; recall: of a recurrent network.
        probabilities: plane: of class 1, (side, side), the lowest y first; digits: of each class, (10, 10), of the
            first example of each; recall: of each answer for each symbol, (4, 4). NaN where a network has broken.
        accuracy: on SAMPLE examples.
    """

    kind: Literal["plane", "digits", "recall"]
    probabilities: np.ndarray
    accuracy: float

    @property
    def broken(self) -> bool:
        """Whether there is no answer any more."""
        return not bool(np.isfinite(self.probabilities).all())


def look(run: Run, *, before: bool = False) -> Learnt:
    """What a run has learnt after its last step, or with the weights before it; it must have done one."""
    if run.config.network != "deep":
        return _recall(run, before)
    return (_digits if run.config.data == "digits" else _plane)(run, before)


def reach(x: np.ndarray) -> float:
    """Half the side of the square around 0 that a plane is drawn in."""
    return 1.15 * float(np.abs(x).max())


def first_digits(classes: np.ndarray) -> np.ndarray:
    """The rows of the first example of each class."""
    return np.unique(classes, return_index=True)[1]


def _accuracy(probabilities: np.ndarray, classes: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == classes).mean()) if np.isfinite(probabilities).all() else np.nan


def _digits(run: Run, before: bool) -> Learnt:
    x, classes = run.examples
    shown = first_digits(classes)
    rows = np.append(shown, np.setdiff1d(np.arange(SAMPLE), shown))[:SAMPLE]
    found = _in_pieces(run, x[rows], before)
    return Learnt("digits", found[: len(shown)], _accuracy(found, classes[rows]))


def _plane(run: Run, before: bool) -> Learnt:
    x, classes = run.examples
    config = run.config
    sample, known = x[:SAMPLE], classes[:SAMPLE]
    pieces = 2 if config.activation == "maxout" else 1
    side = int(np.sqrt(WORK / (config.depth * config.width**2 * pieces)))
    side = max(6, min(NORMED_SIDE if config.batch_norm else SIDE, side))
    # The middles of the squares of the grid.
    along = reach(x) * (2 * (np.arange(side) + 0.5) / side - 1)
    grid = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
    answers = _in_pieces(run, sample, before)
    if config.batch_norm:  # a point's answer depends on its batch: a few points among many examples
        parts = np.array_split(grid, max(1, len(grid) // (SAMPLE // 4)))
        found = np.concatenate(
            [run.probabilities(np.concatenate([part, sample]), before=before)[: len(part)] for part in parts]
        )
    else:
        found = _in_pieces(run, grid, before)
    return Learnt("plane", found[:, 1].reshape(side, side), _accuracy(answers, known))


def _in_pieces(run: Run, rows: np.ndarray, before: bool) -> np.ndarray:
    """The answers to many rows; where they do not depend on one another, a few at a time, for the memory's sake."""
    config = run.config
    most = len(rows) if config.batch_norm else max(16, CELLS // (config.depth * config.width))
    parts = np.array_split(rows, -(-len(rows) // most))
    return np.concatenate([run.probabilities(part, before=before) for part in parts])


def _recall(run: Run, before: bool) -> Learnt:
    x, classes = recall(run.config, 2**31)  # a step that no run reaches: never trained on
    found = run.probabilities(x, before=before)
    table = np.full((SYMBOLS, SYMBOLS), np.nan)
    for symbol in range(SYMBOLS):
        if (classes == symbol).any():
            table[symbol] = found[classes == symbol].mean(axis=0)
    return Learnt("recall", table, _accuracy(found, classes))


class Looks:
    """Looks at runs that are being trained, as often as they cost little of the time."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._next = 0.0
        self.found: list[Learnt | None] = [None] * len(runs)

    def again(self, *, now: bool = False) -> list[Learnt | None]:
        """What was seen last; seen again where that is cheap, or with `now` in any case."""
        start = time.perf_counter()
        if now or start >= self._next:
            self.found = [look(run) if run.step_count else None for run in self._runs]
            end = time.perf_counter()
            self._next = end + SHARE * (end - start)
        return self.found
