"""The one door to data sets: named Parquet files of a local folder.

What each is, and the sha256 of the file that the bundles were made with, stands in data.json beside this file.
`python -m models.training.corpus` holds the folder against it; docs/data.md says where the sets come from.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent.parent
MANIFEST = Path(__file__).with_name("data.json")

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
        name: a file of the data folder without its ending, "sst2".
        split: a value of the set's ``split`` column ("train", "valid", "test", …), or "all".

    Returns:
        The rows with a fresh index, the columns as they are published.

    Raises:
        CorpusError: no such data set or split; says where it was looked for and what there is.
    """
    path = data_folder() / f"{name}.parquet"
    if not path.is_file():
        raise CorpusError(
            f"data set {name!r} not found: looked for {path} (the folder is the setting HUB_DATA, "
            f"now {os.environ.get('HUB_DATA') or 'not set'}). docs/data.md says where it comes from."
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


# --- what the bundles were made with ------------------------------------------------------------------------------


@dataclass(frozen=True)
class DataSet:
    """A data set as data.json describes it."""

    source: str
    licence: str
    derived: str  # how the file was made of the source
    columns: list[str]
    rows: dict[str, int]  # of each split; "all": it has none
    sha256: str  # of the Parquet file
    needed_by: list[str]  # bundles that are trained on it, or on what was
    measured_on: list[str]  # bundles and benches that only report a figure of it


def manifest() -> dict[str, DataSet]:
    """Every data set that this project reads, by name."""
    content = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return {name: DataSet(**facts) for name, facts in content.items()}


def verify(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each name with "ok", or with what is wrong with its file."""
    known = manifest()
    for name in names:
        path = data_folder() / f"{name}.parquet"
        if not path.is_file():
            lost = known[name].needed_by
            yield name, f"missing: {path}" + (f"; without it there is no {', '.join(lost)}" if lost else "")
            continue
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        yield name, "ok" if found == known[name].sha256 else f"another file: sha256 {found}"


def table() -> str:
    """The data sets as the table of docs/data.md."""
    lines = [
        "| data set | source | licence | how it was derived | columns | rows | needed by | sha256 |",
        "| --- " * 8 + "|",
    ]
    for name, one in manifest().items():
        rows = ", ".join(f"{split} {count:,}" for split, count in one.rows.items())
        needed = ", ".join(one.needed_by) or f"figures alone: {', '.join(one.measured_on)}"
        cells = (name, one.source, one.licence, one.derived, ", ".join(one.columns), rows, needed, f"`{one.sha256}`")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Hold the data sets in HUB_DATA against those of this project.")
    parser.add_argument("names", nargs="*", help="data sets; all, if none is named")
    parser.add_argument("--table", action="store_true", help="print the table of docs/data.md and read no data")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(manifest()):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(manifest())}")
    if arguments.table:
        print(table())
    else:
        results = list(verify(arguments.names or manifest()))
        for name, result in results:
            print(f"{name:22} {result}")
        sys.exit(any(result != "ok" for _, result in results))
