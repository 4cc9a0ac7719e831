"""Many texts: one model on a list or a file."""

from __future__ import annotations

import time
from collections import Counter

from hub.bundle import Bundle
from hub.demos.classification.one import head_for, tally, variant_for
from hub.demos.classification.strings import STRINGS
from hub.tasks import classify as task
from hub.ui import files, html
from hub.ui.strings import Language, label_title


def classify_lines(
    bundle: Bundle, texts: list[str], head: str, variant: str, language: Language, progress: task.Progress | None
) -> tuple[str, list[list[object]], str]:
    """Many texts: a summary, the rows of the table, and the CSV file. Raises InputError, BundleError."""
    card = bundle.card
    head = head_for(card, head)
    start = time.perf_counter()
    found = task.classify(bundle, texts, head=head, variant=variant_for(card, variant), progress=progress)
    seconds = time.perf_counter() - start
    votes = Counter(label_title(card, prediction.label, language) for prediction in found)
    summary = html.note(
        STRINGS.say("classified", language, count=len(found), seconds=seconds, votes=tally(votes)), "notice"
    )
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
