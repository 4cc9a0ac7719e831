"""Interactive figures. plotly is imported when the first one is drawn: the page does not wait for it.

Grounds are transparent, and the page's style sheet gives text and grid the colours of the theme, so a figure can be
read in the light and in the dark. Every figure stands beside a table of its values.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from hub.ui import scripts

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Okabe and Ito 2008: told apart by colour-blind eyes too.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def layout(figure: Figure, height: int) -> Figure:
    """The look of every figure, in place."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "inherit", "size": 13},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        dragmode=False,
    )
    figure.update_xaxes(automargin=True, gridcolor="rgba(128,128,128,.25)", zeroline=False)
    figure.update_yaxes(automargin=True, gridcolor="rgba(128,128,128,.25)", zeroline=False)
    return figure


def course(tokens: Sequence[str], labels: Sequence[str], probabilities: np.ndarray, kept: int = 5) -> Figure:
    """How probabilities change word by word.

    Args:
        probabilities: float (tokens, classes); only the ``kept`` classes that were ever the highest are drawn.
    """
    from plotly.graph_objects import Figure, Scatter

    strongest = np.argsort(-probabilities.max(axis=0), kind="stable")[:kept]
    figure = Figure()
    for number, column in enumerate(sorted(strongest.tolist())):
        style = {"color": PALETTE[number % len(PALETTE)], "dash": DASHES[number % len(DASHES)], "width": 2.5}
        figure.add_trace(
            Scatter(
                x=list(range(len(tokens))),
                y=probabilities[:, column].tolist(),
                name=labels[column],
                mode="lines+markers",
                line=style,
                customdata=list(tokens),
                hovertemplate="%{customdata}: %{y:.1%}<extra>" + labels[column] + "</extra>",
            )
        )
    step = max(1, len(tokens) // 40)
    ticks = list(range(0, len(tokens), step))
    figure.update_xaxes(tickvals=ticks, ticktext=[tokens[tick][:14] for tick in ticks], tickangle=-45)
    figure.update_yaxes(range=[-0.02, 1.02], tickformat=".0%")
    return layout(figure, 340)


def confusion(labels: Sequence[str], counts: Sequence[Sequence[int]], true: str, predicted: str) -> Figure:
    """Counts on a test split as a heat map; the colour is the share of the row."""
    from plotly.graph_objects import Figure, Heatmap

    table = np.asarray(counts)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    # "E" scales from dark blue to yellow: cividis, made for colour-blind eyes.
    figure = Figure(
        Heatmap(
            z=shares.tolist(),
            x=list(labels),
            y=list(labels),
            text=table.tolist(),
            texttemplate="%{text}",
            colorscale="Cividis",
            zmin=0,
            zmax=1,
            xgap=2,
            ygap=2,
            showscale=False,
            hovertemplate=f"{true}: %{{y}}<br>{predicted}: %{{x}}<br>%{{text}} (%{{z:.1%}})<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", title=true, type="category")
    figure.update_xaxes(title=predicted, type="category", side="bottom")
    return layout(figure, 130 + 34 * max(4, len(labels)))


SAVE = scripts.tag("save")


def save_links(figure: str, name: str) -> str:
    """Links under a figure that hand it to the visitor as a file; which js/save.js makes of what is seen there.

    Args:
        figure: elem_id of the gr.Plot.
        name: of the file, without its ending.
    """
    links = " ".join(
        f"<a href='#' data-figure='{escape(figure)}' data-name='{escape(name)}' data-kind={kind}>{kind.upper()}</a>"
        for kind in ("svg", "png")
    )
    return f"<p class=save>↓ {links}</p>"
