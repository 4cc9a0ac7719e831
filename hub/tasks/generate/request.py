"""What is asked of a writer: a prompt, how it is continued, and when that ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub import limits
from hub.errors import InputError, Term, TooLargeError
from hub.tasks.beams import LENGTH_PENALTY
from hub.tasks.sampling import Sampling
from hub.text import check_text

TASK = "text-generation"


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Args:
        prompt: may be empty where ids are given.
        ids: further tokens of the prompt, as the model wrote them or listed them: text might be cut otherwise.
        written: so many of the last ids are an answer that goes on: the text is the one that would have come in one go.
        max_new_tokens: the answer ends after so many, or before.
        stop: the answer ends before the first of these strings.
        alternatives: how many of the most probable tokens are listed at each place.
        describe: with alternatives: at the places of the prompt too.
        beams: so many texts go on together and the best one is the answer, which comes at the end; 1: no beam search.
        length_penalty: of a beam search: a text is worth its log-probability / its length ** length_penalty.
        left_out: tokens at the end of a text to be summarised that the context has no room for.
        scored: nothing is written; the last so many tokens of the prompt are given back, each with its probability.
        drawn: random numbers of the seed that an earlier part of the same text has used up.
        lead: white space before the first visible character is left out, and ends nothing.
    """

    prompt: str
    max_new_tokens: int = 128
    sampling: Sampling = field(default_factory=Sampling)
    stop: tuple[str, ...] = ()
    alternatives: int = 0
    ids: tuple[int, ...] = ()
    describe: bool = True
    beams: int = 1
    length_penalty: float = 1.0
    left_out: int = 0
    scored: int = 0
    drawn: int = 0
    lead: bool = False
    written: int = 0

    def __post_init__(self) -> None:
        if self.prompt or not self.ids:
            check_text(self.prompt, Term("the_prompt"))
        _whole("max_new_tokens", self.max_new_tokens, 1, limits.MAX_NEW_TOKENS)
        _whole("alternatives", self.alternatives, 0, limits.MAX_ALTERNATIVES)
        _whole("beams", self.beams, 1, limits.MAX_BEAMS)
        _whole("scored", self.scored, 0, limits.MAX_CONTEXT)
        _whole("drawn", self.drawn, 0, limits.MAX_CONTEXT)
        _whole("written", self.written, 0, 0 if self.scored else max(0, len(self.ids) - (not self.prompt)))
        penalty, (low, high) = self.length_penalty, LENGTH_PENALTY
        if isinstance(penalty, bool) or not isinstance(penalty, (int, float)) or not low <= penalty <= high:
            found = repr(penalty)[:40]
            raise InputError("setting_number_range", name="length_penalty", found=found, low=low, high=high)
        if self.beams > 1 and self.sampling.temperature:
            raise InputError("beams_drawn", beams=self.beams, temperature=self.sampling.temperature)
        if len(self.stop) > limits.MAX_STOPS:
            raise TooLargeError("stops_many", found=len(self.stop), allowed=limits.MAX_STOPS)
        for text in self.stop:
            if not isinstance(text, str) or not 0 < len(text) <= limits.MAX_STOP_CHARS:
                raise InputError("stop_length", found=repr(text)[:80], allowed=limits.MAX_STOP_CHARS)

    @property
    def described(self) -> int:
        """How many tokens are listed at each place of the prompt."""
        return self.alternatives if self.describe else 0


HINT = "\nTL;DR:"  # Radford et al. 2019, section 3.6, as the length of a summary

MAX_SUMMARY_TOKENS = 100

SUMMARY_BEAMS = 2  # how many make a summary where nobody says


def _whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError("setting_whole_range", name=name, found=repr(value)[:40], low=low, high=high)
