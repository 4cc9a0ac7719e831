"""MR, ten folds, the four variants of TextCNN beside Kim 2014, Table 2: accuracy in percent.

Each fold is trained on the other nine for a fixed number of epochs: no fold ever chooses anything. One line a finished
fold is kept in .cache/mr.jsonl, so that an interrupted run goes on where it was. Without --train nothing is trained: a
variant is shown when all its folds are there.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from tokenizers import Tokenizer

from models.textcnn import Mode, TextCNN, TextCNNConfig
from models.training import corpus, fit, runs, vectors, words

RESULTS = Path(".cache/mr.jsonl")
MODES: tuple[Mode, ...] = ("rand", "static", "non-static", "multichannel")
KIM = {"rand": 76.1, "static": 81.0, "non-static": 81.5, "multichannel": 81.1}
EPOCHS = {"rand": 4, "static": 4, "non-static": 3, "multichannel": 3}
BATCH_SIZE = 50
LEARNING_RATE = 1e-3
FOLDS = 10


def train(model: TextCNN, ids: list[list[int]], labels: np.ndarray, rows: np.ndarray, epochs: int) -> None:
    """Adam for a fixed number of epochs over the texts ``rows`` (indices), in bfloat16 where that is faster."""
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], LEARNING_RATE, fused=True)
    rng = np.random.default_rng(0)
    steps = epochs * -(-len(rows) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.1, steps)
    model.train()
    for _ in range(epochs):
        for batch in batches(rng.permutation(rows), ids, rng):
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(padded(ids, batch))["logits"]
            loss = torch.nn.functional.cross_entropy(logits.float(), torch.from_numpy(labels[batch]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            with torch.no_grad():
                model.after_step()


@torch.no_grad()
def score(model: TextCNN, ids: list[list[int]], labels: np.ndarray, rows: np.ndarray) -> float:
    """Accuracy on the texts ``rows``, in float32."""
    model.eval()
    right = 0
    for batch in batches(rows, ids, np.random.default_rng(0)):
        right += int((model(padded(ids, batch))["logits"].argmax(1).numpy() == labels[batch]).sum())
    return right / len(rows)


def fold_accuracy(mode: Mode, ids: list[list[int]], labels: np.ndarray, test: np.ndarray, table: np.ndarray) -> float:
    """Train on what is not in ``test`` (bool per text) and measure on what is."""
    torch.manual_seed(0)
    model = TextCNN(TextCNNConfig(vocabulary=len(table), classes=2, mode=mode), None if mode == "rand" else table)
    train(model, ids, labels, np.flatnonzero(~test), EPOCHS[mode])
    return score(model, ids, labels, np.flatnonzero(test))


def batches(order: np.ndarray, ids: list[list[int]], rng: np.random.Generator) -> list[np.ndarray]:
    """Batches of about the same length, in random order."""
    chunks = [order[start : start + 40 * BATCH_SIZE] for start in range(0, len(order), 40 * BATCH_SIZE)]
    found = []
    for chunk in chunks:
        chunk = chunk[np.argsort([len(ids[index]) for index in chunk], kind="stable")]
        found += [chunk[start : start + BATCH_SIZE] for start in range(0, len(chunk), BATCH_SIZE)]
    return [found[index] for index in rng.permutation(len(found))]


def padded(ids: list[list[int]], batch: np.ndarray) -> torch.Tensor:
    return fit.collate([{"input_ids": ids[index]} for index in batch])["input_ids"]


def baseline(texts: list[str], labels: np.ndarray, folds: np.ndarray) -> dict[str, float]:
    """Naive Bayes, and NB-weighted logistic regression (Wang and Manning 2012), over words and pairs of words."""
    features = CountVectorizer(ngram_range=(1, 2), binary=True, token_pattern=r"\S+", min_df=1).fit_transform(texts)
    scores: dict[str, list[float]] = {"naive Bayes": [], "NB-weighted logistic regression": []}
    for fold in range(FOLDS):
        test = folds == fold
        x, y = features[~test], labels[~test]
        bayes = MultinomialNB().fit(x, y)
        scores["naive Bayes"].append(bayes.score(features[test], labels[test]))
        ratio = bayes.feature_log_prob_[1] - bayes.feature_log_prob_[0]
        weighted = features.multiply(ratio).tocsr()
        linear = LogisticRegression(C=1.0, max_iter=200).fit(weighted[~test], y)
        scores["NB-weighted logistic regression"].append(linear.score(weighted[test], labels[test]))
    return {name: float(np.mean(values)) for name, values in scores.items()}


def prepare() -> tuple[list[str], list[list[int]], np.ndarray, np.ndarray, np.ndarray]:
    """Texts, ids, labels, folds and the initial table over all words of the set, as Kim's code builds it."""
    rows = corpus.load("mr")
    splitting = words.english()
    vocabulary = words.count(splitting, rows["text"])
    tokenizer: Tokenizer = words.with_vocabulary(splitting, vocabulary, 256)
    table = vectors.table(tokenizer.get_vocab(), vectors.english())
    tokenizer.no_padding()
    ids = [code.ids for code in tokenizer.encode_batch_fast(rows["text"].tolist())]
    return rows["text"].tolist(), ids, rows["label"].to_numpy(np.int64), rows["fold"].to_numpy(), table


def run() -> str:
    """The table."""
    done = [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    found = {(row["mode"], row["fold"]): row["accuracy"] for row in done}
    if runs.training_allowed():
        train_missing(found)
    rows = corpus.load("mr")
    lines = ["| MR, 10-fold | ours | standard deviation over folds | Kim 2014 |", "| --- | --- | --- | --- |"]
    for mode in MODES:
        folds = [found[mode, fold] for fold in range(FOLDS) if (mode, fold) in found]
        if len(folds) < FOLDS:
            lines.append(f"| CNN-{mode} | not trained: --train trains it | | {KIM[mode]} |")
            continue
        scores = np.array(folds) * 100
        lines.append(f"| CNN-{mode} | {scores.mean():.1f} | {scores.std(ddof=1):.1f} | {KIM[mode]} |")
    for name, score in baseline(
        rows["text"].tolist(), rows["label"].to_numpy(np.int64), rows["fold"].to_numpy()
    ).items():
        lines.append(f"| {name} (baseline) | {score * 100:.1f} | | |")
    return "\n".join(lines)


def train_missing(found: dict[tuple[str, int], float]) -> None:
    """The folds that are not in ``found`` yet, which takes them up."""
    _, ids, labels, folds, table = prepare()
    RESULTS.parent.mkdir(exist_ok=True)
    for fold in range(FOLDS):
        for mode in MODES:
            if (mode, fold) not in found:
                found[mode, fold] = fold_accuracy(mode, ids, labels, folds == fold, table)
                with RESULTS.open("a") as file:
                    file.write(json.dumps({"mode": mode, "fold": fold, "accuracy": found[mode, fold]}) + "\n")
