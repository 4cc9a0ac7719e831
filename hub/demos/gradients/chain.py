"""The chain of the notes, x → z → y: the gradient as a product of factors, one a unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.demos.gradients.pictures import COLOURS, LOG, drawable, number
from hub.demos.gradients.strings import STRINGS
from hub.errors import HubError
from hub.tasks import gradients as task
from hub.ui import figures, html
from hub.ui.context import readable
from hub.ui.pictures import Picture, Trace, picture, sent
from hub.ui.strings import Language, language_of
from hub.ui.turns import LIVE, QUIET, Turns

ENDS = 4  # factors that are written out at each end of a long chain
STRONG = 8.0  # the weight at which a sigmoid is shown to saturate, and to explode


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
    """∂C/∂b₁ written out: the error, g′(z₁), and the factor of every later unit; of a long chain, the first "
    "and last."""
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


@dataclass(frozen=True)
class Example:
    """A chain to click: its key among the strings, and the settings."""

    key: str
    activation: str
    depth: int
    weight: float
    bias: float = 0.0
    x: float = 1.0


def examples() -> list[Example]:
    """Chains to click; the bias at which a sigmoid explodes is computed."""
    bias, x = task.exploding(STRONG) or (0.0, 1.0)
    return [
        Example("chain_fades", "sigmoid", 20, 1.0),
        Example("chain_stuck", "sigmoid", 20, STRONG),
        Example("chain_bursts", "sigmoid", 20, STRONG, bias, x),
        Example("chain_grows", "relu", 20, 1.5),
        Example("chain_keeps", "relu", 20, 1.0),
    ]


def titles(language: Language) -> list[list[str]]:
    """What the examples say, as gr.Dataset takes it."""
    return [
        [STRINGS.say(each.key, language, weight=f"{each.weight:g}", bias=f"{each.bias:g}".replace("-", "−"))]
        for each in examples()
    ]


def draw(bundle: Bundle, turns: Turns) -> gr.Dataset:
    """Draw the view and wire its events; the examples are named by the load of the page."""
    s = STRINGS
    with gr.Tab(s("chain"), id="chain") as tab:
        gr.HTML(f"<p class=note>{s('chain_note')}</p>", elem_id="chain-note")
        with gr.Row(elem_classes="lab-view"):
            with gr.Column(scale=3, min_width=250, elem_classes="lab-side"):
                chosen = gr.Dataset(
                    components=[gr.Textbox(visible=False)], samples=titles("en"), label=s("chain_examples"),
                    type="index", elem_id="chain-examples", samples_per_page=len(examples()),
                )  # fmt: skip
                activation = gr.Radio(
                    list(task.CHAINS), value="sigmoid", label=s("activation"), elem_id="chain-activation", min_width=200
                )
                burst = gr.Button(s("chain_burst"), elem_id="chain-burst", size="md", visible=False)
            with gr.Column(scale=10, min_width=320):
                with gr.Row():
                    most = limits.MAX_LAB_DEPTH
                    depth = gr.Slider(2, most, 20, step=1, label=s("chain_depth"), elem_id="chain-depth", min_width=150)
                    weight = gr.Slider(
                        -8, 8, 1, step=0.1, label=s("chain_weight"), elem_id="chain-weight", min_width=150
                    )
                    bias = gr.Slider(-4, 4, 0, step=0.05, label=s("chain_bias"), elem_id="chain-bias", min_width=150)
                    x = gr.Slider(-4, 4, 1, step=0.1, label=s("chain_x"), elem_id="chain-x", min_width=150)
                said = gr.HTML(elem_id="chain-said")
                plot = gr.Plot(show_label=False, elem_id="gradient-chain", visible=False)
                gr.HTML(figures.save_links("gradient-chain", "gradient-chain"), elem_classes="save-links")
                text = gr.HTML(elem_id="chain-text")

    def chained(activation: str, depth: int, weight: float, bias: float, x: float, request: gr.Request) -> list[Any]:
        language = language_of(request)
        try:
            found = task.chain(bundle, activation, int(depth), weight, bias, x)
        except HubError as error:
            raise readable(error) from None
        wanted = task.exploding(weight) if activation == "sigmoid" else None
        return [
            gr.Plot(value=sent(chain_figure(found, language), "gradient-chain"), visible=True),
            verdict(found, activation, weight, language) + factors_html(found, language),
            chain_html(found, weight, language),
            gr.Button(visible=wanted is not None and wanted != (bias, x)),
        ]

    def example(index: int) -> list[Any]:
        chosen = examples()[index]
        return [chosen.activation, chosen.depth, chosen.weight, chosen.bias, chosen.x]

    inputs: list[Any] = [activation, depth, weight, bias, x]
    outputs = [plot, said, text, burst]
    newest = turns.newest(chained, "chain", len(outputs), yields=True)
    for listener in (*(component.change for component in inputs), tab.select):
        listener(newest, inputs, outputs, **LIVE)
    chosen.click(example, chosen, inputs, **QUIET)
    burst.click(lambda weight: task.exploding(weight) or (gr.skip(), gr.skip()), weight, [bias, x], **QUIET)
    return chosen
