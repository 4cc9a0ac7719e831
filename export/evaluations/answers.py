"""Answers that a model writes, asked through the engine that serves: ROUGE of summaries, the form of poems."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from export.recipe import Recipe, Score
from export.runner import Subject
from export.verify import GateError
from hub import limits
from hub.tasks.generate import Engine, Request


@dataclass(frozen=True)
class Answers:
    """Requests, and what their answers are worth.

    No gate looks at it: after the first token that differs an answer is another one, and as good.
    """

    dataset: str
    split: str
    requests: Callable[[Engine], list[Request]]
    value: Callable[[list[str]], dict[str, float]]  # of the answers, in the order of the requests: metric -> value
    head: str = ""
    graph: str = "model"
    gated: bool = False

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> Answers:
        return self

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        """Raises GateError where an answer was cut off by the clock."""
        engine: Engine = subjects[self.graph].engine()  # type: ignore[attr-defined]  # of export.writer
        return Score(figures=self.value(answered(engine, self.requests(engine))))


def answered(engine: Engine, requests: Sequence[Request]) -> list[str]:
    """The answers in their order; as many at a time as the engine has rows for."""
    found: list[str] = []
    waiting: deque = deque()
    for request in [*requests, None]:
        while waiting and (request is None or len(waiting) == limits.MAX_STREAMS):
            stream = waiting.popleft()
            found.append(stream.text())
            if stream.end.reason in ("cancelled", "time"):
                raise GateError(f"answer {len(found)} of {engine.name} was not finished: {stream.end.reason}")
        if request is not None:
            waiting.append(engine.start(request))
    return found
