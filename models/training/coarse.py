"""The coarse ranker of short videos as a ladder: what each step of distillation from the fine ranker brings.

`python -m models.training.coarse` trains what is not trained yet, prints the ladder and writes it beside the
checkpoints. A step keeps all that the steps before it have: clicks and long views among what was shown; what was not
shown as negatives; the order of the fine ranker's list; its scores; its last hidden layer by a contrast (CIT, Guo et
al. 2022, arXiv 2207.03073); then the widths of the network (models/training/width_search.py).

Two measures, which part company: how much of the fine ranker's top K the coarse one has in its own, and how much of
what the user then clicked or viewed long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor, nn
from torch.nn import functional
from transformers import EvalPrediction

from models.ranking import CoarseRanker, Cold, FineRanker, TwoTowers
from models.training import fit, funnel_video, runs, width_search
from models.training.funnel_video import Collate, Rows, sigmoid
from models.training.video_features import CHEAP, DAYS, Requests, World, names, unexposed
from models.training.width_search import WIDTHS, Searched, Widths

CANDIDATES, LISTS, FIRST_DAY = 10, 40_000, 5  # of the training lists; earlier days know too little of users
SHOWN, UNEXPOSED, USERS = 20, 300, 1_500  # of the test lists; SHOWN at most
CUTS = (10, 20, 50, 100)
HEAD, TAIL = 3, 4  # of the fine ranker's order: better than the tail
SETTINGS = fit.Settings(
    epochs=3,
    batch_size=256,
    learning_rate=3e-3,
    weight_decay=1e-4,
    warmup_fraction=0.1,
    metric="gauc",
    group_by_length=False,
    extra={"per_device_eval_batch_size": 1024},
)
SEARCHED = "searched"  # the rung above the last one: its widths were
SEARCH = "coarse-search"  # the run that did it
Kind = Literal["towers", "cold"]


@dataclass(frozen=True)
class Rung:
    """What a student learns from; the weights of the losses beside the hard labels."""

    name: str
    unexposed: bool = False
    order: float = 0.0
    score: float = 0.0  # lambda
    contrast: float = 0.0


RUNGS = (
    Rung("hard labels"),
    Rung("unexposed", unexposed=True),
    Rung("list", unexposed=True, order=1.0),
    Rung("score", unexposed=True, order=1.0, score=1.0),
    Rung("contrast", unexposed=True, order=1.0, score=1.0, contrast=0.1),
)


# --- lists ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lists:
    """A user's candidates in one scene: what he was shown, then what he was not; bool (lists, candidates) each."""

    rows: Rows
    shown: np.ndarray
    good: np.ndarray  # clicked or viewed long


def draw(
    world: World, chosen: np.ndarray, most: int, size: int, drawn: int, by_day: bool, popular: bool = False
) -> Lists:
    """Lists of users drawn by lot, each in the scene and at the hour of its first row.

    Args:
        chosen: bool (rows), the rows of the log that they are of.
        most: how many lists.
        size: how many shown videos a list has at most; the rest of its places are empty (video 0).
        drawn: how many others are added, of those shown to anyone on that day.
        by_day: a list for each day of a user; else one for all days together, as on the first of them. (Nothing that
            comes after the training split is counted, so that each day after it sees the same.)
        popular: the others are drawn as often as they were shown, not evenly.
    """
    rng = np.random.default_rng(0)
    rows = np.flatnonzero(chosen)
    user, tab = world.requests.user, world.requests.tab
    day = world.requests.day if by_day else np.full(len(user), world.requests.day[rows].min())
    keys = user[rows] * DAYS + day[rows]
    order = np.argsort(keys, kind="stable")  # the rows are in the order of time
    groups = np.split(rows[order], np.flatnonzero(np.diff(keys[order])) + 1)
    groups = [groups[place] for place in np.sort(rng.permutation(len(groups))[:most])]
    groups = [group[tab[group] == tab[group[0]]] for group in groups]
    first = np.array([group[0] for group in groups])

    good_rows = world.labels[:, :2].max(1) > 0
    videos, good = np.zeros((len(groups), size), np.int64), np.zeros((len(groups), size), bool)
    for place, group in enumerate(groups):
        kept = {int(world.video[row]): bool(good_rows[row]) for row in group[:size]}
        videos[place, : len(kept)], good[place, : len(kept)] = list(kept), list(kept.values())

    seen: dict[int, set[int]] = {}
    for who, what in zip(user[rows].tolist(), world.video[rows].tolist(), strict=True):
        seen.setdefault(who, set()).add(what)
    others = np.empty((len(groups), drawn), np.int64)
    for at in np.unique(day[first]):
        here = np.flatnonzero(day[first] == at)
        pool, times = np.unique(world.video[rows[day[rows] == at]], return_counts=True)
        users = [seen[who] for who in user[first[here]].tolist()]
        others[here] = unexposed(users, pool, drawn, rng, times if popular else None)
    requests = Requests(user[first], tab[first], world.requests.hour[first], day[first])
    empty = np.zeros((len(groups), drawn), bool)
    return Lists(
        Rows(world, requests, np.concatenate([videos, others], 1)),
        np.concatenate([videos > 0, empty], 1),
        np.concatenate([good, empty], 1),
    )


