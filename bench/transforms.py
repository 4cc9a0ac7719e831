"""GPT-1: heads fine-tuned from the pre-trained body and from random weights, with the auxiliary objective and without.

Accuracy × 100 of PyTorch. Trains what is missing, and goes on where it was stopped: after the pre-training about ten
minutes of a core for each way and seed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.report import table
from export import verify
from export.recipe import Trained
from export.recipes import gpt1 as recipes
from hub.text import TOKENIZER_FILE, TextEncoder
from models import gpt1


def figures(arm: gpt1.Arm, folder: Path) -> dict[str, float]:
    """Task -> accuracy on the split that its table is about."""
    trained = Trained(*gpt1.fine_tune(arm, folder))
    file = folder / arm.name / TOKENIZER_FILE
    trained.tokenizer.save(str(file))
    encoder = TextEncoder(file, gpt1.CONTEXT)
    (recipe,) = recipes.RECIPES
    found = {}
    for task in gpt1.TASKS:
        split = verify.load(recipes.evaluation(task, task.test), recipe, trained, encoder)
        found[task.name] = split.score(split.reference).quality
    return found


def run() -> str:
    folder = gpt1.FOLDER
    made = {arm: figures(arm, folder) for arm in gpt1.ARMS}
    rows: list[list[object]] = []
    means: dict[tuple[bool, float], np.ndarray] = {}
    for key in dict.fromkeys((arm.pretrained, arm.weight) for arm in gpt1.ARMS):
        values = [list(one.values()) for arm, one in made.items() if (arm.pretrained, arm.weight) == key]
        means[key] = 100 * np.mean(values, axis=0)
        start = "pre-trained" if key[0] else "random"
        rows.append([start, f"λ = {key[1]:g}", len(values), *(f"{value:.1f}" for value in means[key])])
    for factor in dict.fromkeys(factor for _, factor in means):
        gain = means[True, factor] - means[False, factor]
        rows.append(["gain of pre-training", f"λ = {factor:g}", "", *(f"{value:+.1f}" for value in gain)])
    heads = ["start", "auxiliary objective", "seeds", *(f"{task.name}, {task.test}" for task in gpt1.TASKS)]
    return table("GPT-1 heads: accuracy, mean of the seeds", heads, rows)
