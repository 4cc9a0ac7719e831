"""What the theory says, in formulas."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hub.demos.gradients.strings import FORMULAS
from hub.ui.settings import Settings
from hub.ui.strings import Language
from hub.ui.view import Kit, View

DELIMITERS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def show(settings: Settings, language: Language) -> dict[str, Any]:
    """The formulas, in the language of the page."""
    return {"formulas": FORMULAS[language]}


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.output("formulas", gr.Markdown(FORMULAS["en"], latex_delimiters=DELIMITERS, elem_id="gradient-formulas"))


VIEW = View("formulas", Settings, draw, show)
