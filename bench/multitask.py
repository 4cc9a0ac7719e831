"""The three multi-task TextRNNs beside the single-task LSTM: accuracy on the test splits, in percent.

The single-task models have the same vectors, size, data of their task and epochs. What is trained is kept in
.cache/checkpoints, so that an interrupted run goes on where it was. The multi-task figures are those of the cards.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from bench.accuracy import RECURRENT, measured
from bench.report import table
from export.recipe import Trained
from export.recipes import textrnn
from hub.bundle import Bundles
from models.training import fit

CHECKPOINTS = Path(".cache/checkpoints")
PAPER = {"sst1": ("45.9", "49.6"), "sst2": ("85.8", "87.9"), "subj": ("91.6", "94.1"), "trec": ("–", "–")}


def single(task: str, classes: int) -> Trained:
    """The baseline: an LSTM that learns one task alone."""
    plan = replace(textrnn.UNIFORM, architecture="single", heads=((task, classes),), tuned=None)
    return textrnn.train(plan, CHECKPOINTS / f"textrnn-single-{task}")


@torch.no_grad()
def accuracy(trained: Trained, task: str, classes: int) -> float:
    """On the test split, percent."""
    rows = textrnn.examples(trained.tokenizer, ((task, classes),), "test")
    right = 0
    for start in range(0, len(rows), 64):
        batch = fit.collate(rows[start : start + 64])
        labels = batch.pop("labels")[:, 0]
        right += int((trained.module(**batch)[f"logits_{task}"].argmax(1) == labels).sum())
    return 100 * right / len(rows)


def run() -> str:
    """Train what is missing and return the table."""
    bundles = {bundle.name: bundle for bundle in Bundles()}
    rows: list[list[object]] = []
    for task, classes in textrnn.HEADS:
        alone = accuracy(single(task, classes), task, classes)
        shared = [
            measured(bundles[name], task, bundles[name].card.default_variant) if name in bundles else None
            for name in RECURRENT
        ]
        known = [value for value in shared if value is not None]
        gain = f"{np.max(known) - alone:+.1f}" if known else "–"
        paper_alone, paper_best = PAPER[task]
        rows.append(
            [
                task,
                f"{alone:.1f}",
                *(f"{v:.1f}" if v is not None else "–" for v in shared),
                gain,
                paper_alone,
                paper_best,
            ]
        )
    head = ["test split", "single task", *RECURRENT, "best − single", "paper, single", "paper, best"]
    return table("TextRNN, accuracy in percent", head, rows)
