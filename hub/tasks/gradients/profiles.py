"""The gradient by layer before training and while it goes on, for programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.errors import Term, TooLargeError
from hub.tasks.gradients.mean_field import Theory, theory
from hub.tasks.gradients.run import Run, Snapshot
from hub.tasks.gradients.settings import Config, config


@dataclass(frozen=True)
class Profile:
    """A snapshot beside the theory."""

    config: Config
    snapshot: Snapshot
    theory: Theory | None = field(default=None)

    def record(self) -> dict[str, Any]:
        """As JSON has it: plain numbers, None for what is not finite."""
        found = self.snapshot
        expected = self.theory.norms(float(found.delta_norm[-1])) if self.theory else None
        return {
            "config": self.config.model_dump(),
            "step": found.step,
            "loss": _plain(found.loss),
            "accuracy": found.accuracy,
            "gradient_norm": _list(found.gradient_norm),
            "delta_norm": _list(found.delta_norm),
            "theory_delta_norm": None if expected is None else _list(expected),
            "update_ratio": _list(found.update_ratio),
            "activation_mean": _list(found.activation_mean),
            "activation_deviation": _list(found.activation_deviation),
            "slope": _plain(found.slope),
            "theory_slope": _plain(self.theory.slope) if self.theory else None,
            "problem": found.problem,
        }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _list(values: np.ndarray) -> list[float | None]:
    return [_plain(float(value)) for value in values]


def profile(
    bundle: Bundle, values: Mapping[str, Any] | Config | None, check: Callable[[], None] | None = None
) -> Profile:
    """Per-layer norms after `steps` steps of training; 0 and 1 both look at the first step, before any update.

    Args:
        check: called before each further step; what it raises ends the run.

    Raises InputError, TooLargeError (also for more work than one call may ask for), BundleError.
    """
    wanted = config(values)
    if wanted.work * max(1, wanted.steps) > limits.MAX_LAB_WORK:
        allowed = max(1, limits.MAX_LAB_WORK // wanted.work)
        network = Term(f"network_{wanted.network}")
        raise TooLargeError("lab_work", found=wanted.steps, network=network, allowed=allowed)
    run = Run(bundle, wanted)
    run.step()
    while not run.finished:
        if check:
            check()
        run.step()
    return Profile(wanted, run.snapshot(), theory(wanted))
