"""Short videos as numbers: what was known of user, video, scene and hour before the day on which a list was shown.

Rates are counted over the training split, up to the evening before; earlier ones over what the users had seen before
the log begins. So the outcome of a row is in no feature of it, and all rows of a day see the same tables: they are what
a server would load in the morning.

Data: KuaiRand-Pure, Gao et al. 2022, "KuaiRand: An Unbiased Sequential Recommendation Dataset with Randomly Exposed
Videos", CIKM, arXiv 2208.08696, the part of the usual policy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix, diags
from sklearn.utils.extmath import randomized_svd

from models.training import corpus

SETS = "rec_shortvideo_kuairand"
TASKS = ("is_click", "long_view", "is_like")
HISTORIES = ("skipped", "long viewed", "liked")
EVENTS = 20  # of a history, the last ones
DAYS = 32  # more than there are
SCENES = 15
VECTORS = 24  # size of a video's fixed vector
PAIRS = 1 << 20  # more than there are values of either half of a pair
DURATIONS = (7, 11, 15, 20, 30, 45, 60, 90, 120, 180, 240)  # seconds, where a new class begins

USER_FACTS = (
    "user_active_degree", "is_live_streamer", "is_video_author", "follow_user_num_range", "fans_user_num_range",
    "friend_user_num_range", "register_days_range", *(f"onehot_feat{number}" for number in range(18)),
)  # fmt: skip
USER_NUMBERS = ("follow_user_num", "fans_user_num", "friend_user_num", "register_days")


@dataclass(frozen=True)
class Requests:
    """Lists that were shown, or are to be; int64 (lists) each. 0 is a user of whom nothing is known."""

    user: np.ndarray
    tab: np.ndarray  # the scene
    hour: np.ndarray
    day: np.ndarray  # 1 is the first of the log

    def __getitem__(self, index: np.ndarray | slice) -> Requests:
        return Requests(*(part[index] for part in (self.user, self.tab, self.hour, self.day)))

    def __len__(self) -> int:
        return len(self.user)


class Counts:
    """How often a key was met before a day, and how often each label was 1 there."""

    def __init__(self, keys: np.ndarray, days: np.ndarray, labels: np.ndarray) -> None:
        """Args: keys: int64 (events). days: int64 (events). labels: (events, labels)."""
        places = keys * DAYS + days
        order = np.argsort(places, kind="stable")
        self.places = places[order]
        self.sums = np.concatenate([np.zeros((1, labels.shape[1])), labels[order].cumsum(0, dtype=np.float64)])
        totals = np.zeros((DAYS, 1 + labels.shape[1]))
        np.add.at(totals, days + 1, np.column_stack([np.ones(len(labels)), labels]))
        totals = totals.cumsum(0)  # of all keys before each day
        self.prior = (totals[:, 1:] + 1) / (totals[:, :1] + 2)  # (days, labels)

    def before(self, keys: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """int64 (…) each -> how many, float64 (…), and of which label, float64 (…, labels)."""
        first, end = (np.searchsorted(self.places, keys * DAYS + day) for day in (0, days))
        return (end - first).astype(np.float64), self.sums[end] - self.sums[first]

    def features(self, keys: np.ndarray, days: np.ndarray, strength: float) -> np.ndarray:
        """Log-odds of each smoothed rate less those of all keys together, and the log of the count, (…, labels + 1).

        Args: strength: as how many rows the rate of all keys, of the same days, counts.
        """
        (count, sums), prior = self.before(keys, days), self.prior[days]
        yes, no = sums + strength * prior, count[..., None] - sums + strength * (1 - prior)
        odds = np.log(yes / no) - np.log(prior / (1 - prior))
        return np.concatenate([odds, np.log1p(count)[..., None]], -1)


@dataclass(frozen=True)
class Key:
    """What rates are counted by."""

    name: str
    of: Callable[[World, np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]  # user, tab, hour, video
    strength: float
    group: Literal["request", "item", "pair"]
    tasks: int = 3  # of the log, the first ones
    history: bool = True  # whether it is known of what was seen before the log


def pair(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A key of two."""
    return one * PAIRS + other


