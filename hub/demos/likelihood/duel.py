"""The duel: the visitor's sliders against the optimiser, on data typed, clicked or sampled."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from hub.demos.likelihood.common import Lab, Made, caption_of, guarded, look, notes_html, numbers_text, shown, times
from hub.demos.likelihood.strings import FORMULAS, LATEX, STRINGS
from hub.tasks import likelihood as task
from hub.tasks.likelihood import DataError
from hub.ui import html, pad, pictures, share
from hub.ui import likelihood_figures as figures
from hub.ui.likelihood_figures import BLUE, GREEN, ORANGE, PINK, SKY, Curve, Mark
from hub.ui.strings import Language, language_of
from hub.ui.turns import LIVE, PRIVATE, QUIET

PLACE = "fit"  # of its turns
FRAMES = 14  # of the climb, as it is shown
FRAME_S = 0.07
SLIDERS = 5  # the most parameters of a family


@dataclass(frozen=True)
class Example:
    """Something to click in the duel. at: where your sliders stand; None: a start that is not the answer."""

    title: tuple[str, str]
    note: tuple[str, str]
    family: str
    data: str = ""
    seed: int = 0
    n: int = 0  # above 0: sampled by the seed instead of data
    at: tuple[float, ...] | None = None
    method: task.Method = "gradient"
    climb: bool = True
    reveal: bool = False


HUMPS = "-2.4 -1.7 -2.1 -1.2 -2.9 -1.9 -2.2 1.1 2.4 3.3 1.9 2.8 2.2 4.0 1.5 2.6 3.1 2.0"


EXAMPLES = (
    Example(("Seven heads in ten tosses", "抛十次，七次正面"), (
        "the top is at 7/10; ten tosses leave it flat, so a fair coin is still inside the 95 % interval.",
        "最高点在 7/10；只抛十次，山顶很平，公平硬币仍在 95% 区间内。"),
        "bernoulli", "1 1 0 1 1 0 1 1 0 1"),
    Example(("No heads in ten tosses: at the edge", "抛十次，零次正面：边界"), (
        "the maximum is p = 0, where the standard error says nothing; the 95 % bound is about 3/n.",
        "最大值在 p = 0，那里的标准误没有意义；95% 上界约为 3/n。"),
        "bernoulli", "0 0 0 0 0 0 0 0 0 0"),
    Example(("Heights of twelve people: a zigzag", "十二个人的身高：之字形"), (
        "gradient ascent goes zigzag; choose Fisher scoring and climb again.",
        "梯度上升走之字形；换成费雪得分法再爬一次。"),
        "gaussian", "158 161 163 165 167 168 170 171 174 176 179 183", at=(154.0, 16.0)),
    Example(("The same by Fisher scoring", "同样的数据，费雪得分法"), (
        "the inverse information turns the step towards the top: a few steps instead of many.",
        "信息矩阵的逆把步子转向山顶：几步就到。"),
        "gaussian", "158 161 163 165 167 168 170 171 174 176 179 183", at=(154.0, 16.0), method="scoring"),
    Example(("All values the same: σ → 0", "数值全相同：σ → 0"), (
        "the narrower the curve the higher it stands: there is no maximum.",
        "曲线越窄越高：没有最大值。"),
        "gaussian", "5 5 5 5 5", climb=False),
    Example(("Calls per hour", "每小时来电数"), (
        "counts: the estimate is the mean, its standard error √(λ/n).",
        "计数：估计就是均值，标准误为 √(λ/n)。"),
        "poisson", "2 4 3 6 1 3 5 2 4 3 2 7", method="scoring"),
    Example(("Waiting times from a hidden rate", "隐藏速率的等待时间"), (
        "sampled: guess λ with the slider, then reveal it.",
        "抽样数据：先用滑块猜 λ，再揭晓。"),
        "exponential", seed=4, n=40, climb=False),
    Example(("Guess the hidden Gaussian", "猜隐藏的高斯"), (
        "the optimiser is not at the truth either: it is as near as 25 values allow.",
        "优化器也不在真值上：25 个数据只能让它这么近。"),
        "gaussian", seed=11, n=25, climb=True, reveal=True),
    Example(("Two humps, found by EM", "两个峰，用 EM 找到"), (
        "each value is shared between the components; every step of EM goes up.",
        "每个值按责任分给两个成分；EM 的每一步都上升。"),
        "mixture", HUMPS, at=(0.5, -0.6, 1.5, 0.6, 1.5), method="em"),
    Example(("A component on one value: no maximum", "一个成分缩到一个值上：没有最大值"), (
        "one step of EM shrinks σ₁ onto the value 4.0, and ℓ beats the optimiser's; it would rise without end.",
        "EM 一步就把 σ₁ 缩到数值 4.0 上，ℓ 超过了优化器；再缩下去，升高没有尽头。"),
        "mixture", HUMPS, at=(0.06, 4.0, 0.05, 0.5, 2.0), method="em"),
)  # fmt: skip

# --- what is shown: settings in, figures and HTML out -----------------------------------------------------------------


@dataclass(frozen=True)
class Duel:
    """One record of what the visitor has set in the duel."""

    family: str
    data: tuple[float, ...]
    at: tuple[float, ...]
    method: task.Method = "gradient"
    path: task.Path | None = None
    truth: tuple[float, ...] | None = None  # where it is revealed


class Fits:
    """The expensive part of the duel, kept for the last few data: what moving a slider need not repeat."""

    def __init__(self, graphs: task.Graphs) -> None:
        self.graphs = graphs
        self.fit = lru_cache(maxsize=32)(self._fit)
        self.surface = lru_cache(maxsize=32)(self._surface)

    def _fit(self, family: str, data: tuple[float, ...]) -> task.Fit:
        return task.fit_mle(self.graphs, family, list(data))

    def _surface(self, family: str, data: tuple[float, ...], fixed: tuple[float, ...]) -> task.Surface:
        values = np.array(data)
        window = task.window(family, values)
        names = ("μ₁", "μ₂") if family == "mixture" else tuple(window)
        ranges = {name: (window[name].low, window[name].high) for name in names}
        return task.surface(self.graphs, family, values, ranges, fixed)

    def landscape(self, duel: Duel) -> task.Surface:
        """ℓ around the data; of the mixture, where the sliders stand."""
        start = tuple(entry.start for entry in task.window(duel.family, np.array(duel.data)).values())
        return self.surface(duel.family, duel.data, duel.at if duel.family == "mixture" else start)


def density_figure(graphs: task.Graphs, duel: Duel, fit: task.Fit, language: Language) -> pictures.Picture:
    """The data, your curve, the optimiser's, and the truth where it is revealed."""
    data = np.array(duel.data)
    grid = task.support(duel.family, data)
    discrete = task.FAMILIES[duel.family].discrete
    wanted = [("you", duel.at, ORANGE, "solid")]
    if len(fit.values) == len(duel.at) and drawable(fit):
        wanted.append(("best", tuple(fit.values), GREEN, "dash"))
    if duel.truth:
        wanted.append(("truth", duel.truth, PINK, "dot"))
    curves = task.densities(graphs, duel.family, np.array([values for _, values, _, _ in wanted]), grid)
    made = [
        Curve(STRINGS.say(name, language), grid, curve, colour, dash)
        for (name, _, colour, dash), curve in zip(wanted, curves, strict=True)
    ]
    up = STRINGS.say("probability" if discrete else "density", language)
    return figures.data_and_densities(data, made, discrete, STRINGS.say("seen", language), up)


