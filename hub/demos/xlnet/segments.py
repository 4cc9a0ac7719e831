"""Texts of two, three and four parts: relative segments, and where [CLS] stands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub.demos.xlnet import words
from hub.demos.xlnet.examples import PARTS
from hub.demos.xlnet.models import Models
from hub.demos.xlnet.strings import SEGMENTS, STRINGS
from hub.tasks import permutation as task
from hub.text import split_lines
from hub.ui import html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

LETTERS = "ABCD"


class Settings(settings.Settings):
    """The parts, a line each."""

    parts: Annotated[str, Control(lines=True)] = ""
    model: Annotated[str | None, Control(live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


def show(models: Models, settings: Settings, language: Language) -> dict[str, Any]:
    """All that the model is told of the parts, what other numbers change, and the layouts."""
    found = task.segmented(models.get(settings.model), list(split_lines(settings.parts)))
    say = partial(STRINGS.say, language=language)
    tokens, same = found.tokens, found.same

    def tip(row: int, column: int) -> str:
        return say("same" if same[row, column] else "different", one=tokens[row], other=tokens[column])

    grid = words.grid(
        tokens, tokens, lambda row, column: "yes" if same[row, column] else "other", tip, say("segment_grid")
    )
    legend = words.legend((("yes", say("cell_same")), ("other", say("cell_different"))))
    count = max(found.part) + 1
    keys = ("numbering_one", "numbering_own", "numbering_swapped")
    rows: list[list[html.Cell]] = [
        [say(key), ", ".join(map(str, one.parts)), f"{one.losses.mean():.4f}"]
        for key, one in zip(keys, found.numberings, strict=True)
    ]
    headers = [say(key) for key in ("numbering", "numbers", "mean_loss")]
    told = say("segments_said", count=count, change=found.renumbered)
    return {
        "said": html.note(told, "notice"),
        "table": html.table(headers, rows, say("numbering_table"), (2,)),
        "grid": grid + legend,
        "layouts": layouts(language),
        "formulas": SEGMENTS[language],
    }


def layouts(language: Language) -> str:
    """Where [CLS] stands, by the paper's text and by the released code."""
    say = partial(STRINGS.say, language=language)
    rows: list[list[html.Cell]] = []
    for count in (2, 3):
        parts = " ".join(f"{letter} [SEP]" for letter in LETTERS[:count])
        numbers = " ".join(f"{number} {number}" for number in range(count))
        rows.append([count, f"[CLS] {parts}", f"{parts} [CLS]", f"{numbers} {count}"])
    headers = [say(key) for key in ("parts_count", "layout_paper", "layout_code", "layout_segments")]
    return html.table(headers, rows, say("layouts"), (0,), stacked=True) + html.note(say("layouts_note"))


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("parts", lines=3, max_lines=5, elem_id="segments-parts", scale=4, min_width=280)
        with gr.Column(scale=2, min_width=240):
            kit.main("segments_run", elem_id="segments-run")
            kit.control("model", elem_id="segments-model")
    kit.examples(elem_id="segments-examples")
    kit.html("said")
    kit.html("table")
    kit.html("grid")
    kit.look("segments_look")
    kit.html("layouts")
    kit.output("formulas", gr.Markdown(latex_delimiters=words.DELIMITERS, elem_id="segments-formulas"))


def start(models: Models, scene: Scene) -> Settings:
    """Three parts: the question of the notes."""
    return Settings(parts=PARTS[scene.speech][1], model=models.first(scene), speech=scene.speech)


def examples(scene: Scene) -> Sequence[Example]:
    """Two parts, and three."""
    return [
        Example((" / ".join(parts.split("\n")), " / ".join(parts.split("\n"))), {"parts": parts})
        for parts in PARTS[scene.speech]
    ]


def view(models: Models) -> View:
    """The view, of some models."""
    return View(
        "segments", Settings, draw, partial(show, models), start=partial(start, models), examples=examples,
        choices={"model": models.offered}, speech="speech", long="parts",
    )  # fmt: skip
