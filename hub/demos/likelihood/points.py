"""The pads of the views with points."""

from __future__ import annotations

from collections.abc import Sequence

from hub.demos.likelihood import ranges
from hub.demos.likelihood.strings import STRINGS
from hub.ui import pad
from hub.ui.strings import Language


def points_pad(rows: Sequence[Sequence[float]], kind: str, language: Language) -> str:
    """The pad of a view with points: "linear", "logistic" or "classes"."""
    low, high, step = ranges.drawing_span(
        [row[0] for row in rows], 0.0 if kind != "classes" else -5.0, 8.0 if kind != "classes" else 5.0
    )
    across = pad.Scale(low, high, step)
    if kind == "logistic":
        points = [(*row, row[1]) for row in rows]
        return pad.plane(points, across, pad.Scale(0, 1, 1), STRINGS.say("draw_classes", language))
    low, high, step = ranges.drawing_span(
        [row[1] for row in rows], 0.0 if kind == "linear" else -5.0, 10.0 if kind == "linear" else 5.0
    )
    return pad.plane(rows, across, pad.Scale(low, high, step), STRINGS.say("draw_points", language))
