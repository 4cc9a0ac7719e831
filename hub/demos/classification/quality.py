"""How good the models are: all of a data set in one picture, what they get wrong, and what the cards say."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import gradio as gr

from hub.card import Card
from hub.demos.classification import picture
from hub.demos.classification.examples import opening
from hub.demos.classification.picture import Scored, Timed
from hub.demos.classification.runs import Models, head_for, run_models
from hub.demos.classification.sentences import of
from hub.demos.classification.strings import STRINGS
from hub.errors import BundleError, HubError
from hub.tasks import classify as task
from hub.ui import figures, html, share
from hub.ui.context import readable
from hub.ui.strings import Language, either, label_title, language_of

REPEATS = 15
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
QUIET: dict[str, Any] = {"show_progress": "hidden", **PRIVATE}


def title_of(dataset: str, language: Language) -> str:
    """A data set as it is shown: its name where the page has no words for it."""
    key = f"data_{dataset}"
    return STRINGS.say(key, language) if key in STRINGS.table else dataset


def typical(dataset: str, language: Language) -> str:
    """The text that models are timed with: of our sentences for a data set, the one of middle length."""
    texts = sorted((text for text, _ in of(dataset)), key=len)
    return texts[len(texts) // 2] if texts else opening(language).text


def timed(models: Models, entries: Sequence[Scored], text: str, language: Language) -> list[Timed]:
    """Their times, measured now; a model that is disabled is left out."""
    asked = []
    for entry in entries:
        with contextlib.suppress(BundleError):
            asked.append((models.bundles.get(entry.card.name, task.TASK), entry.head))
    runs = {run.card.name: run for run in run_models(asked, text, "", language, REPEATS) if run.prediction}
    return [Timed(entry, runs[entry.card.name].latency_ms) for entry in entries if entry.card.name in runs]


def picture_html(points: Sequence[Timed], text: str, chosen: str, language: Language) -> str:
    """The picture, what it says, and its figures as a table."""
    rows: list[list[html.Cell]] = []
    for point in sorted(points, key=lambda point: -point.scored.accuracy):
        entry, paper = point.scored, point.scored.published
        beside = f"{100 * paper.value:.1f} % {paper.system} ({paper.source})" if paper else None
        figures_of = (
            f"{100 * entry.accuracy:.1f} %",
            f"{point.latency_ms:.2f} ms",
            picture.megabytes(entry.size_bytes),
        )
        rows.append([either(entry.card.title, language), entry.variant, *figures_of, beside])
    headers = [STRINGS.say(key, language) for key in ("model", "bundle", "accuracy_axis", "ms", "size", "published")]
    note = STRINGS.say("picture_note", language, repeats=REPEATS, text=text)
    return (
        html.note(STRINGS.say("picture_hint", language))
        + picture.drawn(points, chosen, language)
        + html.note(note)
        + html.details(STRINGS.say("values", language), html.table(headers, rows, numbers=[2, 3, 4]))
    )


def wrong_html(models: Models, entry: Scored, dataset: str, language: Language) -> str:
    """Which of our sentences a model gets wrong, each with a link to why. Raises BundleError."""
    known = of(dataset)
    if not known:
        return html.note(STRINGS.say("no_sentences", language))
    card = entry.card
    bundle = models.bundles.get(card.name, task.TASK)
    found = task.classify(bundle, [text for text, _ in known], head=entry.head, variant=entry.variant, large=False)
    rows: list[list[html.Cell]] = []
    for (text, right), prediction in zip(known, found, strict=True):
        if prediction.label != right:
            says = f"{label_title(card, prediction.label, language)} {prediction.scores[prediction.label]:.0%}"
            link = {"text": text, "models": card.name, "head": entry.head, "why": card.name, "lang": language}
            shown = f"<a href='?{html.text_of(share.encode(link).query)}'>{html.text_of(text)}</a>"
            rows.append([html.Raw(shown), label_title(card, right, language), says])
    values = {"title": either(card.title, language), "wrong": len(rows), "count": len(known)}
    heading = STRINGS.say("wrong" if rows else "none_wrong", language, **values)
    headers = [STRINGS.say(key, language) for key in ("text_column", "right_label", "model_label")]
    table = html.note(STRINGS.say("look", language)) + html.table(headers, rows) if rows else ""
    return f"<h3 class=part>{html.text_of(heading)}</h3>{html.note(STRINGS.say('ours_note', language))}{table}"


def metrics_html(card: Card, language: Language) -> str:
    """Our figures, measured on the ONNX files, and the published ones beside them."""
    if not card.metrics:
        return html.empty(STRINGS.say("no_metrics", language))
    rows: list[list[html.Cell]] = []
    for metric in card.metrics:
        beside = [
            entry
            for entry in card.published
            if entry.metric == metric.metric and entry.dataset in (metric.dataset, metric.head)
        ]
        shown = beside if metric.split == "test" else []
        rows.append(
            [
                " · ".join(filter(None, (metric.dataset, metric.head))),
                metric.split,
                metric.metric,
                metric.variant,
                " ".join(filter(None, (metric.shown, metric.unit.sign))),
                html.Raw("<br>".join(f"{entry.shown} {html.text_of(entry.system)}" for entry in shown) or "–"),
                ", ".join(dict.fromkeys(entry.source for entry in shown)),
            ]
        )
    keys = ("dataset", "split", "metric", "bundle", "ours", "published", "source")
    return html.table([STRINGS.say(key, language) for key in keys], rows, STRINGS.say("metrics", language), [4])


class Quality:
    """The view."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.scored = picture.scored(models.cards)
        s, first = STRINGS, self._first(models.first)
        start = models.start(models.first)[:1]
        self.dataset = gr.Dropdown(
            self._choices("en"), value=first or None, label=s("dataset_choice"), elem_id="quality-dataset"
        )
        self.picture = gr.HTML(js_on_load=picture.CLICK, elem_id="quality")
        self.wrong = gr.HTML(elem_id="quality-wrong")
        gr.Markdown(s("one_model"), elem_id="one-model-heading")
        self.model = gr.Dropdown(
            models.choices("en"), value=start[0] if start else None, label=s("model"), elem_id="figure-model"
        )
        self.table = gr.HTML()
        self.head = gr.Dropdown([], label=s("head"), visible=False)
        self.plot = gr.Plot(show_label=False, visible=False)
        self.values = gr.HTML()
        self.card = [self.table, self.head, self.plot, self.values]
        chosen = [self.model, *self.card]
        self.dataset.input(self.of_dataset, self.dataset, [self.picture, self.wrong, *chosen], **QUIET)
        self.picture.click(self.of_dot, self.dataset, [self.wrong, *chosen], **QUIET)
        for listener in (self.model.input, self.head.input):
            listener(self.of_model, [self.model, self.head], self.card, **QUIET)

    def on_look(self, tab: gr.Tab) -> None:
        """The view is drawn when it is looked at."""
        tab.select(
            self.of_dataset, self.dataset, [self.picture, self.wrong, self.model, *self.card],
            show_progress_on=self.picture, **PRIVATE,
        )  # fmt: skip

    def _choices(self, language: Language) -> list[tuple[str, str]]:
        return [(title_of(dataset, language), dataset) for dataset in self.scored]

    def _first(self, language: Language) -> str:
        """The data set that most models of a language know."""
        counts = {
            dataset: sum(language in entry.card.languages for entry in entries)
            for dataset, entries in self.scored.items()
        }
        return max(counts, key=lambda dataset: counts[dataset], default="")

    def of_dataset(self, dataset: str | None, request: gr.Request) -> list[Any]:
        """The picture of a data set, what its best model gets wrong, and that model's figures."""
        language = language_of(request)
        text = typical(dataset or "", language)
        points = timed(self.models, self.scored.get(dataset or "", []), text, language)
        if not points:
            return [html.empty(STRINGS.say("no_scores", language)), "", gr.skip(), *self._figures("", "", language)]
        best = max(points, key=lambda point: point.scored.accuracy).scored
        return [picture_html(points, text, best.card.name, language), *self._chosen(best, dataset or "", language)]

    def of_dot(self, dataset: str | None, request: gr.Request, event: gr.EventData) -> list[Any]:
        language = language_of(request)
        entry = next((one for one in self.scored.get(dataset or "", []) if one.card.name == str(event.model)), None)
        if entry is None:
            return [gr.skip()] * 6
        return self._chosen(entry, dataset or "", language)

    def of_model(self, name: str, head: str, request: gr.Request) -> list[Any]:
        return self._figures(name, head, language_of(request))

    def _chosen(self, entry: Scored, dataset: str, language: Language) -> list[Any]:
        try:
            wrong = wrong_html(self.models, entry, dataset, language)
        except HubError as error:
            raise readable(error) from None
        return [wrong, entry.card.name, *self._figures(entry.card.name, entry.head, language)]

    def _figures(self, name: str, head: str, language: Language) -> list[Any]:
        """What a card says: the table, the heads, the confusion matrix and its counts."""
        card = self.models.card(name)
        if card is None:
            return [html.empty(STRINGS.say("no_metrics", language)), gr.skip(), gr.Plot(visible=False), ""]
        head = head_for(card, head)
        table = metrics_html(card, language)
        selector = gr.Dropdown(choices=[*card.heads], value=head, visible=len(card.heads) > 1)
        of_head = [entry for entry in card.confusions if entry.head == head]
        found = next((entry for entry in of_head if entry.variant == card.default_variant), None)
        found = found or next(iter(of_head), None)
        if found is None:
            return [table, selector, gr.Plot(value=None, visible=False), ""]
        titles = [label_title(card, label, language) for label in card.heads[head]]
        true, predicted = STRINGS.say("true", language), STRINGS.say("predicted", language)
        caption = STRINGS.say("confusion", language, dataset=found.dataset, split=found.split, variant=found.variant)
        rows: list[list[html.Cell]] = [[title, *counts] for title, counts in zip(titles, found.counts, strict=True)]
        values = html.table([f"{true} \\ {predicted}", *titles], rows, numbers=range(1, len(titles) + 1))
        plot = figures.confusion(titles, found.counts, true, predicted)
        return [
            f"{table}<h3 class=part>{html.text_of(caption)}</h3>", selector, gr.Plot(value=plot, visible=True),
            html.details(STRINGS.say("values", language), values),
        ]  # fmt: skip

    @property
    def written(self) -> list[Any]:
        return [self.dataset, self.model]

    def restored(self, language: Language) -> list[Any]:
        """A value for each of `written`: what is in the language of the page."""
        speech = language if language in self.models.spoken else self.models.first
        dataset = gr.Dropdown(choices=self._choices(language), value=self._first(speech) or None)
        return [dataset, gr.Dropdown(choices=self.models.choices(language))]
