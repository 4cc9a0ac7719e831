"""Summaries by a hint (Radford et al. 2019, section 3.6), and what the hint does to the words of a reference."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.tasks.generate import Engine, Request
from hub.tasks.prompts import CHAT, Way, sentences

THREE = 3  # sentences of an answer that count, as in the paper; here, each once
FIRST_WORDS = 8  # of a reference, whose probability is told: later ones depend on these more than on the text
MAX_REFERENCE = 500  # characters of a reference


@dataclass(frozen=True)
class Effect:
    """log P of a token of a reference's first words, the mean of them, without the hint and with it."""

    words: str
    without: float
    hinted: float


def counted(text: str) -> str:
    """What counts of an answer: its first sentences that differ."""
    return " ".join(list(dict.fromkeys(sentences(text)))[:THREE])


def first_words(reference: str) -> str:
    """The beginning of a reference that is scored."""
    return " ".join(reference[:MAX_REFERENCE].split()[:FIRST_WORDS])


def request(engine: Engine, text: str, hint: bool, way: Way, beams: int = 1) -> Request:
    """What asks for a summary; in the chat template, text and hint are the message. Raises InputError."""
    plain = engine.summary(text, hint, beams)
    if way != CHAT:
        return plain
    message = engine.tokenizer.texts(plain.ids)  # of a long text, its beginning
    return replace(plain, ids=engine.chat(message))


def effect(engine: Engine, text: str, reference: str, way: Way) -> Effect:
    """What the hint does to the first words of a reference. Raises what Engine.scores raises."""
    words = first_words(reference)
    answer = engine.tokenizer.more(words if way == CHAT else f" {words}")
    without, hinted = (
        float(engine.scores(request(engine, text, hint, way).ids, answer).mean()) for hint in (False, True)
    )  # the text is read once
    return Effect(words, without, hinted)
