"""A real shop's sales, item by item: `retail_transactions` and `retail_items`, as a recommender reads them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from models.training import corpus
from models.training.interactions import histories

DAYS = (7, 14, 28, 10_000)  # of models.funnel.STATS
DIMENSIONS = 32  # of the words of a title
KINDS = 24  # groups of titles
OLD = 60  # days on sale


class Shop:
    """Everything that was sold.

    Args:
        rows: user_id, item_id, basket_id, time. items: title, price_median, in the order of item_id from 0. Both are
            the data sets' own where they are not given.
    """

    def __init__(self, rows: pd.DataFrame | None = None, items: pd.DataFrame | None = None) -> None:
        rows = corpus.load("retail_transactions", "all") if rows is None else rows
        rows = rows[rows["user_id"].notna()]
        self.rows = rows.assign(user_id=rows["user_id"].astype(np.int64), item_id=rows["item_id"].astype(np.int64))
        self.items = corpus.load("retail_items").sort_values("item_id") if items is None else items
        self.price = self.items["price_median"].to_numpy(np.float32)

    @property
    def count(self) -> int:
        return len(self.items)

    @cached_property
    def words(self) -> Any:
        """TF-IDF of titles, sparse (items, words)."""
        self.reader = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        return self.reader.fit_transform(self.items["title"].fillna("").str.lower())

    @cached_property
    def facts(self) -> np.ndarray:
        """Float32 (items, DIMENSIONS + 1): titles in few dimensions, and the price."""
        reduced = self.reduced
        price = np.log1p(self.price)
        return np.concatenate([reduced * 3, (price - price.mean())[:, None]], axis=1).astype(np.float32)

    def before(self, until: pd.Timestamp, days: int = 10_000) -> pd.DataFrame:
        """What was sold in the days before a moment."""
        return self.rows[(self.rows["time"] < until) & (self.rows["time"] >= until - pd.Timedelta(days=days))]

    def buyers(self, until: pd.Timestamp, days: int) -> np.ndarray:
        """How many users took each item: float32 (items,)."""
        pairs = self.before(until, days).drop_duplicates(["user_id", "item_id"])
        return np.bincount(pairs["item_id"], minlength=self.count).astype(np.float32)

    def interactions(self, until: pd.Timestamp, days: int = 10_000) -> np.ndarray:
        """Float32 (users, items) of 0 and 1."""
        return histories(self.before(until, days), until).matrix(self.count)

    def stats(self, until: pd.Timestamp) -> np.ndarray:
        """Float32 (items, STATS).

        Popularity is a share of the buyers of those days, and what is on sale for two months is old: so a figure means
        the same at every moment, however long the shop has been watched.
        """
        first = self.before(until).groupby("item_id")["time"].min().reindex(range(self.count))
        age = ((until - first).dt.total_seconds() / 86_400).fillna(0).to_numpy(np.float32)
        shares = [
            np.log((self.buyers(until, days) + 1) / (self.before(until, days)["user_id"].nunique() + 1))
            for days in DAYS
        ]
        columns = [*shares, np.log(self.price + 0.1), np.log1p(np.minimum(age, OLD))]
        return np.stack(columns, axis=1).astype(np.float32)

    @cached_property
    def reduced(self) -> np.ndarray:
        """Titles in few dimensions: float32 (items, DIMENSIONS)."""
        size = min(DIMENSIONS, self.words.shape[1] - 1, self.count - 1)
        reduced = TruncatedSVD(size, random_state=0).fit_transform(self.words)
        return np.pad(reduced, ((0, 0), (0, DIMENSIONS - size))).astype(np.float32)

    def catalogue(self, until: pd.Timestamp) -> dict[str, np.ndarray]:
        """What a page shows of the items, and how alike they are.

        A kind is a cluster of titles, named by the two words that weigh most in it.
        """
        vectors = self.reduced / np.maximum(np.linalg.norm(self.reduced, axis=1, keepdims=True), 1e-6)
        kinds = KMeans(min(KINDS, self.count // 4), n_init=4, random_state=0).fit_predict(vectors)
        words, names = self.reader.get_feature_names_out(), []
        for kind in range(kinds.max() + 1):
            weights = np.asarray(self.words[kinds == kind].mean(0))[0]
            best = [words[place] for place in np.argsort(-weights) if " " not in words[place]]
            names.append(" ".join(best[:2]))
        return {
            "titles": np.array(self.items["title"].fillna("").str.strip().str.capitalize().tolist()),
            "prices": self.price,
            "kinds": kinds.astype(np.int64),
            "kind_names": np.array(names),
            "vectors": vectors.astype(np.float32),
            "buyers": self.buyers(until, DAYS[-1]).astype(np.int64),
            "recent": self.buyers(until, DAYS[2]).astype(np.int64),
        }
