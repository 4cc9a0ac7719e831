"""The figures of the likelihood lab: arrays in, plotly's records out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hub.ui.figures import PALETTE
from hub.ui.pictures import Picture, Trace, picture

BLUE, ORANGE, GREEN, PINK, YELLOW, SKY = PALETTE
GREY = "#7f8794"
HEIGHT = 360


@dataclass(frozen=True)
class Curve:
    """A line with a name; the style is plotly's."""

    name: str
    x: np.ndarray
    y: np.ndarray
    colour: str
    dash: str = "solid"
    width: float = 2.5


@dataclass(frozen=True)
class Mark:
    """A point that is pointed out: yours, the optimiser's, the truth."""

    name: str
    x: float
    y: float
    colour: str
    symbol: str


def numbers(values: Any, digits: int = 7) -> list[float | None]:
    """For JSON: rounded, and nothing for what is not finite."""
    flat = np.asarray(values, np.float64).ravel()
    return [
        float(f"{value:.{digits}g}") if finite else None
        for value, finite in zip(flat.tolist(), np.isfinite(flat), strict=True)
    ]


def line(curve: Curve, mode: str = "lines", **more: Any) -> Trace:
    return {
        "type": "scatter",
        "mode": mode,
        "name": curve.name,
        "x": numbers(curve.x),
        "y": numbers(curve.y),
        "line": {"color": curve.colour, "dash": curve.dash, "width": curve.width},
        "marker": {"size": 7, "color": curve.colour},
        "hovertemplate": f"%{{x:.4g}}: %{{y:.5g}}<extra>{curve.name}</extra>",
        **more,
    }


def way(path: Curve) -> Trace:
    """The steps of a climb; where there are many, their turns can be seen."""
    many = len(path.x) > 30
    return line(
        path, "lines+markers", marker={"size": 3 if many else 7, "color": path.colour},
        line={"color": path.colour, "dash": path.dash, "width": 1.2 if many else path.width},
    )  # fmt: skip


def whole(most: float) -> dict[str, Any]:
    """The axis of whole numbers from 0: no ticks between them."""
    return {"tick0": 0, "dtick": max(1, math.ceil(most / 10))} if most <= 1_000 else {}


def level(name: str, over: np.ndarray, height: float, colour: str, dash: str, width: float) -> Trace:
    """A horizontal line over the span of x."""
    return line(Curve(name, over[[0, -1]], np.full(2, height), colour, dash, width))


