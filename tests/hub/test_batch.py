"""Requests that wait together run as one call, and nobody gets what belongs to another."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub import limits
from hub.batch import Batcher
from hub.errors import BusyError, InputError
from hub.service import Service
from hub.tasks import classify
from tests import bundles as tiny


class Model:
    """Answers texts in capitals, when it may; refuses the text "bad"."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.may = threading.Event()
        self.may.set()

    def __call__(self, texts: list[str]) -> Sequence[str]:
        self.calls.append(texts)
        assert self.may.wait(10)
        if "bad" in texts:
            raise InputError("text_empty", what="bad")
        return [text.upper() for text in texts]


def held(model: Model, batcher: Batcher, key: str = "a"):
    """Make the worker busy with the text "first", so that what comes next waits."""
    model.may.clear()
    future = batcher.submit(key, ["first"], model)
    while not model.calls:
        time.sleep(0.001)
    return future


def test_what_waits_together_runs_together_and_in_order() -> None:
    model, batcher = Model(), Batcher()
    first = held(model, batcher)
    waiting = [batcher.submit("a", texts, model) for texts in (["a", "b"], ["c"], ["d", "e", "f"])]
    model.may.set()
    assert first.result(5) == ["FIRST"]
    assert [future.result(5) for future in waiting] == [["A", "B"], ["C"], ["D", "E", "F"]]
    assert model.calls == [["first"], ["a", "b", "c", "d", "e", "f"]]


def test_a_lone_request_does_not_wait_for_company() -> None:
    model, batcher = Model(), Batcher()
    batcher.submit("a", ["x"], model).result(5)
    start = time.perf_counter()
    for _ in range(50):
        batcher.submit("a", ["x"], model).result(5)
    assert time.perf_counter() - start < 2.5 and len(model.calls) == 51


def test_a_batch_does_not_grow_without_bound() -> None:
    model, batcher = Model(), Batcher()
    held(model, batcher)
    waiting = [batcher.submit("a", ["x"], model) for _ in range(3 * limits.MAX_BATCH_ROWS)]
    model.may.set()
    for future in waiting:
        future.result(5)
    assert max(map(len, model.calls)) == limits.MAX_BATCH_ROWS


def test_an_error_hits_only_its_caller() -> None:
    model, batcher = Model(), Batcher()
    held(model, batcher)
    good, bad, also = (batcher.submit("a", [text], model) for text in ("good", "bad", "fine"))
    model.may.set()
    assert good.result(5) == ["GOOD"] and also.result(5) == ["FINE"]
    with pytest.raises(InputError, match="bad"):
        bad.result(5)
    assert batcher.pending == 0


def test_more_than_may_wait_is_refused_whole_and_room_comes_back() -> None:
    model, batcher = Model(), Batcher(max_pending=4)
    held(model, batcher)
    waiting = batcher.submit("a", ["b", "c"], model)
    with pytest.raises(BusyError, match="3 texts wait already; at most 4 may: try again") as refused:
        batcher.submit("b", ["d", "e"], model)
    assert refused.value.retry_after_s >= 1 and batcher.pending == 3
    with pytest.raises(BusyError), batcher.reserve(2):
        pytest.fail("reserved")
    model.may.set()
    assert waiting.result(5) == ["B", "C"]
    with batcher.reserve(4):
        assert batcher.pending == 4
    assert batcher.pending == 0


def test_a_caller_that_leaves_is_dropped() -> None:
    model, batcher = Model(), Batcher()
    held(model, batcher)
    left, stays = batcher.submit("a", ["left"], model), batcher.submit("a", ["stays"], model)
    assert left.cancel() and batcher.pending == 2
    model.may.set()
    assert stays.result(5) == ["STAYS"] and model.calls == [["first"], ["stays"]]


def test_one_model_does_not_wait_for_another() -> None:
    slow, quick, batcher = Model(), Model(), Batcher()
    held(slow, batcher, "slow")
    assert batcher.submit("quick", ["x"], quick).result(5) == ["X"]
    slow.may.set()


def test_many_clients_at_once_get_what_each_would_get_alone(service: Service) -> None:
    """Of all models, heads and variants, with requests of every size."""
    dice = random.Random(0)
    requests = []
    for _ in range(300):
        texts = [
            " ".join(dice.choices(tiny.WORDS[2:], k=dice.randint(1, 60))) for _ in range(dice.choice([1, 1, 3, 40]))
        ]
        model, head = dice.choice([("pooling", ""), ("course", "sentiment"), ("course", "topic")])
        requests.append((texts, model, head, dice.choice(["", "fp32"])))

    until = time.monotonic() + 120

    def ask(request: tuple[list[str], str, str, str]) -> list[classify.Prediction]:
        """Of large requests a slow machine takes fewer at a time: the others come again, as they are told."""
        while True:
            try:
                return service.classify_batch(*request)
            except BusyError as busy:
                if time.monotonic() > until:
                    raise
                time.sleep(min(busy.retry_after_s, 0.5))

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(ask, requests))
    for (texts, model, head, variant), answer in zip(requests, answers, strict=True):
        for text, got in zip(texts, answer, strict=True):
            (alone,) = classify.classify(service.bundles.get(model), [text], head=head, variant=variant)
            assert got.label == alone.label and got.tokens == alone.tokens and got.truncated == alone.truncated
            assert got.logits == pytest.approx(alone.logits, abs=1e-5)
    assert service.batcher.pending == 0


def test_submitting_opens_no_model(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop of the server submits; a model that is opened there would halt every other request."""
    opened = []
    monkeypatch.setattr(service.bundles.sessions, "get", lambda *_, **__: opened.append(threading.current_thread()))
    future = service.submit(["good"], "pooling")
    with pytest.raises(AttributeError):
        future.result(5)
    assert opened and threading.main_thread() not in opened


def test_a_queue_that_would_take_too_long_is_refused_with_the_measured_time() -> None:
    batcher, may = Batcher(), threading.Event()

    def run(texts: list[str]) -> list[str]:
        time.sleep(0.02 * len(texts))
        return texts

    batcher.submit("slow", ["a"], run).result(10)  # the pace is known now
    accepted = [batcher.submit("slow", ["a"] * 60, run) for _ in range(3)]
    while batcher._workers["slow"].wait_s > 0 and batcher._workers["slow"].wait_s < limits.MAX_WAIT_S:
        accepted.append(batcher.submit("slow", ["a"] * 60, run))
    with pytest.raises(BusyError, match="wait for this model already") as found:
        batcher.submit("slow", ["a"], run)
    assert found.value.retry_after_s > limits.MAX_WAIT_S
    assert batcher.submit("quick", ["a"], lambda texts: texts).result(10) == ["a"]  # another model is not asked to wait
    for future in accepted:
        future.cancel()
    may.set()
