"""Train the fine ranker of short videos (models/ranking.py) and hold it against LightGBM on the same numbers.

`python -m models.training.funnel_video` trains what is not trained yet, and prints the tables. Labels: clicked, viewed
long, liked; training to 4 May, the next two days for choosing, the last two for the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import rankdata
from sklearn.metrics import log_loss, roc_auc_score
from torch import Tensor, nn
from transformers import EvalPrediction

from models.ranking import CoarseRanker, FineRanker, RankerConfig, Scene
from models.training import corpus, fit, runs
from models.training.video_features import HISTORIES, SCENES, TASKS, VECTORS, Requests, World

FOLDER = corpus.ROOT / ".cache" / "checkpoints" / "funnel-video"
SCENE: Scene = "gate"  # of the ranker that is kept
SHOWN_SCENES = (0, 1, 2, 4, 6)  # with rows enough for a figure
BINS = 15
SETTINGS = fit.Settings(
    epochs=2,
    batch_size=1024,
    learning_rate=2e-3,
    weight_decay=1e-4,
    warmup_fraction=0.1,
    evaluations_per_epoch=4,
    metric="auc",
    average=3,
    group_by_length=False,
    extra={"per_device_eval_batch_size": 4096},
)
LEAVES = (15, 31)  # of a tree, whichever does better on the validation split
TREES = {
    "objective": "binary", "metric": "auc", "learning_rate": 0.08, "min_data_in_leaf": 200,
    "feature_fraction": 0.5, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "num_threads": 1,
    "seed": 0, "verbosity": -1,
}  # fmt: skip


# --- data -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """Lists with their candidates, ready to be read in batches."""

    world: World
    requests: Requests
    videos: np.ndarray  # int64 (lists, candidates)

    @cached_property
    def numbers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of request, item and pair; see World.features."""
        return self.world.features(self.requests, self.videos)

    @cached_property
    def histories(self) -> np.ndarray:
        """int64 (lists, histories, events)."""
        return self.world.histories(self.requests)

    def inputs(self, index: np.ndarray) -> dict[str, Tensor]:
        """What the rankers read of some lists, by the names of FineRanker.forward."""
        world, (request, item, pair) = self.world, self.numbers
        history = self.histories[index]
        arrays = {
            "user_ids": world.user_facts[self.requests.user[index]],
            "request": request[index],
            "scene": self.requests.tab[index],
            "item_ids": world.item_facts[self.videos[index]],
            "item": item[index],
            "pair": pair[index],
            "history_ids": world.item_facts[history],
            "history_mask": (history > 0).astype(np.float32),
        }
        return {name: torch.from_numpy(values) for name, values in arrays.items()}


def shown(world: World) -> Rows:
    """Every row of the log as a list of one."""
    return Rows(world, world.requests, world.video[:, None])


@dataclass(frozen=True)
class Collate:
    """Examples, which only name their rows, as a batch."""

    rows: Rows
    targets: Mapping[str, np.ndarray]  # what the loss reads beside the inputs, a row for each list

    def __call__(self, examples: Sequence[fit.Example]) -> dict[str, Tensor]:
        index = np.array([example["row"] for example in examples])
        targets = {name: torch.from_numpy(values[index]) for name, values in self.targets.items()}
        return {**self.rows.inputs(index), **targets}


def examples(index: np.ndarray, digest: str) -> list[fit.Example]:
    """digest: of what the rows are of, so that a run is not taken for one on other data."""
    return [{"row": int(row), "data": digest} for row in index]


def config(rows: Rows, pair: int | None = None) -> RankerConfig:
    """The sizes of what is known. pair: how many numbers of a pair are read; None: all."""
    world, (request, item, both) = rows.world, rows.numbers
    return RankerConfig(
        user_fields=tuple((world.user_facts.max(0) + 1).tolist()),
        item_fields=tuple((world.item_facts.max(0) + 1).tolist()),
        request=request.shape[-1],
        item=item.shape[-1],
        pair=both.shape[-1] if pair is None else pair,
        scenes=SCENES,
        vectors=VECTORS,
        histories=len(HISTORIES),
        tasks=len(TASKS),
    )


