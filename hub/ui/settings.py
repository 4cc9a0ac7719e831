"""The settings of a view, said once: a pydantic model, from which come the controls, the checks and the address.

    class Settings(settings.Settings):
        text: Annotated[str, Control(submits=True)] = ""
        model: Annotated[str | None, Control(label="encoder", live=True)] = None
        k: Annotated[int, Field(ge=1, le=50), Control(step=1)] = 10

Types and bounds are pydantic's (an API's function takes the same annotations); `Control` says what a page needs beside
them. What depends on the models that are here, or on a language, is a function of a `Scene`, in hub/ui/view.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, Literal, Self, TypeVar, Union, get_args, get_origin
from urllib.parse import quote_plus

import gradio as gr
import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from hub import errors
from hub.errors import InputError
from hub.ui import edits, share
from hub.ui.strings import Language, Strings

Choices = Sequence[tuple[Any, Any]]  # (title, value)
Offers = Mapping[str, Choices]  # setting -> what can be chosen
EDITS = "_edits"  # after the name of a setting, in the address: what differs from its beginning

STRINGS = Strings(
    "settings",
    {
        "shortened": (
            "The text is too long for a link: it carries only its beginning.",
            "文本太长，链接里只带了开头的一部分。",
        ),
        "shortened_lines": (
            "The text is too long for a link: it carries the first {lines:,} of your {of:,} lines.",
            "文本太长：链接只能带上 {of:,} 行中的前 {lines:,} 行。",
        ),
    },
)


@dataclass(frozen=True)
class Control:
    """How a setting is edited, and how an address carries it.

    Args:
        kind: the component; else it follows from the type: a check box, a slider (with bounds), a number, a dropdown
            (where there are choices; those of a Literal have the strings of the same keys as titles), a group of check
            boxes (a tuple of choices), a text box.
        label: the key of its string in the tab's table; else the name of the setting.
        step: of a slider.
        live: whether a change of it runs the view at once. submits: whether Enter in it does.
        lines: whether it is a text of many lines, of which the address has only what the visitor has changed.
        name: in the address; else the name of the setting. hidden: not in the address at all.
        brief: not in the address where it is the model's default, and so where an address does not name it.
        joint: between the parts of a list in the address.
        write, read: for the address, where the usual way does not do; `read` raises ValueError.
    """

    kind: type[gr.components.Component] | None = None
    label: str = ""
    step: float | None = None
    live: bool = False
    submits: bool = False
    lines: bool = False
    name: str = ""
    hidden: bool = False
    brief: bool = False
    joint: str = "|"
    write: Callable[[Any], str] | None = None
    read: Callable[[str], Any] | None = None


@dataclass(frozen=True)
class Link:
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


class Settings(BaseModel):
    """The base of all settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def values(self) -> dict[str, Any]:
        """Setting -> its value, for the controls."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def addressed(self) -> Self:
        """What an address says of them: the same, where a model does not know better."""
        return self

    def changed(self, **values: Any) -> Self:
        """The same with other values, unchecked."""
        return self.model_copy(update=values)


Model = TypeVar("Model", bound=Settings)


@lru_cache(maxsize=128)
def controls(model: type[Settings]) -> dict[str, Control]:
    """Setting -> its control, in the order of the model."""
    return {
        name: next((one for one in info.metadata if isinstance(one, Control)), Control())
        for name, info in model.model_fields.items()
    }


# --- components -------------------------------------------------------------------------------------------------------


def component(
    model: type[Settings], name: str, strings: Strings, value: Any, choices: Choices | None, **layout: Any
) -> gr.components.Component:
    """The component that edits a setting.

    Args:
        value: what it shows at first. choices: every value that it will ever have to take, with titles.
        layout: more of Gradio's settings (elem_id, scale, lines, …); they go before what follows from the model.
    """
    info, control = model.model_fields[name], controls(model)[name]
    low, high = (bound if math.isfinite(bound) else None for bound in errors.bounds(info))
    kind = control.kind or _kind(info, choices, low is not None and high is not None)
    given: dict[str, Any] = {"label": strings(control.label or name), "value": value}
    if choices is None and get_origin(plain(info)) is Literal:
        choices = [(strings(one) if one in strings.table else one, one) for one in get_args(plain(info))]
    if choices is not None:
        given["choices"] = list(choices)
    if kind is gr.Slider or kind is gr.Number:
        given |= {"minimum": low, "maximum": high}
        step = control.step or (1 if plain(info) is int else None)
        given |= {"step": step} if step else {}
        given |= {"precision": 0} if plain(info) is int and kind is gr.Number else {}
    return kind(**{**given, **layout})


def _kind(info: FieldInfo, choices: Choices | None, bounded: bool) -> type[gr.components.Component]:
    of = plain(info)
    if of is bool:
        return gr.Checkbox
    if of in (int, float):
        return gr.Slider if bounded else gr.Number
    if get_origin(of) in (list, tuple):
        return gr.CheckboxGroup
    return gr.Dropdown if choices is not None or get_origin(of) is Literal else gr.Textbox


def plain(info: FieldInfo) -> Any:
    """The type of a setting, without its "or None"."""
    of = info.annotation
    if get_origin(of) in (Union, UnionType):
        return next(part for part in get_args(of) if part is not type(None))
    return of


# --- checks -----------------------------------------------------------------------------------------------------------


def checked(model: type[Model], values: Mapping[str, Any], offers: Offers | None = None) -> Model:
    """The settings of the controls' values. Raises InputError, naming the setting.

    Args:
        offers: where given, what is chosen must be among them.
    """
    try:
        settings = model.model_validate(dict(values))
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        if values.get(name) is None:
            raise InputError("setting_empty", name=controls(model)[name].name or name) from None
        raise errors.invalid(error, model) from None
    for name, choices in (offers or {}).items():
        value = getattr(settings, name)
        known = [one for _, one in choices]
        if any(
            one not in known for one in (value if isinstance(value, (list, tuple)) else [value] * (value is not None))
        ):
            raise refusal(model, name, value)
    return settings


def refusal(model: type[Settings], name: str, found: object) -> InputError:
    """A value is none of a setting's."""
    return InputError("link_field", name=controls(model)[name].name or name, found=str(found)[:40])


