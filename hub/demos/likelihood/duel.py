"""The first view: the visitor's sliders against the optimiser, on data typed, clicked or sampled.

Sampled data are a riddle: their parameters, and the optimiser's, are hidden until they are revealed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import numpy as np

from hub import messages
from hub.demos.likelihood import figures, ranges
from hub.demos.likelihood.common import Lab, Made, guarded, look, numbers_text
from hub.demos.likelihood.duel_answers import (
    Duel,
    Fits,
    curved,
    density_figure,
    duel_html,
    strip_html,
    surface_figure,
)
from hub.demos.likelihood.examples import EXAMPLES
from hub.demos.likelihood.strings import FORMULAS, LATEX, STRINGS
from hub.tasks import likelihood as task
from hub.ui import html, pad, pictures, share
from hub.ui.strings import Language, language_of
from hub.ui.turns import LIVE, PRIVATE, QUIET

PLACE = "fit"  # of its turns
FRAMES = 14  # of the climb, as it is shown
FRAME_S = 0.07
SLIDERS = 5  # the most parameters of a family
KEPT_TRIES = 60  # places where a guess stood


@dataclass(frozen=True)
class Origin:
    """Where the data are from: sampled by a seed where n is above 0, and then hidden until they are revealed."""

    seed: int = 0
    n: int = 0
    revealed: bool = False
    tried: tuple[tuple[float, ...], ...] = ()

    @property
    def hidden(self) -> bool:
        return self.n > 0 and not self.revealed

    def sample(self, family: str) -> np.ndarray:
        return task.sample(family, task.hidden_truth(family, self.seed), self.n, self.seed)

    def truth(self, family: str) -> tuple[float, ...] | None:
        """The parameters, once they are revealed."""
        return tuple(task.hidden_truth(family, self.seed)) if self.n and self.revealed else None

    def went_on(self, at: tuple[float, ...]) -> Origin:
        """With one more place that was tried."""
        return replace(self, tried=(*self.tried, at)[-KEPT_TRIES:]) if self.hidden and at not in self.tried else self


TYPED = Origin()


class Referee:
    """What is shown for data and a place of the sliders; no component knows of it."""

    def __init__(self, graphs: task.Graphs) -> None:
        self.graphs = graphs
        self.fits = Fits(graphs)

    def address(self, duel: Duel, origin: Origin, climbed: bool, language: Language) -> tuple[str, str]:
        """The query of what is seen, and a notice where the data did not fit."""
        link = share.encode(
            {
                "tab": "likelihood", "family": duel.family, "method": duel.method,
                "at": ",".join(f"{value:.6g}" for value in duel.at), "climb": "1" * climbed,
                "reveal": "1" * origin.revealed, "seed": str(origin.seed) * bool(origin.n),
                "n": str(origin.n or ""), "data": "" if origin.n else numbers_text(duel.data),
            },
            long="data",
        )  # fmt: skip
        return link.query, html.note(STRINGS.say("shortened", language), "warn") if link.shortened else ""

    def pictured(self, duel: Duel, language: Language) -> list[Any]:
        """Both figures and the words below them."""
        fit = self.fits.fit(duel.family, duel.data)
        return [
            pictures.sent(density_figure(self.graphs, duel, fit, language), "data"),
            pictures.sent(surface_figure(self.fits, duel, fit, language), "likelihood"),
            duel_html(self.graphs, duel, fit, language),
        ]

    def buttons(self, origin: Origin) -> list[Any]:
        """Reveal, where there is something to reveal; climb, where it would not give it away."""
        return [
            gr.Button(interactive=origin.hidden, variant="primary" if origin.hidden else "secondary"),
            gr.Button(interactive=not origin.hidden, variant="secondary" if origin.hidden else "primary"),
        ]

    def live(self, duel: Duel, origin: Origin, climbed: bool, language: Language) -> list[Any]:
        """A value for each of `Board.live`."""
        link, _ = self.address(duel, origin, climbed, language)
        return [*self.pictured(duel, language), link, origin.went_on(duel.at), *self.buttons(origin)]

    def settle(
        self, name: str, given: object, at: Sequence[float] | None, way: str, climb: bool, origin: Origin,
        language: Language, note: str = "",
    ) -> list[Any]:  # fmt: skip
        """Everything for new data; a value for each of `Board.shown`."""
        values = origin.sample(curved(name)) if origin.n else task.read_numbers(curved(name), given)
        window = ranges.guess_window(name, at) if origin.n else ranges.window(name, values, at)
        point = tuple(entry.start for entry in window.values())
        ways = ("gradient", "em") if name == "mixture" else ("gradient", "scoring")
        chosen: task.Method = way if way in ways else ways[0]  # type: ignore[assignment]
        climb = climb and not origin.hidden
        path = task.ascend(self.graphs, name, values, point, chosen) if climb else None
        duel = Duel(name, tuple(values.tolist()), point, chosen, path, origin.truth(name), origin.hidden)
        _, shortened = self.address(duel, origin, climb, language)
        radio = gr.Radio(choices=[(STRINGS.say(one, language), one) for one in ways], value=chosen)
        return [
            note + shortened, name, FORMULAS[name], numbers_text(duel.data), strip_html(name, duel.data, language),
            *sliders_for(window, language), radio, *self.live(duel, origin, climb, language),
        ]  # fmt: skip

    def of_example(self, index: int, language: Language) -> list[Any]:
        example = EXAMPLES[index]
        chinese = language == "zh"
        parts = (example.title[chinese], example.note[chinese])
        note = html.note("：".join(parts) if chinese else ": ".join(parts), "notice")
        origin = Origin(example.seed, example.n)
        return self.settle(
            example.family, example.data, example.at, example.method, example.climb, origin, language, note
        )

    def emptied(self, name: str, language: Language) -> list[Any]:
        """Without data; a value for each of `Board.emptied`."""
        said = messages.say("data_empty", language)
        span = ranges.axis(name, [])
        across = {"range": [span.low, span.high], "automargin": False}
        density = figures.nothing(said, "x", "", xaxis=across, yaxis={"automargin": False}, margin=figures.SIDES)
        surface = figures.nothing("", "", STRINGS.say("log_likelihood", language))
        empty = [pictures.sent(density, "data"), pictures.sent(surface, "likelihood"), html.empty(said)]
        return ["", strip_html(name, [], language), TYPED, *empty, *self.buttons(TYPED)]

    def standing(
        self, name: str, given: str, way: str, origin: Origin, at: Sequence[float]
    ) -> tuple[Duel, Origin]:  # fmt: skip
        """The duel as the components say, and where its data are from: edited ones are no longer the sample."""
        values = task.read_numbers(curved(name), given)
        if origin.n and not np.array_equal(values, origin.sample(name)):
            origin = TYPED
        known = at[: len(task.FAMILIES[name].parameters)]
        point = tuple(task.number(value, place) for place, value in enumerate(known, 1))
        method: task.Method = way  # type: ignore[assignment]
        data = tuple(values.tolist())
        return Duel(name, data, point, method, None, origin.truth(name), origin.hidden, origin.tried), origin


def sliders_for(window: Mapping[str, ranges.Range], language: Language) -> list[gr.Slider]:
    """A slider for each parameter, the rest out of sight."""
    entries = [*window.items(), *[None] * (SLIDERS - len(window))]
    return [
        gr.Slider(visible=False) if entry is None else gr.Slider(
            minimum=entry[1].low, maximum=entry[1].high, value=entry[1].start, step=entry[1].step, visible=True,
            label=STRINGS.say("yours", language, name=entry[0]),
        )
        for entry in entries
    ]  # fmt: skip


# --- the view ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Board:
    """The components of the view, in the order of the page."""

    tab: gr.Tab
    examples: gr.Dataset
    notice: gr.HTML
    family: gr.Dropdown
    data: gr.Textbox
    use: gr.Button
    clear: gr.Button
    count: gr.Slider
    sample: gr.Button
    formula: gr.Markdown
    sliders: list[gr.Slider]
    method: gr.Radio
    reveal: gr.Button
    climb: gr.Button
    look: gr.Markdown
    density: gr.Plot
    strip: gr.HTML
    surface: gr.Plot
    words: gr.HTML
    origin: gr.State
    query: gr.Textbox

    @property
    def live(self) -> list[Any]:
        """What a slider's move changes."""
        return [self.density, self.surface, self.words, self.query, self.origin, self.reveal, self.climb]

    @property
    def shown(self) -> list[Any]:
        """What new data change."""
        return [self.notice, self.family, self.formula, self.data, self.strip, *self.sliders, self.method, *self.live]

    @property
    def emptied(self) -> list[Any]:
        """What is empty without data."""
        return [
            self.data, self.strip, self.origin, self.density, self.surface, self.words, self.reveal, self.climb,
        ]  # fmt: skip

    @property
    def at_hand(self) -> list[Any]:
        """The visitor's data and place."""
        return [self.family, self.data, self.method, self.origin, *self.sliders]


