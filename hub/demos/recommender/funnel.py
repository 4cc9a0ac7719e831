"""Your funnel: take some things, and see how ten of 3,791 are chosen for you, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr
import numpy as np
from pydantic import Field

from hub import limits
from hub.bundle import Bundles
from hub.demos.recommender import figures, words
from hub.demos.recommender.examples import BASKETS, items_of
from hub.demos.recommender.strings import FUNNEL, STRINGS
from hub.tasks import funnel as task
from hub.ui import html, pictures, scripts, settings
from hub.ui.settings import Choices, Control
from hub.ui.strings import Language
from hub.ui.view import STAND, Example, Kit, Scene, View

FOUND = 12  # things that a search shows


class Settings(settings.Settings):
    """What was taken, and what each stage keeps."""

    items: str = ""  # numbers with spaces between, the newest last
    search: Annotated[str, Field(max_length=80), Control(hidden=True)] = ""
    kind: Annotated[str, Control(hidden=True)] = ""
    recall: Annotated[int, Field(ge=20, le=limits.MAX_RECALLED), Control(step=20, live=True)] = 300
    coarse: Annotated[int, Field(ge=10, le=300), Control(step=10, live=True)] = 100
    fine: Annotated[int, Field(ge=10, le=100), Control(step=5, live=True)] = 30
    rule: Annotated[task.RuleName, Control(live=True)] = "mmr"
    diversity: Annotated[float, Field(ge=0, le=1), Control(step=0.05, live=True)] = 0.2
    again: Annotated[bool, Control(live=True)] = False
    budget: Annotated[float, Field(ge=0.4, le=2), Control(step=0.1, hidden=True)] = 2
    asked: str = ""  # channels that are asked, names with spaces between; none: all


def shop_of(bundles: Bundles) -> task.Shop:
    """The shop. Raises UnknownModelError, BundleError."""
    return task.shop_of(bundles.first(task.TASK))


def taken_of(shop: task.Shop, items: str) -> list[int]:
    """The numbers of an address or a control; what is none is left out."""
    numbers = [int(part) for part in items.replace(",", " ").split() if part.isascii() and part.isdigit()]
    return task.check_items(len(shop.catalogue), numbers[-limits.MAX_TAKEN :])[0]


def channels_of(shop: task.Shop, names: str) -> tuple[str, ...]:
    """The channels of an address or a control; what is none is left out."""
    return tuple(channel.name for channel in shop.funnel.channels if channel.name in names.split())


def said(items: Sequence[int]) -> str:
    """As the control has them."""
    return " ".join(map(str, items))


def show(bundles: Bundles, settings: Settings, language: Language) -> dict[str, Any]:
    """The list, and the way to it."""
    shop = task.opened(shop_of(bundles))
    items = taken_of(shop, settings.items)
    done = task.recommend(
        shop,
        task.Taken.now(items),
        task.Settings(
            recall=settings.recall, coarse=settings.coarse, fine=settings.fine, again=settings.again,
            rule=settings.rule, diversity=settings.diversity,
            channels=channels_of(shop, settings.asked) if items else (),
        ),
    )  # fmt: skip
    say = partial(STRINGS.say, language=language)
    stand = settings.changed(items=said(items))
    return {
        "chosen": words.picks(shop.catalogue, items, say("drop"), "×", say("nothing_taken")),
        "found": found(shop, settings, language),
        "said": html.note(said_of(done, language), "notice"),
        "list": words.listed(shop, done, language),
        "flow": pictures.sent(flow(shop, done, language), "funnel"),
        "stages": stages(shop, done, language),
        "formulas": FUNNEL[language],
        **({"items": stand.items, STAND: stand} if stand != settings else {}),
    }


def said_of(done: task.Funnelled, language: Language) -> str:
    """How long all took; of somebody who took nothing, that it is the same for everybody."""
    total = sum(stage.ms for stage in done.stages)
    key = "funnel_said" if len(done.taken.items) else "funnel_nothing"
    return STRINGS.say(key, language, ms=total, pool=len(done.pool), shown=len(done.final))


def found(shop: task.Shop, settings: Settings, language: Language) -> str:
    """What a search finds; without one, what many buy."""
    kinds = shop.catalogue.kind_names
    kind = kinds.index(settings.kind) if settings.kind in kinds else None
    items = shop.catalogue.find(settings.search, FOUND, kind)
    say = partial(STRINGS.say, language=language)
    return words.picks(shop.catalogue, items, say("take"), "+", say("found_none"))


def searched(bundles: Bundles, settings: Settings, language: Language) -> dict[str, Any]:
    """The things of a search."""
    return {"found": found(shop_of(bundles), settings, language)}


def flow(shop: task.Shop, done: task.Funnelled, language: Language) -> pictures.Picture:
    """From the channels to the list; a candidate of several channels is shared among them."""
    say = partial(STRINGS.say, language=language)
    had = done.pool.ranks < shop.funnel.count
    parts = (had / np.maximum(had.sum(1, keepdims=True), 1)).sum(0)
    asked = [place for place, count in enumerate(parts) if count > 0]
    names = [say(f"channel_{shop.funnel.channels[place].name}") for place in asked]
    first = len(names)
    names += [say(f"stage_{stage.name}") for stage in done.stages] + [say("lost")]
    lost = len(names) - 1
    links = [(number, first, float(parts[place])) for number, place in enumerate(asked)]
    own = float((~had.any(1)).sum())
    if own:
        names.append(say("channel_own"))
        links.append((len(names) - 1, first, own))
    given = len(done.pool)
    for number, stage in enumerate(done.stages):
        if number:
            links.append((first + number - 1, first + number, stage.kept))
        if given > stage.kept:
            links.append((first + max(number - 1, 0), lost, given - stage.kept))
        given = stage.kept
    return figures.sankey(names, links, [lost])


def stages(shop: task.Shop, done: task.Funnelled, language: Language) -> str:
    """Candidates and milliseconds of each stage, and of each channel."""
    say = partial(STRINGS.say, language=language)
    rows: list[list[html.Cell]] = [
        [say(f"stage_{stage.name}"), f"{stage.given:,}", f"{stage.kept:,}", f"{stage.ms:.2f} ms"]
        for stage in done.stages
    ]
    rows += [
        [f"· {say(f'channel_{name}')}", "", shop.funnel.count, f"{ms:.2f} ms"] for name, ms in done.channel_ms.items()
    ]
    headers = [say(key) for key in ("stage", "stage_given", "stage_kept", "stage_ms")]
    return html.details(say("stages_title"), html.table(headers, rows, numbers=(1, 2, 3)))


def budgeted(bundles: Bundles, settings: Settings, event: gr.EventData) -> Mapping[str, Any]:
    """The best that was measured to fit into so many milliseconds."""
    rows = task.tables_of(bundles.first(task.TASK)).budgets
    fitting = [row for row in rows if row.ms <= settings.budget] or rows[:1]
    best = max(fitting, key=lambda row: row.ndcg)
    return {"recall": best.recall, "coarse": best.coarse, "fine": best.fine, "asked": " ".join(best.channels)}


def added(bundles: Bundles, settings: Settings, event: gr.EventData) -> Mapping[str, Any]:
    """One more thing is taken."""
    shop = shop_of(bundles)
    return {"items": said(taken_of(shop, f"{settings.items} {int(event.pick)}"))}


def dropped(settings: Settings, event: gr.EventData) -> Mapping[str, Any]:
    """One is put back."""
    return {"items": " ".join(part for part in settings.items.split() if part != str(event.pick))}


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.examples(elem_id="funnel-examples")
    kit.output("chosen", gr.HTML(js_on_load=scripts.text("pick"), elem_id="funnel-chosen"))
    with gr.Row():
        search = kit.control("search", lines=1, max_lines=1, elem_id="funnel-search", scale=3, min_width=240)
        kind = kit.control("kind", elem_id="funnel-kind", scale=2, min_width=200)
    kit.output("found", gr.HTML(js_on_load=scripts.text("pick"), elem_id="funnel-found"))
    for listener in (search.change, kind.input):
        kit.when("searched", listener)
    for name in ("items", "asked"):
        kit.control(name, visible="hidden")
    kit.html("said")
    kit.output("list", gr.HTML(js_on_load=scripts.text("pick"), elem_id="funnel-list"))
    kit.look("funnel_look")
    kit.plot("flow", "funnel-flow")
    kit.html("stages")
    with gr.Row():
        for name in ("budget", "recall", "coarse", "fine"):
            kit.control(name, elem_id=f"funnel-{name}", min_width=200)
    with gr.Row():
        kit.control("rule", elem_id="funnel-rule", min_width=200)
        kit.control("diversity", elem_id="funnel-diversity", min_width=200)
        kit.control("again", elem_id="funnel-again", min_width=200)
    kit.output("formulas", words.formulas("funnel-formulas"))


def start(bundles: Bundles, scene: Scene) -> Settings:
    """The first basket."""
    return Settings(items=said(items_of(shop_of(bundles).catalogue, BASKETS[0][1])))


def examples(bundles: Bundles, scene: Scene) -> Sequence[Example]:
    """The baskets."""
    catalogue = shop_of(bundles).catalogue
    return [
        *(Example(title, {"items": said(items_of(catalogue, parts))}) for title, parts in BASKETS),
        Example(("Somebody new", "新访客"), {"items": ""}),
    ]


def kinds(bundles: Bundles, scene: Scene) -> Choices:
    """Kinds of things, by the words that weigh most in them."""
    return [
        (STRINGS.say("kind_all", scene.language), ""),
        *((name, name) for name in shop_of(bundles).catalogue.kind_names),
    ]


def view(bundles: Bundles) -> View:
    """The view, of the shop."""
    return View(
        "funnel", Settings, draw, partial(show, bundles), start=partial(start, bundles),
        examples=partial(examples, bundles), choices={"kind": partial(kinds, bundles)},
        adjusts={"searched": partial(searched, bundles)},
        changes={
            "found": _named(partial(added, bundles), "added"), "list": _named(partial(added, bundles), "added"),
            "chosen": dropped, "budget": _named(partial(budgeted, bundles), "budgeted"),
        },
    )  # fmt: skip


def _named(change: Any, name: str) -> Any:
    """A bound function with a name, which Gradio's events take theirs from."""
    change.__name__ = name
    return change
