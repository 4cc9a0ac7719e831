"""Long work: bounded, told how long, ended where nobody waits."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError

import pytest

from hub.errors import BusyError
from hub.permits import LeftError, Pool


def test_what_does_not_fit_is_refused_at_once_with_a_measured_time() -> None:
    pool, may = Pool("test", 2, 3), threading.Event()
    jobs = [pool.submit(lambda _: may.wait(10)) for _ in range(5)]
    with pytest.raises(BusyError, match="5 requests of this kind") as found:
        pool.submit(lambda _: None)
    assert found.value.retry_after_s == 1.0  # at least a second
    may.set()
    assert all(job.result(10) for job in jobs)
    assert pool.submit(lambda _: 7).result(10) == 7 and pool.inside == 0


def test_work_that_takes_long_lets_few_wait_and_says_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, may, now = Pool("test", 2, 100), threading.Event(), [0.0]
    monkeypatch.setattr("hub.permits.perf_counter", lambda: now[0])

    def work(_: object) -> None:
        now[0] += 5.0

    for _ in range(30):
        pool.submit(work).result(10)
        while pool.inside:
            time.sleep(0.001)
    for _ in range(4):
        pool.submit(lambda _: may.wait(10))
    with pytest.raises(BusyError) as found:
        pool.submit(lambda _: None)
    assert found.value.retry_after_s == pytest.approx(10, rel=0.02)  # 4 of 5 seconds each, two at a time
    may.set()


def test_a_job_that_waits_and_is_left_is_never_begun() -> None:
    pool, may, ran = Pool("test", 1, 1), threading.Event(), []
    first = pool.submit(lambda _: may.wait(10))
    second = pool.submit(lambda _: ran.append(1))
    assert second.cancel() and pool.inside == 1
    may.set()
    assert first.result(10)
    with pytest.raises(CancelledError):
        second.result(10)
    assert pool.submit(lambda _: 1).result(10) == 1 and not ran


def test_a_job_that_runs_and_is_left_ends_at_its_next_check() -> None:
    pool, begun = Pool("test", 1, 0), threading.Event()

    def work(check) -> None:
        while True:
            begun.set()
            check(1, 2)
            time.sleep(0.001)

    job = pool.submit(work)
    assert begun.wait(10)
    job.cancel()
    with pytest.raises(LeftError):
        job.result(10)
    while pool.inside:
        time.sleep(0.001)


def test_an_error_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        Pool("test", 1, 0).submit(lambda _: 1 / 0).result(10)
