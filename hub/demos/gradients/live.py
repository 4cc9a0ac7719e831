"""The picture that is redrawn while two networks train: HTML and SVG of a few kilobytes, no figure of plotly.

A card for each network: its step, a lamp for each layer, what it has learnt, its loss; below them the gradient by layer
of both. Everything scales with the page, so lines are drawn on a grid of 1000 × 200 and keep their width.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from hub.demos.gradients.figures import COLOURS, SIDES, THEORY, colours_of, number, theory_of
from hub.demos.gradients.strings import STRINGS
from hub.tasks import gradients as task
from hub.tasks import learnt
from hub.tasks.learnt import Learnt
from hub.ui import html
from hub.ui.strings import Language

State = Literal["before", "running", "paused", "done"]
Outcome = Literal["broken", "nothing", "partly", "learnt"]
CIVIDIS = (
    "#00224e", "#00306f", "#2a3f6d", "#3e4d6b", "#4f5b6c", "#5f696e", "#6e7672", "#7c8477", "#8b9378", "#9ca375",
    "#aeb26f", "#c1c365", "#d4d354", "#e6e23c", "#fee838",
)  # fmt: skip
CLASSES = ((204, 121, 167), (0, 158, 115))  # of a plane: not the colours of A and B
LEVELS = 15  # colours between the two classes
BROKEN = "#D55E00"  # of what is infinite or undefined
WIDE, HIGH = 1000, 200  # the grid that lines are drawn on
DOTTED = 40  # layers up to which each value is a dot on its line
LOSSES = 120  # points of a loss
SYMBOLS = "▲●■◆"  # of the recall task
LEARNT, CHANCE = 0.85, 0.1  # accuracy from which a network has learnt; what is so near to guessing is nothing


# --- lines ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line. values: one for each place; gaps where they are zero (on a logarithmic axis) or not finite."""

    name: str
    values: Sequence[float]
    colour: str
    width: float = 2
    dash: str = ""
    places: Sequence[float] | None = None  # in [0, 1]; else evenly from the first to `count`
    dots: bool = False


def path(line: Line, low: float, high: float, count: int) -> str:
    """The line as the "d" of an SVG path. low, high: of the values as they are given."""
    span, parts, pen = max(high - low, 1e-12), [], "M"
    for index, value in enumerate(line.values):
        if not math.isfinite(value):
            pen = "M"
            continue
        place = line.places[index] if line.places is not None else index / max(1, count - 1)
        up = HIGH * (1 - min(1.02, max(-0.02, (value - low) / span)))
        parts.append(f"{pen}{WIDE * place:.0f} {up:.0f}")
        pen = "L"
    return "".join(parts)


def drawing(lines: Iterable[Line], low: float, high: float, count: int, ticks: Iterable[float] = ()) -> str:
    """Lines over a grid, as SVG. count: places from left to right."""
    keep = "vector-effect=non-scaling-stroke fill=none"
    drawn = [
        f"<path {keep} class=grid d='M0 {HIGH * (high - tick) / max(high - low, 1e-12):.0f}H{WIDE}'/>" for tick in ticks
    ]
    for line in lines:
        made = path(line, low, high, count)
        dash = f" stroke-dasharray='{line.dash}'" if line.dash else ""
        drawn.append(f"<path {keep} stroke='{line.colour}' stroke-width={line.width}{dash} d='{made}'/>")
        if line.dots:
            dots = made.replace("L", "M").replace("M", "h0M").removeprefix("h0") + "h0"
            drawn.append(f"<path {keep} stroke='{line.colour}' stroke-width=6 stroke-linecap=round d='{dots}'/>")
    return f"<svg viewBox='0 0 {WIDE} {HIGH}' preserveAspectRatio=none aria-hidden=true>{''.join(drawn)}</svg>"


def logarithms(values: Iterable[float]) -> list[float]:
    """log10; NaN for what is zero, negative or not finite."""
    return [math.log10(value) if math.isfinite(value) and value > 0 else math.nan for value in values]


