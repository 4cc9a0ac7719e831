"""Long work: a few threads of its own for each kind, a few that wait for them, and nothing for those who have left.

Without bounds forty large requests from a client that leaves would keep all other doors waiting for a minute.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import Any, Generic, TypeVar

from hub import limits
from hub.errors import BusyError

Result = TypeVar("Result")
Check = Callable[..., None]  # to be called between the parts of the work; raises LeftError
FIRST_GUESS_S = 0.2  # of a piece of work, before one has been measured
WEIGHT = 0.2  # of the last one in the running mean


class LeftError(Exception):
    """Nobody waits for the result any more."""


class Job(Future[Result], Generic[Result]):
    """A piece of work. Cancelled, it is not begun, or ends at its next check."""

    def __init__(self) -> None:
        super().__init__()
        self._left = threading.Event()

    def cancel(self) -> bool:
        self._left.set()
        return super().cancel()

    def check(self, *_: object) -> None:
        """Raises LeftError where the job was cancelled; takes whatever a progress callback gets."""
        if self._left.is_set():
            raise LeftError


class Pool:
    """Threads for one kind of work.

    Args:
        name: what the work is, for a message. threads: pieces at a time. waiting: pieces that may wait beside; more
            than a few of them only while the wait is short.
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self.name = name
        self.threads = threads
        self.most = threads + waiting
        self.few = 2 * threads
        self.inside = 0
        self._mean_s = FIRST_GUESS_S
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def submit(self, work: Callable[[Check], Result]) -> Job[Result]:
        """The job of a function, which is handed the check. Raises BusyError at once where too many are inside."""
        with self._lock:
            again = max(1.0, self.inside / self.threads * self._mean_s)
            if self.inside >= self.most or (self.inside >= self.few and again > limits.MAX_WAIT_S):
                raise BusyError("busy_work", found=self.inside, kind=self.name, wait=again)
            self.inside += 1
        job: Job[Result] = Job()
        job.add_done_callback(self._leave)
        self._executor.submit(self._run, job, work)
        return job

    def _run(self, job: Job[Any], work: Callable[[Check], Any]) -> None:
        if not job.set_running_or_notify_cancel():
            return
        start = perf_counter()
        try:
            result = work(job.check)
        except BaseException as error:
            job.set_exception(error)
        else:
            job.set_result(result)
            with self._lock:
                self._mean_s += WEIGHT * (perf_counter() - start - self._mean_s)

    def _leave(self, _: Future[Any]) -> None:
        with self._lock:
            self.inside -= 1
