"""Recall by implicit and RecTools, of the same histories: each in a Python of its own, installed on request only.

They are given what our models are: every item of a history once, where it was last taken, the oldest first.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from models.recall import L2
from models.training.funnel_shop import SIZE, sequences
from models.training.interactions import Histories

FOLDER = Path(".cache/recall-peers")
SCRIPT = Path(__file__).with_name("recall_peer.py")
REQUIREMENTS = ("implicit>=0.7.3,<0.8", "rectools[torch]>=0.19,<0.20")
SHARED = ("torch==2.13.0",)  # as in requirements-train.txt, which says why
LONGEST = 50  # of a part of a history
BATCH = 64  # parts of a step, as in models/training/funnel_shop.py


class PeerError(RuntimeError):
    """A peer that cannot be installed or does not run; the message has the end of what it said."""


def python() -> Path:
    """The interpreter of the peers."""
    return (FOLDER / "bin" / "python").absolute()  # not resolved: the link is what makes it a Python of its own


def install() -> None:
    """Once; later calls find it there. Raises PeerError."""
    if not python().exists():
        _call([sys.executable, "-m", "venv", str(FOLDER)])
    _call([str(python()), "-m", "pip", "install", "--quiet", *SHARED, *REQUIREMENTS])


def parts_of(learnt: Histories) -> np.ndarray:
    """Histories in the pieces that our SASRec reads, int64 (parts, LONGEST + 1): RecTools reads of a user the newest
    alone, so that a piece is a user to it."""
    inputs, targets = sequences(learnt, LONGEST)
    return np.concatenate([inputs.numpy(), targets.numpy()[:, -1:]], 1)


def peers(parts: int, epochs: int) -> dict[str, dict[str, Any]]:
    """Each peer with its settings: ours where it has the same one, else its own. parts, epochs: of our SASRec."""
    network = {"n_factors": SIZE, "n_blocks": 2, "n_heads": 1, "session_max_len": LONGEST, "dropout_rate": 0.3,
               "batch_size": BATCH, "steps": epochs * -(-parts // BATCH)}  # fmt: skip
    return {
        "implicit, iALS": {"factors": SIZE, "alpha": 1.0, "regularization": 0.01, "iterations": 15},
        "implicit, ItemKNN": {"K": 100},
        "RecTools, EASE": {"regularization": L2},
        "RecTools, SASRec": {**network, "loss": "softmax", "lr": 1e-3},
    }


def scores(
    name: str, settings: dict[str, Any], learnt: Histories, known: Histories, count: int
) -> Iterator[np.ndarray]:
    """Of every user and item, float32 (users, count). Raises PeerError."""
    install()
    with tempfile.TemporaryDirectory() as folder:
        np.savez(
            Path(folder) / "asked.npz", learnt=learnt.items, known=known.items, parts=parts_of(learnt), count=count
        )
        (Path(folder) / "settings.json").write_text(json.dumps(settings))
        _call([str(python()), "-P", str(SCRIPT), name, folder])
        yield np.load(Path(folder) / "scores.npy")


def _call(command: list[str]) -> None:
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode:
        raise PeerError(f"{' '.join(command)[:200]} failed: …{(found.stderr or found.stdout)[-600:]}")
