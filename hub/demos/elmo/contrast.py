"""Named entities with ELMo and without: what the vectors that depend on the sentence change."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub.demos.elmo import gains
from hub.demos.elmo.examples import NAMED
from hub.demos.elmo.models import Models
from hub.demos.elmo.strings import STRINGS
from hub.demos.elmo.words import entities
from hub.tasks import tag
from hub.tasks.layered import ARMS, Arm
from hub.ui import html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View


class Settings(settings.Settings):
    """A text, and the tagger."""

    text: Annotated[str, Control(label="named_text", submits=True)] = ""
    tagger: Annotated[str | None, Control(label="tagger", live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """The text twice, its entities marked, and where the two differ."""
    tagger = models.tagger(settings.tagger)
    found = {arm: tag.tag(tagger, [settings.text], arm=arm)[0] for arm in ARMS}
    parts = []
    for arm in ARMS:
        title = html.text_of(STRINGS.say(f"arm_{arm}", language))
        parts.append(f"<section><h4>{title}</h4>{entities(found[arm], kinds(language))}</section>")
    card = tagger.bundle.card
    most = card.max_tokens or 0
    return {
        "found": f"<div class=pair>{''.join(parts)}</div>{_legend(language)}{_differences(found, most, language)}",
        "table": gains.of_files(card, language) + gains.table(models.reading_layers, language),
    }


def kinds(language: Language) -> dict[str, str]:
    """Kind -> its title."""
    return {kind: STRINGS.say(f"kind_{kind}", language) for kind in ("PER", "ORG", "LOC", "MISC")}


def _legend(language: Language) -> str:
    items = "".join(f"<span><i class='{kind.lower()}'></i>{title}</span>" for kind, title in kinds(language).items())
    return f"<p class=legend>{items}</p>"


def _differences(found: dict[Arm, tag.Tagged], most: int, language: Language) -> str:
    """What one has and the other has not. most: words that are read."""
    titles = kinds(language)
    sides = {arm: {(one.start, one.end, one.kind): one for one in tagged.entities} for arm, tagged in found.items()}
    rows = [
        [entity.text, titles[entity.kind], f"{entity.probability:.0%}", STRINGS.say(f"only_{arm}", language)]
        for arm, other in (("with", "without"), ("without", "with"))
        for place, entity in sides[arm].items()  # type: ignore[index]
        if place not in sides[other]  # type: ignore[index]
    ]
    cut = html.note(STRINGS.say("truncated", language, count=most), "warn") if found["with"].truncated else ""
    if not rows:
        return cut + html.note(STRINGS.say("no_difference", language), "notice")
    headers = [STRINGS.say(key, language) for key in ("entity", "kind", "probability", "found_by")]
    return cut + html.table(headers, rows, STRINGS.say("differences", language), (2,))


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("text", lines=2, max_lines=8, elem_id="contrast-text", scale=4, min_width=280)
        with gr.Column(scale=2, min_width=260):
            kit.main("contrast_run", elem_id="contrast-run")
            kit.control("tagger", elem_id="contrast-tagger")
    kit.examples(elem_id="contrast-examples")
    kit.html("found")
    kit.look("contrast_look")
    kit.html("table")


def start(models: Models, scene: Scene) -> Settings:
    """The first text."""
    return Settings(
        text=next(iter(NAMED[models.tagged_in(scene)]), ""),
        tagger=next((name for _, name in models.taggers(scene)), None),
        speech=scene.speech,
    )


def examples(models: Models, scene: Scene) -> Sequence[Example]:
    """The texts of a language."""
    return [Example((text, text), {"text": text}) for text in NAMED[models.tagged_in(scene)]]


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "contrast", Settings, draw, partial(show, models), start=partial(start, models),
        examples=partial(examples, models), choices={"tagger": models.taggers}, speech="speech", long="text",
    )  # fmt: skip
