"""What the first view answers: data and the visitor's parameters in, figures and HTML out.

Parameters from which data were sampled are hidden until they are revealed, and with them everything that tells of the
maximum: a guess is made from the data and from ℓ at the guess alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from hub.demos.likelihood import figures, ranges
from hub.demos.likelihood.figures import BLUE, GREEN, ORANGE, PINK, SKY, Curve, Mark
from hub.demos.likelihood.strings import STRINGS
from hub.demos.likelihood.words import caption_of, notes_html, shown, times
from hub.errors import InputError
from hub.tasks import likelihood as task
from hub.ui import html, pad, pictures
from hub.ui.strings import Language


@dataclass(frozen=True)
class Duel:
    """One record of what the visitor has set.

    Args:
        truth: the parameters that the data were sampled from, once they are revealed. hidden: whether they still are
            to be guessed. tried: where the visitor has stood meanwhile, the newest last.
    """

    family: str
    data: tuple[float, ...]
    at: tuple[float, ...]
    method: task.Method = "gradient"
    path: task.Path | None = None
    truth: tuple[float, ...] | None = None
    hidden: bool = False
    tried: tuple[tuple[float, ...], ...] = ()


def axes_of(family: str) -> tuple[str, ...]:
    """The parameters that the second picture has as its axes."""
    return ("μ₁", "μ₂") if family == "mixture" else task.FAMILIES[family].parameters


class Fits:
    """The expensive part of the duel, kept for the last few data: what moving a slider need not repeat."""

    def __init__(self, graphs: task.Graphs) -> None:
        self.graphs = graphs
        self.fit = lru_cache(maxsize=32)(self._fit)
        self.surface = lru_cache(maxsize=32)(self._surface)

    def _fit(self, family: str, data: tuple[float, ...]) -> task.Fit:
        return task.fit_mle(self.graphs, family, list(data))

    def _surface(
        self, family: str, data: tuple[float, ...], fixed: tuple[float, ...], spans: tuple[tuple[float, float], ...]
    ) -> task.Surface:
        named = dict(zip(axes_of(family), spans, strict=True))
        return task.surface(self.graphs, family, np.array(data), named, fixed)

    def landscape(self, duel: Duel) -> task.Surface:
        """ℓ around the data, as far as the visitor and the truth are away; of the mixture, where the sliders stand."""
        window = ranges.window(duel.family, np.array(duel.data))
        start = tuple(entry.start for entry in window.values())
        names = task.FAMILIES[duel.family].parameters
        ends = [duel.at, *([duel.truth] if duel.truth else [])]
        spans = []
        for name in axes_of(duel.family):
            places = [point[names.index(name)] for point in ends]
            spans.append((min(window[name].low, *places), max(window[name].high, *places)))
        return self.surface(duel.family, duel.data, duel.at if duel.family == "mixture" else start, tuple(spans))


def density_figure(graphs: task.Graphs, duel: Duel, fit: task.Fit, language: Language) -> pictures.Picture:
    """The data, your curve, and of what is not hidden the optimiser's and the truth."""
    span = ranges.axis(duel.family, duel.data)
    grid = ranges.support(duel.family, span)
    discrete = task.FAMILIES[duel.family].discrete
    wanted = [("you", duel.at, ORANGE, "solid")]
    if not duel.hidden and len(fit.values) == len(duel.at) and drawable(fit):
        wanted.append(("best", tuple(fit.values), GREEN, "dash"))
    if duel.truth:
        wanted.append(("truth", duel.truth, PINK, "dot"))
    curves = task.densities(graphs, duel.family, np.array([values for _, values, _, _ in wanted]), grid)
    made = [
        Curve(STRINGS.say(name, language), grid, curve, colour, dash)
        for (name, _, colour, dash), curve in zip(wanted, curves, strict=True)
    ]
    up = STRINGS.say("probability" if discrete else "density", language)
    seen = STRINGS.say("seen", language)
    return figures.data_and_densities(np.array(duel.data), made, (span.low, span.high), discrete, seen, up)


def drawable(fit: task.Fit) -> bool:
    """Whether the estimate is a curve, not a spike."""
    return fit.log_likelihood is not None


def tries_figure(graphs: task.Graphs, duel: Duel, language: Language) -> pictures.Picture:
    """ℓ where you have stood, while the parameters are hidden."""
    axes = axes_of(duel.family)
    places = [task.FAMILIES[duel.family].parameters.index(axis) for axis in axes]
    tried = np.array([*duel.tried, duel.at])
    heights = task.log_likelihoods(graphs, duel.family, tried, np.array(duel.data))
    points = tried[:, places]
    here = Mark(
        STRINGS.say("you", language), points[-1, 0], points[-1, 1] if len(axes) > 1 else float(heights[-1]), ORANGE,
        "circle",
    )  # fmt: skip
    window = ranges.guess_window(duel.family, duel.at)
    spans = [(window[axis].low, window[axis].high) for axis in axes]
    names = [STRINGS.say("tries", language), *axes, *(STRINGS.say(key, language) for key in ("log_likelihood", "fog"))]
    return figures.tries(points, heights, here, spans, names)


