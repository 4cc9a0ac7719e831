"""The first view: the visitor's sliders against the optimiser, on data typed, clicked or sampled.

Sampled data are a riddle: their parameters, and the optimiser's, are hidden until they are revealed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal, Self

import gradio as gr
import numpy as np
from pydantic import Field

from hub import limits, messages
from hub.demos.likelihood import figures, ranges
from hub.demos.likelihood.answers import Duel, Fits, curved, density_figure, duel_html, strip_html, surface_figure
from hub.demos.likelihood.examples import RIDDLES, Riddle
from hub.demos.likelihood.strings import FORMULAS, STRINGS
from hub.demos.likelihood.words import formula, numbers_text
from hub.tasks import likelihood as task
from hub.ui import html, pad, pictures, settings
from hub.ui.settings import Choices, Control
from hub.ui.strings import Language
from hub.ui.turns import LIVE, PRIVATE
from hub.ui.view import STAND, Example, Kit, Scene, View

FRAMES = 14  # of the climb, as it is shown
FRAME_S = 0.07
SLIDERS = 5  # the most parameters of a family
KEPT_TRIES = 60  # places where a guess stood
SEEDS = 10_000  # of what is sampled at a click
Seen = dict[str, Any]


def _point(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def _point_text(point: Sequence[float]) -> str:
    return ",".join(f"{value:.6g}" for value in point)


def _tries(text: str) -> tuple[tuple[float, ...], ...]:
    return tuple(_point(part) for part in text.split(";") if part)


Parameter = Annotated[float | None, Control(kind=gr.Slider, label="yours", hidden=True)]


class Settings(settings.Settings):
    """The family, where its data are from, and where the visitor stands.

    seed, n: of a sample, whose parameters are hidden until `reveal`; n is 0 where the data were typed.
    at: where the sliders shall stand; empty: where they do (p0, …), or at a start that is not the answer.
    climb: whether the optimiser's way up is drawn. count: how many values to sample.
    tried: where a guess stood, with ";" between them.
    """

    family: Annotated[str, Control()] = "bernoulli"
    method: Annotated[Literal["gradient", "scoring", "em"], Control(kind=gr.Radio)] = "gradient"
    at: Annotated[tuple[float, ...], Control(write=_point_text, read=_point)] = ()
    climb: Annotated[bool, Control(brief=True)] = False
    reveal: Annotated[bool, Control(brief=True)] = False
    seed: Annotated[int, Field(ge=0), Control(kind=gr.Number, label="sample", brief=True)] = 0
    n: Annotated[int, Field(ge=0, le=limits.MAX_LAB_SAMPLES), Control(kind=gr.Number, label="count", brief=True)] = 0
    data: str = ""
    count: Annotated[int, Field(ge=5, le=1000), Control(step=5, hidden=True)] = 40
    tried: Annotated[str, Control(label="tries", hidden=True)] = ""
    p0: Parameter = None
    p1: Parameter = None
    p2: Parameter = None
    p3: Parameter = None
    p4: Parameter = None

    @property
    def point(self) -> tuple[float, ...]:
        """Where the sliders of the family stand."""
        places = [getattr(self, f"p{place}") for place in range(len(task.FAMILIES[self.family].parameters))]
        return tuple(value for value in places if value is not None)

    def placed(self, point: Sequence[float]) -> Self:
        """With the sliders elsewhere."""
        return self.changed(at=(), **{f"p{place}": float(value) for place, value in enumerate(point)})

    def addressed(self) -> Self:
        """A sample is its seed; the sliders are one field."""
        return self.changed(at=self.at or self.point, data="" if self.n else self.data)


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


def origin_of(settings: Settings) -> Origin:
    """Where the data of some settings are from."""
    if not settings.n:
        return TYPED
    return Origin(settings.seed, settings.n, settings.reveal, _tries(settings.tried))


# --- what is seen -----------------------------------------------------------------------------------------------------


def pictured(fits: Fits, settings: Settings, duel: Duel, origin: Origin, language: Language) -> Seen:
    """Both figures, the words below them, and what can be done next."""
    fit = fits.fit(duel.family, duel.data)
    origin = origin.went_on(duel.at)
    stand = settings.placed(duel.at).changed(
        climb=duel.path is not None, reveal=origin.revealed, seed=origin.seed, n=origin.n,
        tried=";".join(map(_point_text, origin.tried)),
    )  # fmt: skip
    return {
        "density": pictures.sent(density_figure(fits.graphs, duel, fit, language), "data"),
        "surface": pictures.sent(surface_figure(fits, duel, fit, language), "likelihood"),
        "words": duel_html(fits.graphs, duel, fit, language),
        **buttons(origin),
        STAND: stand,
    }


def buttons(origin: Origin) -> Seen:
    """Reveal, where there is something to reveal; climb, where it would not give it away."""
    hidden = origin.hidden
    return {
        "reveal_button": gr.Button(interactive=hidden, variant="primary" if hidden else "secondary"),
        "climb_button": gr.Button(interactive=not hidden, variant="secondary" if hidden else "primary"),
    }


def show(fits: Fits, settings: Settings, language: Language) -> Seen:
    """Everything of new data: the sliders and their ranges, too."""
    family, origin, at = curved(settings.family), origin_of(settings), settings.at or None
    values = origin.sample(family) if origin.n else task.read_numbers(family, settings.data)
    window = ranges.guess_window(family, at) if origin.n else ranges.window(family, values, at)
    point = tuple(entry.start for entry in window.values())
    ways: tuple[task.Method, ...] = ("gradient", "em") if family == "mixture" else ("gradient", "scoring")
    method = settings.method if settings.method in ways else ways[0]
    climb = settings.climb and not origin.hidden
    path = task.ascend(fits.graphs, family, values, point, method) if climb else None
    duel = Duel(family, tuple(values.tolist()), point, method, path, origin.truth(family), origin.hidden)
    text = numbers_text(duel.data)
    seen = pictured(fits, settings.changed(method=method, data=text), duel, origin, language)
    return {
        **seen,
        "note": note_html(settings, origin, language),
        "formula": FORMULAS[family],
        "strip": strip_html(family, duel.data, language),
        "method": gr.Radio(choices=[(STRINGS.say(one, language), one) for one in ways], value=method),
        **sliders_for(window, language),
    }


def note_html(settings: Settings, origin: Origin, language: Language) -> str:
    """What an example shows; of other hidden data, what to do with them."""
    riddle = next((one for one in RIDDLES if riddle_is(one, settings)), None)
    if riddle is not None:
        chinese = language == "zh"
        parts = (riddle.title[chinese], riddle.note[chinese])
        return html.note("：".join(parts) if chinese else ": ".join(parts), "notice")
    return html.note(STRINGS.say("guess", language), "notice") if origin.hidden else ""


def riddle_is(riddle: Riddle, settings: Settings) -> bool:
    """Whether these settings are an example's, as it was clicked."""
    values = changes_of(riddle)
    return all(getattr(settings, name) == value for name, value in values.items() if name != "tried")


