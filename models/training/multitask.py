"""Labels and accuracies of a model that learns several classification tasks at once (models/multitask.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from transformers import EvalPrediction

from models.multitask import NO_LABEL, Heads


def accuracies(heads: Heads) -> Callable[[EvalPrediction], dict[str, float]]:
    """Accuracy of each task over the texts that have its label, and their mean as "accuracy"; of no text, none."""

    def measure(prediction: EvalPrediction) -> dict[str, float]:
        logits, labels = np.asarray(prediction.predictions), np.asarray(prediction.label_ids)
        found, start = {}, 0
        for position, (name, classes) in enumerate(heads):
            column = labels[:, position]
            known = column != NO_LABEL
            answers = logits[known, start : start + classes].argmax(-1)
            if known.any():
                found[name] = float((answers == column[known]).mean())
            start += classes
        return {**found, "accuracy": float(np.mean(list(found.values())))}

    return measure


def labels_of(heads: Heads, known: Mapping[str, int]) -> list[int]:
    """Task -> label as one label for each head."""
    return [int(known.get(name, NO_LABEL)) for name, _ in heads]
