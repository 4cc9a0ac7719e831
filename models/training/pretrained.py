"""Weights that someone else has trained: what is loaded must be what the files hold."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

ADAPTER = "adapter_config.json"
NAMED = 3  # weights that a message names


class PretrainedError(ValueError):
    """Files that hold other weights than are asked for; the message says which."""


def whole(kind: Any, source: str, **options: Any) -> Any:
    """A model in float32, in eval mode, every weight of which is in the files.

    transformers draws at random what is missing, and leaves out what is too much, with a warning only: a renamed key, a
    classifier, or a body without its head would be published as if it had been trained.

    Args:
        kind: a class of transformers, or one of its Auto classes. source: a folder, or an id of the Hub.

    Raises:
        PretrainedError: weights are missing or have other shapes, the files are of another class, or hold an adapter.
        OSError: there is no such model.
    """
    if (Path(source) / ADAPTER).is_file():
        raise PretrainedError(f"it holds an adapter ({ADAPTER}), not a model: merge it into its base first")
    wanted = getattr(getattr(kind, "config_class", None), "model_type", "")
    written = _model_type(source)
    if wanted and written and written != wanted:
        raise PretrainedError(f"it is a {written}, not a {wanted}")
    model, report = kind.from_pretrained(source, dtype=torch.float32, output_loading_info=True, **options)
    lost = sorted(report["missing_keys"]) + sorted(str(one) for one in report["mismatched_keys"])
    if lost:
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        unknown = sorted(report["unexpected_keys"])
        instead = f"; it holds {', '.join(unknown[:NAMED])}, which nothing takes" if unknown else ""
        raise PretrainedError(
            f"its files do not hold {', '.join(lost[:NAMED])}{more} of {type(model).__name__}{instead}"
        )
    return model.eval()


def require_sha256(file: Path, expected: str) -> None:
    """Hold a file of a package against the one that was published. Raises PretrainedError."""
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != expected:
        raise PretrainedError(f"{file} is not the file that was published: sha256 {found}, not {expected}")


def of_its_class(model: PreTrainedModel) -> PreTrainedModel:
    """The model, where its files say that they were written by this very class. Raises PretrainedError."""
    written = model.config.architectures or []
    if written and type(model).__name__ not in written:
        raise PretrainedError(f"it is a {written[0]}, not a {type(model).__name__}: another head, or none")
    return model


def _model_type(source: str) -> str:
    """What config.json of a folder says; "" for an id of the Hub."""
    file = Path(source) / "config.json"
    return str(json.loads(file.read_text(encoding="utf-8")).get("model_type", "")) if file.is_file() else ""
