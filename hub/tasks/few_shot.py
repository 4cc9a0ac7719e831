"""Few-shot prompts (Brown et al. 2020): a task by its examples, and how probable the right answers become.

With 0 examples, with 1, and so on: what the model writes, and the probability of what was expected.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hub.tasks.generate import Engine, Request
from hub.tasks.prompts import Prompt, Way, assembled, prompted

ANSWER = 12  # tokens
MAX_LABELS = 5  # different answers of a task that has a fixed set of them

Shot = tuple[str, str]  # input, output


@dataclass(frozen=True)
class Chance:
    """What a model gives to an expected answer: P of its tokens together, and of one of them (the geometric mean)."""

    whole: float
    each: float
    share: float | None = None  # of the labels of the task, where it has a fixed set

    @classmethod
    def of(cls, log_probabilities: Sequence[float], share: float | None = None) -> Chance:
        """log P of each token."""
        total = math.fsum(log_probabilities)
        return cls(math.exp(total), math.exp(total / len(log_probabilities)), share)


@dataclass(frozen=True)
class Round:
    """What came of so many examples.

    Args:
        prompt: of the first question. answers: the texts, one for each question.
        chances: of the expected answers; None where none is expected.
    """

    prompt: Prompt
    answers: tuple[str, ...]
    chances: tuple[Chance | None, ...]


def labels_of(shots: Sequence[Shot], questions: Sequence[Shot]) -> tuple[str, ...]:
    """The answers of a task that has a fixed set of them: few, and each of them more than once. Else none."""
    answers = [answer for _, answer in (*shots, *questions) if answer]
    labels = tuple(dict.fromkeys(answers))
    return labels if 1 < len(labels) <= MAX_LABELS and 2 * len(labels) <= len(answers) else ()


def right(answer: str, expected: str) -> bool:
    """Whether an answer is the expected one, or begins with it as a word; capital letters do not matter."""
    return bool(re.match(rf"\W*{re.escape(expected.lower())}(?!\w)", answer.lower()))


def chance(engine: Engine, prompt: Prompt, expected: str, labels: Sequence[str]) -> Chance:
    """P of an answer after a prompt. The prompt is read once, however many labels there are.

    Raises what Engine.scores raises.
    """
    scores = {
        text: engine.scores(prompt.ids, engine.tokenizer.more(prompt.answer(text))) for text in (expected, *labels)
    }
    share = None
    if expected in labels:
        sums = np.array([scores[label].sum() for label in labels])
        shares = np.exp(sums - sums.max())
        share = float(shares[labels.index(expected)] / shares.sum())
    return Chance.of(scores[expected].tolist(), share)


def rounds(
    engine: Engine, task: str, shots: Sequence[Shot], questions: Sequence[Shot], way: Way
) -> Iterator[Round | None]:
    """A round with 0 examples, with 1, and so on; None wherever one may look whether it is wanted still.

    A round begins as the one before it, so that an example is read once for all questions. Raises what Engine.start
    raises.
    """
    labels = labels_of(shots, questions)
    for count in range(len(shots) + 1):
        prompts = [prompted(engine, assembled(task, shots[:count], text), way) for text, _ in questions]
        chances: list[Chance | None] = []
        for prompt, (_, expected) in zip(prompts, questions, strict=True):
            chances.append(chance(engine, prompt, expected, labels) if expected else None)
            yield None
        streams = [engine.start(Request("", ANSWER, stop=("\n",), ids=prompt.ids, lead=True)) for prompt in prompts]
        try:
            answers = []
            for stream in streams:
                answers.append(stream.text().strip())
                yield None
        finally:
            for stream in streams:
                stream.close()
        yield Round(prompts[0], tuple(answers), tuple(chances))
