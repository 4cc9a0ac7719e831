"""The figures of both rankers: arrays in, plotly's records out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from hub.tasks.intervals import Interval
from hub.tasks.ranking import Calibration
from hub.ui.figures import PALETTE
from hub.ui.pictures import Picture, Trace, binary, picture

DASHES = ("solid", "solid", "dash", "dot")


def pairs(names: Sequence[str], sides: Sequence[tuple[str, Sequence[Interval]]], across: str) -> Picture:
    """Several measures with their intervals, in percent, a row for each name."""
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "markers", "name": escape(name), "y": [escape(one) for one in names],
            "x": [round(100 * one.value, 3) for one in values],
            "marker": {"size": 10, "color": PALETTE[number], "symbol": ("circle", "diamond")[number % 2]},
            "error_x": {
                "type": "data", "symmetric": False, "color": PALETTE[number],
                "array": [round(100 * (one.high - one.value), 3) for one in values],
                "arrayminus": [round(100 * (one.value - one.low), 3) for one in values],
            },
            "hovertemplate": "%{y}: %{x:.1f} %<extra>" + escape(name) + "</extra>",
        }
        for number, (name, values) in enumerate(sides)
    ]  # fmt: skip
    return picture(traces, across, "", 150 + 30 * len(names), xaxis={"range": [0, 102]},
                   yaxis={"autorange": "reversed"})  # fmt: skip


def over_k(cuts: Sequence[int], lines: Sequence[tuple[str, Sequence[float]]], across: str, up: str) -> Picture:
    """Shares over K, a line each."""
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines+markers", "name": escape(name), "x": list(cuts),
            "y": [round(100 * value, 3) for value in values],
            "line": {"color": PALETTE[number % len(PALETTE)], "dash": DASHES[number % len(DASHES)]},
            "hovertemplate": "K = %{x}: %{y:.1f} %<extra>" + escape(name) + "</extra>",
        }
        for number, (name, values) in enumerate(lines)
    ]  # fmt: skip
    return picture(
        traces, across, up, 380, xaxis={"type": "log", "tickvals": list(cuts), "ticktext": [str(one) for one in cuts]}
    )


def front(sides: Sequence[tuple[str, Sequence[tuple[float, float, str]]]], across: str, up: str) -> Picture:
    """Rankers by milliseconds (a logarithmic axis) and a share. sides: (name, (ms, share, title) of each)."""
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "markers", "name": escape(name), "x": [ms for ms, _, _ in points],
            "y": [round(100 * share, 3) for _, share, _ in points], "text": [escape(title) for _, _, title in points],
            "marker": {"size": 11, "color": PALETTE[number % len(PALETTE)]},
            "hovertemplate": "%{text}: %{x:.2f} ms, %{y:.1f} %<extra>" + escape(name) + "</extra>",
        }
        for number, (name, points) in enumerate(sides)
    ]  # fmt: skip
    ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]  # by "D2" plotly writes 2 for 0.2
    return picture(
        traces, across, up, 360, xaxis={"type": "log", "tickvals": ticks, "ticktext": [f"{one:g}" for one in ticks]}
    )


def calibration(curves: Sequence[tuple[str, Calibration]], across: str, up: str, right: str) -> Picture:
    """What was said and what happened, a point for each bin; its area is the number of rows."""
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines", "name": escape(right), "x": [0, 1], "y": [0, 1], "hoverinfo": "skip",
            "line": {"color": "rgba(128,128,128,.7)", "dash": "dot"},
        }
    ]  # fmt: skip
    traces += [
        {
            "type": "scatter", "mode": "lines+markers", "name": escape(name), "x": [one.said for one in curve.bins],
            "y": [one.happened for one in curve.bins], "customdata": [one.rows for one in curve.bins],
            "line": {"color": PALETTE[number], "width": 1},
            "marker": {
                "color": PALETTE[number], "opacity": 0.8,
                "size": [round(5 + 20 * float(np.sqrt(one.rows / sum(b.rows for b in curve.bins))), 1)
                         for one in curve.bins],
            },
            "hovertemplate": "%{x:.3f} → %{y:.3f} (%{customdata})<extra>" + escape(name) + "</extra>",
        }
        for number, (name, curve) in enumerate(curves)
    ]  # fmt: skip
    return picture(traces, across, up, 400)


def weights(values: np.ndarray, names: Sequence[str], across: str) -> Picture:
    """How much each video of the past speaks, the latest first. values: (histories, events), NaN where none is."""
    most = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    trace: Trace = {
        "type": "heatmap", "z": binary(values), "x": list(range(1, values.shape[1] + 1)),
        "y": [escape(name) for name in names], "colorscale": "RdBu",
        "reversescale": True, "zmin": -most, "zmax": most, "xgap": 1, "ygap": 1,
        "showscale": True, "colorbar": {"thickness": 10}, "hovertemplate": "%{y} %{x}: %{z:.2f}<extra></extra>",
    }  # fmt: skip
    ticks = [1, *range(5, values.shape[1] + 1, 5)]
    return picture([trace], across, "", 110 + 40 * len(names), xaxis={"showgrid": False, "tickvals": ticks},
                   yaxis={"autorange": "reversed", "showgrid": False})  # fmt: skip
