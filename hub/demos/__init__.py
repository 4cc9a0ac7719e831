"""What the visitor sees, one file (or folder) per tab. A new demo is a line in DEMOS, in the order of the tabs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import hub.demos.classification as classification
import hub.demos.generation as generation
import hub.demos.gradients as gradients
import hub.demos.likelihood as likelihood
import hub.demos.models as models
import hub.demos.similarity as similarity
from hub.ui.context import Context
from hub.ui.strings import Strings


@dataclass(frozen=True)
class Demo:
    """One tab. Its title and the line below it are the strings "title" and "intro" of its table."""

    slug: str  # of the address: ?tab=slug
    strings: Strings
    tasks: tuple[str, ...]  # drawn if a bundle of one of them works; empty: always
    build: Callable[[Context], None]  # draws it
    api: Callable[[Context], None]  # registers its endpoints, which are MCP tools too


DEMOS: tuple[Demo, ...] = (
    Demo("classification", classification.STRINGS, (classification.TASK,), classification.build, classification.api),
    Demo("similarity", similarity.STRINGS, (similarity.TASK,), similarity.build, similarity.api),
    Demo("generation", generation.STRINGS, (generation.TASK,), generation.build, generation.api),
    Demo("gradients", gradients.STRINGS, (gradients.TASK,), gradients.build, gradients.api),
    Demo("likelihood", likelihood.STRINGS, (likelihood.TASK,), likelihood.build, likelihood.api),
    Demo("models", models.STRINGS, (), models.build, models.api),
)