def sliders_for(window: Mapping[str, ranges.Range], language: Language) -> dict[str, gr.Slider]:
    """A slider for each parameter, the rest out of sight."""
    entries = [*window.items(), *[None] * (SLIDERS - len(window))]
    return {
        f"p{place}": gr.Slider(visible=False) if entry is None else gr.Slider(
            minimum=entry[1].low, maximum=entry[1].high, value=entry[1].start, step=entry[1].step, visible=True,
            label=STRINGS.say("yours", language, name=entry[0]),
        )
        for place, entry in enumerate(entries)
    }  # fmt: skip


def standing(settings: Settings) -> tuple[Duel, Origin]:
    """The duel as the controls say, and where its data are from: edited ones are no longer the sample."""
    family, origin = settings.family, origin_of(settings)
    values = task.read_numbers(curved(family), settings.data)
    if origin.n and not np.array_equal(values, origin.sample(family)):
        origin = TYPED
    point = tuple(task.number(value, place) for place, value in enumerate(settings.point, 1))
    data = tuple(values.tolist())
    duel = Duel(family, data, point, settings.method, None, origin.truth(family), origin.hidden, origin.tried)
    return duel, origin


# --- what the visitor does --------------------------------------------------------------------------------------------


def moved(fits: Fits, settings: Settings, language: Language) -> Seen:
    """The sliders are elsewhere."""
    return pictured(fits, settings, *standing(settings), language)


def revealed(fits: Fits, settings: Settings, language: Language) -> Seen:
    """The hidden parameters are shown."""
    return moved(fits, settings.changed(reveal=settings.n > 0), language)


def climbed(fits: Fits, settings: Settings, language: Language) -> Iterator[Seen]:
    """The optimiser climbs from where the sliders stand, step by step."""
    duel, origin = standing(settings)
    if not origin.hidden:
        path = task.ascend(fits.graphs, duel.family, np.array(duel.data), duel.at, duel.method)
        duel = replace(duel, path=path)
    fit = fits.fit(duel.family, duel.data)
    for steps in task.frames(duel.path, FRAMES) if duel.path else ():
        yield {"surface": pictures.sent(surface_figure(fits, duel, fit, language, steps), "likelihood")}
        time.sleep(FRAME_S)
    yield pictured(fits, settings, duel, origin, language)


def used(fits: Fits, settings: Settings, language: Language) -> Seen:
    """The data that were typed."""
    return show(fits, settings.changed(**typed(settings.data)), language)


def typed(data: str) -> dict[str, Any]:
    """What changes with data of the visitor's own."""
    return {"data": data, "seed": 0, "n": 0, "reveal": False, "climb": False, "at": (), "tried": ""}


def sampled(fits: Fits, settings: Settings, language: Language) -> Seen:
    """Data of parameters that are hidden."""
    seed = int(np.random.default_rng().integers(1, SEEDS))
    return show(fits, settings.changed(**typed("")).changed(seed=seed, n=settings.count), language)


