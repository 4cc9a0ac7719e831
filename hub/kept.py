"""A small map for what is expensive to make: bounded, the least recently used goes, each value is made once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """At most ``capacity`` values, and those that are in use beside. Safe to use from several threads.

    Args:
        in_use: of a value: it does not go, though it was not asked for lately.
    """

    def __init__(self, capacity: int, in_use: Callable[[Value], bool] = lambda value: False) -> None:
        self.capacity = capacity
        self._in_use = in_use
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._coming: dict[Key, Future[Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key. Who asks for it while it is made waits for it; who asks for another one does not.

        Raises what `make` raises, to all who wait; the next one to ask tries again.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            coming = self._coming.get(key)
            if coming is None:
                mine = self._coming[key] = Future()
        if coming is not None:
            return coming.result()
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._coming[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._coming[key]
            self._put(key, value)
        mine.set_result(value)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Keep a value that is there already, in place of an older one."""
        with self._lock:
            self._put(key, value)

    def _put(self, key: Key, value: Value) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        for other in list(self._values):
            if len(self._values) <= self.capacity:
                break
            if other != key and not self._in_use(self._values[other]):
                del self._values[other]

    def look(self, key: Key) -> Value | None:
        """The value of a key where there is one; it is no younger for that."""
        return self._values.get(key)

    def take(self, key: Key) -> Value | None:
        """The same, and it is not kept any more: the caller has it alone."""
        with self._lock:
            return self._values.pop(key, None)

    def drop(self, which: Callable[[Key], bool]) -> None:
        """Keep these keys no longer."""
        with self._lock:
            for key in list(filter(which, self._values)):
                del self._values[key]

    def __contains__(self, key: Key) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)
