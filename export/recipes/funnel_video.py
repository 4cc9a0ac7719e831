"""Rankers of short videos: a fine one with gates and three heads, and the ladder of coarse ones that learn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from export import quantise, video_tables
from export.recipe import Graph, Recipe, Sizes, Tensors, Trained, Variant
from export.recipes import sources
from export.recipes.textcnn import ROUNDED
from export.runner import Subject
from export.video_tables import Measured
from hub import card
from hub.card import Metric, Paper, TensorSpec, Text
from hub.session import open_session
from hub.tasks.ranking import TASK, Rankers, impressions, tables
from hub.tasks.ranking.impressions import IMPRESSIONS_FILE
from hub.tasks.ranking.tables import TABLES_FILE, Search
from models.ranking import FineRanker, RankerConfig
from models.training import coarse, funnel_video
from models.training import video_features as features
from models.training.coarse import RUNGS, SEARCHED, Lists, Student
from models.training.video_features import HISTORIES, TASKS, World
from models.training.width_search import WIDTHS

DATASET, SPLIT = "rec_shortvideo_kuairand_impressions", "test"
FINE, LOOKUP = "fine", "vectors"
CUT = 20  # of the figures on the card
SHAPES: tuple[Sizes, ...] = (
    {"batch": 3, "candidates": 11, "events": 7},
    {"batch": 1, "candidates": 1, "events": 1},
    {"batch": 2, "candidates": 320, "events": 20},
)
NAMES = tuple(rung.name for rung in RUNGS)
LICENSE = sources.data("KuaiRand-Pure (Gao et al. 2022)", "https://kuairand.com", "CC BY-SA 4.0")


class Lookup(nn.Module):
    """The fixed vectors of the videos, in one table for all rankers."""

    def __init__(self, table: nn.Embedding) -> None:
        super().__init__()
        self.table = table

    def forward(self, ids: Tensor) -> dict[str, Tensor]:
        """int64 (batch, videos) -> vectors float32 (batch, videos, size)."""
        return {"vectors": self.table(ids)}


class Videos(nn.Module):
    """All rankers, and what they are measured on.

    Args:
        trees: float64 (rows, tasks), LightGBM's logits of every row of the log.
    """

    def __init__(
        self, fine: FineRanker, students: Sequence[Student], world: World, trees: np.ndarray, lists: Mapping[str, Lists]
    ) -> None:
        super().__init__()
        self.world, self.trees, self.lists = world, trees, lists
        self.ladder = tuple(students)
        self.fine = fine
        self.students = nn.ModuleDict({variant(one): one.model for one in students})
        table = fine.known.items.fixed
        assert table is not None
        self.lookup = Lookup(table)
        for one in students:
            one.model.known.items.fixed = table  # the same in all

    @property
    def ranking(self) -> card.Ranking:
        """What the card says."""
        test = (self.world.rows["split"] == "test").to_numpy()
        return card.Ranking(
            fine=FINE,
            vectors=LOOKUP,
            students=tuple(card.Student(variant=variant(one), kind=one.kind, rung=one.rung) for one in self.ladder),
            tasks=TASKS,
            histories=HISTORIES,
            scenes=tuple(
                tab for tab in funnel_video.SHOWN_SCENES if (test & (self.world.requests.tab == tab)).sum() >= CUT
            ),
            features={"request": names["request"], "item": names["item"], "pair": names["pair"]},
        )


names = {group: tuple(found) for group, found in features.names().items()}


def variant(student: Student) -> str:
    """The name of a student's file."""
    return f"{student.kind}-{student.rung.replace(' ', '-')}"


# --- graphs -----------------------------------------------------------------------------------------------------------