def norms_lines(runs: Sequence[task.Run], language: Language) -> list[Line]:
    """log10 of ‖∂L/∂h‖ by layer: now, at the first step, as the theory has it; of the cell of an LSTM, too."""
    lines = []
    for side, run in zip(SIDES, runs, strict=True):
        if not run.history:
            continue
        first, last = run.history[0], run.history[-1]
        name, colour = side.upper(), COLOURS[side]
        expected = theory_of(run.config)
        if expected is not None and np.isfinite(first.delta_norm[-1]):
            values = logarithms(expected.norms(float(first.delta_norm[-1])))
            lines.append(Line(STRINGS.say("theory", language, side=name), values, THEORY[side], 5))
        if last.step > 1:
            said = STRINGS.say("first", language, side=name)
            lines.append(Line(said, logarithms(first.delta_norm), colour, 1.5, "2 4"))
        said = STRINGS.say("now", language, side=name, step=last.step)
        dots = run.config.depth <= DOTTED
        lines.append(Line(said, logarithms(last.delta_norm), colour, 2.5 if side == "a" else 2, dots=dots))
        if run.config.network == "lstm":
            said = STRINGS.say("cell", language, side=name)
            lines.append(Line(said, logarithms(last.gradient_norm), colour, 2, "10 4"))
    return [line for line in lines if any(map(math.isfinite, line.values))]  # of a network that broke, not the last


def norms_html(runs: Sequence[task.Run], language: Language) -> str:
    """The gradient by layer of both networks: a logarithmic axis, the lines and their names."""
    lines = norms_lines(runs, language)
    known = [value for line in lines for value in line.values if math.isfinite(value)]
    low, high = (math.floor(min(known)), math.ceil(max(known))) if known else (-1, 0)
    high = max(high, low + 1)
    every = max(1, math.ceil((high - low) / 4))
    ticks = list(range(high, low - 1, -every))
    deepest = max(run.config.depth for run in runs)
    labels = "".join(
        f"<span style='top:{100 * (high - tick) / (high - low):.1f}%'>10<sup>{tick}</sup></span>" for tick in ticks
    )
    legend = "".join(
        f"<span><i style='border-color:{line.colour};border-top-width:{min(line.width + 1, 5):g}px"
        f"{';border-top-style:dashed' if line.dash else ''}'></i>{html.text_of(line.name)}</span>"
        for line in lines
    )
    said = STRINGS.say("layer", language)
    return (
        f"<div class=lab-norms><p class=lab-legend><b>{STRINGS.say('norms_live', language)}</b>{legend}</p>"
        f"<div class=lab-plot><div class=lab-ticks>{labels}</div>{drawing(lines, low, high, deepest, ticks)}</div>"
        f"<p class=lab-ends><span>1</span><span>{said}</span><span>{deepest}</span></p></div>"
    )


def losses_html(run: task.Run, runs: Sequence[task.Run], side: str, language: Language) -> str:
    """The loss of one network, on the axis of both; that of one that broke is on its own."""
    both = [run] if any(each.ended for each in runs) else runs
    spread = [value for each in both for value in each.losses if math.isfinite(value)]
    shown = np.unique(np.linspace(0, max(0, len(run.losses) - 1), min(LOSSES, len(run.losses))).round().astype(int))
    values = [run.losses[index] for index in shown] if run.losses else []
    places = [int(index) / max(1, run.config.steps - 1) for index in shown]
    log = bool(spread) and max(spread) > 100 * max(min(spread), 1e-12)
    low, high = 0.0, max(spread, default=1.0)
    top, bottom = number(high), "0"
    if log:
        values = logarithms(values)
        low, high = math.log10(max(min(spread), 1e-12)), math.log10(high)
        bottom = number(10**low)
    line = Line("", values, COLOURS[side], 2, places=places, dots=len(values) == 1)
    return (
        f"<div class=lab-loss><span>{top}</span>{drawing([line], low, high, 2, (low, high))}"
        f"<span>{bottom} · {STRINGS.say('loss_title', language)}</span></div>"
    )


# --- lamps ------------------------------------------------------------------------------------------------------------


def lamps_html(run: task.Run, colours: tuple[float, float], language: Language) -> str:
    """A lamp for each layer: colour and height are log10 of its gradient. Zero is dark, what is infinite glows red."""
    norms = run.history[-1].gradient_norm
    low, high = colours
    grouped: dict[str, list[str]] = {}
    for index, value in enumerate(norms.tolist()):
        if value == 0:
            continue
        if math.isfinite(value):
            share = min(1.0, max(0.0, (math.log10(value) - low) / (high - low)))
            colour = CIVIDIS[round(share * (len(CIVIDIS) - 1))]
        else:
            share, colour = 1.0, BROKEN
        grouped.setdefault(colour, []).append(f"M{index * 10 + 5} 100V{95 - 95 * share:.0f}")
    bars = "".join(f"<path stroke='{colour}' d='{''.join(parts)}'/>" for colour, parts in grouped.items())
    kind = "norm_time" if run.config.network != "deep" else "norm_layer"
    return (
        f"<div class=lamps><svg viewBox='0 0 {10 * len(norms)} 100' preserveAspectRatio=none stroke-width=8.6 "
        f"aria-hidden=true>{bars}</svg></div>"
        f"<p class=lab-ends><span>1</span><span>{STRINGS.say(kind, language)}: {number(float(norms[0]))} … "
        f"{number(float(norms[-1]))}</span><span>{len(norms)}</span></p>"
    )


