"""What became of all that the users of the test bought later: where each item was lost, what a stage is worth.

The bundle keeps, of each user, what he had taken, what he then bought, the candidates in the merged order and what both
rankers say of them. So any stage can be replaced, for all users at once, without running a graph again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from hub.stored import Stored
from hub.tasks.funnel import rerank
from hub.tasks.funnel.catalogue import Catalogue
from hub.tasks.funnel.pipeline import Taken

REPLAY_FILE = "replay.npz"
POOL = 300  # candidates of a user that are kept

Cause = Literal["missed", "merged", "coarse", "fine", "rerank", "shown"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
How = Literal["model", "random", "oracle"]
HOWS: tuple[How, ...] = get_args(How)


@dataclass(frozen=True, eq=False)  # one is read once: it is itself alone
class Replay:
    """All users of the test.

    Args:
        history, ages, times: what each had taken, (users, longest), padding -1 in front.
        bought: bool (users, items), what each bought later and had not taken before. repeated: int64 (users,), how many
            he bought again, which nothing has to find.
        pool: int64 (users, POOL), candidates in the merged order, padding -1. coarse, fine: float32, their logits, the
            lowest for padding.
        found: bool (users, items), what any channel had: a purchase that is not there was missed.
        told: float32 (purchases, 2), the logits of both rankers of every purchase, in the order of np.nonzero(bought).
    """

    history: np.ndarray
    ages: np.ndarray
    times: np.ndarray
    bought: np.ndarray
    repeated: np.ndarray
    pool: np.ndarray
    coarse: np.ndarray
    fine: np.ndarray
    found: np.ndarray
    told: np.ndarray

    def __len__(self) -> int:
        return len(self.pool)

    def taken(self, user: int) -> Taken:
        """What one had taken."""
        some = self.history[user] >= 0
        return Taken(self.history[user, some], self.ages[user, some], self.times[user, some])


@dataclass(frozen=True)
class Stages:
    """What each stage keeps, and what does its work."""

    recall: int = 300
    coarse: int = 100
    fine: int = 30
    shown: int = 10
    by: Mapping[str, How] | None = None  # stage -> who; none: the model everywhere

    def how(self, stage: str) -> How:
        """Who does the work of a stage."""
        return (self.by or {}).get(stage, "model")


@dataclass(frozen=True)
class Replayed:
    """What a funnel does for all users.

    Args:
        causes: int8 (users, items), the number in CAUSES of each purchase, -1 elsewhere.
        recall: float64 (users,), the share of the purchases that is shown. ndcg: float64 (users,), of the list.
        kept: stage -> float64 (users,), the share of the purchases that is still there after it.
    """

    causes: np.ndarray
    recall: np.ndarray
    ndcg: np.ndarray
    kept: dict[str, np.ndarray]

    def losses(self) -> dict[Cause, np.ndarray]:
        """Of each user the share of his purchases that ended so; over all causes they sum to one."""
        counts = (self.causes >= 0).sum(1)
        return {cause: (self.causes == place).sum(1) / counts for place, cause in enumerate(CAUSES)}


def read(path: Path) -> Replay:
    """The users of a file."""
    with np.load(path, allow_pickle=False) as stored:
        count = int(stored["items"])
        masks = {name: np.unpackbits(stored[name], axis=1, count=count).astype(bool) for name in ("bought", "found")}
        return Replay(
            stored["history"].astype(np.int64),
            stored["ages"].astype(np.float32),
            stored["times"].astype(np.float32),
            masks["bought"],
            stored["repeated"].astype(np.int64),
            stored["pool"].astype(np.int64),
            stored["coarse"].astype(np.float32),
            stored["fine"].astype(np.float32),
            masks["found"],
            stored["told"].astype(np.float32),
        )


replay_of = Stored(REPLAY_FILE, read, 2)


def write(path: Path, replay: Replay) -> None:
    """The file that `read` reads."""
    np.savez_compressed(
        path,
        items=np.array(replay.bought.shape[1]),
        history=replay.history.astype(np.int16),
        ages=replay.ages.astype(np.float16),
        times=replay.times.astype(np.uint8),
        bought=np.packbits(replay.bought, axis=1),
        repeated=replay.repeated.astype(np.int16),
        pool=replay.pool.astype(np.int16),
        coarse=replay.coarse.astype(np.float16),
        fine=replay.fine.astype(np.float16),
        found=np.packbits(replay.found, axis=1),
        told=replay.told.astype(np.float16),
    )


def rerun(replay: Replay, catalogue: Catalogue, stages: Stages, rule: str = "none", weight: float = 0.0) -> Replayed:
    """The funnel of all users, with some stages done by somebody else.

    An oracle knows what will be bought: of recall, it hands over every purchase; of a ranker, it puts them first. One
    at random orders by a fixed draw. rule, weight: of the re-ranking.
    """
    users, count = replay.bought.shape
    draw = np.random.default_rng(0)
    pool, coarse, fine = _recalled(replay, stages, draw)
    good = np.take_along_axis(replay.bought, np.maximum(pool, 0), 1) & (pool >= 0)
    coarse = _scored(stages.how("coarse"), coarse, good, pool, draw)
    fine = _scored(stages.how("fine"), fine, good, pool, draw)
    by_coarse = np.argsort(-coarse, axis=1, kind="stable")[:, : stages.coarse]
    after_coarse = np.take_along_axis(pool, by_coarse, 1)
    fine_kept = np.take_along_axis(fine, by_coarse, 1)
    by_fine = np.argsort(-fine_kept, axis=1, kind="stable")[:, : stages.fine]
    after_fine = np.take_along_axis(after_coarse, by_fine, 1)
    scores = np.take_along_axis(fine_kept, by_fine, 1)
    final = _final(catalogue, replay, after_fine, scores, stages, rule, weight)
    causes = np.full((users, count), -1, np.int8)
    found = replay.found | replay.bought if stages.how("recall") == "oracle" else replay.found
    if stages.how("recall") == "random":
        found = masked(pool, count)
    kept = {"recall": masked(pool, count), "coarse": masked(after_coarse, count), "fine": masked(after_fine, count)}
    shown = masked(final, count)
    causes[replay.bought] = 0
    for place, mask in enumerate((found, *kept.values(), shown), 1):
        causes[replay.bought & mask & (causes == place - 1)] = place
    total = replay.bought.sum(1)
    return Replayed(
        causes,
        (shown & replay.bought).sum(1) / total,
        _ndcg(final, replay.bought),
        {stage: (mask & replay.bought).sum(1) / total for stage, mask in {**kept, "shown": shown}.items()},
    )


def _recalled(replay: Replay, stages: Stages, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pool and logits of both rankers, cut to what recall keeps."""
    cut = slice(None, stages.recall)
    pool, coarse, fine = replay.pool[:, cut], replay.coarse[:, cut], replay.fine[:, cut]
    if stages.how("recall") == "model":
        return pool, coarse, fine
    count, wide = replay.bought.shape[1], pool.shape[1]
    everything = draw.permuted(np.tile(np.arange(count), (len(pool), 1)), axis=1)
    if stages.how("recall") == "oracle":  # every purchase; the rest of the pool as it is
        first = np.take_along_axis(replay.bought, everything, 1)
        everything = np.take_along_axis(everything, np.argsort(~first, axis=1, kind="stable"), 1)
        mixed = np.where(np.arange(count)[None] < replay.bought.sum(1)[:, None], everything, -1)[:, :wide]
        rest = np.where(np.take_along_axis(replay.bought, np.maximum(pool, 0), 1), -1, pool)
        joined = np.concatenate([mixed, rest], 1)
        order = np.argsort(joined < 0, axis=1, kind="stable")[:, :wide]
        chosen = np.take_along_axis(joined, order, 1)
    else:
        chosen = np.pad(everything[:, :wide], ((0, 0), (0, max(0, wide - count))), constant_values=-1)
    return chosen, _looked_up(replay, chosen, 0), _looked_up(replay, chosen, 1)


