"""What the visitor sees, one file (or folder) per tab. A new demo is a line in DEMOS, in the order of the tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import hub.demos.classification as classification
import hub.demos.generation as generation
import hub.demos.gradients as gradients
import hub.demos.likelihood as likelihood
import hub.demos.models as models
import hub.demos.similarity as similarity
from hub.card import Card
from hub.ui.context import Context
from hub.ui.strings import Strings

Opens = Callable[[Card], dict[str, str]]  # fields of the address, besides the tab


@dataclass(frozen=True)
class Demo:
    """One tab. Its title and the line below it are the strings "title" and "intro" of its table."""

    slug: str  # of the address: ?tab=slug
    strings: Strings
    tasks: tuple[str, ...]  # drawn if a bundle of one of them works; empty: always
    build: Callable[[Context], None]  # draws it
    api: Callable[[Context], None]  # registers its endpoints, which are MCP tools too
    opens: Mapping[str, Opens] = field(default_factory=dict)  # task -> how its address chooses a model of that task


def _encoder(card: Card) -> dict[str, str]:
    return {"view": "pair", "speech": card.languages[0], "models": card.name, "aligned": card.name}


def _question(card: Card) -> dict[str, str]:
    return {"view": "gpt1", "task": f"{card.name}/{next(iter(card.questions))}"}


def _no_choice(_: Card) -> dict[str, str]:
    return {}


DEMOS: tuple[Demo, ...] = (
    Demo(
        "classification", classification.STRINGS, (classification.TASK,), classification.build, classification.api,
        {classification.TASK: lambda card: {"models": card.name}},
    ),
    Demo(
        "similarity", similarity.STRINGS, (similarity.TASK,), similarity.build, similarity.api,
        {similarity.TASK: _encoder},
    ),
    Demo(
        "generation", generation.STRINGS, (generation.TASK,), generation.build, generation.api,
        {
            generation.TASK: lambda card: {"view": "write", "model": card.name},
            generation.transforms.TASK: _question,
        },
    ),
    Demo(
        "gradients", gradients.STRINGS, (gradients.TASK,), gradients.build, gradients.api,
        {gradients.TASK: _no_choice},
    ),
    Demo(
        "likelihood", likelihood.STRINGS, (likelihood.TASK,), likelihood.build, likelihood.api,
        {likelihood.TASK: _no_choice},
    ),
    Demo("models", models.STRINGS, (), models.build, models.api),
)  # fmt: skip
