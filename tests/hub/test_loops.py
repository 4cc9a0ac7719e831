"""Whether a text goes in circles."""

from __future__ import annotations

from hub.tasks.loops import most_repeated


def test_the_most_frequent_run_is_counted() -> None:
    assert most_repeated(["the", "old", "man", "and", "the", "old", "man", "and", "the", "old", "woman"]) == 2
    assert most_repeated([7] * 10) == 8
    assert most_repeated(["a", "b"]) == 0 and most_repeated([1, 2, 3]) == 1
