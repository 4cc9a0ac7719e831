"""Channels of recall side by side: what each finds, what only it finds, and what is lost without it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import gradio as gr
import numpy as np

from hub.bundle import Bundles
from hub.demos.recommender import figures, growth
from hub.demos.recommender.strings import CHANNELS, STRINGS
from hub.demos.recommender.words import formulas
from hub.tasks import funnel as task
from hub.tasks.funnel.tables import ChannelRow
from hub.tasks.intervals import Interval
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Kit, View

CUTS = ("10", "50", "100", "200")  # in the order of the table


class Settings(settings.Settings):
    """How many of a channel are looked at."""

    cut: Annotated[Literal["10", "50", "100", "200"], Control(live=True)] = "200"


def show(bundles: Bundles, settings: Settings, language: Language) -> dict[str, Any]:
    """All channels."""
    bundle = bundles.first(task.TASK)
    rows, found = task.tables_of(bundle).channels, task.tables_of(bundle)
    say = partial(STRINGS.say, language=language)
    place = CUTS.index(settings.cut)
    own = [row for row in rows if row.overlap]
    names = [named(row, language) for row in rows]
    values = [row.recall[place] for row in rows]
    best = max(own, key=lambda row: row.recall[place].value)
    merged = next(row for row in rows if row.name == "merged")
    matrix = np.array([row.overlap for row in own])
    return {
        "said": html.note(
            say("channels_said", best=named(best, language), share=100 * best.recall[place].value, cut=settings.cut,
                merged=100 * merged.recall[place].value), "notice",
        ),
        "recall": pictures.sent(figures.intervals(names, values, say("recall_axis", cut=settings.cut)), "recall"),
        "table": table(rows, place, language),
        "overlap": pictures.sent(
            figures.overlaps(matrix, [named(row, language) for row in own], say("overlap_of")), "overlap"
        ),
        "groups": groups(found, language),
        **larger(growth.read(growth.FILE), language),
        "formulas": CHANNELS[language],
    }  # fmt: skip


def larger(found: growth.Growth | None, language: Language) -> dict[str, Any]:
    """What recall costs in a larger shop, where that has been measured."""
    return {
        "growth_said": growth.told(found, language),
        "growth": gr.Plot(visible=False) if found is None else pictures.sent(growth.drawn(found, language), "growth"),
        "growth_table": "" if found is None else growth.table(found, language),
    }


def named(row: ChannelRow, language: Language) -> str:
    """The title of a channel."""
    return STRINGS.say(f"channel_{row.name}", language)


def percent(found: Interval | None, sign: bool = False) -> str | None:
    """A mean in percent, with half its interval."""
    if found is None:
        return None
    return f"{100 * found.value:{'+' if sign else ''}.1f} ± {50 * (found.high - found.low):.1f}"


def table(rows: tuple[ChannelRow, ...], place: int, language: Language) -> str:
    """A row for each."""
    say = partial(STRINGS.say, language=language)
    cells: list[list[html.Cell]] = [
        [
            named(row, language),
            percent(row.recall[place]),
            f"{row.ndcg.value:.4f}",
            f"{100 * row.unique:.1f}" if row.overlap else None,
            percent(row.left_out, sign=True),
            f"{100 * row.coverage:.0f}",
            f"{row.novelty:.2f}",
        ]
        for row in rows
    ]
    keys = ("channel", "recall_at", "ndcg_at", "unique", "left_out", "coverage", "novelty")
    headers = [STRINGS.say(key, language, cut=CUTS[place]) for key in keys]
    return html.table(headers, cells, say("channels_table"), range(1, 7), stacked=True)


def groups(found: task.Tables, language: Language) -> str:
    """New users, new items, and what is bought again."""
    say = partial(STRINGS.say, language=language)
    rows: list[list[html.Cell]] = [
        [say(f"users_{row.name}"), f"{row.users:,}", percent(row.recall), f"{row.ndcg.value:.4f}"]
        for row in found.groups
    ]
    headers = [say(key) for key in ("for_whom", "users", "recall_merged", "ndcg_funnel")]
    return html.table(headers, rows, say("groups_table"), (1, 2, 3), stacked=True)


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.control("cut", elem_id="channels-cut")
    kit.html("said")
    kit.plot("recall", "channels-recall")
    kit.look("channels_look")
    kit.html("table")
    kit.plot("overlap", "channels-overlap")
    kit.html("groups")
    kit.html("growth_said")
    kit.plot("growth", "channels-growth")
    kit.html("growth_table")
    kit.output("formulas", formulas("channels-formulas"))


def view(bundles: Bundles) -> View:
    """The view, of the shop."""
    return View("channels", Settings, draw, partial(show, bundles))
