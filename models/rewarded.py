"""Learning from what a model writes itself: it draws answers, and those that score well become more probable.

Paper: Paulus, Xiong, Socher 2018, "A Deep Reinforced Model for Abstractive Summarization", arXiv 1705.04304. The reward
is ROUGE-L (section 3.2), mixed with the loss of the reference (section 3.3). It repairs what that loss alone leaves: a
model that has only ever continued references is asked to continue its own words.

Departures: an answer is held against the mean of the others drawn for the same text instead of against the greedy one
(Kool, van Hoof, Welling 2019, "Buy 4 REINFORCE Samples, Get a Baseline for Free!"); the losses are mixed as
L_rl + 0.1 L_ml, where section 3.3 has γ L_rl + (1 - γ) L_ml with γ = 0.9984.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from rouge_score.rouge_scorer import RougeScorer
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from models.gpt import IGNORED, Cache, Decoder

DRAWN = 8  # answers a text
LONGEST = 40  # tokens of an answer
REFERENCE = 0.1  # weight of the loss of the reference

Decode = Callable[[list[int]], str]
_scorer = RougeScorer(["rougeL"])


def rouge_l(answer: str, reference: str) -> float:
    """F1, a fraction of 1."""
    return _scorer.score(reference, answer)["rougeL"].fmeasure


def loss(
    decoder: Decoder, input_ids: Tensor, attention_mask: Tensor, labels: Tensor, references: Sequence[str],
    decode: Decode, end: int,
) -> Tensor:  # fmt: skip
    """What training lowers; in eval mode 1 - the mean ROUGE-L of the greedy answers.

    Args:
        decoder: the model that answers.
        input_ids, attention_mask: int64 (texts, tokens), padded on the left: what is answered.
        labels: int64 (texts, answer tokens), the references with their end, then IGNORED.
        references: the same as text.
        decode: ids -> text.
        end: the token that ends an answer.
    """
    _, cache = decoder.read(input_ids[:, :-1], attention_mask[:, :-1])
    last = input_ids[:, -1:]
    count = DRAWN if decoder.training else 1
    written = answers(decoder, cache, last, attention_mask, count, end, greedy=not decoder.training)
    scores = np.array(
        [rouge_l(decode(ids), references[place // count]) for place, ids in enumerate(written)], np.float32
    ).reshape(-1, count)
    if not decoder.training:
        return torch.tensor(1 - scores.mean())
    better = torch.from_numpy((scores - scores.mean(axis=1, keepdims=True)) * count / (count - 1))  # than the others
    wanted = [row[row != IGNORED].tolist() for row in labels]
    rows = [one for place, ids in enumerate(wanted) for one in (*written[place * count :][:count], ids)]
    probable, there = log_probabilities(decoder, cache, last, attention_mask, rows)
    probable, there = (values.reshape(len(wanted), count + 1, -1) for values in (probable, there))
    drawn = -(better[:, :, None] * probable[:, :-1]).sum() / better.numel()
    return drawn - REFERENCE * probable[:, -1].sum() / there[:, -1].sum()


@torch.no_grad()
def answers(
    decoder: Decoder, cache: Cache, last: Tensor, seen: Tensor, count: int, end: int, greedy: bool = False
) -> list[list[int]]:
    """``count`` answers to each text, those of a text one after the other, each with its end if it came to one.

    Args:
        cache: keys and values of the texts but for their last token; left as it is.
        last, seen: int64 (texts, 1), that token, and (texts, tokens), the attention mask of the texts with it.
        greedy: the most probable token instead of one drawn at temperature 1.
    """
    own = _repeated(cache, count)
    last, seen = last.repeat_interleave(count, 0), seen.repeat_interleave(count, 0)
    rows: list[list[int]] = [[] for _ in last]
    open_rows = torch.arange(len(rows))
    while True:
        h, own = decoder.read(last, seen, own)
        logits = decoder.logits(h[:, -1]).float()
        last = logits.argmax(-1, keepdim=True) if greedy else torch.multinomial(logits.softmax(-1), 1)
        for row, token in zip(open_rows.tolist(), last[:, 0].tolist(), strict=True):
            rows[row].append(token)
        going = (last[:, 0] != end).nonzero()[:, 0]
        if not len(going) or len(rows[open_rows[going[0]]]) == LONGEST:
            return rows
        if len(going) < len(last):
            own = [(keys[going], values[going]) for keys, values in own]
            last, seen, open_rows = last[going], seen[going], open_rows[going]
        seen = torch.cat([seen, torch.ones_like(last)], 1)


def log_probabilities(
    decoder: Decoder, cache: Cache, last: Tensor, seen: Tensor, rows: Sequence[Sequence[int]]
) -> tuple[Tensor, Tensor]:
    """Of every token of the rows, as many rows for each text: float32 and whether there is a token, bool.

    Args:
        cache, last, seen: as for answers. The gradient reaches the texts through it.
        rows: token ids; padded here on the right, where the log-probability is 0.
    """
    count = len(rows) // len(last)
    each = [torch.tensor(row) for row in rows]
    ids, there = (pad_sequence(one, batch_first=True) for one in (each, [torch.ones_like(row) for row in each]))
    given = torch.cat([last.repeat_interleave(count, 0), ids[:, :-1]], 1)
    seen = torch.cat([seen.repeat_interleave(count, 0), there[:, :-1]], 1)
    h, _ = decoder.read(given, seen, _repeated(cache, count))
    asked = there.bool()
    logits = decoder.logits(h[asked]).float()
    found = torch.zeros(there.shape)
    found[asked] = -nn.functional.cross_entropy(logits, ids[asked], reduction="none")
    return found, asked


def _repeated(cache: Cache, count: int) -> Cache:
    """Each row of the batch ``count`` times."""
    return [(keys.repeat_interleave(count, 0), values.repeat_interleave(count, 0)) for keys, values in cache]
