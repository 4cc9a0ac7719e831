"""A class for a text, with the layers of a language model beside the words, and without (Peters et al. 2018, 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.bundle import Bundles
from hub.tasks import contextual
from hub.tasks.layered import Arm, check_arm, layered_reader
from hub.text import batches, check_texts

TASK = "contextual-classification"
LOGITS: dict[Arm, str] = {"with": "logits", "without": "logits_without"}


@dataclass(frozen=True)
class Graded:
    """A text and the probability of each class, in the order of the labels."""

    text: str
    probabilities: tuple[float, ...]
    truncated: bool  # the text has more words than are read


def grade(bundles: Bundles, name: object, texts: Sequence[str], arm: Arm = "with", variant: str = "") -> list[Graded]:
    """In the order of the texts.

    Raises InputError (not a text, no word in it, too long, too many), UnknownModelError, BundleError.
    """
    check_arm(arm)
    bundle = bundles.get(name, TASK)
    reader = layered_reader(bundles, bundle)
    readings = contextual.read_checked(reader.base, check_texts(texts))
    session = bundle.session(variant)
    found: list[Graded | None] = [None] * len(readings)
    for batch in batches([len(reading.words) for reading in readings]):
        (logits,) = session.run(reader.feeds_of([readings[row] for row in batch], session.inputs), [LOGITS[arm]])
        for row, odds in zip(batch, np.exp(logits - logits.max(1, keepdims=True)), strict=True):
            reading = readings[row]
            found[row] = Graded(reading.text, tuple((odds / odds.sum()).tolist()), reading.words.truncated)
    return [one for one in found if one is not None]
