"""Train the language models of models/xlnet.py: `python -m models.training.xlnet xlnet-en`.

The tokenizer, the blocks of 128 tokens and the size are those of the small BERT (models/training/bert.py), the steps
three times as many: 25 million tokens. One module learns by three objectives, which ask for the same spans of a block:
of every order of them (XLNet), from what stands before (left to right), from [MASK] in their place (BERT).

On several cores `OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 -m models.training.xlnet xlnet-en` reads half a batch in
each of two processes.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.training import bert, corpus, fit, runs
from models.training.bert import CLS_ID, MASK_ID, MAX_TOKENS, SEP_ID, SPECIAL, VALID_BLOCKS
from models.xlnet import LanguageModel, MaskedLanguageModel, XLNetConfig

FOLDER = corpus.ROOT / ".cache" / "checkpoints"
PROCESSES = 2  # that share a batch of 32; where there is one, it reads two parts for a step
LONGEST_SPAN = 5
LONGEST = 512  # tokens that may be read: places are relative
CLS_SEGMENT = 2  # [CLS] is of neither segment (data_utils.py of the released code)
SPLIT = 0.5  # of the batches are read in two segments, the first one the memory of the second

Objective = Literal["permutation", "forward", "masked"]


@dataclass(frozen=True)
class Plan:
    """What is learnt, and how. The last six are taken away one by one (python -m bench xlnet_ablations)."""

    language: str
    objective: Objective = "permutation"
    partial: int = 6  # K: one of so many tokens is asked for (section 2.3)
    memory: bool = True
    spans: bool = True
    bidirectional: bool = True  # half of each batch has its offsets reversed
    placed: bool = True  # a query knows where its target stands
    real: bool = True  # the content stream has the targets themselves, not [MASK]
    config: dict[str, int] = field(default_factory=dict)
    tokens: int = MAX_TOKENS  # of a block that are read
    settings: fit.Settings = field(
        default_factory=lambda: replace(
            bert.SETTINGS,
            batch_size=32 // PROCESSES,
            max_steps=6_104,  # 25 M tokens
            extra={"eval_steps": 1_000, "save_steps": 1_000, "logging_steps": 200, "warmup_steps": 200},
        )
    )

    def model(self, vocabulary: int) -> LanguageModel:
        """Untrained."""
        kind = MaskedLanguageModel if self.objective == "masked" else LanguageModel
        return kind(XLNetConfig(vocabulary, **self.config))


PLANS = {
    "xlnet-en": Plan("en"),
    "xlnet-zh": Plan("zh"),
    "xlnet-ar-en": Plan("en", "forward", bidirectional=False),
    "xlnet-mlm-en": Plan("en", "masked", bidirectional=False),
}


# --- what is asked for ----------------------------------------------------------------------------------------------


def targets(block: np.ndarray, count: int, partial: int, spans: bool, draw: np.random.Generator) -> np.ndarray:
    """Places of a block that are asked for: so many, in spans of 1 to 5, each among K times as many tokens.

    Special tokens are none. Appendix A.6 of the paper, `_sample_mask` of the released code.
    """
    able = block >= len(SPECIAL)
    chosen = np.zeros(len(block), bool)
    lengths = np.arange(1, LONGEST_SPAN + 1)
    place = 0
    while spans and place < len(block):
        length = int(draw.choice(lengths, p=(1 / lengths) / (1 / lengths).sum()))
        before = int(draw.integers(length * (partial - 1) + 1))
        chosen[place + before : place + before + length] = True
        place += length * partial
    chosen &= able
    (found,), (others,) = np.nonzero(chosen), np.nonzero(able & ~chosen)
    if len(found) > count:
        first = int(draw.integers(len(found) - count + 1))
        found = found[first : first + count]
    more = draw.permutation(others)[: count - len(found)]
    places: np.ndarray = np.sort(np.concatenate([found, more]))
    return places


def hidden(objective: Objective, size: int, places: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """perm_mask of a block, float32 (size, size): 1 where i may not see j.

    Of an order: what is not asked for comes first, all of it visible to all, then the targets by lot (`_local_perm` of
    the released code). Left to right: all that comes later. Masked: nothing.
    """
    if objective == "masked":
        return np.zeros((size, size), np.float32)
    if objective == "forward":
        return np.triu(np.ones((size, size), np.float32))
    rank = np.full(size, -1)
    rank[places] = draw.permutation(len(places))
    mask: np.ndarray = ((rank >= 0) & (rank[:, None] <= rank)).astype(np.float32)
    return mask


def types_of(block: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Segments: half of the blocks are two, parted at one of their [SEP]; [CLS] is of neither."""
    types = np.zeros(len(block), np.int64)
    (parts,) = np.nonzero(block[:-1] == SEP_ID)
    if len(parts) and draw.random() < 0.5:
        types[draw.choice(parts) + 1 :] = 1
    types[block == CLS_ID] = CLS_SEGMENT
    return types


