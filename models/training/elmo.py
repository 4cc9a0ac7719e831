"""Train the language models of models/elmo.py: `python -m models.training.elmo en`.

Paragraphs are read in windows of 20 words, the states carried from window to window and begun anew with each
paragraph. Both directions read the same windows: the backward one has each paragraph from its end.

On several cores `torchrun --nproc-per-node 2 -m models.training.elmo en` with OMP_NUM_THREADS=1 is a third faster than
one process with two threads.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, models, trainers
from torch import Tensor, nn

from models.elmo import IGNORED, BiLM, ELMoConfig
from models.recurrent import States
from models.training import corpus, fit, runs, words
from models.training.words import PAD, UNKNOWN

FOLDER = corpus.ROOT / ".cache" / "checkpoints"
SYMBOLS = 50  # of a word, its two marks among them (section 3.4)
BEGIN_TEXT, END_TEXT, BEGIN_WORD, END_WORD, PADDING = 256, 257, 258, 259, 260
BEGIN, END = "<S>", "</S>"  # as words
PAD_ID, UNKNOWN_ID, BEGIN_ID, END_ID = range(4)
WINDOW = 20  # words
ROWS = 32  # paragraphs that are read side by side
STREAMS = 2  # sets of rows, one for each process
WIDEST = 7  # filter
LONGEST = 400  # words of a paragraph; a longer one is cut
LOOKED_AT = 5  # while it trains, every fifth paragraph of the validation split is


def symbols(word: str) -> list[int]:
    """A word as the model reads it: its UTF-8 bytes between two marks, the rest of a long one cut off."""
    if word in (BEGIN, END):
        return [BEGIN_WORD, BEGIN_TEXT if word == BEGIN else END_TEXT, END_WORD]
    return [BEGIN_WORD, *word.encode()[: SYMBOLS - 2], END_WORD]


def table(names: Sequence[str]) -> np.ndarray:
    """int16 (words, SYMBOLS), padded."""
    rows = np.full((len(names), SYMBOLS), PADDING, np.int16)
    for row, word in zip(rows, names, strict=True):
        found = symbols(word)
        row[: len(found)] = found
    return rows


def windows(
    paragraphs: Sequence[np.ndarray], rows: int = ROWS, streams: int = STREAMS, seed: int = 0
) -> list[fit.Example]:
    """Paragraphs in the order of training, cut into windows.

    Args:
        paragraphs: int32 ids of words, between BEGIN and END.

    Returns:
        In the order in which they are read, of each stream in turn: ``stream``; ``starts`` bool (rows), where a
        paragraph begins; ``words`` and ``next`` int32 (2, rows, WINDOW), what each direction reads and what comes next,
        IGNORED: nothing.
    """
    order = np.random.default_rng(seed).permutation(len(paragraphs))
    sizes = np.array([-(-(len(paragraphs[index]) - 1) // WINDOW) for index in order])
    ends = np.cumsum(sizes)
    total = int(ends[-1])
    read = np.zeros((2, total, WINDOW), np.int32)
    following = np.full((2, total, WINDOW), IGNORED, np.int32)
    starts = np.zeros(total, bool)
    for index, size, end in zip(order, sizes, ends, strict=True):
        begin = int(end - size)
        starts[begin] = True
        for direction, ids in enumerate((paragraphs[index], paragraphs[index][::-1])):
            read[direction, begin:end].reshape(-1)[: len(ids) - 1] = ids[:-1]
            following[direction, begin:end].reshape(-1)[: len(ids) - 1] = ids[1:]
    length = total // (rows * streams)  # windows of a row
    kept = rows * streams * length
    shape = (streams, rows, length)
    starts = starts[:kept].reshape(shape)
    starts[:, :, 0] = True
    read, following = (values[:, :kept].reshape(2, *shape, WINDOW) for values in (read, following))
    return [
        {
            "stream": stream,
            "starts": starts[stream, :, at],
            "words": read[:, stream, :, at],
            "next": following[:, stream, :, at],
        }
        for at in range(length)
        for stream in range(streams)
    ]


def trimmed(spelt: np.ndarray) -> Tensor:
    """int64 (words, symbols): as much of the padding as changes nothing, a place for each filter in it."""
    longest = int((spelt != PADDING).sum(1).max(initial=0))  # of a table there is one column, whatever stands in it
    return torch.from_numpy(spelt[:, : longest + WIDEST].astype(np.int64))


class Collate:
    """A window as a batch: each different word is spelt once."""

    def __init__(self, spelt: np.ndarray, output: int) -> None:
        """Args: spelt: int16 (words, SYMBOLS). output: words from here on are predicted as UNKNOWN."""
        self.spelt, self.output = spelt, output

    def __call__(self, examples: Sequence[fit.Example]) -> dict[str, Any]:
        (window,) = examples
        types, places = np.unique(window["words"], return_inverse=True)
        spelt = self.spelt[types]
        order = np.argsort((spelt != PADDING).sum(1), kind="stable")
        half = len(order) // 2  # the shorter words by themselves, since a filter reads the padding too
        rank = np.argsort(order)
        targets = np.where(window["next"] < self.output, window["next"], UNKNOWN_ID)
        return {
            "stream": int(window["stream"]),
            "starts": torch.from_numpy(window["starts"].copy()),
            "short": trimmed(spelt[order[:half]]),
            "long": trimmed(spelt[order[half:]]),
            "places": torch.from_numpy(rank[places].reshape(window["words"].shape)),
            "labels": torch.from_numpy(targets.astype(np.int64)),
        }


class Both(nn.Module):
    """The sum of both log-likelihoods (section 3.1), a mean over the words, and the states between two windows."""

    def __init__(self, model: BiLM) -> None:
        super().__init__()
        self.model = model
        self.states: dict[tuple[bool, int], list[list[States]]] = {}  # (training, stream) -> of each direction

    def forward(
        self, stream: int, starts: Tensor, short: Tensor, long: Tensor, places: Tensor, labels: Tensor
    ) -> dict[str, Tensor]:
        vectors = torch.cat([self.model.characters(symbols) for symbols in (short, long)])
        x = vectors[places]  # (2, rows, window, projection)
        keep = (~starts).to(x.dtype)[None, :, None]
        before = self.states.get((self.training, stream))
        tops, after = [], []
        for index, direction in enumerate((self.model.ahead, self.model.back)):
            states = [(h * keep, c * keep) for h, c in before[index]] if before else None
            outputs, final = direction(x[index], states)
            tops.append(outputs[-1])
            after.append([(h.detach(), c.detach()) for h, c in final])
        self.states[self.training, stream] = after
        losses = self.model.negative_log_likelihoods(torch.stack(tops), labels)
        return {"loss": losses.mean(), "logits": losses.detach().mean()[None]}


@dataclass(frozen=True)
class Plan:
    """Texts, and how long they are read."""

    train: tuple[tuple[str, str], ...]  # data set, column
    valid: tuple[str, str]
    share: float = 1.0  # of the paragraphs, drawn by chance
    chinese: bool = False
    words: int = 20_000
    leave_out: tuple[str, ...] = ()  # sources of corpus_en
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def splitting(self) -> Tokenizer:
        """A tokenizer without a vocabulary."""
        return words.chinese() if self.chinese else words.english_cased()

    def model(self) -> BiLM:
        """Untrained."""
        of_table: dict[str, Any] = {"filters": (), "symbols": self.words} if self.chinese else {}
        return BiLM(ELMoConfig(words=self.words, **of_table, **self.config))

    def spelt(self, names: Sequence[str]) -> np.ndarray:
        """int16 (words, symbols): what the model reads of each word of the texts, by its id."""
        if not self.chinese:
            return table(names)
        ids = np.arange(len(names))
        return np.where(ids < self.words, ids, UNKNOWN_ID)[:, None].astype(np.int16)

    settings: fit.Settings = field(
        default_factory=lambda: fit.Settings(
            epochs=1,
            batch_size=1,  # window: ROWS paragraphs
            learning_rate=6e-3,
            schedule="cosine",
            warmup_fraction=0.02,
            evaluations_per_epoch=12,
            group_by_length=False,
            metric="loss",
            extra={
                "train_sampling_strategy": "sequential",
                "per_device_eval_batch_size": 1,
                "adam_beta2": 0.99,
                "optim": "adamw_torch_fused",
                "ddp_find_unused_parameters": True,
                "dataloader_drop_last": True,
            },
        )
    )


PLANS = {
    "en": Plan(
        train=(("wiki_en", "text"), ("corpus_en", "text"), ("debian_en", "document")),
        valid=("wiki_en", "text"),
        share=0.56,  # 20 million words
        leave_out=("reviews",),
        config={"dropout": 0.0},  # no text is read twice
    ),
    "zh": Plan(
        train=(
            ("corpus_zh", "text"),
            ("msra_ner_zh", "tokens"),
            ("online_shopping_zh", "text"),
            ("hotel_zh", "text"),
            ("nli_zh", "premise"),
            ("nli_zh", "hypothesis"),
            ("afqmc_zh", "sentence1"),
            ("thucnews_zh", "text"),
            ("d2l_zh", "text"),
        ),
        valid=("corpus_zh", "text"),
        share=0.5,  # 13 million characters
        chinese=True,
        words=6_000,
        config={"dropout": 0.0, "cutoffs": (800, 2_500)},
    ),
}


def texts(plan: Plan, dataset: str, column: str, split_name: str) -> Iterator[str]:
    """The paragraphs of a split."""
    rows = corpus.load(dataset, split_name)
    if plan.leave_out and "source" in rows.columns:
        rows = rows[~rows["source"].isin(plan.leave_out)]
    for cell in rows[column]:
        text = cell if isinstance(cell, str) else "".join(cell)
        yield from filter(None, (line.strip() for line in text.split("\n")))


def all_texts(plan: Plan) -> list[str]:
    """The paragraphs of which the vocabulary is made."""
    return [text for dataset, column in plan.train for text in texts(plan, dataset, column, "train")]


def drawn(plan: Plan, paragraphs: Sequence[str]) -> list[str]:
    """Those of them that are read."""
    taken = np.random.default_rng(0).random(len(paragraphs)) < plan.share
    return [text for text, one in zip(paragraphs, taken, strict=True) if one]


def every_word(splitting: Tokenizer, paragraphs: Sequence[str]) -> Tokenizer:
    """The splitting with every word of the texts as a token: PAD, UNKNOWN, BEGIN, END, then by frequency."""
    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    tokenizer.normalizer, tokenizer.pre_tokenizer = splitting.normalizer, splitting.pre_tokenizer
    trainer = trainers.WordLevelTrainer(
        vocab_size=5_000_000, min_frequency=1, special_tokens=[PAD, UNKNOWN, BEGIN, END], show_progress=False
    )
    tokenizer.train_from_iterator(paragraphs, trainer, length=len(paragraphs))
    return tokenizer


def read(tokenizer: Tokenizer, paragraphs: Sequence[str]) -> Iterator[np.ndarray]:
    """int32 ids of each paragraph, between BEGIN and END."""
    for start in range(0, len(paragraphs), 8192):
        for code in tokenizer.encode_batch_fast(list(paragraphs[start : start + 8192]), add_special_tokens=False):
            if code.ids:
                yield np.array([BEGIN_ID, *code.ids[:LONGEST], END_ID], np.int32)


def spelling(tokenizer: Tokenizer) -> list[str]:
    """The words of a tokenizer by their ids."""
    return sorted(tokenizer.get_vocab(with_added_tokens=False), key=tokenizer.get_vocab().__getitem__)


def pretrain(name: str, folder: Path) -> tuple[BiLM, Tokenizer]:
    """The model of a plan, and the tokenizer of its output words; a finished run is only loaded, an unfinished one is
    resumed."""
    plan = PLANS[name]
    runs.require(folder)
    train, valid = all_texts(plan), list(texts(plan, *plan.valid, "valid"))
    splitting = plan.splitting
    file = folder / "words.json"
    if not runs.kept(file, [*train, *valid]):
        every_word(splitting, [*train, *valid]).save(str(file))
    tokenizer = Tokenizer.from_file(str(file))
    names = spelling(tokenizer)
    torch.manual_seed(0)
    model = plan.model()
    learnt = windows(list(read(tokenizer, drawn(plan, train))))
    held_out = windows(list(read(tokenizer, valid[::LOOKED_AT])))
    count = sum(int((example["next"][0] != IGNORED).sum()) for example in learnt)
    print(f"{folder.name}: {count:,} words in {len(learnt):,} windows, {len(names):,} different", flush=True)
    collate = Collate(plan.spelt(names), plan.words)
    fit.fit(Both(model), learnt, held_out, folder, plan.settings, metrics=None, collate=collate)
    return model.eval(), words.with_vocabulary(splitting, names[2 : plan.words], LONGEST)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=sorted(PLANS))
    arguments = parser.parse_args()
    run = FOLDER / f"elmo-{arguments.language}"
    pretrain(arguments.language, run)
    print(fit.curve(run, STREAMS * ROWS * WINDOW))
