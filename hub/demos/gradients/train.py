"""Training two networks side by side: stories, a run that can be paused, stepped and reset, its charts when it stands.

While a run goes on, one light picture is redrawn (live.py); the charts of plotly follow when it stands still.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hub import limits
from hub.bundle import Bundle
from hub.demos.gradients import settings
from hub.demos.gradients.examples import PRESETS, Preset
from hub.demos.gradients.figures import (
    SIDES,
    colours_of,
    heat_figure,
    histogram_figure,
    loss_figure,
    norms_figure,
    ratio_figure,
)  # fmt: skip
from hub.demos.gradients.live import State, live_html
from hub.demos.gradients.settings import OWN, SHARED, Controls, packed, unpacked
from hub.demos.gradients.strings import STRINGS
from hub.demos.gradients.words import download_html, program, slopes_html, story_html, table_html
from hub.errors import HubError
from hub.snippet import snippet
from hub.tasks import gradients as task
from hub.tasks import learnt
from hub.ui import figures, html, pictures, scripts, share
from hub.ui import settings as kit_settings
from hub.ui.strings import Language, language_of
from hub.ui.tab import Wiring
from hub.ui.turns import LIVE, PRIVATE, QUIET, Turns
from hub.ui.view import Kit, View

TICK_S = 0.12  # between two updates of the page
FRAMES = 30  # updates of a run, at least: it can be followed, however fast the machine
CHARTS = ("norms", "loss", "heat-a", "heat-b", "histogram-a", "histogram-b", "ratio")
NOTES = {"heat-a": "heat_note", "heat-b": "heat_note", "histogram-a": "histogram_note", "histogram-b": "histogram_note"}
BEFORE = ("norms", "histogram-a", "histogram-b")  # shown before training: of the others, one step says nothing
TO_STORY = scripts.text("story")
PAUSED = scripts.text("paused")
COLLECT = "(...values) => JSON.stringify(values)"
Standing = tuple[int, list[task.Config]]  # a step, and of which configurations

Request = gr.Request


def configs_for(preset: Preset) -> list[task.Config]:
    """The two networks of a story."""
    return [task.config({**preset.shared, **own}) for own in (preset.a, preset.b)]


class Settings(kit_settings.Settings):
    """What an address asks for: a story, or settings of one's own beside or instead of it (settings.packed)."""

    preset: str = ""
    both: str = ""
    a: str = ""
    b: str = ""

    @property
    def story(self) -> Preset | None:
        """The story that is named."""
        return next((preset for preset in PRESETS if preset.key == self.preset), None)

    def configs(self) -> tuple[list[task.Config], Preset | None]:
        """The two networks, and their story; None: they are one's own. Raises InputError, TooLargeError."""
        if not (self.both or self.a or self.b):
            story = self.story or PRESETS[0]
            return configs_for(story), story
        both = unpacked(self.both)
        configs = [task.config({**both, **unpacked(text)}) for text in (self.a, self.b)]
        return configs, self.story if self.story and configs == configs_for(self.story) else None


def addressed(request: Request) -> Settings:
    """What the address of the page asks of this view."""
    fields = share.decode(dict(request.query_params)).values
    if (fields.get("tab"), fields.get("view", "train")) != ("gradients", "train"):
        return Settings()
    return Settings(**{name: fields[name] for name in Settings.model_fields if name in fields})


def link_of(configs: Sequence[task.Config], preset: str) -> str:
    """The query that brings two configurations back."""
    fields = {side: packed(config, OWN) for side, config in zip(SIDES, configs, strict=True)}
    known = {"tab": "gradients", "view": "train", "preset": preset, "both": packed(configs[0], SHARED), **fields}
    return share.encode(known).query


def reached(standing: Standing, configs: list[task.Config]) -> int:
    """The step that these configurations stand at."""
    return standing[0] if standing[1] == configs else 0


