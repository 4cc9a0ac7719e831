"""Summaries by every bundle that has learnt a hint, on whole test sets, beside the first words of the text.

ROUGE × 100 of the ONNX file, F1; of several references the one with the largest ROUGE-L, as the authors of SciTLDR do.
"""

from __future__ import annotations

from dataclasses import replace

from bench.report import against, table
from export.evaluations.answers import answered
from export.recipes.gpt import mean_rouge, packages, papers
from hub.bundle import Bundles
from hub.tasks import rouge
from hub.tasks.generate import TASK, Engine
from hub.tasks.prompts import sentences

SETS = {"debian_en": packages, "scitldr": papers}
WORDS = 8
WAYS = {  # name -> beams, length penalty: 0 compares the beams by their sum, as the hub does, 1 by their mean
    "greedy": (1, 0),
    "2 beams": (2, 0),
    "4 beams": (4, 0),
    "2 beams by their mean": (2, 1),
}
BARRED = "debian_en"
BAR = 5.0  # points of ROUGE-L above each baseline


def run() -> str:
    bundles = Bundles()
    writers = [bundle for bundle in bundles.of_task(TASK) if bundle.card.hint]
    parts = []
    for name, load in SETS.items():
        read = load("test")
        baselines = {
            "the first sentence": mean_rouge([" ".join(sentences(text)[:1]) for text, _ in read], read),
            f"the first {WORDS} words": mean_rouge([" ".join(text.split()[:WORDS]) for text, _ in read], read),
        }
        found = dict(baselines)
        for bundle in writers:
            engine = Engine(bundle)
            for way, (beams, penalty) in WAYS.items():
                asked = [replace(engine.summary(text, beams=beams), length_penalty=penalty) for text, _ in read]
                found[f"{bundle.name}, {way}"] = mean_rouge(answered(engine, asked), read)
        rows = [[how, *(f"{100 * scores[kind]:.1f}" for kind in rouge.KINDS)] for how, scores in found.items()]
        parts.append(table(f"{name}, test, {len(read):,} texts", ["", *rouge.KINDS], rows))
        if name == BARRED and writers:
            best = max(scores["rougeL"] for how, scores in found.items() if how not in baselines)
            parts += [
                f"- above {how}: {against(100 * (best - scores['rougeL']), BAR, unit=' points')}"
                for how, scores in baselines.items()
            ]
    return "\n\n".join(parts)
