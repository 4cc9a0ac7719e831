"""What the visitor sees, one file (or folder) per tab. A new demo is a line in DEMOS, in the order of the tabs."""

from __future__ import annotations

import hub.demos.classification as classification
import hub.demos.generation as generation
import hub.demos.gradients as gradients
import hub.demos.likelihood as likelihood
import hub.demos.models as models
import hub.demos.similarity as similarity
from hub.card import Card
from hub.ui.demo import Demo

__all__ = ["DEMOS", "Demo"]


def _no_choice(_: Card) -> dict[str, str]:
    return {}


MODELS: tuple[Demo, ...] = (  # the tabs in which models can be tried
    classification.DEMO,
    similarity.DEMO,
    generation.DEMO,
    Demo(
        "gradients", gradients.STRINGS, (gradients.TASK,), None, gradients.api,
        {gradients.TASK: _no_choice}, gradients.build,
    ),
    likelihood.DEMO,
)  # fmt: skip
DEMOS: tuple[Demo, ...] = (*MODELS, models.demo(MODELS))