def _looked_up(replay: Replay, items: np.ndarray, ranker: int) -> np.ndarray:
    """Logits of some items by the coarse (0) or the fine ranker; of what neither has seen, the median of the user's."""
    count, logits = replay.bought.shape[1], (replay.coarse, replay.fine)[ranker]
    real = np.where(np.isfinite(logits), logits, np.nan)
    table = np.repeat(np.nanmedian(real, axis=1, keepdims=True), count + 1, axis=1)
    table[:, :count][replay.bought] = replay.told[:, ranker]
    np.put_along_axis(table, replay.pool, logits, 1)  # padding falls on the last column
    found: np.ndarray = np.take_along_axis(table, items, 1)
    return np.where(items >= 0, found, -np.inf)


def _scored(how: How, logits: np.ndarray, good: np.ndarray, pool: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    if how == "oracle":
        logits = np.where(good, 1e6, logits)
    elif how == "random":
        logits = draw.random(logits.shape)
    return np.where(pool >= 0, logits, -np.inf)


def _final(
    catalogue: Catalogue,
    replay: Replay,
    items: np.ndarray,
    logits: np.ndarray,
    stages: Stages,
    rule: str,
    weight: float,
) -> np.ndarray:
    """The last list of each user: int64 (users, shown), padding -1."""
    if rule == "none" or weight <= 0:
        return items[:, : stages.shown]
    final = np.full((len(items), stages.shown), -1)
    for user, (row, scores) in enumerate(zip(items, logits, strict=True)):
        real = row >= 0
        own = replay.history[user]
        taste = np.bincount(catalogue.kinds[own[own >= 0]], minlength=len(catalogue.kind_names)).astype(float)
        similarity = catalogue.similarity(row[real])
        np.fill_diagonal(similarity, 1.0)
        offered = rerank.Offered(
            rerank.relevance_of(scores[real].astype(float)), similarity, catalogue.kinds[row[real]], taste / taste.sum()
        )
        places = rerank.RULES[rule](offered, stages.shown, weight)
        final[user, : len(places)] = row[real][places]
    return final


def masked(items: np.ndarray, count: int) -> np.ndarray:
    """Bool (users, count) of item numbers, padding -1."""
    found = np.zeros((len(items), count + 1), bool)
    np.put_along_axis(found, items, True, 1)
    return found[:, :count]


def _ndcg(final: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """Of each user, binary, normalised by the best list of that length."""
    length = final.shape[1]
    discounts = 1 / np.log2(np.arange(2, length + 2))
    hits = np.take_along_axis(bought, np.maximum(final, 0), 1) & (final >= 0)
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(bought.sum(1), length)]
    found: np.ndarray = (hits * discounts).sum(1) / ideal
    return found
