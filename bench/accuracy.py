"""The figures of all cards, measured on the ONNX files, beside the bars and the papers."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from bench.report import against, table
from hub.bundle import Bundle, Bundles


@dataclass(frozen=True)
class Claim:
    """One bar: the best of some bundles on a test split."""

    what: str
    dataset: str
    bundles: tuple[str, ...]
    bar: float  # percent, or Spearman × 100
    paper: str
    metric: str = "accuracy"


RECURRENT = ("textrnn-uniform", "textrnn-coupled", "textrnn-shared")
THUCNEWS = ("textcnn-thucnews-zh", "textrcnn-thucnews-zh", "textrnn-thucnews-zh")
CLAIMS = (
    Claim("TextCNN", "sst2", ("textcnn-sst2",), 85.0, "87.2"),
    Claim("TextCNN, distilled", "sst2", ("textcnn-sst2-distilled",), 88.1, "88.1 (its best variant)"),
    Claim("TextRCNN", "sst2", ("textrcnn-sst2",), 85.5, "–"),
    Claim("MiniLM", "sst2", ("minilm-sst2",), 91.0, "–"),
    Claim("TextCNN", "trec", ("textcnn-trec",), 92.0, "93.6"),
    Claim("TextRNN, best of three", "sst1", RECURRENT, 44.0, "49.6"),
    Claim("TextRNN, best of three", "sst2", RECURRENT, 85.5, "87.9"),
    Claim("TextRNN, best of three", "subj", RECURRENT, 92.5, "94.1"),
    Claim("TextCNN", "online_shopping_zh", ("textcnn-shopping-zh",), 92.5, "–"),
    Claim("best of three", "thucnews_zh", THUCNEWS, 89.5, "91.2–91.5 with 180k headlines"),
    Claim("ConSERT, joint", "stsb", ("consert-joint-en",), 68.0, "79.0 (BERT-base)", "spearman"),
    Claim("ConSERT on MiniLM", "stsb", ("consert-minilm",), 84.0, "–", "spearman"),
    Claim("ConSERT", "stsb_zh", ("consert-zh",), 60.0, "72.8 (RoBERTa-base)", "spearman"),
)
UNSUPERVISED, BASE = "consert-en", "bert-mini-en"
GAIN = 12.0  # points of the unsupervised encoder over its base, the mean of these test splits
STS = ("stsb", "sick", "sts12", "sts13", "sts14", "sts15")


def measured(bundle: Bundle, dataset: str, variant: str, metric: str = "accuracy") -> float | None:
    """A figure on the test split, in the unit in which it is shown, or None where the card has none."""
    found = [
        row.unit.scale * row.value
        for row in bundle.card.metrics
        if (row.dataset, row.split, row.metric, row.variant) == (dataset, "test", metric, variant)
    ]
    return found[0] if found else None


def row_of(claim: Claim, bundles: dict[str, Bundle]) -> list[object]:
    """The claim, the bundle that is best at it, and its figures."""
    scores = []
    for name in claim.bundles:
        bundle = bundles.get(name)
        value = measured(bundle, claim.dataset, bundle.card.default_variant, claim.metric) if bundle else None
        if bundle and value is not None:
            scores.append((value, name, bundle))
    start: list[object] = [claim.dataset, claim.what, claim.metric]
    if not scores:
        return [*start, "–", f"not measured (at least {claim.bar:g})", "–", claim.paper]
    value, name, bundle = max(scores, key=lambda item: item[0])
    full = measured(bundle, claim.dataset, "fp32", claim.metric)
    quantised = f"{full:.2f}" if full is not None else "–"
    return [*start, f"`{name}` {bundle.card.default_variant}", against(value, claim.bar), quantised, claim.paper]


def gain(bundles: dict[str, Bundle]) -> str:
    """What contrast without labels adds to its base, in points."""
    means = []
    for name in (BASE, UNSUPERVISED):
        bundle = bundles.get(name)
        found = [measured(bundle, sts, bundle.card.default_variant, "spearman") for sts in STS] if bundle else [None]
        known = [value for value in found if value is not None]
        if len(known) < len(STS):
            return f"Unsupervised ConSERT over its base: not measured (at least {GAIN:g})."
        means.append(float(np.mean(known)))
    base, tuned = means
    return (
        f"Unsupervised ConSERT over its base, mean of {', '.join(STS)}: {base:.1f} to {tuned:.1f}, "
        f"{against(tuned - base, GAIN, unit=' points')}; the paper: 52.4 to 72.2 on the same six."
    )


def movie_reviews() -> str:
    """What bench mr has finished, in percent."""
    from bench import mr

    if not mr.RESULTS.exists():
        return "MR: not measured; python -m bench mr."
    rows = [json.loads(line) for line in mr.RESULTS.read_text().splitlines()]
    parts = []
    for mode in mr.MODES:
        folds = {row["fold"]: row["accuracy"] for row in rows if row["mode"] == mode}
        if folds:
            count = "" if len(folds) == mr.FOLDS else f" ({len(folds)} of {mr.FOLDS} folds)"
            parts.append(f"{mode} {100 * np.mean(list(folds.values())):.1f}{count}")
    return f"MR, ten folds: {', '.join(parts)} (best at least 78; Kim 2014: 76.1 to 81.5)."


def run() -> str:
    bundles = {bundle.name: bundle for bundle in Bundles()}
    head = ["test split", "model", "metric, × 100", "bundle", "default", "fp32", "paper"]
    rows = [row_of(claim, bundles) for claim in CLAIMS]
    drops = [
        (variant.quality_drop or 0.0, bundle.name)
        for bundle in bundles.values()
        for variant in bundle.card.variants
        if variant.name != "fp32" and not variant.omitted
    ]
    made = table("Figures on the test splits, measured on the ONNX files", head, rows)
    if drops:
        drop, name = max(drops)
        made += f"\n\nQuantised, largest drop on valid: {against(drop, 0.3, most=True, form='.2f')} ({name})."
    return f"{made}\n\n{gain(bundles)}\n\n{movie_reviews()}"
