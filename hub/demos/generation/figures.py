"""The pictures of the views that measure: records of plotly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from hub.demos.generation.strings import STRINGS
from hub.demos.generation.words import percent, shown
from hub.tasks import sampling as chances
from hub.tasks.few_shot import Chance
from hub.tasks.sampling import Sampling
from hub.ui import pictures
from hub.ui.figures import PALETTE
from hub.ui.strings import Language

BLUE, ORANGE, GREEN, GREY = PALETTE[0], PALETTE[1], PALETTE[2], "#9aa3af"
BARS = 15  # tokens in the picture of the distribution


def distribution_figure(
    logits: np.ndarray, history: Sequence[int], sampling: Sampling, name: Callable[[int], str], language: Language
) -> pictures.Picture:
    """The most probable tokens, before and after the settings."""
    raw, after = chances.probabilities(logits), chances.settled(logits, history, sampling)
    best = np.argsort(-raw, kind="stable")[:BARS]
    places = list(range(len(best)))[::-1]  # the most probable on top
    traces = [
        {
            "type": "bar", "orientation": "h", "name": STRINGS.say(key, language), "y": places,
            "x": np.round(100 * shares[best], 4).tolist(), "marker": {"color": colour},
            "text": [f"{shown(name(int(one)))}: {percent(float(shares[one]))}" for one in best],
            "textposition": "none", "hovertemplate": "%{text}<extra></extra>",
        }
        for key, shares, colour in (("by_model", raw, GREY), ("by_settings", after, BLUE))
    ]  # fmt: skip
    axis = {"tickvals": places, "ticktext": [shown(name(int(one)), 16) for one in best], "showgrid": False}
    return pictures.picture(
        traces, STRINGS.say("probability", language), "", 60 + 26 * len(best), barmode="group", bargap=0.25,
        margin={"l": 8, "r": 8, "t": 40, "b": 14}, yaxis=axis, xaxis={"ticksuffix": " %", "rangemode": "tozero"},
    )  # fmt: skip


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def few_figure(
    questions: Sequence[str], found: Sequence[Sequence[Chance]], labels: int, language: Language
) -> pictures.Picture:
    """P of the right answer over the number of examples: a thin line for each question, the mean of all, shares.

    Args:
        found: [examples][question]. labels: of the task; 0: it has no fixed set.
    """
    across = list(range(len(found)))
    traces: list[pictures.Trace] = [
        {
            "type": "scatter", "mode": "lines+markers", "x": across, "showlegend": number == 0,
            "name": STRINGS.say("few_one", language), "y": [_percent(row[number].whole) for row in found],
            "line": {"color": GREY, "width": 1}, "marker": {"size": 4, "color": GREY}, "opacity": 0.75,
            "hovertemplate": f"{_plain(question)}: %{{y:.3g}} %<extra></extra>",
        }
        for number, question in enumerate(questions)
    ]  # fmt: skip
    means = [("few_mean", BLUE, "solid", [mean([one.whole for one in row]) for row in found])]
    if labels:
        shares = [mean([one.share for one in row if one.share is not None]) for row in found]
        means.append(("few_share", ORANGE, "dash", shares))
    for key, colour, dash, values in means:
        traces.append({
            "type": "scatter", "mode": "lines+markers", "x": across, "y": [_percent(one) for one in values],
            "name": STRINGS.say(key, language), "line": {"color": colour, "width": 3, "dash": dash},
            "marker": {"size": 9, "color": colour}, "hovertemplate": "%{y:.3g} %<extra>%{fullData.name}</extra>",
        })  # fmt: skip
    if labels:
        traces.append({
            "type": "scatter", "mode": "lines", "x": across, "y": [_percent(1 / labels)] * len(across),
            "name": STRINGS.say("few_chance", language), "line": {"color": ORANGE, "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
        })  # fmt: skip
    return pictures.picture(
        traces, STRINGS.say("few_across", language), STRINGS.say("few_up", language), 300,
        xaxis={"tickvals": across, "range": [-0.15, max(1, len(across) - 1) + 0.15]},
        yaxis={
            "range": [-3, 103], "tickvals": [0, 25, 50, 75, 100], "ticktext": [f"{one} %" for one in range(0, 101, 25)],
        },
    )  # fmt: skip


def hint_figure(
    titles: Sequence[str], without: Sequence[float], given: Sequence[float], language: Language
) -> pictures.Picture:
    """A line for each text from P without the hint to P with it; the mean of all below.

    Args:
        without, given: P of a token of the reference (the geometric mean), of each text.
    """
    rows = [*titles, STRINGS.say("mean", language)]
    # The mean of log P, as each row is one already.
    both = [[*values, math.exp(mean([math.log(one) for one in values]))] for values in (without, given)]
    places = list(range(len(rows)))[::-1]  # the first on top
    traces: list[pictures.Trace] = [
        {
            "type": "scatter", "mode": "lines", "x": [_percent(both[0][row]), _percent(both[1][row])],
            "y": [place, place], "line": {"color": GREY, "width": 5 if place == 0 else 2.5},
            "showlegend": False, "hoverinfo": "skip",
        }
        for row, place in enumerate(places)
    ]  # fmt: skip
    for key, values, colour, sign in (
        ("hint_out", both[0], ORANGE, "circle-open"),
        ("hint_in", both[1], BLUE, "circle"),
    ):
        traces.append({
            "type": "scatter", "mode": "markers", "x": [_percent(one) for one in values], "y": places,
            "name": STRINGS.say(key, language),
            "marker": {"size": [11] * len(titles) + [15], "color": colour, "symbol": sign, "line": {"width": 2}},
            "hovertemplate": "%{x:.3g} %<extra>%{fullData.name}</extra>",
        })  # fmt: skip
    return pictures.picture(
        traces, STRINGS.say("hint_across", language), "", 96 + 30 * len(rows),
        xaxis={"type": "log", "ticksuffix": " %"},
        yaxis={
            "tickvals": places, "ticktext": [*map(_plain, titles), f"<b>{_plain(rows[-1])}</b>"],
            "range": [-0.7, len(rows) - 0.3],
        },
    )  # fmt: skip


def _percent(share: float) -> float:
    return float(f"{100 * share:.4g}")


def _plain(text: str) -> str:
    """A visitor's text within plotly's markup: short, and no tag of it."""
    short = text if len(text) <= 28 else text[:27] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace("%{", "% {")
