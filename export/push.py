"""To the Hugging Face Hub: a bundle as a model repository, or the app as a Space. No torch.

Where to and as whom is huggingface_hub's business: HF_ENDPOINT, and HF_TOKEN or ``hf auth login``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from export import check
from hub.card import CARD_FILE, Card

SPACE = ("app.py", "requirements.txt", "README.md", "hub", "onnx")  # what the app needs to run
IGNORED = ("__pycache__", ".aside")


class PushError(RuntimeError):
    """What was to be pushed is not whole; the message says what is wrong."""


@dataclass(frozen=True)
class Upload:
    """What would go where."""

    repository: str  # OWNER/NAME
    kind: str  # "model", "space"
    folder: Path
    files: tuple[str, ...]  # inside the folder, with "/"

    @property
    def sizes(self) -> dict[str, int]:
        """File -> bytes."""
        return {name: (self.folder / name).stat().st_size for name in self.files}


def bundle(repository: str, bundles: Path, name: str) -> Upload:
    """One bundle as a model repository. Raises PushError where the bundle is missing, altered or not whole."""
    folder = bundles / name
    _require_whole(folder)
    card = Card.read(folder)
    graphs = [variant.file for variant in card.variants if not variant.omitted]
    return Upload(repository, "model", folder, tuple(sorted([CARD_FILE, *graphs, *(file.file for file in card.files)])))


def space(repository: str, root: Path) -> Upload:
    """The app, with every bundle, as a Space. Raises PushError where a part is missing or a bundle is not whole."""
    missing = [part for part in SPACE if not (root / part).exists()]
    if missing:
        raise PushError(f"a Space needs {', '.join(SPACE)}; {', '.join(missing)} is not in {root}")
    for name in check.find(root / "onnx"):
        _require_whole(root / "onnx" / name)
    paths = [path for part in SPACE for path in (root / part, *(root / part).rglob("*"))]
    files = [path.relative_to(root) for path in paths if path.is_file()]
    kept = [path.as_posix() for path in files if not set(path.parts) & set(IGNORED)]
    return Upload(repository, "space", root, tuple(sorted(kept)))


def push(upload: Upload) -> str:
    """Create the repository where it is not there yet, upload the files in one commit, and return its address."""
    from huggingface_hub import CommitOperationAdd, HfApi

    api = HfApi()
    sdk = "gradio" if upload.kind == "space" else None
    address = api.create_repo(upload.repository, repo_type=upload.kind, space_sdk=sdk, exist_ok=True)
    api.create_commit(
        upload.repository,
        [CommitOperationAdd(path_in_repo=name, path_or_fileobj=upload.folder / name) for name in upload.files],
        commit_message="Upload by python -m export push",
        repo_type=upload.kind,
    )
    return str(address)


def _require_whole(folder: Path) -> None:
    wrong = check.check(folder)
    if wrong:
        raise PushError(f"{folder.name} is not pushed: {'; '.join(wrong)}")
