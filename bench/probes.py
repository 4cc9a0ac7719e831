"""What the layers of elmo-* know: parts of speech and senses, by linear probes and by the nearest neighbour.

Probes are those of models/training/probes.py. Beside the layers and their mix stand static vectors and the layers of
the same network with random weights. The selectivity of a probe (Hewitt and Liang 2019, arXiv 1909.03368) is its
accuracy less that of one which learns labels that were drawn by lot for each word. Intervals of 95 % are of a paired
bootstrap over the test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from bench.report import MISSING, left_out, table
from export.contextual import Read, Sentences, by_characters, in_order, layers
from export.probes import meant, word_by_word
from hub.bundle import Bundle, Bundles
from hub.spelling import INPUTS
from hub.tasks.contextual import TASK
from models.elmo import BiLM, ELMoConfig
from models.training import corpus, elmo, elmo_tasks, probes

RESAMPLED = 1_000
LAYERS = ("layer 0", "layer 1", "layer 2")

Vectors = dict[str, np.ndarray]  # what is probed -> float32 (words, size); the mix: (words, layers, size)


# --- vectors --------------------------------------------------------------------------------------------------------


def random_layers(bundle: Bundle, sentences: Sentences) -> np.ndarray:
    """The same of a network that has learnt nothing."""
    sizes = bundle.card.two_way
    assert sizes is not None
    torch.manual_seed(0)
    own = sizes.model_dump() | {"cutoffs": (sizes.words // 10, sizes.words // 3)}  # of the softmax, which is not asked
    if not sizes.filters:
        own["symbols"] = sizes.words
    model = BiLM(ELMoConfig(**own)).eval()

    @torch.no_grad()
    def read(rows: list[int]) -> list[np.ndarray]:
        feeds = bundle.words.feeds_of([sentences[row] for row in rows])
        found = torch.stack(model(*(torch.from_numpy(feeds[name]) for name in INPUTS)), 2).numpy()
        return [found[place, 1 : len(sentences[row]) + 1] for place, row in enumerate(rows)]

    return in_order(sentences, read)


def words(bundle: Bundle, read: Read) -> Read:
    """Of a model that reads characters, the mean of those of a word."""
    splitting = elmo.PLANS[bundle.card.languages[0]]
    return by_characters(read, splitting.splitting.normalizer) if splitting.chinese else read


def static(known: Mapping[str, np.ndarray], sentences: Sentences) -> np.ndarray:
    """Static vectors of the words, zero where there is none: float32 (words, 1, size)."""
    nothing = np.zeros(len(next(iter(known.values()))), np.float32)
    return np.stack([known.get(word, nothing) for one in sentences for word in one])[:, None]


def every(bundle: Bundle, known: Mapping[str, np.ndarray], sentences: Sentences) -> Vectors:
    """All that is probed, by its name in the table. The mix has all layers, normalised, for its probe to weigh."""
    learnt, random = (words(bundle, partial(read, bundle))(sentences) for read in (layers, random_layers))
    found = {name: learnt[:, number] for number, name in enumerate(LAYERS)}
    found["mix"] = learnt
    found |= {f"random, {name}": random[:, number] for number, name in enumerate(LAYERS) if number}
    found["static vectors"] = words(bundle, partial(static, known))(sentences)[:, 0]
    return found


# --- probes ---------------------------------------------------------------------------------------------------------


def answers(vectors: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray], count: int) -> np.ndarray:
    """Whether a probe is right on each row of "test": bool (rows). vectors: (rows, layers, size), or (rows, size)."""
    layered = {split: rows if rows.ndim == 3 else rows[:, None] for split, rows in vectors.items()}
    return probes.train(layered, labels, count).right


def interval(better: np.ndarray, worse: np.ndarray) -> tuple[float, float]:
    """Of the difference of two means of right answers, bool (rows) each: 95 %, in points."""
    rows = np.random.default_rng(0).integers(0, len(better), (RESAMPLED, len(better)))
    differences = 100 * (better[rows].mean(1) - worse[rows].mean(1))
    low, high = np.quantile(differences, (0.025, 0.975))
    return float(low), float(high)


@dataclass
class Results:
    """Right answers of each probe, and of its control."""

    right: dict[str, np.ndarray] = field(default_factory=dict)  # probe -> bool (test rows)
    control: dict[str, float] = field(default_factory=dict)

    def rows(self) -> list[list[str]]:
        found = []
        for name, right in self.right.items():
            control = self.control.get(name)
            selective = f"{100 * (right.mean() - control):.1f}" if control is not None else ""
            found.append([name, f"{100 * right.mean():.2f}", selective])
        return found

    def difference(self, better: str, worse: str) -> str:
        low, high = interval(self.right[better], self.right[worse])
        value = 100 * (self.right[better].mean() - self.right[worse].mean())
        return f"{better} less {worse}: {value:+.2f} points, 95 % from {low:+.2f} to {high:+.2f}"


# --- data -----------------------------------------------------------------------------------------------------------


def parts_of_speech(bundle: Bundle, known: Mapping[str, np.ndarray], dataset: str) -> Results:
    """A linear layer over each word."""
    splits = ("train", "valid", "test")
    rows = {split: corpus.load(dataset, split) for split in splits}
    sentences = {split: [list(tokens) for tokens in rows[split]["tokens"]] for split in splits}
    names = sorted({tag for split in splits for tags in rows[split]["upos"] for tag in tags})
    number = {name: index for index, name in enumerate(names)}
    labels = {split: np.array([number[tag] for tags in rows[split]["upos"] for tag in tags]) for split in splits}
    words = {split: [word for one in sentences[split] for word in one] for split in splits}
    lots = by_lot(words, labels["train"])
    found = {split: every(bundle, known, sentences[split]) for split in splits}
    results = Results()
    for name in found["train"]:
        vectors = {split: found[split][name] for split in splits}
        results.right[name] = answers(vectors, labels, len(names))
        results.control[name] = float(answers(vectors, lots, len(names)).mean())
    return results


def by_lot(words: Mapping[str, Sequence[str]], labels: np.ndarray) -> dict[str, np.ndarray]:
    """A label for each word, the same wherever it stands, drawn as the labels are spread."""
    dice = np.random.default_rng(0)
    drawn: dict[str, int] = {}
    return {
        split: np.array([drawn.setdefault(word, int(dice.choice(labels))) for word in rows])
        for split, rows in words.items()
    }


def senses(bundle: Bundle, known: Mapping[str, np.ndarray], dataset: str, column: str) -> dict[str, Results]:
    """The nearest occurrence of the training split, and a linear layer for each word. column: the sense's number."""
    frames = {split: corpus.load(dataset, split) for split in ("train", "test")}
    found: dict[str, Vectors] = {}
    for split, frame in frames.items():
        sentences, places = meant(frame)
        found[split] = {name: values[places] for name, values in every(bundle, known, sentences).items()}
    nearest, linear = Results(), Results()
    targets = {split: frame[column].to_numpy(np.int64) for split, frame in frames.items()}
    for name in found["train"]:
        near, said = np.zeros(len(targets["test"]), bool), np.zeros(len(targets["test"]), bool)
        for rows in word_by_word(frames):
            x = {split: found[frame][name][some] for split, (frame, some) in rows.items()}
            y = {split: targets[frame][some] for split, (frame, some) in rows.items()}
            own = rows["test"][1]
            if name != "mix":
                near[own] = neighbours(_both(x), _both(y), x["test"]) == y["test"]
            said[own] = answers(x, y, int(_both(y).max()) + 1)
        if name != "mix":
            nearest.right[name] = near
        linear.right[name] = said
    return {"the nearest training occurrence": nearest, "a linear layer for each word": linear}


