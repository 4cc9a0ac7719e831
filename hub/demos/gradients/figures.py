"""The figures that are drawn when a run stands still: runs in, records of plotly out (hub/ui/pictures.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from hub.demos.gradients.strings import STRINGS
from hub.tasks import gradients as task
from hub.ui.figures import PALETTE
from hub.ui.pictures import Picture, Trace, binary, picture
from hub.ui.strings import Language

SIDES = ("a", "b")
COLOURS = {"a": PALETTE[0], "b": PALETTE[1]}
THEORY = {"a": PALETTE[5], "b": PALETTE[4]}  # lighter, to be seen on the line that it lies on
FLOOR, CEILING = -80.0, 20.0  # of the colours, log10
LOG = {"type": "log", "exponentformat": "power", "nticks": 8}  # an axis

theory_of = lru_cache(maxsize=32)(task.theory)  # of a configuration, which does not change while it trains


def number(value: float) -> str:
    """Three digits; powers of ten where there are many."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "NaN" if math.isnan(value) else "−∞"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.3g}"
    mantissa, power = f"{value:.1e}".split("e")
    return f"{mantissa} × 10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def drawable(values: np.ndarray) -> list[float | None]:
    """For a logarithmic axis: what is zero or not finite leaves a gap."""
    return [float(f"{value:.4g}") if math.isfinite(value) and value > 0 else None for value in values.tolist()]


def drawn(traces: Sequence[Trace], across: str, up: str, height: int, room: int = 64, **layout: Any) -> Picture:
    """A figure with room for the label in its corner and the legend below it, which wraps."""
    return picture(traces, across, up, height + room - 40, margin={"l": 8, "r": 8, "t": room, "b": 14}, **layout)


def norms_figure(runs: Sequence[task.Run], language: Language) -> Picture:
    """‖∂L/∂h‖ by layer now, at the first step, and as the theory has it."""
    traces: list[Trace] = []

    def line(values: np.ndarray, name: str, colour: str, dash: str, width: float, markers: bool = False) -> None:
        if not np.isfinite(values).any():
            return  # of a network that broke
        traces.append(
            {
                "type": "scatter", "x": list(range(1, len(values) + 1)), "y": drawable(values), "name": name,
                "mode": "lines+markers" if markers else "lines",
                "line": {"color": colour, "dash": dash, "width": width}, "marker": {"size": 4},
            }
        )  # fmt: skip

    for side, run in zip(SIDES, runs, strict=True):
        if not run.history:
            continue
        first, last = run.history[0], run.history[-1]
        name, colour = side.upper(), COLOURS[side]
        # A is the wider one, to be seen where B lies on it.
        width = 4.5 if side == "a" else 2
        line(last.delta_norm, STRINGS.say("now", language, side=name, step=last.step), colour, "solid", width, True)
        if run.config.network == "lstm":
            line(last.gradient_norm, STRINGS.say("cell", language, side=name), colour, "longdashdot", 2)
        if last.step > 1:
            line(first.delta_norm, STRINGS.say("first", language, side=name), colour, "dot", 1.5)
        expected = theory_of(run.config)
        if expected is not None and np.isfinite(first.delta_norm[-1]):
            said = STRINGS.say("theory", language, side=name)
            line(expected.norms(float(first.delta_norm[-1])), said, THEORY[side], "dash", 2)
    deepest = max(run.config.depth for run in runs)
    return drawn(
        traces, STRINGS.say("layer", language), STRINGS.say("norms_y", language), 300, 96,
        yaxis=LOG, xaxis={"range": [1 - deepest / 60, deepest * 61 / 60]},
    )  # fmt: skip


def logarithms(run: task.Run) -> np.ndarray:
    """log10 of the gradient norms, float64 (layers, snapshots); NaN where there is none."""
    table = np.stack([snapshot.gradient_norm for snapshot in run.history], axis=1)
    with np.errstate(all="ignore"):
        found = np.log10(table)
    return np.where(np.isfinite(found), found, np.nan)


def colours_of(runs: Sequence[task.Run]) -> tuple[float, float]:
    """The range of the colours, the same for both networks; what one was on its way to infinity does not count."""
    shown = [run for run in runs if run.history and not run.ended] or [run for run in runs if run.history]
    values = np.concatenate([logarithms(run).ravel() for run in shown] or [np.zeros(1)])
    values = values[np.isfinite(values)]
    if not values.size:
        return -1.0, 0.0
    low, high = max(FLOOR, float(values.min())), min(CEILING, float(values.max()))
    return (math.floor(low), math.ceil(high)) if high > low else (low - 1, low + 1)


