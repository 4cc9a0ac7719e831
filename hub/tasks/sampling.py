"""From logits to the next token: greedy, by chance within limits, and what the limits leave of the distribution.

In the order of transformers' logits processors, which the tests compare with: repetition penalty (Keskar et al. 2019,
section 4.1), no repeated n-grams (Paulus et al. 2018), temperature, top-k (Fan et al. 2018), top-p (Holtzman et al.
2020), min-p (Nguyen et al. 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

# JSON knows one kind of number: 6.0 is an integer.
WHOLE = BeforeValidator(lambda value: int(value) if isinstance(value, float) and value.is_integer() else value)
COLDEST = 1e-6  # a lower temperature is none: float32 cannot hold logits divided by it
Temperature = Annotated[
    float, Field(ge=0, le=5, description="logits are divided by it; 0: always the most probable token")
]
TopK = Annotated[int, Field(ge=0, le=1_000_000, description="only so many of the most probable tokens; 0: all"), WHOLE]
TopP = Annotated[
    float, Field(ge=0, le=1, description="only the fewest tokens that have this probability together; 1: all")
]
MinP = Annotated[
    float, Field(ge=0, le=1, description="only tokens so probable as this times the most probable one; 0: all")
]
RepetitionPenalty = Annotated[
    float,
    Field(
        ge=0.1, le=10, description="logits of tokens that occurred: divided where positive, else multiplied; 1: none"
    ),
]
NoRepeatNgram = Annotated[
    int, Field(ge=0, le=50, description="no sequence of so many tokens occurs twice; 0: it may"), WHOLE
]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1, description="the same seed gives the same text"), WHOLE]


class Sampling(BaseModel):
    """How the next token is chosen: what an engine, /v1 and the page are set by.

    Raises pydantic's ValidationError; hub.errors.checked makes an InputError of it.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    temperature: Temperature = 0.0
    top_k: TopK = 0
    top_p: TopP = 1.0
    min_p: MinP = 0.0
    repetition_penalty: RepetitionPenalty = 1.0
    no_repeat_ngram: NoRepeatNgram = 0
    seed: Seed = 0

    @property
    def greedy(self) -> bool:
        """Whether the most probable token is taken of what the other settings leave."""
        return self.temperature < COLDEST

    @property
    def plain(self) -> bool:
        """Whether the most probable token is taken as it is."""
        return self.greedy and self.repetition_penalty == 1 and not self.no_repeat_ngram


def processed(logits: np.ndarray, history: Sequence[int], sampling: Sampling) -> np.ndarray:
    """What the settings make of logits, float32 (vocabulary): -inf where a token is excluded.

    Args:
        history: the tokens so far, the prompt included.
    """
    scores = logits.astype(np.float32, copy=True)
    if sampling.repetition_penalty != 1 and len(history):
        seen = np.unique(np.asarray(history))
        found = scores[seen]
        scores[seen] = np.where(found < 0, found * sampling.repetition_penalty, found / sampling.repetition_penalty)
    if sampling.no_repeat_ngram:
        scores[_repeats(history, sampling.no_repeat_ngram)] = -np.inf
    if sampling.greedy:
        return scores
    scores /= np.float32(sampling.temperature)
    if 0 < sampling.top_k < len(scores):
        lowest = np.partition(scores, -sampling.top_k)[-sampling.top_k]
        scores[scores < lowest] = -np.inf
    if sampling.top_p < 1:
        order = np.argsort(scores, kind="stable")  # ascending, as transformers has it
        below = np.cumsum(probabilities(scores)[order])  # of this token and all less probable ones
        out = below <= 1 - sampling.top_p
        out[-1] = False
        scores[order[out]] = -np.inf
    if sampling.min_p:
        shares = probabilities(scores)
        scores[shares < sampling.min_p * shares.max()] = -np.inf
    return scores


def settled(logits: np.ndarray, history: Sequence[int], sampling: Sampling) -> np.ndarray:
    """The probabilities that the next token is really drawn by, float64 (vocabulary)."""
    scores = processed(logits, history, sampling)
    if not sampling.greedy:
        return probabilities(scores)
    sure = np.zeros(len(scores))
    sure[int(scores.argmax())] = 1
    return sure


def probabilities(scores: np.ndarray) -> np.ndarray:
    """Softmax of the last axis, float64; -inf gives 0."""
    shifted = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
    shares: np.ndarray = shifted / shifted.sum(axis=-1, keepdims=True)
    return shares


def log_probabilities(scores: np.ndarray) -> np.ndarray:
    """Log-softmax of the last axis, float32."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    logs: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs


def choose(logits: np.ndarray, history: Sequence[int], sampling: Sampling, random: np.random.Generator) -> int:
    """The next token. logits: float32 (vocabulary)."""
    if sampling.plain:
        return int(logits.argmax())
    scores = processed(logits, history, sampling)
    if sampling.greedy:
        return int(scores.argmax())
    left = np.flatnonzero(scores > -np.inf)
    shares = np.cumsum(probabilities(scores[left]))
    return int(left[min(np.searchsorted(shares, random.random() * shares[-1], side="right"), len(left) - 1)])


def _repeats(history: Sequence[int], size: int) -> list[int]:
    """The tokens that would end an n-gram that has occurred."""
    if len(history) + 1 < size:
        return []
    tokens = list(history)
    start = tuple(tokens[len(tokens) - size + 1 :])
    return [
        tokens[place + size - 1]
        for place in range(len(tokens) - size + 1)
        if tuple(tokens[place : place + size - 1]) == start
    ]
