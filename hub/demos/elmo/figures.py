"""The figures of the tab: arrays in, plotly's records out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from hub.ui.figures import PALETTE
from hub.ui.pictures import Picture, Trace, picture

GREY = "#7f8794"
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")
COLUMNS, STEP = 2, (1.35, 1.65)  # triangles side by side, and how far the next one is, to the right and below
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


def corner(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where weights of three layers lie in a triangle: layer 0 left, layer 1 right, layer 2 on top."""
    return weights[..., 1] + weights[..., 2] / 2, weights[..., 2] * 3**0.5 / 2


def triangles(
    grid: np.ndarray,
    surfaces: Sequence[tuple[str, np.ndarray, Sequence[float]]],
    now: Sequence[float],
    layers: Sequence[str],
    marks: tuple[str, str],
) -> Picture:
    """The accuracy of each probe over all mixes, side by side.

    Args:
        grid: weights, float (points, 3). surfaces: title, accuracy at each point, the learnt weights. now: the weights
            that are set. layers: names of the corners. marks: what stands for those two.
    """
    x, y = corner(grid)
    names = [" / ".join(f"{part:.1f}" for part in row) for row in grid.tolist()]
    traces: list[Trace] = []
    notes = []
    for number, (title, values, learnt) in enumerate(surfaces):
        shift, down = STEP[0] * (number % COLUMNS), STEP[1] * (number // COLUMNS)
        traces.append(
            {
                "type": "scatter", "mode": "markers", "showlegend": False,
                "x": np.round(x + shift, 4).tolist(), "y": np.round(y - down, 4).tolist(),
                "marker": {
                    "size": 15, "symbol": "hexagon", "color": np.round(values, 4).tolist(), "colorscale": "Cividis",
                    "cmin": float(values.min()), "cmax": float(values.max()),
                },
                "text": [f"{name}: {value:.1%}" for name, value in zip(names, values.tolist(), strict=True)],
                "hovertemplate": "%{text}<extra>" + escape(title) + "</extra>",
            }
        )  # fmt: skip
        for place, (weights, symbol, colour) in enumerate(
            ((learnt, "star", PALETTE[4]), (now, "circle-open", PALETTE[1]))
        ):
            left, up = corner(np.asarray(weights, float))
            traces.append(
                {
                    "type": "scatter", "mode": "markers", "name": marks[1 - place], "showlegend": number == 0,
                    "x": [round(float(left) + shift, 4)], "y": [round(float(up) - down, 4)],
                    "marker": {"size": 16, "symbol": symbol, "color": colour, "line": {"width": 3, "color": colour}},
                    "hoverinfo": "skip",
                }
            )  # fmt: skip
        top = 3**0.5 / 2
        spots = ((0.0, 0.0, -14), (1.0, 0.0, -14), (0.5, top, 15))
        corners = [(left, up, shown, escape(name), 11) for (left, up, shown), name in zip(spots, layers, strict=True)]
        notes += [
            {
                "x": shift + left,
                "y": up - down,
                "yshift": shown,
                "text": text,
                "showarrow": False,
                "font": {"size": size},
            }
            for left, up, shown, text, size in [*corners, (0.5, top, 34, f"<b>{escape(title)}</b>", 13)]
        ]  # fmt: skip
    columns, rows = min(COLUMNS, len(surfaces)), -(-len(surfaces) // COLUMNS)
    wide = {"visible": False, "range": [-0.25, STEP[0] * columns - 0.1]}
    high = {"visible": False, "range": [-0.2 - STEP[1] * (rows - 1), 1.15], "scaleanchor": "x"}
    return picture(traces, "", "", 60 + 260 * rows, annotations=notes, xaxis=wide, yaxis=high)
