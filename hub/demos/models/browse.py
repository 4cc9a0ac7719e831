"""All models in a table, and the passport of the one that is chosen."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub.bundle import Bundles
from hub.demos.models.catalogue import overview
from hub.demos.models.passport import passport
from hub.demos.models.places import Places
from hub.demos.models.strings import STRINGS
from hub.snippet import snippet
from hub.ui import scripts, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Kit, Scene, View


class Settings(settings.Settings):
    """Which model."""

    model: Annotated[str | None, Control(live=True)] = None


def first(bundles: Bundles, places: Places, scene: Scene) -> dict[str, Any]:
    """The table of all models; it stays as the visitor has sorted it."""
    return {"overview": overview(places, list(bundles), bundles.broken, scene.language)}


def show(bundles: Bundles, places: Places, settings: Settings, language: Language) -> dict[str, Any]:
    """The passport of a model, and the program that runs it without the hub."""
    bundle = next((bundle for bundle in bundles if bundle.name == settings.model), None)
    if bundle is None:
        return {"passport": "", "snippet": gr.Code(visible=False)}
    return {
        "passport": passport(places, bundle, language),
        "snippet": gr.Code(value=snippet(bundle.card), visible=True),
    }


def clicked(settings: Settings, event: gr.EventData) -> dict[str, Any]:
    """The name of a model in the table."""
    return {"model": str(event.model)}


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.output("overview", gr.HTML(elem_id="overview", js_on_load=scripts.text("models")))
    kit.control("model", elem_id="passport-model")
    kit.html("passport", "passport")
    code = gr.Code(language="python", label=STRINGS("snippet"), interactive=False, visible=False, elem_id="snippet")
    kit.output("snippet", code)


def view(bundles: Bundles, places: Places) -> View:
    """The view, of the bundles that are here."""
    names = [bundle.name for bundle in places.in_order(list(bundles))]
    return View(
        "all", Settings, draw, partial(show, bundles, places),
        start=lambda scene: Settings(model=next(iter(names), None)),
        choices={"model": lambda scene: [(name, name) for name in names]},
        first=partial(first, bundles, places), changes={"overview": clicked},
    )  # fmt: skip