# --- the address ------------------------------------------------------------------------------------------------------


def written(settings: Settings, start: Settings) -> dict[str, str]:
    """Name in the address -> value. start: the settings of the beginning, from which a long text is told."""
    fields: dict[str, str] = {}
    model = type(settings)
    for name, control in controls(model).items():
        if control.hidden or (control.brief and getattr(settings, name) == model.model_fields[name].default):
            continue
        key, value = control.name or name, _written(control, getattr(settings, name), getattr(start, name))
        fields[key] = value
        if control.lines:
            change = edits.written(str(getattr(start, name)), value)
            if len(quote_plus(change)) < len(quote_plus(value)):
                fields |= {key: "", key + EDITS: change}
    return fields


def _written(control: Control, value: Any, start: Any) -> str:
    if control.write is not None:
        return control.write(value)
    if isinstance(value, bool):
        return "1" if value else "0" * bool(start)  # a field that is missing is as at the beginning
    if isinstance(value, (list, tuple)):
        return control.joint.join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value if value is not None else "")


def opened(start: Model, fields: Mapping[str, str], offers: Offers, *, brief: bool = True) -> Model:
    """The settings of an address; what it does not name is as in `start`. Raises InputError.

    Args:
        brief: a brief setting that is not named is the model's default instead.
    """
    model = type(start)
    names = {control.name or name for name, control in controls(model).items()}
    values = start.values()
    if brief and names & fields.keys():  # else it is the beginning
        values |= {name: model.model_fields[name].default for name, control in controls(model).items() if control.brief}
    for name, control in controls(model).items():
        key = control.name or name
        if control.hidden:
            continue
        if key in fields:
            try:
                values[name] = _read(model.model_fields[name], control, fields[key])
            except ValueError:
                raise refusal(model, name, fields[key]) from None
        elif control.lines and key + EDITS in fields:
            try:
                values[name] = edits.applied(str(values[name]), fields[key + EDITS])
            except ValueError:
                raise InputError("link_field", name=key + EDITS, found=fields[key + EDITS][:40]) from None
    return checked(model, values, offers)


def _read(info: FieldInfo, control: Control, text: str) -> Any:
    if control.read is not None:
        return control.read(text)
    if plain(info) is bool:
        return text == "1"
    if get_origin(plain(info)) in (list, tuple):
        return tuple(part for part in text.split(control.joint) if part)
    return text


def link(place: Mapping[str, str], settings: Settings, start: Settings, long: str = "") -> Link:
    """The address of these settings.

    Args:
        place: fields that come first: tab, view. long: the setting that is shortened where the whole does not fit.
    """
    known = controls(type(settings))
    key = (known[long].name or long) if long else ""
    fields = {**place, **written(settings, start)}
    whole = share.encode(fields, long=key)
    if not long or not known[long].lines or (not whole.shortened and len(whole.query) <= share.MAX_BYTES):
        return Link(whole.query, whole.shortened)
    text = str(getattr(settings, long)).split("\n")
    fields |= {key: "", key + EDITS: ""}
    room = share.MAX_BYTES - len(share.encode(fields).query) - len(f"&{key}=")
    sizes = np.cumsum([len(quote_plus(f"{line}\n")) for line in text])
    kept = int((sizes <= room).sum())
    cut = share.encode(fields | {key: "\n".join(text[:kept] or text[:1])}, long=key)
    return Link(cut.query, True, kept, len(text))