def prepare(ranker: FineRanker | CoarseRanker, rows: Rows, index: np.ndarray) -> None:
    """Give a ranker the vectors of the videos, and the scale of the numbers in some lists."""
    request, item, pair = (torch.from_numpy(values[index]) for values in rows.numbers)
    known = ranker.known
    known.request.fit(request)
    known.item.fit(item.flatten(0, 1))
    if known.pair is not None:
        known.pair.fit(pair.flatten(0, 1)[:, : len(known.pair.mean)])
    if known.items.fixed is not None:
        known.items.fixed.weight.copy_(torch.from_numpy(rows.world.vectors))


# --- training -------------------------------------------------------------------------------------------------------


class Objective(nn.Module):
    """The mean cross-entropy of each task, summed."""

    def __init__(self, model: FineRanker) -> None:
        super().__init__()
        self.model = model

    def forward(self, labels: Tensor, **inputs: Tensor) -> dict[str, Tensor]:
        """labels: float32 (batch, tasks), of the one candidate of each list."""
        logits = self.model(**inputs)["logits"][:, 0]
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(0).sum()
        return {"loss": loss, "logits": logits}


def metrics(prediction: EvalPrediction) -> dict[str, float]:
    """The mean AUC over clicks and long views; likes are too few in two days to choose by."""
    labels, logits = np.asarray(prediction.label_ids), np.asarray(prediction.predictions)
    return {"auc": float(np.mean([roc_auc_score(labels[:, task], logits[:, task]) for task in (0, 1)]))}


