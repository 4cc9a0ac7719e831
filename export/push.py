"""To the Hugging Face Hub: a bundle as a model repository, or the app as a Space. No torch.

Where to and as whom is huggingface_hub's business: HF_ENDPOINT, and HF_TOKEN or ``hf auth login``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from export import check
from hub.card import CARD_FILE, Card

SPACE = ("app.py", "requirements.txt", "README.md", "hub")  # what the app needs to run, beside its bundles
HOME = "onnx"  # where it looks for these
IGNORED = ("__pycache__",)  # and what is hidden


class PushError(RuntimeError):
    """What was to be pushed is not whole; the message says what is wrong."""


@dataclass(frozen=True)
class Upload:
    """What would go where."""

    repository: str  # OWNER/NAME
    kind: str  # "model", "space"
    files: Mapping[str, Path]  # place in the repository, with "/" -> file

    @property
    def sizes(self) -> dict[str, int]:
        """Place -> bytes."""
        return {name: path.stat().st_size for name, path in self.files.items()}


def bundle(repository: str, bundles: Path, name: str) -> Upload:
    """One bundle as a model repository. Raises PushError where the bundle is missing, altered or not whole."""
    folder = bundles / name
    _require_whole(folder)
    return Upload(repository, "model", {file: folder / file for file in _listed(Card.read(folder))})


def _listed(card: Card) -> list[str]:
    """The files of a bundle, its parts too."""
    published = [variant.file for variant in card.variants if not variant.omitted]
    return sorted({CARD_FILE, *published, *(entry.file for entry in (*card.files, *card.parts))})


def space(repository: str, root: Path, bundles: Path) -> Upload:
    """The app, with every bundle of a folder, as a Space.

    Raises:
        PushError: a part of the app is missing, there is no bundle, or one is not whole.
    """
    missing = [part for part in SPACE if not (root / part).exists()]
    if missing:
        raise PushError(f"a Space needs {', '.join(SPACE)}; {', '.join(missing)} is not in {root}")
    names = check.find(bundles)
    if not names:
        raise PushError(f"there is no bundle in {bundles}")
    files: dict[str, Path] = {}
    for name in names:
        _require_whole(bundles / name)
        files |= {f"{HOME}/{name}/{file}": bundles / name / file for file in _listed(Card.read(bundles / name))}
    paths = [path for part in SPACE for path in (root / part, *(root / part).rglob("*")) if path.is_file()]
    for path in paths:
        place = path.relative_to(root)
        if not any(part in IGNORED or part.startswith(".") for part in place.parts):
            files[place.as_posix()] = path
    return Upload(repository, "space", dict(sorted(files.items())))


def push(upload: Upload) -> str:
    """Create the repository where it is not there yet, upload the files in one commit, and return its address."""
    from huggingface_hub import CommitOperationAdd, HfApi

    api = HfApi()
    sdk = "gradio" if upload.kind == "space" else None
    address = api.create_repo(upload.repository, repo_type=upload.kind, space_sdk=sdk, exist_ok=True)
    api.create_commit(
        upload.repository,
        [CommitOperationAdd(path_in_repo=name, path_or_fileobj=path) for name, path in upload.files.items()],
        commit_message="Upload by python -m export push",
        repo_type=upload.kind,
    )
    return str(address)


def _require_whole(folder: Path) -> None:
    wrong = check.check(folder)
    if wrong:
        raise PushError(f"{folder.name} is not pushed: {'; '.join(wrong)}")