def heat(table: np.ndarray, run: task.Run, across: str, height: int, language: Language, **trace: Any) -> Picture:
    """A heat map that has one row a layer; of many layers some are left out."""
    rows = np.unique(np.linspace(0, len(table) - 1, min(len(table), 100)).round().astype(int))
    layer = STRINGS.say("layer_short", language)
    made = {"type": "heatmap", "z": binary(table[rows]), "y": (rows + 1).tolist(), "colorscale": "Cividis", **trace}
    return drawn([made], across, layer, height, yaxis={"dtick": 1} if run.config.depth <= 10 else {})


def heat_figure(run: task.Run, colours: tuple[float, float], language: Language) -> Picture:
    """Gradient norms, layer × step."""
    table = logarithms(run) if run.history else np.full((run.config.depth, 1), np.nan)
    layer, step = STRINGS.say("layer_short", language), STRINGS.say("step_axis", language)
    made = heat(
        table, run, step, 300, language,
        x=[snapshot.step for snapshot in run.history] or [1], zmin=colours[0], zmax=colours[1],
        colorbar={"thickness": 10, "tickprefix": "10<sup>", "ticksuffix": "</sup>", "nticks": 6},
        hovertemplate=f"{layer} %{{y}}, {step} %{{x}}: 10<sup>%{{z}}</sup><extra></extra>",
    )  # fmt: skip
    made["layout"]["xaxis"]["range"] = [0.5, max(run.config.steps, 2) + 0.5]
    return made


def loss_figure(runs: Sequence[task.Run], language: Language) -> Picture:
    """The loss of both networks, step by step."""
    traces: list[Trace] = []
    for side, run in zip(SIDES, runs, strict=True):
        shown = np.linspace(0, max(0, len(run.losses) - 1), 250).round().astype(int)
        steps: list[int] = np.unique(shown).tolist() if run.losses else []
        losses = [run.losses[step] for step in steps]
        traces.append(
            {
                "type": "scatter", "x": [int(step) + 1 for step in steps], "name": side.upper(),
                "y": [float(f"{value:.5g}") if math.isfinite(value) else None for value in losses],
                "mode": "lines" if len(steps) > 2 else "lines+markers",
                "line": {"color": COLOURS[side], "width": 2.5, "dash": "solid" if side == "a" else "dash"},
            }
        )  # fmt: skip
    spread = [value for run in runs for value in run.losses if math.isfinite(value)]
    far = bool(spread) and max(spread) > 100 * max(min(spread), 1e-12)
    few = max(run.step_count for run in runs) < 6
    return drawn(
        traces, STRINGS.say("step_axis", language), "", 300, 96,  # as high as the norms, beside which it stands
        yaxis=LOG if far else {"rangemode": "tozero"}, xaxis={"dtick": 1} if few else {},
    )  # fmt: skip


def histogram_figure(run: task.Run, language: Language) -> Picture:
    """Where the activations of each layer lie: one row a layer."""
    table, (low, high) = np.zeros((run.config.depth, task.BINS)), (0.0, 1.0)
    if run.history:
        table, (low, high) = task.histograms(run.activations)
    width = (high - low) / task.BINS
    layer, value = STRINGS.say("layer_short", language), STRINGS.say("activation_axis", language)
    made = heat(
        # The square root, so that a bin with one in a hundred can be told from an empty one.
        np.sqrt(table), run, value, 260, language,
        x=[float(f"{low + width * (index + 0.5):.4g}") for index in range(task.BINS)],
        zmin=0, zmax=1, showscale=False, hovertemplate=f"{layer} %{{y}}, {value} %{{x}}: %{{text}}<extra></extra>",
    )  # fmt: skip
    rows = [row - 1 for row in made["data"][0]["y"]]
    made["data"][0]["text"] = [[f"{share:.1%}" for share in table[row].tolist()] for row in rows]
    return made


def ratio_figure(runs: Sequence[task.Run], language: Language) -> Picture:
    """How much one step changes the weights of each layer, relative to them."""
    traces: list[Trace] = []
    for side, run in zip(SIDES, runs, strict=True):
        ratios = run.history[-1].update_ratio if run.history else np.zeros(0)
        places = list(range(1, len(ratios) + 1))
        if len(ratios) == 1:  # a recurrent network has the same weights at every time
            places, ratios = [1, run.config.depth], ratios.repeat(2)
        traces.append(
            {
                "type": "scatter", "x": places, "y": drawable(ratios), "name": side.upper(), "mode": "lines+markers",
                "line": {"color": COLOURS[side], "width": 2, "dash": "solid" if side == "a" else "dash"},
                "marker": {"size": 4},
            }
        )  # fmt: skip
    return drawn(traces, STRINGS.say("layer", language), STRINGS.say("ratio_y", language), 300, yaxis=LOG)
