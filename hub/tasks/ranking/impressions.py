"""Real impressions as the numbers that a ranker reads, and what the published graphs say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from hub.bundle import Bundle
from hub.card import Ranking
from hub.session import Session
from hub.stored import Stored
from hub.tasks.ranking.tables import sigmoid

TASK = "ranking"
IMPRESSIONS_FILE = "impressions.npz"
BEFORE = ", before"  # at the end of a feature's name: of what was seen before the log begins
ROWS = "rows"  # label of a count
OUTPUTS = ("logits", "gates", "attention")  # of the fine ranker


@dataclass(frozen=True, eq=False)  # one is read once: it is itself alone
class Impressions:
    """Some videos that were shown to somebody, of the test; nobody's number is kept.

    Args:
        scene: int64 (impressions,). labels: bool (impressions, tasks), what he did. user_ids: int64 (impressions,
            facts). item_ids: int64 (impressions, facts). history_ids: int64 (impressions, histories, events, facts).
        item: float32 (impressions, numbers). request, pair: float32 (impressions, scenes, numbers), as they were and as
            they would have been in the other scenes, in the order of the card.
    """

    scene: np.ndarray
    labels: np.ndarray
    user_ids: np.ndarray
    item_ids: np.ndarray
    history_ids: np.ndarray
    item: np.ndarray
    request: np.ndarray
    pair: np.ndarray

    def __len__(self) -> int:
        return len(self.scene)


@dataclass(frozen=True)
class Rankers:
    """Graphs that can be run: what their card says, and the session of each by its name."""

    ranking: Ranking
    session: Callable[[str], Session]

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Of videos, int64 (…) -> float32 (…, size). Raises BundleError."""
        session = self.session(self.ranking.vectors)
        (found,) = session.run(session.cast({"ids": ids.reshape(1, -1)}), ["vectors"])
        return np.asarray(found[0].reshape(*ids.shape, -1))

    def whole(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """All inputs of a ranker. feeds: those without vectors, which are looked up. Raises BundleError."""
        vectors = {
            f"{name}_vectors": self.vectors(np.asarray(feeds[f"{name}_ids"])[..., 0]) for name in ("item", "history")
        }
        return {**feeds, **vectors}

    def ask(
        self, variant: str, feeds: Mapping[str, np.ndarray], outputs: Sequence[str] = ("logits",)
    ) -> list[np.ndarray]:
        """What a ranker says of lists. feeds: all of its inputs. Raises BundleError."""
        session = self.session(variant)
        return session.run(session.cast(feeds), list(outputs))


@dataclass(frozen=True)
class Judgement:
    """What the fine ranker says of one impression in each scene.

    Args:
        logits: float32 (scenes, tasks). gates: float32 (scenes, tasks, experts), the mix of the experts. attention:
            float32 (scenes, histories, events), the weight of each video of the past; 0 where there is none.
    """

    logits: np.ndarray
    gates: np.ndarray
    attention: np.ndarray

    def probabilities(self, temperatures: Sequence[float]) -> np.ndarray:
        """Float64 (scenes, tasks). temperatures: of each task."""
        return sigmoid(self.logits.astype(np.float64) / np.array(temperatures))


def judge(rankers: Rankers, some: Impressions, number: int, counts: bool = True) -> Judgement:
    """Ask the fine ranker about an impression, once for each scene.

    Args:
        counts: what is counted by scene is that of each scene; else that of the impression's own everywhere.

    Raises BundleError.
    """
    scenes = np.array(rankers.ranking.scenes)
    own = int(np.flatnonzero(scenes == some.scene[number])[0])
    rows = np.arange(len(scenes)) if counts else np.full(len(scenes), own)
    history = np.repeat(some.history_ids[number][None], len(scenes), 0)
    feeds = {
        "user_ids": np.repeat(some.user_ids[number][None], len(scenes), 0),
        "request": some.request[number, rows],
        "scene": scenes,
        "item_ids": np.repeat(some.item_ids[number][None, None], len(scenes), 0),
        "item": np.repeat(some.item[number][None, None], len(scenes), 0),
        "pair": some.pair[number, rows][:, None],
        "history_ids": history,
        "history_mask": (history[..., 0] > 0).astype(np.float32),
    }
    logits, gates, attention = rankers.ask(rankers.ranking.fine, rankers.whole(feeds), OUTPUTS)
    return Judgement(logits[:, 0], gates[:, 0], attention[:, 0])


@dataclass(frozen=True)
class Count:
    """What was counted by one key, before the day.

    Args:
        key: "user, tab". before: of what was seen before the log begins. rows: how many. odds: label -> how many times
            the odds of all together.
    """

    key: str
    before: bool
    rows: float
    odds: dict[str, float]


def counts(names: Sequence[str], values: np.ndarray) -> tuple[list[Count], dict[str, float]]:
    """The numbers of a group of features by their names, as they were counted; and those that are no counts."""
    found: dict[tuple[str, bool], dict[str, float]] = {}
    others: dict[str, float] = {}
    for name, value in zip(names, values.tolist(), strict=True):
        label, of, key = name.partition(" of ")
        if not of:
            others[name] = value
            continue
        before = key.endswith(BEFORE)
        found.setdefault((key.removesuffix(BEFORE), before), {})[label] = value
    return [
        Count(key, before, round(float(np.expm1(one[ROWS]))),
              {label: float(np.exp(value)) for label, value in one.items() if label != ROWS})
        for (key, before), one in found.items()
    ], others  # fmt: skip


# --- files ------------------------------------------------------------------------------------------------------------


def rankers_of(bundle: Bundle) -> Rankers:
    """The graphs of a bundle."""
    assert bundle.card.ranking is not None  # a card of this task has it
    return Rankers(bundle.card.ranking, bundle.session)


def read(path: Path) -> Impressions:
    """Those of a file."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {one.name: stored[one.name] for one in fields(Impressions)}
    kinds = {"i": np.int64, "u": np.int64, "f": np.float32, "b": np.bool_}
    return Impressions(**{name: values.astype(kinds[values.dtype.kind]) for name, values in arrays.items()})


impressions_of = Stored(IMPRESSIONS_FILE, read)


def write(path: Path, some: Impressions) -> None:
    """As few bytes as hold the numbers."""
    arrays = {one.name: getattr(some, one.name) for one in fields(Impressions)}
    small = {
        name: values.astype(np.min_scalar_type(int(values.max(initial=0)))) if values.dtype.kind == "i" else values
        for name, values in arrays.items()
    }
    np.savez_compressed(path, allow_pickle=False, **small)
