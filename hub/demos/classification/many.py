"""Many texts: one model on a list or a file."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import gradio as gr

from hub import errors
from hub.bundle import Bundle
from hub.card import Text
from hub.demos.classification.answers import tally
from hub.demos.classification.examples import OPINION
from hub.demos.classification.one import choices
from hub.demos.classification.strings import STRINGS
from hub.errors import HubError, InputError
from hub.tasks import classify as task
from hub.tasks.classifiers import Classifiers, fitting, head_for, variant_for
from hub.ui import files, html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language, label_title
from hub.ui.view import Example, Kit, Scene, View

SHOWN_LINES = 12


class Settings(settings.Settings):
    """Lines, or a file in their place, and who classifies them."""

    lines: Annotated[str, Control(lines=True)] = ""
    upload: Annotated[str | None, Control(kind=gr.File, hidden=True)] = None
    model: Annotated[str | None, Control(kind=gr.Dropdown)] = None
    head: Annotated[str | None, Control(kind=gr.Dropdown)] = None


def classify_lines(
    bundle: Bundle, texts: list[str], head: str, variant: str, language: Language, progress: task.Progress | None
) -> tuple[str, list[list[object]], str]:
    """Many texts: a summary, the rows of the table, and the CSV file. Raises InputError, BundleError."""
    card = bundle.card
    head = head_for(card, head)
    start = time.perf_counter()
    predictions = task.classify(bundle, texts, head=head, variant=variant_for(card, variant), progress=progress)
    seconds = time.perf_counter() - start
    votes = tally(Counter(label_title(card, one.label, language) for one in predictions), language)
    took = f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
    summary = html.note(STRINGS.count("classified", language, len(predictions), took=took, votes=votes), "notice")
    rows: list[list[object]] = [
        [text, label_title(card, prediction.label, language), round(prediction.scores[prediction.label], 4)]
        for text, prediction in zip(texts, predictions, strict=True)
    ]
    labels = card.heads[head]
    full = (
        [text, prediction.label, *(f"{prediction.scores[label]:.6f}" for label in labels)]
        for text, prediction in zip(texts, predictions, strict=True)
    )
    return summary, rows, files.to_csv(["text", "label", *labels], full)


def show(
    models: Classifiers, settings: Settings, language: Language, progress: task.Progress | None = None
) -> dict[str, Any]:
    """Summary, table, the content of the file, and the button that hands it over; an error stands in their place."""
    try:
        texts, note = texts_of(settings, language)
        bundle = models.bundles.get(settings.model, task.TASK)
        summary, rows, content = classify_lines(bundle, texts, settings.head or "", "", language, progress)
    except HubError as error:
        return {
            "summary": html.note(errors.readable(error, language), "warn"),
            "table": gr.Dataframe(visible=False),
            "content": "",
            "download": gr.Button(interactive=False),
            **headed(models, settings, language),
        }
    headers = [STRINGS.say(key, language) for key in ("text_column", "label", "probability")]
    return {
        "summary": note + summary,
        "table": gr.Dataframe(value=rows, headers=headers, visible=True),
        "content": content,
        "download": gr.Button(interactive=True),
        **headed(models, settings, language),
        "limits": html.note(STRINGS.say("batch_limits", language)),
    }


def texts_of(settings: Settings, language: Language) -> tuple[list[str], str]:
    """The texts, and how the file was read. Raises InputError."""
    if settings.upload:  # the file stays, for another model or another try; Gradio removes it later
        upload = files.read(Path(settings.upload))
        return upload.texts, html.note(upload.taken(language))
    texts = files.typed(settings.lines)
    if not texts:
        raise InputError("lines_none")
    return texts, ""


def headed(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """Whether the model has several tasks."""
    names = [settings.model] if settings.model else []
    return {"head": gr.Dropdown(value=settings.head, visible=models.multi(names))}


@dataclass(frozen=True)
class Item:
    """An example: the first of our sentences for a data set. model: one that was measured on it."""

    dataset: str
    title: Text
    lines: tuple[str, ...]
    labels: frozenset[str]
    language: Language
    model: str


def items(models: Classifiers) -> list[Item]:
    """One of each data set that the cards have sentences for: first what most models know."""
    found: list[tuple[int, Item]] = []
    for name, described in models.datasets.items():
        able = [card for card in models.cards if name in card.datasets]
        lines = tuple(text for text, _ in described.labelled[:SHOWN_LINES])
        labels, language = frozenset(described.sentences), able[0].languages[0]
        if lines:
            model = fitting(able, language, labels)[0]
            found.append((len(able), Item(name, described.texts, lines, labels, language, model)))
    return [item for _, item in sorted(found, key=lambda entry: (-entry[0], entry[1].dataset))]


def of_item(models: Classifiers, item: Item) -> dict[str, Any]:
    """What an example changes; its lines are those of no file."""
    head = models.head([item.model], item.labels) if models.multi([item.model]) else None
    return {"lines": "\n".join(item.lines), "model": item.model, "head": head, "upload": None}


def start(models: Classifiers, scene: Scene) -> Settings:
    """The example of the page's language, else the first."""
    known = items(models)
    item = next((item for item in known if item.language == scene.language), next(iter(known), None))
    if item is not None:
        return Settings(**of_item(models, item))
    names = models.start(models.first, OPINION)[:1]
    return Settings(model=next(iter(names), None), head=models.head(names, OPINION) or None)


def examples(models: Classifiers, scene: Scene) -> list[Example]:
    """The same of every language."""
    return [Example((item.title.en, item.title.zh), of_item(models, item)) for item in items(models)]


def draw(models: Classifiers, kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("lines", lines=6, max_lines=12, elem_id="lines", scale=3, min_width=280)
        kit.control("upload", file_types=[".csv", ".txt"], elem_id="upload", height=150, scale=2, min_width=240)
    with gr.Row():
        model = kit.control("model", elem_id="many-model")
        start = models.start(models.first, OPINION)[:1]
        kit.control("head", choices=models.heads, visible=models.multi(start), elem_id="many-head")
    with gr.Row():
        kit.main("run_many", elem_id="run-many")
        download = kit.output(
            "download", gr.Button(kit.strings("download"), interactive=False, elem_id="download")
        )  # fmt: skip
    kit.examples("many_examples", elem_id="many-examples", visible=bool(items(models)))
    kit.html("summary")
    table = gr.Dataframe(
        headers=["text", "label", "probability"], visible=False, wrap=True, interactive=False, elem_id="many-table",
        column_widths=["52%", "22%", "26%"],
    )  # fmt: skip
    kit.output("table", table)
    content = kit.output("content", gr.Textbox(visible="hidden", elem_id="many-csv"))
    kit.html("limits")
    kit.when("headed", model.input)
    download.click(None, content, None, js=files.DOWNLOAD, api_visibility="private")


def view(models: Classifiers) -> View:
    """The view, of some models."""
    return View(
        "many", Settings, partial(draw, models), partial(show, models), start=partial(start, models),
        examples=partial(examples, models), choices={"model": lambda scene: choices(models, scene.language)},
        adjusts={"headed": partial(headed, models)}, long="lines", slow=True, busy=("summary",),
    )  # fmt: skip