def surface_figure(
    fits: Fits, duel: Duel, fit: task.Fit, language: Language, steps: int | None = None
) -> pictures.Picture:
    """ℓ over the parameters with you, the optimiser and the way up, of which the first steps are drawn."""
    if duel.hidden:
        return tries_figure(fits.graphs, duel, language)
    surface = fits.landscape(duel)
    names = task.FAMILIES[duel.family].parameters
    places = [names.index(axis) for axis in surface.axes]
    ends = [("you", duel.at, ORANGE, "circle")]
    if drawable(fit):
        ends.append(("best", tuple(fit.values), GREEN, "star"))
    if duel.truth:
        ends.append(("truth", duel.truth, PINK, "x"))
    heights = task.log_likelihoods(
        fits.graphs, duel.family, np.array([values for _, values, _, _ in ends]), np.array(duel.data)
    )
    two = surface.y is not None
    marks = [
        Mark(STRINGS.say(name, language), values[places[0]], values[places[1]] if two else height, colour, symbol)
        for (name, values, colour, symbol), height in zip(ends, heights.tolist(), strict=True)
    ]
    path = None
    if duel.path is not None:
        points = duel.path.points[:steps]
        up = points[:, places[1]] if two else duel.path.log_likelihood[:steps]
        path = Curve(path_name(duel.path, language), points[:, places[0]], up, SKY, "solid", 1.8)
        if two:
            path = replace(path, colour="#D55E00")
    if two:
        assert surface.y is not None
        return figures.likelihood_contour(
            surface.x, surface.y, surface.depth, surface.log_likelihood, path, marks, surface.axes
        )
    curve = Curve("ℓ", surface.x, surface.log_likelihood, BLUE)
    labels = [STRINGS.say("interval", language), surface.axes[0], STRINGS.say("log_likelihood", language)]
    return figures.likelihood_curve(curve, path, marks, fit.interval_height, surface.view(heights), labels)


def path_name(path: task.Path, language: Language) -> str:
    return STRINGS.say("path", language, method=STRINGS.say(path.method, language), steps=len(path.points) - 1)


def duel_html(graphs: task.Graphs, duel: Duel, fit: task.Fit, language: Language) -> str:
    """Who leads, what the gradient advises, and the estimates with their errors; of a guess, how good it is."""
    if duel.hidden:
        return guess_html(graphs, duel, language)
    data = np.array(duel.data)
    yours = float(task.log_likelihoods(graphs, duel.family, np.array([duel.at]), data)[0])
    slopes = task.gradient_at(graphs, duel.family, duel.at, data)
    heights: dict[str, float | None] = {"you": yours, "best": fit.log_likelihood}
    if duel.truth:
        heights["truth"] = float(task.log_likelihoods(graphs, duel.family, np.array([duel.truth]), data)[0])
    moves = [
        STRINGS.say("raise" if slope > 0 else "lower", language, name=name)
        for name, slope in slopes.items()
        if abs(slope) > 1e-6
    ]
    advice = html.note(STRINGS.say("upwards", language, moves=", ".join(moves))) if moves else ""
    revealed = ""
    if duel.truth:
        revealed = truth_note(heights["truth"], fit, language) + side_by_side(duel, fit, heights, language)
    slice_note = html.note(STRINGS.say("slice", language)) if duel.family == "mixture" else ""
    return (
        f"{scores_html(heights, language)}{verdict_html(yours, fit, language)}{revealed}"
        f"{climb_html(duel, data, language)}{advice}{slice_note}"
        f"{estimates_html(fit, language, duel, slopes)}{notes_html(fit.notes, language)}"
    )


def guess_html(graphs: task.Graphs, duel: Duel, language: Language) -> str:
    """ℓ of a guess, and of the best one so far."""
    tried = np.array([*duel.tried, duel.at])
    heights = task.log_likelihoods(graphs, duel.family, tried, np.array(duel.data))
    ranked = np.where(np.isfinite(heights), heights, -np.inf)
    best = int(ranked.argmax())
    names = task.FAMILIES[duel.family].parameters
    where = ", ".join(f"{name} = {value:g}" for name, value in zip(names, tried[best].tolist(), strict=True))
    scores = scores_html({"you": float(heights[-1]), "best_try": float(heights[best])}, language)
    note = STRINGS.say("guessing", language, n=len(duel.data), names=", ".join(names), where=where)
    return scores + html.note(note, "notice")


