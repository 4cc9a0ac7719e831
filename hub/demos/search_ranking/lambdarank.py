"""LambdaRank by hand: the visitor orders a list, and sees how three losses push its documents."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import gradio as gr
import numpy as np
from pydantic import Field

from hub.demos.search_ranking import figures, words
from hub.demos.search_ranking.examples import CASES, FIRST, Case
from hub.demos.search_ranking.strings import FORMULAS, STRINGS
from hub.tasks import judging as task
from hub.ui import html, pictures, scripts, settings
from hub.ui.settings import Choices, Control
from hub.ui.strings import Language
from hub.ui.view import STAND, Example, Kit, Scene, View

SHOWN_PAIRS = 6
STEPS = 300  # of a push, at most
STEP = 0.05  # of the distance of two neighbours, that the strongest push moves a document


class Settings(settings.Settings):
    """A list, its order, and the scores that the order stands for."""

    case: str = "drill"
    order: str = ""  # numbers of the titles with spaces between; empty: as the example has them
    gap: Annotated[float, Field(ge=0.1, le=3), Control(step=0.1, live=True)] = 1.0
    at: Annotated[int, Field(ge=1, le=8), Control(step=1, live=True)] = 8


@dataclass(frozen=True)
class Ranked:
    """The list as it stands.

    Args:
        order: numbers of the titles, 1 the first of the example. titles, grades, scores: in that order.
    """

    order: list[int]
    titles: list[str]
    grades: np.ndarray
    scores: np.ndarray


def ranked(settings: Settings) -> Ranked:
    """An order that is none of this list's is not taken; neighbours are `gap` apart, the middle has the score 0."""
    documents = CASES[settings.case].documents
    numbers = [int(part) for part in settings.order.split() if part.isascii() and part.isdigit()]
    order = numbers if sorted(numbers) == [*range(1, len(documents) + 1)] else [*range(1, len(documents) + 1)]
    count = len(documents)
    return Ranked(
        order, [documents[one - 1][0] for one in order], np.array([documents[one - 1][1] for one in order], np.float64),
        settings.gap * ((count - 1) / 2 - np.arange(count)),
    )  # fmt: skip


def show(settings: Settings, language: Language) -> dict[str, Any]:
    """The list, its arrows, and the exchanges that push most."""
    stand = ranked(settings)
    say = partial(STRINGS.say, language=language)
    found = {name: task.forces(name, stand.scores, stand.grades, settings.at) for name in task.LOSSES}
    case = CASES[settings.case]
    keys = ("drag", "up", "down", "grade")
    board = words.ranked(
        stand.order, [title for title, _ in case.documents], [grade for _, grade in case.documents],
        {key: STRINGS.table[key][language == "zh"] for key in keys},
    )  # fmt: skip
    plot = figures.arrows(
        [say(name) for name in task.LOSSES], stand.titles, [found[name].pushes for name in task.LOSSES], say("push")
    )
    now = settings.changed(order=said(stand.order))
    return {
        "query": html.note(say("query", query=case.query)),
        "board": board,
        "said": html.note(judged(stand, settings.at, language), "notice"),
        "arrows": pictures.sent(plot, "lambdarank"),
        "sums": sums(found, language),
        "pairs": pairs(stand, settings.at, found, language),
        "formulas": FORMULAS[language],
        **({"order": now.order, STAND: now} if now != settings else {}),
    }


def said(order: Sequence[int]) -> str:
    """As an address has it."""
    return " ".join(map(str, order))


def judged(stand: Ranked, at: int, language: Language) -> str:
    """How good the list is."""
    better = stand.grades[:, None] > stand.grades[None]
    right = int((better & (stand.scores[:, None] > stand.scores[None])).sum())
    value, chance = task.ndcg(stand.grades, stand.scores, at), task.ndcg(stand.grades, 0 * stand.scores, at)
    return STRINGS.say("judged", language, at=at, value=value, chance=chance, right=right, pairs=int(better.sum()))


def sums(found: Mapping[task.LossName, task.Forces], language: Language) -> str:
    """Each loss, and what its arrows sum to."""
    say = partial(STRINGS.say, language=language)
    rows: list[list[html.Cell]] = [
        [
            say(name), f"{one.loss:.4f}", signed(one.pushes[one.pushes > 0].sum()),
            signed(one.pushes[one.pushes < 0].sum()), signed(one.pushes.sum()),
        ]
        for name, one in found.items()
    ]  # fmt: skip
    heads = [say(key) for key in ("loss", "value", "all_up", "all_down", "sum")]
    return html.table(heads, rows, say("sums"), (1, 2, 3, 4), stacked=True)


def signed(value: float) -> str:
    """A push in digits; what is left of 0 by rounding is 0."""
    return f"{value:+.4f}" if abs(value) >= 5e-5 else "0.0000"


