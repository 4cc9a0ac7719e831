"""Texts as they grow, several at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from hub.tasks.generate import Stream

FRAME_S = 0.08  # between two looks at a text that grows


def growing(streams: Sequence[Stream], going: Callable[[], bool] = lambda: True) -> Iterator[list[str]]:
    """The answers of several streams so far, now and then, and at the end; whoever stops looking ends them.

    Of a beam search: its best text so far.

    Args:
        going: where it turns false, the texts end with what they have.
    """
    texts, shown_at = [""] * len(streams), 0.0
    waiting = {number: stream.watched(FRAME_S) for number, stream in enumerate(streams)}
    try:
        while waiting:
            if not going():
                for stream in streams:
                    stream.close()
            for number in list(waiting):
                for token in waiting[number]:
                    texts[number] += token.text if token else ""
                    if not streams[number].unread:
                        break
                else:
                    del waiting[number]
            if not waiting or time.monotonic() - shown_at >= FRAME_S:
                shown_at = time.monotonic()
                best = {number: streams[number].beams()[:1] for number in waiting}
                yield [next((beam.text for beam in best.get(number, ())), text) for number, text in enumerate(texts)]
    finally:
        for stream in streams:
            stream.close()
