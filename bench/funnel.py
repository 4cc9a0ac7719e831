"""The recommender: what its files do for the buyers of the test, how fast each stage is, and the doors under load."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch

from bench.doors import attack
from bench.report import MISSING, against, interleaved, left_out, table
from bench.server import free_port, running
from export.recipes import registry
from export.recipes.funnel import FINE, sample
from hub.bundle import Bundle, Bundles
from hub.tasks import funnel as task
from hub.tasks.intervals import Interval
from models import recall as channels
from models.training.funnel_shop import FOLDER, Funnel
from models.training.interactions import histories, mean, ndcg, recall, taken, top
from models.training.shop import Shop

CANDIDATES = 200  # of the fine ranker beside PyTorch
DOORS = ("v1/recommend", "v1/recommend:plain")  # with reasons, and without
BARS = {"recall@200": 0.361, "NDCG@10": 0.087}  # of EASE, things that are new to their buyers
OVER_EASE = 1.05  # times its NDCG@10, of the whole funnel
ERROR = 0.02  # of the fine ranker's probabilities
MORE = 0.03  # recall@200 that the merged channels are above the best single one


def run() -> str:
    bundles = Bundles().of_task(task.TASK)
    parts: list[str] = []
    reasons: dict[str, Exception] = {}
    for bundle in bundles:
        for measure in (reproduced, quality, speed, load):
            try:
                parts.append(measure(bundle))
            except MISSING as error:
                reasons[f"{bundle.name}, {measure.__name__}"] = error
    return "\n\n".join(parts) + left_out(reasons)


def reproduced(_: Bundle) -> str:
    """EASE of the training split alone, for who bought then and in the test, things that were ever sold then."""
    shop = Shop()
    start, end = (pd.Timestamp(day) for day in ("2011-11-01", "2011-11-20"))
    known = histories(shop.before(start), start)
    after = shop.rows[(shop.rows["time"] >= end) & shop.rows["item_id"].isin(shop.before(start)["item_id"])]
    users = np.intersect1d(known.names, after["user_id"])
    own = known.rows(np.searchsorted(known.names, users)).matrix(shop.count)
    truth = taken(after, users, shop.count)
    scores = own @ channels.ease(known.matrix(shop.count))
    rows: list[list[object]] = []
    for name, wanted, told in (
        ("all", truth, scores),
        ("new to their buyer", truth & (own == 0), np.where(own > 0, -np.inf, scores)),
        ("all, bought again first", truth, scores + 1e3 * own),
    ):
        some = wanted.any(1)
        listed = top(told, 200)
        rows.append(
            [name, int(some.sum()), str(mean(recall(listed, wanted)[some])), str(mean(ndcg(listed, wanted)[some]))]
        )
    return table("EASE, fitted on the training split", ("things", "buyers", "recall@200", "NDCG@10"), rows)


def quality(bundle: Bundle) -> str:
    """The channels, the merged list and the whole funnel, of what the bundle keeps."""
    found = task.tables_of(bundle)
    own = [row for row in found.channels if row.overlap]
    best = max(own, key=lambda row: row.recall[-1].value)
    merged = next(row for row in found.channels if row.name == "merged")
    rows: list[list[object]] = [
        [row.name, shown(row.recall[-1]), shown(row.ndcg), f"{100 * row.unique:.1f} %",
         shown(row.left_out) if row.left_out else ""]
        for row in found.channels
    ]  # fmt: skip
    assert merged.gain is not None
    gain = f"{shown(merged.gain)}, {against(merged.gain.value, MORE, form='.4f')}"
    text = table(
        "Channels: things new to their buyer",
        ("channel", "recall@200", "NDCG@10", "found by it alone", "without it"),
        rows,
    )
    text += f"\n\nMerged over the best single one ({best.name}): {gain}"
    parts: list[list[object]] = [
        [f"{row.name}, {part.name}", part.users, shown(part.recall), shown(part.ndcg)]
        for row in found.channels for part in row.parts
    ]  # fmt: skip
    text += "\n\n" + table("Channels: new buyers, new things", ("channel", "buyers", "recall@200", "NDCG@10"), parts)
    funnel: list[list[object]] = [
        [row.name, row.users, shown(row.recall), shown(row.ndcg), *(shown(one) if one else "" for one in
         (row.over_ease, row.over_merged))]
        for row in found.groups
    ]  # fmt: skip
    headers = ("buyers", "how many", "recall@200", "NDCG@10", "NDCG@10 over EASE", "over merged")
    text += "\n\n" + table("The whole funnel", headers, funnel)
    whole, ease = found.groups[0].ndcg.value, next(row for row in own if row.name == task.NEAR).ndcg.value
    text += f"\n\nThe whole funnel over EASE, NDCG@10: {against(whole / ease, OVER_EASE, unit=' x', form='.3f')}"
    if found.calibration:
        error = against(found.calibration.error, ERROR, most=True, form=".4f")
        text += f"\n\nCalibration error of the fine ranker: {error}"
    budgets: list[list[object]] = [
        [f"{row.ms:.2f}", f"{row.ndcg:.4f}", row.recall, row.coarse, row.fine, " ".join(row.channels)]
        for row in found.budgets
    ]
    headers = ("ms", "NDCG@10", "recall", "coarse", "fine", "channels")
    return text + "\n\n" + table("Budgets that no other setting beats", headers, budgets)


def shown(found: Interval) -> str:
    """A mean with its interval."""
    return f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"


def speed(bundle: Bundle) -> str:
    """Milliseconds of each stage for one visitor of five things, and of the fine ranker beside PyTorch."""
    shop = task.shop_of(bundle)
    replay = task.replay_of(bundle)
    visitors = [task.Taken.now(replay.taken(user).items[-5:].tolist()) for user in range(200)]
    done = [task.recommend(shop, visitor) for visitor in visitors]
    stages = {stage.name: [] for stage in done[0].stages}  # type: dict[str, list[float]]
    for one in done[20:]:
        for stage in one.stages:
            stages[stage.name].append(stage.ms)
    total = np.sum(list(stages.values()), axis=0)
    rows: list[list[object]] = [
        [name, f"{np.median(ms):.2f}", f"{np.percentile(ms, 99):.2f}"] for name, ms in stages.items()
    ]
    rows.append(
        ["whole", against(float(np.median(total)), 5.0, most=True, form=".2f"), f"{np.percentile(total, 99):.2f}"]
    )
    text = table("One visitor in process, ms", ("stage", "median", "99 %"), rows)
    recipe = registry()[bundle.name]
    if not (FOLDER / "model.safetensors").is_file():
        return text
    model = recipe.train(FOLDER).module
    assert isinstance(model, Funnel)
    graph = next(one for one in recipe.graphs(recipe.train(FOLDER)) if one.name == FINE)
    inputs = sample(shop.funnel.items, graph.inputs, {"batch": 1, "history": 20, "candidates": CANDIDATES})
    session = bundle.session(FINE)
    feeds = session.cast({name: value.numpy() for name, value in inputs.items()})
    torch.set_num_threads(1)
    systems: dict[str, Callable[[], object]] = {
        "torch": partial(_eager, model.fine, list(inputs.values())),
        "onnx": partial(session.run, feeds, ["logits"]),
    }
    seconds = interleaved(systems, rounds=5, seconds=0.3)
    times = seconds["torch"] / seconds["onnx"]
    return (
        text
        + f"\n\nThe fine ranker of {CANDIDATES} candidates beside PyTorch eager, one thread: "
        + against(times, 3.0, unit=" x")
    )


@torch.no_grad()
def _eager(model: torch.nn.Module, inputs: list[torch.Tensor]) -> object:
    return model(*inputs)


def load(bundle: Bundle) -> str:
    """Requests a second of 32 clients."""
    port = free_port()
    rows: list[list[object]] = []
    with running(port):
        for door in DOORS:
            attack(door, port, bundle.name)
        for door in DOORS:
            rate, p50, p99, failures = attack(door, port, bundle.name)
            plain = door.endswith("plain")
            told = against(rate, 500.0, form=".0f") if plain else f"{rate:.0f}"
            slowest = against(p99, 50.0, most=True, form=".1f") if plain else f"{p99:.1f}"
            rows.append([door, told, f"{p50:.1f}", slowest, failures])
    return table("32 clients", ("door", "answers a second", "median, ms", "99 %, ms", "failures"), rows)
