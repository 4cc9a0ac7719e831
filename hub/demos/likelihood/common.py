"""What the views of the tab share: words, numbers, and how a change of a setting becomes an answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import gradio as gr
import numpy as np

from hub.demos.likelihood.strings import FORMULAS, LATEX, STRINGS
from hub.errors import HubError
from hub.tasks import likelihood as task
from hub.ui import html, share
from hub.ui.context import readable
from hub.ui.strings import Language, language_of
from hub.ui.turns import LIVE, PRIVATE, QUIET, Turns

Answer = TypeVar("Answer")

Shown = list[Any]  # one value for each output of a view
Made = dict[gr.components.Component, Any]  # component -> its new value

# --- for a reader -----------------------------------------------------------------------------------------------------


def shown(value: float | None, digits: int = 4) -> str:
    """A number for a reader."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.{digits}g}"


def times(difference: float) -> str:
    """e to this power, for a reader."""
    if difference < math.log(1e4):
        return f"{math.exp(difference):.3g}" if difference < math.log(100) else f"{math.exp(difference):,.0f}"
    power, rest = divmod(difference / math.log(10), 1)
    raised = str(int(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{10**rest:.2g} × 10{raised}"


def notes_html(codes: Sequence[str], language: Language) -> str:
    return "".join(html.note(sentence(STRINGS.say(f"note_{code}", language)), "warn") for code in codes)


def sentence(text: str) -> str:
    """With a capital letter; a symbol stays as it is."""
    return text[:1].upper() + text[1:] if text[:1].isascii() else text


def caption_of(fit: task.Fit, language: Language) -> str:
    """How an estimate was found, and how good it is."""
    return STRINGS.say(
        "estimates" if fit.log_likelihood is not None else "estimates_none", language, n=f"{fit.n:,}",
        method=STRINGS.say(fit.method, language), norm=shown(fit.gradient_norm, 2), value=shown(fit.log_likelihood, 7),
    )  # fmt: skip


def look(view: str, language: Language) -> str:
    """The formula of a view and what to look for."""
    return STRINGS.say("look", language, text=STRINGS.say(f"look_{view}", language))


def rows_text(rows: np.ndarray) -> str:
    """Rows as a person types them; the class is a whole number."""
    return "\n".join(", ".join(f"{value:.6g}" for value in row) for row in rows)


def numbers_text(data: Sequence[float] | np.ndarray) -> str:
    """Values as a person types them."""
    return " ".join(f"{value:.10g}" for value in data)


def explained(view: str) -> tuple[gr.Markdown, gr.Markdown]:
    """The formula of a view, and the place of what to look for."""
    formula = gr.Markdown(FORMULAS.get(view, ""), latex_delimiters=LATEX, elem_classes="formula")
    return formula, gr.Markdown("", elem_classes="look")


def guarded(language: Language, make: Callable[[], Answer]) -> Answer:
    """What a callback returns; a failure of the hub in the language of the page."""
    try:
        return make()
    except HubError as error:
        raise readable(error) from None


# --- a view -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """One part of the tab with settings of its own.

    Args:
        look: where it says what to look for.
        settings: field in the address -> component; what `show` takes, in this order.
        show: the settings and the language -> a value for each output.
        read: the text of a field in the address -> a setting. Raises ValueError or InputError where it is none.
        long: the field that is shortened where the address would be too long.
        usual: the language and the fields of the address -> settings that the address does not name, where the
            component's own value is not meant.
        words: what else is said in the language of the page.
        along: the settings of an address -> what else follows from them.
        beside: what both write to, besides settings.
    """

    slug: str
    tab: gr.Tab
    look: gr.Markdown
    settings: dict[str, Any]
    outputs: list[Any]
    show: Callable[..., Shown]
    read: dict[str, Callable[[str], Any]]
    long: str = "data"
    usual: Callable[[Language, Mapping[str, str]], dict[str, Any]] = lambda language, given: {}
    words: Callable[[Language], Made] = lambda language: {}
    along: Callable[[dict[str, Any], Language], Made] = lambda settings, language: {}
    beside: tuple[Any, ...] = ()

    @property
    def own(self) -> list[Any]:
        """The components that its callbacks write to."""
        return [*self.settings.values(), *self.outputs, *self.beside]

    def defaults(self, language: Language, given: Mapping[str, str] | None = None) -> list[Any]:
        """Its settings where nothing has been set."""
        usual = self.usual(language, given or {})
        return [usual.get(key, component.value) for key, component in self.settings.items()]

    def run(self, values: Sequence[Any], language: Language) -> Shown:
        """Its outputs and its address."""
        fields = {
            key: "|".join(value) if isinstance(value, list) else str(value)
            for key, value in zip(self.settings, values, strict=True)
        }
        link = share.encode({"tab": "likelihood", "view": self.slug, **fields}, long=self.long)
        return [*self.show(*values, language), link.query]

    def restored(self, given: Mapping[str, str], language: Language) -> Made:
        """Settings and outputs as an address asks for them. Raises InputError and ValueError."""
        settings: list[Any] = []
        for (key, component), usual in zip(self.settings.items(), self.defaults(language, given), strict=True):
            value = self.read[key](given[key]) if given.get(key) else usual
            known = [choice for _, choice in component.choices] if isinstance(component, gr.Radio) else [value]
            if value not in known:
                raise ValueError(f"{key} = {str(value)[:40]!r}")
            settings.append(value)
        *outputs, _ = self.run(settings, language)
        named = dict(zip(self.settings, settings, strict=True))
        made: Made = dict(zip(self.outputs, outputs, strict=True))
        return made | {self.settings[key]: value for key, value in named.items()} | self.along(named, language)


@dataclass(frozen=True)
class Lab:
    """The tab that is being drawn: its graphs, and what all views write to."""

    graphs: task.Graphs
    query: gr.Textbox  # the address of the view that was changed last
    turns: Turns = field(default_factory=Turns)

    def newest(
        self, callback: Callable[..., Any], place: str, outputs: Sequence[Any], **more: bool
    ) -> Callable[..., Any]:
        """A callback whose answer is shown only while nothing newer has begun at this place (hub/ui/turns.py)."""
        return self.turns.newest(callback, place, len(outputs), **more)

    def ends(self, view: View) -> tuple[list[Any], list[Any]]:
        """Inputs and outputs of the callbacks of `runs`."""
        return list(view.settings.values()), [*view.outputs, self.query]

    def runs(
        self, view: View, change: Callable[..., Sequence[Any]] | None = None, yields: bool = False
    ) -> Callable[..., Shown]:
        """A callback for a view: its settings, and more.

        Args:
            change: the settings and more -> the settings to show, where they are not the same.
        """

        def run(request: gr.Request, *given: Any) -> Shown:
            language = language_of(request)
            return guarded(language, lambda: view.run(change(*given) if change else given, language))

        return self.newest(run, view.slug, self.ends(view)[1], yields=yields)

    def wire(self, view: View, *buttons: Callable[..., Any], radios: bool = True) -> None:
        """The view is shown when its tab is opened, a slider moved, a choice made, or one of these events happens."""
        inputs, outputs = self.ends(view)
        view.tab.select(self.runs(view, yields=True), inputs, outputs, **QUIET)
        for component in view.settings.values():
            if isinstance(component, gr.Slider):
                component.input(self.runs(view, yields=True), inputs, outputs, **LIVE)
            elif isinstance(component, gr.Radio) and radios:
                component.input(self.runs(view), inputs, outputs, **QUIET)
        for listener in buttons:
            listener(self.runs(view), inputs, outputs, **PRIVATE)
