"""The chain of the notes, x → z → y: the gradient as a product of factors, one a unit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal

import gradio as gr
import numpy as np
from pydantic import Field

from hub import limits
from hub.bundle import Bundle
from hub.demos.gradients.examples import CHAINS, Chain
from hub.demos.gradients.figures import COLOURS, LOG, drawable, number
from hub.demos.gradients.strings import STRINGS
from hub.tasks import gradients as task
from hub.ui import figures, html, settings
from hub.ui.pictures import Picture, Trace, picture, sent
from hub.ui.settings import Control
from hub.ui.strings import LANGUAGES, Language
from hub.ui.view import STAND, Example, Kit, Scene, View

ENDS = 4  # factors that are written out at each end of a long chain


class Settings(settings.Settings):
    """The chain: one unit a layer, the same weight and bias everywhere."""

    activation: Annotated[Literal["sigmoid", "tanh", "relu"], Control(kind=gr.Radio, live=True)] = "sigmoid"
    depth: Annotated[int, Field(ge=2, le=limits.MAX_LAB_DEPTH), Control(label="chain_depth", step=1, live=True)] = 20
    weight: Annotated[float, Field(ge=-8, le=8), Control(label="chain_weight", step=0.1, live=True)] = 1.0
    bias: Annotated[float, Field(ge=-4, le=4), Control(label="chain_bias", step=0.05, live=True)] = 0.0
    x: Annotated[float, Field(ge=-4, le=4), Control(label="chain_x", step=0.1, live=True)] = 1.0


def chain_figure(found: task.ChainResult, language: Language) -> Picture:
    """∂C/∂b of each unit: measured, by multiplying, and its bound."""
    units = list(range(1, len(found.gradient) + 1))

    def trace(values: np.ndarray, key: str, mode: str, **style: Any) -> Trace:
        name = STRINGS.say(key, language)
        return {"type": "scatter", "x": units, "y": drawable(values), "name": name, "mode": mode, **style}

    traces = []
    if found.bound is not None:
        traces.append(trace(found.bound, "chain_bound", "lines", line={"color": "#999999", "dash": "dash", "width": 2}))
    traces += [
        trace(np.abs(found.gradient), "chain_measured", "lines", line={"color": COLOURS["a"], "width": 3}),
        trace(np.abs(found.products), "chain_product", "markers",
              marker={"color": COLOURS["b"], "size": 6, "symbol": "circle-open"}),
    ]  # fmt: skip
    return picture(traces, STRINGS.say("chain_unit", language), "|∂C/∂b|", 300, yaxis=LOG)


def factors_html(found: task.ChainResult, language: Language) -> str:
    """∂C/∂b₁ written out: the error, g′(z₁), and the factor of every later unit; of a long chain, the first
    and the last."""
    factors = found.factors[1:].tolist()
    shown: list[float | None] = [*factors]
    if len(factors) > 2 * ENDS:
        shown = [*factors[:ENDS], None, *factors[-ENDS:]]
    parts = [f"<b>{number(float(found.values[-1]))}</b>", f"<b>{number(float(found.slopes[0]))}</b>"]
    parts += [
        f"<i>… {len(factors) - 2 * ENDS} …</i>" if factor is None
        else f"<b class={'up' if abs(factor) > 1 else 'down'}>{number(factor)}</b>"
        for factor in shown
    ]  # fmt: skip
    said = STRINGS.say("chain_written", language)
    return f"<p class=chain-factors><span>{said}</span> {' × '.join(parts)} = {number(float(found.gradient[0]))}</p>"


def verdict(found: task.ChainResult, activation: str, weight: float, language: Language) -> str:
    """Whether the gradient explodes, vanishes, or could explode if the sigmoid did not saturate."""
    factors = np.abs(found.factors[1:])
    if factors.min() > 1:
        return html.note(STRINGS.say("chain_large", language, low=number(float(factors.min()))), "warn")
    if activation == "sigmoid" and abs(weight) > 4:
        bias = task.exploding(weight)
        assert bias is not None
        said = STRINGS.say(
            "chain_saturates", language, weight=f"{weight:g}", largest=number(abs(weight) / 4), bias=f"{bias[0]:g}",
            value=number(float(found.values[-1])), slope=number(float(found.slopes[-1])),
            factor=number(float(found.factors[-1])),
        )  # fmt: skip
        return html.note(said, "warn")
    return html.note(STRINGS.say("chain_vanishes", language)) if factors.max() < 1 else ""


def chain_html(found: task.ChainResult, weight: float, language: Language) -> str:
    """How far the product is from what was measured, and all values as a table."""
    scale = np.maximum(np.abs(found.gradient), 1e-300)
    difference = number(float((np.abs(found.products - found.gradient) / scale).max()))
    gradient = number(float(found.gradient[0]))
    if found.bound is not None:
        text = STRINGS.say("chain_below", language, gradient=gradient, bound=abs(weight) / 4, difference=difference)
    else:
        low, high = number(float(found.factors.min())), number(float(found.factors.max()))
        text = STRINGS.say("chain_plain", language, gradient=gradient, low=low, high=high, difference=difference)
    headers: list[html.Cell] = [
        STRINGS.say("chain_unit", language), "y", "g′(z)", STRINGS.say("factor", language),
        STRINGS.say("chain_measured", language), STRINGS.say("chain_product", language),
    ]  # fmt: skip
    rows: list[list[html.Cell]] = [
        [index + 1, *(number(float(values[index])) for values in
         (found.values, found.slopes, found.factors, found.gradient, found.products))]
        for index in range(len(found.values))
    ]  # fmt: skip
    table = html.table(headers, rows, "", range(1, 6))
    return html.note(text) + html.details(STRINGS.say("values", language), table)


def show(bundle: Bundle, settings: Settings, language: Language) -> dict[str, Any]:
    """The gradient of each unit, the product written out, and what it says."""
    bias, x = settings.bias, settings.x
    chain = task.chain(bundle, settings.activation, settings.depth, settings.weight, bias, x)
    burst = task.exploding(settings.weight) if settings.activation == "sigmoid" else None
    said = verdict(chain, settings.activation, settings.weight, language)
    return {
        "plot": gr.Plot(value=sent(chain_figure(chain, language), "gradient-chain"), visible=True),
        "said": said + factors_html(chain, language),
        "text": chain_html(chain, settings.weight, language),
        "burst": gr.Button(visible=burst is not None and burst != (bias, x)),
    }


def burst(bundle: Bundle, settings: Settings, language: Language) -> dict[str, Any]:
    """The bias and x at which a sigmoid of this weight explodes."""
    place = task.exploding(settings.weight)
    other = settings.changed(bias=place[0], x=place[1]) if place else settings
    return {**show(bundle, other, language), STAND: other}


def draw(kit: Kit) -> None:
    """Lay it out."""
    gr.HTML(f"<p class=note>{STRINGS('chain_note')}</p>", elem_id="chain-note")
    with gr.Row(elem_classes="lab-view"):
        with gr.Column(scale=3, min_width=250, elem_classes="lab-side"):
            kit.examples("chain_examples", elem_id="chain-examples", samples_per_page=len(CHAINS))
            kit.control("activation", elem_id="chain-activation", min_width=200)
            button = kit.action("burst", "chain_burst", elem_id="chain-burst", size="md", visible=False)
            kit.output("burst", button)
        with gr.Column(scale=10, min_width=320):
            with gr.Row():
                for name in ("depth", "weight", "bias", "x"):
                    kit.control(name, elem_id=f"chain-{name}", min_width=170)
            kit.html("said", "chain-said")
            kit.output("plot", gr.Plot(show_label=False, elem_id="gradient-chain", visible=False))
            gr.HTML(figures.save_links("gradient-chain", "gradient-chain"), elem_classes="save-links")
            kit.html("text", "chain-text")


def examples(scene: Scene) -> Sequence[Example]:
    """Chains to click; the place at which a sigmoid explodes is computed."""
    return [example_of(chain) for chain in CHAINS]


def example_of(chain: Chain) -> Example:
    """A chain with its title."""
    bias, x = (task.exploding(chain.weight) if chain.explodes else None) or (0.0, 1.0)
    words = {"weight": f"{chain.weight:g}", "bias": f"{bias:g}".replace("-", "−")}
    english, chinese = (STRINGS.say(chain.key, language, **words) for language in LANGUAGES)
    changes = {"activation": chain.activation, "depth": chain.depth, "weight": chain.weight, "bias": bias, "x": x}
    return Example((english, chinese), changes)


def view(bundle: Bundle) -> View:
    """The view."""
    return View(
        "chain", Settings, draw, partial(show, bundle), examples=examples, actions={"burst": partial(burst, bundle)}
    )
