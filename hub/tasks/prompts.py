"""Texts taken apart and put together: sentences, a prompt of an instruction with examples (Brown et al. 2020), and
how a text is read, as it is or as a message in the model's chat template.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hub.errors import Term
from hub.tasks.generate import Engine
from hub.text import check_text

Way = Literal["bare", "chat"]
BARE: Way = "bare"
CHAT: Way = "chat"


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


@dataclass(frozen=True)
class Prompt:
    """What is read. text: the same as a reader sees it, special tokens too."""

    ids: tuple[int, ...]
    text: str

    def answer(self, text: str) -> str:
        """A text as it would follow."""
        return text if self.text[-1:].isspace() else f" {text}"


def prompted(engine: Engine, text: str, way: Way) -> Prompt:
    """Raises InputError: an empty text, or a model without a chat template."""
    if way == CHAT:
        ids = engine.chat(text)
        return Prompt(ids, engine.tokenizer.shown(ids))
    return Prompt(tuple(engine.tokenizer.ids(check_text(text, Term("the_prompt")))), text)