KEYS = (
    Key("user", lambda world, user, tab, hour, video: user, 5, "request"),
    Key("user, tab", lambda world, user, tab, hour, video: pair(user, tab), 5, "request", 2, history=False),
    Key("tab", lambda world, user, tab, hour, video: tab, 20, "request", history=False),
    Key("hour", lambda world, user, tab, hour, video: hour, 50, "request", 2, history=False),
    Key("video", lambda world, user, tab, hour, video: video, 20, "item"),
    Key("author", lambda world, user, tab, hour, video: world.authors[video], 20, "item", 2),
    Key("tag", lambda world, user, tab, hour, video: world.tag[video], 50, "item"),
    Key("duration", lambda world, user, tab, hour, video: world.duration[video], 50, "item"),
    Key("video, tab", lambda world, user, tab, hour, video: pair(video, tab), 20, "pair", 2, history=False),
    Key("user, tag", lambda world, user, tab, hour, video: pair(user, world.tag[video]), 5, "pair", 2),
    Key("user, duration", lambda world, user, tab, hour, video: pair(user, world.duration[video]), 5, "pair", 2),
    Key("user, author", lambda world, user, tab, hour, video: pair(user, world.authors[video]), 3, "pair", 2),
    Key("user, video", lambda world, user, tab, hour, video: pair(user, video), 1, "pair", 2),
)
CHEAP = 9  # the first features of a pair, which a coarse ranker may read: by video and tab, by user and tag


def numbers(values: pd.Series) -> np.ndarray:
    """Each value as a number from 1; one that is missing is a value too."""
    return pd.factorize(values.astype(str), sort=True)[0] + 1


def log1p(values: ArrayLike) -> np.ndarray:
    """Of counts, of which some are negative where they are not known."""
    return np.log1p(np.maximum(np.nan_to_num(np.asarray(values, np.float64)), 0))


