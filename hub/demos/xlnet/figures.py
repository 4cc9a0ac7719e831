"""The figures of the tab: arrays in, plotly's records out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from hub.ui.figures import DASHES, PALETTE
from hub.ui.pictures import Picture, Trace, binary, picture

BINS = 40


def histogram(values: np.ndarray, marks: Sequence[tuple[str, float]], across: str, up: str) -> Picture:
    """How often values fall where, and some of them marked. marks: (name, value)."""
    counts, edges = np.histogram(values, min(BINS, max(1, len(values))))
    traces: list[Trace] = [
        {
            "type": "bar", "name": up, "showlegend": False,
            "x": np.round((edges[1:] + edges[:-1]) / 2, 4).tolist(), "y": counts.tolist(),
            "width": float(edges[1] - edges[0]) * 0.95, "marker": {"color": PALETTE[5]},
            "hovertemplate": "%{x:.2f}: %{y}<extra></extra>",
        }
    ]  # fmt: skip
    for number, (name, value) in enumerate(marks):
        style = {"color": PALETTE[(1, 2, 0)[number % 3]], "width": 3, "dash": DASHES[number % len(DASHES)]}
        traces.append(
            {
                "type": "scatter", "mode": "lines", "name": escape(name), "x": [value, value], "line": style,
                "y": [0, int(counts.max())], "hovertemplate": f"{value:.2f}<extra>{escape(name)}</extra>",
            }
        )  # fmt: skip
    return picture(traces, across, up, 320)


def attention(weights: np.ndarray, rows: Sequence[str], columns: Sequence[str], name: str) -> Picture:
    """Who looks where. weights: float (rows, columns) in [0, 1]."""
    trace: Trace = {
        "type": "heatmap", "z": binary(weights), "colorscale": "Cividis", "zmin": 0, "zmax": 1, "showscale": False,
        "x": list(range(len(columns))), "y": list(range(len(rows))), "xgap": 1, "ygap": 1,
        "customdata": [[f"{escape(row)} → {escape(column)}" for column in columns] for row in rows],
        "hovertemplate": "%{customdata}: %{z:.1%}<extra>" + escape(name) + "</extra>",
    }  # fmt: skip

    def ticks(names: Sequence[str]) -> dict[str, object]:
        return {"tickvals": list(range(len(names))), "ticktext": [escape(one[:12]) for one in names], "showgrid": False}

    return picture(
        [trace], "", "", 120 + 24 * len(rows), xaxis={**ticks(columns), "tickangle": -45},
        yaxis={**ticks(rows), "autorange": "reversed"},
    )  # fmt: skip


def bars(names: Sequence[str], sides: Sequence[tuple[str, Sequence[float]]], across: str, up: str) -> Picture:
    """Values side by side. sides: (name, a value for each of the names)."""
    traces: list[Trace] = [
        {
            "type": "bar", "name": escape(name), "x": list(names), "y": [round(value, 3) for value in values],
            "marker": {"color": PALETTE[number]}, "hovertemplate": "%{x}: %{y:.2f}<extra>" + escape(name) + "</extra>",
        }
        for number, (name, values) in enumerate(sides)
    ]  # fmt: skip
    return picture(traces, across, up, 300, barmode="group")