def cleared(fits: Fits, settings: Settings, language: Language) -> Seen:
    """Without data."""
    family, said = settings.family, messages.say("data_empty", language)
    span = ranges.axis(family, [])
    across = {"range": [span.low, span.high], "automargin": False}
    density = figures.nothing(said, "x", "", xaxis=across, yaxis={"automargin": False}, margin=figures.SIDES)
    surface = figures.nothing("", "", STRINGS.say("log_likelihood", language))
    return {
        "strip": strip_html(family, [], language),
        "density": pictures.sent(density, "data"),
        "surface": pictures.sent(surface, "likelihood"),
        "words": html.empty(said),
        **buttons(TYPED),
        STAND: settings.changed(**typed("")),
    }


def family_chosen(settings: Settings, event: gr.EventData) -> dict[str, Any]:
    """A family begins with its first example."""
    return changes_of(next(riddle for riddle in RIDDLES if riddle.family == settings.family))


def value_added(settings: Settings, event: gr.EventData) -> dict[str, Any]:
    """A click on the strip is one more value."""
    return typed(f"{settings.data} {numbers_text([x for x, _ in pad.clicked(event)])}")


def changes_of(riddle: Riddle) -> dict[str, Any]:
    """The settings of an example."""
    return {
        **typed(riddle.data), "family": riddle.family, "seed": riddle.seed, "n": riddle.n, "climb": riddle.climb,
        "method": riddle.method, "at": riddle.at or (),
    }  # fmt: skip


# --- the view ---------------------------------------------------------------------------------------------------------


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.examples(elem_id="likelihood-examples", samples_per_page=20)
    kit.html("note", "duel-note")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.output("density", pictures.plot("density", links=False))
            kit.output("strip", pad.make("strip"))
            pictures.save_links("density")
        with gr.Column(min_width=300):
            kit.plot("surface", "surface")
            for place in range(SLIDERS):  # as wide as any that it will become: Gradio checks values by these ends
                kit.control(
                    f"p{place}", minimum=-limits.MAX_LAB_SIZE, maximum=limits.MAX_LAB_SIZE, value=0.5, step=0.01,
                    label="", visible=place == 0, elem_id=f"slider-{place}",
                )  # fmt: skip
            with gr.Row():
                reveal = kit.action("reveal", "reveal", interactive=False, min_width=110, elem_id="reveal")
                climb = kit.action("climb", "climb", variant="primary", min_width=180, elem_id="climb")
    kit.output("reveal_button", reveal)
    kit.output("climb_button", climb)
    kit.html("words", "duel")
    kit.output("formula", formula("bernoulli"))
    gr.Markdown(STRINGS("look_fit"), elem_classes="look", elem_id="fit-look")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.control("family", elem_id="family")
            kit.control("data", info=STRINGS("data_info"), lines=2, max_lines=4, elem_id="likelihood-data")
            with gr.Row():
                kit.action("use", "fit_button", size="sm", min_width=110, elem_id="use-data")
                kit.action("clear", "clear", size="sm", min_width=70, elem_id="clear-data")
        with gr.Column(min_width=300):
            kit.control("count", elem_id="count")
            kit.action("sample", "sample", size="sm", min_width=150, elem_id="sample")
            kit.control("method", elem_id="method")
    for name in ("seed", "n", "reveal", "climb", "tried"):
        kit.control(name, visible="hidden")


def wire(fits: Fits, kit: Kit, wiring: Any) -> None:
    """The sliders show another place on the same data; Enter in the data uses them."""
    view, inputs, outputs = kit.view, wiring.inputs(kit.view), wiring.written(kit.view)
    for place in range(SLIDERS):
        kit.controls[f"p{place}"].input(wiring.callback(view, partial(moved, fits)), inputs, outputs, **LIVE)
    kit.controls["data"].submit(wiring.callback(view, partial(used, fits)), inputs, outputs, **PRIVATE)


def families(scene: Scene) -> Choices:
    """The models that can be drawn."""
    return [(STRINGS.say(name, scene.language), name) for name in task.CURVES]


def start(scene: Scene) -> Settings:
    """The first example."""
    return Settings(**changes_of(RIDDLES[0]))


def examples(scene: Scene) -> Sequence[Example]:
    """What can be clicked."""
    return [Example(riddle.title, changes_of(riddle)) for riddle in RIDDLES]


def view(graphs: task.Graphs) -> View:
    """The view."""
    fits = Fits(graphs)
    acts: Mapping[str, Callable[..., Any]] = {
        "use": used, "clear": cleared, "sample": sampled, "reveal": revealed, "climb": climbed,
    }  # fmt: skip
    return View(
        "fit", Settings, draw, partial(show, fits), start=start, choices={"family": families}, examples=examples,
        actions={name: partial(act, fits) for name, act in acts.items()},
        changes={"family": family_chosen, "strip": value_added}, long="data", wire=partial(wire, fits),
    )  # fmt: skip
