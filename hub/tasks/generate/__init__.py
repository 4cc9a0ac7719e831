"""Text generation: prompts in, tokens out as they are made; texts of several visitors are written together.

One thread for each model takes turns fairly: every step appends one token to each text under way, and between two
steps at most one piece of one new prompt is read. So nobody waits for the end of another's text while there is a row
free, and memory is bounded by the rows.

A beam search is stepped with the others, a token of each of its texts in the same batch. Searches have rows of their
own, for the widest one or several narrow ones, and come to them in the order in which they were asked for: so a wide
one is never overtaken for ever, none takes rows from the streams, and each frees its own with the step at which its
reader leaves. None of its texts is the answer before its end; `Stream.beams`
shows them as they stand.
"""

from hub.tasks.generate.engine import (
    ALONE,
    LINGER_S,
    MAX_PAUSE_S,
    MAX_UNREAD,
    PIECE,
    Engine,
    Engines,
    log,
)
from hub.tasks.generate.request import HINT, SUMMARY_BEAMS, TASK, Request
from hub.tasks.generate.stream import Beam, Choice, End, Stream, Token

__all__ = [
    "ALONE",
    "HINT",
    "LINGER_S",
    "MAX_PAUSE_S",
    "MAX_UNREAD",
    "PIECE",
    "SUMMARY_BEAMS",
    "TASK",
    "Beam",
    "Choice",
    "End",
    "Engine",
    "Engines",
    "Request",
    "Stream",
    "Token",
    "log",
]