def drawable(fit: task.Fit) -> bool:
    """Whether the estimate is a curve, not a spike."""
    return fit.log_likelihood is not None


def surface_figure(fits: Fits, duel: Duel, fit: task.Fit, language: Language, steps: int | None = None) -> Any:
    """ℓ over the parameters with you, the optimiser and the way up, of which the first steps are drawn."""
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
        path = Curve(path_name(duel.path, language), points[:, places[0]], up, "#ffffff" if two else SKY, "solid", 1.8)
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
    """Who leads, what the gradient advises, and the estimates with their errors."""
    say = STRINGS.say
    data = np.array(duel.data)
    yours = float(task.log_likelihoods(graphs, duel.family, np.array([duel.at]), data)[0])
    slopes = task.gradient_at(graphs, duel.family, duel.at, data)
    rows: list[tuple[str, float | None]] = [(say("you", language), yours), (say("best", language), fit.log_likelihood)]
    best = "" if fit.log_likelihood is not None else say("no_bound", language)
    scores = "".join(
        f"<div class=score><span>{html.text_of(name)}</span><b>ℓ "
        f"{html.text_of(f'= {shown(value, 6)}' if value is not None else best)}</b></div>"
        for name, value in rows
    )
    lead = fit.lead(yours)
    if not math.isfinite(yours):
        verdict = html.note(say("impossible", language), "warn")
    elif lead is None:
        verdict = ""
    elif lead > 1e-6:
        verdict = html.note(say("behind", language, gap=shown(lead, 3), times=times(lead)))
    elif lead < -1e-6:
        verdict = html.note(say("beaten", language, gap=shown(-lead, 3)), "warn")
    else:
        verdict = html.note(say("level", language), "notice")
    moves = [
        say("raise" if slope > 0 else "lower", language, name=name)
        for name, slope in slopes.items()
        if abs(slope) > 1e-6
    ]
    advice = html.note(say("upwards", language, moves=", ".join(moves))) if moves else ""
    climbed = ""
    if duel.path is not None:
        facts = {
            "method": say(duel.path.method, language),
            "steps": len(duel.path.points) - 1,
            "first": shown(float(duel.path.log_likelihood[0]), 6),
            "last": shown(float(duel.path.log_likelihood[-1]), 6),
        }
        climbed = html.note(say("arrived" if duel.path.arrived else "under_way", language, **facts), "notice")
        if duel.family == "mixture" and task.collapsed(duel.path.points[-1], data):
            climbed += notes_html(("collapse",), language)
    slice_note = html.note(say("slice", language)) if duel.family == "mixture" else ""
    return (
        f"<div class=scores>{scores}</div>{verdict}{climbed}{advice}{slice_note}"
        f"{estimates_html(fit, language, duel, slopes)}{notes_html(fit.notes, language)}"
    )


