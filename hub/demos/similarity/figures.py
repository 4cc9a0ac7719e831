"""The figures of sentence similarity: arrays in, plotly's records out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from unicodedata import east_asian_width

import numpy as np

from hub.ui.figures import PALETTE
from hub.ui.pictures import GRID, Picture, Trace, picture

BLUE, ORANGE, GREEN = PALETTE[:3]
GREY = "#7f8794"
SIDES = (ORANGE, BLUE)  # the base, what was trained from it
LEGEND_ABOVE = {"l": 8, "r": 8, "t": 64, "b": 8}
WRITTEN, ROOMY = 12, 8  # rows and columns up to which each cell has its number in it, and up to which it has room
# From pale yellow to blue, and never so dark that black is hard to read on it: a number keeps one colour on every cell
# of either theme.
HEAT = ("#ffffd9", "#edf8b1", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0")
ON_HEAT = "#101010"
SHORT, LONG = 12, 90  # columns of a sentence beside an axis, and in a data tip; a Chinese character takes two


@dataclass(frozen=True)
class Series:
    """One encoder's part in a figure."""

    name: str
    colour: str
    values: np.ndarray


def rounded(values: Any, digits: int = 3) -> Any:
    """Nested lists for JSON."""
    return np.round(np.asarray(values, np.float64), digits).tolist()


def cut(text: str, length: int) -> str:
    """One line of a text that may be long, safe for plotly, which reads a little HTML."""
    line = " ".join(text.split())
    widths = np.cumsum([2 if east_asian_width(mark) in "WF" else 1 for mark in line])
    fits = int((widths <= length).sum())
    return escape(line if fits == len(line) else line[: max(1, int((widths < length).sum()))] + "…")


def ticks(names: Sequence[str]) -> dict[str, Any]:
    """An axis with a name for each row, equal names among them."""
    return {"tickvals": list(range(len(names))), "ticktext": list(names), "showgrid": False, "tickfont": {"size": 12}}


def written(value: float, room: bool) -> str:
    """A cosine in a cell; without its 0 where there is little room."""
    text = f"{value:.2f}".replace("-0.00", "0.00")
    return text if room else {"1.00": "1", "-1.00": "-1"}.get(text, text.replace("0.", ".", 1))


def heat(values: np.ndarray, low: float, high: float, tip: str, tips: Sequence[Sequence[Any]] | None) -> Trace:
    """A heat map over 0, 1, 2, …; small ones have their numbers written in."""
    most = max(values.shape)
    numbers: Trace = {}
    if most <= WRITTEN:
        numbers["text"] = [[written(value, most <= ROOMY) for value in row] for row in values.tolist()]
        numbers["texttemplate"] = "%{text}"
        numbers["textfont"] = {"size": 11 if most <= ROOMY else 10, "color": ON_HEAT}
    return {
        "type": "heatmap",
        "z": rounded(values),
        "zmin": low,
        "zmax": high,
        "colorscale": [[place / (len(HEAT) - 1), colour] for place, colour in enumerate(HEAT)],
        # Below, so that a narrow page is left to the cells.
        "colorbar": {
            "orientation": "h",
            "thickness": 8,
            "len": 0.6,
            "y": 0,
            "yanchor": "top",
            "tickfont": {"size": 11},
        },
        "xgap": 1,
        "ygap": 1,
        **numbers,
        **({"customdata": tips} if tips is not None else {}),
        "hovertemplate": tip + "<extra></extra>",
    }


def alignment(first: Sequence[str], second: Sequence[str], cosines: np.ndarray) -> Picture:
    """Tokens of one sentence (rows) against those of another, float (first, second)."""
    rows, columns = ([cut(token, SHORT) for token in tokens] for tokens in (first, second))
    tips = [[[row, column] for column in columns] for row in rows]
    trace = heat(cosines, 0, 1, "%{customdata[0]} – %{customdata[1]}: %{z:.3f}", tips)
    upright = all(len(token) < 4 for token in columns)
    return picture(
        [trace], "", "", 130 + 28 * max(4, min(len(rows), 24)),
        xaxis={**ticks(columns), "side": "top", "tickangle": 0 if upright else -45},
        yaxis={**ticks(rows), "autorange": "reversed"},
    )  # fmt: skip


def matrix(
    lines: Sequence[str], values: np.ndarray, numbers: Sequence[str] | None = None, stretched: bool = False
) -> Picture:
    """All pairs of some lines, float (lines, lines).

    Args:
        numbers: short names of the lines, 1, 2, 3, … by default.
        stretched: colours from the lowest to the highest value of different lines, not from 0 to 1.
    """
    low, high = min(0.0, float(values.min())), 1.0
    if stretched:
        different = values[~np.eye(len(values), dtype=bool)]
        low, high = float(different.min()), float(different.max())
    names = list(numbers or (str(number) for number in range(1, len(lines) + 1)))
    labels = [f"{name} {cut(line, SHORT)}" for name, line in zip(names, lines, strict=True)]
    shown = [cut(line, LONG) for line in lines]
    trace = heat(values, low, high, "%{y}<br>%{x}<br><b>%{z:.3f}</b>", None)
    # The sentences stand once for each row and each column, not once for each cell; the number makes equal ones differ.
    trace["x"] = trace["y"] = [f"{name} {line}" for name, line in zip(names, shown, strict=True)]
    axis = {"type": "category", "showgrid": False, "tickvals": list(range(len(lines)))}
    return picture(
        [trace], "", "", 110 + min(620, max(220, 26 * len(lines))),
        xaxis={**axis, "ticktext": names, "side": "top", "tickangle": 0, "tickfont": {"size": 11}},
        yaxis={**axis, "ticktext": labels, "autorange": "reversed", "tickfont": {"size": 11}},
    )  # fmt: skip


