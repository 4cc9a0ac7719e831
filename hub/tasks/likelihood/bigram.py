"""A bigram language model."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from hub import limits
from hub.errors import InputError
from hub.tasks.likelihood.families import Graphs
from hub.tasks.likelihood.fit import Fit
from hub.tasks.likelihood.graphs import run
from hub.tasks.likelihood.reading import read_text

OTHER = "…"
WORD = re.compile(r"[㐀-鿿]|[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
Unit = Literal["words", "characters"]


def tokens_of(text: str, unit: str) -> list[str]:
    """Words in lower case, Chinese characters and punctuation one by one; or all characters but line ends."""
    if unit == "characters":
        return [mark if mark != " " else "␣" for mark in " ".join(text.split())]
    return WORD.findall(text.lower())


@dataclass(frozen=True)
class Bigram:
    """A bigram model of a text at its maximum.

    Args:
        tokens: the vocabulary, most frequent first (V). counts, probabilities, standard_error: float64 (V, V), a row
            for each previous token. path: log-likelihood along gradient ascent from a uniform model.
    """

    unit: str
    tokens: tuple[str, ...]
    counts: np.ndarray
    probabilities: np.ndarray
    standard_error: np.ndarray
    log_likelihood: float
    perplexity: float
    path: np.ndarray
    best: float  # ℓ of the closed form without smoothing
    gradient_norm: float
    merged: int  # rare tokens that became OTHER

    @property
    def pairs(self) -> int:
        return int(self.counts.sum())

    def error(self, row: int, column: int) -> float | None:
        """The standard error of one probability; None at 0 and at 1, where it says nothing."""
        return float(self.standard_error[row, column]) if 0 < self.probabilities[row, column] < 1 else None

    def strongest(self, count: int) -> list[tuple[str, str, int, float, float | None]]:
        """The pairs seen most: both tokens, how often, p(second | first), its standard error."""
        order = np.argsort(-self.counts, axis=None, kind="stable")[:count]
        rows, columns = np.unravel_index(order, self.counts.shape)
        return [
            (self.tokens[i], self.tokens[j], int(self.counts[i, j]), float(self.probabilities[i, j]), self.error(i, j))
            for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
            if self.counts[i, j]
        ]


def bigram(graphs: Graphs, text: str, unit: str, steps: int = 60, smoothing: float = 0.0) -> Bigram:
    """Count pairs, take the closed form, and climb there by the graph's gradient as well.

    Args:
        text: as read_text gives it. smoothing: added to every count, a Dirichlet prior; 0 is maximum likelihood.

    Raises InputError for a text of fewer than two tokens.
    """
    found = tokens_of(text, unit)
    if len(found) < 2:
        raise InputError("data_short", found=len(found))
    if not 0 <= smoothing <= 100:
        raise InputError("data_parameter", name="α", found=f"{smoothing:g}", wanted="0 … 100")
    frequent = [token for token, _ in Counter(found).most_common()]
    kept = frequent if len(frequent) <= limits.MAX_LAB_TOKENS else [*frequent[: limits.MAX_LAB_TOKENS - 1], OTHER]
    index = {token: place for place, token in enumerate(kept)}
    places = np.array([index.get(token, len(kept) - 1) for token in found])
    counts = np.zeros((len(kept), len(kept)))
    np.add.at(counts, (places[:-1], places[1:]), 1.0)
    uniform = np.zeros_like(counts)
    names = ["estimate", "standard_error", "gradient"]
    estimate, errors, _ = run(graphs, "bigram", names, parameters=uniform, counts=counts + smoothing)
    with np.errstate(divide="ignore"):
        there = np.log(estimate)
    there[estimate.sum(axis=1) == 0] = 0.0  # the last token may have no next one: any row does
    value, perplexity, gradient, best = run(
        graphs, "bigram", ["log_likelihood", "perplexity", "gradient", "maximum"], parameters=there, counts=counts
    )
    path = _bigram_path(graphs, counts, steps)
    norm = float(np.abs(gradient).max() / counts.sum())
    return Bigram(
        unit=unit, tokens=tuple(kept), counts=counts, probabilities=estimate, standard_error=errors,
        log_likelihood=float(value[0]), perplexity=float(perplexity[0]), path=path, best=float(best[0]),
        gradient_norm=norm, merged=len(frequent) - len(kept) + (len(kept) < len(frequent)),
    )  # fmt: skip


def _bigram_path(graphs: Graphs, counts: np.ndarray, steps: int) -> np.ndarray:
    """ℓ along gradient ascent from all logits zero; a row moves at the pace of its own count."""
    pace = 4.0 / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    here, path = np.zeros_like(counts), []
    for _ in range(steps + 1):
        value, gradient = run(graphs, "bigram", ["log_likelihood", "gradient"], parameters=here, counts=counts)
        path.append(float(value[0]))
        here = here + pace * gradient
    return np.array(path)


def bigram_fit(model: Bigram) -> Fit:
    """The pairs that were seen, as an estimate each: "a → b"."""
    rows, columns = np.nonzero(model.counts)
    names = [f"{model.tokens[i]} → {model.tokens[j]}" for i, j in zip(rows, columns, strict=True)]
    unseen = bool((model.counts == 0).any())
    return Fit(
        "bigram", model.pairs, "closed form",
        dict(zip(names, model.probabilities[rows, columns].tolist(), strict=True)),
        dict(zip(names, map(model.error, rows.tolist(), columns.tolist()), strict=True)),
        model.log_likelihood, model.gradient_norm, ("unseen",) if unseen else (),
    )  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """log p of each token of a text after the one before it; -inf for a pair that was never seen."""

    tokens: tuple[str, ...]
    log_prob: np.ndarray
    log_likelihood: float
    perplexity: float

    @property
    def probabilities(self) -> list[float]:
        return [math.exp(value) for value in self.log_prob]

    @property
    def never(self) -> list[str]:
        """The pairs that are impossible, each once."""
        pairs = [
            f"{a} → {b}" for (a, b), log in zip(pairwise(self.tokens), self.log_prob, strict=True) if log == -math.inf
        ]
        return list(dict.fromkeys(pairs))


def read_with(graphs: Graphs, model: Bigram, text: str) -> Reading:
    """Another text under a bigram model. Raises InputError for fewer than two tokens."""
    found = tokens_of(read_text(text), model.unit)
    if len(found) < 2:
        raise InputError("data_short", found=len(found))
    index = {token: place for place, token in enumerate(model.tokens)}
    places = [index.get(token, index.get(OTHER, -1)) for token in found]
    with np.errstate(divide="ignore"):
        logs = np.log(model.probabilities)
    log_prob = np.array([logs[a, b] if a >= 0 and b >= 0 else -math.inf for a, b in pairwise(places)])
    total = float(log_prob.sum())
    return Reading(tuple(found), log_prob, total, math.exp(min(-total / len(log_prob), 700)) if total > -math.inf
                   else math.inf)  # fmt: skip


def write_with(model: Bigram, count: int, seed: int) -> list[str]:
    """Tokens sampled from a bigram model, from a token that begins a pair."""
    random = np.random.default_rng(seed)
    rows = model.probabilities.sum(axis=1)
    starts = np.where(rows > 0, model.counts.sum(axis=1), 0)
    here = int(random.choice(len(starts), p=starts / starts.sum()))
    made = [model.tokens[here]]
    for _ in range(count - 1):
        if rows[here] <= 0:
            break
        here = int(random.choice(len(rows), p=model.probabilities[here] / rows[here]))
        made.append(model.tokens[here])
    return made


def write_text(model: Bigram, count: int, seed: int | None = None) -> str:
    """What `write_with` writes, as it is read. seed: None for another text each time."""
    seed = int(np.random.default_rng().integers(1 << 31)) if seed is None else seed
    tokens = write_with(model, count, seed)
    if model.unit == "characters":
        return "".join(tokens).replace("␣", " ")
    return re.sub(r"(?<=[㐀-鿿,。!?]) (?=[㐀-鿿,。!?])", "", " ".join(tokens))
