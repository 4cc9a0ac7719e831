"""What the visitor sees, one file (or folder) per tab. A new demo is a line in DEMOS, in the order of the tabs."""

from __future__ import annotations

import hub.demos.classification as classification
import hub.demos.elmo as elmo
import hub.demos.generation as generation
import hub.demos.gradients as gradients
import hub.demos.likelihood as likelihood
import hub.demos.models as models
import hub.demos.recommender as recommender
import hub.demos.search_ranking as search_ranking
import hub.demos.similarity as similarity
import hub.demos.xlnet as xlnet
from hub.ui.demo import Demo

__all__ = ["DEMOS", "Demo"]

MODELS: tuple[Demo, ...] = (  # the tabs in which models can be tried
    classification.DEMO,
    similarity.DEMO,
    generation.DEMO,
    gradients.DEMO,
    likelihood.DEMO,
    elmo.DEMO,
    xlnet.DEMO,
    recommender.DEMO,
    search_ranking.DEMO,
)
DEMOS: tuple[Demo, ...] = (*MODELS, models.demo(MODELS))