def scores_html(heights: Mapping[str, float | None], language: Language) -> str:
    """ℓ of each, side by side; None: it grows without bound. heights: by the key of the name."""
    cards = []
    for name, value in heights.items():
        said = f"= {shown(value, 6)}" if value is not None else STRINGS.say("no_bound", language)
        title = html.text_of(STRINGS.say(name, language))
        cards.append(f"<div class=score><span>{title}</span><b>ℓ {html.text_of(said)}</b></div>")
    return f"<div class=scores>{''.join(cards)}</div>"


def verdict_html(yours: float, fit: task.Fit, language: Language) -> str:
    """How far you are from the optimiser."""
    lead = fit.lead(yours)
    if not math.isfinite(yours):
        return html.note(STRINGS.say("impossible", language), "warn")
    if lead is None:
        return ""
    if lead > 1e-6:
        return html.note(STRINGS.say("behind", language, gap=shown(lead, 3), times=times(lead)))
    if lead < -1e-6:
        return html.note(STRINGS.say("beaten", language, gap=shown(-lead, 3)), "warn")
    return html.note(STRINGS.say("level", language), "notice")


def truth_note(truth: float | None, fit: task.Fit, language: Language) -> str:
    """That the truth is not the top of this sample's likelihood."""
    lead = fit.lead(truth) if truth is not None else None
    return html.note(STRINGS.say("truth_below", language, gap=shown(lead, 3)), "notice") if lead and lead > 0 else ""


def side_by_side(duel: Duel, fit: task.Fit, heights: Mapping[str, float | None], language: Language) -> str:
    """Your guess, the optimiser's estimate and the truth: their parameters, and ℓ of each."""
    assert duel.truth is not None
    names = task.FAMILIES[duel.family].parameters
    values = {"you": duel.at, "best": tuple(fit.estimate.get(name, math.nan) for name in names), "truth": duel.truth}
    rows: list[list[html.Cell]] = [
        [STRINGS.say(key, language), *map(shown, point), shown(heights[key], 6)] for key, point in values.items()
    ]
    headers: list[html.Cell] = [html.Raw(""), *names, "ℓ"]
    return html.table(headers, rows, STRINGS.say("revealed", language), range(1, len(headers)))


def climb_html(duel: Duel, data: np.ndarray, language: Language) -> str:
    """Where the optimiser's climb from your place has come to."""
    if duel.path is None:
        return ""
    facts = {
        "method": STRINGS.say(duel.path.method, language),
        "steps": len(duel.path.points) - 1,
        "first": shown(float(duel.path.log_likelihood[0]), 6),
        "last": shown(float(duel.path.log_likelihood[-1]), 6),
    }
    climbed = html.note(STRINGS.say("arrived" if duel.path.arrived else "under_way", language, **facts), "notice")
    if duel.family == "mixture" and task.collapsed(duel.path.points[-1], data):
        climbed += notes_html(("collapse",), language)
    return climbed


def estimates_html(fit: task.Fit, language: Language, duel: Duel, slopes: dict[str, float]) -> str:
    """A row for each parameter."""
    say = STRINGS.say
    headers: list[html.Cell] = [
        say(key, language) for key in ("parameter", "yours_short", "slope", "estimate", "error")
    ]
    headers.append(say("interval_short", language))
    rows: list[list[html.Cell]] = []
    for place, name in enumerate(task.FAMILIES[duel.family].parameters):
        between = fit.interval(name)
        row: list[html.Cell] = [
            name, shown(duel.at[place]), shown(slopes[name]), shown(fit.estimate.get(name)),
            shown(fit.standard_error.get(name), 3),
            f"{shown(between[0])} … {shown(between[1])}" if between else None,
        ]  # fmt: skip
        rows.append(row)
    return html.table(headers, rows, caption_of(fit, language), range(1, len(headers)))


def strip_html(family: str, data: Sequence[float], language: Language) -> str:
    """The data as dots, on the axis of the density above them."""
    span = ranges.axis(family, data)
    ticks = figures.ticks(span.low, span.high, task.FAMILIES[family].discrete)
    scale = pad.Scale(span.low, span.high, span.step)
    hint, many = STRINGS.say("draw", language), STRINGS.table["dots"][language == "zh"]
    return pad.strip(data, scale, (span.least, span.most), ticks, hint, many)


def curved(name: object) -> str:
    """The name of a family that can be drawn. Raises InputError."""
    if name not in task.CURVES:
        raise InputError("data_family", found=repr(name)[:60], known=", ".join(task.CURVES))
    return str(name)
