"""A word's vector depends on its sentence (Peters et al. 2018, ELMo): numpy in, numpy out."""

from hub.tasks.contextual.expect import Expectations, Expected, Guess, Place, expectations
from hub.tasks.contextual.read import (
    LARGE,
    TASK,
    Reading,
    TokenVector,
    TokenVectors,
    check_short,
    mix,
    read,
    read_checked,
    token_vectors,
    weights_of,
)
from hub.tasks.contextual.senses import DIRECTIONS, Direction, Occurrence, Occurrences, occurrences
from hub.tasks.contextual.spell import Fired, Spelt, Vocabulary, spell, vocabulary

__all__ = [
    "DIRECTIONS",
    "LARGE",
    "TASK",
    "Direction",
    "Expectations",
    "Expected",
    "Fired",
    "Guess",
    "Occurrence",
    "Occurrences",
    "Place",
    "Reading",
    "Spelt",
    "TokenVector",
    "TokenVectors",
    "Vocabulary",
    "check_short",
    "expectations",
    "mix",
    "occurrences",
    "read",
    "read_checked",
    "spell",
    "token_vectors",
    "vocabulary",
    "weights_of",
]
