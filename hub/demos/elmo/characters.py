"""A word by its letters: its neighbours, and which filters fired on which letters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub.demos.elmo import network
from hub.demos.elmo.examples import SPELLINGS
from hub.demos.elmo.models import Models
from hub.demos.elmo.strings import STRINGS
from hub.tasks import contextual as task
from hub.ui import html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View


class Settings(settings.Settings):
    """A word."""

    word: Annotated[str, Control(label="spelling", submits=True)] = ""
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """What a table would say, the neighbours, the filters."""
    bundle = models.get(settings.model)
    found = task.spell(bundle, settings.word)
    sizes = models.sizes(settings.model)
    said = STRINGS.say(f"table_{'known' if found.known else 'unknown'}", language, count=sizes.words, word=found.word)
    most = bundle.words.spelling.longest - 2
    cut = html.note(STRINGS.say("word_cut", language, bytes=most), "warn") if found.cut else ""
    bars = "".join(html.bar(word, cosine, f"{cosine:.2f}") for word, cosine in found.neighbours)
    return {
        "said": html.note(said.replace("**", ""), "notice") + cut,
        "neighbours": f"<h4>{html.text_of(STRINGS.say('neighbours', language))}</h4><div class=hits>{bars}</div>",
        "filters": _filters(found, sum(count for _, count in sizes.filters), language),
        "drawing": network.drawing(sizes, {network.LETTERS, network.FILTERS, network.WORD}, language),
    }


def _filters(found: task.Spelt, count: int, language: Language) -> str:
    rows: list[list[html.Cell]] = [
        [
            html.Raw(_window(found.symbols, one.start, one.width)),
            one.width,
            STRINGS.say("deviations", language, value=one.deviations),
            ", ".join(one.words),
        ]
        for one in found.fired
    ]
    headers = [STRINGS.say(key, language) for key in ("window", "width", "above", "loved")]
    table = html.table(headers, rows, STRINGS.say("filters", language), (1, 2), stacked=True)
    return table + html.note(STRINGS.say("filters_note", language, filters=count))


def _window(symbols: Sequence[str], start: int, width: int) -> str:
    """The word with the letters of one window marked, and the padding that the window reaches into."""
    padding = "·" * max(0, start + width - len(symbols))
    before, inside, after = symbols[:start], symbols[start : start + width], symbols[start + width :]
    parts = [html.text_of("".join(part)) if part else "" for part in (before, inside, after)]
    return f"<span class=spelt>{parts[0]}<mark class=found>{parts[1]}{padding}</mark>{parts[2]}</span>"


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("word", lines=1, max_lines=1, elem_id="characters-word", scale=4, min_width=280)
        kit.main("characters_run", elem_id="characters-run", scale=1, min_width=140)
    kit.examples(elem_id="characters-examples")
    kit.html("said")
    kit.look("characters_look")
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            kit.html("neighbours")
        with gr.Column(scale=3, min_width=300):
            kit.html("filters")
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            kit.html("drawing")
        with gr.Column(scale=3, min_width=280):
            kit.control("model", elem_id="characters-model")


def start(models: Models, scene: Scene) -> Settings:
    """A misspelt word."""
    words = SPELLINGS[scene.speech]
    return Settings(
        word=words[1] if len(words) > 1 else "",
        model=next((name for _, name in models.spelling(scene)), None),
        speech=scene.speech,
    )


def examples(scene: Scene) -> Sequence[Example]:
    """The words of a language."""
    return [Example((word, word), {"word": word}) for word in SPELLINGS[scene.speech]]


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "characters", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"model": models.spelling}, speech="speech",
    )  # fmt: skip
