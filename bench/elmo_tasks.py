"""What ELMo adds to each task, over the seeds of its card; and what the 8-bit language model costs the taggers.

Figures × 100 on the test split, with intervals of 95 %. `python -m export make NAME` trains what they are of.
"""

from __future__ import annotations

import numpy as np

from bench.report import MISSING, against, left_out, table
from export.contextual import layers
from hub.bundle import Bundles
from hub.card import Card
from hub.errors import HubError
from hub.tasks import grade, tag
from models.training import elmo_tasks

QUANTISED = "int8"
TOGETHER = 32  # sentences


def gains(card: Card) -> list[str]:
    """A row: each arm, what it adds, and the paper's figures."""
    arms = {one.arm: one for one in card.repeated}
    known = [arms.get(arm) for arm in ("without", "with", "second")]
    means = [one.shown if one else "" for one in known]
    added = [one.gain_shown if one else "" for one in known[1:]]
    return [card.name, *means, *added, " → ".join(one.shown for one in card.published)]


def f1(tagger: tag.Tagger, variant: str) -> float:
    """Of a tagger on its test split, reading a file of the language model."""
    task = elmo_tasks.TASKS[tagger.bundle.name.removeprefix("elmo-")]
    sentences = task.sentences("test")
    found = layers(tagger.reader.base, [one.words for one in sentences], variant)
    parts = np.split(found.swapaxes(0, 1), np.cumsum([len(one.words) for one in sentences])[:-1], axis=1)
    session, field = tagger.bundle.session(large=True), tagger.fields["with"]
    said: list[list[str]] = []
    for start in range(0, len(sentences), TOGETHER):
        some = sentences[start : start + TOGETHER]
        feeds = tagger.reader.feeds_of_layers(
            [one.words for one in some], parts[start : start + TOGETHER], session.inputs
        )
        (emissions,) = session.run(feeds, [tag.EMISSIONS["with"]])
        for one, values in zip(some, emissions, strict=True):
            said.append([task.labels[index] for index in field.decode(values[: len(one.words)].astype(np.float64))])
    right = [[task.labels[index] for index in one.labels] for one in sentences]
    return 100 * elmo_tasks.f1(said, right)


def run() -> str:
    bundles = Bundles()
    cards = [bundle.card for task in (tag.TASK, grade.TASK) for bundle in bundles.of_task(task)]
    rows = [gains(card) for card in cards if card.repeated]
    head = ("task", "without", "[x; ELMo]", "[x; ELMo] and [h; ELMo]", "gain", "gain of both", "the paper")
    lost, reasons = [], {}
    for bundle in bundles.of_task(tag.TASK):
        try:
            tagger = tag.opened(bundles, bundle.name)
            exact, quantised = (f1(tagger, variant) for variant in ("", QUANTISED))
        except (*MISSING, HubError) as error:
            reasons[bundle.name] = error
            continue
        bar = against(exact - quantised, 0.3, most=True, form=".2f", unit=" points")
        lost.append([bundle.name, f"{exact:.2f}", f"{quantised:.2f}", bar])
    parts = [
        table("With ELMo and without, test split", head, rows),
        table("The language model in 8 bits, F1", ("tagger", "fp32", QUANTISED, "lost"), lost),
    ]
    return "\n\n".join(parts) + left_out(reasons)
