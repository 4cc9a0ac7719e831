"""A pad to click values on: a strip for numbers, a plane for points. A click comes back as an event (`clicked`).

The strip has no margins and no fixed width: set under a figure with the same ends, its dots stand under their values.

The dots are drawn on the server, so that the pad, the text box and the figures never disagree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import gradio as gr

from hub.ui import scripts

WIDTH, PLANE = 600, 330
MARGIN = 26
STRIP, BASE = 118, 92  # of the strip, in pixels: its height, and where its line is
PLACES, ROWS, DOT = 64, 7, 8.5  # piles side by side, dots in the highest one, pixels between two of a pile
ROOM = 0.07  # of the width, between two piles that bear their count
COLOURS = ("#D55E00", "#0072B2")  # class 0, class 1

CLICK = scripts.text("pad")


@dataclass(frozen=True)
class Scale:
    """One axis: its ends and the step between values that can be clicked."""

    low: float
    high: float
    step: float


def strip(
    values: Sequence[float], scale: Scale, ends: tuple[float, float], ticks: Sequence[float], hint: str, many: str
) -> str:
    """Numbers as dots over a line; those that are nearly equal are piled up, and piles of many bear their count.

    Args:
        scale: what it spans from edge to edge. ends: the least and the greatest value that can be clicked.
        many: what is said where a dot stands for several values, with {count}.
    """
    piled = piles(values, scale)
    each = _round_up(max((count for _, count in piled), default=1) / ROWS)
    apart = min((after - before for (before, _), (after, _) in pairwise(piled)), default=math.inf)
    counted = each > 1 and apart >= ROOM * (scale.high - scale.low)
    parts = []
    for value, count in piled:
        x, high = f"{100 * (value - scale.low) / (scale.high - scale.low):.3f}%", math.ceil(count / each)
        parts += [f"<circle cx='{x}' cy='{BASE - 6 - DOT * row:g}' r='4'/>" for row in range(high)]
        if counted:
            parts.append(f"<text class=count x='{x}' y='{BASE - 14 - DOT * (high - 1):g}'>{count:,}</text>")
    for tick in ticks:
        x = f"{100 * (tick - scale.low) / (scale.high - scale.low):.3f}%"
        parts.append(
            f"<line x1='{x}' x2='{x}' y1='{BASE}' y2='{BASE + 5}'/><text x='{x}' y='{BASE + 18}'>{tick:g}</text>"
        )
    said = f"{hint} · {many.format(count=each)}" if each > 1 else hint
    return (
        f"<svg class='pad strip' width='100%' height='{STRIP}' role=img aria-label='{escape(said, quote=True)}' "
        f"{_data(scale, Scale(0, 1, 1), ends, (1, 1, 0), len(values))}>"
        f"<rect x='0' y='0' width='100%' height='{STRIP}'/><text class=hint x='50%' y='14'>{escape(said)}</text>"
        f"<line x1='0' x2='100%' y1='{BASE}' y2='{BASE}'/>{''.join(parts)}</svg>"
    )


def piles(values: Sequence[float], scale: Scale) -> list[tuple[float, int]]:
    """(where, how many) of values that would cover one another, from the left; a lone value stands where it is."""
    near = (scale.high - scale.low) / PLACES
    made: list[list[float]] = []
    for value in sorted(values):
        if made and value - made[-1][0] < near:
            made[-1].append(value)
        else:
            made.append([value])
    return [(sum(pile) / len(pile), len(pile)) for pile in made]


def _round_up(share: float) -> int:
    """The next of 1, 2, 5, 10, 20, …"""
    size: int = 10 ** math.floor(math.log10(max(share, 1)))
    return next(size * step for step in (1, 2, 5, 10) if size * step >= share)


def plane(points: Sequence[Sequence[float]], across: Scale, up: Scale, hint: str) -> str:
    """Points (x, y) or (x, y, class) as dots; the colour is the class."""
    dots = []
    for x, y, *rest in points:
        colour = f" fill='{COLOURS[int(rest[0]) % 2]}'" if rest else ""
        dots.append(f"<circle cx='{_across(x, across):.1f}' cy='{_down(y, up):.1f}' r='5'{colour}/>")
    return _plane_svg(across, up, "".join(dots), len(points), hint)


def make(elem_id: str) -> gr.HTML:
    """The pad as a component; its click event is read by `clicked`."""
    return gr.HTML("", js_on_load=CLICK, padding=False, elem_id=elem_id, elem_classes="pad-holder")


def clicked(event: gr.EventData) -> list[tuple[float, float]]:
    """(x, y) of every click that the event tells of."""
    return [(float(x), float(y)) for x, y in event.points]


def _data(across: Scale, up: Scale, ends: tuple[float, float], size: tuple[int, int, int], count: int) -> str:
    """What the script reads. ends: between which x is clicked. size: width, height, margin, all in one unit."""
    width, height, margin = size
    return (
        f"data-width={width} data-height={height} data-margin={margin} data-left={across.low:.12g} "
        f"data-right={across.high:.12g} data-step={across.step:g} data-least={ends[0]:.12g} data-most={ends[1]:.12g} "
        f"data-bottom={up.low:g} data-top={up.high:g} data-rise={up.step:g} data-count={count}"
    )


def _across(value: float, scale: Scale) -> float:
    return MARGIN + (value - scale.low) / (scale.high - scale.low) * (WIDTH - 2 * MARGIN)


def _down(value: float, scale: Scale) -> float:
    return PLANE - MARGIN - (value - scale.low) / (scale.high - scale.low) * (PLANE - 2 * MARGIN)


def _plane_svg(across: Scale, up: Scale, dots: str, count: int, hint: str) -> str:
    base = PLANE - MARGIN
    ticks = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = MARGIN + share * (WIDTH - 2 * MARGIN)
        label = f"{across.low + share * (across.high - across.low):g}"
        ticks.append(
            f"<line x1='{x}' x2='{x}' y1='{base}' y2='{base + 5}'/><text x='{x}' y='{base + 18}'>{label}</text>"
        )
    for share in (0, 0.5, 1):
        y = base - share * (PLANE - 2 * MARGIN)
        label = f"{up.low + share * (up.high - up.low):g}"
        ticks.append(f"<text x='{MARGIN - 12}' y='{y + 4}'>{label}</text>")
    return (
        f"<svg class=pad viewBox='0 0 {WIDTH} {PLANE}' role=img aria-label='{escape(hint, quote=True)}' "
        f"{_data(across, up, (across.low, across.high), (WIDTH, PLANE, MARGIN), count)}>"
        f"<rect x='0' y='0' width='{WIDTH}' height='{PLANE}'/>"
        f"<text class=hint x='{WIDTH / 2}' y='14'>{escape(hint)}</text>"
        f"<line x1='{MARGIN}' x2='{WIDTH - MARGIN}' y1='{base}' y2='{base}'/>{''.join(ticks)}<g>{dots}</g></svg>"
    )
