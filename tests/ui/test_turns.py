"""Whose answer is shown: of what a visitor starts, the newest."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

import gradio as gr
import pytest

from hub.errors import InputError
from hub.ui.turns import CAPACITY, Turns, arrived

PLACE = ("session", "part")


@pytest.fixture
def request_of_a_visitor() -> gr.Request:
    return gr.Request(session_hash="session")


def nothing(made: Any) -> bool:
    return made == [gr.skip()] * 2


def test_a_newer_action_ends_an_older_one() -> None:
    turns = Turns()
    first = turns.begin(PLACE)
    assert not turns.over(PLACE, first) and turns.running(PLACE)
    second = turns.begin(PLACE)
    assert turns.over(PLACE, first) and not turns.over(PLACE, second)
    assert not turns.begun(("session", "another part")) and not turns.begun(("another session", "part"))


def test_what_yields_does_not_end_an_action_under_way() -> None:
    turns = Turns()
    action = turns.begin(PLACE)
    assert turns.begin(PLACE, yields=True) == 0 and not turns.over(PLACE, action)
    turns.end(PLACE, action)
    look = turns.begin(PLACE, yields=True)
    assert look and not turns.over(PLACE, look) and turns.over(PLACE, 0)
    turns.begin(PLACE)
    assert turns.over(PLACE, look)


def test_a_stop_is_told_from_a_replacement() -> None:
    turns = Turns()
    run = turns.begin(PLACE)
    turns.stop(PLACE)
    assert turns.over(PLACE, run) and turns.stopped(PLACE) and not turns.running(PLACE)
    turns.begin(PLACE)
    assert not turns.stopped(PLACE)


def test_the_slow_answer_to_an_older_click_is_dropped(request_of_a_visitor: gr.Request) -> None:
    turns, started, go_on = Turns(), threading.Event(), threading.Event()

    def answer(request: gr.Request, wait: bool) -> list[str]:
        if wait:
            started.set()
            assert go_on.wait(10)
        return ["older" if wait else "newer", ""]

    once = turns.newest(answer, "part", 2)
    made: list[Any] = []
    slow = threading.Thread(target=lambda: made.append(once(request_of_a_visitor, True)))
    slow.start()
    assert started.wait(10)
    assert once(request_of_a_visitor, False) == ["newer", ""]
    go_on.set()
    slow.join(10)
    assert nothing(made[0])


def test_the_error_of_an_older_click_is_not_told(request_of_a_visitor: gr.Request) -> None:
    turns = Turns()

    def fails(request: gr.Request) -> list[str]:
        turns.begin(PLACE)  # something newer
        raise gr.Error("late")

    assert nothing(turns.newest(fails, "part", 2)(request_of_a_visitor))


def test_a_stream_ends_where_something_newer_begins(request_of_a_visitor: gr.Request) -> None:
    turns = Turns()

    def frames(request: gr.Request) -> Iterator[list[int]]:
        yield from ([number, number] for number in range(5))

    seen: list[Any] = []
    for frame in turns.newest(frames, "part", 2)(request_of_a_visitor):
        seen.append(frame)
        if len(seen) == 2:
            turns.begin(PLACE)
    assert seen[:2] == [[0, 0], [1, 1]] and nothing(seen[2]) and len(seen) == 3


def test_the_last_of_a_stream_changes_nothing(request_of_a_visitor: gr.Request) -> None:
    """Gradio sends it twice, the second time perhaps after the answer to a click."""

    def frames(request: gr.Request) -> Iterator[list[int]]:
        yield [1, 1]

    assert nothing(list(Turns().newest(frames, "part", 2)(request_of_a_visitor))[-1])


def test_memory_is_bounded() -> None:
    turns = Turns()
    for number in range(CAPACITY + 10):
        turns.begin(("session", str(number)))
    assert not turns.begun(("session", "0")) and turns.begun(("session", str(CAPACITY)))


def test_a_stream_that_is_stopped_shows_where_it_has_come_to(request_of_a_visitor: gr.Request) -> None:
    turns = Turns()

    def stream(request: gr.Request) -> Iterator[list[Any]]:
        going = turns.going(PLACE)
        yield ["first", 1]
        while going():
            yield ["more", 2]
        yield ["stopped", 3]

    frames = turns.newest(stream, "part", 2)(request_of_a_visitor)
    assert [next(frames), next(frames)] == [["first", 1], ["more", 2]]
    turns.stop(PLACE)
    assert next(frames) == ["stopped", 3] and nothing(next(frames))
    replaced = turns.newest(stream, "part", 2)(request_of_a_visitor)
    next(replaced)
    turns.begin(PLACE)
    assert [nothing(frame) for frame in replaced] == [True]


def test_an_error_of_a_stream_that_is_replaced_is_not_told(request_of_a_visitor: gr.Request) -> None:
    turns = Turns()

    def stream(request: gr.Request, replace: bool) -> Iterator[list[Any]]:
        yield ["first", 1]
        if replace:
            turns.begin(PLACE)
        raise InputError("question_none")

    assert len(list(turns.newest(stream, "part", 2)(request_of_a_visitor, True))) == 1
    with pytest.raises(InputError):
        list(turns.newest(stream, "part", 2)(request_of_a_visitor, False))


def test_of_two_events_the_later_one_is_newest_whichever_thread_runs_first() -> None:
    turns, events = Turns(), [copy_context(), copy_context()]
    for event in events:
        event.run(arrived)
    later = events[1].run(turns.begin, "place")
    earlier = events[0].run(turns.begin, "place")
    assert turns.over("place", earlier) and not turns.over("place", later)
    assert not turns.over("place", events[1].run(turns.begin, "place"))
