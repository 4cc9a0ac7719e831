"""From logits to the next token: greedy, by chance within limits, and what the limits leave of the distribution.

In the order of transformers' logits processors, which the tests compare with: repetition penalty (Keskar et al. 2019,
section 4.1), no repeated n-grams (Paulus et al. 2018), temperature, top-k (Fan et al. 2018), top-p (Holtzman et al.
2020), min-p (Nguyen et al. 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hub.errors import InputError

# Setting -> lowest and highest value, both allowed.
RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 5),
    "top_k": (0, 1_000_000),
    "top_p": (0, 1),
    "min_p": (0, 1),
    "repetition_penalty": (0.1, 10),
    "no_repeat_ngram": (0, 50),
    "seed": (0, 2**63 - 1),
}
COLDEST = 1e-6  # a lower temperature is none: float32 cannot hold logits divided by it
WHOLE = ("top_k", "no_repeat_ngram", "seed")


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    Args:
        temperature: logits are divided by it; 0: always the most probable token (greedy).
        top_k: only so many of the most probable tokens; 0: all.
        top_p: only the fewest tokens that have this probability together; 1: all.
        min_p: only tokens that are at least so probable as this times the most probable one; 0: all.
        repetition_penalty: logits of tokens that occurred are divided by it where positive, else multiplied; 1: none.
        no_repeat_ngram: no sequence of so many tokens occurs twice; 0: they may.
        seed: the same seed, prompt and settings give the same text.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int if name in WHOLE else (int, float)):
                code = "setting_whole" if name in WHOLE else "setting_number"
                raise InputError(code, name=name, found=repr(value)[:40])
            if not low <= value <= high:
                raise InputError("setting_range", name=name, found=f"{value:g}", low=low, high=high)

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
