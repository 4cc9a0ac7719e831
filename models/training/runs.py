"""What made a training run, and how it went: a folder is never taken for another run's.

run.json is written when a run starts, history.json when it ends. A folder whose run.json differs from what would be
made now is refused, by a sentence that says what differs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

RUN_FILE, HISTORY_FILE = "run.json", "history.json"
LIBRARIES = ("torch", "transformers", "accelerate", "tokenizers", "numpy")

Example = Mapping[str, Any]  # "input_ids": list of int, "labels": int, list of float, …

_only_finished: ContextVar[bool] = ContextVar("only_finished", default=False)
_records: ContextVar[list[dict[str, Any]] | None] = ContextVar("records", default=None)


class RunError(RuntimeError):
    """A folder that holds another run, or none where one is needed; the message is one sentence."""


def digest(examples: Sequence[Example]) -> str:
    """sha256 over the names and the values of all examples, in their order."""
    found = hashlib.sha256()
    for example in examples:
        for name, value in example.items():
            plain = value is None or isinstance(value, str)
            found.update(name.encode() + (repr(value).encode() if plain else np.asarray(value).tobytes()) + b"\n")
    return found.hexdigest()


def description(
    objective: nn.Module,
    train: Sequence[Example],
    valid: Sequence[Example],
    settings: Mapping[str, Any],
    follows: Path | None,
) -> dict[str, Any]:
    """What makes a run: settings, examples, the names and shapes of the weights, the run before it, versions."""
    shapes = {name: list(value.shape) for name, value in objective.state_dict().items()}
    return {
        "settings": json.loads(json.dumps(settings)),
        "examples": {
            name: {"count": len(rows), "sha256": digest(rows)} for name, rows in (("train", train), ("valid", valid))
        },
        "weights": hashlib.sha256(json.dumps(shapes).encode()).hexdigest(),
        "follows": hashlib.sha256((follows / HISTORY_FILE).read_bytes()).hexdigest() if follows else None,
        "versions": {name: version(name) for name in LIBRARIES},
    }


def require_same(folder: Path, now: Mapping[str, Any]) -> None:
    """Hold the run in a folder against what would be made now. Raises RunError."""
    finished = (folder / HISTORY_FILE).exists()
    if not (folder / RUN_FILE).exists():
        if finished or (folder / "steps").exists():
            raise RunError(f"{folder} holds a run that does not say what made it (no {RUN_FILE}): move it away")
        return
    before = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    differences = [
        f"{name} was {before['settings'].get(name)!r} and is {value!r}"
        for name, value in now["settings"].items()
        if before["settings"].get(name) != value
    ]
    differences += [
        f"the {name} examples are others ({before['examples'][name]['count']:,} then, {rows['count']:,} now)"
        for name, rows in now["examples"].items()
        if before["examples"][name] != rows
    ]
    if before["weights"] != now["weights"]:
        differences.append("the model has other weights")
    if before["follows"] != now["follows"]:
        differences.append("the run that it starts from is another")
    if not finished:  # half of it with one version and half with another would be no run of either
        differences += [
            f"{name} was {before['versions'].get(name)} and is {value}"
            for name, value in now["versions"].items()
            if before["versions"].get(name) != value
        ]
    if differences:
        raise RunError(
            f"{folder} holds another run: {'; '.join(differences)}: move it away, or go back to its settings"
        )


@contextmanager
def only_finished() -> Iterator[None]:
    """Inside, ``fit`` loads finished runs and raises RunError where it would have to train."""
    token = _only_finished.set(True)
    try:
        yield
    finally:
        _only_finished.reset(token)


def kept(file: Path, texts: Iterable[str]) -> bool:
    """Whether a file that is made of texts (a tokenizer, blocks of ids) is there; FILE.sha256 says of which texts.

    Args:
        file: read by the caller where the answer is True, written by it where it is False.

    Raises:
        RunError: the file was made of other texts, or does not say of which.
    """
    found = hashlib.sha256()
    for text in texts:
        found.update(text.encode() + b"\n")
    note = file.with_name(f"{file.name}.sha256")
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(found.hexdigest(), encoding="utf-8")
        return False
    if not note.exists() or note.read_text(encoding="utf-8") != found.hexdigest():
        raise RunError(f"{file} was made of other texts than are there now: move {file.parent} away")
    return True


def training_allowed() -> bool:
    """False inside ``only_finished``."""
    return not _only_finished.get()


def finished(folder: Path) -> bool:
    """Whether a folder holds finished runs, in it or below it, and no other."""
    started = list(folder.rglob(RUN_FILE))
    return bool(started) and all((run.parent / HISTORY_FILE).exists() for run in started)


def require(folder: Path) -> None:
    """Raises RunError inside ``only_finished`` where the folder holds no finished run: at once, before data is read."""
    if _only_finished.get() and not finished(folder):
        raise RunError(f"there is no finished run in {folder}, and nothing is trained here")


@contextmanager
def recording() -> Iterator[list[dict[str, Any]]]:
    """Inside, each run that is trained or loaded is added to the list: what makes it, its curve, its seconds (of
    the last session, where it was resumed)."""
    records: list[dict[str, Any]] = []
    token = _records.set(records)
    try:
        yield records
    finally:
        _records.reset(token)


def record(folder: Path, history: Mapping[str, Any]) -> None:
    """Add a finished run to the list of ``recording``, where there is one."""
    records = _records.get()
    if records is None:
        return
    kept = ("loss", "eval_loss", f"eval_{history['settings']['metric']}")
    curve: dict[int, dict[str, float]] = {}
    for row in history["log"]:
        figures = {name: row[name] for name in kept if name in row}
        if figures:
            curve.setdefault(row["step"], {"step": row["step"]}).update(figures)
    records.append(
        {
            "run": "/".join(folder.parts[-2:]),
            **json.loads((folder / RUN_FILE).read_text(encoding="utf-8")),
            "seconds": round(sum(row.get("train_runtime", 0.0) for row in history["log"]), 3),
            "resumed_from": history.get("resumed_from"),
            "best": history["best"],
            "curve": list(curve.values()),
        }
    )


def write(file: Path, content: Mapping[str, Any]) -> None:
    """JSON, whole or not at all."""
    aside = file.with_suffix(f".{os.getpid()}.tmp")
    aside.write_text(json.dumps(content, indent=1), encoding="utf-8")
    aside.rename(file)
