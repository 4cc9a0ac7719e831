"""Whose answer is shown: of what a visitor starts at one place of the page, the newest.

Gradio shows answers in the order in which callbacks end, also the answer to a click that a later click has replaced.
Its own `cancels` do not help: they name an event by its function, and one that comes late ends the next. So each action
takes a turn here, and an answer whose turn is over is not shown. The load of the page takes none: hub/ui/gate.py.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import threading
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hub.errors import HubError
from hub.kept import Kept

# Settings of events. "multiple": a click is never dropped because another is being answered; the turns choose what is
# shown. LIVE is for a slider, which tells of every move: the last one alone, when the one before is answered.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "trigger_mode": "multiple"}
# QUIET shows no progress, on no component: with each message Gradio's page tells inputs and outputs of every event so
# far how it goes, and hundreds of components that show nothing of it keep a stream's page busy for half a second.
QUIET: dict[str, Any] = {"show_progress": "hidden", "show_progress_on": [], **PRIVATE}
LIVE: dict[str, Any] = {**QUIET, "trigger_mode": "always_last"}
_numbers = itertools.count(1)
_arrival: ContextVar[int] = ContextVar("arrival", default=0)
CAPACITY = 4_096  # places that are remembered; of one that had to go, an answer under way is not shown


def arrived() -> None:
    """An event of the page has come: its turns are those of this moment.

    Two events that come one after the other are answered in threads, of which the second may be the first to run.
    """
    _arrival.set(next(_numbers))


@dataclass
class _Place:
    turn: int  # the newest
    running: bool  # whether it is under way
    stopped: bool = False


class Turns:
    """The turns of all visitors. A place: (session, part of the page)."""

    def __init__(self) -> None:
        self._places: Kept[Hashable, _Place] = Kept(CAPACITY)
        self._lock = threading.Lock()

    def begin(self, place: Hashable, *, yields: bool = False) -> int:
        """A new turn; every earlier one at this place is over, and it is itself where a later event was quicker.

        Args:
            yields: for what draws the settings as they are (a slider's move, a look at another tab) and may be told of
                late: it does not replace an action under way, which will set them. Then 0, which is always over.
        """
        with self._lock:
            found = self._places.look(place)
            if yields and found and found.running:
                return 0
            turn = _arrival.get() or next(_numbers)
            if found is None or found.turn <= turn:
                self._places.put(place, _Place(turn, not yields))
            return turn

    def end(self, place: Hashable, turn: int) -> None:
        """The action of this turn is answered."""
        with self._lock:
            found = self._places.look(place)
            if found and found.turn == turn:
                found.running = False

    def stop(self, place: Hashable) -> None:
        """Whatever is under way is over, and nothing replaces it."""
        turn = self.begin(place)
        with self._lock:
            found = self._places.look(place)
            if found and found.turn == turn:
                found.running, found.stopped = False, True

    def over(self, place: Hashable, turn: int) -> bool:
        """Whether something else has begun since."""
        found = self._places.look(place)
        return found is None or found.turn != turn

    def stopped(self, place: Hashable) -> bool:
        """Whether the last thing that happened was a `stop`: what was under way may show where it has come to."""
        found = self._places.look(place)
        return found is not None and found.stopped

    def going(self, place: Hashable) -> Callable[[], bool]:
        """A function that is true while nothing else has begun, and nothing is stopped, since now."""
        found = self._places.look(place)
        turn = found.turn if found else 0
        return lambda: not self.over(place, turn)

    def running(self, place: Hashable) -> bool:
        """Whether an action is under way."""
        found = self._places.look(place)
        return found is not None and found.running

    def begun(self, place: Hashable) -> bool:
        """Whether there has been any turn: then nothing is shown unasked any more."""
        return place in self._places

    def newest(
        self, callback: Callable[..., Any], part: str, outputs: int, *, yields: bool = False
    ) -> Callable[..., Any]:
        """A callback of Gradio, a generator too, whose answer is shown only while nothing newer has begun.

        Args:
            callback: takes a gr.Request anywhere among its arguments.
            part: of the page; callbacks that write to the same components share it.
            outputs: how many components it gives a value for.
            yields: see `begin`.
        """
        nothing: Any = gr.skip() if outputs == 1 else [gr.skip()] * outputs

        def place_of(given: tuple[Any, ...]) -> Hashable:
            request = next(value for value in given if isinstance(value, gr.Request))
            return (request.session_hash, part)

        @functools.wraps(callback)
        def once(*given: Any) -> Any:
            place = place_of(given)
            turn = self.begin(place, yields=yields)
            if not turn:
                return nothing
            try:
                made = callback(*given)
            except (gr.Error, HubError):
                if self.over(place, turn):
                    return nothing
                raise
            else:
                return nothing if self.over(place, turn) else made
            finally:
                self.end(place, turn)

        @functools.wraps(callback)
        def streamed(*given: Any) -> Iterator[Any]:
            place = place_of(given)
            turn = self.begin(place, yields=yields)
            try:
                for made in callback(*given) if turn else ():
                    if self.over(place, turn) and not self.stopped(place):
                        break
                    yield made
                # Gradio sends what was yielded last once more when a stream ends: by then it may have been replaced.
                yield nothing
            except (gr.Error, HubError):
                if not self.over(place, turn):
                    raise
            finally:
                self.end(place, turn)

        return streamed if inspect.isgeneratorfunction(callback) else once
