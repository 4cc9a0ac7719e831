"""GPT-1: heads fine-tuned from the pre-trained body and from random weights, with the auxiliary objective and without.

Accuracy × 100 of PyTorch. With --train what is missing is trained: after the pre-training about 20 minutes of a core
for each way.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.report import MISSING, left_out, table
from export.recipe import Trained
from export.recipes import gpt1 as recipes
from hub.text import TOKENIZER_FILE, TextEncoder
from models.training import gpt1

STARTS = {
    "pretrained": "pre-trained",
    "random": "random",
    "copying": "random, with heads that copy (where the pre-training starts)",
}


def figures(arm: gpt1.Arm, folder: Path) -> dict[str, float]:
    """Task -> accuracy on the split that its table is about."""
    trained = Trained(*gpt1.fine_tune(arm, folder))
    file = folder / arm.name / TOKENIZER_FILE
    trained.tokenizer.save(str(file))
    (recipe,) = recipes.RECIPES
    (graph,) = recipe.graphs(trained)
    pytorch = {graph.name: graph.reference_runner(TextEncoder(file, gpt1.CONTEXT))}
    found = {}
    for task in gpt1.TASKS:
        quality = recipes.evaluation(task, task.test).load(recipe, pytorch).score(pytorch).quality
        assert quality is not None
        found[task.name] = quality
    return found


def run() -> str:
    folder = gpt1.FOLDER
    made: dict[gpt1.Arm, np.ndarray] = {}
    reasons: dict[str, Exception] = {}
    for arm in gpt1.ARMS:
        try:
            made[arm] = 100 * np.array(list(figures(arm, folder).values()))
        except MISSING as error:
            reasons[arm.name] = error
    rows = [
        [STARTS[arm.start], f"λ = {arm.weight:g}", *(f"{value:.1f}" for value in values)]
        for arm, values in made.items()
    ]
    shipped = gpt1.Arm()
    for what, without in (
        ("gain of pre-training", gpt1.Arm("random")),
        ("gain over where it starts", gpt1.Arm("copying")),
        ("gain of the auxiliary objective", gpt1.Arm(weight=0.0)),
    ):
        if not {shipped, without} <= set(made):
            continue
        rows.append([what, "", *(f"{value:+.1f}" for value in made[shipped] - made[without])])
    heads = ["start", "auxiliary objective", *(f"{task.name}, {task.test}" for task in gpt1.TASKS)]
    return table("GPT-1 heads: accuracy", heads, rows) + left_out(reasons)
