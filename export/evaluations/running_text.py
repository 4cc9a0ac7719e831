"""Running text, token by token: the perplexity, and how far the distribution of the next token is from PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from export.pytorch import TorchDecoder
from export.recipe import Recipe, Score
from export.runner import DecoderRunner, Subject
from hub.card import PERPLEXITY
from hub.decoder import Decoder
from hub.text import PromptTokenizer

CHUNK = 256  # tokens that are read at a time


@dataclass(frozen=True)
class RunningText:
    """Texts that a decoder reads."""

    dataset: str
    split: str
    texts: Callable[[], list[str]]
    head: str = ""
    graph: str = "model"
    gated: bool = True

    def load(self, recipe: Recipe, pytorch: Mapping[str, Subject]) -> Reading:
        decoder = pytorch[self.graph]
        assert isinstance(decoder, TorchDecoder)
        return read(self, decoder.reader, decoder.context, decoder.model)


@dataclass(frozen=True)
class Reading:
    """The texts as a decoder reads them."""

    evaluation: RunningText
    ids: list[list[int]]  # a piece of a text each, at most the context
    model: torch.nn.Module | None = None  # of transformers, in eval mode

    @property
    def tokens(self) -> int:
        """Tokens that are predicted: all but the first of each piece."""
        return sum(len(piece) - 1 for piece in self.ids)

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        decoder = subjects[self.evaluation.graph]
        assert isinstance(decoder, DecoderRunner) and self.model is not None
        found = compare(decoder.opened(), self.model, self)
        rise = found.perplexity / found.reference_perplexity - 1
        return Score(
            quality=found.perplexity,
            losable=False,
            figures={PERPLEXITY: found.perplexity},
            rows=found.tokens,
            parity={
                "max_abs_difference": found.difference,
                "tokens": found.tokens,
                "mean_kl": found.kl / found.tokens,
                "top1_agreement": found.same / found.tokens,
                "rise": rise,
                "perplexity_difference": abs(rise),
                "difference": found.difference / max(1.0, found.largest),
            },
        )


@dataclass
class Compared:
    """Sums over the tokens of a Reading; log-probabilities are in nats."""

    tokens: int = 0
    loss: float = 0.0
    reference_loss: float = 0.0
    kl: float = 0.0
    same: int = 0
    difference: float = 0.0
    largest: float = 0.0  # logit

    @property
    def perplexity(self) -> float:
        return float(np.exp(self.loss / self.tokens))

    @property
    def reference_perplexity(self) -> float:
        return float(np.exp(self.reference_loss / self.tokens))


def read(
    evaluation: RunningText, tokenizer: PromptTokenizer, context: int, model: torch.nn.Module | None = None
) -> Reading:
    """The texts in pieces of at most the context, each read from its beginning."""
    whole = [tokenizer.ids(text) for text in evaluation.texts()]
    pieces = [one[start : start + context] for one in whole for start in range(0, len(one), context)]
    return Reading(evaluation, [piece for piece in pieces if len(piece) > 1], model)


def compare(decoder: Decoder, model: torch.nn.Module, reading: Reading) -> Compared:
    """A file and PyTorch on the same text, token by token."""
    made = Compared()
    for piece in reading.ids:
        decoder.cut(0, 0)
        with torch.inference_mode():
            expected = model(torch.tensor([piece])).logits[0].float()  # (tokens, vocabulary)
        for start in range(0, len(piece) - 1, CHUNK):
            part = piece[start : min(start + CHUNK, len(piece) - 1)]
            found = torch.from_numpy(decoder.extend(0, part, range(len(part))))
            wanted = expected[start : start + len(part)]
            following = torch.tensor(piece[start + 1 : start + 1 + len(part)])[:, None]
            ours, theirs = found.double().log_softmax(-1), wanted.double().log_softmax(-1)
            made.tokens += len(part)
            made.loss -= float(ours.gather(1, following).sum())
            made.reference_loss -= float(theirs.gather(1, following).sum())
            made.kl += float((theirs.exp() * (theirs - ours)).sum())
            made.same += int((found.argmax(-1) == wanted.argmax(-1)).sum())
            made.difference = float(np.maximum(made.difference, float((found - wanted).abs().max())))  # NaN stays
            made.largest = max(made.largest, float(wanted.abs().max()))
    return made
