"""What was measured when the funnel was made, of all users of the test: channels, re-ranking, protocols, budgets."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from hub.stored import Stored
from hub.tasks.intervals import Interval

TABLES_FILE = "tables.json"


class Row(BaseModel):
    """Figures that are read and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PartRow(Row):
    """The same figures for who is new ("new_users") or for what is new ("new_items")."""

    name: str
    users: int
    recall: Interval  # of the first 200
    ndcg: Interval


class ChannelRow(Row):
    """What a channel does for what is new to its users.

    Args:
        recall: of its first 10, 50, 100 and 200. ndcg: of its first ten. unique: the share of all purchases that this
            channel alone found. coverage: the share of all items that are in anybody's list. novelty: the mean of
            −log2 of the share of buyers. left_out: how much the merged recall changes without it. overlap: of its 200
            with those of each channel, the share. gain: of the merged list, how much its recall@200 is above that of
            the best single channel.
    """

    name: str
    recall: tuple[Interval, ...]
    ndcg: Interval
    unique: float
    coverage: float
    novelty: float
    left_out: Interval | None = None
    overlap: tuple[float, ...] = ()
    gain: Interval | None = None
    parts: tuple[PartRow, ...] = ()


class GroupRow(Row):
    """The funnel for a part of the users, or of the purchases.

    Args:
        over_ease, over_merged: how much its NDCG@10 is above that of EASE, and of the merged channels, user by user.
    """

    name: str  # "all", "new_users", "new_items", "again"
    users: int
    recall: Interval  # of the merged 200
    ndcg: Interval  # of the list of ten
    over_ease: Interval | None = None
    over_merged: Interval | None = None


class FrontierRow(Row):
    """A rule of re-ranking at a weight, over the lists of all users."""

    rule: str
    weight: float
    ndcg: float
    distance: float  # 1 − the mean similarity of two things of a list
    kinds: float  # different kinds in a list
    divergence: float  # of the kinds from those taken, nats
    parts: dict[str, float] = {}  # NDCG for who is new, for what is new


class ProtocolRow(Row):
    """The same model by another way to measure."""

    protocol: str
    model: str
    hit: float  # the share of users of whom the first ten have a purchase
    ndcg: float


class BudgetRow(Row):
    """A setting of the funnel on the front of time and quality."""

    recall: int
    coarse: int
    fine: int
    ms: float  # of one visitor, in process, one thread: the median of several, the least of several such
    ndcg: float
    channels: tuple[str, ...] = ()  # that are asked; none: all
    parts: dict[str, float] = {}  # NDCG for who is new, for what is new


class BinRow(Row):
    """Candidates of about the same probability: what the fine ranker said on average, and how many were bought."""

    told: float
    bought: float
    count: int


class Calibration(Row):
    """Of the fine ranker's probabilities, over the candidates that go on from recall, of all who came back.

    Args:
        error: sum over the bins of their share times |told - bought| (expected calibration error).
    """

    error: float
    bins: tuple[BinRow, ...]


class Tables(Row):
    """All of them."""

    channels: tuple[ChannelRow, ...]
    groups: tuple[GroupRow, ...]
    frontier: tuple[FrontierRow, ...]
    protocols: tuple[ProtocolRow, ...]
    budgets: tuple[BudgetRow, ...]
    calibration: Calibration | None = None


def read(path: Path) -> Tables:
    """Those of a file."""
    return Tables.model_validate_json(path.read_bytes())


tables_of = Stored(TABLES_FILE, read)
