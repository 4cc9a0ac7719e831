"""A sentence in an order: masks of both streams, the probability of each target, and the code that feeds them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr
import numpy as np
from pydantic import Field

from hub import limits
from hub.demos.xlnet import words
from hub.demos.xlnet.examples import SENTENCES
from hub.demos.xlnet.models import Models
from hub.demos.xlnet.strings import ORDER, STRINGS
from hub.errors import InputError
from hub.tasks import permutation as task
from hub.ui import html, scripts, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import STAND, Example, Kit, Scene, View

MOST_PARTIAL = 7  # K, as in Table 6 of the paper


class Settings(settings.Settings):
    """A sentence and an order of its tokens."""

    text: Annotated[str, Control(submits=True)] = ""
    order: Annotated[str, Control(label="order_places", submits=True)] = (
        ""  # places with spaces between; empty: left to right
    )
    partial: Annotated[int, Field(ge=1, le=MOST_PARTIAL), Control(step=1, live=True)] = 1
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def places_of(order: str) -> list[int] | None:
    """The places that a visitor has typed; nothing: left to right. Raises InputError."""
    parts = order.replace(",", " ").split()
    if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        raise InputError("order_type", found=order[:40])
    return list(map(int, parts)) or None


def said(order: Sequence[int]) -> str:
    """An order as it is typed."""
    return " ".join(map(str, order))


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The order as chips, both masks, what was said of each target, and the arrays."""
    bundle = models.get(settings.model)
    read = task.sentence(bundle, settings.text)
    asked = math.ceil(len(read.words) / settings.partial)
    order = fitting(settings.order, len(read.words))
    found = task.predict(bundle, settings.text, order, asked)
    say = partial(STRINGS.say, language=language)
    targets = [one.place for one in found.answers]
    total = say("order_sum", count=len(targets), sum=found.log_probability, mean=found.log_probability / len(targets))
    hints = html.note(total, "notice")
    if task.orders_of(bundle).objective == "masked":
        hints += html.note(say("order_masked"), "warn")
    return {
        "board": words.chips(found.order, read.words, {one.place: one.sees for one in found.answers}, say("drag"))
        + words.legend((("sees", say("chip_seen")), ("seen-by", say("chip_sees")))),
        "said": hints,
        "masks": masks(found, language),
        "table": table(found, language),
        "code": html.details(say("arrays"), f"<pre class=code>{html.text_of(code(found))}</pre>"),
        "formulas": ORDER[language],
        **_corrected(settings, found.order, order),
    }


def fitting(order: str, count: int) -> list[int] | None:
    """The order; that of a sentence of another length is none of this one, and left to right is taken."""
    places = places_of(order)
    return None if places is None or len(places) != count else places


def _corrected(settings: Settings, taken: Sequence[int], given: Sequence[int] | None) -> dict[str, Any]:
    """What the field and the link say instead of an order that did not fit."""
    if given is not None:
        return {}
    now = settings.changed(order=said(taken))
    return {"order": now.order, STAND: now}


def masks(found: task.Ordered, language: Language) -> str:
    """Both masks, row by row in the order of the sentence."""
    say = partial(STRINGS.say, language=language)
    tokens = found.sentence.tokens

    def tip(mask: np.ndarray, row: int, column: int) -> str:
        key = "sees_not" if mask[row, column] else "sees"
        return say(key, one=tokens[row], other=tokens[column])

    asked = {one.place for one in found.answers}
    rows = [place for place in range(len(tokens)) if place in asked]
    content, query = found.content, found.hidden
    grids = [
        words.grid(
            tokens, tokens, lambda row, column: "no" if content[row, column] else "yes",
            lambda row, column: tip(content, row, column), say("content_mask"),
        ),
        words.grid(
            [tokens[row] for row in rows], tokens, lambda row, column: "no" if query[rows[row], column] else "yes",
            lambda row, column: tip(query, rows[row], column), say("query_mask"),
        ),
    ]  # fmt: skip
    legend = words.legend((("yes", say("cell_sees")), ("no", say("cell_sees_not"))))
    return f"<div class=grids>{''.join(grids)}</div>{legend}"


