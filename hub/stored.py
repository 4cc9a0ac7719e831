"""What stands in a file of a bundle beside its graphs."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from hub.bundle import Bundle
from hub.kept import Kept

Value = TypeVar("Value")
WRONG = (EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile)  # of what numpy and pydantic raise


class Stored(Generic[Value]):
    """A file of each bundle, read when first asked for, and again where it is another one.

    Args:
        file: its name. read: what it says; an error of WRONG means that it is none that this version reads.
    """

    def __init__(self, file: str, read: Callable[[Path], Value], capacity: int = 4) -> None:
        self.file = file
        self._read = read
        self._kept: Kept[tuple[str, str], Value] = Kept(capacity)

    def __call__(self, bundle: Bundle) -> Value:
        """Of a bundle. Raises BundleError."""
        path = bundle.path(self.file)

        def made() -> Value:
            try:
                return self._read(path)
            except WRONG as error:
                raise bundle.disable(f"{self.file} is not what this version reads: make the bundle again") from error

        return self._kept.get((str(bundle.folder), self.digest(bundle)), made)

    def digest(self, bundle: Bundle) -> str:
        """The sha256 that the card has for it, empty where it has none."""
        return next((entry.sha256 for entry in bundle.files if entry.file == self.file), "")
