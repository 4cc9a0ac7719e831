"""The figures of the tab: runs in, figures out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hub.demos.gradients.strings import STRINGS
from hub.tasks import gradients as task
from hub.ui import figures
from hub.ui.strings import Language

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SIDES = ("a", "b")
COLOURS = {"a": figures.PALETTE[0], "b": figures.PALETTE[1]}
THEORY = {"a": figures.PALETTE[5], "b": figures.PALETTE[4]}  # lighter, to be seen on the line that it lies on
FLOOR, CEILING = -40.0, 20.0  # of the colours of a heat map, log10


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


def titled(figure: Figure, height: int, room: int = 64) -> Figure:
    """The look of every figure, with room for the label in its corner and the legend below it, which wraps."""
    return figures.layout(figure, height + room - 40).update_layout(margin={"t": room})


def rows_of(figure: Figure, run: task.Run, language: Language) -> None:
    """The axis of a heat map that has one row a layer: whose it is, and whole numbers."""
    layer = STRINGS.say("layer_short", language)
    figure.update_yaxes(title=layer, **({"dtick": 1} if run.config.depth <= 10 else {}))


def norms_figure(runs: Sequence[task.Run], language: Language) -> Figure:
    """‖∂L/∂h‖ by layer now, at the first step, and as the theory has it."""
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()

    def line(values: np.ndarray, name: str, colour: str, dash: str, width: float, markers: bool = False) -> None:
        figure.add_trace(
            Scatter(
                x=list(range(1, len(values) + 1)), y=drawable(values), name=name,
                mode="lines+markers" if markers else "lines",
                line={"color": colour, "dash": dash, "width": width}, marker={"size": 4},
            )
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
        expected = task.theory(run.config)
        if expected is not None and np.isfinite(first.delta_norm[-1]):
            said = STRINGS.say("theory", language, side=name)
            line(expected.norms(float(first.delta_norm[-1])), said, THEORY[side], "dash", 2)
    figure.update_yaxes(type="log", exponentformat="power", title=STRINGS.say("norms_y", language), nticks=8)
    deepest = max(run.config.depth for run in runs)
    figure.update_xaxes(title=STRINGS.say("layer", language), range=[1 - deepest / 60, deepest * 61 / 60])
    return titled(figure, 380, 96)


def logarithms(run: task.Run) -> np.ndarray:
    """log10 of the gradient norms, float64 (layers, snapshots); NaN where there is none."""
    table = np.stack([snapshot.gradient_norm for snapshot in run.history], axis=1)
    with np.errstate(all="ignore"):
        found = np.log10(table)
    return np.where(np.isfinite(found), found, np.nan)


def colours_of(runs: Sequence[task.Run]) -> tuple[float, float]:
    """The range of the colours, the same for both heat maps."""
    values = np.concatenate([logarithms(run).ravel() for run in runs if run.history] or [np.zeros(1)])
    values = values[np.isfinite(values)]
    if not values.size:
        return -1.0, 0.0
    low, high = max(FLOOR, float(values.min())), min(CEILING, float(values.max()))
    return (math.floor(low), math.ceil(high)) if high > low else (low - 1, low + 1)


def heat_figure(run: task.Run, colours: tuple[float, float], language: Language) -> Figure:
    """Gradient norms, layer × step."""
    from plotly.graph_objects import Figure, Heatmap

    table = logarithms(run) if run.history else np.full((run.config.depth, 1), np.nan)
    rows = np.unique(np.linspace(0, len(table) - 1, min(len(table), 100)).round().astype(int))
    layer, step = STRINGS.say("layer_short", language), STRINGS.say("step_axis", language)
    figure = Figure(
        Heatmap(
            z=table[rows].astype(np.float32),  # as binary: lists would take longer than the training
            x=[snapshot.step for snapshot in run.history] or [1],
            y=(rows + 1).tolist(),
            zmin=colours[0], zmax=colours[1], colorscale="Cividis",
            colorbar={"thickness": 10, "tickprefix": "10<sup>", "ticksuffix": "</sup>", "nticks": 6},
            hovertemplate=f"{layer} %{{y}}, {step} %{{x}}: 10<sup>%{{z}}</sup><extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title=step, range=[0.5, max(run.config.steps, 2) + 0.5])
    rows_of(figure, run, language)
    return titled(figure, 300)


def loss_figure(runs: Sequence[task.Run], language: Language) -> Figure:
    """The loss of both networks, step by step."""
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    for side, run in zip(SIDES, runs, strict=True):
        shown = np.linspace(0, max(0, len(run.losses) - 1), 250).round().astype(int)
        steps: list[int] = np.unique(shown).tolist() if run.losses else []
        losses = [run.losses[step] for step in steps]
        figure.add_trace(
            Scatter(
                x=[int(step) + 1 for step in steps],
                y=[float(f"{value:.5g}") if math.isfinite(value) else None for value in losses],
                name=side.upper(), mode="lines" if len(steps) > 2 else "lines+markers",
                line={"color": COLOURS[side], "width": 2.5, "dash": "solid" if side == "a" else "dash"},
            )
        )  # fmt: skip
    spread = [value for run in runs for value in run.losses if math.isfinite(value)]
    if spread and max(spread) > 100 * max(min(spread), 1e-12):
        figure.update_yaxes(type="log", exponentformat="power", nticks=8)
    else:
        figure.update_yaxes(rangemode="tozero")
    last = max(run.step_count for run in runs)
    figure.update_xaxes(title=STRINGS.say("step_axis", language), **({"dtick": 1} if last < 6 else {}))
    return titled(figure, 300)


def histogram_figure(run: task.Run, language: Language) -> Figure:
    """Where the activations of each layer lie: one row a layer."""
    from plotly.graph_objects import Figure, Heatmap

    table, (low, high) = np.zeros((run.config.depth, task.BINS)), (0.0, 1.0)
    if run.history:
        table, (low, high) = task.histograms(run.activations)
    rows = np.unique(np.linspace(0, len(table) - 1, min(len(table), 60)).round().astype(int))
    width = (high - low) / task.BINS
    layer, value = STRINGS.say("layer_short", language), STRINGS.say("activation_axis", language)
    figure = Figure(
        Heatmap(
            # The square root, so that a bin with one in a hundred can be told from an empty one.
            z=np.sqrt(table[rows]).astype(np.float32),
            customdata=table[rows].astype(np.float32),
            x=[float(f"{low + width * (index + 0.5):.4g}") for index in range(task.BINS)],
            y=(rows + 1).tolist(),
            zmin=0, zmax=1, colorscale="Cividis", showscale=False,
            hovertemplate=f"{layer} %{{y}}, {value} %{{x}}: %{{customdata:.1%}}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title=value)
    rows_of(figure, run, language)
    return titled(figure, 260)


def ratio_figure(runs: Sequence[task.Run], language: Language) -> Figure:
    """How much one step changes the weights of each layer, relative to them."""
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    for side, run in zip(SIDES, runs, strict=True):
        ratios = run.history[-1].update_ratio if run.history else np.zeros(0)
        places = list(range(1, len(ratios) + 1))
        if len(ratios) == 1:  # a recurrent network has the same weights at every time
            places, ratios = [1, run.config.depth], ratios.repeat(2)
        figure.add_trace(
            Scatter(
                x=places, y=drawable(ratios), name=side.upper(), mode="lines+markers",
                line={"color": COLOURS[side], "width": 2, "dash": "solid" if side == "a" else "dash"},
                marker={"size": 4},
            )
        )  # fmt: skip
    figure.update_yaxes(type="log", exponentformat="power", title=STRINGS.say("ratio_y", language), nticks=8)
    figure.update_xaxes(title=STRINGS.say("layer", language))
    return titled(figure, 300)
