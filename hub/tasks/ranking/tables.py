"""What was measured when the rankers were published, by their graphs, on the days after the training."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hub.stored import Stored
from hub.tasks.funnel.tables import Row
from hub.tasks.intervals import Interval

TABLES_FILE = "tables.json"
FINE, TREES = "fine", "trees"  # arms: the published graph, LightGBM on the same numbers
BASES = ("user", "scene", "video")  # arms that know one rate alone


class QualityRow(Row):
    """How an arm orders a part of the rows by one task.

    Args:
        users: with rows of both classes. auc: over all pairs of rows; None: they are of one class. gauc: within each
            user, the mean weighted by his rows; None: of too few users.
    """

    arm: str
    part: str  # "all", "scene 1", "new users", "new videos"
    task: str
    rows: int
    users: int
    auc: float | None
    gauc: float | None


class GapRow(Row):
    """How far the fine ranker is above LightGBM over all rows; the interval is over users."""

    task: str
    auc: Interval
    gauc: Interval


class Bin(Row):
    """Rows of about the same probability."""

    said: float  # its mean
    happened: float  # the share of them of which it came true
    rows: int


class Calibration(Row):
    """Whether what is said of a task happens as often.

    Args:
        arm: "raw", "scaled" (by the temperature of the days before), "trees". ece: expected calibration error, of bins
            of the same width. divergence: mean KL of the rate of a bin from what was said there, nats.
    """

    arm: str
    task: str
    temperature: float
    ece: float
    divergence: float
    bins: tuple[Bin, ...]


class LadderRow(Row):
    """A ranker over lists of candidates, at each cut.

    Args:
        drawn: how the candidates that were not shown were drawn, "evenly" or "popular". name: of a variant, or
            "popularity". overlap: of the fine ranker's first K, the share in its own. positives: of what was clicked or
            viewed long. kept: of the positives that the fine ranker has, as a ratio of the means.
    """

    drawn: str
    name: str
    overlap: tuple[Interval, ...]
    positives: tuple[Interval, ...]
    kept: tuple[Interval, ...]


class StepRow(Row):
    """What a rung adds to the one below it, in shares, at each cut."""

    drawn: str
    name: str
    before: str
    overlap: tuple[Interval, ...]
    positives: tuple[Interval, ...]


class Search(Row):
    """The widths of a network that were searched, and the milliseconds that they were searched by.

    Args:
        first: of a layer to each first width. second: from each first width to each second one.
    """

    widths: tuple[int, int]
    first: tuple[float, ...]
    second: tuple[tuple[float, ...], ...]


class Tables(Row):
    """All of them.

    Args:
        rows: of the test. cuts: K. lists, candidates: what the ladder is measured on. milliseconds: of one list of
            that many candidates, one thread, variant -> median.
    """

    rows: int
    quality: tuple[QualityRow, ...]
    gaps: tuple[GapRow, ...]
    calibration: tuple[Calibration, ...]
    cuts: tuple[int, ...]
    lists: int
    candidates: int
    ladder: tuple[LadderRow, ...]
    steps: tuple[StepRow, ...]
    milliseconds: dict[str, float]
    search: Search

    def rung(self, drawn: str, name: str) -> LadderRow:
        """Raises StopIteration where there is none."""
        return next(row for row in self.ladder if (row.drawn, row.name) == (drawn, name))

    def calibrated(self, arm: str, task: str) -> Calibration:
        """Raises StopIteration where there is none."""
        return next(row for row in self.calibration if (row.arm, row.task) == (arm, task))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x)."""
    return np.asarray(np.exp(-np.logaddexp(0, -x)))


def read(path: Path) -> Tables:
    """Those of a file."""
    return Tables.model_validate_json(path.read_bytes())


tables_of = Stored(TABLES_FILE, read)