class Collate:
    """Blocks as a batch, other targets and orders each time: of each tensor one for each segment that is read."""

    def __init__(self, plan: Plan, vocabulary: int) -> None:
        self.plan, self.vocabulary = plan, vocabulary

    def __call__(self, examples: Sequence[fit.Example]) -> dict[str, Tensor]:
        plan = self.plan
        draw = np.random.default_rng(int(torch.randint(2**31, ())))
        blocks = np.stack([one["input_ids"] for one in examples]).astype(np.int64)[:, : plan.tokens]
        parts = 2 if plan.memory and draw.random() < SPLIT else 1
        size = plan.tokens // parts
        count = size // plan.partial
        rows = blocks.reshape(len(blocks), parts, size).swapaxes(0, 1)  # (S, B, T)
        types = np.stack([types_of(block, draw) for block in blocks]).reshape(len(blocks), parts, size).swapaxes(0, 1)
        asked = np.array([[targets(row, count, plan.partial, plan.spans, draw) for row in part] for part in rows])
        masks = np.array([[hidden(plan.objective, size, one, draw) for one in part] for part in asked])
        batch = {
            "input_ids": self.read(rows, asked, draw),
            "token_type_ids": types,
            "perm_mask": masks,
            "target_mapping": np.eye(size, dtype=np.float32)[asked],
            "labels": np.take_along_axis(rows, asked, 2),
        }
        return {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in batch.items()}

    def read(self, rows: np.ndarray, asked: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        """What stands at the targets: [MASK] in 8 of 10, any token in 1 (BERT); themselves; or, the mistake, [MASK]."""
        if self.plan.objective != "masked" and self.plan.real:
            return rows
        how = draw.random(asked.shape) if self.plan.objective == "masked" else np.zeros(asked.shape)
        other = draw.integers(len(SPECIAL), self.vocabulary, asked.shape)
        itself = np.take_along_axis(rows, asked, 2)
        found = rows.copy()
        np.put_along_axis(found, asked, np.where(how < 0.8, MASK_ID, np.where(how < 0.9, other, itself)), 2)
        return found


class Loss(nn.Module):
    """-log p of the targets, a mean; a segment's memory is the one before it, without a gradient."""

    def __init__(self, model: LanguageModel, plan: Plan) -> None:
        super().__init__()
        self.model, self.plan = model, plan

    def forward(
        self, input_ids: Tensor, token_type_ids: Tensor, perm_mask: Tensor, target_mapping: Tensor, labels: Tensor
    ) -> dict[str, Tensor]:
        """See Collate."""
        losses, mems = [], None
        reverse = self.training and self.plan.bidirectional and input_ids.shape[1] % 2 == 0
        placed = None if self.plan.placed else torch.zeros(labels.shape[1:])
        for ids, types, mask, mapping, right in zip(
            input_ids, token_type_ids, perm_mask, target_mapping, labels, strict=True
        ):
            logits, streams = self.model(ids, types, mask, mapping, mems, placed, reverse)
            losses.append(nn.functional.cross_entropy(logits.flatten(0, 1), right.flatten()))
            mems = [one.detach() for one in streams.mems]
        loss = torch.stack(losses).mean()
        return {"loss": loss, "logits": loss.detach()[None]}


# --- training -------------------------------------------------------------------------------------------------------


def start_table(language: str, blocks: np.ndarray, vocabulary: int, size: int, folder: Path) -> np.ndarray:
    """Vectors of the tokens to start from, float32 (vocabulary, size): word2vec of the blocks themselves, kept."""
    from gensim.models import Word2Vec

    file = folder / f"start-{language}-{size}.npy"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        texts = [list(map(str, row)) for row in blocks[: 10_000_000 // MAX_TOKENS].tolist()]
        found = Word2Vec(
            texts, vector_size=size, window=5, min_count=4, sg=1, negative=5, sample=1e-4, epochs=1,
            workers=len(os.sched_getaffinity(0)),
        ).wv  # fmt: skip
        table = np.random.default_rng(0).standard_normal((vocabulary, size)).astype(np.float32) * found.vectors.std()
        for token in range(len(SPECIAL), vocabulary):
            if str(token) in found:
                table[token] = found[str(token)]
        aside = file.with_suffix(f".{os.getpid()}.npy")
        np.save(aside, table)
        aside.rename(file)
    return np.load(file)


def examples_of(plan: Plan) -> tuple[Tokenizer, list[fit.Example], list[fit.Example]]:
    """The tokenizer, what is learnt from, and what is held out of it."""
    tokenizer, blocks = bert.packed(plan.language, FOLDER / f"bert-mini-{plan.language}")
    examples: list[fit.Example] = [{"input_ids": row} for row in blocks]
    return tokenizer, examples[VALID_BLOCKS:], examples[:VALID_BLOCKS]


def pretrain(name: str, folder: Path, plan: Plan | None = None) -> tuple[LanguageModel, Tokenizer]:
    """The model of a plan with its tokenizer; a finished run is only loaded, an unfinished one is resumed."""
    plan = plan or PLANS[name]
    runs.require(folder)
    tokenizer, train, valid = examples_of(plan)
    vocabulary = tokenizer.get_vocab_size()
    torch.manual_seed(plan.settings.seed)
    model = plan.model(vocabulary)
    if not (folder / runs.HISTORY_FILE).exists():
        blocks = np.stack([one["input_ids"] for one in train])
        known = start_table(plan.language, blocks, vocabulary, model.body.config.hidden_size, FOLDER / "xlnet-start")
        scale = 2 * model.body.config.initializer_range / float(known.std())
        model.body.table.weight.data.copy_(torch.from_numpy(known * scale))
    collate, parts = Collate(plan, vocabulary), max(1, PROCESSES // int(os.environ.get("WORLD_SIZE", 1)))
    fit.fit(Loss(model, plan), train, valid, folder, plan.settings, metrics=None, collate=collate, accumulate=parts)
    return model.eval(), tokenizer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(PLANS))
    arguments = parser.parse_args()
    run = FOLDER / arguments.name
    pretrain(arguments.name, run)
    print(fit.curve(run, 32 * MAX_TOKENS))