def lay_out() -> Board:
    """Draw the components."""
    s = STRINGS
    with gr.Tab(s("fit"), id="fit") as tab:
        examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[example.title[0]] for example in EXAMPLES],
            label=s("examples"), type="index", elem_id="likelihood-examples", samples_per_page=20,
        )  # fmt: skip
        notice = gr.HTML(elem_id="likelihood-notice")
        with gr.Row():
            with gr.Column(min_width=300):
                density = pictures.plot("density", links=False)
                strip = pad.make("strip")
                pictures.save_links("density")
            with gr.Column(min_width=300):
                surface = pictures.plot("surface")
                sliders = [
                    gr.Slider(0, 1, 0.5, label="", visible=place == 0, elem_id=f"slider-{place}")
                    for place in range(SLIDERS)
                ]
                with gr.Row():
                    reveal = gr.Button(s("reveal"), interactive=False, min_width=110, elem_id="reveal")
                    climb = gr.Button(s("climb"), variant="primary", min_width=180, elem_id="climb")
        words = gr.HTML(elem_id="duel")
        formula = gr.Markdown(FORMULAS["bernoulli"], latex_delimiters=LATEX, elem_classes="formula")
        look_fit = gr.Markdown("", elem_classes="look", elem_id="fit-look")
        with gr.Row():
            with gr.Column(min_width=300):
                family = gr.Dropdown(
                    [(s(name), name) for name in task.CURVES], value="bernoulli", label=s("family"), elem_id="family"
                )
                data = gr.Textbox(label=s("data"), info=s("data_info"), lines=2, max_lines=4, elem_id="likelihood-data")
                with gr.Row():
                    use = gr.Button(s("fit_button"), size="sm", min_width=110, elem_id="use-data")
                    clear = gr.Button(s("clear"), size="sm", min_width=70, elem_id="clear-data")
            with gr.Column(min_width=300):
                count = gr.Slider(5, 1000, 40, step=5, label=s("count"), elem_id="count")
                sample = gr.Button(s("sample"), size="sm", min_width=150, elem_id="sample")
                method = gr.Radio(
                    [(s("gradient"), "gradient"), (s("scoring"), "scoring")], value="gradient", label=s("method"),
                    elem_id="method",
                )  # fmt: skip
        origin = gr.State(TYPED)
        query = gr.Textbox(visible="hidden", elem_id="duel-query")
    return Board(
        tab, examples, notice, family, data, use, clear, count, sample, formula, sliders, method, reveal, climb,
        look_fit, density, strip, surface, words, origin, query,
    )  # fmt: skip


