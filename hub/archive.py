"""A bundle as one zip file, made while it is sent: nothing is held in memory or on disk."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hub.bundle import Bundle
from hub.card import CARD_FILE

PART_BYTES = 1 << 20


@dataclass(frozen=True)
class Archive:
    """What can be said of the zip file before it is sent; the same bundle always makes the same bytes."""

    bytes: int
    sha256: str


class _Sink:
    """A file that only zipfile writes to, and that is emptied as it grows."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken = b"".join(self.written)
        self.written.clear()
        return taken


def paths(bundle: Bundle) -> list[Path]:
    """What may be downloaded: the card, and the files it lists, checked. Raises BundleError."""
    return [bundle.folder / CARD_FILE, *(bundle.path(entry.file) for entry in bundle.files)]


def parts(bundle: Bundle) -> Iterator[bytes]:
    """The zip file in parts, its files stored as they are: weights do not get smaller. Raises BundleError."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for path in paths(bundle):
            info = zipfile.ZipInfo(f"{bundle.name}/{path.name}", (1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            with archive.open(info, "w") as target, path.open("rb") as source:
                while part := source.read(PART_BYTES):
                    target.write(part)
                    yield sink.take()
    yield sink.take()


def cut(content: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` to before `end` of what comes in parts."""
    place = 0
    for part in content:
        if place + len(part) > start:
            yield part[max(0, start - place) : end - place]
        place += len(part)
        if place >= end:
            return


_known: dict[str, Archive] = {}  # by the content of the card, which has the digest of every file


def describe(bundle: Bundle) -> Archive:
    """Size and digest of the zip file; made once for each bundle. Raises BundleError."""
    key = bundle.card.model_dump_json()
    found = _known.get(key)
    if found is None:
        digest, size = hashlib.sha256(), 0
        for part in parts(bundle):
            digest.update(part)
            size += len(part)
        found = _known[key] = Archive(size, digest.hexdigest())
    return found
