"""The chain of the notes, x → z → y: the gradient as a product of factors, one a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.demos.gradients.pictures import COLOURS, drawable, number
from hub.demos.gradients.strings import STRINGS
from hub.errors import HubError
from hub.tasks import gradients as task
from hub.ui import figures, html
from hub.ui.context import readable
from hub.ui.strings import Language, language_of
from hub.ui.turns import LIVE, Turns

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def chain_figure(found: task.ChainResult, language: Language) -> Figure:
    """∂C/∂b of each unit: measured, by multiplying, and its bound."""
    from plotly.graph_objects import Figure, Scatter

    units = list(range(1, len(found.gradient) + 1))
    figure = Figure()
    if found.bound is not None:
        figure.add_trace(
            Scatter(
                x=units, y=drawable(found.bound), name=STRINGS.say("chain_bound", language), mode="lines",
                line={"color": "#999999", "dash": "dash", "width": 2},
            )
        )  # fmt: skip
    figure.add_trace(
        Scatter(
            x=units, y=drawable(np.abs(found.gradient)), name=STRINGS.say("chain_measured", language), mode="lines",
            line={"color": COLOURS["a"], "width": 3},
        )
    )  # fmt: skip
    figure.add_trace(
        Scatter(
            x=units, y=drawable(np.abs(found.products)), name=STRINGS.say("chain_product", language), mode="markers",
            marker={"color": COLOURS["b"], "size": 6, "symbol": "circle-open"},
        )
    )  # fmt: skip
    figure.update_yaxes(type="log", exponentformat="power", title="|∂C/∂b|", nticks=8)
    figure.update_xaxes(title=STRINGS.say("chain_unit", language))
    return figures.layout(figure, 360)


def chain_html(found: task.ChainResult, weight: float, language: Language) -> str:
    """What the chain shows, in words and as a table."""
    scale = np.maximum(np.abs(found.gradient), 1e-300)
    difference = float((np.abs(found.products - found.gradient) / scale).max())
    gradient = number(float(found.gradient[0]))
    if found.bound is not None:
        text = STRINGS.say("chain_below", language, gradient=gradient, bound=abs(weight) / 4, difference=difference)
    else:
        low, high = number(float(found.factors.min())), number(float(found.factors.max()))
        text = STRINGS.say("chain_plain", language, gradient=gradient, low=low, high=high, difference=difference)
    large = html.note(STRINGS.say("chain_large", language), "warn") if np.abs(found.factors[1:]).min() > 1 else ""
    headers: list[html.Cell] = [
        STRINGS.say("chain_unit", language), "y", "g′(z)", STRINGS.say("factor", language),
        STRINGS.say("chain_measured", language), STRINGS.say("chain_product", language),
    ]  # fmt: skip
    rows: list[list[html.Cell]] = [
        [index + 1, *(number(float(values[index])) for values in
         (found.values, found.slopes, found.factors, found.gradient, found.products))]
        for index in range(len(found.values))
    ]  # fmt: skip
    return (
        html.note(text, "notice")
        + large
        + html.details(STRINGS.say("values", language), html.table(headers, rows, "", range(1, 6)))
    )


def draw(bundle: Bundle, turns: Turns) -> gr.Tab:
    """Draw the view and wire its events."""
    s = STRINGS
    with gr.Tab(s("chain"), id="chain") as tab:
        gr.HTML(f"<p class=note>{s('chain_note')}</p>")
        with gr.Row():
            activation = gr.Radio(
                list(task.CHAINS), value="sigmoid", label=s("activation"), elem_id="chain-activation", min_width=200
            )
            depth = gr.Slider(2, limits.MAX_LAB_DEPTH, 20, step=1, label=s("chain_depth"), elem_id="chain-depth")
        with gr.Row():
            weight = gr.Slider(-8, 8, 1, step=0.1, label=s("chain_weight"), elem_id="chain-weight", min_width=160)
            bias = gr.Slider(-4, 4, 0, step=0.1, label=s("chain_bias"), min_width=160)
            x = gr.Slider(-4, 4, 1, step=0.1, label=s("chain_x"), min_width=160)
        plot = gr.Plot(show_label=False, elem_id="gradient-chain", visible=False)
        gr.HTML(figures.save_links("gradient-chain", "gradient-chain"))
        text = gr.HTML(elem_id="chain-text")

    def chained(activation: str, depth: int, weight: float, bias: float, x: float, request: gr.Request) -> list[Any]:
        language = language_of(request)
        try:
            found = task.chain(bundle, activation, int(depth), weight, bias, x)
        except HubError as error:
            raise readable(error) from None
        return [gr.Plot(value=chain_figure(found, language), visible=True), chain_html(found, weight, language)]

    inputs: list[Any] = [activation, depth, weight, bias, x]
    outputs = [plot, text]
    newest = turns.newest(chained, "chain", len(outputs), yields=True)
    for listener in (*(component.change for component in inputs), tab.select):
        listener(newest, inputs, outputs, **LIVE)
    return tab
