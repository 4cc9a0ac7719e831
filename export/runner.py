"""What is measured: an ONNX file by the code that serves it, with the tokenizer before it. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hub import text as hub_text
from hub.bundle import Bundles
from hub.card import Card, Variant
from hub.decoder import Decoder, vocab_size
from hub.orders import OrderReader
from hub.session import open_session
from hub.spelling import WordReader
from hub.tasks.layered import LayeredReader, layered_reader
from hub.text import TOKENIZER_FILE, PromptTokenizer, TextEncoder, TextInput

BATCH = 64  # rows
STEPS = 8  # tokens that are written together

Arrays = dict[str, np.ndarray]


class Subject:
    """A file, or the PyTorch module behind it; where it reads text, with its tokenizer."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    reader: Any = None  # a TextEncoder, a PromptTokenizer, a WordReader, or what a recipe reads its texts with

    def run(self, feeds: Arrays, names: Sequence[str] = ()) -> Arrays:
        """Name -> output; all of them, or those asked for."""
        raise NotImplementedError

    def feeds(self, texts: Sequence[TextInput]) -> Arrays:
        """The inputs that stand for the texts."""
        feeds: Arrays = self.reader.feeds(texts, self.inputs)
        return feeds

    def rows(self, texts: Sequence[TextInput], names: Sequence[str]) -> Arrays:
        """Name of the output -> float32 (texts, width), in the order of the texts; batches of similar lengths."""
        ids = self.reader.ids(texts)
        found: dict[str, list[np.ndarray]] = {name: [np.empty(0)] * len(texts) for name in names}
        for rows in hub_text.batches([len(row) for row in ids], max_rows=BATCH):
            outputs = self.run(hub_text.feeds([ids[row] for row in rows], self.inputs), names)
            for name in names:
                for row, values in zip(rows, outputs[name], strict=True):
                    found[name][row] = values
        return {name: np.stack(values) for name, values in found.items()}

    def neighbour_difference(self, texts: Sequence[TextInput], names: Sequence[str]) -> float:
        """max |outputs of a text alone - those of it in one batch with all the others|; NaN where one is."""
        mixed = self.run(self.feeds(texts), names)
        worst = [0.0]
        for row, text in enumerate(texts):
            for name, values in self.run(self.feeds([text]), names).items():
                there = tuple(map(slice, values[0].shape))  # an output with a row for each token has more of them there
                worst.append(float(np.abs(values[0] - mixed[name][row][there]).max()))
        return float(np.max(worst))


class Runner(Subject):
    """One ONNX file, on one thread."""

    def __init__(self, file: Path, reader: Any = None) -> None:
        self.session = open_session(file, threads=1)
        self.reader = reader
        self.inputs = self.session.inputs
        self.outputs = self.session.outputs

    def run(self, feeds: Arrays, names: Sequence[str] = ()) -> Arrays:
        names = names or self.outputs
        return dict(zip(names, self.session.run(self.session.cast(feeds), names), strict=True))


class Writing(Subject):
    """A decoder with a cache: its inputs are prompts, "ids_N", its outputs what is said after each, "logits_N"."""

    reader: PromptTokenizer

    def feeds(self, texts: Sequence[TextInput]) -> Arrays:
        return {f"ids_{number}": np.array(self.reader.ids(str(text))) for number, text in enumerate(texts)}


class DecoderRunner(Writing):
    """The ONNX file of a decoder.

    Args:
        opened: a fresh decoder with so many rows.
    """

    def __init__(self, file: Path, reader: PromptTokenizer, opened: Callable[[Path, int], Decoder]) -> None:
        session = open_session(file, threads=1)
        self.inputs, self.outputs = session.inputs, session.outputs
        self.file, self.reader = file, reader
        self._opened = opened

    def opened(self, rows: int = 1) -> Decoder:
        """A fresh decoder with so many rows."""
        return self._opened(self.file, rows)

    def run(self, feeds: Arrays, names: Sequence[str] = ()) -> Arrays:
        """The logits after each prompt, read in two pieces; "logits_N" float32 (1, vocabulary)."""
        decoder = self.opened()
        found = {}
        for name, ids in feeds.items():
            decoder.cut(0, 0)
            half = len(ids) // 2
            if half:
                decoder.extend(0, ids[:half].tolist())
            found[name.replace("ids", "logits")] = decoder.extend(0, ids[half:].tolist())
        return {name: found[name] for name in names or found}

    def neighbour_difference(self, texts: Sequence[TextInput], names: Sequence[str]) -> float:
        """max |logits of a text alone - of it in a batch with others|, while they are written together."""
        return neighbour_difference(self.opened, [self.reader.ids(str(text)) for text in texts])


def neighbour_difference(opened: Callable[[int], Decoder], prompts: list[list[int]], steps: int = STEPS) -> float:
    """max |logits of a text alone - of the same text in a batch with others|, while they are written together."""

    def written(group: list[list[int]]) -> list[list[np.ndarray]]:
        decoder = opened(len(group))
        last = [decoder.extend(row, ids)[-1] for row, ids in enumerate(group)]
        seen: list[list[np.ndarray]] = [[] for _ in group]
        for number in range(steps):
            logits = decoder.step(range(len(group)), [ids[number % len(ids)] for ids in group])
            for row, values in enumerate(logits):
                seen[row].append(values.copy())
        return [[first, *later] for first, later in zip(last, seen, strict=True)]

    together = written(prompts)
    alone = [written([ids])[0] for ids in prompts]
    return float(
        np.max([
            np.abs(one - other).max()
            for row, single in zip(together, alone, strict=True)
            for one, other in zip(row, single, strict=True)
        ])
    )  # fmt: skip


Reader = TextEncoder | PromptTokenizer | WordReader | OrderReader | LayeredReader


def reader_of(folder: Path, card: Card) -> Reader | None:
    """What reads the texts of a bundle; None: it reads none. Raises BundleError, UnknownModelError."""
    file = folder / TOKENIZER_FILE
    if not card.reads_text:
        return None
    if card.layers_of:
        bundles = Bundles(folder.parent)
        return layered_reader(bundles, bundles.get(card.name))
    if card.decoding:
        return PromptTokenizer(file)
    most = card.max_tokens or 0
    if card.orders:
        return OrderReader(file, most, card.orders)
    return WordReader(file, most, card.spelling) if card.spelling else TextEncoder(file, most)


def open_variant(folder: Path, card: Card, variant: Variant, reader: Any) -> Subject:
    """A file of a bundle, to be measured. Raises BundleError."""
    path = folder / variant.file
    decoding = card.decoding
    if decoding is None:
        return Runner(path, reader)
    size = vocab_size(card)

    def opened(file: Path, rows: int) -> Decoder:
        return Decoder(open_session(file, threads=1), decoding, size, rows, decoding.context)

    return DecoderRunner(path, reader, opened)
