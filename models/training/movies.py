"""Who watched what on MovieLens (latest, small: Harper and Konstan 2015, TiiS 5(4)), cut at one moment for everybody.

To compare with what others publish only: its terms allow no commercial use, so neither rows nor models are shipped.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.preprocessing import MultiLabelBinarizer

from models.training import corpus
from models.training.interactions import Histories, histories, taken

RATINGS, ITEMS = "rec_movies_mllatestsmall_ratings", "rec_movies_mllatestsmall_items"


class Movies:
    """A rating is a film that was watched, whatever it says: as in the papers on sequences.

    Args:
        rows: user_id, item_id, timestamp (s), split_global_time. items: item_id, title, genres. Both are the data sets'
            own where they are not given. In ``rows`` here films are numbered from 0.
    """

    def __init__(self, rows: pd.DataFrame | None = None, items: pd.DataFrame | None = None) -> None:
        rows = corpus.load(RATINGS) if rows is None else rows
        self.items = (corpus.load(ITEMS) if items is None else items).sort_values("item_id").reset_index(drop=True)
        number = np.searchsorted(self.items["item_id"], rows["item_id"])
        self.rows = rows.assign(
            item_id=number, basket_id=rows["timestamp"], time=pd.to_datetime(rows["timestamp"], unit="s")
        )
        after = self.rows[self.rows["split_global_time"] != "train"]
        self.until = after["time"].min()  # models learn from nothing that is later

    @property
    def count(self) -> int:
        return len(self.items)

    @cached_property
    def facts(self) -> np.ndarray:
        """Genres: float32 (items, genres) of 0 and 1."""
        return np.asarray(MultiLabelBinarizer().fit_transform(self.items["genres"]), np.float32)

    def learnt(self) -> Histories:
        """Everybody until the moment."""
        return histories(self.rows, self.until)

    def returning(self) -> tuple[Histories, np.ndarray]:
        """Who watched something afterwards: what they had watched when half of that was over, and the other half.

        Most watch for an hour and never come back, so that few have a past at the moment itself; a model is asked in
        the middle of what each watched after it, and has learnt from nothing of that.

        Returns:
            The histories, and bool (users, items).
        """
        after = self.rows[self.rows["time"] >= self.until].sort_values(["user_id", "time"], kind="stable")
        place = after.groupby("user_id").cumcount()
        half = after.groupby("user_id")["item_id"].transform("size") // 2
        middle = after["time"].where(place >= half).groupby(after["user_id"]).transform("min")
        later = after[after["time"] >= middle]
        rows = self.rows[~self.rows.index.isin(later.index)]
        users = np.intersect1d(rows["user_id"], later["user_id"])
        end = self.rows["time"].max() + pd.Timedelta(seconds=1)
        return histories(rows, end, users), taken(later, users, self.count)