def pairs(stand: Ranked, at: int, found: Mapping[task.LossName, task.Forces], language: Language) -> str:
    """The pairs that LambdaRank pushes most."""
    say = partial(STRINGS.say, language=language)
    strength, plain = found["lambdarank"].pairs, found["ranknet"].pairs
    changes = task.swaps(stand.scores, stand.grades, at)
    order = np.argsort(-strength, axis=None, kind="stable")[:SHOWN_PAIRS]
    rows: list[list[html.Cell]] = []
    for i, j in zip(*np.unravel_index(order, strength.shape), strict=True):
        if strength[i, j] <= 0:
            break
        rows.append(
            [
                f"{stand.titles[i]} ({i + 1})", f"{stand.titles[j]} ({j + 1})", f"{plain[i, j]:.3f}",
                f"{changes[i, j]:.3f}", f"{strength[i, j]:.4f}",
            ]
        )  # fmt: skip
    if not rows:
        return html.note(say("no_pairs"))
    heads = [say(key) for key in ("pushed_up", "pushed_down", "ranknet", "change", "strength")]
    return html.table(heads, rows, say("pairs"), (2, 3, 4), stacked=True)


# --- what a visitor does ----------------------------------------------------------------------------------------------


def dragged(settings: Settings, event: gr.EventData) -> Mapping[str, Any]:
    """Titles in another order."""
    return {"order": said([int(place) for place in event.order][: len(CASES[settings.case].documents)])}


def reordered(settings: Settings, language: Language, order: Sequence[int], note: str = "") -> dict[str, Any]:
    """The same list in another order. note: a sentence before what is said of it."""
    now = settings.changed(order=said(order))
    seen = show(now, language)
    return {**seen, "said": (html.note(note, "notice") if note else "") + seen["said"], "order": now.order, STAND: now}


def push(name: task.LossName, settings: Settings, language: Language) -> dict[str, Any]:
    """Gradient steps of a loss, up to the first other order."""
    stand = ranked(settings)
    pushes = task.forces(name, stand.scores, stand.grades, settings.at).pushes
    most = float(np.abs(pushes).max())
    scores = stand.scores
    if most > 0:
        scores = task.pushed(name, scores, stand.grades, settings.at, STEP * settings.gap / most, STEPS)
    after = [stand.order[place] for place in np.argsort(-scores, kind="stable")]
    note = STRINGS.say("stays" if after == stand.order else "moved", language, loss=STRINGS.say(name, language))
    return reordered(settings, language, after, note)


def arranged(kind: str, settings: Settings, language: Language) -> dict[str, Any]:
    """The list by falling grades, or by lot."""
    grades = [grade for _, grade in CASES[settings.case].documents]
    order = sorted(range(1, len(grades) + 1), key=lambda one: -grades[one - 1])
    if kind == "shuffle":
        random.shuffle(order)
    return reordered(settings, language, order)


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.examples(elem_id="lambda-examples")
    kit.control("case", visible="hidden")
    kit.control("order", visible="hidden")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.html("query")
            kit.output("board", gr.HTML(js_on_load=scripts.text("order"), elem_id="lambda-board"))
            with gr.Row():
                for name in task.LOSSES[::-1]:
                    kit.action(name, f"push_{name}", elem_id=f"lambda-{name}", size="sm", min_width=120)
            with gr.Row():
                for kind in ("best", "shuffle"):
                    kit.action(kind, kind, elem_id=f"lambda-{kind}", size="sm", min_width=120)
        with gr.Column(min_width=300):
            kit.plot("arrows", "lambda-arrows")
    kit.html("said")
    with gr.Row():
        kit.control("gap", elem_id="lambda-gap", min_width=240)
        kit.control("at", elem_id="lambda-at", min_width=240)
    kit.look("lambda_look")
    kit.html("sums")
    kit.html("pairs")
    kit.output("formulas", gr.Markdown(latex_delimiters=words.DELIMITERS, elem_id="lambda-formulas"))


def start(scene: Scene) -> Settings:
    """A list in the language of the page."""
    return begun(FIRST[scene.language])


def begun(case: str) -> Settings:
    """A list as the example has it."""
    return Settings(case=case, order=said(range(1, len(CASES[case].documents) + 1)))


def examples(scene: Scene) -> Sequence[Example]:
    """All lists, those of the page's language first."""
    first = FIRST[scene.language]
    names = sorted(CASES, key=lambda name: chinese(CASES[name]) != chinese(CASES[first]))
    return [Example(CASES[name].title, {"case": name, "order": begun(name).order}) for name in names]


def chinese(case: Case) -> bool:
    """Whether the query is."""
    return not case.query.isascii()


def choices(scene: Scene) -> Choices:
    """The lists, by their queries."""
    return [(case.query, name) for name, case in CASES.items()]


def view() -> View:
    """The view."""
    return View(
        "lambda", Settings, draw, show, start=start, examples=examples, choices={"case": choices},
        actions={
            **{name: partial(push, name) for name in task.LOSSES},
            **{name: partial(arranged, name) for name in ("best", "shuffle")},
        },
        changes={"board": dragged},
    )  # fmt: skip
