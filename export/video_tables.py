"""The tables of the rankers of short videos: what their published graphs do on the test days. No torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from hub.card import Ranking
from hub.tasks.intervals import Interval
from hub.tasks.ranking import BASES, FINE, TREES, Impressions, Rankers, sigmoid
from hub.tasks.ranking.tables import Bin, Calibration, GapRow, LadderRow, QualityRow, Search, StepRow, Tables
from models.training import coarse, funnel_video
from models.training.coarse import Lists
from models.training.funnel_video import BINS, Rows
from models.training.video_features import TASKS, Requests, World, names

CUTS = (5, 10, 20, 50, 100, 200)
KEYS = {"user": ("request", "user"), "scene": ("request", "tab"), "video": ("item", "video")}  # arm -> what is counted
SAMPLES = 200  # of a bootstrap over users
TIMED = 60  # runs of a graph
OF_SCENE = 4  # impressions that are kept of each
FEW = 30  # users: a GAUC of fewer is none
KNOWN = 5  # videos that who is shown had viewed long


@dataclass(frozen=True)
class Measured:
    """What is measured, and on what.

    Args:
        trees: float64 (rows, tasks), LightGBM's logits of every row of the log. lists: of the test, by how what was not
            shown was drawn.
    """

    rankers: Rankers
    world: World
    trees: np.ndarray
    lists: Mapping[str, Lists]
    search: Search

    @property
    def ranking(self) -> Ranking:
        """What the card says."""
        return self.rankers.ranking

    def ask(self, variants: Sequence[str], rows: Rows, index: np.ndarray, most: int = 8_192) -> dict[str, np.ndarray]:
        """Logits of some lists by each ranker. most: candidates at a time."""
        step = max(1, most // rows.videos.shape[1])
        found: dict[str, list[np.ndarray]] = {variant: [] for variant in variants}
        for start in range(0, len(index), step):
            inputs = rows.inputs(index[start : start + step])
            feeds = self.rankers.whole({name: values.numpy() for name, values in inputs.items()})
            for variant, logits in found.items():
                logits += self.rankers.ask(variant, feeds)
        return {variant: np.concatenate(logits) for variant, logits in found.items()}


def every_table(measured: Measured) -> Tables:
    """All of them."""
    world = measured.world
    rows = funnel_video.shown(world)
    split = world.rows["split"].to_numpy()
    logits = np.full(measured.trees.shape, np.nan)
    held = np.flatnonzero(split != "train")
    logits[held] = measured.ask([FINE], rows, held)[FINE][:, 0]
    ladder, steps = ladders(measured)
    return Tables(
        rows=int((split == "test").sum()),
        quality=tuple(quality(rows, {FINE: logits, TREES: measured.trees})),
        gaps=tuple(gaps(world, logits, measured.trees)),
        calibration=tuple(calibrations(world, logits, measured.trees)),
        cuts=CUTS,
        lists=len(next(iter(measured.lists.values())).shown),
        candidates=next(iter(measured.lists.values())).shown.shape[1],
        ladder=ladder,
        steps=steps,
        milliseconds=milliseconds(measured),
        search=measured.search,
    )


# --- the fine ranker --------------------------------------------------------------------------------------------------


def quality(rows: Rows, arms: Mapping[str, np.ndarray]) -> Iterator[QualityRow]:
    """AUC and GAUC. arms: logits (rows, tasks) of those that are measured on every part."""
    world = rows.world
    parts = {name: chosen for name, chosen in funnel_video.parts(world).items() if chosen.any()}
    one_rate = {arm: np.stack([rate(rows, *KEYS[arm], task) for task in TASKS], 1) for arm in BASES}
    for part, chosen in parts.items():
        for arm, logits in {**arms, **(one_rate if part == "all" else {})}.items():
            found = funnel_video.figures(world, logits, chosen)
            _, users = np.unique(world.requests.user[chosen], return_inverse=True)
            for task, name in enumerate(TASKS):
                mixed = int((per_user(users, world.labels[chosen, task], logits[chosen, task])[1] > 0).sum())
                gauc = _finite(found[f"gauc {name}"]) if mixed >= FEW else None
                yield QualityRow(
                    arm=arm, part=part, task=name, rows=int(found["rows"]), users=mixed,
                    auc=_finite(found[f"auc {name}"]), gauc=gauc,
                )  # fmt: skip


def rate(rows: Rows, group: str, key: str, task: str) -> np.ndarray:
    """One feature alone: how often it came true of a key before the day."""
    request, item, _ = rows.numbers
    column = names()[group].index(f"{task} of {key}")
    return request[:, column] if group == "request" else item[:, 0, column]


def _finite(value: float) -> float | None:
    return round(value, 5) if np.isfinite(value) else None


def gaps(world: World, one: np.ndarray, other: np.ndarray) -> Iterator[GapRow]:
    """One arm above another on the test, with intervals over users."""
    test = np.flatnonzero(world.rows["split"] == "test")
    _, users = np.unique(world.requests.user[test], return_inverse=True)
    draw = np.random.default_rng(0)
    count = int(users.max()) + 1
    weights = [np.ones(count), *(np.bincount(draw.integers(0, count, count), minlength=count) for _ in range(SAMPLES))]
    for task, name in enumerate(TASKS):
        labels = world.labels[test, task]
        sides = [scores[test, task] for scores in (one, other)]
        within = [per_user(users, labels, scores) for scores in sides]
        auc, gauc = [], []
        for weight in weights:
            some = weight[users]
            first, second = (roc_auc_score(labels, scores, sample_weight=some) for scores in sides)
            auc.append(first - second)
            sizes = weight * within[0][1]
            gauc.append(float((sizes * (within[0][0] - within[1][0])).sum() / sizes.sum()))
        yield GapRow(task=name, auc=_drawn(auc), gauc=_drawn(gauc))


def per_user(users: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """AUC of each user, and his rows, both 0 where all his rows are of one class."""
    count = int(users.max()) + 1
    order = np.argsort(users, kind="stable")
    found, sizes = np.zeros(count), np.zeros(count)
    for rows in np.split(order, np.flatnonzero(np.diff(users[order])) + 1):
        yes = labels[rows].sum()
        no = len(rows) - yes
        if yes and no:
            above = rankdata(scores[rows])[labels[rows] > 0].sum() - yes * (yes + 1) / 2
            found[users[rows[0]]], sizes[users[rows[0]]] = above / (yes * no), len(rows)
    return found, sizes


def _drawn(values: Sequence[float]) -> Interval:
    """The first is the value, the others are of a bootstrap."""
    low, high = np.percentile(values[1:], (2.5, 97.5)).tolist()
    return Interval(value=round(values[0], 5), low=round(low, 5), high=round(high, 5))


def calibrations(world: World, logits: np.ndarray, trees: np.ndarray) -> Iterator[Calibration]:
    """Of each task, before and after the temperature that fits the days between, and of LightGBM."""
    split = world.rows["split"].to_numpy()
    valid, test = split == "valid", split == "test"
    for task, name in enumerate(TASKS):
        labels = world.labels[test, task]
        t = funnel_video.temperature(world.labels[valid, task], logits[valid, task])
        for arm, scores, by in (("raw", logits, 1.0), ("scaled", logits, t), (TREES, trees, 1.0)):
            said = sigmoid(scores[test, task] / by)
            bins = tuple(_bins(labels, said))
            yield Calibration(
                arm=arm, task=name, temperature=round(by, 4), bins=bins,
                ece=round(funnel_video.ece(labels, said), 5), divergence=round(divergence(bins), 6),
            )  # fmt: skip


def _bins(labels: np.ndarray, said: np.ndarray) -> Iterator[Bin]:
    places = np.minimum((said * BINS).astype(int), BINS - 1)
    for place in np.unique(places):
        rows = places == place
        yield Bin(said=round(float(said[rows].mean()), 5), happened=round(float(labels[rows].mean()), 5),
                  rows=int(rows.sum()))  # fmt: skip


def divergence(bins: Sequence[Bin]) -> float:
    """Mean KL of the rates of bins from what was said there, nats."""
    total = 0.0
    for one in bins:
        for rate_, said in ((one.happened, one.said), (1 - one.happened, 1 - one.said)):
            total += one.rows * rate_ * np.log(rate_ / said) if rate_ > 0 else 0.0
    return float(total / sum(one.rows for one in bins))


# --- the ladder -------------------------------------------------------------------------------------------------------


def ladders(measured: Measured) -> tuple[tuple[LadderRow, ...], tuple[StepRow, ...]]:
    """Every ranker over every list, and what each rung adds."""
    ladder: list[LadderRow] = []
    steps: list[StepRow] = []
    students = measured.ranking.students
    for drawn, lists in measured.lists.items():
        rows, there = lists.rows, lists.rows.videos > 0
        popularity = rows.numbers[1][..., names()["item"].index("rows of video")]
        scores = measured.ask([FINE, *(one.variant for one in students)], rows, np.arange(len(there)))
        fine = np.where(there, coarse.value(scores[FINE]), -np.inf)
        scores = {"popularity": popularity, **scores, FINE: fine}
        found = {name: np.where(there, of, -np.inf) for name, of in scores.items()}
        arrays = {name: _of_lists(of, fine, lists) for name, of in found.items()}
        for name, (overlap, positives) in arrays.items():
            ladder.append(
                LadderRow(
                    drawn=drawn, name=name, overlap=tuple(map(_mean, overlap)), positives=tuple(map(_mean, positives)),
                    kept=tuple(_mean(one, of) for one, of in zip(positives, arrays[FINE][1], strict=True)),
                )
            )  # fmt: skip
        for below, one in pairwise(students):
            if below.kind == one.kind:
                before, after = arrays[below.variant], arrays[one.variant]
                gained = [tuple(map(_mean, after[part] - before[part])) for part in (0, 1)]
                steps.append(StepRow(drawn=drawn, name=one.variant, before=below.variant,
                                     overlap=gained[0], positives=gained[1]))  # fmt: skip
    return tuple(ladder), tuple(steps)


def _of_lists(scores: np.ndarray, fine: np.ndarray, lists: Lists) -> tuple[np.ndarray, np.ndarray]:
    """Of each list the overlap with the fine ranker's first K, and the recall of what was good: (cuts, lists) each."""
    overlap, positives = [], []
    order = np.argsort(-fine, axis=1, kind="stable")
    for cut in CUTS:
        first = np.zeros(fine.shape, bool)
        np.put_along_axis(first, order[:, :cut], True, 1)
        overlap.append(coarse.recalls(scores, first & (lists.rows.videos > 0), cut))
        positives.append(coarse.recalls(scores, lists.good, cut))
    return np.stack(overlap), np.stack(positives)