def estimates_html(fit: task.Fit, language: Language, duel: Duel, slopes: dict[str, float]) -> str:
    """A row for each parameter."""
    say = STRINGS.say
    headers: list[html.Cell] = [
        say(key, language) for key in ("parameter", "yours_short", "slope", "estimate", "error")
    ]
    headers.append(say("interval_short", language))
    if duel.truth:
        headers.append(say("truth", language))
    rows: list[list[html.Cell]] = []
    for place, name in enumerate(task.FAMILIES[duel.family].parameters):
        between = fit.interval(name)
        row: list[html.Cell] = [
            name, shown(duel.at[place]), shown(slopes[name]), shown(fit.estimate.get(name)),
            shown(fit.standard_error.get(name), 3),
            f"{shown(between[0])} … {shown(between[1])}" if between else None,
        ]  # fmt: skip
        rows.append([*row, shown(duel.truth[place])] if duel.truth else row)
    return html.table(headers, rows, caption_of(fit, language), range(1, len(headers)))


def strip_html(family: str, data: Sequence[float], language: Language) -> str:
    low, high, step = task.drawing(family, data)
    return pad.strip(data, pad.Scale(low, high, step), STRINGS.say("draw", language))


def curved(name: object) -> str:
    """The name of a family that can be drawn. Raises DataError."""
    if name not in task.CURVES:
        raise DataError("family", found=repr(name)[:60], known=", ".join(task.CURVES))
    return str(name)


# --- the view ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arena:
    """The view as it is drawn.

    Args:
        shown: its components. query: its address.
        words: what is said in the language of the page. worded: where.
        restored: the fields of an address, the language -> a value for each of `shown`, None where the address asks
            for nothing. Raises DataError and ValueError. first: the same for a plain address, with notes.
    """

    tab: gr.Tab
    shown: list[Any]
    query: gr.Textbox
    words: Callable[[Language], Made]
    worded: list[Any]
    restored: Callable[[Mapping[str, str], Language, str], list[Any] | None]
    first: Callable[[Language, str], list[Any]]