class Lab:
    """The runs of all visitors, and what is shown of them: values for the components of `Board`, in their order."""

    # In the order of Board.live: the picture, Run, Pause, the step that is shown, the query of the address.
    nothing: tuple[Any, ...] = (gr.skip(),) * 5

    def __init__(self, bundle: Bundle, turns: Turns) -> None:
        self.bundle, self.turns, self.runs = bundle, turns, task.Runs()

    @staticmethod
    def place(request: Request) -> tuple[str, str]:
        """Of the turns of training."""
        return (str(request.session_hash), "training")

    @staticmethod
    def settings_place(request: Request) -> tuple[str, str]:
        """Of the turns of the settings."""
        return (str(request.session_hash), "settings")

    def _take(self, configs: Sequence[task.Config], step: int, request: Request) -> list[task.Run]:
        return [
            self.runs.take((str(request.session_hash), side), self.bundle, config, min(step, config.steps))
            for side, config in zip(SIDES, configs, strict=True)
        ]

    def _give(self, taken: Sequence[task.Run], request: Request) -> None:
        for side, run in zip(SIDES, taken, strict=True):
            self.runs.put((str(request.session_hash), side), run)

    def _begun(self, configs: Sequence[task.Config]) -> list[task.Run]:
        """Runs that have looked at their first weights: the gradient of the first step, before its update."""
        begun = [task.Run(self.bundle, config) for config in configs]
        for run in begun:
            run.step()
        return begun

    def _frame(
        self, runs: Sequence[task.Run], seen: Sequence[learnt.Learnt | None], language: Language, state: State,
        query: Any = None, goes_on: bool = False,
    ) -> list[Any]:  # fmt: skip
        """A value for each of Board.live. goes_on: only the picture is another; each output costs the page time."""
        going = state == "running"
        standing = (0 if state == "before" else max(run.step_count for run in runs), [run.config for run in runs])
        return [
            live_html(runs, seen, language, state),
            gr.skip() if goes_on else gr.Button(variant="secondary" if going else "primary"),
            gr.skip() if goes_on else gr.Button(interactive=going, variant="primary" if going else "secondary"),
            standing,
            gr.skip() if query is None else query,
        ]  # fmt: skip

    def go(self, configs: Sequence[task.Config], step: int, request: Request, query: str | None) -> Iterator[list[Any]]:
        """Train from a step on until all is done, paused, or something else is shown. query: to put in the address."""
        language, place = language_of(request), self.place(request)
        turn = self.turns.begin(place)
        try:
            taken = self._take(configs, step, request)
            try:
                yield from self._trained(taken, language, query, lambda: self.turns.over(place, turn), request)
                yield list(self.nothing)  # Gradio sends the last one once more when a stream ends: see hub/ui/turns.py
            finally:  # paused, finished, or the visitor has left
                self._give(taken, request)
        finally:
            self.turns.end(place, turn)

    def _trained(
        self, runs: list[task.Run], language: Language, query: str | None, over: Callable[[], bool], request: Request
    ) -> Iterator[list[Any]]:
        looks = learnt.Looks(runs)
        for run in runs:
            if not run.step_count:
                run.step()
        yield self._frame(runs, looks.again(), language, "running", query)
        steps = max(1, math.ceil(max(run.config.steps for run in runs) / FRAMES))
        until = time.perf_counter() + TICK_S
        for _ in task.train(runs, TICK_S, steps, over):
            while time.perf_counter() < until and not over():
                time.sleep(0.01)
            if over():
                break
            until = time.perf_counter() + TICK_S
            yield self._frame(runs, looks.again(), language, "running", goes_on=True)
        if over() and not self.turns.stopped(self.place(request)):
            return  # something else is shown
        for run in runs:
            run.look()
        state: State = "done" if all(run.finished for run in runs) else "paused"
        if state == "paused":  # at once; what has been learnt takes a moment longer
            yield self._frame(runs, looks.found, language, state)
        yield self._frame(runs, looks.again(now=True), language, state)

    def before(self, configs: Sequence[task.Config], language: Language, query: str | None) -> list[Any]:
        """The networks before training."""
        begun = self._begun(configs)
        return self._frame(begun, [learnt.look(run, before=True) for run in begun], language, "before", query)

    def one_step(
        self, configs: list[task.Config], standing: Standing, request: Request, query: str | None
    ) -> list[Any]:
        """A single step of both."""
        taken = self._take(configs, reached(standing, configs), request)
        for run in taken:
            if not run.finished:
                run.step()
                run.look()
        made = self._frame(
            taken, learnt.Looks(taken).again(now=True), language_of(request),
            "done" if all(run.finished for run in taken) else "paused", query,
        )  # fmt: skip
        self._give(taken, request)
        return made

    def charts(self, standing: Standing, request: Request) -> list[Any]:
        """In the order of Board.charts: the figures, what stands below them, heading, values, slopes, "
        "downloads, program."""
        step, configs = standing
        language = language_of(request)
        session = str(request.session_hash)
        runs: list[task.Run] = []
        if step:
            for side, config in zip(SIDES, configs, strict=True):
                at = min(step, config.steps)
                seen = self.runs.seen((session, side), config, at)
                runs.append(seen or task.Runs(0).take(side, self.bundle, config, at))
                runs[-1].look()
        else:
            runs = self._begun(configs)
        colours = colours_of(runs)
        drawn = {
            "norms": norms_figure(runs, language),
            "loss": loss_figure(runs, language),
            "ratio": ratio_figure(runs, language),
        }
        for side, run in zip(SIDES, runs, strict=True):
            drawn[f"heat-{side}"] = heat_figure(run, colours, language)
            drawn[f"histogram-{side}"] = histogram_figure(run, language)
        shown = CHARTS if step else BEFORE
        return [
            *(gr.Plot(value=pictures.sent(drawn[name], f"gradient-{name}"), visible=True) if name in shown
              else gr.Plot(visible=False) for name in CHARTS),
            *(gr.HTML(visible=name in shown) for name in CHARTS),
            gr.HTML(visible=True), table_html(runs, language), slopes_html(runs, language),
            download_html(self.bundle, configs, language), program(self.bundle, configs[0]),
        ]  # fmt: skip


