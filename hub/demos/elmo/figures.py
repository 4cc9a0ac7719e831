"""The figures of the tab: arrays in, plotly's records out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from hub.ui.figures import PALETTE
from hub.ui.pictures import Picture, Trace, picture

GREY = "#7f8794"
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")
FORWARD, BACKWARD = PALETTE[0], PALETTE[1]
AROUND = 60  # characters on each side of the word, in a data tip


def tip(text: str, start: int, end: int) -> str:
    """A sentence around its word, for plotly, which reads a little HTML."""
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    ends = ("…" * (start > AROUND), "…" * (len(text) > end + AROUND))
    return f"{ends[0]}{escape(before)}<b>{escape(text[start:end])}</b>{escape(after)}{ends[1]}"


def plane(points: np.ndarray, senses: Sequence[int | None], titles: Sequence[str], tips: Sequence[str]) -> Picture:
    """Occurrences in a plane, a colour and a form for each sense.

    Args:
        points: float (occurrences, 2). senses: of each; None: not known. titles: of the senses, then of those.
    """
    last = len(titles) - 1
    numbers = [last if sense is None else sense for sense in senses]
    traces: list[Trace] = []
    for number in sorted(set(numbers)):
        rows = [row for row, other in enumerate(numbers) if other == number]
        colour = GREY if number == last else PALETTE[number % len(PALETTE)]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": escape(titles[number]),
                "x": np.round(points[rows, 0], 4).tolist(),
                "y": np.round(points[rows, 1], 4).tolist(),
                "marker": {"size": 12, "color": colour, "symbol": SYMBOLS[number % len(SYMBOLS)], "opacity": 0.85},
                "text": [tips[row] for row in rows],
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
    bare = {"showticklabels": False, "zeroline": False}
    room = 1.15 * max(1e-3, float(np.abs(points).max(initial=0.0)))
    return picture(
        traces, "", "", 360, showlegend=True,
        xaxis={**bare, "range": [-room, room]}, yaxis={**bare, "range": [-room, room]},
    )  # fmt: skip


def surprise(words: Sequence[str], bits: Sequence[Sequence[float]], names: Sequence[str]) -> Picture:
    """Bits at each word, forward and backward, side by side. names: of the axis, and of the two."""
    places = list(range(len(words)))
    traces: list[Trace] = [
        {
            "type": "bar",
            "name": name,
            "x": places,
            "y": [round(value, 2) for value in values],
            "marker": {"color": colour},
            "customdata": [escape(word) for word in words],
            "hovertemplate": "%{customdata}: %{y:.1f}<extra>" + name + "</extra>",
        }
        for name, values, colour in zip(names[1:], bits, (FORWARD, BACKWARD), strict=True)
    ]
    step = max(1, len(words) // 30)
    ticks = places[::step]
    axis = {"tickvals": ticks, "ticktext": [escape(words[tick][:14]) for tick in ticks], "tickangle": -45}
    return picture(traces, "", names[0], 300, barmode="group", xaxis=axis)
