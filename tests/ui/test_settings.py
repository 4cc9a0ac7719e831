"""A view's settings: what their model says is what the controls, the checks and the address make of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from hub.errors import InputError
from hub.ui import settings
from hub.ui.settings import Control
from hub.ui.strings import Strings
from tests.visitor import fields

KEYS = ("text", "names", "kind", "on", "k", "rate", "seed", "soft", "hard")
STRINGS = Strings("any", {key: (key, key) for key in KEYS})
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


class Settings(settings.Settings):
    text: str = ""
    names: Annotated[tuple[str, ...], Control(name="who", joint=",")] = ()
    kind: Literal["soft", "hard"] = "soft"
    on: bool = True
    k: Annotated[int, Field(ge=1, le=50)] = 10
    rate: Annotated[float, Field(ge=0, le=1), Control(step=0.05)] = 0.5
    seed: Annotated[int | None, Control(kind=gr.Number)] = 0
    shown: Annotated[str, Control(hidden=True)] = ""


OFFERS = {"names": [("A", "a"), ("B", "b")]}


def opened(query: str) -> Settings:
    return settings.opened(Settings(), fields(query), OFFERS)


@given(text=WORDS, on=st.booleans(), k=st.integers(1, 50), rate=st.sampled_from([0.0, 0.15, 1.0]),
       names=st.sampled_from([("a",), ("b", "a")]), kind=st.sampled_from(["soft", "hard"]))  # fmt: skip
def test_an_address_brings_all_settings_back(**values: Any) -> None:
    wanted = Settings(**{**values, "text": values["text"] or "some"})  # an empty field is as at the beginning
    link = settings.link({"tab": "any"}, wanted, Settings())
    assert opened(link.query) == wanted and not link.note("en")


@pytest.mark.parametrize("query", ["k=0", "k=51", "k=many", "rate=nan", "kind=else", "who=c", "who=a,c", "seed=1.5"])
def test_what_is_no_value_is_refused_and_its_field_named(query: str) -> None:
    name = query.partition("=")[0]
    with pytest.raises(InputError, match="names|who" if name == "who" else name):
        opened(query)


def test_what_is_hidden_is_in_no_address() -> None:
    link = settings.link({}, Settings(shown="a secret"), Settings())
    assert "secret" not in link.query and opened("shown=a+secret").shown == ""


def test_a_long_text_is_cut_and_the_link_says_so() -> None:
    link = settings.link({}, Settings(text="long " * 1_000, k=7), Settings(), long="text")
    assert len(link.query) <= 2_000 and opened(link.query).k == 7 and "beginning" in link.note("en")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("text", gr.Textbox), ("names", gr.CheckboxGroup), ("kind", gr.Dropdown), ("on", gr.Checkbox), ("k", gr.Slider),
     ("rate", gr.Slider), ("seed", gr.Number)],
)  # fmt: skip
def test_the_type_says_the_control(name: str, kind: type) -> None:
    choices = OFFERS.get(name)
    made = settings.component(Settings, name, STRINGS, getattr(Settings(), name), choices, elem_id="some")
    assert isinstance(made, kind) and made.elem_id == "some"


def test_bounds_and_steps_are_those_of_the_model() -> None:
    k, rate = (settings.component(Settings, name, STRINGS, None, None) for name in ("k", "rate"))
    assert isinstance(k, gr.Slider) and (k.minimum, k.maximum, k.step) == (1, 50, 1)
    assert isinstance(rate, gr.Slider) and (rate.minimum, rate.maximum, rate.step) == (0, 1, 0.05)


def test_a_control_that_was_emptied_is_named() -> None:
    with pytest.raises(InputError, match="k is empty"):
        settings.checked(Settings, {**Settings().values(), "k": None})
