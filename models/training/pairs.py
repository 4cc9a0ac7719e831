"""Sentences and sentence pairs: what models/consert.py is trained on, and how a sentence encoder is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr
from tokenizers import Tokenizer
from torch import Tensor
from transformers import EvalPrediction

from models import consert
from models.training import corpus, fit

CLASSES = {"entailment": 0, "neutral": 1, "contradiction": 2}  # not_entailment of SciTail says neither: left out
SHORTEST = 8  # characters of a sentence that is worth contrasting


@dataclass(frozen=True)
class Pair:
    """Two sentences that say the same, perhaps with one that says the contrary; or with a class, or with a score."""

    first: str
    second: str
    contrary: str | None = None
    label: int = consert.NO_LABEL  # class of inference
    score: float = float("nan")


# --- what to train on ---------------------------------------------------------------------------------------------


def unlabelled(language: str) -> list[str]:
    """Sentences without anything said of them, each once, in a random order that is always the same."""
    found: list[str] = []
    if language == "en":
        for name in ("stsb", "sick", "mrpc"):
            rows = corpus.load(name, "train")
            found += [*rows["sentence1"], *rows["sentence2"]]
        rows = corpus.load("nli_en", "train")
        found += [*rows["premise"], *rows["hypothesis"]]
        found += [captions[0] for captions in corpus.load("captions_en", "train")["captions"]]
    else:
        for name in ("stsb_zh", "afqmc_zh"):
            rows = corpus.load(name, "train")
            found += [*rows["sentence1"], *rows["sentence2"]]
        rows = corpus.load("nli_zh", "train")
        found += [*rows["premise"], *rows["hypothesis"]]
    minimum = SHORTEST if language == "en" else SHORTEST // 2
    kept = [text for text in dict.fromkeys(found) if len(text) >= minimum]
    return [kept[index] for index in np.random.default_rng(0).permutation(len(kept))]


def same(sentences: Iterable[str]) -> list[Pair]:
    """Each sentence with itself: the augmentations make the two views."""
    return [Pair(text, text) for text in sentences]


def inference(language: str) -> list[Pair]:
    """Premise and hypothesis with their class."""
    rows = corpus.load(f"nli_{language}", "train")
    return [
        Pair(premise, hypothesis, label=CLASSES[label])
        for premise, hypothesis, label in zip(rows["premise"], rows["hypothesis"], rows["label"], strict=True)
        if label in CLASSES
    ]


def paraphrases_en(captions_each: int = 2, seed: int = 0) -> list[Pair]:
    """Pairs that say the same: entailed sentences with a contradicted one, and captions of the same picture."""
    rows = corpus.load("nli_triplets")
    rows = rows[rows["nli_en_split"] == ""]
    found = [
        Pair(anchor, positive, negative if isinstance(negative, str) else None)
        for anchor, positive, negative in zip(rows["anchor"], rows["positive"], rows["negative"], strict=True)
        if isinstance(positive, str)
    ]
    rng = np.random.default_rng(seed)
    for captions in corpus.load("captions_en", "train")["captions"]:
        order = rng.permutation(len(captions))
        for at in range(0, min(2 * captions_each, len(order)) - 1, 2):
            found.append(Pair(captions[order[at]], captions[order[at + 1]]))
    return found


def paraphrases_zh() -> list[Pair]:
    """Entailed sentences with a contradicted one of the same premise, and questions that ask the same."""
    found = []
    for name in ("nli_zh", "cnli_zh"):
        rows = corpus.load(name, "train") if name == "nli_zh" else corpus.load(name)
        contrary = rows[rows["label"] == "contradiction"].drop_duplicates("premise").set_index("premise")["hypothesis"]
        entailed = rows[rows["label"] == "entailment"]
        found += [
            Pair(premise, hypothesis, contrary.get(premise))
            for premise, hypothesis in zip(entailed["premise"], entailed["hypothesis"], strict=True)
        ]
    rows = corpus.load("afqmc_zh", "train")
    rows = rows[rows["label"] == 1]
    return found + [Pair(first, second) for first, second in zip(rows["sentence1"], rows["sentence2"], strict=True)]


def scored(dataset: str, split: str) -> list[Pair]:
    """Sentence pairs with a human score, or with the label 1 for the same and 0 for another meaning."""
    rows = corpus.load(dataset, split)
    scores = rows["score"] if "score" in rows else rows["label"]
    return [
        Pair(first, second, score=float(score))
        for first, second, score in zip(rows["sentence1"], rows["sentence2"], scores, strict=True)
    ]


def examples(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[fit.Example]:
    """The pairs as ids."""
    tokenizer.no_padding()

    def ids(texts: Sequence[str]) -> list[list[int]]:
        return [code.ids for code in tokenizer.encode_batch_fast(list(texts))]

    firsts, seconds = ids([pair.first for pair in pairs]), ids([pair.second for pair in pairs])
    contraries = ids([pair.contrary or "" for pair in pairs])
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return [
        {
            "input_ids": first,
            "second": second,
            "contrary": contrary if pair.contrary else None,
            "labels": pair.label,
            "scores": pair.score,
        }
        for pair, first, second, contrary in zip(pairs, firsts, seconds, contraries, strict=True)
    ]


def collate(batch: Sequence[fit.Example]) -> dict[str, Tensor]:
    """All sentences of a batch of examples under each other, and which belong together: what consert.Consert takes."""
    sentences: list[list[int]] = []
    rows = np.full((len(batch), 3), -1, np.int64)
    for number, example in enumerate(batch):
        for side, key in enumerate(("input_ids", "second", "contrary")):
            if example[key] is not None:
                rows[number, side] = len(sentences)
                sentences.append(example[key])
    return {
        **fit.padded(sentences),
        "rows": torch.from_numpy(rows),
        "labels": torch.tensor([example["labels"] for example in batch]),
        "scores": torch.tensor([example["scores"] for example in batch], dtype=torch.float32),
    }


def fit_consert(
    objective: consert.Consert,
    tokenizer: Tokenizer,
    pairs: Sequence[Pair],
    valid: Sequence[Pair],
    folder: Path,
    settings: fit.Settings,
) -> consert.SentenceEncoder:
    """Train the encoder of the objective in place; the checkpoint with the best rank correlation on valid is kept."""
    fit.fit(
        objective,
        examples(tokenizer, pairs),
        examples(tokenizer, valid),
        folder,
        replace(settings, metric="spearman", extra={"label_names": ["scores"]}),
        metrics=rank_correlation,
        collate=collate,
    )
    return objective.encoder.eval()


# --- how to measure -----------------------------------------------------------------------------------------------

Embed = Callable[[Sequence[str]], np.ndarray]  # texts -> float32 (texts, width), each of length 1


def spearman(cosines: np.ndarray, scores: np.ndarray) -> float:
    """Spearman's rank correlation, ties at their mean rank."""
    return float(spearmanr(cosines, scores).statistic)


def rank_correlation(prediction: EvalPrediction) -> dict[str, float]:
    """For models/training/fit.py: the cosines of the validation pairs against their scores."""
    return {"spearman": spearman(np.asarray(prediction.predictions), np.asarray(prediction.label_ids))}


def correlation(embed: Embed, pairs: Sequence[Pair]) -> float:
    """Spearman of the cosines of the pairs with their scores."""
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.first, pair.second)))
    place = {text: row for row, text in enumerate(texts)}
    vectors = embed(texts)
    first, second = (vectors[[place[getattr(pair, side)] for pair in pairs]] for side in ("first", "second"))
    return spearman((first * second).sum(1), np.array([pair.score for pair in pairs]))
