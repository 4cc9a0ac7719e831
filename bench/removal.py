"""Every sentence encoder on the test part of STS-B, without its 0, 1, 2, … most frequent tokens: Spearman × 100.

Writes what it measures into the file that the page shows (hub/demos/similarity/measured.json), and prints a part of it.
"""

from __future__ import annotations

import re

from bench.report import table
from hub.bundle import Bundle, Bundles
from hub.card import Text
from hub.demos.similarity.encoders import COUNTS, Encoders
from hub.demos.similarity.measured import FILE, Course, Measured, Measurements
from hub.tasks import collapse, embed
from hub.ui.strings import LANGUAGES, Language
from models.training import corpus

SETS: dict[Language, tuple[str, Text]] = {
    "en": ("stsb", Text(en="STS-B, test", zh="STS-B 测试集")),
    "zh": ("stsb_zh", Text(en="Chinese STS-B, test", zh="中文 STS-B 测试集")),
}
SHOWN = (0, 1, 2, 5, 10, 20, 36, 60, 100)  # of the removed tokens, in the table


def course(bundle: Bundle, frequent: tuple[str, ...], dataset: str) -> Course:
    """One encoder with 0, 1, … of its tokens left out."""
    rows = corpus.load(dataset, "test")
    sides = [embed.tokens(bundle, list(rows[side])) for side in ("sentence1", "sentence2")]
    grades = rows["score"].to_numpy(float)
    found, low, high = [], [], []
    for count in range(min(len(frequent), COUNTS[-1]) + 1):
        cosines = collapse.rowwise(*(collapse.mean_without(side, frequent[:count]) for side in sides))
        found.append(round(collapse.spearman(cosines, grades), 4))
        ends = collapse.spearman_interval(cosines, grades)
        low.append(round(ends[0], 3))
        high.append(round(ends[1], 3))
    served = bundle.card.variant(bundle.variant_with("token_embeddings"))
    return Course(sha256=served.sha256, spearman=tuple(found), low=tuple(low), high=tuple(high))


def run() -> str:
    encoders = Encoders(Bundles())
    sets: dict[Language, Measured] = {}
    rows: list[list[object]] = []
    for language in LANGUAGES:
        name, title = SETS[language]
        courses = {}
        for card in encoders.of(language):
            made = courses[card.name] = course(encoders.get(card.name), encoders.frequent(card.name), name)
            points = [100 * made.spearman[count] if count < len(made.spearman) else None for count in SHOWN]
            rows.append([card.name, title.en, *("–" if value is None else f"{value:.1f}" for value in points)])
        sets[language] = Measured(title=title, pairs=len(corpus.load(name, "test")), courses=courses)
    content = Measurements(sets=sets).model_dump_json(indent=1)
    FILE.write_text(re.sub(r"\s+(?=[^\[\]{}]*\])", " ", content) + "\n", encoding="utf-8")  # a list, a line
    head = ["encoder", "test set", *(f"without {count}" for count in SHOWN)]
    return table("Spearman × 100 without the most frequent tokens", head, rows)