class Player:
    """The callbacks of the view: what a component says in, a value for each of the outputs out."""

    def __init__(self, referee: Referee) -> None:
        self.referee = referee

    def example(self, index: int, request: gr.Request) -> list[Any]:
        language = language_of(request)
        return guarded(language, lambda: self.referee.of_example(index, language))

    def family(self, name: str, request: gr.Request) -> list[Any]:
        place = next(place for place, example in enumerate(EXAMPLES) if example.family == name)
        return self.example(place, request)

    def data(self, name: str, given: str, way: str, request: gr.Request) -> list[Any]:
        language = language_of(request)
        return guarded(language, lambda: self.referee.settle(name, given, None, way, False, TYPED, language))

    def strip(self, name: str, given: str, way: str, request: gr.Request, event: gr.EventData) -> list[Any]:
        more = f"{given or ''} {numbers_text([x for x, _ in pad.clicked(event)])}"
        return self.data(name, more, way, request)

    def clear(self, name: str, request: gr.Request) -> list[Any]:
        return self.referee.emptied(name, language_of(request))

    def sample(self, name: str, many: float, way: str, request: gr.Request) -> list[Any]:
        language = language_of(request)
        origin = Origin(int(np.random.default_rng().integers(1, 10_000)), int(many))
        note = html.note(STRINGS.say("guess", language), "notice")
        return guarded(language, lambda: self.referee.settle(name, "", None, way, False, origin, language, note))

    def slider(
        self, request: gr.Request, name: str, given: str, way: str, origin: Origin, *at: float
    ) -> list[Any]:  # fmt: skip
        language = language_of(request)

        def make() -> list[Any]:
            duel, known = self.referee.standing(name, given, way, origin, at)
            return self.referee.live(duel, known, False, language)

        return guarded(language, make)

    def reveal(
        self, request: gr.Request, name: str, given: str, way: str, origin: Origin, *at: float
    ) -> list[Any]:  # fmt: skip
        return self.slider(request, name, given, way, replace(origin, revealed=origin.n > 0), *at)

    def climb(
        self, request: gr.Request, name: str, given: str, way: str, origin: Origin, *at: float
    ) -> Iterator[list[Any]]:  # fmt: skip
        language, referee = language_of(request), self.referee

        def make() -> tuple[Duel, Origin, task.Fit]:
            duel, known = referee.standing(name, given, way, origin, at)
            path = None
            if not known.hidden:
                path = task.ascend(referee.graphs, name, np.array(duel.data), duel.at, duel.method)
            return replace(duel, path=path), known, referee.fits.fit(name, duel.data)

        duel, known, fit = guarded(language, make)
        for steps in task.frames(duel.path, FRAMES) if duel.path else ():
            figure = surface_figure(referee.fits, duel, fit, language, steps)
            yield [gr.skip(), pictures.sent(figure, "likelihood"), *[gr.skip()] * 5]
            time.sleep(FRAME_S)
        yield referee.live(duel, known, duel.path is not None, language)


