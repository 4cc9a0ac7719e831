"""The quarrel about metrics: the same models by other ways to measure, beside what was published."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from hub.bundle import Bundles
from hub.demos.recommender import figures
from hub.demos.recommender.strings import STRINGS
from hub.tasks import funnel as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Kit, View

PROTOCOLS = ("full", "sampled", "sampled_popular", "random_split", "leaked", "by_number")
Measure = Literal["hit", "ndcg"]
# (protocol, model, Recall@10, NDCG@10) of BERT4Rec on MovieLens-1M by one program: asash/bert4rec_repro, README.
PUBLISHED = (("sampled", 0.8039, 0.6008), ("sampled_popular", 0.6975, 0.4751), ("last", 0.2821, 0.1516))
# (model, HR@10, NDCG@10), MovieLens-1M, the last item, all items ranked: Klenitskiy and Vasilev 2023.
LOSSES = (("SASRec, BCE", 0.2500, 0.1341), ("BERT4Rec", 0.2843, 0.1537), ("SASRec, CE", 0.3152, 0.1821))


class Settings(settings.Settings):
    """Which figure."""

    measure: Annotated[Measure, Control(live=True)] = "hit"


def show(bundles: Bundles, settings: Settings, language: Language) -> dict[str, Any]:
    """All protocols."""
    rows = task.tables_of(bundles.first(task.TASK)).protocols
    say = partial(STRINGS.say, language=language)
    models = list(dict.fromkeys(row.model for row in rows))
    found = {(row.protocol, row.model): getattr(row, settings.measure) for row in rows}
    shown = [name for name in PROTOCOLS if any(protocol == name for protocol, _ in found)]
    sides = [(say(f"model_{model}"), [found.get((protocol, model)) for protocol in shown]) for model in models]
    cells: list[list[html.Cell]] = [
        [say(f"protocol_{protocol}"), *(_number(found.get((protocol, model))) for model in models),
         say(f"wrong_{protocol}")]
        for protocol in shown
    ]  # fmt: skip
    headers = [say("protocol"), *(say(f"model_{model}") for model in models), say("wrong")]
    published: list[list[html.Cell]] = [
        [say(f"protocol_{protocol}"), f"{recall:.4f}", f"{ndcg:.4f}"] for protocol, recall, ndcg in PUBLISHED
    ]
    losses: list[list[html.Cell]] = [[name, f"{hit:.4f}", f"{ndcg:.4f}"] for name, hit, ndcg in LOSSES]
    figures_of = [say("protocol"), "Recall@10", "NDCG@10"]
    names = [say(f"protocol_{protocol}") for protocol in shown]
    return {
        "bars": pictures.sent(figures.grouped(names, sides, say(f"{settings.measure}_axis")), "protocols"),
        "table": html.table(headers, cells, say(f"{settings.measure}_axis"), range(1, len(models) + 1), stacked=True),
        "published": html.table(figures_of, published, say("published_title"), (1, 2))
        + html.table([say("loss"), "HR@10", "NDCG@10"], losses, say("losses_title"), (1, 2)),
    }


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.control("measure", elem_id="quarrel-measure")
    kit.plot("bars", "quarrel-bars")
    kit.look("quarrel_look")
    kit.html("table")
    kit.html("published")


def view(bundles: Bundles) -> View:
    """The view, of the shop."""
    return View("quarrel", Settings, draw, partial(show, bundles))