# --- the view ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Board:
    """The components of the view. placed: the settings that the page has put in place, not the visitor."""

    settings: Controls
    stories: gr.Dataset
    story: gr.HTML
    buttons: dict[str, gr.Button]  # run, pause, step, reset
    limits_note: gr.HTML
    at: gr.State  # Standing
    charted: gr.State  # the Standing whose charts are drawn
    told: gr.State  # the key of the story that is shown
    placed: gr.State
    chosen_turn: gr.State  # of the story that was clicked
    live: list[Any]
    charts: list[Any]
    values: gr.Textbox  # what the controls show, as JSON: one input instead of dozens


def _chart(name: str) -> tuple[gr.Plot, gr.HTML]:
    with gr.Column(min_width=300):
        # The heading stands in the component's own label, where the browser translates it.
        title = STRINGS(f"{name.replace('-', '_')}_title")
        plot = gr.Plot(label=title, elem_id=f"gradient-{name}", visible=False)
        below = figures.save_links(f"gradient-{name}", f"gradient-{name}")
        explained = f"<p class=note>{STRINGS(NOTES[name])}</p>" if name in NOTES else ""
        return plot, gr.HTML(explained + below, visible=False)


def components(bundle: Bundle, query: gr.Textbox) -> Board:
    """Draw the view. query: what a run writes its address to."""
    s = STRINGS
    with gr.Row(elem_classes="lab-view"):
        with gr.Column(scale=3, min_width=250, elem_classes="lab-side"):
            stories = gr.Dataset(
                components=[gr.Textbox(visible=False)],
                samples=[[preset.name[0]] for preset in PRESETS],
                label=s("presets"), type="index", elem_id="gradient-presets", samples_per_page=len(PRESETS),
            )  # fmt: skip
            with gr.Row(elem_classes="lab-buttons"):
                buttons = {
                    key: gr.Button(s(key), elem_id=f"gradient-{key}", min_width=70, size="md")
                    for key in ("run", "pause", "step", "reset")
                }
            with gr.Accordion(s("own"), open=False, elem_id="gradient-own"):
                controls = settings.draw(dict(zip(SIDES, configs_for(PRESETS[0]), strict=True)))
                limits_note = gr.HTML()
        with gr.Column(scale=10, min_width=320):
            story = gr.HTML(elem_id="gradient-story")
            status = gr.HTML(f"<div class=empty>{s('empty')}</div>", elem_id="gradient-status")
    drawn: dict[str, tuple[gr.Plot, gr.HTML]] = {}
    with gr.Column(elem_classes="lab-charts"):
        heading = gr.HTML(f"<h3 class=part>{s('charts')}</h3>", visible=False)
        for row in (("norms", "loss"), ("heat-a", "heat-b"), ("histogram-a", "histogram-b"), ("ratio",)):
            with gr.Row():
                drawn |= {name: _chart(name) for name in row}
        table, slopes = gr.HTML(elem_id="gradient-values"), gr.HTML(elem_id="gradient-slopes")
        downloads = gr.HTML(elem_id="gradient-graphs")
        with gr.Accordion(s("snippet"), open=False):
            code = gr.Code(language="python", show_label=False, interactive=False, value=snippet(bundle.card))
    values = gr.Textbox(json.dumps(controls.values_of(configs_for(PRESETS[0]))), visible="hidden")
    at, charted = gr.State((0, [])), gr.State((0, []))
    told, placed, chosen_turn = gr.State(""), gr.State([]), gr.State(0)
    return Board(
        controls, stories, story, buttons, limits_note, at, charted, told, placed, chosen_turn,
        live=[status, buttons["run"], buttons["pause"], at, query],
        charts=[
            *(drawn[name][0] for name in CHARTS), *(drawn[name][1] for name in CHARTS),
            heading, table, slopes, downloads, code, charted,
        ],
        values=values,
    )  # fmt: skip


