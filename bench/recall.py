"""Recall by one evaluator on two sets of data: SASRec's two losses, every model, and the same by other libraries.

Models learn from what lies before one moment, everything is ranked, and what was taken before is told apart. Films are
only compared: their terms allow no commercial use. Finished trainings are kept in .cache/recall.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.stats import t as student

from bench import recall_peers
from bench.report import MISSING, left_out, table
from models import recall
from models.training import runs
from models.training.funnel_shop import NEGATIVES, POPULAR, SIZE, TEST, returning, sequences, train_sasrec, train_towers
from models.training.interactions import Histories, histories, mean, ndcg, top
from models.training.interactions import recall as recalled
from models.training.movies import Movies
from models.training.shop import Shop

FOLDER = Path(".cache/recall")
SEEDS = range(5)
FIGURES = ("recall@200, new", "NDCG@10, new", "NDCG@10, all")
NEW = 1  # of FIGURES, the one that losses are compared by
AGAIN = 1e3  # that what was taken before is put ahead by
LOSSES = {"cross-entropy": False, "BCE": True}


@dataclass(frozen=True)
class Data:
    """One moment of a data set.

    Args:
        learnt: what is learnt from. known: what those had taken who are asked for. truth: bool (users, items), what
            they took then. recent: how many took each item lately, float32 (items,). facts: float32 (items, facts).
        epochs: of SASRec, after each of which it is measured. towers: epochs of the two towers.
    """

    name: str
    learnt: Histories
    known: Histories
    truth: np.ndarray
    recent: np.ndarray
    facts: np.ndarray
    epochs: tuple[int, ...]
    towers: int

    @property
    def count(self) -> int:
        return self.truth.shape[1]

    def digest(self, settings: str) -> str:
        """Of everything that a run depends on but the code."""
        found = hashlib.sha256(settings.encode())
        for part in (self.learnt.items, self.known.items, self.truth):
            found.update(np.ascontiguousarray(part).tobytes())
        return found.hexdigest()[:12]


def shop_data() -> Data:
    """The shop, and who came back in the weeks of the test."""
    shop, until = Shop(), pd.Timestamp(TEST[0])
    known, truth = returning(shop)
    recent = shop.buyers(until, POPULAR) + 1e-4 * shop.buyers(until, 10_000)
    return Data("shop", histories(shop.before(until), until), known, truth, recent, shop.facts, (3, 6), 40)


def movies_data() -> Data:
    """MovieLens."""
    movies = Movies()
    known, truth = movies.returning()
    learnt = movies.learnt()
    watched = learnt.matrix(movies.count).sum(0)
    return Data("MovieLens-small", learnt, known, truth, watched, movies.facts, (4, 8, 16), 40)


# --- figures --------------------------------------------------------------------------------------------------------


def measured(scores: np.ndarray, data: Data) -> np.ndarray:
    """FIGURES of each user, float64 (3, users); NaN where he took nothing of the kind. scores: (users, items)."""
    own = data.known.matrix(data.count) > 0
    new = top(np.where(own, -np.inf, scores), 200)
    truth = data.truth & ~own
    return np.stack([recalled(new, truth), ndcg(new, truth), ndcg(top(scores, 10), data.truth)])


def kept(name: str, data: Data, settings: str, scores: Callable[[], Iterable[np.ndarray]]) -> np.ndarray:
    """Figures at each stage of a training, float64 (stages, 3, users): read where they are, else computed.

    Raises:
        RunError: they are not there, and nothing is to be trained.
    """
    file = FOLDER / f"{data.name}-{name}-{data.digest(settings)}.npy"
    if file.is_file():
        return np.asarray(np.load(file))
    if not runs.training_allowed():
        raise runs.RunError(f"{name} on {data.name} has not been trained: python -m bench recall --train")
    found = np.stack([measured(one, data) for one in scores()])
    FOLDER.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".part.npy")
    np.save(aside, found)
    aside.rename(file)
    return found


# --- models ---------------------------------------------------------------------------------------------------------


def sasrec(data: Data, binary: bool, seed: int) -> Iterator[np.ndarray]:
    """Scores after so many epochs. Both losses begin with the same weights."""
    torch.manual_seed(seed)
    model = recall.SASRec(data.count, SIZE)
    model.begin(recall.factors(data.learnt.matrix(data.count), SIZE))
    for stage, (start, end) in enumerate(zip((0, *data.epochs), data.epochs, strict=False)):
        train_sasrec(model, data.learnt, end - start, binary, 100 * seed + stage)
        yield scored(lambda items: model(recall.last(items, model.longest))["scores"], data)


def towers(data: Data) -> Iterator[np.ndarray]:
    """The two towers."""
    torch.manual_seed(0)
    model = recall.TwoTowers(data.facts, SIZE)
    model.begin(recall.factors(data.learnt.matrix(data.count), SIZE))
    train_towers(model, data.learnt, data.towers)
    yield scored(lambda items: model(items, torch.ones(items.shape))["scores"], data)


@torch.no_grad()
def scored(model: Callable[[torch.Tensor], torch.Tensor], data: Data) -> np.ndarray:
    """Float32 (users, items)."""
    items = torch.from_numpy(data.known.items)
    return np.concatenate([model(part).float().numpy() for part in items.split(32)])


def closed(make: Callable[[np.ndarray], np.ndarray], data: Data) -> Iterator[np.ndarray]:
    """A matrix of similarities, of which no entry is left out."""
    yield data.known.matrix(data.count) @ make(data.learnt.matrix(data.count))


def popular(data: Data, again: float) -> Iterator[np.ndarray]:
    """The same for everybody; what he took himself first, by how often and how lately, where again is above 0."""
    own = np.zeros((len(data.known), data.count + 1), np.float32)
    told = AGAIN * data.known.times + np.arange(data.known.items.shape[1]) / data.known.items.shape[1]
    np.put_along_axis(own, data.known.items, told, 1)
    yield data.recent[None] / data.recent.max() + again * own[:, :-1]


MODELS: dict[str, Callable[[Data], Iterator[np.ndarray]]] = {
    "popular": partial(popular, again=0),
    "again, then popular": partial(popular, again=1),
    "ItemCF": partial(closed, recall.item_cf),
    "Swing": partial(closed, recall.swing),
    "EASE": partial(closed, recall.ease),
    "two towers": towers,
}


# --- tables ---------------------------------------------------------------------------------------------------------


def losses(data: Data) -> dict[str, np.ndarray]:
    """Figures of SASRec by each loss, float64 (seeds, stages, 3, users), of the seeds that are finished by both.

    Raises:
        RunError: fewer than two are.
    """
    settings = json.dumps([SIZE, NEGATIVES, data.epochs])
    rows: list[list[np.ndarray]] = []
    unfinished: runs.RunError | None = None
    for seed in SEEDS:
        try:
            rows.append(
                [
                    kept(f"sasrec-{name}-{seed}", data, settings, partial(sasrec, data, binary, seed))
                    for name, binary in LOSSES.items()
                ]
            )
        except runs.RunError as error:
            unfinished = error
    if unfinished and len(rows) < 2:
        raise unfinished
    return {name: np.stack([row[place] for row in rows]) for place, name in enumerate(LOSSES)}


def over_seeds(values: np.ndarray) -> str:
    """A mean with its interval of 95 % by Student's t. values: float64 (seeds,)."""
    half = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return f"{values.mean():.4f} ± {half:.4f}"


