"""The recommender of a shop as a funnel: eight channels of recall, a coarse and a fine ranker, a re-ranker."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from export import funnel_tables, quantise
from export.recipe import Graph, Recipe, Sizes, Tensors, Trained, Variant
from export.recipes import sources
from export.recipes.textcnn import ROUNDED
from export.runner import Subject
from hub import card
from hub.card import Metric, Paper, TensorSpec, Text
from hub.session import open_session
from hub.tasks.funnel import catalogue, pipeline, replay, tables
from hub.tasks.funnel.catalogue import CATALOGUE_FILE
from hub.tasks.funnel.replay import REPLAY_FILE
from hub.tasks.funnel.tables import TABLES_FILE, ProtocolRow
from models.funnel import GROUPS, STATS
from models.recall import DECAY, Neighbours, SASRec, ease, last
from models.training import funnel_shop
from models.training.funnel_shop import CHANNELS, COUNT, TEST, Funnel
from models.training.interactions import Histories, ndcg, recall
from models.training.shop import Shop

DATASET, SPLIT = "retail_transactions", "test"
COARSE, FINE, RERANKER = "coarse", "fine", "reranker"
POPULAR = "popular"
DAYS = (pd.Timestamp(TEST[1]) - pd.Timestamp(TEST[0])).days
SHAPES: tuple[Sizes, ...] = (
    {"batch": 3, "history": 7, "candidates": 11, "subsets": 4},
    {"batch": 1, "history": 1, "candidates": 1, "subsets": 1},
    {"batch": 2, "history": 90, "candidates": 30, "subsets": 2},
)

ITEMS = TensorSpec(
    name="items", dtype="int64", shape=("batch", "history"),
    meaning="what was taken, by its number, each once, the newest last; -1: padding, in front",
)  # fmt: skip
AGES = TensorSpec(name="ages", dtype="float32", shape=("batch", "history"), meaning="days since it was last taken")
TIMES = TensorSpec(name="times", dtype="float32", shape=("batch", "history"), meaning="how many baskets it was in")
CANDIDATES = TensorSpec(
    name="candidates", dtype="int64", shape=("batch", "candidates"), meaning="what is ranked, by its number"
)
LOGITS = TensorSpec(
    name="logits", dtype="float32", shape=("batch", "candidates"), meaning="of being taken; a sigmoid makes it a share"
)
SCORES = TensorSpec(name="scores", dtype="float32", shape=("batch", "candidates"), meaning="of the list: the new order")
RANKS = TensorSpec(
    name="ranks", dtype="float32", shape=("batch", "candidates", len(CHANNELS)),
    meaning="where each channel has the candidate, 0 the best; the length of its list where it has it not",
)  # fmt: skip
KNOWN = TensorSpec(
    name="known", dtype="float32", shape=("batch", "subsets", len(GROUPS)),
    meaning="1; 0 where a group of features is to be left out, in the order of the card",
)  # fmt: skip
SUBSET_LOGITS = LOGITS.model_copy(update={"shape": ("batch", "subsets", "candidates")})


def channel_outputs(count: int) -> tuple[TensorSpec, ...]:
    """What a channel gives."""
    best = TensorSpec(name="best", dtype="int64", shape=("batch", count), meaning="the best items that were not taken")
    own = TensorSpec(
        name="own", dtype="int64", shape=("batch", "history"), meaning="ranks of the taken among themselves"
    )
    return best, TensorSpec(name="values", dtype="float32", shape=("batch", count), meaning="scores of the best"), own


def sample(items: int, specs: tuple[TensorSpec, ...], sizes: Sizes) -> Tensors:
    """Inputs at random: the first of a history is padding where there is room."""
    draw = np.random.default_rng(sizes.get("seed", 0))
    batch, history, wanted = sizes["batch"], sizes["history"], sizes["candidates"]
    taken = np.stack([draw.permutation(items)[:history] for _ in range(batch)])
    if history > 1:
        taken[0, 0] = -1
    values = {
        "items": taken,
        "ages": draw.uniform(0, 200, taken.shape).astype(np.float32),
        "times": draw.integers(1, 5, taken.shape).astype(np.float32),
        "candidates": np.stack([draw.permutation(items)[:wanted] for _ in range(batch)]),
        "ranks": draw.integers(0, COUNT + 1, (batch, wanted, len(CHANNELS))).astype(np.float32),
        "known": draw.integers(0, 2, (batch, sizes.get("subsets", 1), len(GROUPS))).astype(np.float32),
        "logits": draw.normal(size=(batch, wanted)).astype(np.float32),
    }
    return {spec.name: torch.from_numpy(values[spec.name]) for spec in specs}


def graphs(trained: Trained) -> tuple[Graph, ...]:
    """One for each channel and ranker."""
    model = trained.module
    assert isinstance(model, Funnel)
    items = len(model.fine.table.weight)
    rankers = (ITEMS, AGES, TIMES, CANDIDATES, RANKS)
    declared: list[tuple[str, torch.nn.Module, tuple[TensorSpec, ...], tuple[TensorSpec, ...]]] = [
        (name, channel, (ITEMS, AGES), channel_outputs(channel.count)) for name, channel in model.recalls.items()
    ]
    declared += [
        (COARSE, model.coarse, rankers, (LOGITS,)),
        (FINE, model.fine, (*rankers, KNOWN), (SUBSET_LOGITS,)),
        (RERANKER, model.reranker, (CANDIDATES, LOGITS), (SCORES,)),
    ]
    return tuple(graph(items, *one) for one in declared)


def graph(
    items: int, name: str, module: torch.nn.Module, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]
) -> Graph:
    """A graph in one file. An input that is an output too has another name there."""
    return Graph(
        name=name,
        module=module,
        inputs=inputs,
        outputs=outputs,
        sample=lambda sizes: sample(items, inputs, sizes),
        example=SHAPES[0],
        shapes=tuple({**sizes, "history": min(sizes["history"], items // 2)} for sizes in SHAPES),
        variants=(Variant(name, quantise.stored, file=f"{name}.onnx"),),
        scaled=True,
    )


# --- what stands beside the graphs ----------------------------------------------------------------------------------


def card_of(trained: Trained, _: Path) -> dict[str, object]:
    """How the hub runs the graphs."""
    return {"funnel": funnel_of(trained)}


def funnel_of(trained: Trained) -> card.Funnel:
    model = trained.module
    assert isinstance(model, Funnel)
    return card.Funnel(
        items=len(model.fine.table.weight),
        count=model.recalls[POPULAR].count,
        channels=tuple(
            card.Recalling(name=name, group=group, weight=round(weight, 4))
            for (name, group), weight in zip(CHANNELS.items(), model.merge.tolist(), strict=True)
        ),
        groups=GROUPS,
        popular=POPULAR,
        coarse=COARSE,
        fine=FINE,
        reranker=RERANKER,
        until=TEST[0],
        days=DAYS,
    )


def files(trained: Trained, folder: Path, _: Mapping[str, Subject]) -> None:
    """Write catalogue.npz; and of everybody who came back what the published graphs say: replay.npz, tables.json."""
    model = trained.module
    assert isinstance(model, Funnel)
    known, truth = funnel_shop.returning(model.shop)
    until = pd.Timestamp(TEST[0])
    np.savez_compressed(  # type: ignore[call-overload]
        folder / CATALOGUE_FILE, allow_pickle=False, **model.shop.catalogue(until)
    )
    runnable = opened(folder, funnel_of(trained))
    kept, ranks = replayed(runnable, known, truth)
    replay.write(folder / REPLAY_FILE, kept)
    stats = model.shop.stats(until)
    measured = funnel_tables.Measured(
        runnable, known, truth, ranks, stats[:, STATS.index("days_on_sale")], again(runnable, known, truth)
    )
    made = funnel_tables.every_table(
        measured, replay.read(folder / REPLAY_FILE), partial(scores_of, model, known), random_splits(model.shop)
    )
    (folder / TABLES_FILE).write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")


def scores_of(model: Funnel, known: Histories, name: str) -> np.ndarray:
    """Of all items, for who came back: float32 (users, items). name: of a channel; leaked: popularity of the test."""
    if name == "leaked":
        after = model.shop.rows[model.shop.rows["time"] >= pd.Timestamp(TEST[0])].drop_duplicates(
            ["user_id", "item_id"]
        )
        counts = np.bincount(after["item_id"], minlength=model.shop.count).astype(np.float32)
        return np.tile(counts, (len(known), 1))
    scorer, found = model.recalls[name].scorer, []
    with torch.no_grad():
        for start in range(0, len(known), 64):
            some = known.rows(np.arange(start, min(start + 64, len(known))))
            items, ages = torch.from_numpy(some.items), torch.from_numpy(some.ages)
            if isinstance(scorer, SASRec):
                found.append(scorer(last(items, scorer.longest))["scores"].numpy())
            else:
                found.append(scorer(items, torch.exp(-ages / DECAY) + 0.1)["scores"].numpy())
    return np.concatenate(found)


def random_splits(shop: Shop) -> tuple[ProtocolRow, ...]:
    """EASE and popularity where the interactions are split at random, not by time."""
    everything = shop.interactions(pd.Timestamp(TEST[1]))
    popular = funnel_tables.random_split(everything, lambda seen: np.tile(seen.sum(0), (len(seen), 1)), "popular")
    return popular, funnel_tables.random_split(everything, lambda seen: seen @ ease(seen), "ease")


def again(shop: catalogue.Shop, known: Histories, truth: np.ndarray) -> np.ndarray:
    """Recall@200 and NDCG@10 of all purchases, where what was taken may come again: float64 (users, 2)."""
    setting = pipeline.Settings(recall=replay.POOL, coarse=200, fine=200, shown=200, again=True, rule="none")
    listed = np.full((len(known), setting.shown), -1)
    for user in range(len(known)):
        items = pipeline.recommend(shop, funnel_tables.taken_by(known, user), setting).items
        listed[user, : len(items)] = items
    return np.stack([recall(listed, truth), ndcg(listed, truth)], 1)


def opened(folder: Path, funnel: card.Funnel) -> catalogue.Shop:
    """The graphs of a folder, as the hub runs them."""
    sessions = {path.stem: open_session(path, 1) for path in folder.glob("*.onnx")}
    return catalogue.Shop(funnel, catalogue.read(folder / CATALOGUE_FILE), sessions.__getitem__)


def replayed(shop: catalogue.Shop, known: Histories, truth: np.ndarray) -> tuple[replay.Replay, np.ndarray]:
    """The funnel of each user as far as both rankers, of what is new to him; and the ranks of all users' channels.

    The ranks are uint8 (users, items, channels), the length of a list where a channel has an item not.
    """
    size, everything = (len(known), replay.POOL), known.matrix(truth.shape[1]) > 0
    bought = truth & ~everything
    some = np.flatnonzero(bought.any(1))
    pool, found = np.full(size, -1), np.zeros(truth.shape, bool)
    coarse, fine = np.full(size, -np.inf, np.float32), np.full(size, -np.inf, np.float32)
    ranks = np.full((*truth.shape, len(shop.funnel.channels)), shop.funnel.count, np.uint8)
    told: list[np.ndarray] = []
    for user in range(len(known)):
        taken = funnel_tables.taken_by(known, user)
        candidates, _ = pipeline.recall(shop, taken)
        ranks[user, candidates.items] = candidates.ranks
        if user not in some:
            continue
        found[user, candidates.items] = True
        first = funnel_tables.first(shop, candidates)
        pool[user, : len(first)] = first.items
        coarse[user, : len(first)] = pipeline.rank(shop, COARSE, taken, first)[0]
        fine[user, : len(first)] = pipeline.rank(shop, FINE, taken, first)[0]
        wanted = np.flatnonzero(bought[user])
        asked = pipeline.Pool(wanted, ranks[user, wanted].astype(np.float32), np.zeros(len(wanted), bool))
        told.append(np.stack([pipeline.rank(shop, name, taken, asked)[0] for name in (COARSE, FINE)], 1))
    kept = known.rows(some)
    return replay.Replay(
        kept.items, kept.ages, kept.times, bought[some], (truth & everything).sum(1)[some], pool[some], coarse[some],
        fine[some], found[some], np.concatenate(told),
    ), ranks  # fmt: skip


def metrics(folder: Path) -> tuple[Metric, ...]:
    """Of the finished files, of what is new to each user of the test: each channel, and the whole funnel."""
    found = tables.read(folder / TABLES_FILE)
    rows = {channel.name: {"recall_200_new": channel.recall[-1].value, "ndcg_10_new": channel.ndcg.value}
            for channel in found.channels if channel.name in CHANNELS}  # fmt: skip
    rows[FINE] = {"ndcg_10_new": found.groups[0].ndcg.value, "ndcg_10": found.groups[-1].ndcg.value}
    return tuple(
        Metric(dataset=DATASET, split=SPLIT, metric=name, value=value, variant=variant)
        for variant, figures in rows.items()
        for name, value in figures.items()
    )


def train(folder: Path) -> Trained:
    """Train, or load what is finished."""
    return Trained(funnel_shop.train(folder, Shop()))


def tiny() -> Trained:
    """Sixty items and their made-up sales."""
    shop = made_up()
    torch.manual_seed(0)
    model = funnel_shop.untrained(shop, kept=5, count=20)
    for channel in model.recalls.values():
        if isinstance(channel.scorer, Neighbours):
            channel.scorer.near.copy_(torch.randint(shop.count, channel.scorer.near.shape))
            channel.scorer.values.uniform_()
    return Trained(model.eval())


def made_up(items: int = 60, users: int = 40, baskets: int = 400, seed: int = 0) -> Shop:
    """A shop for tests: titles of three words, baskets of up to eight things over a year."""
    draw = np.random.default_rng(seed)
    colours, stuffs, things = ("red", "blue", "green"), ("glass", "wooden", "paper", "metal"), ("box", "bird", "lamp")
    titles = [f"{draw.choice(colours)} {draw.choice(stuffs)} {draw.choice(things)}" for _ in range(items)]
    start, rows = pd.Timestamp("2010-12-01"), []
    for basket in range(baskets):
        when, user = start + pd.Timedelta(hours=int(draw.integers(24 * 370))), int(draw.integers(users))
        rows += [(user, int(item), basket, when) for item in draw.permutation(items)[: draw.integers(1, 9)]]
    sales = pd.DataFrame(rows, columns=["user_id", "item_id", "basket_id", "time"]).sort_values("time")
    return Shop(sales, pd.DataFrame({"title": titles, "price_median": draw.uniform(0.5, 20, items)}))


RECIPES = (
    Recipe(
        name="funnel-shop",
        task=catalogue.TASK,
        title=Text(en="A shop's recommender, in four stages", zh="商店推荐：四个阶段"),
        summary=Text(
            en="From 3,791 things to ten: eight channels of recall, a coarse ranker, a fine ranker and a re-ranker, "
            "each a graph. It knows a visitor by what he took, and needs no training for a new one.",
            zh="从 3791 件商品到十件：八路召回、粗排、精排、重排，每个阶段都是一张图。"
            "它只凭拿过的商品认识访客，新访客无需训练。",
        ),
        paper=Paper(
            authors="Covington, Adams, Sargin",
            year=2016,
            title="Deep Neural Networks for YouTube Recommendations",
            url="https://doi.org/10.1145/2959100.2959190",
        ),
        departures=(
            "The paper has two stages, recall and ranking; coarse ranking between them and re-ranking after them are "
            "those of later systems. Each model names its own paper in the project's models/recall.py, "
            "models/funnel.py and models/ranking.py.",
            "Trained on one year of one shop, most of whose buyers are shops themselves. Three moments are learnt "
            "from; the fourth, 20 November 2011 and the three weeks after it, is the test.",
            ROUNDED,
        ),
        languages=("en",),
        licenses=(sources.RETAIL, sources.OWN),
        train=train,
        tiny=tiny,
        graphs=graphs,
        learnt=card_of,
        files=files,
        metrics=metrics,
        default=POPULAR,
    ),
)