def histogram(series: Sequence[Series], across: str, up: str) -> Picture:
    """How often each cosine occurs."""
    traces = [
        {
            "type": "histogram",
            "name": one.name,
            "x": rounded(one.values),
            "xbins": {"start": -1, "end": 1.04, "size": 0.04},
            "histnorm": "percent",
            "opacity": 0.7,
            "marker": {"color": one.colour},
            "hovertemplate": f"%{{x}}: %{{y:.1f}} %<extra>{escape(one.name)}</extra>",
        }
        for one in series
    ]
    return picture(
        traces, across, up, 330, barmode="overlay", margin=LEGEND_ABOVE, yaxis={"ticksuffix": " %"},
        xaxis={"range": [min(-0.2, *(float(one.values.min()) - 0.04 for one in series)), 1.05]},
    )  # fmt: skip


def spectrum(series: Sequence[Series], across: str, up: str) -> Picture:
    """Singular values, the largest first, as shares of their sum."""
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": one.name,
            "x": list(range(1, len(one.values) + 1)),
            "y": rounded(100 * one.values, 4),
            "line": {"color": one.colour, "width": 2},
            "marker": {"size": 4},
            "hovertemplate": f"%{{x}}: %{{y:.2f}} %<extra>{escape(one.name)}</extra>",
        }
        for one in series
    ]
    return picture(
        traces, across, up, 330, margin=LEGEND_ABOVE,
        yaxis={"type": "log", "ticksuffix": " %", "dtick": "D2", "exponentformat": "none"},
    )  # fmt: skip


SLOPE = np.radians(22)  # from which the sphere is looked at, above its equator
RINGS = (30, 60, 90)  # degrees


