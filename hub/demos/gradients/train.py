"""Training two networks side by side: stories, controls, a run that can be paused, stepped and reset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from hub import limits
from hub.bundle import Bundle
from hub.demos.gradients.pictures import (
    SIDES,
    colours_of,
    heat_figure,
    histogram_figure,
    loss_figure,
    norms_figure,
    ratio_figure,
)  # fmt: skip
from hub.demos.gradients.stories import PRESETS, Preset
from hub.demos.gradients.strings import STRINGS
from hub.demos.gradients.words import CARD, download_html, program, status_html, story_html, table_html
from hub.errors import HubError, InputError
from hub.snippet import snippet
from hub.tasks import gradients as task
from hub.ui import figures, html, share
from hub.ui.context import readable
from hub.ui.strings import Language, language_of
from hub.ui.turns import LIVE, PRIVATE, QUIET, Turns

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SHARED = ("data", "batch", "steps", "seed")  # settings of both networks
OWN = (
    "network", "activation", "depth", "width", "initialisation", "sigma", "batch_norm", "residual", "learning_rate",
    "clip", "clip_at", "l1", "l2", "slope", "forget_bias", "precision",
)  # fmt: skip
STORIES = 8
TICK_S = 0.12  # training between two updates of the page
SELDOM = 4  # updates between two of the histograms and the ratio, which change slowly
BEFORE = ("gradient-norms", "gradient-histogram-a", "gradient-histogram-b")  # shown before training

# --- the link ---------------------------------------------------------------------------------------------------------


def packed(config: task.Config, fields: Sequence[str]) -> str:
    """The settings that are not the default, as "depth:30,sigma:0.1"."""
    defaults = task.Config()
    values = {name: getattr(config, name) for name in fields if getattr(config, name) != getattr(defaults, name)}
    return ",".join(f"{name}:{int(value) if isinstance(value, bool) else value}" for name, value in values.items())


def unpacked(text: str) -> dict[str, Any]:
    """The settings of `packed`; what is no setting is left for the check of the configuration to refuse."""
    parts = (part.partition(":") for part in text[:1000].split(",") if part)
    return {name: value == "1" if name in ("batch_norm", "residual") else value for name, _, value in parts}


# --- the view ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Training:
    """The view as it is drawn.

    Args:
        written: what the load of the page writes to.
        restored: a value for each of them, as the address says.
    """

    tab: gr.Tab
    written: list[Any]
    restored: Callable[[gr.Request], list[Any]]


def draw(bundle: Bundle, turns: Turns, page_tab: gr.Tab) -> Training:
    """Draw the view and wire its events. page_tab: opening it shows the gradients before training."""
    s, runs = STRINGS, task.Runs()
    defaults = {side: PRESETS[0].a if side == "a" else PRESETS[0].b for side in SIDES}
    start = {side: task.config(values) for side, values in defaults.items()}

    def options(*keys: str) -> list[tuple[Any, str]]:
        return [(s(key), key) for key in keys]

    def controls(side: str) -> dict[str, Any]:  # settings of Config -> component
        first = start[side]
        made: dict[str, Any] = {}
        with gr.Column(min_width=280), gr.Group():
            gr.HTML(f"<span class='side {side}'>{side.upper()}</span>", padding=True)
            made["network"] = gr.Radio(options(*task.NETWORKS), value=first.network, label=s("network"))
            with gr.Row():
                made["activation"] = gr.Dropdown(
                    list(task.ACTIVATIONS), value=first.activation, label=s("activation"), min_width=170
                )
                made["initialisation"] = gr.Dropdown(
                    options(*task.INITIALISATIONS), value=first.initialisation, label=s("initialisation"), min_width=170
                )
            made["depth"] = gr.Slider(
                2, limits.MAX_LAB_DEPTH, first.depth, step=1, label=s("depth"), elem_id=f"gradient-depth-{side}"
            )
            made["width"] = gr.Slider(8, limits.MAX_LAB_WIDTH, first.width, step=8, label=s("width"))
            made["sigma"] = gr.Slider(0.005, 1, first.sigma, step=0.005, label=s("sigma"))
            with gr.Row():
                made["batch_norm"] = gr.Checkbox(first.batch_norm, label=s("batch_norm"), min_width=130)
                made["residual"] = gr.Checkbox(first.residual, label=s("residual"), min_width=130)
            with gr.Accordion(s("more"), open=False):
                made["learning_rate"] = gr.Number(first.learning_rate, label=s("learning_rate"), step=0.01)
                with gr.Row():
                    made["clip"] = gr.Dropdown(options(*task.CLIPS), value=first.clip, label=s("clip"), min_width=110)
                    made["clip_at"] = gr.Number(first.clip_at, label=s("clip_at"), min_width=110)
                with gr.Row():
                    made["l1"] = gr.Number(first.l1, label=s("l1"), step=0.0001, min_width=110)
                    made["l2"] = gr.Number(first.l2, label=s("l2"), step=0.0001, min_width=110)
                made["slope"] = gr.Slider(0, 1, first.slope, step=0.01, label=s("slope"))
                made["forget_bias"] = gr.Slider(-5, 10, first.forget_bias, step=0.5, label=s("forget_bias"))
                made["precision"] = gr.Radio(["float64", "float32"], value=first.precision, label=s("precision"))
        return made

    with gr.Tab(s("train"), id="train") as tab:
        stories = gr.Dataset(
            components=[gr.Textbox(visible=False)],
            samples=[[preset.name[0]] for preset in PRESETS],
            label=s("presets"), type="index", elem_id="gradient-presets", samples_per_page=STORIES,
        )  # fmt: skip
        story = gr.HTML(elem_id="gradient-story")
        with gr.Accordion(s("own"), open=False, elem_id="gradient-own"):
            with gr.Row():
                sides = {side: controls(side) for side in SIDES}
            gr.HTML(f"<h3 class=part>{s('both')}</h3>")
            with gr.Row():
                common: dict[str, gr.components.Component] = {
                    "data": gr.Dropdown(options(*task.DATA_SETS), value="digits", label=s("data"), min_width=170),
                    "batch": gr.Slider(8, limits.MAX_LAB_BATCH, 64, step=8, label=s("batch"), min_width=130),
                    "steps": gr.Slider(1, limits.MAX_LAB_STEPS, 200, step=1, label=s("steps"), min_width=130),
                    "seed": gr.Number(0, precision=0, label=s("seed"), min_width=110),
                }
        with gr.Row():
            run_button = gr.Button(s("run"), variant="primary", elem_id="gradient-run", min_width=90)
            pause_button = gr.Button(s("pause"), elem_id="gradient-pause", min_width=90)
            step_button = gr.Button(s("step"), elem_id="gradient-step", min_width=90)
            reset_button = gr.Button(s("reset"), elem_id="gradient-reset", min_width=90)
        status = gr.HTML(f"<div class=empty>{s('empty')}</div>", elem_id="gradient-status")

        def plot(name: str, title: str, note: str = "") -> gr.Plot:
            # The heading stands in the component's own label, where the browser translates it.
            with gr.Column(min_width=300):
                made = gr.Plot(label=s(title), elem_id=f"gradient-{name}", visible=False)
                below = figures.save_links(f"gradient-{name}", f"gradient-{name}")
                explained = f"<p class=note>{s(note)}</p>" if note else ""
                saves.append(gr.HTML(explained + below, visible=False))
            return made

        saves: list[gr.HTML] = []
        plots: list[gr.Plot] = [plot("norms", "norms_title")]
        with gr.Row():
            plots += [plot("heat-a", "heat_a", "heat_note"), plot("heat-b", "heat_b", "heat_note")]
        with gr.Row():
            plots += [plot("loss", "loss_title"), plot("ratio", "ratio_title")]
        with gr.Row():
            plots += [
                plot("histogram-a", "histogram_a", "histogram_note"),
                plot("histogram-b", "histogram_b", "histogram_note"),
            ]
        values = gr.HTML(elem_id="gradient-values")
        downloads = gr.HTML(elem_id="gradient-graphs")
        with gr.Accordion(s("snippet"), open=False):
            code = gr.Code(language="python", show_label=False, interactive=False, value=snippet(bundle.card))
        limits_note = gr.HTML()
        query = gr.Textbox(visible="hidden")
        at = gr.State((0, []))  # the step that is shown, of which configurations
        told = gr.State("")  # the preset that is shown
        placed = gr.State([])  # the settings that the page has put in place, not the visitor
        chosen_turn = gr.State(0)  # of the story that was clicked
        ready = gr.Checkbox(False, visible="hidden")  # the settings are as the address says; the tab may open before

    inputs = [*common.values(), *(component for side in SIDES for component in sides[side].values())]
    order = {side: list(sides[side]) for side in SIDES}
    shown = [status, *plots, *saves, values, downloads, code, at, query]
    nothing: list[Any] = [gr.skip()] * len(shown)

    def configs_of(given: Sequence[Any]) -> list[task.Config]:
        both = dict(zip(common, given[: len(common)], strict=True))
        found, place = [], len(common)
        for side in SIDES:
            own = dict(zip(order[side], given[place : place + len(order[side])], strict=True))
            place += len(order[side])
            empty = [name for name, value in (both | own).items() if value is None]
            if empty:
                raise InputError(f"{empty[0]} is empty: give it a value")
            found.append(task.config(both | own))
        return found

    def link_of(configs: Sequence[task.Config], preset: str) -> str:
        fields = {side: packed(config, OWN) for side, config in zip(SIDES, configs, strict=True)}
        known = {"tab": "gradients", "preset": preset, "both": packed(configs[0], SHARED), **fields}
        return share.encode(known).query

    def key_of(side: str, request: gr.Request) -> tuple[str, str]:
        return (str(request.session_hash), side)

    def take(configs: Sequence[task.Config], step: int, request: gr.Request) -> list[task.Run]:
        return [
            runs.take(key_of(side, request), bundle, config, min(step, config.steps))
            for side, config in zip(SIDES, configs, strict=True)
        ]

    def give(taken: Sequence[task.Run], request: gr.Request) -> None:
        for side, run in zip(SIDES, taken, strict=True):
            runs.put(key_of(side, request), run)

    def drawn(taken: Sequence[task.Run], language: Language, preset: str, *, all_of_it: bool = True) -> list[Any]:
        """The page as it stands, in the order of `shown`; else without what changes slowly."""
        made = list(nothing)
        configs = [run.config for run in taken]
        made[0] = status_html(taken, language)
        made[shown.index(at)] = (max(run.step_count for run in taken), configs)
        figures_: list[Figure] = []
        if any(run.history for run in taken):  # else the figures of before stay for a moment
            colours = colours_of(taken)
            figures_ = [
                norms_figure(taken, language),
                *(heat_figure(run, colours, language) for run in taken),
                loss_figure(taken, language),
            ]
            if all_of_it:
                figures_ += [ratio_figure(taken, language), *(histogram_figure(run, language) for run in taken)]
                made[1 + len(plots) : shown.index(values)] = [gr.HTML(visible=True)] * len(saves)
                made[shown.index(values)] = table_html(taken, language)
        made[1 : 1 + len(figures_)] = [gr.Plot(value=figure, visible=True) for figure in figures_]
        if all_of_it:
            made[shown.index(downloads)] = download_html(bundle, configs, language)
            made[shown.index(code)] = program(bundle, configs[0])
            made[shown.index(query)] = link_of(configs, preset)
        return made

    def fresh(configs: Sequence[task.Config], language: Language, preset: str) -> list[Any]:
        """The page before training, in the order of `shown`: the gradient of each layer at the first weights."""
        looked = [task.Run(bundle, config) for config in configs]
        for run in looked:
            run.step()  # tells of the weights before it, and is not kept
        made = drawn(looked, language, preset)
        for place, plot in enumerate(plots):
            if plot.elem_id not in BEFORE:  # a line or a picture of one step says nothing
                made[1 + place] = gr.Plot(visible=False)
                made[1 + len(plots) + place] = gr.HTML(visible=False)
        made[0] = status_html(looked, language, before=True)
        made[shown.index(at)] = (0, configs)
        return made

    def asked(request: gr.Request) -> list[task.Config]:
        """The settings that the address asks for; its errors are told by the load of the page."""
        try:
            return addressed(request)[0]
        except HubError:
            return list(start.values())

    def training(request: gr.Request) -> tuple[str, str]:
        return (str(request.session_hash), "train")

    def settings(request: gr.Request) -> tuple[str, str]:
        return (str(request.session_hash), "settings")

    def go(configs: Sequence[task.Config], step: int, preset: str, request: gr.Request) -> Iterator[list[Any]]:
        language, place = language_of(request), training(request)
        turn = turns.begin(place)
        try:
            taken = take(configs, step, request)
            try:
                yield drawn(taken, language, preset)
                for count, _ in enumerate(task.train(taken, TICK_S)):
                    if turns.over(place, turn):
                        if turns.stopped(place):
                            break
                        yield nothing  # something else is shown
                        return
                    yield drawn(taken, language, preset, all_of_it=count % SELDOM == 0)
                yield drawn(taken, language, preset)
                yield nothing  # Gradio sends the last one once more when a stream ends: see hub/ui/turns.py
            finally:  # paused, finished, or the visitor has left
                give(taken, request)
        finally:
            turns.end(place, turn)

    def stop(request: gr.Request) -> None:
        turns.stop(training(request))

    def reached(standing: tuple[int, list[task.Config]], configs: list[task.Config]) -> int:
        """The step that these configurations stand at."""
        return standing[0] if standing[1] == configs else 0

    def run(
        request: gr.Request, standing: tuple[int, list[task.Config]], preset: str, *given: Any
    ) -> Iterator[list[Any]]:
        if turns.running(training(request)):
            yield nothing
            return
        try:
            configs = configs_of(given)
            step = reached(standing, configs)
            again = step >= max(config.steps for config in configs)
            yield from go(configs, 0 if again else step, preset, request)
        except HubError as error:
            raise readable(error) from None

    def one(request: gr.Request, standing: tuple[int, list[task.Config]], preset: str, *given: Any) -> list[Any]:
        try:
            configs = configs_of(given)
            taken = take(configs, reached(standing, configs), request)
            for each in taken:
                if not each.finished:
                    each.step()
                    each.look()
            give(taken, request)
            return drawn(taken, language_of(request), preset)
        except HubError as error:
            raise readable(error) from None

    def reset(request: gr.Request, preset: str, *given: Any) -> list[Any]:
        try:
            return fresh(configs_of(given), language_of(request), preset)
        except HubError as error:
            raise readable(error) from None

    def first(request: gr.Request, shown_already: str, known: bool, *given: Any) -> list[Any]:
        """Something to see at once, when the tab is opened and nothing has been clicked yet."""
        place = training(request)
        if CARD in (shown_already or "") or turns.begun(place) or turns.begun(settings(request)):
            return nothing
        try:
            made = fresh(configs_of(given) if known else asked(request), language_of(request), "")
        except HubError as error:
            raise readable(error) from None
        made[shown.index(query)] = gr.skip()  # a plain address stays plain
        return made if not turns.begun(place) else nothing

    def set_to(configs: Sequence[task.Config]) -> list[Any]:
        """The controls of these configurations, in the order of `inputs`."""
        both = [getattr(configs[0], name) for name in common]
        return [
            *both,
            *(getattr(config, name) for side, config in zip(SIDES, configs, strict=True) for name in order[side]),
        ]

    def configs_for(preset: Preset) -> list[task.Config]:
        return [task.config({**preset.shared, **own}) for own in (preset.a, preset.b)]

    def choose(index: int, request: gr.Request) -> list[Any]:
        turns.begin(settings(request))  # until it plays
        turn = turns.begin(training(request))
        preset = PRESETS[index]
        made = set_to(configs_for(preset))
        return [*made, story_html(preset, language_of(request)), preset.key, made, turn]

    def edited(request: gr.Request, known: Sequence[Any], *given: Any) -> list[Any]:
        """A setting of one's own is nobody's story. Gradio also tells of the settings that the page has just made."""
        if list(given) == known or turns.running(settings(request)):
            return [gr.skip()] * 2
        for place in (settings(request), training(request)):
            turns.end(place, turns.begin(place))
        return ["", ""]

    def play(request: gr.Request, preset: str, known: Sequence[Any], turn: int, *given: Any) -> Iterator[list[Any]]:
        """The story that was clicked, unless something else has been clicked since."""
        if turns.over(training(request), turn):
            yield nothing
            return
        turns.stop(settings(request))
        turns.end(training(request), turn)
        if list(given) != known:  # of a story that was clicked before
            yield nothing
            return
        try:
            yield from go(configs_of(given), 0, preset, request)
        except HubError as error:
            raise readable(error) from None

    def addressed(request: gr.Request) -> tuple[list[task.Config], Preset | None]:
        """The settings and the story of the address. Raises InputError, TooLargeError."""
        shared = share.decode(dict(request.query_params))
        given = shared.values if shared.values.get("tab") == "gradients" else {}
        preset = next((each for each in PRESETS if each.key == given.get("preset")), None)
        if any(given.get(key) for key in ("a", "b", "both")):
            both = unpacked(given.get("both", ""))
            return [task.config({**both, **unpacked(given.get(side, ""))}) for side in SIDES], preset
        preset = preset or PRESETS[0]
        return configs_for(preset), preset

    def restored(request: gr.Request) -> list[Any]:
        language = language_of(request)
        shared = share.decode(dict(request.query_params))
        note, preset = "", None
        configs = list(start.values())
        try:
            configs, preset = addressed(request)
        except HubError as error:
            note = html.note(STRINGS.say("dropped", language, reason=error), "warn")
        if shared.unknown_version:
            note = html.note(STRINGS.say("version", language, version=shared.unknown_version), "warn")
        names = [[each.name[language == "zh"]] for each in PRESETS]
        said = STRINGS.say(
            "limits", language, depth=limits.MAX_LAB_DEPTH, width=limits.MAX_LAB_WIDTH, steps=limits.MAX_LAB_STEPS
        )
        made = set_to(configs)
        told_of = [*made, note + story_html(preset, language), preset.key if preset else "", made]
        return [*told_of, gr.Dataset(samples=names), html.note(said), True]

    def in_train(callback: Callable[..., Any]) -> Callable[..., Any]:
        return turns.newest(callback, "train", len(shown))

    slots: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "gradients", **QUIET}
    run_button.click(run, [at, told, *inputs], shown, **slots)
    made_by_page = [*inputs, story, told, placed]
    chosen = stories.click(choose, stories, [*made_by_page, chosen_turn], **QUIET)
    chosen.then(play, [told, placed, chosen_turn, *inputs], shown, **slots)
    pause_button.click(stop, None, None, queue=False, **QUIET)
    one_by_one = {"concurrency_limit": 1, **QUIET}  # each step begins where the one before it ends
    step_button.click(in_train(one), [at, told, *inputs], shown, **one_by_one)
    reset_button.click(in_train(reset), [told, *inputs], shown, **QUIET)
    query.change(None, query, None, js=share.PUT_IN_ADDRESS, **PRIVATE)
    for component in inputs:
        component.input(edited, [placed, *inputs], [story, told], **LIVE)
    page_tab.select(first, [status, ready, *inputs], shown, **QUIET)
    return Training(tab, [*made_by_page, stories, limits_note, ready], restored)
