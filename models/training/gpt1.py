"""GPT-1: a small post-norm decoder, pre-trained and fine-tuned here: `python -m models.training.gpt1`.

The papers are models/gpt.py and models/gpt1.py. Further departures: 4 layers of 256; the tokenizer is byte-level
BPE on lower-case text; the text is reviews, captions, news, books and textbooks, a part of it with passages that are
repeated, and the body starts with heads that copy (models/copying.py).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from tokenizers import Tokenizer, processors
from torch import Tensor

from models import gpt1 as paper
from models.copying import start_copying
from models.gpt import AUXILIARY, Decoder, GPTConfig, NextToken
from models.training import corpus, fit, gpt, multitask, runs

FOLDER = corpus.ROOT / ".cache" / "checkpoints" / "gpt1-transforms"
START, DELIMITER, EXTRACT = "<start>", "<delimiter>", "<extract>"  # section 3.3
SPECIAL = (gpt.END, START, DELIMITER, EXTRACT)
CONTEXT = 256
DROPOUT = 0.1
VALID_BLOCKS = 100
COPYING: dict[str, Any] = {"sharp": (55.0, 55.0), "carried": 1.0, "copied": 2.0}  # with post-norm: layer 0 reads ~0.02
TUNING = fit.Settings(
    epochs=3,
    batch_size=32,
    learning_rate=3e-4,
    weight_decay=0.05,
    warmup_fraction=0.05,
    bf16=True,
    metric="accuracy",
)


@dataclass(frozen=True)
class Task:
    """A data set with its input transformation."""

    name: str
    kind: paper.Kind
    fields: tuple[str, ...]  # columns; of a choice the first is the context
    labels: tuple[str, ...]
    label: str = "label"
    repeats: int = 1  # of its training rows in an epoch
    test: str = "test"  # the split to measure on; where that is "valid", nothing is chosen by it

    @property
    def head(self) -> paper.Head:
        return paper.Head(self.name, self.kind, len(self.labels))


TASKS = (
    Task("sst2", "classification", ("text",), ("negative", "positive")),
    Task("sick", "entailment", ("sentence1", "sentence2"), ("contradiction", "entailment", "neutral"), "entailment"),
    Task("rte", "entailment", ("premise", "hypothesis"), ("entailment", "not_entailment"), test="valid"),
    Task("mrpc", "similarity", ("sentence1", "sentence2"), ("different", "paraphrase")),
    Task("copa", "choice", ("premise", "choice1", "choice2"), ("choice1", "choice2"), repeats=4, test="valid"),
)
HEADS = tuple(task.head for task in TASKS)
CLASSES = tuple((head.name, head.classes) for head in HEADS)


# --- examples -----------------------------------------------------------------------------------------------------


def with_template(tokenizer: Tokenizer) -> Tokenizer:
    """start text extract, or start text delimiter text extract; cut at the ends of the longer text; in place."""
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {EXTRACT}",
        pair=f"{START} $A {DELIMITER} $B {EXTRACT}",
        special_tokens=[(token, SPECIAL.index(token)) for token in (START, DELIMITER, EXTRACT)],
    )
    tokenizer.enable_truncation(CONTEXT, strategy="longest_first")
    tokenizer.enable_padding(pad_id=gpt.END_ID, pad_token=gpt.END)
    return tokenizer


def examples(tokenizer: Tokenizer, task: Task, split: str) -> list[fit.Example]:
    """The rows of a split; "input_ids" holds the sequences of a row one after the other, "lengths" their lengths."""
    rows = corpus.load(task.name, split)
    made: list[fit.Example] = []
    for label, *fields in zip(rows[task.label], *(rows[name].astype(str) for name in task.fields), strict=True):
        read = [code.ids for code in tokenizer.encode_batch(paper.sequences(task.kind, fields))]
        answer = task.labels.index(label) if isinstance(label, str) else int(label)
        made.append(
            {
                "input_ids": [token for one in read for token in one],
                "lengths": [len(one) for one in read],
                "labels": multitask.labels_of(CLASSES, {task.name: answer}),
            }
        )
    return made


def collate(rows: Sequence[fit.Example]) -> dict[str, Tensor]:
    """Sequences padded on the right, with the row and the place in it that each has."""
    read: list[list[int]] = []
    owner, place = [], []
    for number, row in enumerate(rows):
        start = 0
        for index, length in enumerate(row["lengths"]):
            read.append(row["input_ids"][start : start + length])
            owner.append(number)
            place.append(index)
            start += length
    return {
        **fit.padded(read),
        "owner": torch.tensor(owner),
        "place": torch.tensor(place),
        "labels": torch.tensor([row["labels"] for row in rows]),
    }


# --- pre-training -------------------------------------------------------------------------------------------------


def configuration(vocabulary: int, *, layers: int = 4, hidden: int = 256) -> GPTConfig:
    return GPTConfig(vocabulary, "post", CONTEXT, layers, hidden, heads=hidden // 64 or 1)


def transforms(config: GPTConfig) -> paper.Transforms:
    """The body with the heads of all tasks, fresh."""
    return paper.Transforms(Decoder(config), HEADS)


def texts(split: str) -> dict[str, list[str]]:
    """Captions, those of a picture together; reviews; the rest of the corpus: books, textbooks, the factbook."""
    pictures = corpus.load("captions_en", split)["captions"]
    paragraphs = corpus.load("corpus_en", split)
    reviews = paragraphs["source"] == "reviews"
    return {
        "captions": [" ".join(caption.strip() for caption in captions) for captions in pictures],
        "reviews": list(paragraphs["text"][reviews]),
        "rest": list(paragraphs["text"][~reviews]),
    }


def mixture(tokenizer: Tokenizer, split: str) -> np.ndarray:
    """Blocks in random order, nearer to what the tasks are about than the texts as they are: the reviews twice, of the
    rest a sixth, and news."""
    made = {name: gpt.blocks(tokenizer, lines, CONTEXT) for name, lines in texts(split).items()}
    news = gpt.blocks(tokenizer, list(corpus.load("news_headlines", split)["document"]), CONTEXT)
    chosen = np.concatenate([made["captions"], made["reviews"], made["reviews"], made["rest"][::6], news])
    return np.random.default_rng(0).permutation(chosen)


def read(tokenizer: Tokenizer) -> gpt.Split:
    """The mixture, a share of it with echoes."""
    rows = gpt.with_echoes(mixture(tokenizer, "train"), gpt.ECHOES)
    valid = mixture(tokenizer, "valid")[:VALID_BLOCKS]
    return [gpt.predicted(row) for row in rows], [gpt.predicted(row) for row in valid]


READING = gpt.Stage("blocks", read, replace(gpt.READING, batch_size=16, max_steps=2400))  # 9.8 M tokens


def tokenizer_of(file: Path) -> Tokenizer:
    """Made once. Raises RunError where it is there and was made of other texts."""
    if not runs.kept(file, chain(*texts("train").values())):
        gpt.byte_level(chain(*texts("train").values()), 8192, special=SPECIAL, lower=True).save(str(file))
    return Tokenizer.from_file(str(file))


def pretrain(folder: Path) -> tuple[Decoder, Tokenizer]:
    """The body; a finished run is only loaded, an unfinished one is resumed."""
    runs.require(folder / READING.name)
    tokenizer = tokenizer_of(folder / "tokenizer.json")
    torch.manual_seed(0)
    decoder = Decoder(configuration(tokenizer.get_vocab_size()))
    start_copying(decoder, **COPYING)
    gpt.train(NextToken(decoder), READING, folder, tokenizer)
    return decoder.eval(), tokenizer


# --- fine-tuning --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arm:
    """A way to fine-tune: from which weights, and with which λ.

    random: fresh weights; copying: fresh ones with the heads that copy, which is where the pre-training starts.
    """

    start: Literal["pretrained", "random", "copying"] = "pretrained"
    weight: float = AUXILIARY

    @property
    def name(self) -> str:
        return f"{self.start}-{'with' if self.weight else 'without'}"


ARMS = (Arm(), Arm("random"), Arm(weight=0.0), Arm("copying"))


def fine_tune(arm: Arm, folder: Path) -> tuple[paper.Transforms, Tokenizer]:
    """All tasks together; a finished run is only loaded."""
    runs.require(folder / arm.name)
    body, tokenizer = pretrain(folder)
    with_template(tokenizer)
    torch.manual_seed(0)
    model = transforms(configuration(tokenizer.get_vocab_size()))
    if arm.start == "pretrained":
        model.decoder.load_state_dict(body.state_dict())
    elif arm.start == "copying":
        start_copying(model.decoder, **COPYING)
    objective = paper.FineTuning(model, HEADS, arm.weight)
    gpt.set_dropout(model, DROPOUT)
    inside = folder / arm.name
    before = folder / READING.name if arm.start == "pretrained" else None
    tokenizer.no_padding()
    train = [row for task in TASKS for row in examples(tokenizer, task, "train") * task.repeats]
    valid = [row for task in TASKS if task.test != "valid" for row in examples(tokenizer, task, "valid")]
    fit.fit(objective, train, valid, inside, TUNING, multitask.accuracies(CLASSES), collate, before)
    return model.eval(), with_template(tokenizer)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arms", nargs="*", help=f"ways to fine-tune; known: {', '.join(arm.name for arm in ARMS)}")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    pretrain(FOLDER)
    print(fit.curve(FOLDER / READING.name, READING.settings.batch_size * CONTEXT))
    for arm in ARMS:
        if arm.name in arguments.arms:
            fine_tune(arm, FOLDER)
