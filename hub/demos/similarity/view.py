"""What one view of the tab is made of: its settings, its outputs, and the function between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import gradio as gr
import numpy as np

from hub.demos.similarity import edits
from hub.demos.similarity.strings import STRINGS
from hub.errors import InputError
from hub.tasks.embed import Progress
from hub.ui import share
from hub.ui.strings import Language

Values = dict[str, Any]  # setting -> its value
Outputs = list[Any]  # one for each output of a view
JOINT = "|"  # between the parts of a list in the address
EDITS = "_edits"  # after the name of a setting, in the address: what differs from its beginning


@dataclass(frozen=True)
class Field:
    """A setting.

    Args:
        start: (language of the sentences, of the page) -> its value at the beginning.
        choices: the same -> (title, value) of what can be chosen, where that depends on the language.
        live: whether a change of it runs the view at once.
        lines: whether it is a text of many lines, of which the address has only what the visitor has changed.
    """

    component: Any
    start: Callable[[Language, Language], Any]
    choices: Callable[[Language, Language], Sequence[tuple[str, Any]]] | None = None
    live: bool = False
    lines: bool = False

    def update(self, value: Any, speech: Language, language: Language) -> Any:
        """The component with a value, and the choices of the language."""
        if self.choices is None:
            return value
        return type(self.component)(choices=list(self.choices(speech, language)), value=value)

    def write(self, value: Any) -> str:
        """For the address."""
        if isinstance(value, bool):
            return "1" * value
        if isinstance(value, (list, tuple)):
            return JOINT.join(value)
        return f"{value:g}" if isinstance(value, float) else str(value if value is not None else "")

    def read(self, name: str, text: str, speech: Language, language: Language) -> Any:
        """From the address. Raises InputError for what is no value of the setting."""
        bad = InputError("link_field", name=name, found=text[:40])
        component = self.component
        if isinstance(component, (gr.Slider, gr.Number)):
            return _number(component, text, bad)
        if isinstance(component, gr.Checkbox):
            return text == "1"
        known = self.choices(speech, language) if self.choices else getattr(component, "choices", None)
        if known is None:
            return text
        values = [value for _, value in known]
        parts = text.split(JOINT) if isinstance(component, gr.CheckboxGroup) else [text]
        if any(part not in values for part in parts):
            raise bad
        return parts if isinstance(component, gr.CheckboxGroup) else text


def _number(component: Any, text: str, bad: InputError) -> float | int:
    try:
        value = float(text)
    except ValueError:
        raise bad from None
    if not component.minimum <= value <= component.maximum:
        raise bad
    return int(value) if float(component.step).is_integer() else value


@dataclass(frozen=True)
class Examples:
    """Settings to choose from.

    Args:
        titles: (language of the sentences, of the page) -> what stands on each.
        values: (place, language of the sentences) -> the settings that it changes.
    """

    dataset: gr.Dataset
    titles: Callable[[Language, Language], Sequence[str]]
    values: Callable[[int, Language], Values]


@dataclass(frozen=True)
class Shared:
    """The query of an address, and how much of a text that is too long for one it has."""

    query: str
    shortened: bool = False
    lines: int = 0  # of so many that the text has; 0: the text is cut within a line
    of: int = 0

    def note(self, language: Language) -> str:
        """What the visitor should know of the link; "" where it opens just what was shared."""
        if not self.shortened:
            return ""
        if self.lines:
            return STRINGS.say("shortened_lines", language, lines=self.lines, of=self.of)
        return STRINGS.say("shortened", language)


@dataclass(frozen=True)
class View:
    """One part of the tab.

    Args:
        show: (settings, language of the sentences, of the page, progress) -> a value for each output. Raises HubError.
        long: the setting that is shortened where the link gets too long.
        submits: text boxes whose Enter runs the view. slow: it may take seconds and shows its progress.
    """

    slug: str
    tab: gr.Tab
    fields: dict[str, Field]
    outputs: list[Any]
    show: Callable[[Values, Language, Language, Progress | None], Outputs]
    long: str
    button: gr.Button | None = None
    submits: tuple[str, ...] = ()
    examples: Examples | None = None
    slow: bool = False

    def start(self, speech: Language, language: Language) -> Values:
        """The settings of the beginning."""
        return {name: field.start(speech, language) for name, field in self.fields.items()}

    def read(self, given: dict[str, str], speech: Language, language: Language) -> Values:
        """The settings of an address; those that it does not name are those of the beginning. Raises InputError."""
        values = self.start(speech, language)
        for name, field in self.fields.items():
            if name in given:
                values[name] = field.read(name, given[name], speech, language)
            elif name + EDITS in given:
                try:
                    values[name] = edits.applied(values[name], given[name + EDITS])
                except ValueError:
                    found = given[name + EDITS][:40]
                    raise InputError("link_field", name=name + EDITS, found=found) from None
        return values

    def updates(self, values: Values, speech: Language, language: Language) -> list[Any]:
        """The components with these values, in the order of the fields."""
        return [field.update(values[name], speech, language) for name, field in self.fields.items()]

    def link(self, values: Values, speech: Language, language: Language) -> Shared:
        """The address of these settings."""
        fields = {"tab": "similarity", "view": self.slug, "speech": speech}
        fields |= {name: field.write(values[name]) for name, field in self.fields.items()}
        start = self.start(speech, language)
        texts = [name for name, field in self.fields.items() if field.lines]
        for name in texts:
            changed = edits.written(start[name], fields[name])
            if len(quote_plus(changed)) < len(quote_plus(fields[name])):
                fields |= {name: "", name + EDITS: changed}
        link = share.encode(fields, long=self.long)
        if self.long not in texts or (not link.shortened and len(link.query) <= share.MAX_BYTES):
            return Shared(link.query, link.shortened)
        whole = str(values[self.long]).split("\n")
        fields |= {self.long: "", self.long + EDITS: ""}
        room = share.MAX_BYTES - len(share.encode(fields).query) - len(f"&{self.long}=")
        sizes = np.cumsum([len(quote_plus(f"{line}\n")) for line in whole])
        kept = int((sizes <= room).sum())
        link = share.encode(fields | {self.long: "\n".join(whole[:kept] or whole[:1])}, long=self.long)
        return Shared(link.query, True, kept, len(whole))
