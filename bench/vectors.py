"""Which English word vectors to start from: TextCNN on the SST-2 phrases, accuracy on the validation split."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from bench import mr
from models.textcnn import Mode, TextCNN, TextCNNConfig
from models.training import corpus, runs, vectors, words

SOURCES: dict[str, Callable[[], dict[str, np.ndarray]]] = {
    "word2vec, ours": vectors.word2vec,
    "encoder's input table": vectors.input_table,
    "encoder's answer to the word alone": vectors.encoder,
    "word2vec and the answer, side by side": vectors.english,
}
MODES: tuple[Mode, ...] = ("static", "non-static")
EPOCHS = 2
WORDS = 16_000
DEVIATION = 0.25  # of every table, so that only the directions of the vectors differ, not their size


def accuracy(mode: Mode, known: dict[str, np.ndarray]) -> float:
    """Accuracy on the validation split after a fixed number of epochs."""
    splitting = words.english()
    parts = [corpus.load("sst2", split) for split in ("train_phrases", "valid")]
    counts = words.count(splitting, parts[0]["text"])
    names = list(dict.fromkeys([*(word for word, _ in counts.most_common()), *known]))[:WORDS]
    tokenizer = words.with_vocabulary(splitting, names, 256)
    tokenizer.no_padding()
    table = vectors.table(tokenizer.get_vocab(), known)
    table *= DEVIATION / table.std()
    ids = [code.ids for part in parts for code in tokenizer.encode_batch_fast(part["text"].tolist())]
    labels = np.concatenate([part["label"].to_numpy(np.int64) for part in parts])
    valid = np.arange(len(ids)) >= len(parts[0])
    torch.manual_seed(0)
    model = TextCNN(TextCNNConfig(vocabulary=len(table), classes=2, mode=mode), table)
    mr.train(model, ids, labels, np.flatnonzero(~valid), EPOCHS)
    return mr.score(model, ids, labels, np.flatnonzero(valid))


def run() -> str:
    """Train every pair and return the table. Raises RunError where nothing is to be trained: none of it is kept."""
    if not runs.training_allowed():
        raise runs.RunError("it trains a model for each row, and nothing is trained here: --train does it")
    lines = ["| word vectors | " + " | ".join(MODES) + " |", "| --- |" + " --- |" * len(MODES)]
    for name, load in SOURCES.items():
        known = load()
        lines.append(f"| {name} | " + " | ".join(f"{accuracy(mode, known) * 100:.1f}" for mode in MODES) + " |")
        print(lines[-1], flush=True)
    return "\n".join(lines)