# --- what is learnt ---------------------------------------------------------------------------------------------------


def mixed(share: float) -> str:
    """The colour between the two classes; half is nearly white."""
    ends = CLASSES[1] if share > 0.5 else CLASSES[0]
    strength = abs(2 * share - 1) * 0.8
    return "#" + "".join(f"{round(246 + (end - 246) * strength):02x}" for end in ends)


def plane_svg(found: Learnt, x: np.ndarray, classes: np.ndarray) -> str:
    """Every point of the plane in the colour of its answer, and some of the data."""
    table = found.probabilities
    side, rows = len(table), np.rint(table * (LEVELS - 1)).astype(int)
    grouped: dict[int, list[str]] = {}
    for row, levels in enumerate(rows[::-1].tolist()):
        begin = 0
        for column in range(1, side + 1):
            if column == side or levels[column] != levels[begin]:
                grouped.setdefault(levels[begin], []).append(f"M{begin} {row + 0.5}h{column - begin}")
                begin = column
    ground = "".join(
        f"<path stroke='{mixed(level / (LEVELS - 1))}' d='{''.join(parts)}'/>" for level, parts in grouped.items()
    )
    reach = learnt.reach(x)
    places = (x[: learnt.SHOWN] / reach * [1, -1] + 1) * side / 2
    dots = ""
    for number_, (red, green, blue) in enumerate(CLASSES):
        drawn = "".join(f"M{left:.1f} {top:.1f}h0" for left, top in places[classes[: learnt.SHOWN] == number_].tolist())
        for colour, width in (
            ("#fff", side / 20),
            (f"rgb({red * 2 // 3},{green * 2 // 3},{blue * 2 // 3})", side / 32),
        ):
            dots += f"<path stroke='{colour}' stroke-width={width:.2f} stroke-linecap=round d='{drawn}'/>"
    return (
        f"<svg class=lab-plane viewBox='0 0 {side} {side}' aria-hidden=true>"
        f"<g stroke-width=1.04 shape-rendering=crispEdges>{ground}</g>{dots}</svg>"
    )


@lru_cache(maxsize=64)
def digit_svg(pixels: bytes) -> str:
    """A digit of 8 × 8, its strength in four steps."""
    levels = np.frombuffer(pixels, np.uint8).reshape(8, 8)
    drawn = "".join(
        f"<path stroke-opacity={level / 4} d='"
        + "".join(f"M{left} {top + 0.5}h1" for top, left in np.argwhere(levels == level).tolist())
        + "'/>"
        for level in range(1, 5)
    )
    return f"<svg viewBox='0 0 8 8' stroke-width=1.04 shape-rendering=crispEdges aria-hidden=true>{drawn}</svg>"


def digits_html(found: Learnt, x: np.ndarray, classes: np.ndarray) -> str:
    """The first digit of each class, and what the network takes it for."""
    cells = []
    for row, probabilities in zip(learnt.first_digits(classes), found.probabilities, strict=True):
        picture = (x[row] - x.min()) / (x.max() - x.min())
        answer = int(probabilities.argmax())
        right = answer == int(classes[row])
        cells.append(
            f"<span>{digit_svg(np.rint(4 * picture).astype(np.uint8).tobytes())}"
            f"<b class={'right' if right else 'wrong'}>{answer} {'✓' if right else '✗'}</b></span>"
        )
    return f"<div class=lab-digits>{''.join(cells)}</div>"


def recall_html(found: Learnt) -> str:
    """Which symbol was told, a row each, and the probability of each answer."""
    head = "".join(f"<th>{symbol}?</th>" for symbol in SYMBOLS)
    rows = "".join(
        f"<tr><th>{symbol}</th>"
        + "".join(
            f"<td class='{'same' if row == column else ''}' style='--p:{0 if math.isnan(value) else value:.2f}'>"
            f"{'–' if math.isnan(value) else f'{100 * value:.0f}'}</td>"
            for column, value in enumerate(values)
        )
        + "</tr>"
        for row, (symbol, values) in enumerate(zip(SYMBOLS, found.probabilities.tolist(), strict=True))
    )
    return f"<table class=lab-recall><tr><th></th>{head}</tr>{rows}</table>"


