"""Micro-batching: requests that wait for the same model together run as one call.

No request waits for company: a worker takes what is there when it gets free, so a lone request runs at once and thirty
that came meanwhile run together.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from hub import limits
from hub.errors import BusyError

WEIGHT = 0.2  # of the last batch in the running mean
PACE_LIMIT_S = 0.05  # of the first batch, which opens the model's file
Run = Callable[[list[Any]], Sequence[Any]]  # texts (or requests of another kind) -> one result each, in their order


@dataclass(frozen=True)
class _Request:
    """The texts of one caller, and where the results go."""

    texts: Sequence[Any]
    future: Future[list[Any]]


class _Worker:
    """One thread for one key, started by its first request."""

    def __init__(self, run: Run, name: str) -> None:
        self.run = run
        self.texts = 0  # that wait
        self.lock = threading.Lock()  # of their number
        self.pace_s = 0.0  # of a text, as measured
        self.waiting: deque[_Request] = deque()
        self.arrived = threading.Semaphore(0)  # one count for each request that waits
        threading.Thread(target=self._loop, name=name, daemon=True).start()

    def put(self, request: _Request) -> None:
        with self.lock:
            self.texts += len(request.texts)
        self.waiting.append(request)
        self.arrived.release()

    def _loop(self) -> None:
        while True:
            self.arrived.acquire()
            taken = [self.waiting.popleft()]
            rows = len(taken[0].texts)
            while rows < limits.MAX_BATCH_ROWS and self.arrived.acquire(blocking=False):
                taken.append(self.waiting.popleft())
                rows += len(taken[-1].texts)
            # A caller that has left is dropped here.
            kept = [request for request in taken if request.future.set_running_or_notify_cancel()]
            if kept:
                start = perf_counter()
                self._answer(kept)
                self._measured(perf_counter() - start, sum(len(request.texts) for request in kept))
            with self.lock:
                self.texts -= rows

    def _measured(self, seconds: float, texts: int) -> None:
        pace = seconds / texts
        self.pace_s = min(pace, PACE_LIMIT_S) if not self.pace_s else self.pace_s + WEIGHT * (pace - self.pace_s)

    @property
    def wait_s(self) -> float:
        """How long a request that comes now has to wait, as far as is known."""
        return self.texts * self.pace_s

    def _answer(self, requests: list[_Request]) -> None:
        try:
            results = list(self.run([text for request in requests for text in request.texts]))
        except Exception as error:
            if len(requests) == 1:
                requests[0].future.set_exception(error)
                return
            for request in requests:  # an error belongs to the request that caused it, not to its neighbours
                self._answer([request])
            return
        start = 0
        for request in requests:
            end = start + len(request.texts)
            request.future.set_result(results[start:end])
            start = end


class Batcher:
    """One queue for each key (a model, its variant and head), bounded together.

    Args:
        max_pending: texts that may wait, over all keys.
    """

    def __init__(self, max_pending: int = limits.MAX_PENDING_TEXTS) -> None:
        self.max_pending = max_pending
        self._workers: dict[Hashable, _Worker] = {}
        self._pending = 0
        self._lock = threading.Lock()

    def submit(self, key: Hashable, texts: Sequence[Any], run: Run) -> Future[list[Any]]:
        """Put the texts of one caller in the queue of a key; all of them, or none.

        Args:
            run: used by the first request of a key for all later ones too; it must depend on the key alone.

        Returns the future of their results, in their order. A future that is cancelled while it waits is never run.

        Raises BusyError where the queues are full.
        """
        with self._lock:
            self._enter(len(texts))
            worker = self._workers.get(key)
            if worker is not None and worker.texts > limits.MAX_BATCH_ROWS and worker.wait_s > limits.MAX_WAIT_S:
                self._pending -= len(texts)
                wait = worker.wait_s
                raise BusyError("busy_model", found=worker.texts, wait=wait)
            if worker is None:
                worker = self._workers[key] = _Worker(run, f"batch-{key}")
        future: Future[list[Any]] = Future()
        future.add_done_callback(lambda _: self._leave(len(texts)))
        worker.put(_Request(texts, future))
        return future

    @contextmanager
    def reserve(self, count: int) -> Iterator[None]:
        """Count texts that run elsewhere (a large request, by itself) within the same bound. Raises BusyError."""
        with self._lock:
            self._enter(count)
        try:
            yield
        finally:
            self._leave(count)

    def _enter(self, count: int) -> None:
        if self._pending + count > self.max_pending:
            raise BusyError("busy_texts", found=self._pending, allowed=self.max_pending)
        self._pending += count

    def _leave(self, count: int) -> None:
        with self._lock:
            self._pending -= count

    @property
    def pending(self) -> int:
        """Texts that wait or run now."""
        return self._pending
