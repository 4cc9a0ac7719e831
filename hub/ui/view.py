"""A view: its settings, the function from them to what is seen, and how both are laid out.

    VIEW = View(
        "search", Settings, draw, show,
        start=lambda scene: Settings(text=QUERIES[scene.speech][0]),
        choices={"model": lambda scene: [...]},
        examples=lambda scene: [Example(("A question", "一个问题"), {"text": "…"})],
    )

    def show(settings: Settings, language: Language) -> dict[str, Any]:
        return {"hits": html_of(…), "plot": …}

    def draw(kit: Kit) -> None:
        kit.control("text", lines=2, elem_id="search-text")
        kit.control("k", elem_id="search-k")
        kit.examples(elem_id="search-examples")
        kit.main("run", elem_id="search-run")
        kit.output("hits", gr.HTML(elem_id="search-hits"))

`show` is a pure function; it needs no Gradio and is tested so. Where it streams, it is a generator of such dicts. What
it must know of the hub (bundles) is bound to it: `functools.partial(show, encoders)`. hub/ui/tab.py wires the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from hub.ui import pictures
from hub.ui.settings import Choices, Link, Offers, Settings, checked, component, controls, link, opened
from hub.ui.strings import LANGUAGES, Language, Strings

Progress = Callable[[int, int], None]  # (done, of so many)
Shown = Mapping[str, Any]  # output -> its value; a setting -> another value or choices of its control
STAND = "settings"  # in what a view shows: the settings as they stand now, for the link, where `show` has changed them


@dataclass(frozen=True)
class Scene:
    """What settings depend on besides the visitor.

    Args:
        language: of the page. speech: of the texts, where the tab lets them be in another language.
    """

    language: Language
    speech: Language


@dataclass(frozen=True)
class Example:
    """What can be clicked: a title in English and Chinese, and the settings that it changes.

    Args:
        values: a function of the settings as they stand, where it depends on them.
    """

    title: tuple[str, str]
    values: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]

    def changes(self, settings: Settings) -> Mapping[str, Any]:
        """Setting -> its value."""
        return self.values(settings) if callable(self.values) else self.values


@dataclass(frozen=True)
class View:
    """One part of a tab.

    Args:
        slug: in the address: &view=slug. The string of the same key is the title of its tab.
        draw: lays the view out, once; see Kit.
        show: (settings, language) -> what is seen; a generator where it streams; (settings, language, progress) where
            `slow`. Raises HubError for what the visitor or the operator can mend.
        start: the settings of the beginning, else the defaults of the model. They may differ by language.
        choices: setting -> what can be chosen, where the type does not say it.
        examples: what can be clicked; takes the value of `by`, too, where there is one.
        by: the setting on which the examples depend. A change of it by hand runs the view.
        switched: what else is changed by that: (settings, scene) -> settings.
        base: the settings of which an address says the differences, where some of its fields change what the others
            are without it, brief ones too: (scene, fields) -> settings; else the beginning.
        actions: what else can be done, each a function like `show`: `kit.action` gives it a button, `kit.when` another
            event.
        adjusts: what a change of one control does to others: functions like `show` that are no answers; they take no
            turn and write no link.
        forgets: settings that belong to an answer: a run and an example begin without them, a link and actions do not.
        opened: reads an address in the view's own way: (fields, scene) -> the settings, and what is to be told of them.
        busy: the outputs over which Gradio shows that something is under way.
        first: what else is seen, drawn once, when the view is first looked at.
        changes: control that is edited, or output that is clicked -> what else it changes, before the view is run:
            (settings, event) -> setting -> value.
        keeps: settings whose control another view has too (`kit.borrow`): what stands there is not begun anew.
        speech: the name of the setting that is the language of the texts, where there is one.
        long: the setting that is shortened where the link gets too long.
        slow: it may take seconds, and shows its progress.
        stops: there is a button that stops it (kit.stop): `show` takes `going` besides, last, a function that is false
            once nobody waits for more; it then shows where it has come to.
        at_once: how many visitors it runs for at the same time; else as many as the page's queue has it.
        wire: adds events of its own to a view that this shape does not cover: (kit, tab's Wiring).
    """

    slug: str
    settings: type[Settings]
    draw: Callable[[Kit], None]
    show: Callable[..., Shown | Iterator[Shown]]
    start: Callable[[Scene], Settings] | None = None
    choices: Mapping[str, Callable[[Scene], Choices]] = field(default_factory=dict)
    examples: Callable[..., Sequence[Example]] | None = None
    by: str = ""
    switched: Callable[[Any, Scene], Settings] | None = None
    base: Callable[[Scene, Mapping[str, str]], Settings] | None = None
    actions: Mapping[str, Callable[..., Shown | Iterator[Shown]]] = field(default_factory=dict)
    adjusts: Mapping[str, Callable[..., Shown]] = field(default_factory=dict)
    forgets: Sequence[str] = ()
    opened: Callable[[Mapping[str, str], Scene], tuple[Settings, str]] | None = None
    busy: Sequence[str] = ()
    first: Callable[[Scene], Shown] | None = None
    changes: Mapping[str, Callable[[Any, gr.EventData], Mapping[str, Any]]] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()
    speech: str = ""
    long: str = ""
    slow: bool = False
    stops: bool = False
    at_once: int | None = None
    wire: Callable[[Kit, Any], None] | None = None

    def beginning(self, scene: Scene) -> Settings:
        """The settings of the beginning."""
        return self.start(scene) if self.start else self.settings()

    def offers(self, scene: Scene) -> Offers:
        """Setting -> what can be chosen, of those that depend on the scene."""
        return {name: choices(scene) for name, choices in self.choices.items()}

    def of_values(self, values: Mapping[str, Any], scene: Scene) -> Settings:
        """The settings of the controls. Raises InputError."""
        given = {**self.beginning(scene).values(), **values}
        return checked(self.settings, given | ({self.speech: scene.speech} if self.speech else {}))

    def of_address(self, fields: Mapping[str, str], scene: Scene) -> Settings:
        """The settings of an address; without fields, those of the beginning. Raises InputError."""
        return self.told(fields, scene)[0]

    def told(self, fields: Mapping[str, str], scene: Scene) -> tuple[Settings, str]:
        """The same, and what is to be told of them, as HTML."""
        if self.opened is not None:
            return self.opened(fields, scene)
        start = self.base(scene, fields) if self.base and fields else self.beginning(scene)
        return opened(start, fields, self.offers(scene), brief=self.base is None), ""

    def forgotten(self, settings: Settings, scene: Scene) -> Settings:
        """Without what belongs to an answer."""
        start = self.beginning(scene) if self.forgets else settings
        return settings.changed(**{name: getattr(start, name) for name in self.forgets})

    def scene(self, settings: Settings, scene: Scene) -> Scene:
        """The scene of some settings: their texts may be in another language than the page."""
        return Scene(scene.language, getattr(settings, self.speech)) if self.speech else scene

    def clickable(self, scene: Scene, values: Mapping[str, Any]) -> Sequence[Example]:
        """The examples, of some settings."""
        assert self.examples is not None
        return self.examples(scene, values[self.by]) if self.by else self.examples(scene)

    def link(self, tab: str, settings: Settings, scene: Scene, spoken: bool, alone: bool = False) -> Link:
        """The address. spoken: whether it says the language of the texts. alone: whether the tab has no other view."""
        place = {"tab": tab, "view": "" if alone else self.slug} | ({"speech": scene.speech} if spoken else {})
        return link(place, settings.addressed(), self.beginning(scene), self.long)


@dataclass(frozen=True)
class Event:
    """Something that a visitor does.

    Args:
        listener: of a component, as `button.click`. action: of the view; "": its `show`.
        sets: the setting that takes the value of the same name in the event's data.
    """

    listener: Callable[..., Any]
    action: str
    sets: str = ""


class Kit:
    """What `draw` lays a view out with; it remembers what stands where.

    Args:
        strings: of the tab. view: that is drawn. scene: of the page before a language is known.
        others: the kits of the views before it.
    """

    def __init__(self, strings: Strings, view: View, scene: Scene, others: Mapping[str, Kit] | None = None) -> None:
        self.strings, self.view, self.others = strings, view, others or {}
        self._scene = scene
        self._beginning = view.beginning(scene)
        self.controls: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self.events: list[Event] = []
        self.datasets: dict[gr.Dataset, Language | None] = {}  # with the language of its examples, if of one alone
        self.stop_button: gr.Button | None = None

    def control(self, name: str, **layout: Any) -> Any:
        """The control of a setting. layout: as the component takes it; choices, where the view has none of it."""
        offered = self.view.choices.get(name)
        choices: Choices | None = layout.pop("choices", None)
        if offered:  # all that any language offers: Gradio refuses a value that was not among the first choices
            scenes = [Scene(language, speech) for language in ("en",) for speech in LANGUAGES]
            known = {value: title for scene in reversed(scenes) for title, value in offered(scene)}
            choices = [(title, value) for value, title in known.items()]
        value = layout.pop("value", _shown(getattr(self._beginning, name)))
        made = component(self.view.settings, name, self.strings, value, choices, **layout)
        self.controls[name] = made
        return made

    def borrow(self, name: str, view: str) -> None:
        """A setting whose control stands in a view before this one; see View.keeps."""
        self.controls[name] = self.others[view].controls[name]

    def output(self, name: str, made: Any) -> Any:
        """A component that `show` fills."""
        self.outputs[name] = made
        return made

    def plot(self, name: str, elem_id: str = "") -> gr.Plot:
        """A figure that `show` draws, with the links that save it."""
        plot = pictures.plot(elem_id or f"{self.view.slug}-{name}")
        self.output(name, plot)
        return plot

    def html(self, name: str, elem_id: str = "") -> gr.HTML:
        """HTML that `show` writes."""
        text = gr.HTML(elem_id=elem_id or f"{self.view.slug}-{name}")
        self.output(name, text)
        return text

    def look(self, key: str) -> None:
        """A line that says what to look at."""
        gr.Markdown(self.strings(key), elem_classes="look")

    def main(self, key: str = "run", **layout: Any) -> gr.Button:
        """The button that runs the view. key: of its string."""
        return self.action("", key, **{"variant": "primary", **layout})

    def action(self, name: str, key: str, **layout: Any) -> gr.Button:
        """The button of one of the view's actions."""
        button = gr.Button(self.strings(key), **layout)
        self.when(name, button.click)
        return button

    def when(self, action: str, listener: Callable[..., Any], sets: str = "") -> None:
        """Do one of the view's actions or adjusts at an event; see Event."""
        self.events.append(Event(listener, action, sets))

    def stop(self, key: str = "stop", **layout: Any) -> gr.Button:
        """The button that stops the view."""
        self.stop_button = gr.Button(self.strings(key), **layout)
        return self.stop_button

    def examples(self, key: str = "examples", speech: Language | None = None, **layout: Any) -> gr.Dataset:
        """The view's examples. key: of their heading. speech: of texts in this language alone."""
        scene = Scene(self._scene.language, speech or self._scene.speech)
        samples = [[example.title[0]] for example in self.view.clickable(scene, self._beginning.values())]
        dataset = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=samples, label=self.strings(key), type="index",
            **{"samples_per_page": max(10, len(samples)), **layout},
        )  # fmt: skip
        self.datasets[dataset] = speech
        return dataset

    @property
    def live(self) -> list[Any]:
        """The components whose change runs the view."""
        known = controls(self.view.settings)
        return [made for name, made in self.controls.items() if known[name].live]

    @property
    def submits(self) -> list[Any]:
        """The components whose Enter runs the view."""
        known = controls(self.view.settings)
        return [made for name, made in self.controls.items() if known[name].submits]

    def stale(self, values: Mapping[str, Any], settings: Settings, offers: Offers) -> list[str]:
        """The controls that do not show these settings yet: what a visitor types meanwhile into another one stays.

        Args:
            values: of the controls. offers: what can be chosen may have changed, too.
        """
        return [name for name in self.controls if name in offers or values[name] != _shown(getattr(settings, name))]

    def updates(self, settings: Settings, offers: Offers, only: Sequence[str] | None = None) -> dict[Any, Any]:
        """The controls with these settings, and what can be chosen now."""
        return {
            made: type(made)(choices=list(offers[name]), value=_shown(getattr(settings, name)))
            if name in offers
            else _shown(getattr(settings, name))
            for name, made in self.controls.items()
            if only is None or name in only
        }


def _shown(value: Any) -> Any:
    """As a component takes it."""
    return list(map(_shown, value)) if isinstance(value, tuple) else value
