"""One file per family: what to train, with what, how to measure. RECIPES is their order in lists and tabs."""

from __future__ import annotations

from export.recipe import Lab, Recipe
from export.recipes import consert, distilled, gradient_lab, likelihood_lab, minilm, textcnn, textrcnn, textrnn

RECIPES: tuple[Recipe | Lab, ...] = (
    *textcnn.RECIPES,
    *distilled.RECIPES,
    *textrcnn.RECIPES,
    *textrnn.RECIPES,
    *minilm.RECIPES,
    *consert.RECIPES,
    *gradient_lab.RECIPES,
    *likelihood_lab.RECIPES,
)