def learnt_html(run: task.Run, found: Learnt, language: Language) -> str:
    """What a network has learnt, in a picture, and what that is."""
    if found.broken and found.kind != "recall":
        drawn = f"<div class=lab-broken>{STRINGS.say('no_answer', language)}</div>"
    elif found.kind == "plane":
        drawn = plane_svg(found, *run.examples)
    else:
        drawn = digits_html(found, *run.examples) if found.kind == "digits" else recall_html(found)
    said = STRINGS.say(f"learnt_{found.kind}", language)
    return f"<figure class=lab-learnt><figcaption>{said}</figcaption>{drawn}</figure>"


def outcome(run: task.Run, found: Learnt) -> Outcome:
    """What has become of a network."""
    if run.ended or found.broken:
        return "broken"
    chance = 1 / found.probabilities.shape[1] if found.kind != "plane" else 0.5
    if found.accuracy <= chance + CHANCE:
        return "nothing"
    return "learnt" if found.accuracy >= LEARNT else "partly"


# --- the whole --------------------------------------------------------------------------------------------------------


def card_html(
    side: str, runs: Sequence[task.Run], found: Learnt, colours: tuple[float, float], language: Language, state: State
) -> str:
    """One network: what it is, where it is, its lamps, what it has learnt, its loss; why it has stopped."""
    run = runs[SIDES.index(side)]
    last, config = run.history[-1], run.config
    done = 0 if state == "before" else run.step_count
    filled = {"step": last.step, "steps": config.steps, "loss": number(last.loss)}
    accuracy = STRINGS.say("no_answer", language) if math.isnan(found.accuracy) else f"{found.accuracy:.0%}"
    key = "before" if state == "before" else "state"
    problem = ended = ""
    if last.problem:
        said = STRINGS.say(last.problem, language, step=last.step, precision=config.precision)
        problem = html.note(said, "warn")
    if state == "done":
        ended = html.note(STRINGS.say(f"outcome_{outcome(run, found)}", language), "outcome")
    return (
        f"<div class='card{' broken' if last.problem else ''}' data-side={side} data-step={done}>"
        f"<h4><span class='side {side}'>{side.upper()}</span> {describe(config, language)}</h4>"
        f"<p class=lab-state>{STRINGS.say(key, language, accuracy=accuracy, **filled)}</p>"
        f"{lamps_html(run, colours, language)}"
        f"<div class=lab-row>{learnt_html(run, found, language)}"
        f"<div class=lab-right>{losses_html(run, runs, side, language)}{ended}</div></div>{problem}"
        f"<div class=progress><i style='width:{100 * done / max(1, config.steps):.0f}%;"
        f"background:{COLOURS[side]}'></i></div></div>"
    )


def live_html(
    runs: Sequence[task.Run], seen: Sequence[Learnt | None], language: Language, state: State = "running"
) -> str:
    """Both networks as they stand; before the first step, nothing but their names."""
    if not all(run.history for run in runs):
        cards = "".join(
            f"<div class=card data-side={side} data-step=0><h4><span class='side {side}'>{side.upper()}</span> "
            f"{describe(run.config, language)}</h4></div>"
            for side, run in zip(SIDES, runs, strict=True)
        )
        return f"<div class='lab {state}'><div class=pair>{cards}</div></div>"
    colours = colours_of(runs)
    cards = "".join(
        card_html(side, runs, found or learnt.look(run), colours, language, state)
        for side, run, found in zip(SIDES, runs, seen, strict=True)
    )
    return f"<div class='lab {state}'><div class=pair>{cards}</div>{norms_html(runs, language)}</div>"


def describe(config: task.Config, language: Language) -> str:
    """A configuration in a few words."""
    deep = config.network == "deep"
    words = [
        config.activation if deep else STRINGS.say(config.network, language),
        f"{config.depth} × {config.width}",
        STRINGS.say(config.initialisation, language).partition(":")[0].partition("：")[0]
        + (f" σ={config.sigma:g}" if config.initialisation == "normal" else ""),
        *[STRINGS.say("batch_norm", language)] * (config.batch_norm and deep),
        *[STRINGS.say("residual", language)] * (config.residual and deep),
        *[STRINGS.say("clipped", language, at=f"{config.clip_at:g}")] * (config.clip != "none"),
        *[config.precision] * (config.precision != "float64"),
    ]
    return html.text_of(" · ".join(words))
