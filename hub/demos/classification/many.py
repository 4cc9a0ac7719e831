"""Many texts: one model on a list or a file."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import gradio as gr

from hub import errors
from hub.bundle import Bundle
from hub.demos.classification.answers import tally
from hub.demos.classification.examples import LINES, OPINION, Lines
from hub.demos.classification.runs import Models, head_for, variant_for
from hub.demos.classification.sentences import of
from hub.demos.classification.strings import STRINGS
from hub.errors import HubError, InputError
from hub.tasks import classify as task
from hub.ui import files, html
from hub.ui.strings import Language, label_title, language_of

SHOWN_LINES = 12
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
QUIET: dict[str, Any] = {"show_progress": "hidden", **PRIVATE}
PROGRESS = gr.Progress()


def classify_lines(
    bundle: Bundle, texts: list[str], head: str, variant: str, language: Language, progress: task.Progress | None
) -> tuple[str, list[list[object]], str]:
    """Many texts: a summary, the rows of the table, and the CSV file. Raises InputError, BundleError."""
    card = bundle.card
    head = head_for(card, head)
    start = time.perf_counter()
    found = task.classify(bundle, texts, head=head, variant=variant_for(card, variant), progress=progress)
    seconds = time.perf_counter() - start
    votes = tally(Counter(label_title(card, prediction.label, language) for prediction in found), language)
    took = f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
    summary = html.note(STRINGS.count("classified", language, len(found), took=took, votes=votes), "notice")
    rows: list[list[object]] = [
        [text, label_title(card, prediction.label, language), round(prediction.scores[prediction.label], 4)]
        for text, prediction in zip(texts, found, strict=True)
    ]
    labels = card.heads[head]
    full = (
        [text, prediction.label, *(f"{prediction.scores[label]:.6f}" for label in labels)]
        for text, prediction in zip(texts, found, strict=True)
    )
    return summary, rows, files.to_csv(["text", "label", *labels], full)


def lines_of(item: Lines) -> list[str]:
    """The sentences of an example."""
    return [text for text, _ in of(item.dataset)[:SHOWN_LINES]]


class ManyTexts:
    """The view."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.items = [item for item in LINES if models.start(item.language, item.expects)]
        s = STRINGS
        start = models.start(models.first)[:1]
        with gr.Row():
            self.lines = gr.Textbox(label=s("lines"), lines=6, max_lines=12, elem_id="lines", scale=3, min_width=280)
            self.upload = gr.File(
                label=s("upload"), file_types=[".csv", ".txt"], elem_id="upload", height=150, scale=2, min_width=240
            )
        with gr.Row():
            self.model = gr.Dropdown(
                models.choices("en"), value=start[0] if start else None, label=s("model"), elem_id="many-model"
            )
            self.head = gr.Dropdown(
                models.heads, value=models.head(start, OPINION) or None, label=s("head"), visible=models.multi(start)
            )
        with gr.Row():
            self.button = gr.Button(s("run_many"), variant="primary", elem_id="run-many")
            self.download = gr.Button(s("download"), interactive=False, elem_id="download")
        self.samples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[item.title[0]] for item in self.items],
            label=s("many_examples"), type="index", elem_id="many-examples", visible=bool(self.items),
        )  # fmt: skip
        self.summary = gr.HTML(elem_id="many-summary")
        self.table = gr.Dataframe(
            headers=["text", "label", "probability"], visible=False, wrap=True, interactive=False, elem_id="many-table",
            column_widths=["70%", "15%", "15%"],
        )  # fmt: skip
        self.content = gr.Textbox(visible="hidden", elem_id="many-csv")
        self.limits = gr.HTML()
        self._wire()

    def _wire(self) -> None:
        shown = [self.summary, self.table, self.content, self.download]
        self.button.click(
            self.run, [self.lines, self.upload, self.model, self.head], shown,
            concurrency_limit=2, show_progress_on=self.summary, **PRIVATE,
        )  # fmt: skip
        loaded = [self.lines, self.model, self.head, self.upload, *shown]
        self.samples.click(self.example, self.samples, loaded, show_progress_on=self.summary, **PRIVATE)
        self.shown = shown
        self.model.input(lambda name: gr.Dropdown(visible=self.models.multi([name])), self.model, self.head, **QUIET)
        self.download.click(None, self.content, None, js=files.DOWNLOAD, **PRIVATE)

    def on_look(self, tab: gr.Tab) -> None:
        """The example that the page opens with is classified when it is looked at."""
        tab.select(self.look, [self.lines, self.upload, self.model, self.head, self.content], self.shown, **QUIET)

    def look(self, lines: str, path: str | None, name: str, head: str, content: str, request: gr.Request) -> list[Any]:
        try:
            texts = files.typed(lines)
        except HubError as error:
            return self._failed(error, language_of(request))
        if content or path or not texts:
            return [gr.skip()] * 4
        return self.answer(texts, name, head, language_of(request), None)

    def _opening(self, language: Language) -> tuple[str, str | None, str]:
        """Lines, model and head that the page opens with."""
        item = next((item for item in self.items if item.language == language), next(iter(self.items), None))
        if item is None:
            return "", None, ""
        names = self.models.start(item.language, item.expects)
        return "\n".join(lines_of(item)), names[0], self.models.head(names[:1], item.expects)

    def example(self, index: int, request: gr.Request) -> list[Any]:
        item = self.items[index]
        texts = lines_of(item)
        names = self.models.start(item.language, item.expects)[:1]
        head = self.models.head(names, item.expects)
        made = self.answer(texts, names[0], head, language_of(request), None)
        shown = gr.Dropdown(value=head or None, visible=self.models.multi(names))
        return ["\n".join(texts), names[0], shown, None, *made]  # lines of an example, not of a file

    def run(
        self, lines: str, path: str | None, name: str, head: str, request: gr.Request, progress: gr.Progress = PROGRESS
    ) -> list[Any]:
        language = language_of(request)
        told = STRINGS.say("progress", language)
        taken = ""
        try:
            if path:  # the file stays, for another model or another try; Gradio removes it later
                upload = files.read(Path(path))
                texts, taken = upload.texts, html.note(upload.taken(language))
            else:
                texts = files.typed(lines)
            if not texts:
                raise InputError("lines_none")
        except HubError as error:
            return self._failed(error, language)
        summary, *rest = self.answer(
            texts, name, head, language, lambda done, total: progress((done, total), desc=told)
        )
        return [taken + summary, *rest]

    def answer(
        self, texts: list[str], name: str, head: str, language: Language, progress: task.Progress | None
    ) -> list[Any]:
        """Summary, table, the content of the file, and the button that hands it over."""
        try:
            bundle = self.models.bundles.get(name, task.TASK)
            summary, rows, content = classify_lines(bundle, texts, head, "", language, progress)
        except HubError as error:
            return self._failed(error, language)
        headers = [STRINGS.say(key, language) for key in ("text_column", "label", "probability")]
        return [summary, gr.Dataframe(value=rows, headers=headers, visible=True), content, gr.Button(interactive=True)]

    def _failed(self, error: HubError, language: Language) -> list[Any]:
        """In place of the answer before."""
        return [
            html.note(errors.readable(error, language), "warn"),
            gr.Dataframe(visible=False),
            "",
            gr.Button(interactive=False),
        ]

    @property
    def written(self) -> list[Any]:
        return [self.lines, self.model, self.head, self.samples, self.limits]

    def restored(self, language: Language) -> list[Any]:
        """A value for each of `written`: an example, and what is in the language of the page."""
        titles = [[item.title[language == "zh"]] for item in self.items]
        note = html.note(STRINGS.say("batch_limits", language))
        lines, name, head = self._opening(language)
        model = gr.Dropdown(choices=self.models.choices(language), value=name)
        shown = gr.Dropdown(value=head or None, visible=self.models.multi([name] if name else []))
        return [lines, model, shown, gr.Dataset(samples=titles), note]