def inputs_of(config: RankerConfig, pair: int) -> tuple[TensorSpec, ...]:
    """What every ranker takes. pair: the numbers of a pair that there are; a coarse one reads the first alone."""
    users, facts, kinds = len(config.user_fields), len(config.item_fields), config.histories
    declared: list[tuple[str, str, tuple[str | int, ...], str]] = [
        ("user_ids", "int64", ("batch", users), "facts of the user, each by the number of its value"),
        ("request", "float32", ("batch", config.request), "numbers of user, scene and hour, as the card names them"),
        ("scene", "int64", ("batch",), "where the list is shown"),
        ("item_ids", "int64", ("batch", "candidates", facts), "facts of a candidate, its id first; 0: none"),
        ("item", "float32", ("batch", "candidates", config.item), "numbers of a candidate"),
        ("pair", "float32", ("batch", "candidates", pair), "numbers of candidate and request together"),
        ("history_ids", "int64", ("batch", kinds, "events", facts), "what the user has seen, the latest first"),
        ("history_mask", "float32", ("batch", kinds, "events"), "1; 0 where there is none"),
        ("item_vectors", "float32", ("batch", "candidates", config.vectors), "vectors of the candidates' ids"),
        ("history_vectors", "float32", ("batch", kinds, "events", config.vectors), "vectors of the history's ids"),
    ]
    return tuple(TensorSpec(name=name, dtype=dtype, shape=shape, meaning=meaning)  # type: ignore[arg-type]
                 for name, dtype, shape, meaning in declared)  # fmt: skip


def fine_outputs(config: RankerConfig) -> tuple[TensorSpec, ...]:
    """What the fine ranker gives."""
    return (
        TensorSpec(name="logits", dtype="float32", shape=("batch", "candidates", config.tasks), meaning=LOGITS),
        TensorSpec(name="gates", dtype="float32", shape=("batch", "candidates", config.tasks, config.experts),
                   meaning="how each task mixes the experts"),
        TensorSpec(name="attention", dtype="float32", shape=("batch", "candidates", config.histories, "events"),
                   meaning="how much each video of the past speaks for the candidate (DIN)"),
    )  # fmt: skip


LOGITS = "of each task, a sigmoid makes it a probability; of a coarse ranker one score to order by"
SCORE = TensorSpec(name="logits", dtype="float32", shape=("batch", "candidates"), meaning=LOGITS)
IDS = TensorSpec(name="ids", dtype="int64", shape=("batch", "candidates"), meaning="videos, 0: none")


def sample(config: RankerConfig, specs: Sequence[TensorSpec], sizes: Sizes) -> Tensors:
    """Inputs at random; the last of a history is missing where there is room."""
    draw = np.random.default_rng(sizes.get("seed", 0))
    fields = {"user_ids": config.user_fields, "item_ids": config.item_fields, "history_ids": config.item_fields}
    found: Tensors = {}
    for spec in specs:
        shape = tuple(sizes[axis] if isinstance(axis, str) else axis for axis in spec.shape)
        if spec.name in fields:
            found[spec.name] = torch.from_numpy(draw.integers(0, fields[spec.name], shape))
        elif spec.dtype == "int64":
            found[spec.name] = torch.from_numpy(
                draw.integers(0, config.item_fields[0] if spec.name == IDS.name else config.scenes, shape)
            )
        elif spec.name == "history_mask":
            mask = np.ones(shape, np.float32)
            mask[..., 1:] = draw.integers(0, 2, shape)[..., 1:]
            found[spec.name] = torch.from_numpy(mask)
        else:
            found[spec.name] = torch.from_numpy(draw.normal(size=shape).astype(np.float32))
    return found


def graphs(trained: Trained) -> tuple[Graph, ...]:
    """The fine ranker, its students, and the table of vectors."""
    model = trained.module
    assert isinstance(model, Videos)
    config = model.fine.config
    takes = inputs_of(config, config.pair)
    vectors = TensorSpec(name="vectors", dtype="float32", shape=("batch", "candidates", config.vectors),
                         meaning="videos that the same users viewed long are alike")  # fmt: skip
    declared: list[tuple[str, nn.Module, tuple[TensorSpec, ...], tuple[TensorSpec, ...]]] = [
        (FINE, model.fine, takes, fine_outputs(config)),
        *((name, student, takes, (SCORE,)) for name, student in model.students.items()),
        (LOOKUP, model.lookup, (IDS,), (vectors,)),
    ]
    return tuple(graph(config, *one) for one in declared)


def graph(
    config: RankerConfig, name: str, module: nn.Module, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]
) -> Graph:
    """A graph in one file."""
    return Graph(
        name=name,
        module=module,
        inputs=inputs,
        outputs=outputs,
        sample=lambda sizes: sample(config, inputs, sizes),
        example=SHAPES[0],
        shapes=SHAPES,
        variants=(Variant(name, quantise.stored, file=f"{name}.onnx"),),
        scaled=True,
    )


