"""Texts taken apart and put together: sentences, and a prompt of an instruction with examples (Brown et al. 2020)."""

from __future__ import annotations

import re
from collections.abc import Sequence


def sentences(text: str) -> list[str]:
    """The sentences of a text, by their ends; a plain rule, the same for every model."""
    parts = re.split(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f!?])\s*|\n+", text.strip())
    return [part.strip() for part in parts if part and part.strip()]


def assembled(task: str, shots: Sequence[tuple[str, str]], query: str) -> str:
    """The prompt: instruction, examples, and the new input, whose output is left to the model.

    Args:
        shots: each an input and the output that is wanted of it.
    """
    parts = [task.strip()] if task.strip() else []
    parts += [f"Input: {given.strip()}\nOutput: {wanted.strip()}" for given, wanted in shots]
    return "\n\n".join([*parts, f"Input: {query.strip()}\nOutput:"])