def compared(data: Data, found: dict[str, np.ndarray]) -> str:
    """Both losses at each stage, and their difference: the same seeds, the same users."""
    rows: list[list[object]] = []
    best = {name: np.nanmean(values[:, :, NEW], 2).mean(0).argmax() for name, values in found.items()}
    for stage, epochs in enumerate(data.epochs):
        rows.append([str(epochs), *difference(*(values[:, stage, NEW] for values in found.values()))])
    rows.append(["the best of each", *difference(*(found[name][:, best[name], NEW] for name in found))])
    users = int((~np.isnan(found["BCE"][0, 0, NEW])).sum())
    title = f"SASRec by its loss, {data.name}: NDCG@10 of new things, {len(found['BCE'])} seeds, {users:,} users"
    return table(title, ("epochs", *LOSSES, "difference", "of BCE's", "over seeds", "over users"), rows)


def difference(one: np.ndarray, two: np.ndarray) -> list[str]:
    """Cells: both means, their difference, its share of the second, its intervals. Float64 (seeds, users), each."""
    first, second = np.nanmean(one, 1), np.nanmean(two, 1)
    users = mean((one - two).mean(0))
    return [
        f"{first.mean():.4f}", f"{second.mean():.4f}", f"{first.mean() - second.mean():+.4f}",
        f"{100 * (first.mean() / second.mean() - 1):+.0f} %", over_seeds(first - second),
        f"[{users.low:.4f}, {users.high:.4f}]",
    ]  # fmt: skip


def row(name: str, figures: np.ndarray) -> list[object]:
    """Cells of a model. figures: float64 (3, users)."""
    return [name, *(str(mean(values)) for values in figures)]


def models(data: Data, by_loss: dict[str, np.ndarray]) -> str:
    """Every model, and where it is asked for the same of other libraries."""
    rows = [
        row(name, kept(name, data, str((SIZE, recall.L2, data.towers)), partial(make, data))[-1])
        for name, make in MODELS.items()
    ]
    rows += [row(f"SASRec, {name}, mean of seeds", values[:, -1].mean(0)) for name, values in by_loss.items()]
    others, notes = peers(data)
    title = f"Recall, {data.name}, {len(data.known):,} users"
    return table(title, ("model", *FIGURES), rows + others) + "".join(f"\n\n{note}" for note in notes)


def peers(data: Data) -> tuple[list[list[object]], list[str]]:
    """Rows of other libraries, where they are asked for, and what is to be said of them."""
    if os.environ.get("BENCH_PEERS", "") in ("", "0"):
        return [], [
            f"{', '.join(recall_peers.REQUIREMENTS)} were not measured: BENCH_PEERS=1 installs them in "
            f"{recall_peers.FOLDER}/"
        ]
    rows, notes = [], []
    settings = recall_peers.peers(len(sequences(data.learnt, recall_peers.LONGEST)[0]), data.epochs[-1])
    for name, own in settings.items():
        make = partial(recall_peers.scores, name, own, data.learnt, data.known, data.count)
        try:
            rows.append(row(name, kept(name, data, json.dumps(own), make)[-1]))
            notes.append(f"{name}: {own}")
        except (recall_peers.PeerError, runs.RunError) as error:
            notes.append(f"{name} was not measured: {error}")
    return rows, notes


def run() -> str:
    parts: list[str] = []
    reasons: dict[str, Exception] = {}
    for make in (shop_data, movies_data):
        try:
            data = make()
            found = losses(data)
            parts += [compared(data, found), models(data, found)]
        except MISSING as error:
            reasons[make.__name__] = error
    if not parts:
        raise next(iter(reasons.values()))
    return "\n\n".join(parts) + left_out(reasons)
