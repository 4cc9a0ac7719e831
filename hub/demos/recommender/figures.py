"""The figures of the tab: arrays in, plotly's records out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from hub.tasks.intervals import Interval
from hub.ui.figures import PALETTE
from hub.ui.pictures import Picture, Trace, binary, picture

FAINT = "rgba(128,128,128,.25)"
TITLE = 24  # letters of a thing in a figure


def sankey(names: Sequence[str], links: Sequence[tuple[int, int, float]], lost: Sequence[int]) -> Picture:
    """Where candidates go. links: (from, to, how many). lost: nodes that nothing comes back from."""
    colours = ["rgba(128,128,128,.6)" if place in lost else PALETTE[0] for place in range(len(names))]
    trace: Trace = {
        "type": "sankey", "arrangement": "snap",
        "node": {
            "label": [escape(name) for name in names], "color": colours, "pad": 12, "thickness": 12,
            "hovertemplate": "%{label}: %{value:.0f}<extra></extra>",
        },
        "link": {
            "source": [one for one, _, _ in links], "target": [two for _, two, _ in links],
            "value": [round(count, 2) for _, _, count in links],
            "color": [FAINT if two in lost else "rgba(0,114,178,.35)" for _, two, _ in links],
            "hovertemplate": "%{source.label} → %{target.label}: %{value:.0f}<extra></extra>",
        },
    }  # fmt: skip
    return picture([trace], "", "", 420, xaxis={"visible": False}, yaxis={"visible": False})


def stacked(rows: Sequence[str], parts: Sequence[tuple[str, Sequence[float]]], across: str) -> Picture:
    """Shares of wholes, a bar each. parts: (name, a share for each row)."""
    traces: list[Trace] = [
        {
            "type": "bar", "orientation": "h", "name": escape(name), "y": [escape(row) for row in rows],
            "x": [round(100 * share, 3) for share in shares], "marker": {"color": PALETTE[number % len(PALETTE)]},
            "hovertemplate": "%{y}: %{x:.1f} %<extra>" + escape(name) + "</extra>",
        }
        for number, (name, shares) in enumerate(parts)
    ]  # fmt: skip
    return picture(
        traces, across, "", 200 + 60 * len(rows), barmode="stack", xaxis={"range": [0, 100]},
        yaxis={"autorange": "reversed"}, legend={"orientation": "h", "traceorder": "normal", "y": 1.0, "x": 0,
                                                 "yanchor": "bottom"},
    )  # fmt: skip


def intervals(names: Sequence[str], values: Sequence[Interval], across: str) -> Picture:
    """Shares with their intervals, in percent, a row each."""
    trace: Trace = {
        "type": "scatter", "mode": "markers", "showlegend": False, "y": [escape(name) for name in names],
        "x": [round(100 * one.value, 3) for one in values], "marker": {"size": 10, "color": PALETTE[0]},
        "error_x": {
            "type": "data", "symmetric": False, "array": [round(100 * (one.high - one.value), 3) for one in values],
            "arrayminus": [round(100 * (one.value - one.low), 3) for one in values], "color": PALETTE[0],
        },
        "hovertemplate": "%{y}: %{x:.1f} %<extra></extra>",
    }  # fmt: skip
    return picture([trace], across, "", 110 + 26 * len(names), xaxis={"rangemode": "tozero"},
                   yaxis={"autorange": "reversed"})  # fmt: skip


def overlaps(values: np.ndarray, names: Sequence[str], said: str) -> Picture:
    """Which share of a row's list is in the column's. values: (channels, channels)."""
    labels = [escape(name) for name in names]
    trace: Trace = {
        "type": "heatmap", "z": binary(values), "x": labels, "y": labels, "zmin": 0, "zmax": 1,
        "colorscale": "Cividis", "showscale": False, "texttemplate": "%{z:.0%}", "xgap": 1, "ygap": 1,
        "hovertemplate": f"%{{z:.0%}} {escape(said)}<extra>%{{y}} → %{{x}}</extra>",
    }  # fmt: skip
    return picture([trace], "", "", 150 + 30 * len(names), xaxis={"tickangle": -45, "showgrid": False},
                   yaxis={"autorange": "reversed", "showgrid": False})  # fmt: skip


def moves(before: Sequence[int], after: Sequence[int], titles: Mapping[int, str], names: tuple[str, str]) -> Picture:
    """Two lists, and where each thing goes from the one to the other; what is in one alone ends in the middle."""
    traces: list[Trace] = []
    for item in dict.fromkeys((*before, *after)):
        places = [lists.index(item) + 1 if item in lists else None for lists in (before, after)]
        title = escape(titles[item][:TITLE])
        both = None not in places
        traces.append(
            {
                "type": "scatter", "mode": "lines+markers+text" if both else "markers+text", "showlegend": False,
                "x": [place for place, rank in enumerate(places) if rank is not None],
                "y": [rank for rank in places if rank is not None],
                "text": [f"{rank} {title}" if place == 0 else f"{title} {rank}"
                         for place, rank in enumerate(places) if rank is not None],
                "textposition": ["middle left" if place == 0 else "middle right"
                                 for place, rank in enumerate(places) if rank is not None],
                "line": {"color": PALETTE[0 if both else 1], "width": 2},
                "marker": {"size": 8, "color": PALETTE[0 if both else 1]}, "cliponaxis": False,
                "textfont": {"size": 11},
                "hovertemplate": f"{title}: %{{y}}<extra></extra>",
            }
        )  # fmt: skip
    return picture(
        traces, "", "", 420,
        xaxis={
            "tickvals": [0, 1], "ticktext": [escape(name) for name in names], "range": [-1.3, 2.3], "showgrid": False,
        },
        yaxis={"autorange": "reversed", "showgrid": False, "showticklabels": False},
    )  # fmt: skip


def front(
    sides: Sequence[tuple[str, Sequence[tuple[float, float, float]]]], across: str, up: str, weight: str
) -> Picture:
    """Rules as lines over their weights. sides: (name, (distance, NDCG, weight) of each point)."""
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines+markers", "name": escape(name), "x": [one for one, _, _ in points],
            "y": [two for _, two, _ in points], "customdata": [three for _, _, three in points],
            "marker": {"size": 9, "color": PALETTE[number % len(PALETTE)]},
            "line": {"color": PALETTE[number % len(PALETTE)]},
            "hovertemplate": f"{escape(weight)} %{{customdata}}: %{{y:.4f}}<extra>{escape(name)}</extra>",
        }
        for number, (name, points) in enumerate(sides)
    ]  # fmt: skip
    return picture(traces, across, up, 380)


def grouped(names: Sequence[str], sides: Sequence[tuple[str, Sequence[float | None]]], up: str) -> Picture:
    """Values side by side; what was not measured is a gap."""
    traces: list[Trace] = [
        {
            "type": "bar", "name": escape(name), "x": [escape(one) for one in names],
            "y": values, "marker": {"color": PALETTE[number % len(PALETTE)]},
            "hovertemplate": "%{x}: %{y:.4f}<extra>" + escape(name) + "</extra>",
        }
        for number, (name, values) in enumerate(sides)
    ]  # fmt: skip
    return picture(traces, "", up, 360, barmode="group")


def lines(sides: Sequence[tuple[str, Sequence[tuple[float, float]]]], across: str, up: str) -> Picture:
    """Lines over two scales of powers of ten. sides: (name, points); every number above 0."""
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines+markers", "name": escape(name),
            "x": [one for one, _ in points], "y": [two for _, two in points],
            "marker": {"size": 9, "color": PALETTE[number % len(PALETTE)]},
            "line": {"color": PALETTE[number % len(PALETTE)]},
            "hovertemplate": "%{x:,}: %{y:.3g}<extra>" + escape(name) + "</extra>",
        }
        for number, (name, points) in enumerate(sides)
    ]  # fmt: skip
    powers = {"type": "log", "dtick": 1}
    return picture(traces, across, up, 320, xaxis=powers, yaxis=powers)
