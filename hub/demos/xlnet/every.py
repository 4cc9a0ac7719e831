"""All orders of a few tokens: how far the probability of a sentence depends on the order in which it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub.demos.xlnet import figures
from hub.demos.xlnet.examples import SHORT
from hub.demos.xlnet.models import Models
from hub.demos.xlnet.strings import STRINGS
from hub.tasks import permutation as task
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

SHOWN = 3  # best and worst orders


class Settings(settings.Settings):
    """A short sentence."""

    text: Annotated[str, Control(label="short_text", submits=True)] = ""
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The histogram, and the orders at its ends."""
    found = task.every_order(models.get(settings.model), settings.text)
    say = partial(STRINGS.say, language=language)
    sums = found.sums
    marks = [
        (say("left_to_right"), float(sums[0])),
        (say("right_to_left"), float(sums[-1])),
        (say("mean_order"), float(sums.mean())),
    ]
    told = say(
        "every_said", orders=len(sums), low=sums.min(), high=sums.max(), spread=sums.std(), mixture=found.mixture
    )
    return {
        "said": html.note(told, "notice"),
        "plot": pictures.sent(
            figures.histogram(sums, marks, say("sentence_log_p"), say("orders_count")), "xlnet-every"
        ),
        "table": _table(found, language),
    }


def _table(found: task.EveryOrder, language: Language) -> str:
    say = partial(STRINGS.say, language=language)
    sums = found.sums
    best = sums.argsort()[::-1].tolist()
    picked = dict.fromkeys([*best[:SHOWN], 0, len(sums) - 1, *best[-SHOWN:]])
    rows: list[list[html.Cell]] = []
    for number in sorted(picked, key=lambda one: -float(sums[one])):
        order = found.orders[number]
        name = {0: say("left_to_right"), len(sums) - 1: say("right_to_left")}.get(number, "")
        steps = " → ".join(
            f"{found.sentence.tokens[place]} {value:.1f}"
            for place, value in zip(order, found.log_probabilities[number], strict=True)
        )
        rows.append([best.index(number) + 1, name, steps, f"{sums[number]:.2f}"])
    headers = [say(key) for key in ("rank", "order_name", "steps", "sum")]
    return html.table(headers, rows, say("every_table"), (0, 3), stacked=True)


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("text", lines=1, max_lines=1, elem_id="every-text", scale=4, min_width=280)
        kit.main("every_run", elem_id="every-run", scale=1, min_width=140)
    kit.examples(elem_id="every-examples")
    kit.html("said")
    kit.plot("plot", "xlnet-every")
    kit.look("every_look")
    kit.html("table")
    kit.control("model", elem_id="every-model")


def start(models: Models, scene: Scene) -> Settings:
    """The first sentence."""
    return Settings(text=SHORT[scene.speech][0], model=models.first(scene), speech=scene.speech)


def examples(scene: Scene) -> Sequence[Example]:
    """The sentences of a language."""
    return [Example((text, text), {"text": text}) for text in SHORT[scene.speech]]


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "every", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"model": models.offered}, speech="speech",
    )  # fmt: skip
