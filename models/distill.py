"""Knowledge distillation: a small model learns the soft answers of a large one.

Paper: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network", arXiv 1503.02531. The transfer set
of unlabelled text beside the labelled phrases follows Tang et al. 2019, arXiv 1903.12136.

Departures: no hard-label term; where the teacher errs, its doubt is still worth more than the label.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn.functional import log_softmax, softmax


def soft_cross_entropy(temperature: float) -> Callable[[dict[str, Tensor], Tensor], Tensor]:
    """T² · KL(softmax(v / T) || softmax(z / T)), section 2: z the student's logits, v the teacher's.

    T² keeps the size of the gradient independent of the temperature.
    """

    def loss(outputs: dict[str, Tensor], teacher_logits: Tensor) -> Tensor:
        target = softmax(teacher_logits.float() / temperature, dim=-1)  # (B, C)
        log_target = log_softmax(teacher_logits.float() / temperature, dim=-1)
        log_student = log_softmax(outputs["logits"] / temperature, dim=-1)
        return temperature**2 * (target * (log_target - log_student)).sum(-1).mean()

    return loss
