"""GPT-1: a small post-norm decoder, pre-trained and fine-tuned here: `python -m models.training.gpt1`.

Paper: Radford, Narasimhan, Salimans, Sutskever 2018, "Improving Language Understanding by Generative Pre-Training".
The architecture (post-norm, section 4.1) is transformers' OpenAIGPTLMHeadModel; section numbers below are the paper's.

Departures: 4 layers of 256; the tokenizer is byte-level BPE on lower-case text; the text is reviews, captions, news,
books and textbooks, a part of it with passages that are repeated, and the body starts with heads that copy, as in
models/training/gpt.py; one body is fine-tuned on all tasks together, where the paper makes a copy for each, so that one
small file shows all four transformations.
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
from torch import Tensor, nn
from transformers import OpenAIGPTConfig, OpenAIGPTLMHeadModel

from models.multitask import NO_LABEL
from models.training import corpus, fit, gpt, multitask

FOLDER = corpus.ROOT / ".cache" / "checkpoints" / "gpt1-transforms"
START, DELIMITER, EXTRACT = "<start>", "<delimiter>", "<extract>"  # section 3.3
SPECIAL = (gpt.END, START, DELIMITER, EXTRACT)
CONTEXT = 256
LAMBDA = 0.5  # weight of the auxiliary objective, section 3.2, equation 5
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

Kind = Literal["classification", "entailment", "similarity", "choice"]


@dataclass(frozen=True)
class Task:
    """A data set with its input transformation."""

    name: str
    kind: Kind
    fields: tuple[str, ...]  # columns; of a choice the first is the context
    labels: tuple[str, ...]
    label: str = "label"
    repeats: int = 1  # of its training rows in an epoch
    test: str = "test"  # the split to measure on; where that is "valid", nothing is chosen by it


TASKS = (
    Task("sst2", "classification", ("text",), ("negative", "positive")),
    Task("sick", "entailment", ("sentence1", "sentence2"), ("contradiction", "entailment", "neutral"), "entailment"),
    Task("rte", "entailment", ("premise", "hypothesis"), ("entailment", "not_entailment"), test="valid"),
    Task("mrpc", "similarity", ("sentence1", "sentence2"), ("different", "paraphrase")),
    Task("copa", "choice", ("premise", "choice1", "choice2"), ("choice1", "choice2"), repeats=4, test="valid"),
)
HEADS = tuple((task.name, len(task.labels)) for task in TASKS)


# --- input transformations (section 3.3, figure 1) ----------------------------------------------------------------


def sequences(kind: Kind, fields: Sequence[str]) -> list[str | tuple[str, str]]:
    """What is read for a question, a text or a pair of texts each; the tokenizer frames them with its special tokens.

    classification: start text extract. entailment: start premise delimiter hypothesis extract. similarity: both orders.
    choice: the context with each answer.
    """
    if kind == "classification":
        return [fields[0]]
    if kind == "entailment":
        return [(fields[0], fields[1])]
    if kind == "similarity":
        return [(fields[0], fields[1]), (fields[1], fields[0])]
    return [(fields[0], answer) for answer in fields[1:]]


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
        read = [code.ids for code in tokenizer.encode_batch(sequences(task.kind, fields))]
        answer = task.labels.index(label) if isinstance(label, str) else int(label)
        made.append(
            {
                "input_ids": [token for one in read for token in one],
                "lengths": [len(one) for one in read],
                "labels": multitask.labels_of(HEADS, {task.name: answer}),
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
    ids = np.zeros((len(read), max(map(len, read))), np.int64)
    mask = np.zeros_like(ids)
    for number, one in enumerate(read):
        ids[number, : len(one)] = one
        mask[number, : len(one)] = 1
    return {
        "input_ids": torch.from_numpy(ids),
        "attention_mask": torch.from_numpy(mask),
        "owner": torch.tensor(owner),
        "place": torch.tensor(place),
        "labels": torch.tensor([row["labels"] for row in rows]),
    }


# --- model --------------------------------------------------------------------------------------------------------


class LanguageModel(gpt.NextToken, OpenAIGPTLMHeadModel):
    """GPT-1 in pre-training."""


class Transforms(OpenAIGPTLMHeadModel):
    """The body with a linear head for each task, which reads the state at the extract token (equation 3)."""

    def __init__(self, config: OpenAIGPTConfig) -> None:
        super().__init__(config)
        self.heads = nn.ModuleDict(
            {task.name: nn.Linear(config.n_embd, 1 if task.kind == "choice" else len(task.labels)) for task in TASKS}
        )
        self.post_init()

    def states(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """float32 (sequences, tokens, hidden), and those at the extract tokens (sequences, hidden)."""
        hidden = self.transformer(input_ids=input_ids)[0]
        last = attention_mask.sum(dim=1) - 1
        return hidden, hidden[torch.arange(len(last)), last]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:  # type: ignore[override]
        """int64 (sequences, tokens), padded on the right, each -> logits_<task> float32 (sequences, classes).

        Of the sequences of one question, a similarity adds the logits up and a choice compares them.
        """
        _, extract = self.states(input_ids, attention_mask)
        return {f"logits_{name}": head(extract) for name, head in self.heads.items()}


class FineTuning(Transforms):
    """Transforms with its loss: L3 = L2 + λ L1 (equation 5), over the labels that a row has."""

    weight = LAMBDA

    def forward(  # type: ignore[override]
        self, input_ids: Tensor, attention_mask: Tensor, owner: Tensor, place: Tensor, labels: Tensor
    ) -> dict[str, Tensor]:
        """labels: int64 (rows, tasks). Returns the loss, and the logits of all tasks side by side, a row a question."""
        hidden, extract = self.states(input_ids, attention_mask)
        found = []
        for task in TASKS:
            values = self.heads[task.name](extract).float()
            made = values.new_zeros(len(labels), len(task.labels))
            if task.kind == "choice":
                made = made.index_put((owner, place), values[:, 0])
            else:
                made = made.index_add(0, owner, values)
            found.append(made)
        losses = [
            nn.functional.cross_entropy(made, column, ignore_index=NO_LABEL, reduction="sum")
            for made, column in zip(found, labels.unbind(1), strict=True)
        ]
        loss = torch.stack(losses).sum() / len(labels)
        if self.weight and self.training:
            following = attention_mask[:, 1:].bool()
            logits = self.lm_head(hidden[:, :-1][following])
            loss = loss + self.weight * nn.functional.cross_entropy(logits.float(), input_ids[:, 1:][following])
        return {"loss": loss, "logits": torch.cat(found, dim=1)}


def configuration(vocabulary: int, *, layers: int = 4, hidden: int = 256) -> OpenAIGPTConfig:
    return OpenAIGPTConfig(
        vocab_size=vocabulary, n_positions=CONTEXT, n_embd=hidden, n_layer=layers, n_head=hidden // 64 or 1,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip


# --- pre-training -------------------------------------------------------------------------------------------------


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
    """Made once."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        gpt.byte_level(chain(*texts("train").values()), 8192, special=SPECIAL, lower=True).save(str(file))
    return Tokenizer.from_file(str(file))


