"""One word in several sentences: each occurrence a point, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import gradio as gr
from pydantic import Field

from hub.demos.elmo import figures, network
from hub.demos.elmo.examples import WORDS, Word
from hub.demos.elmo.models import Models
from hub.demos.elmo.strings import SENSES, STRINGS
from hub.demos.elmo.words import DELIMITERS, marked
from hub.tasks import contextual as task
from hub.text import split_lines
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

HIGHEST = 2  # layer that the slider offers


class Settings(settings.Settings):
    """The word, its sentences, and what is looked at."""

    word: Annotated[str, Control(submits=True)] = ""
    lines: Annotated[str, Control(lines=True)] = ""
    layer: Annotated[int, Field(ge=0, le=HIGHEST), Control(step=1, live=True)] = HIGHEST
    direction: Annotated[task.Direction, Control(kind=gr.Radio, live=True)] = "both"
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


@dataclass(frozen=True)
class Sensed:
    """The occurrences of a word, and the sense of each where we know it."""

    found: task.Occurrences
    senses: tuple[str, ...]  # titles, in the order of the colours
    of: tuple[int | None, ...]  # occurrence -> its sense

    @property
    def labelled(self) -> bool:
        """Whether the sense of all is known, and there are several."""
        return None not in self.of and len(set(self.of)) > 1

    def right(self, layer: int, direction: task.Direction) -> int:
        """Occurrences whose nearest other has the same sense."""
        nearest = self.found.nearest(layer, direction)
        return sum(self.of[place] == self.of[other] for place, other in enumerate(nearest))

    @property
    def chance(self) -> float:
        """The same, if the nearest were drawn by lot."""
        return sum(self.of.count(sense) - 1 for sense in self.of) / (len(self.of) - 1)


def sensed(found: task.Occurrences, speech: Language, language: Language) -> Sensed:
    """The senses of our own sentences."""
    known = next((one.senses for one in WORDS[speech] if one.word == found.word), ())
    number = {sentence: index for index, sense in enumerate(known) for sentence in sense.sentences}
    of = tuple(number.get(found.sentences[one.sentence]) for one in found.found)
    return Sensed(found, tuple(sense.title[language == "zh"] for sense in known), of)


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The plane of one layer, the nearest of each, all layers as a table, the drawing."""
    bundle = models.get(settings.model)
    lines = [line.strip() for line in split_lines(settings.lines) if line.strip()]
    seen = sensed(task.occurrences(bundle, settings.word, lines), settings.speech, language)
    layer, direction = settings.layer, settings.direction
    points, share = seen.found.plane(layer, direction)
    said = [_verdict(seen, layer, direction, language)]
    if layer:
        said.append(html.note(STRINGS.say("plane_share", language, share=share)))
    if seen.found.missing:
        numbers = ", ".join(str(row + 1) for row in seen.found.missing)
        said.append(html.note(STRINGS.say("missing", language, lines=numbers), "warn"))
    tips = [_tip(seen, place) for place in range(len(seen.of))]
    figure = figures.plane(points, seen.of, (*seen.senses, STRINGS.say("unlabelled", language)), tips)
    return {
        "said": "".join(said),
        "plot": pictures.sent(figure, "elmo-senses"),
        "drawing": network.drawing(models.sizes(settings.model), network.lit_by(layer, direction), language),
        "table": _table(seen, layer, direction, language) + _all_layers(seen, language),
        "formulas": SENSES[language],
    }


def _verdict(seen: Sensed, layer: int, direction: task.Direction, language: Language) -> str:
    count = len(seen.of)
    if layer == 0:
        return html.note(STRINGS.say("one_point", language, count=count, word=seen.found.word), "notice")
    if not seen.labelled:
        return ""
    told = STRINGS.say("nearest_right", language, layer=layer, count=count, right=seen.right(layer, direction))
    return html.note(f"{told} {STRINGS.say('by_chance', language, chance=seen.chance)}", "notice")


def _tip(seen: Sensed, place: int) -> str:
    one = seen.found.found[place]
    return figures.tip(seen.found.sentences[one.sentence], one.start, one.end)


def _table(seen: Sensed, layer: int, direction: task.Direction, language: Language) -> str:
    """Each occurrence beside the one that is nearest to it."""
    if layer == 0:
        return ""
    nearest, cosines = seen.found.nearest(layer, direction), seen.found.cosines(layer, direction)
    rows: list[list[html.Cell]] = []
    for place, other in enumerate(nearest):
        mine, its = (_sentence(seen.found, one) for one in (place, other))
        sign = ""
        if seen.labelled:
            sign = "✓ " if seen.of[place] == seen.of[other] else "✗ "
        rows.append([html.Raw(mine), html.Raw(sign + its), f"{cosines[place, other]:.2f}"])
    headers = [STRINGS.say(key, language) for key in ("sentence", "nearest", "cosine")]
    return html.table(headers, rows, numbers=(2,), stacked=True)


def _sentence(found: task.Occurrences, place: int) -> str:
    one = found.found[place]
    return marked(found.sentences[one.sentence], one.start, one.end)


def _all_layers(seen: Sensed, language: Language) -> str:
    """How often the nearest has the same sense, in every layer and direction."""
    if not seen.labelled:
        return ""
    layers = range(1, len(seen.found.layers))
    headers = [
        STRINGS.say("direction", language),
        *(STRINGS.say("layer_number", language, layer=layer) for layer in layers),
    ]
    rows = [
        [STRINGS.say(direction, language), *(f"{seen.right(layer, direction)} / {len(seen.of)}" for layer in layers)]
        for direction in task.DIRECTIONS
    ]
    return html.table(headers, rows, STRINGS.say("all_layers", language), range(1, len(headers)))


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            kit.control("word", lines=1, elem_id="senses-word")
            kit.examples(elem_id="senses-examples")
            kit.control("lines", lines=6, max_lines=14, elem_id="senses-lines")
            kit.main("senses_run", elem_id="senses-run")
        with gr.Column(scale=3, min_width=280):
            kit.control("layer", elem_id="senses-layer")
            kit.control("direction", elem_id="senses-direction")
            kit.html("said")
            kit.plot("plot", "elmo-senses")
    kit.look("senses_look")
    kit.html("table")
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            kit.html("drawing")
            kit.control("model", elem_id="senses-model")
        with gr.Column(scale=3, min_width=280):
            kit.output("formulas", gr.Markdown(latex_delimiters=DELIMITERS, elem_id="senses-formulas"))


def start(models: Models, scene: Scene) -> Settings:
    """The first word, in the first layer above its letters."""
    word = next(iter(WORDS[scene.speech]), None)
    return Settings(
        word=word.word if word else "", lines=word.lines if word else "", model=models.first(scene), speech=scene.speech
    )


def examples(scene: Scene) -> Sequence[Example]:
    """The words of a language."""
    return [
        Example((_title(one, 0, ", "), _title(one, 1, "、")), {"word": one.word, "lines": one.lines})
        for one in WORDS[scene.speech]
    ]


def _title(word: Word, language: int, joint: str) -> str:
    return f"{word.word}: {joint.join(sense.title[language] for sense in word.senses)}"


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "senses", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"model": models.offered}, speech="speech", long="lines",
    )  # fmt: skip