# --- what stands beside the graphs ------------------------------------------------------------------------------------


def card_of(trained: Trained, _: Path) -> dict[str, object]:
    """How the hub runs the graphs."""
    assert isinstance(trained.module, Videos)
    return {"ranking": trained.module.ranking}


def files(trained: Trained, folder: Path, _: Mapping[str, Subject]) -> None:
    """Write what the published graphs do on the test days, and some impressions to look at."""
    model = trained.module
    assert isinstance(model, Videos)
    sessions = {path.stem: open_session(path, 1) for path in folder.glob("*.onnx")}
    rankers = Rankers(model.ranking, sessions.__getitem__)
    widths, first, second = model.ladder[-1].searched
    search = Search(
        widths=widths, first=tuple(first.round(5).tolist()), second=tuple(map(tuple, second.round(5).tolist()))
    )
    measured = Measured(rankers, model.world, model.trees, model.lists, search)
    video_tables.write(folder, TABLES_FILE, video_tables.every_table(measured))
    impressions.write(folder / IMPRESSIONS_FILE, video_tables.impressions(model.world, model.ranking))


def metrics(folder: Path) -> tuple[Metric, ...]:
    """Of the finished files: how the fine ranker orders and says, and how much of it each student keeps."""
    found = tables.read(folder / TABLES_FILE)
    rows: dict[str, dict[str, float]] = {FINE: {}}
    for row in found.quality:
        if (row.arm, row.part) == (FINE, "all"):
            values = {f"auc_{row.task}": row.auc, f"gauc_{row.task}": row.gauc}
            rows[FINE] |= {name: value for name, value in values.items() if value is not None}
    rows[FINE]["ece_is_click"] = found.calibrated("scaled", TASKS[0]).ece
    place = found.cuts.index(CUT)
    for rung in found.ladder:
        if rung.drawn == "evenly" and rung.name not in (FINE, "popularity"):
            rows[rung.name] = {f"overlap_{CUT}": rung.overlap[place].value,
                               f"positives_{CUT}": rung.positives[place].value}  # fmt: skip
    return tuple(
        Metric(dataset=DATASET, split=SPLIT, metric=name, value=value, variant=variant)
        for variant, figures in rows.items()
        for name, value in figures.items()
    )


# --- training ---------------------------------------------------------------------------------------------------------


def train(_: Path) -> Trained:
    """Train in funnel_video.FOLDER, or load what is finished there, as `python -m models.training.coarse` does."""
    world = World.load()
    rows = funnel_video.shown(world)
    fine = funnel_video.train(rows)
    start = coarse.begin(world, fine, funnel_video.run_folder())
    lists = {"evenly": coarse.listed(world, False), "popular": coarse.listed(world, True)}
    students = list(coarse.students(start, lists["evenly"].shown.shape[1]))
    trees = np.stack([funnel_video.trees(rows, task) for task in range(len(TASKS))], 1)
    return Trained(Videos(fine, students, world, trees, lists))


def tiny(rungs: Sequence[str] = NAMES) -> Trained:
    """Untrained rankers of sixty videos, and a made-up log."""
    world = World(**made_up())
    rows = funnel_video.shown(world)
    torch.manual_seed(0)
    fine = FineRanker(replace(funnel_video.config(rows), scene=funnel_video.SCENE))
    with torch.no_grad():
        funnel_video.prepare(fine, rows, np.flatnonzero(world.train))
    start = coarse.begin(world, fine, most=20)
    first, second = (len(widths) for widths in WIDTHS)
    searched = ((8, 4), np.ones(first), np.ones((first, second)))
    kinds: tuple[coarse.Kind, ...] = get_args(coarse.Kind)
    students = [
        Student(kind, rung, coarse.build(start, kind, (8, 4)), searched)
        for kind in kinds
        for rung in (*rungs, *[SEARCHED] * (kind == "cold"))
    ]
    lists = {"evenly": coarse.listed(world, False), "popular": coarse.listed(world, True)}
    trees = np.random.default_rng(0).normal(size=world.labels.shape)
    return Trained(Videos(fine, students, world, trees, lists).eval())


