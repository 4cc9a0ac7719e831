"""A pad to click values on: a strip for numbers, a plane for points. A click comes back as an event (`clicked`).

The dots are drawn on the server, so that the pad, the text box and the figures never disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import gradio as gr

WIDTH, STRIP, PLANE = 600, 96, 330
MARGIN = 26
COLOURS = ("#D55E00", "#0072B2")  # class 0, class 1

# Where on the pad, as a number of the pad's own scale and rounded to its step. Clicks come faster than answers: while
# one is being answered, which draws the pad anew, those that follow wait, and go together with the data that hold it.
# An answer that has failed draws nothing: then they wait for five seconds.
CLICK = """let asked = null, waiting = [];
const send = () => {
    const pad = element.querySelector("svg.pad");
    if (asked || !waiting.length || !pad) return;
    const mine = asked = {drawn: pad.outerHTML};
    trigger("click", {points: waiting});
    waiting = [];
    setTimeout(() => answered(mine), 5000);
};
const answered = (which) => {
    if (asked !== which) return;
    asked = null;
    send();
};
new MutationObserver(() => {
    const pad = element.querySelector("svg.pad");
    if (asked && pad && pad.outerHTML !== asked.drawn) setTimeout(answered, 0, asked);
}).observe(element, {childList: true, subtree: true, attributes: true});
element.addEventListener("click", (event) => {
    const pad = element.querySelector("svg.pad");
    if (!pad || !pad.contains(event.target)) return;
    const box = pad.getBoundingClientRect(), value = (name) => Number(pad.dataset[name]);
    const at = (fraction, low, high, step) => {
        const exact = low + Math.min(1, Math.max(0, fraction)) * (high - low);
        return Number((Math.round(exact / step) * step).toFixed(6));
    };
    const across = ((event.clientX - box.left) / box.width * value("width") - value("margin"))
        / (value("width") - 2 * value("margin"));
    const up = 1 - ((event.clientY - box.top) / box.height * value("height") - value("margin"))
        / (value("height") - 2 * value("margin"));
    waiting.push([
        at(across, value("left"), value("right"), value("step")),
        at(up, value("bottom"), value("top"), value("rise")),
    ]);
    send();
});"""


@dataclass(frozen=True)
class Scale:
    """One axis: its ends and the step between values that can be clicked."""

    low: float
    high: float
    step: float


def strip(values: Sequence[float], scale: Scale, hint: str) -> str:
    """Numbers as dots over a line; equal ones are piled up."""
    piles: dict[float, int] = {}
    dots = []
    base = STRIP - MARGIN
    for value in values:
        place = round(_across(value, scale))
        height = piles.get(place, 0)
        piles[place] = height + 1
        if height < 7:
            dots.append(f"<circle cx='{place}' cy='{base - 6 - 9 * height}' r='4.5'/>")
    return _svg(STRIP, scale, Scale(0, 1, 1), "".join(dots), len(values), hint)


def plane(points: Sequence[Sequence[float]], across: Scale, up: Scale, hint: str) -> str:
    """Points (x, y) or (x, y, class) as dots; the colour is the class."""
    dots = []
    for x, y, *rest in points:
        colour = f" fill='{COLOURS[int(rest[0]) % 2]}'" if rest else ""
        dots.append(f"<circle cx='{_across(x, across):.1f}' cy='{_down(y, up):.1f}' r='5'{colour}/>")
    return _svg(PLANE, across, up, "".join(dots), len(points), hint)


def make(elem_id: str) -> gr.HTML:
    """The pad as a component; its click event is read by `clicked`."""
    return gr.HTML("", js_on_load=CLICK, elem_id=elem_id, elem_classes="pad-holder")


def clicked(event: gr.EventData) -> list[tuple[float, float]]:
    """(x, y) of every click that the event tells of."""
    return [(float(x), float(y)) for x, y in event.points]


def _across(value: float, scale: Scale) -> float:
    return MARGIN + (value - scale.low) / (scale.high - scale.low) * (WIDTH - 2 * MARGIN)


def _down(value: float, scale: Scale) -> float:
    return PLANE - MARGIN - (value - scale.low) / (scale.high - scale.low) * (PLANE - 2 * MARGIN)


def _svg(height: int, across: Scale, up: Scale, dots: str, count: int, hint: str) -> str:
    base = height - MARGIN
    ticks = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        if across.step >= across.high - across.low and 0 < share < 1:
            continue
        x = MARGIN + share * (WIDTH - 2 * MARGIN)
        label = f"{across.low + share * (across.high - across.low):g}"
        ticks.append(
            f"<line x1='{x}' x2='{x}' y1='{base}' y2='{base + 5}'/><text x='{x}' y='{base + 18}'>{label}</text>"
        )
    if height == PLANE:
        for share in (0, 0.5, 1):
            y = base - share * (height - 2 * MARGIN)
            label = f"{up.low + share * (up.high - up.low):g}"
            ticks.append(f"<text x='{MARGIN - 12}' y='{y + 4}'>{label}</text>")
    return (
        f"<svg class=pad viewBox='0 0 {WIDTH} {height}' role=img aria-label='{escape(hint, quote=True)}' "
        f"data-width={WIDTH} data-height={height} data-margin={MARGIN} data-left={across.low:g} "
        f"data-right={across.high:g} data-step={across.step:g} data-bottom={up.low:g} "
        f"data-top={up.high:g} data-rise={up.step:g} data-count={count}>"
        f"<rect x='0' y='0' width='{WIDTH}' height='{height}'/>"
        f"<text class=hint x='{WIDTH / 2}' y='{17 if height == STRIP else 14}'>{escape(hint)}</text>"
        f"<line x1='{MARGIN}' x2='{WIDTH - MARGIN}' y1='{base}' y2='{base}'/>{''.join(ticks)}<g>{dots}</g></svg>"
    )
