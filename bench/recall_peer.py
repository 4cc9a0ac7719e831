"""Run by the Python of the peers: `recall_peer.py NAME FOLDER` reads FOLDER/asked.npz and writes FOLDER/scores.npy.

It imports nothing of this project. asked.npz: learnt, known int64 (users, longest), the oldest first, padding -1 in
front; parts: the histories that are learnt from in pieces, which networks read; count: of the items.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix


def matrix(items: np.ndarray, count: int) -> csr_matrix:
    """Float32 (users, count) of 0 and 1. items: (users, longest), padding -1."""
    users, places = np.nonzero(items >= 0)
    return csr_matrix((np.ones(len(users), np.float32), (users, items[users, places])), (len(items), count))


def interactions(items: np.ndarray) -> pd.DataFrame:
    """Rows as RecTools reads them: it sorts by time, so each user's are a day apart, in their order."""
    users, places = np.nonzero(items >= 0)
    days = pd.Timestamp("2000-01-01") + pd.to_timedelta(places, unit="D")
    return pd.DataFrame({"user_id": users, "item_id": items[users, places], "weight": 1.0, "datetime": days})


def by_implicit(model: Any, learnt: csr_matrix, known: csr_matrix) -> np.ndarray:
    """Scores of a model of implicit: of factors, or of a matrix of similarities."""
    model.fit(learnt, show_progress=False)
    if hasattr(model, "similarity"):
        return np.asarray((known @ model.similarity).todense(), np.float32)
    return np.asarray(model.recalculate_user(np.arange(known.shape[0]), known) @ model.item_factors.T, np.float32)


def by_rectools(model: Any, learnt: np.ndarray, known: np.ndarray, count: int) -> np.ndarray:
    """Scores of a model of RecTools, through the lists that it recommends."""
    from rectools import Columns
    from rectools.dataset import Dataset, IdMap, Interactions

    dataset = Dataset.construct(interactions(learnt))
    model.fit(dataset)
    rows = interactions(known)
    rows = rows[rows["item_id"].isin(dataset.item_id_map.external_ids)]  # of others the model knows nothing
    wanted = rows["user_id"].unique()
    # A user more, who has everything and is not asked for: else a matrix is as wide as the last item that somebody has.
    everything = interactions(np.asarray(dataset.item_id_map.external_ids)[None]).assign(user_id=len(known))
    rows = pd.concat([rows, everything])
    users = IdMap.from_values(rows["user_id"].to_numpy())
    asked = Dataset(users, dataset.item_id_map, Interactions.from_raw(rows, users, dataset.item_id_map))
    listed = model.recommend(wanted, asked, k=count, filter_viewed=False)
    scores = np.full((len(known), count), -np.inf, np.float32)
    scores[listed[Columns.User], listed[Columns.Item]] = -listed[Columns.Rank]
    return scores


def made(name: str, settings: dict[str, Any]) -> Any:
    """A model, untrained."""
    if name == "implicit, iALS":
        from implicit.als import AlternatingLeastSquares

        return AlternatingLeastSquares(**settings, num_threads=1, random_state=0)
    if name == "implicit, ItemKNN":
        from implicit.nearest_neighbours import CosineRecommender

        return CosineRecommender(**settings, num_threads=1)
    if name == "RecTools, EASE":
        from rectools.models import EASEModel

        return EASEModel(**settings)
    from pytorch_lightning import Trainer, seed_everything
    from rectools.models import SASRecModel

    seed_everything(0)
    steps = settings.pop("steps")
    return SASRecModel(
        **settings,
        get_trainer_func=lambda: Trainer(
            max_steps=steps, max_epochs=-1, accelerator="cpu", logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False,
        ),
    )  # fmt: skip


def main(name: str, folder: Path) -> None:
    asked = np.load(folder / "asked.npz")
    settings = json.loads((folder / "settings.json").read_text())
    known, count = asked["known"], int(asked["count"])
    part = "parts" if "steps" in settings else "learnt"
    model = made(name, settings)
    if name.startswith("implicit"):
        scores = by_implicit(model, matrix(asked["learnt"], count), matrix(known, count))
    else:
        scores = by_rectools(model, asked[part], known, count)
    np.save(folder / "scores.npy", scores)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
