"""What tasks on ELMo share: a text's words by their ids and their writing, beside the layers of a language model.

Peters et al. 2018, section 3.3. Each such bundle has two twins, with the layers and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from tokenizers import Tokenizer

from hub.bundle import Bundle, Bundles
from hub.errors import InputError
from hub.kept import Kept
from hub.tasks import contextual
from hub.text import TOKENIZER_FILE

LARGE = 32  # texts from which the session with all cores is worth its start
SHAPES = ("other", "small", "first", "capitals", "mixed", "digits")

Arm = Literal["with", "without"]
ARMS: tuple[Arm, ...] = get_args(Arm)


def check_arm(arm: object) -> None:
    """Raises InputError."""
    if arm not in ARMS:
        raise InputError("setting_choice", name="arm", found=repr(arm)[:40], known=", ".join(ARMS))


def shape(word: str) -> int:
    """How a word is written, by its number in SHAPES."""
    letters = [letter for letter in word if letter.isalpha()]
    if not letters:
        name = "digits" if any(letter.isdigit() for letter in word) else "other"
    elif all(letter == letter.lower() for letter in letters):
        name = "small"
    elif all(letter == letter.upper() for letter in letters) and len(letters) > 1:
        name = "capitals"
    else:
        first, *rest = letters
        name = "first" if first != first.lower() and all(letter == letter.lower() for letter in rest) else "mixed"
    return SHAPES.index(name)


class LayeredReader:
    """From texts to the inputs of a graph.

    Args:
        vocabulary: of the static vectors. base: the language model.
    """

    def __init__(self, vocabulary: Tokenizer, base: Bundle) -> None:
        self.base = base
        self._vocabulary = vocabulary
        self._unknown = vocabulary.token_to_id(getattr(vocabulary.model, "unk_token", None) or "") or 0

    def feeds(self, texts: Sequence[str], names: Sequence[str]) -> dict[str, np.ndarray]:
        """The inputs of the graph."""
        return self.feeds_of(contextual.read_checked(self.base, texts), names)

    def feeds_of(self, readings: Sequence[contextual.Reading], names: Sequence[str]) -> dict[str, np.ndarray]:
        """The same of texts that the language model has read."""
        words = [reading.words.words for reading in readings]
        return self.feeds_of_layers(words, [reading.layers for reading in readings], names)

    def feeds_of_layers(
        self, texts: Sequence[Sequence[str]], layers: Sequence[np.ndarray], names: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """The same of words. layers: of each text, float32 (layers, words, size)."""
        lengths = [len(words) for words in texts]
        ids = np.zeros((len(texts), max(lengths)), np.int64)
        shapes = np.zeros_like(ids)
        count, _, size = layers[0].shape
        padded = np.zeros((count, *ids.shape, size), np.float32)
        for row, (words, values) in enumerate(zip(texts, layers, strict=True)):
            known = (self._vocabulary.token_to_id(word) for word in words)
            ids[row, : len(words)] = [self._unknown if index is None else index for index in known]
            shapes[row, : len(words)] = [shape(word) for word in words]
            padded[:, row, : len(words)] = values
        inputs = {"input_ids": ids, "shapes": shapes, "lengths": np.array(lengths), "layers": padded}
        return {name: inputs[name] for name in names}


def layered_reader(bundles: Bundles, bundle: Bundle) -> LayeredReader:
    """Of a bundle that reads the layers of another.

    Raises BundleError where that is not the one that it was trained on, and is disabled then; UnknownModelError where
    that is not there.
    """
    needed = bundle.card.layers_of
    assert needed is not None  # a card of such a task has it
    base = bundles.get(needed.bundle, contextual.TASK)
    if base.variant().sha256 != needed.sha256:
        raise bundle.disable(f"{needed.bundle} is another one than it was trained on: make {bundle.name} again")
    key = (str(bundle.folder), bundle.variant().sha256)
    return LayeredReader(_vocabularies.get(key, lambda: _vocabulary(bundle)), base)


_vocabularies: Kept[tuple[str, str], Tokenizer] = Kept(8)


def _vocabulary(bundle: Bundle) -> Tokenizer:
    file = bundle.path(TOKENIZER_FILE)
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises bare Exception
        raise bundle.disable(f"{TOKENIZER_FILE} is not a tokenizer") from error
