"""The settings of two networks: their controls, and how an address carries them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hub import limits
from hub.demos.gradients.figures import SIDES
from hub.demos.gradients.strings import STRINGS
from hub.errors import InputError
from hub.tasks import gradients as task

SHARED = ("data", "batch", "steps", "seed")  # settings of both networks
OWN = (
    "network", "activation", "depth", "width", "initialisation", "sigma", "batch_norm", "residual", "learning_rate",
    "clip", "clip_at", "l1", "l2", "slope", "forget_bias", "precision",
)  # fmt: skip


def packed(config: task.Config, fields: Sequence[str]) -> str:
    """The settings that are not the default, as "depth:30,sigma:0.1"."""
    defaults = task.Config()
    values = {name: getattr(config, name) for name in fields if getattr(config, name) != getattr(defaults, name)}
    return ",".join(f"{name}:{int(value) if isinstance(value, bool) else value}" for name, value in values.items())


def unpacked(text: str) -> dict[str, Any]:
    """The settings of `packed`; what is no setting is left for the check of the configuration to refuse.

    Raises InputError for one that is there twice.
    """
    values: dict[str, Any] = {}
    for name, _, value in (part.partition(":") for part in text[:1000].split(",") if part):
        if name in values:
            raise InputError("setting_wrong", name=name[:60], found=value[:60])
        switch = name in ("batch_norm", "residual") and value in ("0", "1")
        values[name] = value == "1" if switch else value
    return values


@dataclass(frozen=True)
class Controls:
    """The controls: setting -> component, of both networks and of each."""

    common: dict[str, Any]
    sides: dict[str, dict[str, Any]]

    @property
    def inputs(self) -> list[Any]:
        """All of them, in the order of `configs_of` and `values_of`."""
        return [*self.common.values(), *(component for side in SIDES for component in self.sides[side].values())]

    def configs_of(self, given: Sequence[Any]) -> list[task.Config]:
        """The two configurations of the values of the controls. Raises InputError, TooLargeError."""
        both = dict(zip(self.common, given[: len(self.common)], strict=True))
        configs, place = [], len(self.common)
        for side in SIDES:
            own = dict(zip(self.sides[side], given[place : place + len(self.sides[side])], strict=True))
            place += len(own)
            empty = [name for name, value in (both | own).items() if value is None]
            if empty:
                raise InputError("setting_empty", name=empty[0])
            configs.append(task.config(both | own))
        return configs

    def values_of(self, configs: Sequence[task.Config]) -> list[Any]:
        """What the controls show of two configurations."""
        both = [getattr(configs[0], name) for name in self.common]
        own = [getattr(config, name) for side, config in zip(SIDES, configs, strict=True) for name in self.sides[side]]
        return both + own


def draw(start: Mapping[str, task.Config]) -> Controls:
    """Draw the controls, one network after the other. start: what they show at first."""
    s = STRINGS
    sides = {side: _network(side, start[side]) for side in SIDES}
    first = start[SIDES[0]]
    with gr.Group():
        gr.HTML(f"<b>{s('both')}</b>", padding=True)
        common = {
            "data": gr.Dropdown(_options(*task.DATA_SETS), value=first.data, label=s("data"), min_width=170),
            "batch": gr.Slider(8, limits.MAX_LAB_BATCH, first.batch, step=8, label=s("batch"), min_width=130),
            "steps": gr.Slider(1, limits.MAX_LAB_STEPS, first.steps, step=1, label=s("steps"), min_width=130),
            "seed": gr.Number(first.seed, precision=0, label=s("seed"), min_width=110),
        }
    return Controls(common, sides)


def _options(*keys: str) -> list[tuple[Any, str]]:
    return [(STRINGS(key), key) for key in keys]


def _network(side: str, first: task.Config) -> dict[str, Any]:
    s = STRINGS
    made: dict[str, gr.components.Component] = {}
    with gr.Group():
        gr.HTML(f"<span class='side {side}'>{side.upper()}</span>", padding=True)
        made["network"] = gr.Radio(_options(*task.NETWORKS), value=first.network, label=s("network"))
        with gr.Row():
            made["activation"] = gr.Dropdown(
                list(task.ACTIVATIONS), value=first.activation, label=s("activation"), min_width=110
            )
            made["initialisation"] = gr.Dropdown(
                _options(*task.INITIALISATIONS), value=first.initialisation, label=s("initialisation"), min_width=110
            )
        made["depth"] = gr.Slider(
            2, limits.MAX_LAB_DEPTH, first.depth, step=1, label=s("depth"), elem_id=f"gradient-depth-{side}"
        )
        made["width"] = gr.Slider(8, limits.MAX_LAB_WIDTH, first.width, step=8, label=s("width"))
        made["sigma"] = gr.Slider(0.005, 1, first.sigma, step=0.005, label=s("sigma"))
        with gr.Row():
            made["batch_norm"] = gr.Checkbox(first.batch_norm, label=s("batch_norm"), min_width=110)
            made["residual"] = gr.Checkbox(first.residual, label=s("residual"), min_width=110)
        with gr.Accordion(s("more"), open=False):
            made["learning_rate"] = gr.Number(first.learning_rate, label=s("learning_rate"), step=0.01)
            with gr.Row():
                made["clip"] = gr.Dropdown(_options(*task.CLIPS), value=first.clip, label=s("clip"), min_width=100)
                made["clip_at"] = gr.Number(first.clip_at, label=s("clip_at"), min_width=100)
            with gr.Row():
                made["l1"] = gr.Number(first.l1, label=s("l1"), step=0.0001, min_width=100)
                made["l2"] = gr.Number(first.l2, label=s("l2"), step=0.0001, min_width=100)
            made["slope"] = gr.Slider(0, 1, first.slope, step=0.01, label=s("slope"))
            made["forget_bias"] = gr.Slider(-5, 10, first.forget_bias, step=0.5, label=s("forget_bias"))
            made["precision"] = gr.Radio(["float64", "float32"], value=first.precision, label=s("precision"))
    return made
