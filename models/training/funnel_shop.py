"""Train the funnel of a shop (models/recall.py, models/funnel.py): `python -m models.training.funnel_shop`.

The funnel is made four times, as a shop would that makes it anew every few weeks: at each moment recall learns from
what was sold before it, and the targets are what is bought in the weeks after it. The rankers learn from the first
three; all figures are of the last one, whose targets are the test split.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_model, save_model
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from models import recall
from models.funnel import GROUPS, Coarse, Features, Fine, Reranker
from models.training import corpus, fit, runs
from models.training.interactions import Histories, histories, ndcg, taken, top
from models.training.shop import Shop

FOLDER = corpus.ROOT / ".cache" / "checkpoints" / "funnel-shop"
MOMENTS = (("2011-09-26", "2011-10-14"), ("2011-10-14", "2011-11-01"), ("2011-11-01", "2011-11-19"))
TEST = ("2011-11-20", "2011-12-10")
CHANNELS = {  # channel -> its group of features, in their order
    "ease": "together", "recent": "together", "item-cf": "together", "swing": "together",
    "towers": "order", "sasrec": "order", "titles": "words", "popular": "popular",
}  # fmt: skip
SIMILAR = ("ease", "recent", "item-cf", "swing", "titles")  # channels that are a matrix of similarities
NEGATIVES = 512  # that are drawn for a step of SASRec
KEPT = 64  # entries of a row of similarities
COUNT = 200  # items of a channel
RECENT = 30  # days of the channel of that name
POPULAR = 14  # days of the channel of that name
SIZE = 64  # of the networks' vectors
LIST = 30  # candidates that are re-ranked
LENGTHS = (1, 2, 4, 8)  # epochs of the fine ranker, of which the best on the last moment before the test is taken
RATE = 1e-3  # of the fine ranker
PARTS = ("sasrec", "towers", "coarse", "fine", "reranker")  # what is trained in steps


class Popular(nn.Module):
    """The same for everybody."""

    def __init__(self, buyers: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("buyers", torch.from_numpy(buyers))

    buyers: Tensor

    def forward(self, items: Tensor, weights: Tensor) -> dict[str, Tensor]:
        """-> scores float32 (batch, items)."""
        return {"scores": self.buyers[None] + 0 * weights.sum(1, keepdim=True)}


# --- recall ---------------------------------------------------------------------------------------------------------


@dataclass
class Curve:
    """How the training of a part went: the mean loss of each epoch, at the step where it ends; how long all took."""

    step: int = 0
    rows: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    _losses: list[float] = field(default_factory=list)
    _start: float = 0.0

    def begin(self) -> None:
        """The training begins, or goes on."""
        self._start = time.perf_counter()

    def add(self, loss: Tensor) -> None:
        """A step has been taken."""
        self.step += 1
        self._losses.append(loss.item())

    def end_epoch(self) -> None:
        """The rows have been seen once more."""
        self.rows.append({"step": self.step, "loss": round(float(np.mean(self._losses)), 6)})
        self._losses.clear()
        self.seconds += time.perf_counter() - self._start
        self._start = time.perf_counter()


def sequences(known: Histories, longest: int) -> tuple[Tensor, Tensor]:
    """Inputs and next items, int64 (parts, longest), padding -1 in front, of every part of every history."""
    inputs, targets = [], []
    for row in known.items:
        own = row[row >= 0]
        for end in range(len(own), 1, -longest):
            part = own[max(0, end - longest - 1) : end]
            inputs.append(np.pad(part[:-1], (longest - len(part) + 1, 0), constant_values=-1))
            targets.append(np.pad(part[1:], (longest - len(part) + 1, 0), constant_values=-1))
    return torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(targets))


def train_sasrec(
    model: recall.SASRec, known: Histories, epochs: int, binary: bool = False, seed: int = 0, rate: float = 2e-3,
    curve: Curve | None = None,
) -> None:  # fmt: skip
    """By cross-entropy over drawn items, or by the paper's loss with one."""
    torch.manual_seed(seed)
    curve = curve or Curve()
    curve.begin()
    inputs, targets = sequences(known, model.longest)
    share, log_share = shares_of(targets, model.table.num_embeddings - 1)
    optimizer = torch.optim.Adam(model.parameters(), rate, betas=(0.9, 0.98))
    model.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(64):
            seen, wanted = inputs[rows], targets[rows]
            with torch.autocast("cpu", torch.bfloat16, enabled=fit.computes_in_bf16()):
                if binary:
                    loss = model.binary(seen, wanted, torch.randint(len(share), wanted.shape))
                else:
                    drawn = torch.multinomial(share, min(NEGATIVES, len(share) // 2))
                    loss = model.cross_entropy(seen, wanted, drawn, log_share)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            curve.add(loss)
        curve.end_epoch()
    model.eval()


def shares_of(targets: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """How often each item is a target, float32 (count,), and the logarithm."""
    found = torch.bincount(targets[targets >= 0], minlength=count).float() + 1
    return found / found.sum(), torch.log(found / found.sum())


def train_towers(
    model: recall.TwoTowers, known: Histories, epochs: int, corrected: bool = True, seed: int = 0,
    curve: Curve | None = None,
) -> None:  # fmt: skip
    """One thing of each part of a history from what was taken before it."""
    torch.manual_seed(seed)
    curve = curve or Curve()
    curve.begin()
    inputs, targets = sequences(known, 50)
    _, log_share = shares_of(targets, len(model.facts))
    if not corrected:
        log_share = torch.zeros(len(log_share))
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    draw = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs), generator=draw).split(256):
            column = _drawn_columns(targets[rows], draw)
            target = targets[rows].gather(1, column[:, None])[:, 0]
            seen = inputs[rows].masked_fill(torch.arange(inputs.shape[1])[None] > column[:, None], -1)
            loss = model.loss(seen, torch.ones(seen.shape), target, log_share)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            curve.add(loss)
        curve.end_epoch()
    model.eval()


def _drawn_columns(targets: Tensor, draw: torch.Generator) -> Tensor:
    """Of each row one place that has a target."""
    return torch.multinomial((targets >= 0).float(), 1, generator=draw)[:, 0]


@dataclass
class Moment:
    """The funnel's recall as it stood, and who came back afterwards.

    Args:
        known: what those users had taken. truth: bool (users, items), what they took in the weeks after.
    """

    stats: np.ndarray
    channels: dict[str, recall.Channel]
    known: Histories
    truth: np.ndarray


@dataclass
class Learnt:
    """A moment, what recall handed over at it, and the networks as they stood then, with their curves."""

    moment: Moment
    found: Candidates
    networks: tuple[recall.SASRec, recall.TwoTowers]
    curves: tuple[Curve, Curve]


def moments(shop: Shop, folder: Path, windows: Sequence[tuple[str, str]] = (*MOMENTS, TEST)) -> list[Learnt]:
    """One after the other; the networks go on from where they stood. Each is kept in a file, and loaded from there."""
    done: list[Learnt] = []
    for number, (start, end) in enumerate(windows):
        file = folder / f"moment-{number}.pt"
        if not file.is_file():
            torch.save(_moment(shop, number, start, end, done[-1] if done else None), file.with_suffix(".tmp"))
            file.with_suffix(".tmp").rename(file)
        done.append(torch.load(file, weights_only=False))  # so that no two share a network
    return done


def _moment(shop: Shop, number: int, start: str, end: str, before: Learnt | None) -> Learnt:
    until, over = pd.Timestamp(start), pd.Timestamp(end)
    everybody = histories(shop.before(until), until)
    if before:
        (sasrec, towers), curves = before.networks, before.curves
    else:
        torch.manual_seed(0)
        sasrec, towers = recall.SASRec(shop.count, SIZE), recall.TwoTowers(shop.facts, SIZE)
        for network in (sasrec, towers):
            network.begin(recall.factors(everybody.matrix(shop.count), SIZE))
        curves = Curve(), Curve()
    train_sasrec(sasrec, everybody, 2 if before else 6, seed=number, curve=curves[0])
    train_towers(towers, everybody, 10 if before else 40, seed=number, curve=curves[1])
    after = shop.rows[(shop.rows["time"] >= until) & (shop.rows["time"] < over)]
    users = np.intersect1d(everybody.names, after["user_id"])
    moment = Moment(
        shop.stats(until),
        {
            name: recall.Channel(scorer, shop.count, COUNT)
            for name, scorer in scorers(shop, until, sasrec, towers).items()
        },
        everybody.rows(np.searchsorted(everybody.names, users)),
        taken(after, users, shop.count),
    )
    return Learnt(moment, candidates(moment, shop.count), (sasrec, towers), curves)


def scorers(shop: Shop, until: pd.Timestamp, sasrec: nn.Module, towers: nn.Module) -> dict[str, nn.Module]:
    """Channel -> what scores its items."""
    sold = shop.interactions(until)
    popular = shop.buyers(until, POPULAR) + 1e-4 * shop.buyers(until, 10_000)  # of as many lately, the older one
    words = (shop.words @ shop.words.T).toarray().astype(np.float32)
    np.fill_diagonal(words, 0)
    near = {
        "ease": recall.ease(sold),
        "recent": recall.ease(shop.interactions(until, RECENT), recall.L2 / 3),
        "item-cf": recall.item_cf(sold),
        "swing": recall.swing(sold),
        "titles": words,
    }
    made: dict[str, nn.Module] = {name: recall.Neighbours(*recall.largest(one, KEPT)) for name, one in near.items()}
    made |= {"towers": towers, "sasrec": sasrec, "popular": Popular(popular)}
    return {name: made[name] for name in CHANNELS}


# --- candidates -----------------------------------------------------------------------------------------------------


@dataclass
class Candidates:
    """What recall hands over of each user: the union of the channels and what he took before.

    Args:
        items: int64 (users, most), padding -1. ranks: float32 (users, most, channels), COUNT where a channel has it
            not.
        own: bool, taken before. labels: bool, taken afterwards.
    """

    items: np.ndarray
    ranks: np.ndarray
    own: np.ndarray
    labels: np.ndarray


def lists(channels: Mapping[str, recall.Channel], known: Histories) -> tuple[np.ndarray, np.ndarray]:
    """Of every user and channel the best items (users, channels, COUNT), and the ranks of the own (…, history)."""
    size = (len(known), len(channels))
    best = np.full((*size, next(iter(channels.values())).count), 0)
    own = np.full((*size, known.items.shape[1]), 0)
    by_length = np.argsort((known.items >= 0).sum(1), kind="stable")  # so that few are padded much
    with torch.no_grad():
        for users in np.array_split(by_length, len(known) // 64 + 1):
            some = known.rows(users)
            items, ages = torch.from_numpy(some.items), torch.from_numpy(some.ages)
            for place, channel in enumerate(channels.values()):
                found = channel(items, ages)
                best[users, place] = found["best"].numpy()
                own[users, place, -items.shape[1] :] = found["own"].numpy()
    return best, own


def candidates(moment: Moment, count: int) -> Candidates:
    """The union of all lists. count: how many items there are."""
    best, own = lists(moment.channels, moment.known)
    rows = []
    for user in range(len(best)):
        ranks = np.full((count, len(CHANNELS)), COUNT, np.float32)
        for channel, found in enumerate(best[user]):
            ranks[found, channel] = np.arange(COUNT)
        items = moment.known.items[user]
        mine = items[items >= 0]
        chosen = np.union1d(np.flatnonzero((ranks < COUNT).any(1)), mine)
        ranks[mine] = np.minimum(own[user][:, items >= 0].T, COUNT)
        rows.append((chosen, ranks[chosen], np.isin(chosen, mine), moment.truth[user, chosen]))
    most = max(len(row[0]) for row in rows)
    return Candidates(*(_padded([row[part] for row in rows], most, -1 if part == 0 else 0) for part in range(4)))


def _padded(rows: Sequence[np.ndarray], most: int, value: int) -> np.ndarray:
    filled = np.full((len(rows), most, *rows[0].shape[1:]), value, rows[0].dtype)
    for place, row in enumerate(rows):
        filled[place, : len(row)] = row
    return filled


def merge_weights(found: Sequence[Candidates]) -> np.ndarray:
    """How much each channel's log rank speaks against an item that is new to its user: float64 (channels,)."""
    new = [(one.items >= 0) & ~one.own for one in found]
    ranks = np.concatenate([np.log1p(one.ranks[rows]) for one, rows in zip(found, new, strict=True)])
    labels = np.concatenate([one.labels[rows] for one, rows in zip(found, new, strict=True)])
    return -LogisticRegression(max_iter=500).fit(ranks, labels).coef_[0]


def scattered(some: np.ndarray, scores: np.ndarray, count: int) -> np.ndarray:
    """Scores of candidates as scores of all items, the lowest for the rest: (users, count). some: padding -1."""
    found = np.full((len(some), count + 1), -np.inf)
    np.put_along_axis(found, some, scores, 1)
    return found[:, :count]


# --- ranking --------------------------------------------------------------------------------------------------------


def batches(
    moment: Moment, found: Candidates, size: int, sampled: int, draw: np.random.Generator
) -> Iterator[tuple[dict[str, Tensor], Tensor, Tensor]]:
    """(inputs, labels, weights) of some users each: all that they took and a sample of what they did not."""
    for rows in np.array_split(draw.permutation(len(found.items)), max(1, len(found.items) // size)):
        known = moment.known.rows(rows)
        keys = draw.random(found.items[rows].shape) + found.labels[rows] - 2 * (found.items[rows] < 0)
        chosen = np.argsort(-keys, axis=1)[:, :sampled]
        part = {name: np.take_along_axis(getattr(found, name)[rows], chosen, 1) for name in ("items", "labels")}
        ranks = np.take_along_axis(found.ranks[rows], chosen[:, :, None], 1)
        real = part["items"] >= 0
        negatives = ((found.items[rows] >= 0) & ~found.labels[rows]).sum(1)
        kept = np.maximum((real & ~part["labels"]).sum(1), 1)
        weights = np.where(part["labels"], 1.0, (negatives / kept)[:, None]) * real
        yield inputs_of(known, part["items"], ranks), _tensor(part["labels"]), _tensor(weights)


def inputs_of(known: Histories, items: np.ndarray, ranks: np.ndarray) -> dict[str, Tensor]:
    """What a ranker reads."""
    return {
        "items": torch.from_numpy(known.items),
        "ages": torch.from_numpy(known.ages),
        "times": torch.from_numpy(known.times),
        "candidates": torch.from_numpy(items),
        "ranks": torch.from_numpy(ranks),
    }


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).float()


def features_of(stats: np.ndarray) -> Features:
    """Of the items as they stood at a moment."""
    groups = list(CHANNELS.values())
    return Features({group: groups.count(group) for group in GROUPS}, stats)


def standardise(known: Features, moment: Moment, found: Candidates) -> None:
    """Set the means and deviations, of the candidates of a moment."""
    draw, values = np.random.default_rng(0), []
    for inputs, _, weights in batches(moment, found, 32, 256, draw):
        values.append(known.raw(**inputs)[weights > 0])
    everything = torch.cat(values)
    known.center.copy_(everything.mean(0))
    known.scale.copy_(everything.std(0).clamp(min=1e-3))


Score = Callable[..., Tensor]


def train_ranker(
    model: Coarse | Fine, learnt: Sequence[tuple[Moment, Candidates]], epochs: int, seed: int = 0, rate: float = 2e-3,
    teacher: Score | None = None, share: float = 0.9, curve: Curve | None = None,
) -> None:  # fmt: skip
    """By cross-entropy of what is bought; with a teacher, by the squared distance to its logits too.

    Args:
        teacher: inputs -> logits. share: of the teacher in the loss (Meituan's score distillation).
    """
    torch.manual_seed(seed)
    curve = curve or Curve()
    curve.begin()
    draw = np.random.default_rng(seed)
    steps = epochs * sum(len(found.items) // 8 for _, found in learnt)
    optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + epochs * len(learnt) + 1)
    model.train()
    for _ in range(epochs):
        for moment, found in learnt:
            model.features.stats.copy_(torch.from_numpy(moment.stats))
            for inputs, labels, weights in batches(moment, found, 8, 256, draw):
                logits = logits_of(model, inputs)
                loss = nn.functional.binary_cross_entropy_with_logits(logits, labels, weights) / weights.mean()
                if teacher is not None:
                    with torch.no_grad():
                        told = teacher(inputs)
                    apart = (logits - told) ** 2 * (weights > 0)
                    loss = (1 - share) * loss + share * apart.mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                curve.add(loss)
        curve.end_epoch()
    model.eval()


def logits_of(model: Coarse | Fine, inputs: Mapping[str, Tensor]) -> Tensor:
    """Float32 (batch, candidates). In training each group of the fine ranker's features is left out now and then."""
    if isinstance(model, Coarse):
        return model(**inputs)["logits"]
    kept = torch.rand(len(inputs["items"]), 1, len(GROUPS)) > (0.05 if model.training else -1)
    return model(**inputs, known=kept.float())["logits"][:, 0]


def scores(model: Coarse | Fine, moment: Moment, found: Candidates) -> np.ndarray:
    """Logits of all candidates: float32 (users, most)."""
    model.features.stats.copy_(torch.from_numpy(moment.stats))
    told = []
    with torch.no_grad():
        for start in range(0, len(found.items), 8):
            rows = np.arange(start, min(start + 8, len(found.items)))
            inputs = inputs_of(moment.known.rows(rows), found.items[rows], found.ranks[rows])
            told.append(logits_of(model, inputs).numpy())
    return np.where(found.items >= 0, np.concatenate(told), -np.inf)


def train_reranker(
    model: Reranker, fine: Fine, learnt: Sequence[tuple[Moment, Candidates]], epochs: int, seed: int = 0,
    curve: Curve | None = None,
) -> None:  # fmt: skip
    """By the cross-entropy of what is bought over the list that the fine ranker has made (PRM, eq. 6)."""
    torch.manual_seed(seed)
    curve = curve or Curve()
    curve.begin()
    items, logits, labels = (torch.cat(parts) for parts in zip(*(_lists(fine, *one) for one in learnt), strict=True))
    some = labels.sum(1) > 0
    items, logits, labels = items[some], logits[some], labels[some]
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=1e-2)
    model.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(items)).split(64):
            log_shares = model(items[rows], logits[rows])["scores"].log_softmax(1)
            loss = -((log_shares * labels[rows]).sum(1) / labels[rows].sum(1)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            curve.add(loss)
        curve.end_epoch()
    model.eval()


def _lists(fine: Fine, moment: Moment, found: Candidates) -> tuple[Tensor, Tensor, Tensor]:
    """Of each user the best candidates, the best first: items, logits, labels (users, LIST)."""
    told = np.where(found.own, -np.inf, scores(fine, moment, found))
    order = np.argsort(-told, axis=1)[:, :LIST]
    parts = (found.items, told.astype(np.float32), found.labels.astype(np.float32))
    items, logits, labels = (torch.from_numpy(np.take_along_axis(part, order, 1)) for part in parts)
    return items, logits, labels


class Funnel(nn.Module):
    """All graphs of a shop's recommender, and how channels are merged."""

    def __init__(
        self,
        shop: Shop,
        channels: Mapping[str, recall.Channel],
        coarse: Coarse,
        fine: Fine,
        reranker: Reranker,
        merge: np.ndarray,
    ) -> None:
        super().__init__()
        self.shop = shop
        self.channels = nn.ModuleDict(channels)
        self.coarse, self.fine, self.reranker = coarse, fine, reranker
        self.register_buffer("merge", torch.from_numpy(merge.astype(np.float32)))

    merge: Tensor

    @property
    def recalls(self) -> dict[str, recall.Channel]:
        """Channel by its name."""
        return {name: channel for name, channel in self.channels.items() if isinstance(channel, recall.Channel)}


def untrained(shop: Shop, kept: int = KEPT, count: int = COUNT) -> Funnel:
    """With the shapes of a trained one."""
    none = np.zeros((shop.count, min(kept, shop.count)))
    near: dict[str, nn.Module] = {name: recall.Neighbours(none, none) for name in SIMILAR}
    near |= {"towers": recall.TwoTowers(shop.facts, SIZE), "sasrec": recall.SASRec(shop.count, SIZE)}
    near["popular"] = Popular(np.zeros(shop.count, np.float32))
    channels = {name: recall.Channel(near[name], shop.count, min(count, shop.count // 2)) for name in CHANNELS}
    stats = shop.stats(pd.Timestamp(TEST[0]))
    return Funnel(
        shop,
        channels,
        Coarse(features_of(stats)),
        Fine(features_of(stats), shop.count),
        Reranker(shop.facts),
        np.zeros(len(CHANNELS)),
    )


def train(folder: Path, shop: Shop) -> Funnel:
    """The funnel of the test's moment, trained or loaded."""
    runs.require(folder)
    file = folder / "model.safetensors"
    if file.is_file():
        model = untrained(shop)
        load_model(model, file)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        model = _trained(folder, shop)
        save_model(model, str(file))
    for part in PARTS:
        runs.record(folder / part, json.loads((folder / part / runs.HISTORY_FILE).read_text(encoding="utf-8")))
    return model.eval()


def _trained(folder: Path, shop: Shop) -> Funnel:
    """All of it; what each part learnt from and how it went is written beside."""
    torch.manual_seed(0)
    model, curves = untrained(shop), {part: Curve() for part in PARTS}
    done = moments(shop, folder)
    last, learnt = done[-1], [(one.moment, one.found) for one in done[:-1]]
    curves["sasrec"], curves["towers"] = last.curves
    tried = tries(folder, shop, learnt)
    epochs = {"fine": max(LENGTHS, key=lambda length: tried[str(length)]), "coarse": 3, "reranker": 10}
    fine, coarse = model.fine, model.coarse
    for ranker in (fine, coarse):
        standardise(ranker.features, *learnt[-1])
    train_ranker(fine, learnt, epochs["fine"], rate=RATE, curve=curves["fine"])
    train_ranker(coarse, learnt, epochs["coarse"], curve=curves["coarse"],
                 teacher=lambda inputs: logits_of(fine, inputs))  # fmt: skip
    train_reranker(model.reranker, fine, learnt, epochs["reranker"], curve=curves["reranker"])
    for ranker in (fine, coarse):
        ranker.features.stats.copy_(torch.from_numpy(last.moment.stats))
    weights = merge_weights([found for _, found in learnt])
    trained = Funnel(shop, last.moment.channels, coarse, fine, model.reranker, weights)
    until = pd.Timestamp(TEST[0])
    sold = [{"items": row} for row in histories(shop.before(until), until).items]
    ranked = [{"items": items, "labels": labels} for _, found in learnt
              for items, labels in zip(found.items, found.labels, strict=True)]  # fmt: skip
    networks = dict(zip(PARTS, (*last.networks, coarse, fine, model.reranker), strict=True))
    for part, network in networks.items():
        settings: dict[str, Any] = {"moments": [*MOMENTS, TEST], "epochs": epochs.get(part)}
        if part == "fine":
            settings |= {"learning_rate": RATE, "tried_ndcg_10": tried}
        _write_run(folder / part, network, sold if part in ("sasrec", "towers") else ranked, settings, curves[part])
    return trained


def _write_run(
    folder: Path, network: nn.Module, rows: Sequence[runs.Example], settings: Mapping[str, Any], curve: Curve
) -> None:
    """run.json and history.json of a part, as those of a run of `fit`."""
    folder.mkdir(parents=True, exist_ok=True)
    run = runs.description(network, rows, (), settings, None)
    del run["examples"]["valid"]
    runs.write(folder / runs.RUN_FILE, run)
    log = [*curve.rows, {"train_runtime": curve.seconds}]
    runs.write(folder / runs.HISTORY_FILE, {"settings": {"metric": "loss"}, "best": curve.rows[-1]["loss"], "log": log})


def tries(folder: Path, shop: Shop, learnt: Sequence[tuple[Moment, Candidates]]) -> dict[str, float]:
    """NDCG@10 of what is new, at the last moment before the test, of a fine ranker trained on those before it.

    Returns: length of the training in epochs -> NDCG@10; "merged": of the merged channels. Kept in a file.
    """
    file = folder / "tries.json"
    known: dict[str, float] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    *before, (moment, found) = learnt
    new = moment.truth & (moment.known.matrix(shop.count) == 0)

    def measured(told: np.ndarray) -> float:
        listed = top(scattered(found.items, np.where(found.own, -np.inf, told), shop.count), 10)
        return round(float(np.nanmean(ndcg(listed, new))), 5)

    weights = merge_weights([one for _, one in before])
    known["merged"] = measured(np.where(found.items >= 0, np.log1p(found.ranks) @ -weights, -np.inf))
    for length in LENGTHS:
        if str(length) not in known:
            torch.manual_seed(0)
            model = Fine(features_of(moment.stats), shop.count)
            standardise(model.features, *before[-1])
            train_ranker(model, before, length, rate=RATE)
            known[str(length)] = measured(scores(model, moment, found))
            runs.write(file, known)
    return known


def returning(shop: Shop) -> tuple[Histories, np.ndarray]:
    """Who came back in the weeks of the test: what they had taken, and what they took then (bool)."""
    until, over = (pd.Timestamp(day) for day in TEST)
    after = shop.rows[(shop.rows["time"] >= until) & (shop.rows["time"] < over)]
    everybody = histories(shop.before(until), until)
    users = np.intersect1d(everybody.names, after["user_id"])
    return everybody.rows(np.searchsorted(everybody.names, users)), taken(after, users, shop.count)


if __name__ == "__main__":
    train(FOLDER, Shop())