def made_up(users: int = 12, videos: int = 60, rows: int = 600) -> dict[str, pd.DataFrame]:
    """The tables of a log of twelve days, for tests: even videos are clicked, odd ones are not."""
    draw = np.random.default_rng(0)
    video = draw.integers(0, videos, rows)
    day = np.sort(draw.integers(0, 12, rows))
    click = (video % 2 == 0).astype(int)
    shown = pd.DataFrame(
        {
            "user_id": draw.integers(0, users, rows),
            "video_id": video,
            "time_ms": np.arange(rows),
            "date": 20220425 + np.array([*range(6), *range(76, 82)])[day],  # from 25 April, over the end of the month
            "hour": draw.integers(0, 24, rows),
            "tab": draw.integers(0, 2, rows),
            "is_click": click,
            "long_view": click * draw.integers(0, 2, rows),
            "is_like": click * (draw.random(rows) < 0.3),
            "duration_ms": 1000 * (5 + video),
            "split": np.where(day < 8, "train", np.where(day < 10, "valid", "test")),
        }
    )
    history = pd.DataFrame(
        {
            "user_id": range(users - 2),  # two users have none
            "history_len": 3,
            "shown_seq": [np.array([user, user + 1, user + 2]) for user in range(users - 2)],
            "long_view_seq": [np.array([user + 1]) for user in range(users - 2)],
            "like_seq": [np.array([], int) for _ in range(users - 2)],
        }
    )
    items = pd.DataFrame(
        {
            "video_id": range(videos),
            "author_id": np.arange(videos) // 2,
            "upload_dt": "2022-04-10",
            "upload_type": "Web",
            "duration_ms": [np.nan, *range(1000, 1000 * videos, 1000)],
            "width": 720.0,
            "height": 1280.0,
            "tags": [[number % 3] if number else None for number in range(videos)],
        }
    )
    people = pd.DataFrame({name: draw.integers(0, 3, users) for name in features.USER_FACTS})
    people = people.assign(user_id=range(users), **{name: 5 for name in features.USER_NUMBERS})
    return {"impressions": shown, "history": history, "items": items, "users": people}


RECIPES = (
    Recipe(
        name="funnel-video",
        task=TASK,
        title=Text(en="Rankers of short videos: a fine one and its ladder", zh="短视频排序：精排和粗排的阶梯"),
        summary=Text(
            en="A fine ranker for click, long view and like (DCN-v2, DIN, experts that the scene mixes), eleven coarse "
            "rankers that learn from it, each a graph, and what they do on real impressions of two days.",
            zh="同时预测点击、长播和点赞的精排模型（DCN-v2、DIN、由场景混合的专家网络），"
            "以及向它学习的十一个粗排模型，每个都是一张图；并附两天真实曝光上的表现。",
        ),
        paper=Paper(
            authors="Wang, Shivanna, Cheng, Jain, Lin, Hong, Chi",
            year=2021,
            title="DCN V2: Improved Deep & Cross Network and Practical Lessons for Web-scale Learning to Rank Systems",
            url="https://arxiv.org/abs/2008.13535",
        ),
        departures=(
            "DIN (arXiv 1706.06978) pools three histories of twenty videos before the crossing, its activation unit "
            "with PReLU; the experts (MMoE, Ma et al. 2018) are mixed by the scene alone. Sizes are for two cores. An "
            "id stands for a fixed vector, since learnt ones know a small log by heart after an epoch.",
            "The coarse rankers are two towers and COLD (arXiv 2007.16122) without its squeeze-and-excitation block; "
            "the last rung searches widths alone, as AutoFAS (arXiv 2205.09394) does among other things.",
            "Trained on ten days, chosen on two, measured on the last two, 7 and 8 May 2022. impressions.npz holds "
            "some impressions of those days as numbers (CC BY-SA 4.0, from KuaiRand-Pure), without ids of users.",
            ROUNDED,
        ),
        languages=("en", "zh"),
        licenses=(LICENSE, sources.OWN),
        train=train,
        tiny=tiny,
        graphs=graphs,
        learnt=card_of,
        files=files,
        metrics=metrics,
        default=FINE,
    ),
)  # fmt: skip
