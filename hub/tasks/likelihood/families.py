"""Families, and how their parameters are free to move."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from hub.errors import InputError
from hub.session import Session

TASK = "likelihood-lab"
Kind = Literal["numbers", "labels", "text", "pairs", "classes"]
Link = Literal["identity", "log", "logit"]
Method = Literal["gradient", "scoring", "em"]


class Graphs(Protocol):
    """A bundle of the task; each variant is the graph of that name."""

    def session(self, variant: str = "") -> Session: ...


@dataclass(frozen=True)
class Family:
    """A model and how its parameters are free to move.

    Args:
        links: for each parameter of the graph the change of variables that frees it for gradient ascent.
        lows, highs: bounds of the support of one sample.
    """

    name: str
    kind: Kind
    parameters: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    discrete: bool = False
    lows: float = -math.inf
    highs: float = math.inf


FAMILIES = {
    family.name: family
    for family in (
        Family("bernoulli", "numbers", ("p",), ("logit",), True, 0, 1),
        Family("categorical", "labels"),
        Family("gaussian", "numbers", ("μ", "σ"), ("identity", "log")),
        Family("poisson", "numbers", ("λ",), ("log",), True, 0),
        Family("exponential", "numbers", ("λ",), ("log",), False, 0),
        Family("mixture", "numbers", ("w₁", "μ₁", "σ₁", "μ₂", "σ₂")),
        Family("bigram", "text"),
        Family("linear", "pairs", ("a", "b", "σ")),
        Family("logistic", "classes"),
        Family("two_gaussians", "classes"),
    )
}
CURVES = ("bernoulli", "gaussian", "poisson", "exponential", "mixture")  # have a density over numbers
CLOSED = ("bernoulli", "gaussian", "poisson", "exponential")


def family_of(name: object) -> Family:
    """Raises InputError that lists the known names."""
    if not isinstance(name, str) or name not in FAMILIES:
        raise InputError("data_family", found=repr(name)[:60], known=", ".join(FAMILIES))
    return FAMILIES[name]
