"""An estimate, as every family gives it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import WithJsonSchema

# JSON has no NaN and no infinity: null stands for them.
Number = Annotated[float, WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "null"}]})]


@dataclass(frozen=True)
class Fit:
    """A maximum of the likelihood, or what is known of it.

    Args:
        method: "closed form", "EM, then Newton", "Newton".
        standard_error: the root of the diagonal of the inverse Fisher information; None where it does not say
            anything (at a boundary, or where there is no maximum).
        log_likelihood: None where it grows without bound.
        gradient_norm: the largest entry of the gradient of the mean log-likelihood there.
        notes: codes of NOTES, what to know about this estimate.
    """

    family: str
    n: int
    method: str
    estimate: dict[str, Number]
    standard_error: dict[str, float | None]
    log_likelihood: float | None
    gradient_norm: Number
    notes: tuple[str, ...] = ()

    @property
    def values(self) -> list[float]:
        return list(self.estimate.values())

    def interval(self, name: str) -> tuple[float, float] | None:
        """estimate ± 1.96 standard errors (Wald); None where there is no standard error."""
        error = self.standard_error.get(name)
        return None if error is None else (self.estimate[name] - 1.96 * error, self.estimate[name] + 1.96 * error)

    @property
    def interval_height(self) -> float:
        """ℓ above which the 95 % likelihood interval of one parameter lies (½ χ²₁); NaN without a maximum."""
        return math.nan if self.log_likelihood is None else self.log_likelihood - 1.92

    def lead(self, log_likelihood: float) -> float | None:
        """How far a log-likelihood is below the maximum; None where there is none to compare."""
        if self.log_likelihood is None or not math.isfinite(log_likelihood):
            return None
        return self.log_likelihood - log_likelihood


NOTES = {
    "boundary": "the estimate lies on the edge of what is allowed: the likelihood has no inner maximum, the Fisher "
    "information is infinite there, and the standard error says nothing. With 0 of n the 95 % bound is about 3/n.",
    "constant": "all values are the same: the narrower the curve the higher it stands, so the likelihood grows without "
    "bound as σ → 0 and there is no maximum. More varied data, or a prior on σ, are the cure.",
    "infinite": "all values are 0: the likelihood grows without bound as λ → ∞; there is no maximum.",
    "perfect": "the line goes through all points: σ → 0 and the likelihood grows without bound.",
    "collapse": "a component has shrunk onto one value: its density there grows without bound, so the likelihood of a "
    "mixture has no global maximum. What is meant is the best maximum with every σ clearly above zero, or a prior.",
    "separable": "a line separates the classes without error: the weights can grow for ever and the likelihood with "
    "them, towards 0. There is no maximum; a penalty (a prior on the weights) is the cure.",
    "touching": "a line separates the classes but for points on the line itself: the weights can grow for ever, and "
    "the likelihood with them. There is no maximum; a penalty (a prior on the weights) is the cure.",
    "one_class": "there is only one class: the intercept can grow for ever. There is no maximum.",
    "biased": "σ̂ divides by n and is a little too small on average: by the factor √((n - 1)/n).",
    "stopped": "the search stopped before the gradient was zero: take this as the best point found.",
    "unseen": "what was never seen gets the probability 0, however possible it is; adding a little to every count "
    "(smoothing, a prior) is the cure.",
}
