"""Texts through one ONNX file, by the code that serves it: what verify.py and check.py measure with. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hub import text as hub_text
from hub.session import open_session
from hub.text import TextEncoder, TextInput

BATCH = 64  # rows


def encode(encoder: TextEncoder, texts: Sequence[TextInput], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Texts -> inputs of a graph, padded to the longest: int64 (texts, tokens) each."""
    return hub_text.feeds(encoder.ids(texts), names)


class Runner:
    """One ONNX file and its tokenizer, on one thread."""

    def __init__(self, file: Path, encoder: TextEncoder) -> None:
        self.session = open_session(file, threads=1)
        self.encoder = encoder
        self.inputs = self.session.inputs
        self.outputs = self.session.outputs

    def run(self, feeds: dict[str, np.ndarray], names: Sequence[str] = ()) -> dict[str, np.ndarray]:
        """Name -> output; all of them, or those asked for."""
        names = names or self.outputs
        return dict(zip(names, self.session.run(feeds, names), strict=True))

    def rows(self, texts: Sequence[TextInput], names: Sequence[str]) -> dict[str, np.ndarray]:
        """Name of the output -> float32 (texts, width), in the order of the texts; batches of similar lengths."""
        ids = self.encoder.ids(texts)
        found: dict[str, list[np.ndarray]] = {name: [np.empty(0)] * len(texts) for name in names}
        for rows in hub_text.batches([len(row) for row in ids], max_rows=BATCH):
            outputs = self.run(hub_text.feeds([ids[row] for row in rows], self.inputs), names)
            for name in names:
                for row, values in zip(rows, outputs[name], strict=True):
                    found[name][row] = values
        return {name: np.stack(values) for name, values in found.items()}