def _mean(values: np.ndarray, over: np.ndarray | None = None) -> Interval:
    value, low, high = coarse.interval(values, over)
    return Interval(value=round(value, 5), low=round(low, 5), high=round(high, 5))


def milliseconds(measured: Measured) -> dict[str, float]:
    """Of one list, one thread: medians of runs that take turns."""
    lists = next(iter(measured.lists.values()))
    feeds = {name: values.numpy() for name, values in lists.rows.inputs(np.arange(1)).items()}
    feeds |= {f"{name}_vectors": measured.rankers.vectors(feeds[f"{name}_ids"][..., 0]) for name in ("item", "history")}
    calls: dict[str, Callable[[], object]] = {}
    for variant in (FINE, *(one.variant for one in measured.ranking.students)):
        session = measured.rankers.session(variant)
        calls[variant] = partial(session.run, session.cast(feeds), ["logits"])
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(TIMED):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if turn:  # the first allocates
                spent[name].append(time.perf_counter() - began)
    return {name: round(1_000 * float(np.median(one)), 4) for name, one in spent.items()}


# --- some impressions -------------------------------------------------------------------------------------------------


def impressions(world: World, ranking: Ranking) -> Impressions:
    """Some of each scene, half of them clicked, by lot among those of users of whom something is known."""
    draw = np.random.default_rng(0)
    test = (world.rows["split"] == "test").to_numpy()
    known = (world.histories(world.requests)[:, 1] > 0).sum(1) >= KNOWN
    chosen: list[int] = []
    for scene in ranking.scenes:
        here = test & (world.requests.tab == scene)
        for clicked in (True, False):
            some = here & ((world.labels[:, 0] > 0) == clicked)
            some = some & known if (some & known).sum() >= OF_SCENE // 2 else some
            chosen += draw.permutation(np.flatnonzero(some))[: OF_SCENE // 2].tolist()
    rows = np.array(chosen)
    asked, videos = world.requests[rows], world.video[rows][:, None]
    requests, pairs = [], []
    for scene in ranking.scenes:
        there = Requests(asked.user, np.full(len(rows), scene), asked.hour, asked.day)
        request, item, pair = world.features(there, videos)
        requests.append(request)
        pairs.append(pair[:, 0])
    return Impressions(
        scene=asked.tab,
        labels=world.labels[rows] > 0,
        user_ids=world.user_facts[asked.user],
        item_ids=world.item_facts[videos[:, 0]],
        history_ids=world.item_facts[world.histories(asked)],
        item=item[:, 0],
        request=np.stack(requests, 1),
        pair=np.stack(pairs, 1),
    )


def write(folder: Path, name: str, tables: Tables) -> None:
    """A file of them."""
    (folder / name).write_text(tables.model_dump_json() + "\n", encoding="utf-8")
