"""How good the models are: what the cards say."""

from __future__ import annotations

from hub.card import Card
from hub.demos.classification.strings import STRINGS
from hub.ui import html
from hub.ui.strings import Language


def metrics_html(card: Card, language: Language) -> str:
    """Our figures, measured on the ONNX files, and the published ones beside them."""
    if not card.metrics:
        return html.empty(STRINGS.say("no_metrics", language))
    rows: list[list[html.Cell]] = []
    for metric in card.metrics:
        beside = [
            entry
            for entry in card.published
            if entry.metric == metric.metric and entry.dataset in (metric.dataset, metric.head)
        ]
        shown = beside if metric.split == "test" else []
        rows.append(
            [
                " · ".join(filter(None, (metric.dataset, metric.head))),
                metric.split,
                metric.metric,
                metric.variant,
                " ".join(filter(None, (metric.shown, metric.unit.sign))),
                html.Raw("<br>".join(f"{entry.shown} {html.text_of(entry.system)}" for entry in shown) or "–"),
                ", ".join(dict.fromkeys(entry.source for entry in shown)),
            ]
        )
    keys = ("dataset", "split", "metric", "bundle", "ours", "published", "source")
    return html.table([STRINGS.say(key, language) for key in keys], rows, STRINGS.say("metrics", language), [4])
