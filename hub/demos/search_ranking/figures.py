"""The figures of the tab: arrays in, plotly's records out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from hub.tasks.intervals import Interval
from hub.ui.figures import PALETTE
from hub.ui.pictures import Picture, Trace, picture

UP, DOWN = PALETTE[0], PALETTE[1]
LONGEST = 0.6  # of an arrow, in places of the list


def arrows(names: Sequence[str], titles: Sequence[str], pushes: Sequence[np.ndarray], told: str) -> Picture:
    """How each loss pushes each document of a list, the first on top; the longest arrow of each loss is LONGEST.

    Args:
        names: of the losses. titles: of the documents, as they stand. pushes: of each loss, float64 (documents,).
        told: what the number of an arrow is called.
    """
    marks, traces = [], []
    ranks = list(range(1, len(titles) + 1))
    for column, (name, values) in enumerate(zip(names, pushes, strict=True)):
        most = float(np.abs(values).max(initial=0)) or 1.0
        for rank, value in zip(ranks, values.tolist(), strict=True):
            if abs(value) > 0.02 * most:
                marks.append(
                    {
                        "x": column, "y": rank - LONGEST * value / most, "ax": column, "ay": rank, "axref": "x",
                        "ayref": "y", "xref": "x", "yref": "y", "showarrow": True, "arrowhead": 2, "arrowwidth": 3,
                        "arrowsize": 0.7, "arrowcolor": UP if value > 0 else DOWN, "text": "",
                    }
                )  # fmt: skip
        trace: Trace = {
            "type": "scatter", "mode": "markers+text", "showlegend": False, "x": [column] * len(ranks), "y": ranks,
            "text": [f"  {value:+.3f}" for value in values], "textposition": "middle right", "textfont": {"size": 11},
            "marker": {"size": 8, "color": [UP if value > 0 else DOWN for value in values]}, "cliponaxis": False,
            "customdata": [escape(title) for title in titles],
            "hovertemplate": f"%{{customdata}}<br>{escape(told)} %{{text}}<extra>{escape(name)}</extra>",
        }  # fmt: skip
        traces.append(trace)
    return picture(
        traces, "", "", 100 + 62 * len(titles), annotations=marks,
        xaxis={
            "tickvals": list(range(len(names))), "ticktext": [escape(name) for name in names], "side": "top",
            "range": [-0.35, len(names) - 0.3], "showgrid": False,
        },
        yaxis={"range": [len(titles) + 0.9, 0.1], "tickvals": ranks, "ticktext": [f"{rank}." for rank in ranks]},
    )  # fmt: skip


def intervals(names: Sequence[str], values: Sequence[Interval], across: str) -> Picture:
    """Means with their intervals, a row each."""
    trace: Trace = {
        "type": "scatter", "mode": "markers", "showlegend": False, "y": [escape(name) for name in names],
        "x": [round(one.value, 4) for one in values],
        "marker": {"size": 11, "color": [PALETTE[number % len(PALETTE)] for number in range(len(names))]},
        "error_x": {
            "type": "data", "symmetric": False, "array": [round(one.high - one.value, 4) for one in values],
            "arrayminus": [round(one.value - one.low, 4) for one in values], "color": "#8a94a3",
        },
        "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
    }  # fmt: skip
    return picture([trace], across, "", 110 + 34 * len(names), xaxis={"range": [0, 1.02]},
                   yaxis={"autorange": "reversed"})  # fmt: skip