def draw(lab: Lab) -> Arena:
    """Draw the view and wire its events."""
    s, graphs, fits = STRINGS, lab.graphs, Fits(lab.graphs)
    with gr.Tab(s("fit"), id="fit") as tab:
        examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[example.title[0]] for example in EXAMPLES],
            label=s("examples"), type="index", elem_id="likelihood-examples", samples_per_page=20,
        )  # fmt: skip
        notice = gr.HTML(elem_id="likelihood-notice")
        with gr.Row():
            with gr.Column(min_width=300):
                family = gr.Dropdown(
                    [(s(name), name) for name in task.CURVES],
                    value="bernoulli",
                    label=s("family"),
                    elem_id="family",
                )
                data = gr.Textbox(label=s("data"), info=s("data_info"), lines=2, max_lines=4, elem_id="likelihood-data")
                strip = pad.make("strip")
                with gr.Row():
                    use = gr.Button(s("fit_button"), size="sm", min_width=110, elem_id="use-data")
                    clear = gr.Button(s("clear"), size="sm", min_width=70, elem_id="clear-data")
                count = gr.Slider(5, 1000, 40, step=5, label=s("count"), elem_id="count")
                with gr.Row():
                    sampling = gr.Button(s("sample"), size="sm", min_width=150, elem_id="sample")
                    reveal = gr.Button(s("reveal"), size="sm", min_width=110, elem_id="reveal")
            with gr.Column(min_width=300):
                formula = gr.Markdown(FORMULAS["bernoulli"], latex_delimiters=LATEX, elem_classes="formula")
                sliders = [
                    gr.Slider(0, 1, 0.5, label="", visible=place == 0, elem_id=f"slider-{place}")
                    for place in range(SLIDERS)
                ]
                method = gr.Radio(
                    [(s("gradient"), "gradient"), (s("scoring"), "scoring")], value="gradient", label=s("method"),
                    elem_id="method",
                )  # fmt: skip
                climbing = gr.Button(s("climb"), variant="primary", elem_id="climb")
                look_fit = gr.Markdown("", elem_classes="look", elem_id="fit-look")
        with gr.Row():
            with gr.Column(min_width=300):
                density = pictures.plot("density")
            with gr.Column(min_width=300):
                surface = pictures.plot("surface")
        duel_box = gr.HTML(elem_id="duel")
        origin = gr.State({"seed": 0, "n": 0, "reveal": False})
        query = gr.Textbox(visible="hidden", elem_id="duel-query")

    shown_all = [
        notice, family, formula, data, strip, *sliders, method, density, surface, duel_box, origin, query,
    ]  # fmt: skip
    shown_live = [density, surface, duel_box, query]

    def address(duel: Duel, source: dict[str, Any], climbed: bool, language: Language) -> tuple[str, str]:
        """The query of what is seen, and a notice where the data did not fit."""
        link = share.encode(
            {
                "tab": "likelihood", "family": duel.family, "method": duel.method,
                "at": ",".join(f"{value:.6g}" for value in duel.at), "climb": "1" * climbed,
                "reveal": "1" * bool(duel.truth), "seed": str(source["seed"]) * bool(source["n"]),
                "n": str(source["n"] or ""), "data": "" if source["n"] else numbers_text(duel.data),
            },
            long="data",
        )  # fmt: skip
        return link.query, html.note(STRINGS.say("shortened", language), "warn") if link.shortened else ""

    def pictured(duel: Duel, language: Language) -> list[Any]:
        fit = fits.fit(duel.family, duel.data)
        return [
            pictures.sent(density_figure(graphs, duel, fit, language), "data"),
            pictures.sent(surface_figure(fits, duel, fit, language), "likelihood"),
            duel_html(graphs, duel, fit, language),
        ]

    def settle(
        name: str, given: object, at: Sequence[float] | None, way: str, climb: bool, source: dict[str, Any],
        language: Language, note: str = "",
    ) -> list[Any]:  # fmt: skip
        """Everything of the duel for new data; a value for each of `shown_all`."""
        values = task.read_numbers(curved(name), given)
        window = task.window(name, values, at)
        point = tuple(entry.start for entry in window.values())
        ways = ("gradient", "em") if name == "mixture" else ("gradient", "scoring")
        chosen: task.Method = way if way in ways else ways[0]  # type: ignore[assignment]
        truth = tuple(task.hidden_truth(name, source["seed"])) if source["n"] and source["reveal"] else None
        path = task.ascend(graphs, name, values, point, chosen) if climb else None
        duel = Duel(name, tuple(values.tolist()), point, chosen, path, truth)
        link, shortened = address(duel, source, climb, language)
        entries = [*window.items(), *[None] * (SLIDERS - len(window))]
        moved = [
            gr.Slider(visible=False) if entry is None else gr.Slider(
                minimum=entry[1].low, maximum=entry[1].high, value=entry[1].start, step=entry[1].step, visible=True,
                label=STRINGS.say("yours", language, name=entry[0]),
            )
            for entry in entries
        ]  # fmt: skip
        radio = gr.Radio(choices=[(STRINGS.say(one, language), one) for one in ways], value=chosen)
        return [
            note + shortened, name, FORMULAS[name], numbers_text(duel.data), strip_html(name, duel.data, language),
            *moved, radio, *pictured(duel, language), source, link,
        ]  # fmt: skip

    plain = {"seed": 0, "n": 0, "reveal": False}

    def of_example(index: int, language: Language) -> list[Any]:
        example = EXAMPLES[index]
        source = {"seed": example.seed, "n": example.n, "reveal": example.reveal}
        given: object = example.data
        if example.n:
            given = task.sample(
                example.family, task.hidden_truth(example.family, example.seed), example.n, example.seed
            )
        note = html.note(f"{example.title[language == 'zh']}: {example.note[language == 'zh']}", "notice")
        return settle(example.family, given, example.at, example.method, example.climb, source, language, note)

    def on_example(index: int, request: gr.Request) -> list[Any]:
        language = language_of(request)
        return guarded(language, lambda: of_example(index, language))

    def on_family(name: str, request: gr.Request) -> list[Any]:
        language = language_of(request)
        place = next(place for place, example in enumerate(EXAMPLES) if example.family == name)
        return guarded(language, lambda: of_example(place, language))

    def on_data(name: str, given: str, way: str, request: gr.Request) -> list[Any]:
        language = language_of(request)
        return guarded(language, lambda: settle(name, given, None, way, False, plain, language))

    def on_strip(name: str, given: str, way: str, request: gr.Request, event: gr.EventData) -> list[Any]:
        language = language_of(request)
        more = f"{given or ''} {numbers_text([x for x, _ in pad.clicked(event)])}"
        return guarded(language, lambda: settle(name, more, None, way, False, plain, language))

    def on_clear(name: str, request: gr.Request) -> list[Any]:
        return ["", strip_html(name, [], language_of(request)), plain]

    def on_sample(name: str, many: float, way: str, request: gr.Request) -> list[Any]:
        language = language_of(request)
        seed = int(np.random.default_rng().integers(1, 10_000))
        source = {"seed": seed, "n": int(many), "reveal": False}

        def make() -> list[Any]:
            given = task.sample(name, task.hidden_truth(name, seed), int(many), seed)
            return settle(name, given, None, way, False, source, language)

        return guarded(language, make)

    def standing(
        name: str, given: str, way: str, source: dict[str, Any], at: Sequence[float]
    ) -> tuple[Duel, dict[str, Any]]:  # fmt: skip
        """The duel as the components say, and where its data are from: edited ones are no longer the sample."""
        values = task.read_numbers(curved(name), given)
        if source["n"]:
            sampled = task.sample(name, task.hidden_truth(name, source["seed"]), source["n"], source["seed"])
            source = source if np.array_equal(values, sampled) else plain
        truth = tuple(task.hidden_truth(name, source["seed"])) if source["n"] and source["reveal"] else None
        point = tuple(
            task.number(value, place) for place, value in enumerate(at[: len(task.FAMILIES[name].parameters)], 1)
        )
        return Duel(name, tuple(values.tolist()), point, way, None, truth), source  # type: ignore[arg-type]

    def on_slider(
        request: gr.Request, name: str, given: str, way: str, source: dict[str, Any], *at: float
    ) -> list[Any]:
        language = language_of(request)

        def make() -> list[Any]:
            duel, known = standing(name, given, way, source, at)
            return [*pictured(duel, language), address(duel, known, False, language)[0]]

        return guarded(language, make)

    def on_reveal(
        request: gr.Request, name: str, given: str, way: str, source: dict[str, Any], *at: float
    ) -> list[Any]:
        revealed = {**source, "reveal": True}
        return [*on_slider(request, name, given, way, revealed, *at), revealed]

    def on_climb(
        request: gr.Request, name: str, given: str, way: str, source: dict[str, Any], *at: float
    ) -> Iterator[list[Any]]:
        language = language_of(request)

        def make() -> tuple[Duel, dict[str, Any], task.Fit]:
            duel, known = standing(name, given, way, source, at)
            path = task.ascend(graphs, name, np.array(duel.data), duel.at, duel.method)
            return replace(duel, path=path), known, fits.fit(name, duel.data)

        duel, known, fit = guarded(language, make)
        assert duel.path is not None
        for steps in task.frames(duel.path, FRAMES):
            figure = surface_figure(fits, duel, fit, language, steps)
            yield [gr.skip(), pictures.sent(figure, "likelihood"), gr.skip(), gr.skip()]
            time.sleep(FRAME_S)
        yield [*pictured(duel, language), address(duel, known, True, language)[0]]

    def in_turn(callback: Callable[..., Any], outputs: Sequence[Any], yields: bool = False) -> Callable[..., Any]:
        return lab.newest(callback, PLACE, outputs, yields=yields)

    examples.click(in_turn(on_example, shown_all), examples, shown_all, **PRIVATE)
    family.input(in_turn(on_family, shown_all), family, shown_all, **QUIET)
    use.click(in_turn(on_data, shown_all), [family, data, method], shown_all, **PRIVATE)
    data.submit(in_turn(on_data, shown_all), [family, data, method], shown_all, **PRIVATE)
    emptied = [data, strip, origin]
    clear.click(in_turn(on_clear, emptied), family, emptied, **QUIET)
    strip.click(in_turn(on_strip, shown_all), [family, data, method], shown_all, **QUIET)
    sampling.click(in_turn(on_sample, shown_all), [family, count, method], shown_all, **PRIVATE)
    at_hand = [family, data, method, origin, *sliders]
    for slider in sliders:
        slider.input(in_turn(on_slider, shown_live, yields=True), at_hand, shown_live, **LIVE)
    reveal.click(in_turn(on_reveal, [*shown_live, origin]), at_hand, [*shown_live, origin], **QUIET)
    climbing.click(in_turn(on_climb, shown_live), at_hand, shown_live, **QUIET)

    # --- the address

    def restored(values: Mapping[str, str], language: Language, note: str) -> list[Any] | None:
        if "family" not in values:
            return None
        name = curved(values["family"])
        at = [float(part) for part in values["at"].split(",")] if values.get("at") else None
        many = int(values.get("n") or 0)
        source = {"seed": int(values.get("seed") or 0), "n": many, "reveal": bool(values.get("reveal"))}
        given: object = values.get("data", "")
        if many:
            given = task.sample(name, task.hidden_truth(name, source["seed"]), many, source["seed"])
        return settle(name, given, at, values.get("method", ""), bool(values.get("climb")), source, language, note)

    def first(language: Language, notes: str) -> list[Any]:
        made = of_example(0, language)
        return [notes + made[0], *made[1:-1], ""]  # a plain address stays plain

    def words(language: Language) -> Made:
        titles = [[example.title[language == "zh"]] for example in EXAMPLES]
        return {examples: gr.Dataset(samples=titles), look_fit: look("fit", language)}

    return Arena(tab, shown_all, query, words, [examples, look_fit], restored, first)
