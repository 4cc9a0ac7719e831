"""Sampling, against transformers' logits processors on the same logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from transformers.generation import logits_process as theirs

from hub.errors import InputError, checked
from hub.tasks.sampling import COLDEST, Sampling, choose, probabilities, processed

VOCABULARY = 300
HISTORY = [5, 17, 5, 17, 44, 5]


def logits(seed: int) -> np.ndarray:
    return (3 * np.random.default_rng(seed).normal(size=VOCABULARY)).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("settings", "processors"),
    [
        ({"temperature": 0.7}, [theirs.TemperatureLogitsWarper(0.7)]),
        ({"temperature": 1.0, "top_k": 7}, [theirs.TopKLogitsWarper(7)]),
        ({"temperature": 1.0, "top_p": 0.8}, [theirs.TopPLogitsWarper(0.8)]),
        ({"temperature": 1.0, "top_p": 0.0}, [theirs.TopPLogitsWarper(0.0)]),
        ({"temperature": 1.0, "min_p": 0.1}, [theirs.MinPLogitsWarper(0.1)]),
        ({"repetition_penalty": 1.3}, [theirs.RepetitionPenaltyLogitsProcessor(1.3)]),
        ({"no_repeat_ngram": 2}, [theirs.NoRepeatNGramLogitsProcessor(2)]),
        ({"no_repeat_ngram": 1}, [theirs.NoRepeatNGramLogitsProcessor(1)]),
        (
            {"temperature": 1.5, "top_k": 40, "top_p": 0.9, "min_p": 0.02, "repetition_penalty": 1.2,
             "no_repeat_ngram": 3},
            [
                theirs.RepetitionPenaltyLogitsProcessor(1.2), theirs.NoRepeatNGramLogitsProcessor(3),
                theirs.TemperatureLogitsWarper(1.5), theirs.TopKLogitsWarper(40), theirs.TopPLogitsWarper(0.9),
                theirs.MinPLogitsWarper(0.02),
            ],
        ),
    ],
)  # fmt: skip
def test_the_scores_are_those_of_transformers(seed: int, settings: dict[str, Any], processors: list[Any]) -> None:
    given = logits(seed)
    scores = torch.from_numpy(given.copy())[None]
    for processor in processors:
        scores = processor(torch.tensor([HISTORY]), scores)
    found = processed(given, HISTORY, Sampling(**settings))
    np.testing.assert_allclose(found, scores[0].numpy(), rtol=1e-6)


def test_greedy_takes_the_most_probable_token() -> None:
    given = logits(0)
    assert choose(given, HISTORY, Sampling(), np.random.default_rng(0)) == given.argmax()


@pytest.mark.parametrize("temperature", [1e-7, 1e-40, 1e-300])
def test_a_temperature_too_low_for_float32_is_greedy(temperature: float) -> None:
    given, sampling = logits(0), Sampling(temperature=temperature, top_k=40, top_p=0.9, min_p=0.1)
    assert choose(given, HISTORY, sampling, np.random.default_rng(0)) == given.argmax()
    assert np.isfinite(processed(given, HISTORY, sampling).max())


def test_the_lowest_temperature_that_draws_is_as_good_as_greedy() -> None:
    given, sampling = logits(0), Sampling(temperature=COLDEST)
    assert choose(given, HISTORY, sampling, np.random.default_rng(0)) == given.argmax()


def test_a_seed_gives_the_same_tokens_and_another_gives_others() -> None:
    def drawn(seed: int) -> list[int]:
        random, sampling = np.random.default_rng(seed), Sampling(temperature=2.0)
        return [choose(logits(step), [], sampling, random) for step in range(20)]

    assert drawn(1) == drawn(1) != drawn(2)


def test_tokens_come_as_often_as_they_are_probable() -> None:
    given, sampling, random = np.log(np.array([0.5, 0.3, 0.2], np.float32)), Sampling(temperature=1.0), np.random
    draw = random.default_rng(0)
    counts = np.bincount([choose(given, [], sampling, draw) for _ in range(4_000)], minlength=3) / 4_000
    np.testing.assert_allclose(counts, [0.5, 0.3, 0.2], atol=0.03)
    assert probabilities(given).sum() == pytest.approx(1)


def test_an_excluded_token_never_comes() -> None:
    draw = np.random.default_rng(0)
    allowed = set(np.argsort(logits(0))[-2:].tolist())
    assert {choose(logits(0), [], Sampling(temperature=5.0, top_k=2), draw) for _ in range(200)} <= allowed


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": -1}, "temperature is -1; allowed is 0 to 5"),
        ({"top_p": 1.5}, "top_p is 1.5"),
        ({"top_k": 2.5}, "give a whole number"),
        ({"temperature": "hot"}, "give a number"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        checked(Sampling, settings)