class Events:
    """What the visitor does, answered."""

    def __init__(self, lab: Lab, board: Board) -> None:
        self.lab, self.turns, self.board = lab, lab.turns, board

    def run(self, request: Request, standing: Standing, preset: str, values: str) -> Iterator[list[Any]]:
        """Go on, or begin again where all is done."""
        if self.turns.running(self.lab.place(request)):
            yield list(self.lab.nothing)
            return
        configs = self.board.settings.configs_of(json.loads(values))
        step = reached(standing, configs)
        again = step >= max(config.steps for config in configs)
        yield from self.lab.go(configs, 0 if again else step, request, link_of(configs, preset))

    def pause(self, request: Request) -> None:
        """Training stops after the step under way."""
        self.turns.stop(self.lab.place(request))

    def one(self, request: Request, standing: Standing, preset: str, values: str) -> list[Any]:
        configs = self.board.settings.configs_of(json.loads(values))
        return self.lab.one_step(configs, standing, request, link_of(configs, preset))

    def reset(self, request: Request, preset: str, values: str) -> list[Any]:
        configs = self.board.settings.configs_of(json.loads(values))
        return self.lab.before(configs, language_of(request), link_of(configs, preset))

    def first(self, request: Request) -> Iterator[list[Any]]:
        """Something to see at once when the view is opened: the story plays, settings of one's own wait for Run."""
        lab = self.lab
        if self.turns.begun(lab.place(request)) or self.turns.begun(lab.settings_place(request)):
            yield list(lab.nothing)
            return
        try:
            configs, story = addressed(request).configs()
        except HubError:  # told where the view is first looked at
            configs, story = Settings().configs()
        if story is not None:
            yield from lab.go(configs, 0, request, None)  # a plain address stays plain
            return
        frame = lab.before(configs, language_of(request), None)
        yield frame if not self.turns.begun(lab.place(request)) else list(lab.nothing)

    def charts(self, request: Request, standing: Standing, charted: Standing) -> list[Any]:
        """The charts of where training stands, unless it goes on."""
        nothing = [gr.skip()] * len(self.board.charts)
        if not standing[1] or standing == charted or self.turns.running(self.lab.place(request)):
            return nothing
        made = [*self.lab.charts(standing, request), standing]
        return nothing if self.turns.running(self.lab.place(request)) else made

    def choose(self, index: int, request: Request) -> list[Any]:
        self.turns.begin(self.lab.settings_place(request))  # until it plays
        turn = self.turns.begin(self.lab.place(request))
        preset = PRESETS[index]
        made = self.board.settings.values_of(configs_for(preset))
        return [*made, json.dumps(made), story_html(preset, language_of(request)), preset.key, made, turn]

    def play(self, request: Request, preset: str, placed: Sequence[Any], turn: int, values: str) -> Iterator[list[Any]]:
        """The story that was clicked, unless something else has been clicked since."""
        place = self.lab.place(request)
        if self.turns.over(place, turn):
            yield list(self.lab.nothing)
            return
        self.turns.stop(self.lab.settings_place(request))
        self.turns.end(place, turn)
        if json.loads(values) != placed:  # of a story that was clicked before
            yield list(self.lab.nothing)
            return
        configs = self.board.settings.configs_of(json.loads(values))
        yield from self.lab.go(configs, 0, request, link_of(configs, preset))

    def edited(self, request: Request, placed: Sequence[Any], values: str) -> list[Any]:
        """A setting of one's own is nobody's story. Gradio also tells of the settings that the page has just made."""
        settings_place = self.lab.settings_place(request)
        if json.loads(values) == placed or self.turns.running(settings_place):
            return [gr.skip()] * 2
        self.turns.end(settings_place, self.turns.begin(settings_place))
        self.turns.stop(self.lab.place(request))
        return ["", ""]


