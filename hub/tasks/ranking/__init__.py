"""Rankers of short videos: a fine one for several goals, and the ladder of coarse ones below it. Numpy in and out."""

from hub.tasks.ranking.impressions import (
    TASK,
    Count,
    Impressions,
    Judgement,
    Rankers,
    counts,
    impressions_of,
    judge,
    rankers_of,
)
from hub.tasks.ranking.tables import (
    BASES,
    FINE,
    TREES,
    Calibration,
    LadderRow,
    QualityRow,
    StepRow,
    Tables,
    sigmoid,
    tables_of,
)

__all__ = [
    "BASES",
    "FINE",
    "TASK",
    "TREES",
    "Calibration",
    "Count",
    "Impressions",
    "Judgement",
    "LadderRow",
    "QualityRow",
    "Rankers",
    "StepRow",
    "Tables",
    "counts",
    "impressions_of",
    "judge",
    "rankers_of",
    "sigmoid",
    "tables_of",
]
