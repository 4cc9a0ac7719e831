"""One file per family: what to train, with what, how to measure. RECIPES is their order in lists and tabs."""

from __future__ import annotations

from export.recipe import AnyRecipe
from export.recipes import (
    consert,
    distilled,
    gpt,
    gpt1,
    gradient_lab,
    likelihood_lab,
    minilm,
    smollm2,
    textcnn,
    textrcnn,
    textrnn,
)

RECIPES: tuple[AnyRecipe, ...] = (
    *textcnn.RECIPES,
    *distilled.RECIPES,
    *textrcnn.RECIPES,
    *textrnn.RECIPES,
    *minilm.RECIPES,
    *consert.RECIPES,
    *smollm2.RECIPES,
    *gpt.RECIPES,
    *gpt1.RECIPES,
    *gradient_lab.RECIPES,
    *likelihood_lab.RECIPES,
)
