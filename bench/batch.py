"""A model's answer to a text does not depend on what else is in its batch: every bundle, every variant."""

from __future__ import annotations

import numpy as np

from bench.report import against, table
from bench.texts import sentences
from hub.bundle import Bundle, Bundles
from hub.card import logits_name
from hub.session import Session
from hub.tasks.classify import TASK
from hub.text import feeds

TEXTS = 64
LIMIT = 1e-5


def difference(bundle: Bundle, session: Session) -> float:
    """Largest difference of a logit between a text alone and among longer and shorter ones."""
    names = [logits_name(head) for head in bundle.card.heads]
    rows = [code.ids for code in bundle.encoder.encode(sentences(bundle.card.languages, TEXTS))]
    rows += [row[:1] for row in rows[:2]]  # one token
    longest = bundle.card.max_tokens or 0
    rows.append((rows[0] * longest)[:longest])
    together = session.run(feeds(rows, session.inputs), names)
    worst = 0.0
    for index, row in enumerate(rows):
        alone = session.run(feeds([row], session.inputs), names)
        worst = max(worst, *(float(np.abs(a[0] - t[index]).max()) for a, t in zip(alone, together, strict=True)))
    return worst


def run() -> str:
    rows = []
    for bundle in Bundles().of_task(TASK):
        for variant in bundle.card.variants:
            if not variant.omitted:
                worst = difference(bundle, bundle.session(variant.name))
                rows.append([bundle.name, variant.name, against(worst, LIMIT, most=True, form=".0e")])
    return table("Alone and in a mixed batch: largest difference of a logit", ["bundle", "variant", "difference"], rows)
