"""HTML of the tab: what is taken, what can be, the list with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr
import numpy as np

from hub.demos.recommender.strings import STRINGS
from hub.tasks import funnel as task
from hub.tasks.funnel import Catalogue
from hub.ui import html
from hub.ui.html import Raw
from hub.ui.strings import Language

SHOWN_CHANNELS = 3  # of an item
SHOWN_GROUPS = 3
DELIMITERS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def formulas(elem_id: str) -> gr.Markdown:
    """A place for formulas."""
    return gr.Markdown(latex_delimiters=DELIMITERS, elem_id=elem_id)


def button(item: int, title: str, label: str, sign: str) -> str:
    """A thing that can be clicked."""
    name = html.text_of(title)
    return (
        f"<button class='chip pick' data-pick={item} aria-label='{html.text_of(label)}: {name}'>{name} {sign}</button>"
    )


def picks(catalogue: Catalogue, items: Sequence[int], label: str, sign: str, none: str) -> str:
    """Things in a row."""
    if not items:
        return f"<p class=note>{html.text_of(none)}</p>"
    return f"<div class=chips>{''.join(button(item, catalogue.titles[item], label, sign) for item in items)}</div>"


def listed(shop: task.Shop, done: task.Funnelled, language: Language) -> str:
    """The last list, each thing with its reasons."""
    say = STRINGS.say
    catalogue, pool = shop.catalogue, done.pool.some(done.final)
    spoken = task.speakers(shop, done.taken, pool.items.tolist())
    shares = task.shares(shop, done.taken, pool) if len(pool) else None
    rows: list[list[html.Cell]] = []
    for place, item in enumerate(pool.items.tolist()):
        channels = task.found_by(shop, pool, place)
        found = [
            say("found_at", language, channel=say(f"channel_{one.channel}", language), rank=one.rank)
            for one in channels
        ]
        told = ", ".join(found[:SHOWN_CHANNELS]) + (f" +{len(found) - SHOWN_CHANNELS}" if len(found) > 3 else "")
        because = spoken[place]
        assert shares is not None
        rows.append(
            [
                place + 1,
                Raw(button(item, catalogue.titles[item], say("take", language), "+")),
                f"{catalogue.prices[item]:.2f}",
                told or say("channel_own", language),
                "–" if because is None else catalogue.titles[because],
                f"{100 / (1 + np.exp(-shares.logits[place])):.1f} %",
                told_shares(shop, shares.shares[place], language),
            ]
        )
    keys = ("place", "thing", "price", "found_by", "because", "probability", "shares")
    return html.table([say(key, language) for key in keys], rows, numbers=(0, 2, 5), stacked=True)


def told_shares(shop: task.Shop, shares: np.ndarray, language: Language) -> str:
    """The groups of features that move a score most, with what they add to its logit."""
    order = np.argsort(-np.abs(shares))[:SHOWN_GROUPS]
    return ", ".join(f"{STRINGS.say(f'group_{shop.funnel.groups[one]}', language)} {shares[one]:+.2f}" for one in order)
