"""Figures as plain records in plotly's own form, and their place on the page with links that save them.

plotly's classes check every value on the way in, which takes longer than all the mathematics of a slider's move; a
record of a list of traces and a layout goes to the browser as it is.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

import gradio as gr
import numpy as np
from gradio.components.plot import PlotData

from hub.ui import figures

Trace = dict[str, Any]
Picture = dict[str, Any]  # data: the traces, layout

GRID = "rgba(128,128,128,.25)"


def picture(traces: Iterable[Trace], across: str, up: str, height: int, **layout: Any) -> Picture:
    """A figure in the style of the page: transparent ground, the page's style sheet gives the colours of the theme.

    Args:
        across, up: titles of the axes. layout: more of plotly's layout; xaxis and yaxis are added to the page's own.
    """
    axis = {"automargin": True, "gridcolor": GRID, "zeroline": False}
    made = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 14},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 13},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        "dragmode": False,
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "#8a94a3", "activecolor": "#0072B2"},
        **layout,
        "xaxis": {**axis, "title": {"text": across}, **layout.get("xaxis", {})},
        "yaxis": {**axis, "title": {"text": up}, **layout.get("yaxis", {})},
    }
    return {"data": list(traces), "layout": made}


def binary(values: np.ndarray) -> dict[str, str]:
    """A table of numbers as plotly takes it without writing digits: float32; NaN is a gap."""
    table = np.require(values, np.float32, "C")
    text = base64.b64encode(table.tobytes()).decode()
    return {"dtype": "f4", "bdata": text, "shape": ", ".join(map(str, table.shape))}


def sent(made: Picture, name: str) -> PlotData:
    """A figure for gr.Plot, whose tool bar (pointed at, or touched) saves NAME.svg and does not advertise.

    Raises ValueError for a number that JSON does not have (NaN, infinity).
    """
    config = {
        "displaylogo": False,
        "modeBarButtonsToRemove": ["zoom2d", "pan2d", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
        "toImageButtonOptions": {"format": "svg", "filename": name},
    }
    return PlotData(type="plotly", plot=json.dumps({**made, "config": config}, allow_nan=False))


def plot(elem_id: str, links: bool = True) -> gr.Plot:
    """A place for a figure, with the links that save it below, unless `save_links` puts them elsewhere."""
    made = gr.Plot(show_label=False, elem_id=elem_id)
    if links:
        save_links(elem_id)
    return made


def save_links(elem_id: str) -> None:
    """The links that save a figure."""
    gr.HTML(figures.save_links(elem_id, elem_id), elem_classes="save-links")