def _both(rows: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([rows["train"], rows["valid"]])


def neighbours(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The label of the nearest by cosine; where all are as near, the most frequent label."""
    unit = [rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9) for rows in (train, test)]
    cosines = unit[1] @ unit[0].T
    flat = np.ptp(cosines, axis=1) < 1e-5
    found: np.ndarray = np.where(flat, np.bincount(labels).argmax(), labels[cosines.argmax(1)])
    return found


def words_in_context(bundle: Bundle, known: Mapping[str, np.ndarray]) -> Results:
    """WiC: the same sense where the cosine is above the threshold that is best on the validation split."""
    scores: dict[str, Vectors] = {}
    labels: dict[str, np.ndarray] = {}
    for split in ("valid", "test"):
        frame = corpus.load("wic_en", split)
        labels[split] = frame["label"].to_numpy(np.int64)
        sides = []
        for side in ("1", "2"):
            sentences, places = meant(frame.rename(columns={f"tokens{side}": "tokens", f"target{side}": "target"}))
            sides.append({name: rows[places] for name, rows in every(bundle, known, sentences).items()})
        scores[split] = {name: cosine(sides[0][name], sides[1][name]) for name in sides[0] if name != "mix"}
    results = Results()
    for name in scores["valid"]:
        cuts = np.unique(scores["valid"][name])
        reached = [((scores["valid"][name] >= cut) == labels["valid"]).mean() for cut in cuts]
        results.right[name] = (scores["test"][name] >= cuts[int(np.argmax(reached))]) == labels["test"]
    return results


def cosine(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of rows."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    found: np.ndarray = (one * other).sum(1) / np.maximum(lengths, 1e-9)
    return found


HEAD = ("what is probed", "accuracy", "selectivity")


def told(title: str, results: Results) -> str:
    """A table, and the differences that the paper speaks of."""
    best = max(LAYERS[1:], key=lambda name: results.right[name].mean())
    random = max(
        (name for name in results.right if name.startswith("random")), key=lambda name: results.right[name].mean()
    )
    pairs = (("layer 1", "layer 2"), (best, "static vectors"), (best, random))
    return "\n\n".join([table(title, HEAD, results.rows()), *(results.difference(*pair) for pair in pairs)])


def run() -> str:
    parts, reasons = [], {}
    for bundle in Bundles().of_task(TASK):
        (language,) = bundle.card.languages
        try:
            known = elmo_tasks.static_vectors(language)
            for title, results in every_probe(bundle, known).items():
                parts.append(told(f"{bundle.name}: {title}", results))
        except MISSING as error:
            reasons[bundle.name] = error
    return "\n\n".join(parts) + left_out(reasons)


def every_probe(bundle: Bundle, known: Mapping[str, np.ndarray]) -> dict[str, Results]:
    """All of a language."""
    chinese = elmo.PLANS[bundle.card.languages[0]].chinese
    treebank = ("GSD", "pos_zh_gsd") if chinese else ("EWT", "pos_en_ewt")
    meanings = ("SememeWSD", "wsd_zh_sememe", "sense_id") if chinese else ("CoarseWSD-20", "wsd_en_coarse20", "label")
    found = {f"part of speech, {treebank[0]}": parts_of_speech(bundle, known, treebank[1])}
    found |= {f"sense, {meanings[0]}, {how}": one for how, one in senses(bundle, known, *meanings[1:]).items()}
    if not chinese:
        found["sense, WiC, a threshold on the cosine"] = words_in_context(bundle, known)
    return found
