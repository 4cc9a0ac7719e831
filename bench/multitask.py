"""The three multi-task TextRNNs beside the single-task LSTM: accuracy on the test splits, in percent.

The single-task models have the same vectors, size, data of their task and epochs. With --train they are trained, and
kept in .cache/checkpoints, so that an interrupted run goes on where it was. The multi-task figures are those of the
cards.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from bench.accuracy import RECURRENT, measured
from bench.report import MISSING, left_out, table
from export.recipe import Trained
from export.recipes import textrnn
from hub.bundle import Bundles
from models.training import fit, runs

CHECKPOINTS = Path(".cache/checkpoints")
PAPER = {"sst1": ("45.9", "49.6"), "sst2": ("85.8", "87.9"), "subj": ("91.6", "94.1"), "trec": ("–", "–")}


def single(task: str, classes: int) -> Trained:
    """The baseline: an LSTM that learns one task alone."""
    plan = replace(textrnn.UNIFORM, architecture="single", heads=((task, classes),), tuned=None)
    folder = CHECKPOINTS / f"textrnn-single-{task}"
    runs.require(folder)
    return textrnn.train(plan, folder)


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
    """The table; a single-task model that is missing has a dash and its reason."""
    reasons: dict[str, Exception] = {}
    bundles = {bundle.name: bundle for bundle in Bundles()}
    rows: list[list[object]] = []
    for task, classes in textrnn.HEADS:
        alone = np.nan
        try:
            alone = accuracy(single(task, classes), task, classes)
        except MISSING as error:
            reasons[f"{task}, single task"] = error
        shared = [
            measured(bundles[name], task, bundles[name].card.default_variant) if name in bundles else None
            for name in RECURRENT
        ]
        known = [value for value in shared if value is not None]
        gain = f"{np.max(known) - alone:+.1f}" if known and not np.isnan(alone) else "–"
        paper_alone, paper_best = PAPER[task]
        rows.append(
            [
                task,
                "–" if np.isnan(alone) else f"{alone:.1f}",
                *(f"{v:.1f}" if v is not None else "–" for v in shared),
                gain,
                paper_alone,
                paper_best,
            ]
        )
    head = ["test split", "single task", *RECURRENT, "best − single", "paper, single", "paper, best"]
    return table("TextRNN, accuracy in percent", head, rows) + left_out(reasons)