def value(logits: np.ndarray) -> np.ndarray:
    """What the fine ranker orders by: log-odds of the mean of p(click) and p(long view), (…, tasks) -> (…)."""
    mean = np.clip(sigmoid(logits[..., :2]).mean(-1), 1e-4, 1 - 1e-4)
    return np.log(mean / (1 - mean))


@dataclass(frozen=True)
class Start:
    """What every student begins with."""

    world: World
    lists: Lists
    train: np.ndarray  # of lists
    valid: np.ndarray
    fine: FineRanker
    teacher: Path | None  # its run

    @cached_property
    def targets(self) -> Mapping[str, np.ndarray]:
        """What the loss reads, a row for each list; the fine ranker is asked when a student is first trained."""
        answers = funnel_video.predict(self.fine, self.lists.rows, np.arange(len(self.lists.shown)))
        return {
            "labels": self.lists.good.astype(np.float32),
            "shown": self.lists.shown,
            "teacher": value(answers["logits"]).astype(np.float32),
            "teacher_hidden": answers["hidden"].astype(np.float16),
        }

    def collate(self, examples: Sequence[fit.Example]) -> dict[str, Tensor]:
        """Examples as a batch."""
        return Collate(self.lists.rows, self.targets)(examples)


def begin(world: World, fine: FineRanker, teacher: Path | None = None, most: int = LISTS) -> Start:
    """Draw the training lists. The fine ranker is not changed."""
    recent = world.train & (world.requests.day >= FIRST_DAY)
    lists = draw(world, recent, most, CANDIDATES // 2, CANDIDATES // 2, by_day=True)
    last = lists.rows.requests.day == lists.rows.requests.day.max()
    return Start(world, lists, np.flatnonzero(~last), np.flatnonzero(last), fine, teacher)


# --- training -------------------------------------------------------------------------------------------------------


class Distillation(nn.Module):
    """The loss of a rung. shown, labels, teacher: (lists, candidates); teacher_hidden: (lists, candidates, size)."""

    def __init__(self, model: CoarseRanker, rung: Rung, hidden: int, teacher_hidden: int) -> None:
        super().__init__()
        self.model, self.rung = model, rung
        self.project = nn.Linear(hidden, teacher_hidden) if rung.contrast else None

    def forward(
        self, labels: Tensor, shown: Tensor, teacher: Tensor, teacher_hidden: Tensor, **inputs: Tensor
    ) -> dict[str, Tensor]:
        outputs = self.model(**inputs)
        scores, there = outputs["logits"], (inputs["item_ids"][..., 0] > 0).float()
        hard = functional.binary_cross_entropy_with_logits(scores, labels, reduction="none")
        weight = there if self.rung.unexposed else shown.float()
        loss = (hard * weight).sum() / weight.sum().clamp(min=1)
        if self.rung.order:
            loss = loss + self.rung.order * order(scores, teacher, there)
        if self.rung.score:
            apart = (centred(scores, there) - centred(teacher, there)) ** 2
            loss = loss + self.rung.score * (apart * there).sum() / there.sum()
        if self.project is not None:
            rows = there.bool() & (torch.arange(len(there), device=there.device) < 64)[:, None]
            loss = loss + self.rung.contrast * contrast(
                self.project(outputs["hidden"][rows]), teacher_hidden[rows].float()
            )
        if isinstance(self.model, Searched):
            loss = loss + self.model.search.price()
        return {"loss": loss, "logits": scores.masked_fill(there < 1, -1e4)}


def centred(scores: Tensor, there: Tensor) -> Tensor:
    """Less the mean of its list: only what is left orders the list, and unexposed negatives may move the mean."""
    return scores - (scores * there).sum(1, keepdim=True) / there.sum(1, keepdim=True).clamp(min=1)


def order(scores: Tensor, teacher: Tensor, there: Tensor) -> Tensor:
    """List distillation: each of the head of the teacher's list before each of its tail, a logistic loss of pairs."""
    place = teacher.masked_fill(there < 1, -torch.inf).argsort(1, descending=True).argsort(1)
    count = there.sum(1, keepdim=True)
    head, tail = (place < HEAD).float(), ((place >= count - TAIL) & (place >= HEAD)).float() * there
    pairs = head[:, :, None] * tail[:, None]  # (B, C, C)
    return (functional.softplus(scores[:, None] - scores[:, :, None]) * pairs).sum() / pairs.sum().clamp(min=1)


def contrast(student: Tensor, teacher: Tensor, tau: float = 0.1) -> Tensor:
    """InfoNCE: a student's state finds the teacher's of the same candidate among all, (candidates, size) each."""
    logits = functional.normalize(student, dim=1) @ functional.normalize(teacher, dim=1).T / tau
    return functional.cross_entropy(logits, torch.arange(len(logits), device=logits.device))


def metrics(prediction: EvalPrediction) -> dict[str, float]:
    """The mean AUC of the lists: what was clicked or viewed long against all else."""
    good, scores = np.asarray(prediction.label_ids) > 0, np.asarray(prediction.predictions)
    there = scores > -1e4
    mixed = good.any(1)
    ranks = rankdata(scores[mixed], axis=1) - (~there[mixed]).sum(1, keepdims=True)
    yes, no = good[mixed].sum(1), (there & ~good)[mixed].sum(1)
    above = (ranks * good[mixed]).sum(1) - yes * (yes + 1) / 2
    return {"gauc": float((above / (yes * no)).mean())}


def build(start: Start, kind: Kind, widths: Sequence[int] = (64, 32), search: Widths | None = None) -> CoarseRanker:
    """An untrained student."""
    torch.manual_seed(0)
    pair = CHEAP if kind == "cold" else 0
    config = replace(funnel_video.config(start.lists.rows, pair), embedding=4, user_embedding=2)
    if search is not None:
        return Searched(config, search)
    return Cold(config, widths) if kind == "cold" else TwoTowers(config, widths)


def train(start: Start, model: CoarseRanker, rung: Rung, name: str) -> CoarseRanker:
    """Train a student, or load a finished one."""
    with torch.no_grad():
        funnel_video.prepare(model, start.lists.rows, start.train)
    objective = Distillation(model, rung, model.size, start.fine.heads.numel())
    made_of = f"{start.world.digest} {rung} {HEAD} {TAIL} {CANDIDATES} {FIRST_DAY} {width_search.PRICE}"
    fit.fit(
        objective,
        funnel_video.examples(start.train, made_of),
        funnel_video.examples(start.valid, made_of),
        funnel_video.FOLDER / name,
        SETTINGS,
        metrics,
        start.collate,
        follows=start.teacher,
    )
    return model


@dataclass(frozen=True)
class Student:
    """A coarse ranker on its rung.

    Args:
        searched: of the one whose widths were searched, these, and the milliseconds of a layer of each first width, and
            of each second after each first.
    """

    kind: Kind
    rung: str
    model: CoarseRanker
    searched: tuple[tuple[int, int], np.ndarray, np.ndarray] = ((0, 0), np.zeros(0), np.zeros((0, 0)))

    @property
    def name(self) -> str:
        """Of kind and rung."""
        return f"{self.kind}, {self.rung}"


def students(start: Start, size: int) -> Iterator[Student]:
    """The whole ladder, each trained or loaded. size: of the lists that the times of the widths are measured on."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    for kind in kinds:
        for rung in RUNGS:
            yield Student(kind, rung.name, train(start, build(start, kind), rung, folder_of(kind, rung.name)))
    first, second = (np.zeros(shape) for shape in (len(WIDTHS[0]), (len(WIDTHS[0]), len(WIDTHS[1]))))
    if not runs.finished(funnel_video.FOLDER / SEARCH):  # a run that is only loaded brings its own times
        first, second = width_search.layer_times(build(start, "cold").right + CHEAP, size)
    search = Widths(first, second)
    train(start, build(start, "cold", search=search), RUNGS[-1], SEARCH)
    widths = search.chosen()
    model = train(start, build(start, "cold", widths), RUNGS[-1], folder_of("cold", SEARCHED))
    yield Student("cold", SEARCHED, model, (widths, search.first.numpy(), search.second.numpy()))


def folder_of(kind: Kind, rung: str) -> str:
    """Of a run."""
    return f"coarse-{kind}-{rung.replace(' ', '-')}"


# --- figures --------------------------------------------------------------------------------------------------------


def recalls(scores: np.ndarray, wanted: np.ndarray, cut: int) -> np.ndarray:
    """Of each list, the share of what is wanted among its first ``cut``, (lists). wanted: bool (lists, candidates).

    Equal scores are ordered by lot: by their places, what was shown would come first.
    """
    top = np.lexsort((np.random.default_rng(0).random(scores.shape), -scores), axis=1)[:, :cut]
    return np.take_along_axis(wanted, top, 1).sum(1) / np.maximum(wanted.sum(1), 1)


def interval(values: np.ndarray, over: np.ndarray | None = None, samples: int = 1_000) -> tuple[float, float, float]:
    """The mean over users and its 95 % bootstrap interval; with ``over``, of the ratio of the two means."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(values), (samples, len(values)))
    whole = np.ones(samples) if over is None else over[drawn].mean(1)
    means = values[drawn].mean(1)[whole > 0] / whole[whole > 0]
    low, high = np.percentile(means, (2.5, 97.5)).tolist()
    return float(values.mean() / (1 if over is None else over.mean())), low, high


def report(lists: Lists, fine: np.ndarray, students: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """For each ranker and K: recall of the fine one's top K and of what was good, and how much of the fine's it keeps.

    Args: scores float (lists, candidates) of the fine ranker and of each student.
    """
    there = lists.rows.videos > 0
    fine = np.where(there, fine, -np.inf)
    found: dict[str, dict[str, Any]] = {}
    for name, scores in {"fine": fine, **students}.items():
        scores = np.where(there, scores, -np.inf)
        rows: dict[str, Any] = {}
        for cut in CUTS:
            top = np.zeros_like(there)
            np.put_along_axis(top, np.argsort(-fine, axis=1, kind="stable")[:, :cut], True, 1)
            good, of_fine = recalls(scores, lists.good, cut), recalls(fine, lists.good, cut)
            rows[f"overlap@{cut}"] = interval(recalls(scores, top, cut))
            rows[f"positives@{cut}"] = interval(good)
            rows[f"kept@{cut}"] = interval(good, of_fine)
        found[name] = rows
    return found


def listed(world: World, popular: bool, most: int = USERS) -> Lists:
    """Of the test days: users who clicked or viewed long, with what they were shown and what they were not.

    Args: popular: see draw. What was shown was popular: drawn evenly, the rest is told from it by that alone.
    """
    test = (world.rows["split"] == "test").to_numpy()
    lists = draw(world, test, 3 * most, SHOWN, UNEXPOSED, by_day=False, popular=popular)
    some = np.flatnonzero(lists.good.any(1))[:most]
    rows = Rows(world, lists.rows.requests[some], lists.rows.videos[some])
    return Lists(rows, lists.shown[some], lists.good[some])


def main(folder: Path = funnel_video.FOLDER) -> None:
    """Climb the ladder, print it, and write it beside the checkpoints."""
    world = World.load()
    fine = funnel_video.train(funnel_video.shown(world))
    start = begin(world, fine, funnel_video.run_folder())
    tests = {"drawn evenly": listed(world, False), "drawn as often as shown": listed(world, True)}
    size = tests["drawn evenly"].shown.shape[1]
    one = tests["drawn evenly"].rows.inputs(np.arange(1))
    popularity = names()["item"].index("rows of video")
    scores = {name: {"popularity": lists.rows.numbers[1][..., popularity]} for name, lists in tests.items()}
    times = {"fine": width_search.measure(fine, one)}

    def ask(ranker: FineRanker | CoarseRanker, lists: Lists) -> np.ndarray:
        batch = 4_096 if isinstance(ranker, FineRanker) else 65_536
        return funnel_video.predict(ranker, lists.rows, np.arange(len(lists.shown)), batch)["logits"]

    climbed = list(students(start, size))
    for student in climbed:
        for test, lists in tests.items():
            scores[test][student.name] = ask(student.model, lists)
        times[student.name] = width_search.measure(student.model, one)
    widths, first, second = climbed[-1].searched

    ladder = {test: report(lists, value(ask(fine, lists)), scores[test]) for test, lists in tests.items()}
    for test, rows in ladder.items():
        for part in ("overlap", "positives", "kept"):
            columns = [f"{part}@{cut}" for cut in CUTS]
            means = {name: {column: row[column][0] for column in columns} for name, row in rows.items()}
            print(f"\n{test}\n\n{funnel_video.table(means)}")
    clock = {name: {"milliseconds": taken, "times as fast": times["fine"] / taken} for name, taken in times.items()}
    print(f"\n{funnel_video.table(clock)}\n\nwidths {widths}")
    runs.write(
        folder / "coarse.json",
        {
            "users": USERS,
            "unexposed": UNEXPOSED,
            "ladder": ladder,
            "times": clock,
            "widths": widths,
            "milliseconds of a layer": {"first": first.tolist(), "second": second.tolist()},
        },
    )


if __name__ == "__main__":
    main()