class World:
    """All tables. A user and a video are known by their id + 1; 0 is none, or one of which nothing is known."""

    authors: np.ndarray  # int64 (videos), as the next two
    tag: np.ndarray  # the first one
    duration: np.ndarray  # its class
    item_facts: np.ndarray  # int64 (videos, facts)
    item_numbers: np.ndarray  # float64 (videos, numbers)
    user_facts: np.ndarray  # int64 (users, facts)
    user_numbers: np.ndarray  # float64 (users, numbers)

    def __init__(
        self, impressions: pd.DataFrame, history: pd.DataFrame, items: pd.DataFrame, users: pd.DataFrame
    ) -> None:
        """Args: the four tables as they are published; outcomes are read of the training split alone."""
        dates = pd.to_datetime(impressions["date"].astype(str))
        self.first = dates.min()
        rows = impressions.assign(day=(dates - self.first).dt.days + 1).sort_values("time_ms", kind="stable")
        self.rows = rows.reset_index(drop=True)
        self.labels = self.rows[list(TASKS)].to_numpy(np.float32)  # (rows, tasks)
        self.video = self.rows["video_id"].to_numpy(np.int64) + 1
        self.requests = Requests(
            self.rows["user_id"].to_numpy(np.int64) + 1,
            *(self.rows[name].to_numpy(np.int64) for name in ("tab", "hour", "day")),
        )
        self.train = (self.rows["split"] == "train").to_numpy()
        self.read_items(items)
        self.read_history(history, int(max(users["user_id"].max(), self.requests.user.max() - 1)) + 2)
        self.read_users(users)
        self.count()

    @classmethod
    def load(cls) -> World:
        """From the data folder."""
        return cls(*(corpus.load(f"{SETS}_{name}") for name in ("impressions", "history", "items", "users")))

    @cached_property
    def digest(self) -> str:
        """sha256 of all that is read, for the runs that are trained on it."""
        found = hashlib.sha256()
        tables = (self.labels, self.video, self.requests.user, self.seen, self.item_facts, self.user_facts)
        for table in (*tables, *self.features(self.requests[:64], self.video[:64, None])):
            found.update(np.ascontiguousarray(table).tobytes())
        return found.hexdigest()

    def read_items(self, items: pd.DataFrame) -> None:
        place = items["video_id"].to_numpy(np.int64) + 1
        self.videos = int(max(place.max(), self.video.max())) + 1

        def table(values: ArrayLike, kind: type = np.int64) -> np.ndarray:
            found: np.ndarray = np.zeros(self.videos, kind)
            found[place] = values
            return found

        seconds = np.zeros(self.videos)  # that of the log, where the table has none
        np.maximum.at(seconds, self.video, self.rows["duration_ms"].to_numpy() / 1000)
        stated = table(items["duration_ms"].fillna(0) / 1000, float)
        seconds = np.where(stated > 0, stated, seconds)
        tags = [list(tags) if tags is not None else [] for tags in items["tags"]]
        self.authors = table(numbers(items["author_id"]))
        self.tag = table([tags[0] + 1 if tags else 0 for tags in tags])
        self.duration = np.digitize(seconds, (0.1, *DURATIONS))
        self.item_facts = np.stack(
            [
                np.arange(self.videos),
                self.tag,
                table([tags[1] + 1 if len(tags) > 1 else 0 for tags in tags]),
                table(numbers(items["upload_type"])),
                self.duration,
            ],
            1,
        )
        self.item_numbers = np.stack([log1p(seconds), table(items["width"] / items["height"].clip(lower=1), float)], 1)
        self.upload = table((pd.to_datetime(items["upload_dt"]) - self.first).dt.days + 1, float)
        self.upload[0] = np.nan

    def read_history(self, history: pd.DataFrame, users: int) -> None:
        """What was seen before the log: a user, a video, whether it was viewed long, whether it was liked."""
        self.users = users
        user = history["user_id"].to_numpy(np.int64) + 1

        def events(column: str) -> tuple[np.ndarray, np.ndarray]:
            lengths = history[column].map(len).to_numpy()
            videos = np.concatenate([np.zeros(0, np.int64), *history[column]]).astype(np.int64) + 1
            return np.repeat(user, lengths), videos

        shown, self.viewed, self.liked = (events(f"{name}_seq") for name in ("shown", "long_view", "like"))
        by_pair = [np.isin(pair(*shown), pair(*events)) for events in (self.viewed, self.liked)]
        self.seen = np.stack([*shown, *by_pair], 1).astype(np.int64)  # (events, 4)
        totals = [np.bincount(events[0], minlength=users) for events in (self.viewed, self.liked)]
        length = np.zeros(users)
        length[user] = history["history_len"]
        self.user_numbers = np.stack([log1p(values) for values in (length, *totals)], 1)
        self.vectors = vectors(*self.viewed, users, self.videos)  # float32 (videos, VECTORS)

    def read_users(self, users: pd.DataFrame) -> None:
        place = users["user_id"].to_numpy(np.int64) + 1
        self.user_facts = np.zeros((self.users, len(USER_FACTS)), np.int64)
        self.user_facts[place] = np.stack([numbers(users[name]) for name in USER_FACTS], 1)
        stated = np.zeros((self.users, len(USER_NUMBERS)))
        stated[place] = log1p(users[list(USER_NUMBERS)])
        self.user_numbers = np.concatenate([self.user_numbers, stated], 1)

    def count(self) -> None:
        """Rates by each key, and the events of each user by what he did, in the order of time."""
        user, video, long, like = self.seen.T
        none, outcomes = np.zeros_like(user), np.stack([long, like], 1)
        known, videos, labels = self.requests[self.train], self.video[self.train], self.labels[self.train]
        self.log, self.past = {}, {}
        for key in KEYS:
            keys = key.of(self, known.user, known.tab, known.hour, videos)
            self.log[key.name] = Counts(keys, known.day, labels[:, : key.tasks])
            if key.history:
                self.past[key.name] = Counts(key.of(self, user, none, none, video), none, outcomes)
        skipped = user[long == 0], video[long == 0]
        self.events = []
        for (who, what), now in zip(
            (skipped, self.viewed, self.liked), (labels[:, 1] == 0, labels[:, 1] > 0, labels[:, 2] > 0), strict=True
        ):
            who, what = np.concatenate([who, known.user[now]]), np.concatenate([what, videos[now]])
            places = who * DAYS + np.concatenate([np.zeros(len(who) - now.sum(), np.int64), known.day[now]])
            order = np.argsort(places, kind="stable")
            self.events.append((places[order], what[order]))

    # --- of requests and candidates ---------------------------------------------------------------------------------

    def histories(self, requests: Requests) -> np.ndarray:
        """The last videos of each kind before the day, the latest first, int64 (lists, histories, events); 0: none."""
        found = []
        for places, videos in self.events:
            first, end = (np.searchsorted(places, requests.user * DAYS + day) for day in (0, requests.day))
            index = end[:, None] - 1 - np.arange(EVENTS)
            found.append(np.where(index >= first[:, None], videos[np.maximum(index, 0)], 0))
        return np.stack(found, 1)

    def features(self, requests: Requests, videos: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The numbers of all candidates of each list.

        Args:
            videos: int64 (lists, candidates).

        Returns:
            float32: of the request (lists, numbers), of the item and of the pair (lists, candidates, numbers); see
            NAMES for what they are.
        """
        user, tab, hour, day = (part[:, None] for part in (requests.user, requests.tab, requests.hour, requests.day))
        groups: dict[str, list[np.ndarray]] = {"request": [], "item": [], "pair": []}
        for key in KEYS:
            at = videos[:, :1] if key.group == "request" else videos
            keys = key.of(self, user, tab, hour, at)
            days = np.broadcast_to(day, keys.shape)
            groups[key.group].append(self.log[key.name].features(keys, days, key.strength))
            if key.history:
                groups[key.group].append(self.past[key.name].features(keys, np.ones_like(days), key.strength))
        angle = hour * np.pi / 12
        age = np.clip(np.nan_to_num(day - self.upload[videos]), 0, 60)
        groups["request"] += [self.user_numbers[user], np.sin(angle)[..., None], np.cos(angle)[..., None]]
        groups["item"] += [self.item_numbers[videos], age[..., None]]
        groups["pair"].append(self.similarity(requests, videos))
        request, item, both = (np.concatenate(parts, 2).astype(np.float32) for parts in groups.values())
        return request[:, 0], item, both

    def similarity(self, requests: Requests, videos: np.ndarray) -> np.ndarray:
        """The mean vector of each history times that of the candidate, (lists, candidates, histories)."""
        seen = self.histories(requests)
        means = self.vectors[seen].sum(2) / np.maximum((seen > 0).sum(2), 1)[..., None]
        return self.vectors[videos] @ means.swapaxes(1, 2)


def vectors(user: np.ndarray, video: np.ndarray, users: int, videos: int, size: int = VECTORS) -> np.ndarray:
    """A fixed vector for each video: those that the same users viewed long are alike, float32 (videos, size).

    Singular vectors of users by videos, both scaled by the square root of their counts. The first is left out: it is
    the counts themselves. Vectors that are learnt from 167,000 rows know them by heart after an epoch; these do not.
    """
    seen = csr_matrix((np.ones(len(user)), (user, video)), shape=(users, videos))
    seen.data[:] = 1
    by_user, by_video = (np.asarray(seen.sum(axis)).ravel() for axis in (1, 0))
    scaled = diags(1 / np.sqrt(np.maximum(by_user, 1))) @ seen @ diags(1 / np.sqrt(by_video + 20))
    _, strength, right = randomized_svd(scaled, size + 1, random_state=0)
    found = (right.T * strength)[:, 1:]
    found /= np.linalg.norm(found, axis=1, keepdims=True) + 1e-3
    return np.pad(found, ((0, 0), (0, size - found.shape[1]))).astype(np.float32)


def names() -> dict[str, list[str]]:
    """What each number of ``World.features`` is, by group."""
    found: dict[str, list[str]] = {"request": [], "item": [], "pair": []}
    for key in KEYS:
        found[key.group] += [f"{label} of {key.name}" for label in (*TASKS[: key.tasks], "rows")]
        if key.history:
            found[key.group] += [f"{label} of {key.name}, before" for label in ("long_view", "is_like", "rows")]
    found["request"] += ["history_len", "long views", "likes", *USER_NUMBERS, "hour, sine", "hour, cosine"]
    found["item"] += ["duration", "aspect", "age"]
    found["pair"] += [f"like what was {kind}" for kind in HISTORIES]
    return found


def unexposed(
    shown: Sequence[set[int]], pool: np.ndarray, count: int, rng: np.random.Generator, weights: np.ndarray | None = None
) -> np.ndarray:
    """Videos that a user was not shown, int64 (users, count); 0: none is left.

    Args:
        shown: of each user, what he was.
        pool: int64 (videos), to draw from, evenly or by weights.
    """
    share = None if weights is None else weights / weights.sum()
    found = np.zeros((len(shown), count), np.int64)
    for row, seen in enumerate(shown):
        drawn = rng.choice(pool, min(len(pool), count + len(seen)), replace=False, p=share)
        left = [video for video in drawn.tolist() if video not in seen][:count]
        found[row, : len(left)] = left
    return found
