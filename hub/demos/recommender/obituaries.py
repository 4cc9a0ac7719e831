"""Obituaries: what real buyers bought later, and at which stage of the funnel each thing was lost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Annotated, Any

import gradio as gr
import numpy as np
from pydantic import Field

from hub.bundle import Bundles
from hub.demos.recommender import figures
from hub.demos.recommender.strings import STRINGS
from hub.tasks import funnel as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

LISTED = 40  # purchases of a user that are told one by one
HISTORY = 12


class Settings(settings.Settings):
    """Who, what each stage keeps, and who does its work."""

    user: Annotated[int, Field(ge=1, le=10_000), Control(kind=gr.Number, live=True)] = 1
    recall: Annotated[int, Field(ge=20, le=300), Control(step=20, live=True)] = 300
    coarse: Annotated[int, Field(ge=10, le=300), Control(step=10, live=True)] = 100
    fine: Annotated[int, Field(ge=10, le=100), Control(step=5, live=True)] = 30
    by_recall: Annotated[task.How, Control(kind=gr.Radio, live=True)] = "model"
    by_coarse: Annotated[task.How, Control(kind=gr.Radio, live=True)] = "model"
    by_fine: Annotated[task.How, Control(kind=gr.Radio, live=True)] = "model"

    @property
    def stages(self) -> task.Stages:
        """As the replay takes them."""
        by = {"recall": self.by_recall, "coarse": self.by_coarse, "fine": self.by_fine}
        return task.Stages(self.recall, self.coarse, self.fine, by=by)


def show(bundles: Bundles, settings: Settings, language: Language) -> dict[str, Any]:
    """One buyer, and all."""
    bundle = bundles.first(task.TASK)
    shop, replay = task.shop_of(bundle), task.replay_of(bundle)
    user = (settings.user - 1) % len(replay)
    found = task.rerun(replay, shop.catalogue, settings.stages)
    plain = task.rerun(replay, shop.catalogue, task.Stages())
    say = partial(STRINGS.say, language=language)
    losses = found.losses()
    rows = [say("of_user", number=user + 1), say("of_all", count=len(replay))]
    parts = [
        (say(f"cause_{cause}"), [float(losses[cause][user]), float(losses[cause].mean())]) for cause in task.CAUSES
    ]
    return {
        "said": html.note(summary(found, plain, language), "notice"),
        "shares": pictures.sent(figures.stacked(rows, parts, say("shares_axis")), "obituaries"),
        "history": history(shop, replay, user, language),
        "fates": fates(shop, replay, found, settings, user, language),
    }


def summary(found: task.Replayed, plain: task.Replayed, language: Language) -> str:
    """The figures of all buyers, and how they differ from the funnel as it is."""
    kept = {f"after_{stage}": 100 * float(shares.mean()) for stage, shares in found.kept.items()}
    values = {"ndcg": float(found.ndcg.mean()), "change": float(found.ndcg.mean() - plain.ndcg.mean()), **kept}
    return STRINGS.say("replay_said", language, **values)


def history(shop: task.Shop, replay: task.Replay, user: int, language: Language) -> str:
    """What the buyer had taken, the newest first."""
    taken = replay.taken(user)
    titles = ", ".join(shop.catalogue.titles[item] for item in taken.items[::-1][:HISTORY].tolist())
    more = len(taken.items) - HISTORY
    key = "history_more" if more > 0 else "history"
    repeated = STRINGS.say("repeated", language, count=int(replay.repeated[user]))
    return html.note(f"{STRINGS.say(key, language, titles=titles, more=more)} {repeated}")


def fates(
    shop: task.Shop, replay: task.Replay, found: task.Replayed, settings: Settings, user: int, language: Language
) -> str:
    """A line for each purchase: how far it came, and where it was lost."""
    say = partial(STRINGS.say, language=language)
    bought = np.flatnonzero(replay.bought[user])
    causes = found.causes[user, bought]
    order = np.argsort(-causes, kind="stable")[:LISTED]
    models = all(how == "model" for how in (settings.by_recall, settings.by_coarse, settings.by_fine))
    rows: list[list[html.Cell]] = []
    for item, cause in zip(bought[order].tolist(), causes[order].tolist(), strict=True):
        name = task.CAUSES[cause]
        ranks = ranks_of(replay, user, item) if models else (None, None, None)
        rows.append([shop.catalogue.titles[item], say(f"cause_{name}"), *ranks])
    keys = ("bought", "fate", "rank_recall", "rank_coarse", "rank_fine")
    title = say("fates_title", number=user + 1, count=len(bought), shown=len(rows))
    return html.table([say(key) for key in keys], rows, title, numbers=(2, 3, 4), stacked=True)


def ranks_of(replay: task.Replay, user: int, item: int) -> tuple[int | None, int | None, int | None]:
    """Where the merged channels, the coarse and the fine ranker have it among all candidates that are kept, from 1."""
    places = np.flatnonzero(replay.pool[user] == item)
    if not len(places):
        return None, None, None
    place = int(places[0])
    coarse, fine = (int((some[user] > some[user, place]).sum()) + 1 for some in (replay.coarse, replay.fine))
    return place + 1, coarse, fine


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.examples(elem_id="obituaries-examples")
    with gr.Row():
        kit.control("user", precision=0, minimum=1, elem_id="obituaries-user", min_width=140)
        for name in ("recall", "coarse", "fine"):
            kit.control(name, elem_id=f"obituaries-{name}", min_width=200)
    with gr.Row():
        for name in ("by_recall", "by_coarse", "by_fine"):
            kit.control(name, elem_id=f"obituaries-{name}", min_width=240)
    kit.html("said")
    kit.plot("shares", "obituaries-shares")
    kit.look("obituaries_look")
    kit.html("history")
    kit.html("fates")


def examples(scene: Scene) -> Sequence[Example]:
    """Switches to try."""
    plain = {"by_recall": "model", "by_coarse": "model", "by_fine": "model", "recall": 300, "coarse": 100, "fine": 30}
    return [
        Example(("The funnel as it is", "原样的漏斗"), plain),
        Example(("Recall that knows", "先知的召回"), {**plain, "by_recall": "oracle"}),
        Example(("A fine ranker that knows", "先知的精排"), {**plain, "by_fine": "oracle"}),
        Example(("A coarse ranker at random", "随机的粗排"), {**plain, "by_coarse": "random"}),
        Example(("No coarse ranking", "不做粗排"), {**plain, "coarse": 300}),
    ]


def start(bundles: Bundles, scene: Scene) -> Settings:
    """A buyer whose purchases have met several fates."""
    bundle = bundles.first(task.TASK)
    return Settings(user=_telling(task.replay_of(bundle), task.shop_of(bundle).catalogue) + 1)


@lru_cache(maxsize=4)
def _telling(replay: task.Replay, catalogue: task.Catalogue) -> int:
    found = task.rerun(replay, catalogue, task.Stages())
    fates = np.array([len(np.unique(row[row >= 0])) for row in found.causes])
    few = (found.causes >= 0).sum(1) <= LISTED // 2
    return int(np.argmax(np.where(few, fates, 0)))


def view(bundles: Bundles) -> View:
    """The view, of the shop."""
    return View("obituaries", Settings, draw, partial(show, bundles), start=partial(start, bundles), examples=examples)