def wire(board: Board, player: Player, lab: Lab) -> None:
    """Tie the callbacks to the components; of two that write to the same ones the newest is shown."""

    def in_turn(callback: Callable[..., Any], outputs: Sequence[Any], yields: bool = False) -> Callable[..., Any]:
        return lab.newest(callback, PLACE, outputs, yields=yields)

    typed = [board.family, board.data, board.method]
    for listen, callback, inputs, settings in (
        (board.examples.click, player.example, [board.examples], PRIVATE),
        (board.family.input, player.family, [board.family], QUIET),
        (board.use.click, player.data, typed, PRIVATE),
        (board.data.submit, player.data, typed, PRIVATE),
        (board.strip.click, player.strip, typed, QUIET),
        (board.sample.click, player.sample, [board.family, board.count, board.method], PRIVATE),
    ):
        listen(in_turn(callback, board.shown), inputs, board.shown, **settings)
    board.clear.click(in_turn(player.clear, board.emptied), board.family, board.emptied, **QUIET)
    for slider in board.sliders:
        slider.input(in_turn(player.slider, board.live, yields=True), board.at_hand, board.live, **LIVE)
    board.reveal.click(in_turn(player.reveal, board.live), board.at_hand, board.live, **QUIET)
    board.climb.click(in_turn(player.climb, board.live), board.at_hand, board.live, **QUIET)


@dataclass(frozen=True)
class Arena:
    """The view as it is drawn.

    Args:
        shown: its components. query: its address.
        words: what is said in the language of the page. worded: where.
        restored: the fields of an address, the language -> a value for each of `shown`, None where the address asks
            for nothing. Raises InputError and ValueError. first: the same for a plain address, with notes.
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
    board, referee = lay_out(), Referee(lab.graphs)
    wire(board, Player(referee), lab)

    def restored(values: Mapping[str, str], language: Language, note: str) -> list[Any] | None:
        if "family" not in values:
            return None
        at = [float(part) for part in values["at"].split(",")] if values.get("at") else None
        many = int(values.get("n") or 0)
        origin = Origin(int(values.get("seed") or 0), many, bool(values.get("reveal"))) if many else TYPED
        if origin.hidden:
            note += html.note(STRINGS.say("guess", language), "notice")
        climb, method, name = bool(values.get("climb")), values.get("method", ""), curved(values["family"])
        return referee.settle(name, values.get("data", ""), at, method, climb, origin, language, note)

    def first(language: Language, notes: str) -> list[Any]:
        made = dict(zip(board.shown, referee.of_example(0, language), strict=True))
        made |= {board.notice: notes + made[board.notice], board.query: ""}  # a plain address stays plain
        return list(made.values())

    def words(language: Language) -> Made:
        titles = [[example.title[language == "zh"]] for example in EXAMPLES]
        return {board.examples: gr.Dataset(samples=titles), board.look: look("fit", language)}

    return Arena(board.tab, board.shown, board.query, words, [board.examples, board.look], restored, first)
