"""A decoder and the keys and values of the texts that it is writing: rows of buffers that stay where they are."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from hub.card import Card, Decoding, Variant
from hub.session import Session, open_session


class Decoder:
    """A graph with a cache of ``rows`` texts. Not for several threads at once.

    A row is a text: `held` says which tokens its cache has, and `extend` and `step` append to it. What lies behind
    them in the buffers is of earlier texts and is never read.

    `read` says how many of the first tokens of a row were read together. Attention sums in another order where it reads
    one token alone, and 8-bit products carry the last bit on to the second digit: keys and values of the same tokens
    differ, by whether they were read or written. Two and more give the same, however a text is cut.
    """

    def __init__(self, session: Session, decoding: Decoding, vocab_size: int, rows: int, context: int) -> None:
        self.rows, self.context, self.vocab_size = rows, context, vocab_size
        self.held: list[list[int]] = [[] for _ in range(rows)]
        self.read = [0] * rows
        self._session = session
        self._positions = "position_ids" in session.inputs
        shape = (rows, decoding.kv_heads, context, decoding.head_size)
        self._cache = {
            f"{kind}_{layer}": _pages(shape) for layer in range(decoding.layers) for kind in ("key", "value")
        }
        self._logits = np.empty((rows, 1, vocab_size), np.float32)  # of a step
        self._steps: dict[tuple[int, int], _Step] = {}

    def shared(self, row: int, tokens: Sequence[int]) -> int:
        """How many of the first tokens a row's cache has already."""
        held, count = self.held[row], 0
        while count < min(len(held), len(tokens)) and held[count] == tokens[count]:
            count += 1
        return count

    def cut(self, row: int, count: int) -> None:
        """Keep the first tokens of a row only."""
        del self.held[row][count:]
        self.read[row] = min(self.read[row], count)

    def copy(self, source: int, target: int, count: int | None = None) -> None:
        """Make a row hold what another one holds, or the first tokens of it; what they share is not copied again."""
        held = self.held[source][:count]
        begin, end = self.shared(target, held), len(held)
        for buffer in self._cache.values():
            buffer[target, :, begin:end] = buffer[source, :, begin:end]
        self.held[target], self.read[target] = held, min(self.read[source], end)

    def extend(self, row: int, tokens: Sequence[int], wanted: Sequence[int] = (-1,)) -> np.ndarray:
        """Append tokens to a row. Returns logits float32 (wanted, vocabulary): of what follows these of the tokens."""
        held = self.held[row]
        count = len(tokens)
        inputs: dict[str, np.ndarray] = {
            "input_ids": np.array([tokens], np.int64),
            "position_ids": np.arange(len(held), len(held) + count, dtype=np.int64)[None],
            "logit_positions": np.array([place % count for place in wanted], np.int64),
            "seqlens_k": np.array([len(held) + count - 1], np.int32),
            "total_sequence_length": np.array(len(held) + count, np.int32),
        }
        logits = np.empty((len(wanted), self.vocab_size), np.float32)
        self._bound(inputs, logits[None], row, row + 1)()
        held.extend(tokens)
        self.read[row] = len(held)
        return logits

    def step(self, rows: Sequence[int], tokens: Sequence[int]) -> np.ndarray:
        """Append one token to each of several rows, ascending. Returns logits float32 (rows, vocabulary).

        The array is valid until the next call.
        """
        low, high = rows[0], rows[-1] + 1
        step = self._steps.get((low, high))
        if step is None:
            step = self._steps[low, high] = _Step(self, low, high)
        return step.run(rows, tokens)

    def _bound(self, inputs: dict[str, np.ndarray], logits: np.ndarray, low: int, high: int) -> Callable[[], None]:
        if not self._positions:
            inputs = {name: values for name, values in inputs.items() if name != "position_ids"}
        views = {name: buffer[low:high] for name, buffer in self._cache.items()}
        past = {f"past_{name}": view for name, view in views.items()}
        present = {f"present_{name}": view for name, view in views.items()}
        return self._session.bound({**inputs, **past}, {"logits": logits, **present})


def _pages(shape: tuple[int, ...]) -> np.ndarray:
    """float32 zeros that are in memory when they are written, and given back at once.

    np.zeros would do until the first decoder is freed: then the C library takes blocks of that size from its heap,
    writes them full of zeros, and keeps them.
    """
    return np.frombuffer(mmap.mmap(-1, 4 * math.prod(shape)), np.float32).reshape(shape)


def open_decoder(folder: Path, card: Card, variant: Variant, rows: int = 1, threads: int = 1) -> Decoder:
    """The decoder of a variant, for its whole context. Raises BundleError."""
    assert card.decoding is not None
    session = open_session(folder / variant.file, threads)
    return Decoder(session, card.decoding, vocab_size(card), rows, card.decoding.context)


def vocab_size(card: Card) -> int:
    """The length of the logits."""
    return int(next(spec.shape[-1] for spec in card.outputs if spec.name == "logits"))


class _Step:
    """One token for each row of a range, with everything bound once. A row that is left out writes behind its text.

    What changes from token to token is written through memoryviews: after a graph has streamed its weights through the
    caches, each numpy call less is ten microseconds.
    """

    def __init__(self, decoder: Decoder, low: int, high: int) -> None:
        count = high - low
        self.low, self.count, self.held = low, count, decoder.held
        self.last = decoder.context - 1
        logits = decoder._logits[low:high]
        self.rows_of_logits = logits[:, 0]  # (count, vocabulary)
        ids, positions = np.zeros((count, 1), np.int64), np.zeros((count, 1), np.int64)
        lengths, total = np.zeros(count, np.int32), np.zeros((), np.int32)
        self.ids, self.positions, self.lengths, self.total = (
            array.reshape(-1).data for array in (ids, positions, lengths, total)
        )
        inputs: dict[str, np.ndarray] = {
            "input_ids": ids,
            "position_ids": positions,
            "logit_positions": np.zeros(1, np.int64),
            "seqlens_k": lengths,
            "total_sequence_length": total,
        }
        self.call = decoder._bound(inputs, logits, low, high)

    def run(self, rows: Sequence[int], tokens: Sequence[int]) -> np.ndarray:
        low, held, last = self.low, self.held, self.last
        if self.count == 1 and len(held[low]) <= last:  # a text alone: what follows, without its loops
            self.positions[0] = self.lengths[0] = at = len(held[low])
            self.total[0] = at + 1
            self.ids[0] = tokens[0]
            self.call()
            held[low].append(tokens[0])
            return self.rows_of_logits
        whole = len(rows) == self.count
        longest = 0
        for place in range(low, low + self.count) if not whole else rows:
            at = len(held[place])
            # A full row that is left out has no place behind its text: its last token is read anew when next used.
            if at > last:
                at = last
                if place not in rows:
                    del held[place][at:]
            self.positions[place - low] = self.lengths[place - low] = at
            longest = max(longest, at)
        for row, token in zip(rows, tokens, strict=True):
            self.ids[row - low] = token
        self.total[0] = longest + 1
        self.call()
        for row, token in zip(rows, tokens, strict=True):
            held[row].append(token)
        return self.rows_of_logits if whole else self.rows_of_logits[[row - low for row in rows]]
