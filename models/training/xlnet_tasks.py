"""Fine-tune the language models of models/training/xlnet.py, and the same network from random weights.

`python -m models.training.xlnet_tasks` does it for all that are trained, and prints the table. Texts are [CLS] A [SEP],
[CLS] A [SEP] B [SEP] …, each part a segment of its own: of three, which no absolute segment embedding of two can tell
apart (section 2.5).
"""

from __future__ import annotations

import argparse
import copy
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.training import corpus, fit, runs, xlnet
from models.training.bert import CLS_ID, SEP_ID
from models.training.runs import Example
from models.xlnet import Classifier, XLNet

SCORES_FILE = "tasks.json"  # task -> "without" (random weights) or "with" -> accuracy of each seed on the test split
SEEDS = 3
LONGEST = 96  # tokens of a part
CLS_SEGMENT = 9  # of no part

Parts = tuple[Sequence[str], ...]


@dataclass(frozen=True)
class Task:
    """A data set of one, two or three texts with a class."""

    read: Callable[[str], tuple[Parts, np.ndarray]]  # of a split
    classes: int = 2
    settings: fit.Settings = field(
        default_factory=lambda: fit.Settings(
            epochs=3, batch_size=32, learning_rate=3e-4, weight_decay=0.01, warmup_fraction=0.1, bf16=True
        )
    )


def sst2(split: str) -> tuple[Parts, np.ndarray]:
    """Film reviews, negative or positive."""
    rows = corpus.load("sst2", split)
    return (list(rows["text"]),), rows["label"].to_numpy(np.int64)


def rte(split: str) -> tuple[Parts, np.ndarray]:
    """Whether a premise entails a hypothesis; the published validation split is the test, a tenth of training valid."""
    rows = corpus.load("rte", "valid" if split == "test" else "train")
    if split != "test":
        held = np.arange(len(rows)) % 10 == 0
        rows = rows[held if split == "valid" else ~held]
    return (list(rows["premise"]), list(rows["hypothesis"])), (rows["label"] == "entailment").to_numpy(np.int64)


def triplets(split: str, most: int = 6_000) -> tuple[Parts, np.ndarray]:
    """Which of two sentences follows from a third: three segments. An anchor is in one split alone."""
    rows = corpus.load("nli_triplets", "all").dropna(subset=["positive", "negative"])
    tenth = rows["anchor"].map(lambda text: zlib.crc32(text.encode()) % 10)
    part = rows[{"test": tenth == 0, "valid": tenth == 1, "train": tenth > 1}[split]]
    part = part.sample(min(len(part), most if split == "train" else 1_000), random_state=0)
    second = np.random.default_rng(0).permutation(len(part)) % 2  # which of the two follows
    pairs = [
        (one, other) if not last else (other, one)
        for one, other, last in zip(part["positive"], part["negative"], second, strict=True)
    ]
    return (list(part["anchor"]), [one for one, _ in pairs], [other for _, other in pairs]), second.astype(np.int64)


TASKS = {"sst2": Task(sst2), "rte": Task(rte), "nli_triplets": Task(triplets)}


def examples(tokenizer: Tokenizer, parts: Parts, labels: np.ndarray) -> list[Example]:
    """Ids, segments and the class of each row."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    codes = [tokenizer.encode_batch_fast(list(texts), add_special_tokens=False) for texts in parts]
    found: list[Example] = []
    for row, label in enumerate(labels):
        ids, types = [CLS_ID], [CLS_SEGMENT]
        for number, texts in enumerate(codes):
            own = [*texts[row].ids[:LONGEST], SEP_ID]
            ids += own
            types += [number] * len(own)
        found.append({"input_ids": ids, "token_type_ids": types, "labels": int(label)})
    return found


def collate(rows: Sequence[Example]) -> dict[str, Tensor]:
    """Padded to the longest."""
    batch = fit.padded([one["input_ids"] for one in rows])
    types = fit.padded([one["token_type_ids"] for one in rows])["input_ids"]
    return {**batch, "token_type_ids": types, "labels": torch.tensor([one["labels"] for one in rows])}


class Objective(nn.Module):
    """Cross-entropy of the classes."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, labels: Tensor, **inputs: Tensor) -> dict[str, Tensor]:
        logits = self.model(**inputs)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def tune(body: XLNet, task: Task, data: Mapping[str, list[Example]], folder: Path, seed: int) -> float:
    """Accuracy on the test split of one run; a finished one is only loaded. body: is copied."""
    runs.require(folder)
    torch.manual_seed(seed)
    objective = Objective(Classifier(copy.deepcopy(body), task.classes))
    settings = replace(task.settings, seed=seed)
    fit.fit(objective, data["train"], data["valid"], folder, settings, collate=collate)
    right = 0
    with torch.no_grad():
        for start in range(0, len(data["test"]), 64):
            batch = collate(data["test"][start : start + 64])
            right += int((objective(**batch)["logits"].argmax(1) == batch["labels"]).sum())
    return right / len(data["test"])


def every_score(
    name: str, tasks: Sequence[str] = tuple(TASKS), seeds: int = SEEDS
) -> dict[str, dict[str, list[float]]]:
    """Task -> arm -> the accuracy of each seed, of a model that is trained; written beside it."""
    folder = xlnet.FOLDER / name
    model, tokenizer = xlnet.pretrain(name, folder)
    scores: dict[str, dict[str, list[float]]] = {}
    for key in tasks:
        task = TASKS[key]
        data = {split: examples(tokenizer, *task.read(split)) for split in ("train", "valid", "test")}
        arms: dict[str, list[float]] = {"without": [], "with": []}
        for seed in range(seeds):
            torch.manual_seed(seed)
            fresh = XLNet(model.body.config)
            home = xlnet.FOLDER / "xlnet-tasks"
            arms["without"].append(tune(fresh, task, data, home / f"random-{key}-{seed}", seed))
            arms["with"].append(tune(model.body, task, data, home / f"{name}-{key}-{seed}", seed))
        scores[key] = arms
    (folder / SCORES_FILE).write_text(json.dumps(scores), encoding="utf-8")
    return scores


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", default=[name for name, plan in xlnet.PLANS.items() if plan.language == "en"]
    )
    for model_name in parser.parse_args().names:
        for task_name, found in every_score(model_name).items():
            for arm, values in found.items():
                print(model_name, task_name, arm, " ".join(f"{100 * value:.2f}" for value in values), flush=True)
