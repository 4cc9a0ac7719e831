"""Summaries by every bundle that has learnt a hint, on whole test sets, beside the first words of the text.

ROUGE × 100 of the ONNX file, F1; of several references the one with the largest ROUGE-L, as the authors of SciTLDR do.
"""

from __future__ import annotations

from bench.report import against, table
from export.recipes.gpt import mean_rouge, packages, papers
from export.writer import answered
from hub.bundle import Bundles
from hub.demos.generation.tldr import sentences
from hub.tasks import rouge
from hub.tasks.generate import TASK, Engine

SETS = {"debian_en": packages, "scitldr": papers}
WORDS = 8
BEAMS = (1, 2, 4)
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
            for beams in BEAMS:
                how = f"{bundle.name}, {'greedy' if beams == 1 else f'{beams} beams'}"
                found[how] = mean_rouge(answered(engine, [engine.summary(text, beams=beams) for text, _ in read]), read)
        rows = [[how, *(f"{100 * scores[kind]:.1f}" for kind in rouge.KINDS)] for how, scores in found.items()]
        parts.append(table(f"{name}, test, {len(read):,} texts", ["", *rouge.KINDS], rows))
        if name == BARRED and writers:
            best = max(scores["rougeL"] for how, scores in found.items() if how not in baselines)
            parts += [
                f"- above {how}: {against(100 * (best - scores['rougeL']), BAR, unit=' points')}"
                for how, scores in baselines.items()
            ]
    return "\n\n".join(parts)
