"""Re-ranking: the same list before and after a rule, and what the rule costs over all buyers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from hub.bundle import Bundles
from hub.demos.recommender import figures
from hub.demos.recommender.examples import BASKETS, items_of
from hub.demos.recommender.funnel import said, shop_of, taken_of
from hub.demos.recommender.strings import RERANK, STRINGS
from hub.demos.recommender.words import formulas
from hub.tasks import funnel as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View


class Settings(settings.Settings):
    """What was taken, and the rule."""

    items: str = ""
    rule: Annotated[task.RuleName, Control(live=True)] = "dpp"
    diversity: Annotated[float, Field(ge=0, le=1), Control(step=0.05, live=True)] = 0.5


def show(bundles: Bundles, settings: Settings, language: Language) -> dict[str, Any]:
    """Both lists, and the front."""
    shop = shop_of(bundles)
    taken = task.Taken.now(taken_of(shop, settings.items))
    before = task.recommend(shop, taken, task.Settings(rule="none"))
    after = task.recommend(shop, taken, task.Settings(rule=settings.rule, diversity=settings.diversity))
    say = partial(STRINGS.say, language=language)
    front = task.tables_of(bundles.first(task.TASK)).frontier
    known = task.titled(shop.catalogue, taken.items.tolist())
    titles = {item: shop.catalogue.titles[item] for item in (*before.items.tolist(), *after.items.tolist())}
    return {
        "taken": html.note(say("taken", titles=", ".join(known)) if known else say("nothing_taken")),
        "moves": pictures.sent(
            figures.moves(before.items.tolist(), after.items.tolist(), titles, (say("before"), say("after"))), "moves"
        ),
        "lists": lists(shop, before, after, language),
        "front": pictures.sent(
            figures.front(
                [
                    (say(rule), [(row.distance, row.ndcg, row.weight) for row in front if row.rule == rule])
                    for rule in task.RULES
                ],
                say("distance_axis"), say("ndcg_axis"), say("diversity"),
            ),
            "front",
        ),
        "formulas": RERANK[language],
    }  # fmt: skip


def lists(shop: task.Shop, before: task.Funnelled, after: task.Funnelled, language: Language) -> str:
    """How spread both lists are."""
    say = partial(STRINGS.say, language=language)
    rows: list[list[html.Cell]] = []
    for key, done in (("before", before), ("after", after)):
        found = task.offered(shop, done.taken, done.items, done.fine[: len(done.items)])
        kinds = sorted({shop.catalogue.kind_names[kind] for kind in found.kinds.tolist()})
        rows.append([say(key), f"{task.distance(found.similarity):.3f}", len(kinds), ", ".join(kinds)])
    return html.table([say(one) for one in ("list", "distance", "kinds", "which")], rows, numbers=(1, 2), stacked=True)


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.examples(elem_id="rerank-examples")
    kit.html("taken")
    kit.control("items", visible="hidden")
    kit.control("rule", elem_id="rerank-rule")
    kit.control("diversity", elem_id="rerank-diversity")
    kit.plot("moves", "rerank-moves")
    kit.html("lists")
    kit.look("rerank_look")
    kit.plot("front", "rerank-front")
    kit.output("formulas", formulas("rerank-formulas"))


def start(bundles: Bundles, scene: Scene) -> Settings:
    """A basket of one kind."""
    return Settings(items=said(items_of(shop_of(bundles).catalogue, BASKETS[3][1])))


def examples(bundles: Bundles, scene: Scene) -> Sequence[Example]:
    """The baskets."""
    catalogue = shop_of(bundles).catalogue
    return [Example(title, {"items": said(items_of(catalogue, parts))}) for title, parts in BASKETS]


def view(bundles: Bundles) -> View:
    """The view, of the shop."""
    return View(
        "rerank", Settings, draw, partial(show, bundles), start=partial(start, bundles),
        examples=partial(examples, bundles),
    )  # fmt: skip
