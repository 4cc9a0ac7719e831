"""A tab: its views beside each other, and the wiring that all of them need.

Of each view: the main button, Enter, live controls, actions, examples; the link; the newest answer of a visitor is the
one that is shown; the view is computed when it is first looked at; an address opens it; errors are in the language of
the page. A worked example stands in hub/ui/view.py, a whole one in hub/demos/similarity.

When a page is opened, the browser looks up which view the address names (hub/ui/js/look.js) and writes a moment to the
hidden text box of that view, whose change is the event "look". So it does for a tab or a view that the visitor chooses.
A visit costs one view, however many there are.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from hub import errors
from hub.errors import HubError
from hub.ui import gate, html, share
from hub.ui.context import Context
from hub.ui.settings import Offers, Settings
from hub.ui.strings import LANGUAGES, Language, Strings, language_of
from hub.ui.turns import LIVE, PRIVATE, QUIET, Turns
from hub.ui.view import STAND, Event, Kit, Scene, View

SCRIPT = f"<script>{(Path(__file__).parent / 'js' / 'look.js').read_text(encoding='utf-8')}</script>"
PROGRESS = gr.Progress()
SPEECH = "speech"  # the language of the texts, in an address
OPENED = "open"  # a moment that begins so: the address has opened this view

STRINGS = Strings(
    "tab",
    {
        "version": (
            "The link is of an unknown version ({version}); the page shows its beginning.",
            "链接的版本（{version}）未知，显示默认页面。",
        ),
        "bad_link": ("The link could not be used: {reason}", "链接无法使用：{reason}"),
        "progress": ("computing", "计算中"),
        "speech": ("Language of the sentences", "句子的语言"),
    },
)


@dataclass(frozen=True)
class Tab:
    """What a tab shows.

    Args:
        spoken: the languages that its models read, where the visitor chooses one for all views; the first that is the
            page's, else the first of all, is the one to begin with.
        speech: the key of that control's label in the tab's table.
        elem_id: of the bar of its views, where it is not made of the slug.
    """

    slug: str
    strings: Strings
    views: Sequence[View]
    spoken: Sequence[Language] = ()
    speech: str = "speech"
    elem_id: str = ""

    def draw(self, context: Context) -> None:
        """Lay it out, inside a gr.Tab, and wire its events."""
        Wiring(self, context).draw()


class Wiring:
    """A tab on the page: its components, and the callbacks."""

    def __init__(self, tab: Tab, context: Context) -> None:
        self.tab, self.context = tab, context
        self.turns = Turns()
        self.kits: dict[str, Kit] = {}
        self.looks: dict[str, gr.Textbox] = {}  # view -> the moment when it was last looked at
        self.drawn: dict[str, gr.Textbox] = {}  # view -> the language of the texts that it is drawn in; "": not yet

    @property
    def several(self) -> bool:
        """Whether the views stand in tabs of their own."""
        return len(self.tab.views) > 1

    def draw(self) -> None:
        """Lay out the tab."""
        slug, strings = self.tab.slug, self.tab.strings
        self.query = gr.Textbox(visible="hidden", elem_id=f"{slug}-query")
        self.speech: gr.Radio | None = None
        if self.tab.spoken:
            self.speech = gr.Radio(
                [(title, name) for title, name in (("English", "en"), ("中文", "zh")) if name in self.tab.spoken],
                value=None, label=strings(self.tab.speech), visible=len(self.tab.spoken) > 1,
                elem_id=f"{slug}-speech",
            )  # fmt: skip
        self.notice = gr.HTML(elem_id=f"{slug}-notice")
        for view in self.tab.views:
            self.looks[view.slug] = gr.Textbox("", visible="hidden", elem_id=f"{slug}-{view.slug}-look")
            self.drawn[view.slug] = gr.Textbox("", visible="hidden", elem_id=f"{slug}-{view.slug}-drawn")
        self.tabs: gr.Tabs | None = None
        if not self.several:
            self._lay_out(self.tab.views[0])
        else:
            with gr.Tabs(elem_id=self.tab.elem_id or f"{slug}-views", overflow_behavior="wrap") as self.tabs:
                for view in self.tab.views:
                    with gr.Tab(strings(view.slug), id=view.slug) as part:
                        self._lay_out(view)
                    moment = self.looks[view.slug]
                    part.select(None, moment, moment, js="(old) => hubLook.view(old)", **PRIVATE)
        for view in self.tab.views:
            self._wire(view)
        self._wire_looks()
        self.query.change(None, self.query, None, js=share.PUT_IN_ADDRESS, **QUIET)
        if self.speech is not None:  # the view that is open begins anew, the others when they are looked at
            looks = list(self.looks.values())
            self.speech.input(None, looks, looks, js=self._script("again"), **QUIET)

    def _lay_out(self, view: View) -> None:
        spoken: Sequence[Language] = self.tab.spoken or LANGUAGES
        kit = Kit(self.tab.strings, view, Scene("en", spoken[0]), self.kits)
        view.draw(kit)
        self.kits[view.slug] = kit

    # --- events

    def _wire_looks(self) -> None:
        """Which view is looked at: by the address, or because the tab was chosen."""
        assert self.context.tab is not None
        looks = list(self.looks.values())
        self.context.page.load(None, looks, looks, js=self._script("load"), **QUIET)
        self.context.tab.select(None, looks, looks, js=self._script("tab"), **QUIET)

    def _script(self, event: str) -> str:
        """What the browser does: see hub/ui/js/look.js."""
        return f"(...old) => hubLook.{event}('{self.tab.slug}', {json.dumps(list(self.looks))}, ...old)"

    def _wire(self, view: View) -> None:
        kit = self.kits[view.slug]
        inputs = self.inputs(view)
        # No progress bar over a view that answers at once.
        busy = [kit.outputs[name] for name in view.busy] or (list(kit.outputs.values()) if view.slow else [])
        seen: dict[str, Any] = {"show_progress_on": busy} if busy else {**QUIET}
        if view.at_once:
            seen |= {"concurrency_limit": view.at_once, "concurrency_id": f"{self.tab.slug}-{view.slug}"}
        ways = {**PRIVATE, **seen}
        run = self.callback(view, view.show)
        for event in kit.events:
            self._wire_event(view, event, ways)
        for made in kit.submits:
            made.submit(run, inputs, self.written(view), **ways)
        for made in kit.live:
            made.input(run, inputs, self.written(view), **{**LIVE, **seen, "trigger_mode": LIVE["trigger_mode"]})
        for dataset, speech in kit.datasets.items():
            follow = self.callback(view, view.show, example=True, speech=speech)
            dataset.click(follow, [dataset, *inputs], self.written(view), **ways)
        for name, change in view.changes.items():
            listen = kit.controls[name].input if name in kit.controls else kit.outputs[name].click
            listen(self.pointed(view, change), inputs, self.written(view), **ways)
        if view.by:
            turned = self.callback(view, view.show, switch=True)
            kit.controls[view.by].input(turned, inputs, self.written(view, whole=True), **ways)
        if kit.stop_button is not None:
            kit.stop_button.click(self.stopper(view), None, None, queue=False, **QUIET)
        look = self.callback(view, view.show, look=True)
        moment, drawn = self.looks[view.slug], self.drawn[view.slug]
        looked = moment.change(look, [moment, drawn, *inputs], self.written(view, whole=True), **ways)
        for open_gate in (drawn.change, looked.then):  # with the first frame of a stream, and where there is none
            open_gate(None, None, None, js=gate.opened(self.tab.slug), **QUIET)
        if view.wire is not None:
            view.wire(kit, self)

    def _wire_event(self, view: View, event: Event, ways: Mapping[str, Any]) -> None:
        inputs, outputs = self.inputs(view), self.written(view)
        if event.action in view.adjusts:
            event.listener(self.adjuster(view, view.adjusts[event.action]), inputs, outputs, **QUIET)
        elif event.sets:
            event.listener(self.setter(view, view.actions[event.action], event.sets), inputs, outputs, **ways)
        else:
            show = view.actions[event.action] if event.action else view.show
            event.listener(self.callback(view, show, keeps=bool(event.action)), inputs, outputs, **ways)

    def inputs(self, view: View) -> list[Any]:
        """What every callback of a view is given after its own: the language of the texts, the controls."""
        return [*([self.speech] if self.speech is not None else []), *self.kits[view.slug].controls.values()]

    def written(self, view: View, whole: bool = False) -> list[Any]:
        """What the callbacks of a view may write to. whole: the tab around it, too."""
        kit = self.kits[view.slug]
        around = [part for part in (self.tabs, self.speech, *kit.datasets) if part is not None] if whole else []
        own = [*kit.outputs.values(), *kit.controls.values(), self.drawn[view.slug], self.notice, self.query]
        return list(dict.fromkeys([*around, *own]))

    # --- callbacks

    def callback(
        self, view: View, show: Callable[..., Any], *, keeps: bool = False, example: bool = False,
        speech: Language | None = None, switch: bool = False, look: bool = False,
    ) -> Callable[..., Any]:  # fmt: skip
        """A function for Gradio. It returns {component: value}; of what a visitor starts in a view, the newest is seen.

        Args:
            keeps: what belongs to the answer before is kept.
            example: its first input is the place of an example. speech: of the examples.
            switch: the setting that the examples depend on has changed.
            look: its first inputs are the moment, and the language that the view is drawn in.
        """
        prepare: Any = self.looked_at if look else self.switched if switch else self.run
        name = prepare.__name__
        if example:
            prepare, name = functools.partial(self.followed, speech=speech), "followed"
        elif keeps:
            prepare = functools.partial(self.run, keeps=True)
        call = functools.partial(prepare, view, show)
        stream = inspect.isgeneratorfunction(show)

        def answer(request: gr.Request, progress: gr.Progress = PROGRESS, *given: Any) -> Any:
            return _whole(call(request, progress, given))

        def answers(request: gr.Request, progress: gr.Progress = PROGRESS, *given: Any) -> Iterator[Any]:
            yield from call(request, progress, given)

        def quick(request: gr.Request, *given: Any) -> Any:
            return _whole(call(request, None, given))

        def quick_stream(request: gr.Request, *given: Any) -> Iterator[Any]:
            yield from call(request, None, given)

        chosen = (answers if stream else answer) if view.slow else (quick_stream if stream else quick)
        chosen.__qualname__ = f"{view.slug}.{name}"
        count = len(self.written(view, whole=look or switch))
        return self.turns.newest(chosen, view.slug, count)

    def adjuster(self, view: View, adjust: Callable[..., Mapping[str, Any]]) -> Callable[..., Any]:
        """A function for Gradio: other controls, after a change of one."""

        def answer(request: gr.Request, *given: Any) -> Any:
            scene, values = self.scene_of(view, given, request)
            placed = self.placed(self.kits[view.slug], adjust(view.of_values(values, scene), scene.language))
            return placed or gr.skip()

        answer.__qualname__ = f"{view.slug}.adjusted"
        return answer

    def setter(self, view: View, show: Callable[..., Any], name: str) -> Callable[..., Any]:
        """A function for Gradio: an action after an event that sets a setting."""

        def answer(request: gr.Request, event: gr.EventData, *given: Any) -> Any:
            scene, values = self.scene_of(view, given, request)
            further = self.further(view, request, None, scene.language)
            return _whole(self.changed(view, show, values, {name: getattr(event, name)}, scene, further))

        answer.__qualname__ = f"{view.slug}.set"
        return self.turns.newest(answer, view.slug, len(self.written(view)))

    def pointed(self, view: View, change: Callable[..., Mapping[str, Any]]) -> Callable[..., Any]:
        """A function for Gradio: an event changes settings, and the view is run."""

        def answer(request: gr.Request, event: gr.EventData, *given: Any) -> Any:
            scene, values = self.scene_of(view, given, request)
            changes = change(view.of_values(values, scene), event)
            further = self.further(view, request, None, scene.language)
            return _whole(self.changed(view, view.show, values, changes, scene, further))

        answer.__qualname__ = f"{view.slug}.{change.__name__}"
        return self.turns.newest(answer, view.slug, len(self.written(view)))

    def run(
        self, view: View, show: Callable[..., Any], request: gr.Request, progress: Any, given: Sequence[Any],
        keeps: bool = False,
    ) -> Iterator[dict[Any, Any]]:  # fmt: skip
        """The view of its controls as they stand."""
        scene, values = self.scene_of(view, given, request)
        further = self.further(view, request, progress, scene.language)
        settings = view.of_values(values, scene)
        yield from self.frames(view, show, settings if keeps else view.forgotten(settings, scene), scene, further)

    def followed(
        self, view: View, show: Callable[..., Any], request: gr.Request, progress: Any, given: Sequence[Any],
        speech: Language | None = None,
    ) -> Iterator[dict[Any, Any]]:  # fmt: skip
        """An example: some settings change, and the view is run."""
        place, *rest = given
        scene, values = self.scene_of(view, rest, request)
        scene = Scene(scene.language, speech or scene.speech)
        before = view.forgotten(view.of_values(values, scene), scene)
        changes = view.clickable(scene, values)[place].changes(before)
        further = self.further(view, request, progress, scene.language)
        yield from self.changed(view, show, before.values(), changes, scene, further)

    def changed(
        self, view: View, show: Callable[..., Any], values: Mapping[str, Any], changes: Mapping[str, Any], scene: Scene,
        further: Sequence[Any],
    ) -> Iterator[dict[Any, Any]]:  # fmt: skip
        """Some settings change, and the view is run."""
        settings = view.of_values({**values, **changes}, scene)
        updates = self.kits[view.slug].updates(settings, {}, list(changes))
        for frame in self.frames(view, show, settings, scene, further):
            yield {**updates, **frame}
            updates = {}

    def switched(
        self, view: View, show: Callable[..., Any], request: gr.Request, progress: Any, given: Sequence[Any]
    ) -> Iterator[dict[Any, Any]]:
        """The setting on which the examples depend has changed: others follow, and the view is run."""
        scene, values = self.scene_of(view, given, request)
        before, kit = view.of_values(values, scene), self.kits[view.slug]
        settings = view.switched(before, scene) if view.switched else before
        changed = [name for name in kit.controls if getattr(before, name) != getattr(settings, name)]
        updates = {**self.samples(view, settings, scene), **kit.updates(settings, {}, changed)}
        for frame in self.frames(view, show, settings, scene, self.further(view, request, progress, scene.language)):
            yield {**updates, **frame}
            updates = {}

    def looked_at(
        self, view: View, show: Callable[..., Any], request: gr.Request, progress: Any, given: Sequence[Any]
    ) -> Iterator[dict[Any, Any]]:
        """The first look draws the view as its address says, a later one finds it as it was left."""
        moment, drawn, *rest = given
        scene, values = self.scene_of(view, rest, request)
        opened = str(moment).startswith(OPENED)
        fields = self.address(view, request, opened)
        if self.speech is not None and not rest[0] and fields.get(SPEECH):
            scene = Scene(scene.language, self.spoken(fields[SPEECH], scene.language))
        if drawn and not self.kits[view.slug].controls:  # drawn by hand: it knows its link
            yield {}
            return
        if drawn == scene.speech or (drawn and self.speech is None):
            if not view.forgets:  # else the browser keeps what the last answer wrote
                yield {self.query: self.link(view, view.of_values(values, scene), scene).query}
            return
        kit = self.kits[view.slug]
        notes = self.version_note(request, scene.language) if not drawn else ""
        around: dict[Any, Any] = {self.drawn[view.slug]: scene.speech}
        if opened and self.tabs is not None and "view" in fields:
            around[self.tabs] = gr.Tabs(selected=view.slug)
        if self.speech is not None:
            around[self.speech] = scene.speech
        if view.first is not None:
            around |= self.placed(kit, view.first(scene))
        try:
            settings, note = view.told(fields if not drawn else {}, scene)
            settings = settings.changed(**{name: values[name] for name in view.keeps if values[name] and not fields})
            notes += note
        except HubError as error:
            notes += _bad_link(error, scene.language)
            settings = view.beginning(scene)
        attempts = [settings, view.beginning(scene)]
        further = self.further(view, request, progress, scene.language)
        for attempt in attempts:
            scene = view.scene(attempt, scene)
            around |= {
                **self.samples(view, attempt, scene),
                **kit.updates(attempt, view.offers(scene), kit.stale(values, attempt, view.offers(scene))),
            }
            once = around  # with the first frame of a stream
            try:
                for frame in self.frames(view, show, attempt, scene, further, view.offers(scene)):
                    if opened:  # the address is what opened it
                        frame.pop(self.query, None)
                    if self.notice in frame or (notes and once):
                        frame[self.notice] = notes + frame.get(self.notice, "")
                    yield {**once, **frame}
                    once = {}
                return
            except HubError as error:
                notes += (
                    _bad_link(error, scene.language)
                    if fields
                    else html.note(errors.readable(error, scene.language), "warn")
                )
                if attempt == attempts[-1]:
                    break
        yield {**around, self.notice: notes}

    def stopper(self, view: View) -> Callable[[gr.Request], None]:
        """A function for Gradio that stops the view."""

        def stop(request: gr.Request) -> None:
            self.turns.stop((request.session_hash, view.slug))

        return stop

    # --- what they are made of

    def frames(
        self, view: View, show: Callable[..., Any], settings: Settings, scene: Scene, further: Sequence[Any],
        offers: Offers | None = None,
    ) -> Iterator[dict[Any, Any]]:  # fmt: skip
        """What a view shows, for its components; with the last of it, the link.

        Args:
            further: more arguments of `show`. offers: where they have changed.
        """
        kit = self.kits[view.slug]
        result = show(settings, scene.language, *further)
        shown: Mapping[str, Any] = {}
        if not isinstance(result, Mapping):
            for shown in result:
                yield self.placed(kit, shown)
        else:
            shown = result
            yield self.placed(kit, shown)
        stand = shown.get(STAND, settings)
        link = self.link(view, stand, scene)
        changed = [
            name for name in kit.controls if name not in shown and getattr(stand, name) != getattr(settings, name)
        ]
        yield {
            **kit.updates(stand, offers or {}, changed),
            self.drawn[view.slug]: scene.speech,
            self.notice: html.note(link.note(scene.language)),
            self.query: link.query,
        }

    def further(self, view: View, request: gr.Request, progress: Any, language: Language) -> list[Any]:
        """What `show` takes besides settings and language."""
        arguments: list[Any] = [self._teller(progress, language)] if view.slow else []
        return [*arguments, self.turns.going((request.session_hash, view.slug))] if view.stops else arguments

    def samples(self, view: View, settings: Settings, scene: Scene) -> dict[Any, Any]:
        """The examples of some settings, in the language of the page."""
        place = LANGUAGES.index(scene.language)
        samples = {}
        for dataset, speech in self.kits[view.slug].datasets.items():
            examples = view.clickable(Scene(scene.language, speech or scene.speech), settings.values())
            samples[dataset] = gr.Dataset(samples=[[example.title[place]] for example in examples])
        return samples

    def placed(self, kit: Kit, shown: Mapping[str, Any]) -> dict[Any, Any]:
        places = {**kit.controls, **kit.outputs}
        return {places[name]: value for name, value in shown.items() if name != STAND}

    def _teller(self, progress: Any, language: Language) -> Callable[[int, int], None] | None:
        if progress is None:
            return None
        strings = self.tab.strings if "progress" in self.tab.strings.table else STRINGS
        said = strings.say("progress", language)
        return lambda done, total: progress((done, total), desc=said)

    def link(self, view: View, settings: Settings, scene: Scene) -> Any:
        """The address of a view."""
        return view.link(self.tab.slug, settings, scene, self.speech is not None, alone=not self.several)

    def scene_of(self, view: View, given: Sequence[Any], request: gr.Request) -> tuple[Scene, dict[str, Any]]:
        """The scene, and the values of the controls, of what `inputs` have given."""
        language = language_of(request)
        names = list(self.kits[view.slug].controls)
        if self.speech is None:
            values = dict(zip(names, given, strict=True))
            return Scene(language, values.get(view.speech) or language), values
        speech, *rest = given
        return Scene(language, self.spoken(speech, language)), dict(zip(names, rest, strict=True))

    def spoken(self, wanted: str | None, language: Language) -> Language:
        """The language of the texts that is wanted, else the page's, where a model reads it."""
        named: Language = "zh" if (wanted or language) == "zh" else "en"
        return named if named in self.tab.spoken else self.tab.spoken[0]

    def address(self, view: View, request: gr.Request, opened: bool) -> dict[str, str]:
        """The fields of the page's address, where it is one of this view's. opened: the page has opened with it."""
        values = share.decode(dict(request.query_params)).values
        tab, first = values.get("tab", self.tab.slug if opened else ""), self.tab.views[0].slug
        return values if (tab, values.get("view", first)) == (self.tab.slug, view.slug) else {}

    def version_note(self, request: gr.Request, language: Language) -> str:
        """That the link is of a version that nobody knows."""
        version = share.decode(dict(request.query_params)).unknown_version
        return html.note(STRINGS.say("version", language, version=version), "warn") if version else ""


def _whole(frames: Iterator[dict[Any, Any]]) -> dict[Any, Any]:
    """All frames as one; where there is none, everything stays as it is."""
    return {place: value for frame in frames for place, value in frame.items()} or gr.skip()


def _bad_link(error: HubError, language: Language) -> str:
    return html.note(STRINGS.say("bad_link", language, reason=errors.readable(error, language)[:200]), "warn")
