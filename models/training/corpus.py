"""The one door to data sets: named Parquet files from a local folder, or any data set of the Hugging Face Hub."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent.parent

# Sets that their authors split by a ``fold`` column, cut once and for all: fold 0 is the test split, fold 1 the
# validation split. (The ten-fold tables read the column itself, through split "all".)
FOLDED = ("subj", "mr")

# Sets that are published without a validation split: every tenth training row becomes it, once and for all.
WITHOUT_VALID = ("trec",)

# train_phrases of sst2 writes these as the sentences of the other splits do not.
SST_SPELLING = {"(": "-lrb-", ")": "-rrb-", "/": "\\/"}


class CorpusError(LookupError):
    """A data set or a split that is not there; the message names the places looked at."""


def data_folder() -> Path:
    """The folder of the Parquet files: the setting HUB_DATA, else ../shared/data beside this repository."""
    return Path(os.environ.get("HUB_DATA") or ROOT.parent / "shared" / "data")


def load(name: str, split: str = "all") -> pd.DataFrame:
    """One split of a data set.

    Args:
        name: a file of the data folder without its ending ("sst2"), or a Hub id with a slash ("stanfordnlp/sst2").
        split: a value of the set's ``split`` column ("train", "valid", "test", …), or "all".

    Returns:
        The rows with a fresh index, the columns as they are published.

    Raises:
        CorpusError: no such data set or split; says where it was looked for and what there is.
    """
    if "/" in name:
        return _load_hub(name, split)
    path = data_folder() / f"{name}.parquet"
    if not path.is_file():
        raise CorpusError(
            f"data set {name!r} not found: looked for {path} (the folder is the setting HUB_DATA, "
            f"now {os.environ.get('HUB_DATA') or 'not set'}). Set HUB_DATA to the folder that holds {name}.parquet, "
            "or give a Hub id such as 'stanfordnlp/sst2'."
        )
    rows = pd.read_parquet(path)
    if name in FOLDED:
        rows["split"] = rows["fold"].map(lambda fold: {0: "test", 1: "valid"}.get(fold, "train"))
    if name in WITHOUT_VALID:
        training = rows.index[rows["split"] == "train"]
        rows.loc[training[9::10], "split"] = "valid"
    if name == "sst2":
        phrases = rows["split"] == "train_phrases"
        rows.loc[phrases, "text"] = rows.loc[phrases, "text"].map(_sst_spelling)
    if name == "sst1_phrases":  # some short phrases are whole sentences of the splits that are measured on
        sentences = load("sst1")
        held_out = set(sentences[sentences["split"] != "train"]["text"].map(plain))
        rows = rows[~rows["text"].map(plain).isin(held_out)]
    if split == "all":
        return rows.reset_index(drop=True)
    if "split" not in rows.columns:
        raise CorpusError(f"data set {name!r} has no splits: ask for split 'all', not {split!r}")
    chosen = rows[rows["split"] == split].reset_index(drop=True)
    if chosen.empty:
        raise CorpusError(
            f"data set {name!r} has no split {split!r}; it has {', '.join(sorted(rows['split'].unique()))}"
        )
    return chosen


def plain(text: str) -> str:
    """Letters and digits alone, in lower case: two texts with the same are the same text."""
    return "".join(character for character in text.lower() if character.isalnum())


def _sst_spelling(text: str) -> str:
    return " ".join(SST_SPELLING.get(token, token.replace("/", "\\/")) for token in text.split())


def _load_hub(name: str, split: str) -> pd.DataFrame:
    import datasets

    try:
        if split == "all":
            parts = datasets.load_dataset(name)
            return pd.concat([part.to_pandas() for part in parts.values()], ignore_index=True)
        return datasets.load_dataset(name, split=split).to_pandas()
    except Exception as error:  # the library raises many kinds, offline and online
        raise CorpusError(f"data set {name!r}, split {split!r}, cannot be loaded from the Hub: {error}") from error