@torch.no_grad()
def predict(
    ranker: FineRanker | CoarseRanker, rows: Rows, index: np.ndarray, batch: int = 4096
) -> dict[str, np.ndarray]:
    """Named outputs of some lists, a row for each; batch: candidates at a time."""
    lists = max(1, batch // rows.videos.shape[1])
    found = [ranker.eval()(**rows.inputs(index[first : first + lists])) for first in range(0, len(index), lists)]
    return {name: torch.cat([one[name] for one in found]).numpy() for name in ("logits", "hidden")}


def run_folder(scene: Scene = SCENE, seed: int = 0) -> Path:
    """Of a fine ranker."""
    return FOLDER / f"fine-{scene}-{seed}"


def train(rows: Rows, scene: Scene = SCENE, seed: int = 0, settings: fit.Settings = SETTINGS) -> FineRanker:
    """Train a fine ranker, or load a finished one. rows: see shown."""
    world = rows.world
    index = np.flatnonzero(world.train)
    torch.manual_seed(seed)
    ranker = FineRanker(replace(config(rows), scene=scene))
    with torch.no_grad():
        prepare(ranker, rows, index)
    valid = np.flatnonzero(world.rows["split"] == "valid")
    fit.fit(
        Objective(ranker),
        examples(index, world.digest),
        examples(valid, world.digest),
        run_folder(scene, seed),
        replace(settings, seed=seed),
        metrics,
        Collate(rows, {"labels": world.labels}),
    )
    return ranker


def trees(rows: Rows, task: int) -> np.ndarray:
    """What LightGBM, trained on the same numbers and facts, says of every row: logits float64 (rows)."""
    import lightgbm

    file = FOLDER / f"trees-{TASKS[task]}.txt"
    world, (request, item, pair) = rows.world, rows.numbers
    split = world.rows["split"].to_numpy()
    facts = (world.user_facts[world.requests.user], world.item_facts[world.video, 1:], world.requests.tab[:, None])
    table = np.concatenate([request, item[:, 0], pair[:, 0], *facts], 1).astype(np.float32)
    if not file.exists():
        known = lightgbm.Dataset(table[split == "train"], world.labels[split == "train", task])
        held = lightgbm.Dataset(table[split == "valid"], world.labels[split == "valid", task], reference=known)
        tried = [
            lightgbm.train(
                {**TREES, "num_leaves": leaves},
                known,
                600,
                valid_sets=[held],
                callbacks=[lightgbm.early_stopping(40, verbose=False)],
            )
            for leaves in LEAVES
        ]
        booster = max(tried, key=lambda one: one.best_score["valid_0"]["auc"])
        file.parent.mkdir(parents=True, exist_ok=True)
        booster.save_model(str(file), num_iteration=booster.best_iteration)
    return np.asarray(lightgbm.Booster(model_file=str(file)).predict(table, raw_score=True, num_threads=1))


# --- figures --------------------------------------------------------------------------------------------------------


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Of all rows together; nan where only one class is there."""
    return float(roc_auc_score(labels, scores)) if 0 < labels.sum() < len(labels) else float("nan")


def gauc(users: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> float:
    """Mean of each user's own AUC, weighted by his rows (Zhou et al. 2018, section 5.3).

    Users of whom all rows are of one class are left out.
    """
    order = np.argsort(users, kind="stable")
    cuts = np.flatnonzero(np.diff(users[order])) + 1
    total = weight = 0.0
    for rows in np.split(order, cuts):
        yes = labels[rows].sum()
        no = len(rows) - yes
        if yes and no:  # Mann and Whitney's U by ranks
            above = rankdata(scores[rows])[labels[rows] > 0].sum() - yes * (yes + 1) / 2
            total += len(rows) * above / (yes * no)
            weight += len(rows)
    return float(total / weight) if weight else float("nan")


def ece(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error over bins of the same width (Guo et al. 2017, arXiv 1706.04599)."""
    bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, labels - probabilities, bins)
    return float(np.abs(gaps).sum() / len(labels))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x)."""
    return np.exp(-np.logaddexp(0, -x))


def temperature(labels: np.ndarray, logits: np.ndarray) -> float:
    """The T for which sigmoid(logits / T) has the least log-loss (Guo et al. 2017, section 4.2)."""
    found = minimize_scalar(lambda t: log_loss(labels, sigmoid(logits / np.exp(t))), bounds=(-2, 2), method="bounded")
    return float(np.exp(found.x))


def figures(world: World, logits: np.ndarray, chosen: np.ndarray) -> dict[str, float]:
    """AUC and GAUC of each task over some rows. logits: (rows, tasks). chosen: bool (rows)."""
    users = world.requests.user[chosen]
    found: dict[str, float] = {"rows": float(chosen.sum())}
    for task, name in enumerate(TASKS):
        labels, scores = world.labels[chosen, task], logits[chosen, task]
        found[f"auc {name}"], found[f"gauc {name}"] = auc(labels, scores), gauc(users, labels, scores)
    return found


def parts(world: World) -> dict[str, np.ndarray]:
    """Rows of the test split by scene, and those of new users and new videos: not in the training split."""
    test = (world.rows["split"] == "test").to_numpy()
    scenes = {f"scene {tab}": test & (world.requests.tab == tab) for tab in SHOWN_SCENES}
    new_user = ~np.isin(world.requests.user, world.requests.user[world.train])
    new_video = ~np.isin(world.video, world.video[world.train])
    return {"all": test, **scenes, "new users": test & new_user, "new videos": test & new_video}


def calibration(world: World, logits: np.ndarray) -> dict[str, float]:
    """Of the clicks of the test split, before and after a temperature is fitted to the validation split."""
    split = world.rows["split"].to_numpy()
    valid, test = split == "valid", split == "test"
    t = temperature(world.labels[valid, 0], logits[valid, 0])
    labels, raw = world.labels[test, 0], logits[test, 0]
    found = {"temperature": t}
    for name, scores in (("before", raw), ("after", raw / t)):
        found[f"ece {name}"] = ece(labels, sigmoid(scores))
        found[f"log-loss {name}"] = float(log_loss(labels, sigmoid(scores)))
    return found


def table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Named figures as a table in Markdown."""
    columns = list(next(iter(rows.values())))
    lines = [f"| | {' | '.join(columns)} |", "| --- " * (len(columns) + 1) + "|"]
    for name, row in rows.items():
        cells = [f"{row[column]:,.0f}" if column == "rows" else f"{row[column]:.4f}" for column in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(folder: Path = FOLDER) -> None:
    """Train, print the tables, and write them beside the checkpoints."""
    rows = shown(World.load())
    world, every = rows.world, np.arange(len(rows.videos))
    arms = {f"scene as {scene}": predict(train(rows, scene), rows, every)["logits"][:, 0] for scene in get_args(Scene)}
    arms["LightGBM"] = np.stack([trees(rows, task) for task in range(len(TASKS))], 1)
    test = parts(world)
    report = {
        "arms": {name: figures(world, logits, test["all"]) for name, logits in arms.items()},
        "calibration of clicks": {name: calibration(world, logits) for name, logits in arms.items()},
    }
    for name in (f"scene as {SCENE}", "LightGBM"):
        report[f"parts, {name}"] = {part: figures(world, arms[name], chosen) for part, chosen in test.items()}
    for title, found in report.items():
        print(f"\n{title}\n\n{table(found)}")
    runs.write(folder / "fine.json", report)


if __name__ == "__main__":
    main()