def table(found: task.Ordered, language: Language) -> str:
    """A row for each target, in their order."""
    say = partial(STRINGS.say, language=language)
    tokens = found.sentence.tokens
    rows: list[list[html.Cell]] = [
        [
            number,
            one.token,
            ", ".join(tokens[place] for place in one.sees) or say("nothing_yet"),
            f"{one.log_probability:.2f}",
            words.share(one.log_probability),
            one.rank,
            words.guessed(one.guesses),
        ]
        for number, one in enumerate(found.answers, 1)
    ]
    keys = ("step", "target", "it_sees", "log_p", "probability", "rank", "expected")
    return html.table([say(key) for key in keys], rows, numbers=(0, 3, 4, 5), stacked=True)


def code(found: task.Ordered) -> str:
    """The very arrays, and how transformers is fed with them."""
    ids = found.sentence.ids.tolist()
    mask, mapping = found.hidden.astype(int).tolist(), found.target_mapping.astype(int).tolist()
    return (
        f"# {' '.join(found.sentence.tokens)}\n"
        f"# order {said(found.order)}; 1 in perm_mask: token i may not see token j\n"
        "import torch\n\n"
        f"input_ids = torch.tensor([{ids}])\n"
        f"perm_mask = torch.tensor([{mask}], dtype=torch.float)\n"
        f"target_mapping = torch.tensor([{mapping}], dtype=torch.float)\n"
        "# model: an XLNetLMHeadModel of transformers with this tokenizer\n"
        "logits = model(input_ids, perm_mask=perm_mask, target_mapping=target_mapping).logits\n"
    )


def dragged(settings: Settings, event: gr.EventData) -> Mapping[str, Any]:
    """Tokens in another order."""
    return {"order": said([int(place) for place in event.order][: limits.MAX_ORDER_TOKENS])}


def _reordered(kind: str, models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The same sentence left to right, from its end, or by lot."""
    count = len(task.sentence(models.get(settings.model), settings.text).words)
    order = list(range(1, count + 1))
    if kind == "backward":
        order.reverse()
    elif kind == "shuffle":
        random.shuffle(order)
    now = settings.changed(order=said(order))
    return {**show(models, now, language), "order": now.order, STAND: now}


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("text", lines=1, max_lines=3, elem_id="order-text", scale=4, min_width=280)
        kit.main("order_run", elem_id="order-run", scale=1, min_width=140)
    kit.examples(elem_id="order-examples")
    kit.output("board", gr.HTML(js_on_load=scripts.text("order"), elem_id="order-board"))
    with gr.Row():
        for name in ("shuffle", "forward", "backward"):
            kit.action(name, f"order_{name}", elem_id=f"order-{name}", size="sm", min_width=100)
    with gr.Row():
        kit.control("order", lines=1, max_lines=1, elem_id="order-order", scale=2, min_width=240)
        kit.control("partial", elem_id="order-partial", scale=2, min_width=240)
        kit.control("model", elem_id="order-model", scale=2, min_width=240)
    kit.html("said")
    kit.look("order_look")
    kit.html("masks")
    kit.html("table")
    kit.html("code")
    kit.output("formulas", gr.Markdown(latex_delimiters=words.DELIMITERS, elem_id="order-formulas"))


def start(models: Models, scene: Scene) -> Settings:
    """The first sentence, in an order that is not the usual one."""
    text = SENTENCES[scene.speech][0]
    name = models.first(scene)
    count = len(task.sentence(models.get(name), text).words) if name else 0
    order = [*range(3, count + 1), *range(1, min(3, count + 1))]
    return Settings(text=text, order=said(order), model=name, speech=scene.speech)


def examples(scene: Scene) -> Sequence[Example]:
    """The sentences of a language."""
    return [Example((text, text), {"text": text, "order": ""}) for text in SENTENCES[scene.speech]]


def view(models: Models) -> View:
    """The view, of some models."""
    actions = {name: partial(_reordered, name, models) for name in ("shuffle", "forward", "backward")}
    return View(
        "order", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"model": models.offered}, actions=actions, changes={"board": dragged}, speech="speech",
    )  # fmt: skip
