"""Why a model says so: what each token is worth, and more where the card says that the graph tells more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hub import errors
from hub.bundle import Bundle
from hub.card import Card
from hub.demos.classification.strings import STRINGS
from hub.errors import HubError
from hub.tasks import classify as task
from hub.tasks.classifiers import head_for, variant_for
from hub.ui import figures, html
from hub.ui.strings import Language, label_title

SHOWN_NGRAMS = 12


def saliency_html(found: task.Saliency, text: str, label: str, title: str, language: Language) -> str:
    """Occlusion as coloured text, with its values in a table."""
    column = found.labels.index(label)
    deltas = found.deltas[:, column]
    strongest = float(deltas[np.abs(deltas).argmax()]) if len(deltas) else 0.0
    scale = max(abs(strongest), 0.05)  # a text where nothing matters stays pale
    marks = [(span.start, span.end, float(delta) / scale) for span, delta in zip(found.spans, deltas, strict=True)]
    titles = [f"{span.text} {100 * delta:+.1f}" for span, delta in zip(found.spans, deltas, strict=True)]
    note = STRINGS.say(
        "saliency_note", language, label=title, probability=found.probabilities[column], strongest=100 * strongest
    )
    legend = "".join(f"<span><i class={side}></i>{STRINGS.say(side, language)}</span>" for side in ("for", "against"))
    order = np.argsort(-np.abs(deltas), kind="stable")
    rows = [(found.spans[index].text, signed(100 * deltas[index], 1)) for index in order]
    headers = (STRINGS.say("token", language), STRINGS.say("points", language))
    return (
        f"<h3 class=part>{STRINGS.say('saliency', language)}</h3>{html.note(note)}{html.highlighted(text, marks, titles)}"  # noqa: E501
        f"<div class=legend>{legend}</div>"
        + html.details(STRINGS.say("values", language), html.table(headers, rows, numbers=[1]))
    )


def signed(value: float, digits: int = 3) -> html.Raw:
    """A number with its sign, coloured by it."""
    shown = f"{value:+.{digits}f}"
    if not shown.strip("+-0."):
        return html.Raw(shown[1:])
    return html.Raw(f"<span class={'positive' if value > 0 else 'negative'}>{shown}</span>")


def pooling_html(found: task.PoolingEvidence, card: Card, label: str, language: Language) -> str:
    """The winning n-grams and what each adds to the logits; the rows sum to the graph's own logits."""
    others = [name for name in found.labels if name != label]
    runner = sorted(others, key=lambda name: -found.logits[found.labels.index(name)])[:2]
    columns = [found.labels.index(name) for name in (label, *runner)]

    def row(name: str, features: int | None, values: np.ndarray) -> list[html.Cell]:
        return [name, features, *(signed(float(values[column])) for column in columns)]

    shown, rest = found.evidence[:SHOWN_NGRAMS], found.evidence[SHOWN_NGRAMS:]
    rows = [row(item.text, item.features, item.contributions) for item in shown]
    if rest:
        title = STRINGS.say("others", language, count=len(rest))
        total = np.sum([item.contributions for item in rest], axis=0)
        rows.append(row(title, sum(item.features for item in rest), total))
    everything = np.sum([item.contributions for item in found.evidence], axis=0) if found.evidence else 0.0
    rows.append(row(STRINGS.say("padding", language), None, found.padding))
    rows.append(row(STRINGS.say("bias", language), None, found.bias))
    rows.append(row(STRINGS.say("sum", language), None, everything + found.padding + found.bias))
    rows.append(row(STRINGS.say("logit", language), None, found.logits))
    headers = [
        STRINGS.say("ngram", language),
        STRINGS.say("won", language),
        *(label_title(card, found.labels[column], language) for column in columns),
    ]
    note = STRINGS.say("pooling_note", language, error=found.completeness_error, variant=found.variant)
    numbers = range(1, len(headers))
    return f"<h3 class=part>{STRINGS.say('pooling', language)}</h3>{html.note(note)}{html.table(headers, rows, '', numbers)}"  # noqa: E501


def course_html(found: task.CourseEvidence, card: Card, language: Language) -> tuple[str, str]:
    """The heading of the figure, and its values as a table."""
    headers = [STRINGS.say("token", language), *(label_title(card, label, language) for label in found.labels)]
    rows = [
        [span.text, *(f"{value:.1%}" for value in values)]
        for span, values in zip(found.spans, found.probabilities, strict=True)
    ]
    note = html.note(STRINGS.say("course_note", language, variant=found.variant))
    table = html.details(STRINGS.say("values", language), html.table(headers, rows, numbers=range(1, len(headers))))
    return f"<h3 class=part>{STRINGS.say('course', language)}</h3>{note}", table


@dataclass(frozen=True)
class Why:
    """What the panel shows; figure: of a recurrent model."""

    labels: tuple[str, ...]
    label: str  # the one that is explained
    above: str
    figure: Any
    below: str


def explained(bundle: Bundle, text: str, head: str, variant: str, label: str, language: Language) -> Why:
    """Everything that can be said about one answer: occlusion for every model, more where the card says so."""
    card = bundle.card
    head = head_for(card, head)
    labels = card.heads[head]
    figure, above, below = None, "", ""
    try:
        found = task.saliency(bundle, text, head=head, variant=variant_for(card, variant))
        label = label if label in labels else labels[int(found.probabilities.argmax())]  # the model's answer
        above = saliency_html(found, text, label, label_title(card, label, language), language)
        if card.explanation and card.explanation.kind == "pooling":
            above += pooling_html(task.pooling_evidence(bundle, text, head=head), card, label, language)
        elif card.explanation and card.explanation.kind == "course":
            course = task.course(bundle, text, head=head)
            heading, below = course_html(course, card, language)
            above += heading
            titles = [label_title(card, name, language) for name in labels]
            figure = figures.course([span.text for span in course.spans], titles, course.probabilities)
    except HubError as error:
        above += html.note(errors.readable(error, language), "warn")
    return Why(labels, label if label in labels else labels[0], above, figure, below)