class Training:
    """The view: it is drawn and wired by hand, since what it shows goes on while other events come."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.board: Board | None = None

    def show(self, settings: Settings, language: Language) -> dict[str, Any]:
        """The controls and the story as an address says. Raises InputError, TooLargeError."""
        assert self.board is not None
        configs, story = settings.configs()
        values = self.board.settings.values_of(configs)
        limit = STRINGS.say(
            "limits", language, depth=limits.MAX_LAB_DEPTH, width=limits.MAX_LAB_WIDTH, steps=limits.MAX_LAB_STEPS
        )
        return {
            **{f"setting {place}": value for place, value in enumerate(values)},
            "story": story_html(story, language),
            "told": story.key if story else "",
            "placed": values,
            "values": json.dumps(values),
            "stories": gr.Dataset(samples=[[preset.name[language == "zh"]] for preset in PRESETS]),
            "limits": html.note(limit),
        }

    def draw(self, kit: Kit) -> None:
        """Lay it out."""
        query = gr.Textbox(visible="hidden")
        self.board = board = components(self.bundle, query)
        named = {"story": board.story, "told": board.told, "placed": board.placed, "stories": board.stories,
                 "limits": board.limits_note, "values": board.values}  # fmt: skip
        for name, component in (*((f"setting {n}", one) for n, one in enumerate(board.settings.inputs)),
                                *named.items()):  # fmt: skip
            kit.output(name, component)

    def wire(self, kit: Kit, wiring: Wiring) -> None:
        """Its events."""
        assert self.board is not None
        wire(self.board, Lab(self.bundle, wiring.turns), wiring.drawn[kit.view.slug])


def wire(board: Board, lab: Lab, drawn: gr.Textbox) -> None:
    """Tie the callbacks to the components. drawn: changes when the view has first been looked at."""
    events = Events(lab, board)
    inputs, live, buttons = board.settings.inputs, board.live, board.buttons
    by_page = [*inputs, board.values, board.story, board.told, board.placed]

    # A run sleeps between its pictures, so that several share a core.
    slots: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "gradients", **QUIET}
    one_by_one = {"concurrency_limit": 1, **QUIET}  # each step begins where the one before it ends
    standing = [board.at, board.told, board.values]
    chosen = board.stories.click(events.choose, board.stories, [*by_page, board.chosen_turn], **QUIET)
    board.stories.click(None, None, None, js=TO_STORY, **PRIVATE)
    one = lab.turns.newest(events.one, "training", len(live))
    reset = lab.turns.newest(events.reset, "training", len(live))
    shown = (
        buttons["run"].click(events.run, standing, live, **slots),
        chosen.then(events.play, [board.told, board.placed, board.chosen_turn, board.values], live, **slots),
        buttons["step"].click(one, standing, live, **one_by_one),
        buttons["reset"].click(reset, [board.told, board.values], live, **QUIET),
        drawn.change(events.first, None, live, **slots),
    )
    for each in shown:
        each.then(events.charts, [board.at, board.charted], board.charts, **QUIET)
    buttons["pause"].click(None, None, [buttons["run"], buttons["pause"]], js=PAUSED, **PRIVATE)
    buttons["pause"].click(events.pause, None, None, queue=False, **QUIET)
    query = live[-1]
    query.change(None, query, None, js=share.PUT_IN_ADDRESS, **PRIVATE)
    for component in inputs:
        collected = component.input(None, inputs, board.values, js=COLLECT, **QUIET)
        collected.then(events.edited, [board.placed, board.values], [board.story, board.told], **LIVE)


def view(bundle: Bundle) -> View:
    """The view."""
    training = Training(bundle)
    return View("train", Settings, training.draw, training.show, wire=training.wire)