def dots(name: str, points: np.ndarray, colour: str, symbol: str = "circle", **more: Any) -> Trace:
    """Points (N, 2)."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": numbers(points[:, 0]),
        "y": numbers(points[:, 1]),
        "marker": {"size": 8, "color": colour, "symbol": symbol, "line": {"width": 1, "color": "white"}},
        "hovertemplate": f"%{{x:.4g}}, %{{y:.4g}}<extra>{name}</extra>",
        **more,
    }


def pointed(marks: Iterable[Mark]) -> list[Trace]:
    """One trace for each mark."""
    return [
        dots(
            mark.name,
            np.array([[mark.x, mark.y]]),
            mark.colour,
            marker={
                "size": 14,
                "color": mark.colour,
                "symbol": mark.symbol,
                "line": {"width": 1.5, "color": "white"},
            },
        )
        for mark in marks
    ]


SIDES = {"l": 62, "r": 14, "t": 8, "b": 42}  # fixed, so that a strip of dots can stand under the figure (page.css)


def ticks(low: float, high: float, whole_numbers: bool = False, about: int = 7) -> list[float]:
    """Round values from low to high, about so many."""
    rough = (high - low) / about
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * part for part in (1, 2, 5, 10) if size * part >= rough)
    step = max(1.0, step) if whole_numbers else step
    return [float(f"{place * step:.12g}") for place in range(math.ceil(low / step), math.floor(high / step) + 1)]


def data_and_densities(
    data: np.ndarray, curves: Sequence[Curve], ends: tuple[float, float], discrete: bool, seen: str, up: str
) -> Picture:
    """The data as bars in units of the densities, and what the models say of them.

    A discrete model has bars of its own where it has two values, stems where it has more: nothing lies between them.

    Args:
        ends: of the axis of x.
    """
    if not discrete:
        traces = [_histogram(data, seen), *(line(curve) for curve in curves)]
    elif all(len(curve.x) <= 2 for curve in curves):
        traces = _bars_beside(data, curves, seen)
    else:
        traces = [_shares(data, seen, 0.9), *_stems(curves)]
    across = {"range": list(ends), "tickvals": ticks(*ends, discrete), "automargin": False}
    more = {"xaxis": across, "yaxis": {"automargin": False, "rangemode": "tozero"}, "margin": SIDES}
    return picture(traces, "x", up, HEIGHT, bargap=0.04, **more)


def _histogram(data: np.ndarray, name: str) -> Trace:
    return {
        "type": "histogram",
        "name": name,
        "x": numbers(data),
        "histnorm": "probability density",
        "nbinsx": int(np.clip(2 * math.sqrt(len(data)), 6, 40)),
        "marker": {"color": GREY, "line": {"width": 1, "color": "rgba(255,255,255,.6)"}},
        "opacity": 0.55,
        "hovertemplate": f"%{{x}}: %{{y:.3g}}<extra>{name}</extra>",
    }


def _bar(name: str, x: np.ndarray, y: np.ndarray, colour: str, width: float, offset: float) -> Trace:
    return {
        "type": "bar",
        "name": name,
        "x": numbers(x),
        "y": numbers(y),
        "width": width,
        "offset": offset,
        "marker": {"color": colour},
        "hovertemplate": f"%{{x}}: %{{y:.4g}}<extra>{name}</extra>",
    }


def _shares(data: np.ndarray, name: str, width: float, offset: float | None = None) -> Trace:
    """How often each value was seen, as a share of all."""
    values, counts = np.unique(data, return_counts=True)
    left = -width / 2 if offset is None else offset
    return _bar(name, values, counts / len(data), GREY, width, left) | {"opacity": 0.55}


def _bars_beside(data: np.ndarray, curves: Sequence[Curve], seen: str) -> list[Trace]:
    width = 0.84 / (1 + len(curves))
    made = [_shares(data, seen, width, -0.42)]
    for place, curve in enumerate(curves, 1):
        made.append(_bar(curve.name, curve.x, curve.y, curve.colour, 0.92 * width, -0.42 + place * width))
    return made


def _stems(curves: Sequence[Curve]) -> list[Trace]:
    """A dot on a stem for each value, the models side by side."""
    made = []
    for place, curve in enumerate(curves):
        aside = 0.16 * (place - (len(curves) - 1) / 2)
        stem = {"type": "data", "symmetric": False, "array": [0] * len(curve.x), "arrayminus": numbers(curve.y)}
        made.append(
            dots(
                curve.name, np.column_stack([curve.x + aside, curve.y]), curve.colour,
                error_y={**stem, "width": 0, "thickness": 1.6, "color": curve.colour}, customdata=numbers(curve.x),
                hovertemplate=f"%{{customdata}}: %{{y:.4g}}<extra>{curve.name}</extra>",
            )
        )  # fmt: skip
    return made


def nothing(text: str, across: str, up: str, **layout: Any) -> Picture:
    """Axes without data, and what to do about it."""
    return picture([], across, up, HEIGHT, annotations=[_said(text, 0.5)], **layout)


def _said(text: str, height: float) -> dict[str, Any]:
    """A line of text in the middle of a picture. height: from 0 at its foot to 1."""
    return {
        "text": text, "x": 0.5, "y": height, "xref": "paper", "yref": "paper", "showarrow": False,
        "xanchor": "center", "font": {"size": 13},
    }  # fmt: skip


def tries(
    points: np.ndarray, heights: np.ndarray, here: Mark, ranges: Sequence[tuple[float, float]], names: Sequence[str]
) -> Picture:
    """ℓ where the visitor has stood, and nowhere else.

    Args:
        points: (N, 1) or (N, 2) parameters. ranges: of the axes that are parameters. names: of a try, of the axis or
            axes, of ℓ, and what is said of the rest.
    """
    name, *axes, height_name, hint = names
    said = {"annotations": [_said(hint, 1.0) | {"yanchor": "top"}]}
    finite = np.where(np.isfinite(heights), heights, np.nan)
    if len(ranges) == 1:
        seen = dots(name, np.column_stack([points[:, 0], finite]), BLUE)
        return picture([seen, *pointed([here])], axes[0], height_name, HEIGHT, xaxis={"range": list(ranges[0])}, **said)
    marker = {
        "size": 11, "color": numbers(finite, 5), "colorscale": "Cividis", "line": {"width": 1, "color": "white"},
        "showscale": len(points) > 1, "colorbar": {"thickness": 10, "title": {"text": "ℓ"}},
    }  # fmt: skip
    seen = dots(
        name, points, BLUE, marker=marker, customdata=numbers(finite, 6),
        hovertemplate=f"{axes[0]} %{{x:.4g}}<br>{axes[1]} %{{y:.4g}}<br>ℓ %{{customdata:.6g}}<extra></extra>",
    )  # fmt: skip
    ends = {"xaxis": {"range": list(ranges[0])}, "yaxis": {"range": list(ranges[1])}}
    return picture([seen, *pointed([here])], axes[0], axes[1], HEIGHT, **ends, **said)


def likelihood_curve(
    curve: Curve,
    path: Curve | None,
    marks: Sequence[Mark],
    interval: float,
    view: tuple[float, float],
    names: Sequence[str],
) -> Picture:
    """ℓ over one parameter, with the way up.

    Args:
        interval: the height of ℓ above which the 95 % likelihood interval lies; NaN: none. view: the lowest and the
            highest ℓ to show. names: of the interval, of both axes.
    """
    traces = [line(curve)]
    if np.isfinite(interval):
        traces.append(level(names[0], curve.x, interval, GREY, "dot", 1.5))
    if path is not None:
        traces.append(way(path))
    return picture([*traces, *pointed(marks)], names[1], names[2], HEIGHT, yaxis={"range": list(view)})


def likelihood_contour(
    x: np.ndarray, y: np.ndarray, depth: np.ndarray, values: np.ndarray, path: Curve | None, marks: Sequence[Mark],
    names: Sequence[str],
) -> Picture:  # fmt: skip
    """ℓ over two parameters: contours of the depth below the top, on a logarithmic scale; the tip says ℓ itself."""
    contour: Trace = {
        "type": "contour",
        "name": "ℓ",
        "x": numbers(x),
        "y": numbers(y),
        "z": [numbers(row, 4) for row in depth],
        "customdata": [numbers(row, 6) for row in values],
        "colorscale": "Cividis",
        "reversescale": True,
        "showscale": False,
        "contours": {"start": 0.05, "end": float(np.nanmax(depth, initial=1.0)), "size": 0.2},
        "line": {"width": 0.6, "color": "rgba(255,255,255,.55)"},
        "hovertemplate": f"{names[0]} %{{x:.4g}}<br>{names[1]} %{{y:.4g}}<br>ℓ %{{customdata:.6g}}<extra></extra>",
    }
    traces = [contour] + ([way(path)] if path is not None else [])
    ends = {"xaxis": {"range": numbers(x[[0, -1]])}, "yaxis": {"range": numbers(y[[0, -1]])}}
    return picture([*traces, *pointed(marks)], names[0], names[1], HEIGHT, **ends)


def growth(
    sizes: np.ndarray, samples: np.ndarray, low: np.ndarray, high: np.ndarray, band: tuple[np.ndarray, np.ndarray],
    truth: float, names: Sequence[str],
) -> Picture:  # fmt: skip
    """Estimates while n grows: the band of nine in ten, some single samples, and what Fisher's information promises.

    Args:
        names: of a sample, of the band, of the promise, of the truth, of both axes.
    """
    inside: Trace = {
        "type": "scatter",
        "mode": "lines",
        "name": names[1],
        "x": numbers([*sizes, *sizes[::-1]]),
        "y": numbers([*high, *low[::-1]]),
        "fill": "toself",
        "fillcolor": "rgba(0,114,178,.18)",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    single = [
        line(Curve(names[0], sizes, row, BLUE, "solid", 1.0), opacity=0.6, showlegend=not place, legendgroup="samples")
        for place, row in enumerate(samples[:8])
    ]
    promise = [
        line(Curve(names[2], sizes, edge, ORANGE, "dash", 2.0), showlegend=not place, legendgroup="promise")
        for place, edge in enumerate(band)
    ]
    traces = [inside, *single, *promise, level(names[3], sizes, truth, GREEN, "solid", 2.0)]
    return picture(traces, names[4], names[5], HEIGHT, xaxis={"type": "log", "dtick": 1})


def lines(
    curves: Sequence[Curve], across: str, up: str, *, logs: str = "", points: bool = False, marks: Sequence[Mark] = (),
    height: int = HEIGHT, percent: bool = False, steps: int = 0,
) -> Picture:  # fmt: skip
    """Lines in one picture.

    Args:
        logs: the axes with a logarithmic scale, "x", "y" or "xy". points: whether each value is a dot as well.
        steps: above 0: x counts them.
    """
    x, y = ({"type": "log", "dtick": 1} if axis in logs else {} for axis in "xy")
    x |= whole(steps) if steps else {}
    traces = [line(curve, "lines+markers" if points else "lines") for curve in curves]
    form = {"tickformat": ".0%"} if percent else {}
    return picture([*traces, *pointed(marks)], across, up, height, xaxis=x, yaxis={**y, **form})


def points_and_curve(points: np.ndarray, curve: Curve, seen: str) -> Picture:
    """Points (N, 2) and a line through them."""
    return picture([dots(seen, points, GREY), line(curve)], "x", "y", HEIGHT)


def two_classes(
    rows: np.ndarray, curves: Sequence[Curve], box: tuple[float, float, float, float], names: Sequence[str]
) -> Picture:
    """Points of two classes, the ellipses of the generative model, and the lines that divide.

    Args:
        names: of class 0, of class 1.
    """
    kinds = ((0, ORANGE, "circle"), (1, BLUE, "diamond"))
    traces = [dots(names[label], rows[rows[:, 2] == label, :2], colour, symbol) for label, colour, symbol in kinds]
    traces += [line(curve) for curve in curves]
    ends = {"xaxis": {"range": list(box[:2])}, "yaxis": {"range": list(box[2:])}}
    return picture(traces, "x₁", "x₂", 420, **ends)


def shares(names: Sequence[str], groups: Sequence[tuple[str, np.ndarray, str]], up: str) -> Picture:
    """Bars side by side: (name, probabilities, colour) for each group."""
    traces: list[Trace] = [
        {
            "type": "bar",
            "name": name,
            "x": list(names),
            "y": numbers(values),
            "marker": {"color": colour},
            "hovertemplate": f"%{{x}}: %{{y:.4f}}<extra>{name}</extra>",
        }
        for name, values, colour in groups
    ]
    return picture(traces, "", up, 320, barmode="group", bargap=0.25, xaxis={"type": "category"})


def transitions(tokens: Sequence[str], probabilities: np.ndarray, counts: np.ndarray, names: Sequence[str]) -> Picture:
    """p(next | previous) as a heat map. names: of the rows, of the columns."""
    shown = list(tokens)
    heat: Trace = {
        "type": "heatmap",
        "x": shown,
        "y": shown,
        "z": [numbers(row, 4) for row in probabilities],
        "customdata": [numbers(row) for row in counts],
        "colorscale": "Cividis",
        "zmin": 0,
        "zmax": 1,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"thickness": 10, "tickformat": ".0%"},
        "hovertemplate": "%{y} → %{x}: %{z:.1%} (%{customdata})<extra></extra>",
    }
    axis = {"type": "category", "dtick": 1, "tickfont": {"size": 11}}
    tilt = 0 if max(map(len, shown)) < 3 else -60
    return picture(
        [heat], names[1], names[0], 480,
        xaxis={**axis, "tickangle": tilt}, yaxis={**axis, "autorange": "reversed"},
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
    )  # fmt: skip