def pretrain(folder: Path) -> tuple[OpenAIGPTLMHeadModel, Tokenizer]:
    """The body with its language-model head; a finished run is only loaded, an unfinished one gone on with."""
    tokenizer = tokenizer_of(folder / "tokenizer.json")
    torch.manual_seed(0)
    model = LanguageModel(configuration(tokenizer.get_vocab_size()))
    gpt.start_copying(model, **COPYING)
    gpt.train(model, READING, folder, tokenizer)
    return model.eval(), tokenizer


# --- fine-tuning --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arm:
    """A way to fine-tune: from which weights, and with which λ.

    random: fresh weights; copying: fresh ones with the heads that copy, which is where the pre-training starts.
    """

    start: Literal["pretrained", "random", "copying"] = "pretrained"
    weight: float = LAMBDA

    @property
    def name(self) -> str:
        return f"{self.start}-{'with' if self.weight else 'without'}"


ARMS = (Arm(), Arm("random"), Arm(weight=0.0), Arm("copying"))


def fine_tune(arm: Arm, folder: Path) -> tuple[Transforms, Tokenizer]:
    """All tasks together; a finished run is only loaded."""
    body, tokenizer = pretrain(folder)
    with_template(tokenizer)
    torch.manual_seed(0)
    model = FineTuning(configuration(tokenizer.get_vocab_size()))
    if arm.start == "pretrained":
        model.load_state_dict(body.state_dict(), strict=False)
    elif arm.start == "copying":
        gpt.start_copying(model, **COPYING)
    model.weight = arm.weight
    gpt.set_dropout(model, DROPOUT)
    inside = folder / arm.name
    train: list[fit.Example] = []
    valid: list[fit.Example] = []
    if not (inside / fit.HISTORY_FILE).exists():
        tokenizer.no_padding()
        train = [row for task in TASKS for row in examples(tokenizer, task, "train") * task.repeats]
        valid = [row for task in TASKS if task.test != "valid" for row in examples(tokenizer, task, "valid")]
    fit.fit(model, train, valid, inside, TUNING, multitask.accuracies(HEADS), collate)
    trained = Transforms(model.config)
    trained.load_state_dict(model.state_dict())
    return trained.eval(), with_template(tokenizer)


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
