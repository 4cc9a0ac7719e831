"""Training one model for several classification tasks at once.

An example carries a label for each task, NO_LABEL where it has none: a phrase of SST may have its five-grade and its
two-class label, a question only its own. The joint loss is that of Liu, Qiu, Huang 2016, equation 6 (every weight λ is
1): the cross-entropies of the labels that are there, over their number.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

NO_LABEL = -100  # what torch's cross-entropy leaves out

Heads = Sequence[tuple[str, int]]  # task, classes


class JointObjective(nn.Module):
    """A model with "logits_<task>" for every task, and the joint loss.

    Args:
        model: forward(**inputs) -> dict with the logits of every head.
        heads: task and number of classes, in the order of the labels.
    """

    def __init__(self, model: nn.Module, heads: Heads) -> None:
        super().__init__()
        self.model = model
        self.heads = tuple(heads)

    def forward(self, labels: Tensor, **inputs: Tensor) -> dict[str, Tensor]:
        """labels: int64 (batch, tasks). Returns the loss, and the logits of all tasks side by side."""
        outputs = self.model(**inputs)
        logits = [outputs[f"logits_{name}"] for name, _ in self.heads]
        losses = [
            cross_entropy(values.float(), column, ignore_index=NO_LABEL, reduction="sum")
            for values, column in zip(logits, labels.unbind(1), strict=True)
        ]
        count = (labels != NO_LABEL).sum().clamp(min=1)
        return {"loss": torch.stack(losses).sum() / count, "logits": torch.cat(logits, dim=1)}
