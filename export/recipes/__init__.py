"""One file per family: what to train, with what, how to measure. RECIPES is their order in lists and tabs."""

from __future__ import annotations

from collections.abc import Sequence

from export.recipe import Recipe
from export.recipes import (
    consert,
    distilled,
    elmo,
    elmo_tasks,
    funnel,
    funnel_video,
    gpt,
    gpt1,
    gradient_lab,
    likelihood_lab,
    minilm,
    smollm2,
    textcnn,
    textrcnn,
    textrnn,
    xlnet,
)

RECIPES: tuple[Recipe, ...] = (
    *textcnn.RECIPES,
    *distilled.RECIPES,
    *textrcnn.RECIPES,
    *textrnn.RECIPES,
    *minilm.RECIPES,
    *consert.RECIPES,
    *smollm2.RECIPES,
    *gpt.RECIPES,
    *gpt1.RECIPES,
    *elmo.RECIPES,
    *elmo_tasks.RECIPES,
    *xlnet.RECIPES,
    *funnel.RECIPES,
    *funnel_video.RECIPES,
    *gradient_lab.RECIPES,
    *likelihood_lab.RECIPES,
)


def registry() -> dict[str, Recipe]:
    """Name -> recipe, in the order of RECIPES."""
    found: dict[str, Recipe] = {recipe.name: recipe for recipe in RECIPES}
    if len(found) != len(RECIPES):
        raise ValueError("two recipes have the same name")
    return found


def find(names: Sequence[str]) -> list[Recipe]:
    """Raises KeyError that lists the known names."""
    known = registry()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise KeyError(f"unknown recipe {', '.join(unknown)}; known: {', '.join(known)}")
    return [known[name] for name in names]