def seen(angles: Any, turns: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of the unit sphere as they are seen: to the right, upwards, and towards the eye.

    Args:
        angles: degrees from the axis, which points upwards. turns: degrees around it.
    """
    away, around = np.radians(angles), np.radians(turns)
    right, back, up = np.sin(away) * np.cos(around), np.sin(away) * np.sin(around), np.cos(away) + 0 * around
    return right, back * np.sin(SLOPE) + up * np.cos(SLOPE), up * np.sin(SLOPE) - back * np.cos(SLOPE)


def _drawn(x: Any, y: Any, colour: str, width: float, dash: str = "solid", **more: Any) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "x": rounded(x), "y": rounded(y), "hoverinfo": "skip", "showlegend": False,
        "line": {"color": colour, "width": width, "dash": dash}, **more,
    }  # fmt: skip


def cone(points: Series, turns: np.ndarray, texts: Sequence[str], axis: str, tip: str) -> Picture:
    """Sentences as arrows of length 1 around their mean direction, which points upwards; nothing is centred.

    Args:
        points: degrees of each sentence from the mean direction. turns: degrees around it.
        axis: what stands at the tip of the mean direction. tip: of one sentence, with {angle} in it.
    """
    round_trip = np.linspace(0, 360, 73)
    right, up, near = seen(points.values, turns)
    traces = [_drawn(np.cos(np.radians(round_trip)), np.sin(np.radians(round_trip)), GREY, 1)]
    for ring in RINGS:
        across, high, _ = seen(np.full(73, ring), round_trip)
        traces.append(_drawn(across, high, GRID, 1, "dot"))
    rim = seen(np.full(73, points.values.mean()), round_trip)
    traces.append(_drawn(rim[0], rim[1], points.colour, 2, fill="toself", fillcolor=_pale(points.colour)))
    rays = ([part for end in rounded(ends) for part in (0.0, end, None)] for ends in (right, up))
    traces.append({**_drawn([], [], points.colour, 1), **dict(zip("xy", rays, strict=True)), "opacity": 0.4})
    traces.append(_drawn([0, 0], [0, float(np.cos(SLOPE))], GREY, 3))
    traces.append(
        {
            "type": "scatter", "mode": "markers", "name": points.name, "showlegend": True,
            "x": rounded(right), "y": rounded(up),
            "text": [
                f"{cut(text, LONG)}<br>{tip.format(angle=angle)}"
                for text, angle in zip(texts, points.values.tolist(), strict=True)
            ],
            # What lies on the far side is paler.
            "marker": {"size": 8, "color": points.colour, "opacity": rounded(np.where(near < 0, 0.45, 0.95))},
            "hovertemplate": "%{text}<extra></extra>",
        }
    )  # fmt: skip
    bare = {"visible": False, "fixedrange": True}
    sides = np.radians(RINGS)
    labels = [(axis, 0.0, 1.02, "center")]
    labels += [
        (f"{ring}°", x + 0.03, y, "left")
        for ring, x, y in zip(RINGS, np.sin(sides).tolist(), (np.cos(sides) * np.cos(SLOPE)).tolist(), strict=True)
    ]
    annotations = [
        {"text": escape(text), "x": x, "y": y, "showarrow": False, "font": {"size": 11}, "xanchor": anchor,
         "yanchor": "bottom"}
        for text, x, y, anchor in labels
    ]  # fmt: skip
    return picture(
        traces, "", "", 400, margin={"l": 4, "r": 4, "t": 44, "b": 4}, annotations=annotations,
        xaxis={**bare, "range": [-1.2, 1.2]}, yaxis={**bare, "range": [-1.1, 1.2], "scaleanchor": "x"},
    )  # fmt: skip


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},.10)"


def course(series: Sequence[tuple[Series, np.ndarray]], at: int, across: str, up: str) -> Picture:
    """Lines over the number of removed tokens: (values, numbers); a thin line stands at the chosen number."""
    traces: list[Trace] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": one.name,
            "x": numbers.tolist(),
            "y": rounded(one.values),
            "line": {"color": one.colour, "width": 2.5},
            "hovertemplate": f"%{{x}}: %{{y:.3f}}<extra>{escape(one.name)}</extra>",
        }
        for one, numbers in series
    ]
    here = {
        "type": "line",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": GREY, "width": 1.5},
    }
    return picture(
        traces, across, up, 300, margin=LEGEND_ABOVE, shapes=[here], showlegend=True,
        yaxis={"range": [0, 1.1 * max(float(one.values.max()) for one, _ in series)]},
    )  # fmt: skip


def embedding_matrices(matrices: Sequence[tuple[str, np.ndarray]], tokens: Sequence[str], across: str) -> Picture:
    """Embedding matrices (tokens, dim), one above the other; what is exactly 0 was erased and is left blank."""
    scale = float(np.quantile(np.abs(matrices[0][1]), 0.98)) or 1.0
    names = [cut(token, SHORT) for token in tokens]
    traces: list[Trace] = []
    layout: dict[str, Any] = {}
    heading, foot = 44, 70  # pixels
    band = heading + 15 * min(len(tokens), 24)
    height = foot + len(matrices) * band
    titles = []
    for place, (name, values) in enumerate(matrices):
        axis = "y" if place == 0 else f"y{place + 1}"
        blank = np.where(values == 0, np.nan, np.round(values, 2))
        traces.append(
            {
                "type": "heatmap",
                "yaxis": axis,
                "z": [[None if np.isnan(value) else value for value in row] for row in blank.tolist()],
                "customdata": [[token] * values.shape[1] for token in names],
                "zmin": -scale,
                "zmax": scale,
                "colorscale": "Cividis",
                "showscale": place == 0,
                "colorbar": {
                    "thickness": 8,
                    "len": 160,
                    "lenmode": "pixels",
                    "y": 1,
                    "yanchor": "top",
                    "tickfont": {"size": 11},
                },
                "hoverongaps": False,
                "hovertemplate": f"%{{customdata}}, {across} %{{x}}: %{{z:.2f}}<extra>{_broken(name)}</extra>",
            }
        )
        top, bottom = (1 - edge * band / (height - foot) for edge in (place, place + 1))
        above = top - (top - bottom) * heading / band  # the upper edge of the matrix
        layout["yaxis" + axis[1:]] = {
            **ticks(names), "autorange": "reversed", "automargin": True, "zeroline": False,
            "domain": [bottom, above], "tickfont": {"size": 10}, "anchor": "x",
        }  # fmt: skip
        titles.append(
            {
                "text": _broken(name), "align": "left",
                "x": 0, "y": above, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom",
                "showarrow": False, "font": {"size": 12},
            }
        )  # fmt: skip
    across_axis = {"showgrid": False, "anchor": "y" if len(matrices) == 1 else f"y{len(matrices)}"}
    return picture(traces, across, "", height, **layout, annotations=titles, xaxis=across_axis)


def _broken(text: str) -> str:
    """Text for plotly, its lines kept."""
    return escape(text).replace("\n", "<br>")


def weights(names: Sequence[str], values: np.ndarray, tips: Sequence[str], up: str) -> Picture:
    """How the push of one view is shared among its negatives, in shares of 1."""
    trace = {
        "type": "bar",
        "x": list(names),
        "y": rounded(100 * values, 4),
        "customdata": list(tips),
        "marker": {"color": ORANGE},
        "text": [f"{value:.0%}" for value in values],
        "textposition": "outside",
        "hovertemplate": "%{customdata}<br>%{y:.2f} %<extra></extra>",
    }
    order = {"type": "category", "categoryorder": "array", "categoryarray": list(names)}
    return picture([trace], "", up, 330, xaxis=order, yaxis={"ticksuffix": " %", "range": [0, 112]})
