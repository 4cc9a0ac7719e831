"""A bounded map: one value is made once, others do not wait for it, what is in use stays."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.kept import Kept


def test_the_least_recently_used_goes_and_what_is_in_use_stays() -> None:
    in_use = {"a"}
    kept: Kept[str, str] = Kept(2, in_use=lambda value: value in in_use)
    for key in "abab":
        kept.get(key, lambda key=key: key)  # type: ignore[misc]
    kept.put("c", "c")
    assert "a" in kept and "b" not in kept and len(kept) == 2
    kept.put("d", "d")
    assert [key in kept for key in "acd"] == [True, False, True]
    in_use.clear()
    kept.put("e", "e")
    assert [key in kept for key in "ade"] == [False, True, True]
    assert kept.look("d") == "d" and kept.take("d") == "d" and kept.take("d") is None


def test_one_waits_for_a_value_that_is_made_and_not_for_others() -> None:
    kept: Kept[str, object] = Kept(4)
    begun, end = threading.Event(), threading.Event()

    def slow() -> object:
        begun.set()
        assert end.wait(10)
        return object()

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(kept.get, "slow", slow)
        assert begun.wait(10)
        second = pool.submit(kept.get, "slow", object)
        assert kept.get("quick", lambda: "made") == "made" and not first.done() and not second.done()
        end.set()
        assert first.result(10) is second.result(10)


def test_what_could_not_be_made_is_told_to_all_who_wait_and_tried_again() -> None:
    kept: Kept[str, str] = Kept(4)
    begun, end = threading.Event(), threading.Event()

    def fails() -> str:
        begun.set()
        assert end.wait(10)
        raise ValueError("broken")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.get, "key", fails)
        assert begun.wait(10)
        second = pool.submit(kept.get, "key", fails)
        end.set()
        for one in (first, second):
            with pytest.raises(ValueError, match="broken"):
                one.result(10)
    assert kept.get("key", lambda: "mended") == "mended"
