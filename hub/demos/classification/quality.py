"""How good the models are: all of a data set in one picture, what they get wrong, and what the cards say."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub.card import Card
from hub.demos.classification import picture
from hub.demos.classification.examples import opening
from hub.demos.classification.one import choices
from hub.demos.classification.picture import Scored, Timed
from hub.demos.classification.strings import STRINGS
from hub.errors import BundleError
from hub.tasks import classify as task
from hub.tasks.classifiers import Classifiers, head_for
from hub.ui import figures, html, scripts, settings, share
from hub.ui.settings import Control
from hub.ui.strings import Language, either, label_title
from hub.ui.view import STAND, Kit, Scene, View

REPEATS = 15


def title_of(models: Classifiers, dataset: str, language: Language) -> str:
    """A data set as it is shown: its name where no card has words for it."""
    described = models.datasets.get(dataset)
    return either(described.title, language) if described else dataset


def sentences_of(models: Classifiers, dataset: str) -> list[tuple[str, str]]:
    """(sentence, right label): ours for a data set; none where no card has some."""
    described = models.datasets.get(dataset)
    return described.labelled if described else []


def typical(models: Classifiers, dataset: str, language: Language) -> str:
    """The text that models are timed with: of our sentences for a data set, the one of middle length."""
    texts = sorted((text for text, _ in sentences_of(models, dataset)), key=len)
    return texts[len(texts) // 2] if texts else opening(language).text


def timed(models: Classifiers, entries: Sequence[Scored], text: str) -> list[Timed]:
    """Their times, measured now; a model that is disabled is left out."""
    asked = []
    for entry in entries:
        with contextlib.suppress(BundleError):
            asked.append((models.bundles.get(entry.card.name, task.TASK), entry.head))
    runs = {run.card.name: run for run in models.run(asked, text, repeats=REPEATS) if run.prediction}
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


def wrong_html(models: Classifiers, entry: Scored, dataset: str, language: Language) -> str:
    """Which of our sentences a model gets wrong, each with a link to why. Raises BundleError."""
    known = sentences_of(models, dataset)
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


class Settings(settings.Settings):
    """A data set, and the model that is looked at; its task, where it has several."""

    dataset: Annotated[str | None, Control(kind=gr.Dropdown, label="dataset_choice", name="data", live=True)] = None
    model: Annotated[str | None, Control(kind=gr.Dropdown)] = None
    head: Annotated[str | None, Control(kind=gr.Dropdown, hidden=True)] = None


def show(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """The picture of a data set, what its best model gets wrong, and that model's figures."""
    dataset = settings.dataset or ""
    text = typical(models, dataset, language)
    points = timed(models, picture.scored(models.cards).get(dataset, []), text)
    if not points:
        empty = {"picture": html.empty(STRINGS.say("no_scores", language)), "wrong": ""}
        return {**empty, **of_model(models, settings.changed(model=None, head=None), language)}
    named = next((point.scored for point in points if point.scored.card.name == settings.model), None)
    chosen = named or max(points, key=lambda point: point.scored.accuracy).scored
    drawn = picture_html(points, text, chosen.card.name, language)
    return {"picture": drawn, **of_dot(models, settings.changed(model=chosen.card.name), language)}


def of_dot(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """What a model of the data set gets wrong, and its figures."""
    entries = picture.scored(models.cards).get(settings.dataset or "", [])
    entry = next((one for one in entries if one.card.name == settings.model), None)
    if entry is None:
        return of_model(models, settings, language)
    settings = settings.changed(head=entry.head)
    wrong = wrong_html(models, entry, settings.dataset or "", language)
    return {"wrong": wrong, **of_model(models, settings, language), STAND: settings}


def of_model(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """What a card says: the table, the heads, the confusion matrix and its counts."""
    card = models.card(settings.model or "")
    if card is None:
        nothing = html.empty(STRINGS.say("no_metrics", language))
        return {"table": nothing, "plot": gr.Plot(visible=False), "values": ""}
    head = head_for(card, settings.head or "")
    shown = {
        "table": metrics_html(card, language),
        "head": gr.Dropdown(choices=[*card.heads], value=head, visible=len(card.heads) > 1),
    }
    of_head = [entry for entry in card.confusions if entry.head == head]
    confusion = next((entry for entry in of_head if entry.variant == card.default_variant), None)
    confusion = confusion or next(iter(of_head), None)
    if confusion is None:
        return {**shown, "plot": gr.Plot(value=None, visible=False), "values": ""}
    titles = [label_title(card, label, language) for label in card.heads[head]]
    true, predicted = STRINGS.say("true", language), STRINGS.say("predicted", language)
    caption = STRINGS.say(
        "confusion", language, dataset=confusion.dataset, split=confusion.split, variant=confusion.variant
    )
    rows: list[list[html.Cell]] = [[title, *counts] for title, counts in zip(titles, confusion.counts, strict=True)]
    values = html.table([f"{true} \\ {predicted}", *titles], rows, numbers=range(1, len(titles) + 1))
    plot = figures.confusion(titles, confusion.counts, true, predicted)
    return {
        **shown,
        "table": f"{metrics_html(card, language)}<h3 class=part>{html.text_of(caption)}</h3>",
        "plot": gr.Plot(value=plot, visible=True),
        "values": html.details(STRINGS.say("values", language), values),
    }


def datasets(models: Classifiers, scene: Scene) -> list[tuple[str, str]]:
    """The data sets that models here have test figures of."""
    return [(title_of(models, dataset, scene.language), dataset) for dataset in picture.scored(models.cards)]


def start(models: Classifiers, scene: Scene) -> Settings:
    """The data set that most models of the page's language know."""
    speech = scene.language if scene.language in models.spoken else models.first
    counts = {
        dataset: sum(speech in entry.card.languages for entry in entries)
        for dataset, entries in picture.scored(models.cards).items()
    }
    return Settings(dataset=max(counts, key=lambda dataset: counts[dataset], default=None))


def draw(models: Classifiers, kit: Kit) -> None:
    """Lay it out."""
    kit.control("dataset", elem_id="quality-dataset")
    dots = kit.output("picture", gr.HTML(js_on_load=scripts.text("dots"), elem_id="quality"))
    kit.html("wrong", "quality-wrong")
    gr.Markdown(kit.strings("one_model"), elem_id="one-model-heading")
    model = kit.control("model", elem_id="figure-model")
    kit.html("table", "figure-table")
    heads = list(dict.fromkeys(head for card in models.cards for head in card.heads))
    head = kit.control("head", choices=heads, visible=False, elem_id="figure-head")
    kit.output("plot", gr.Plot(show_label=False, visible=False, elem_id="figure-confusion"))
    kit.html("values", "figure-values")
    kit.when("dot", dots.click, sets="model")
    kit.when("model", model.input)
    kit.when("model", head.input)


def view(models: Classifiers) -> View:
    """The view, of some models."""
    return View(
        "figures", Settings, partial(draw, models), partial(show, models), start=partial(start, models),
        choices={"dataset": partial(datasets, models), "model": lambda scene: choices(models, scene.language)},
        actions={"dot": partial(of_dot, models), "model": partial(of_model, models)},
        forgets=("model", "head"), busy=("picture",),
    )  # fmt: skip
