"""The mixing desk: weights for the layers, and what they do to each probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr
from pydantic import Field

from hub.demos.elmo import figures, network
from hub.demos.elmo.models import Models
from hub.demos.elmo.strings import STRINGS
from hub.errors import InputError
from hub.tasks.contextual import mixing
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import LANGUAGES, Language, either
from hub.ui.view import Example, Kit, Scene, View

GAMMAS = 0.1, 5.0
Fader = Annotated[float, Field(ge=0, le=1), Control(step=0.01, live=True)]


class Settings(settings.Settings):
    """The faders; only their proportions matter, s has the sum 1."""

    s0: Fader = 0.34
    s1: Fader = 0.33
    s2: Fader = 0.33
    gamma: Annotated[float, Field(ge=GAMMAS[0], le=GAMMAS[1]), Control(step=0.1, live=True)] = 1.0
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"

    @property
    def weights(self) -> tuple[float, ...]:
        """s, of sum 1. Raises InputError where all faders are down."""
        total = self.s0 + self.s1 + self.s2
        if total <= 0:
            raise InputError("weights_range")
        return (self.s0 / total, self.s1 / total, self.s2 / total)


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The accuracy of each probe, as bars and as a place in its triangle."""
    bundle = models.get(settings.model)
    weights = settings.weights
    rows, bars = [], []
    for probe in mixing.probes(bundle):
        now = probe.accuracy(weights, settings.gamma)
        title = STRINGS.say(f"probe_{probe.name}", language)
        learnt, top = probe.accuracy(probe.learnt), probe.accuracy((0, 0, 1))
        bars.append(html.bar(title, now, f"{now:.1%}", True))
        rows.append(
            [title, f"{len(probe.labels):,}", *(f"{value:.1%}" for value in (now, learnt, top)), _said(probe.learnt)]
        )
    keys = ("probe", "probe_words", "now", "at_learnt", "at_top", "learnt_weights")
    headers = [STRINGS.say(key, language) for key in keys]
    said = STRINGS.say("mix_now", language, weights=_said(weights), gamma=settings.gamma)
    names = [STRINGS.say("layer_number", language, layer=layer) for layer in range(3)]
    surfaces = [
        (STRINGS.say(f"probe_{one.name}", language), mixing.surface(bundle, one), one.learnt)
        for one in mixing.probes(bundle)
    ]
    marks = (STRINGS.say("now", language), STRINGS.say("learnt", language))
    return {
        "said": html.note(said, "notice") + f"<div class=hits>{''.join(bars)}</div>",
        "plot": pictures.sent(figures.triangles(mixing.triangle(), surfaces, weights, names, marks), "elmo-mixer"),
        "table": html.table(headers, rows, numbers=(1, 2, 3, 4), stacked=True),
        "drawing": network.drawing(models.sizes(settings.model), network.lit_by(2, "both") | {network.MIX}, language),
    }


def _said(weights: Sequence[float]) -> str:
    return " / ".join(f"{value:.2f}" for value in weights)


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            kit.examples("mix_presets", elem_id="mixer-examples")
            for name in ("s0", "s1", "s2", "gamma"):
                kit.control(name, elem_id=f"mixer-{name}")
        with gr.Column(scale=4, min_width=280):
            kit.html("said")
            kit.plot("plot", "elmo-mixer")
    kit.look("mixer_look")
    kit.html("table")
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            kit.html("drawing")
        with gr.Column(scale=3, min_width=280):
            kit.control("model", elem_id="mixer-model")


def start(models: Models, scene: Scene) -> Settings:
    """All layers alike."""
    return Settings(model=next((name for _, name in models.mixed(scene)), None), speech=scene.speech)


def examples(models: Models, scene: Scene) -> Sequence[Example]:
    """All alike, one layer alone, what each probe has learnt, and what the networks have."""
    fixed = {
        "mix_alike": (0.34, 0.33, 0.33),
        "mix_top": (0.0, 0.0, 1.0),
        "mix_first": (0.0, 1.0, 0.0),
        "mix_word": (1.0, 0.0, 0.0),
    }
    rows = [Example(_both(key), _faders(weights)) for key, weights in fixed.items()]
    name = next((name for _, name in models.mixed(scene)), None)
    if name:
        for probe in mixing.probes(models.get(name)):
            titles = [
                STRINGS.say("mix_learnt", one, probe=STRINGS.say(f"probe_{probe.name}", one)) for one in LANGUAGES
            ]
            rows.append(Example((titles[0], titles[1]), _faders(probe.learnt)))
        for card in models.learnt_mixes(name):
            english, chinese = (STRINGS.say("mix_of_network", one, title=either(card.title, one)) for one in LANGUAGES)
            assert card.layers_of is not None
            rows.append(Example((english, chinese), _faders(card.layers_of.mix, card.layers_of.gamma)))
    return rows


def _both(key: str) -> tuple[str, str]:
    english, chinese = (STRINGS.say(key, language) for language in LANGUAGES)
    return english, chinese


def _faders(weights: Sequence[float], gamma: float = 1.0) -> Mapping[str, Any]:
    faders = {f"s{number}": round(value, 2) for number, value in enumerate(weights)}
    return {**faders, "gamma": min(max(round(gamma, 1), GAMMAS[0]), GAMMAS[1])}


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "mixer", Settings, draw, partial(show, models), start=partial(start, models),
        examples=partial(examples, models), choices={"model": models.mixed}, speech="speech",
    )  # fmt: skip
