"""Cards and files of bundles: one by one, or all in a zip file, whole or in parts."""

from __future__ import annotations

import base64
import re

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response, StreamingResponse

from hub import archive
from hub.api.batched import content
from hub.api.problems import RefusalError
from hub.card import CARD_FILE, Card
from hub.service import Service

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def register(app: FastAPI, service: Service) -> None:
    """Add the routes to /v1."""

    @app.get("/models", response_model=list[Card])
    def models() -> Response:
        """The cards of all models that work."""
        return content([card.model_dump(mode="json") for card in service.cards()])

    @app.get("/models/{name}", response_model=Card)
    def model(name: str) -> Response:
        """One card."""
        return Response(service.bundles.get(name).card.model_dump_json(), media_type="application/json")

    @app.get("/models/{name}/files/{file}", response_class=FileResponse)
    def download(name: str, file: str) -> Response:
        """One file of a bundle."""
        bundle = service.bundles.get(name)
        path = bundle.folder / CARD_FILE if file == CARD_FILE else bundle.path(file)
        hashes = {entry.file: {"Repr-Digest": digest(entry.sha256)} for entry in bundle.files}
        return FileResponse(path, headers=hashes.get(file), media_type="application/octet-stream", filename=file)

    @app.get("/models/{name}/bundle.zip", response_class=StreamingResponse)
    def download_all(name: str, request: Request) -> Response:
        """The whole bundle, as a zip file; or a range of it."""
        bundle = service.bundles.get(name)
        known = archive.describe(bundle)  # a broken one fails now, with its status
        headers = {
            "Content-Disposition": f'attachment; filename="{bundle.name}.zip"',
            "Accept-Ranges": "bytes",
            "ETag": f'"{known.sha256}"',
            "Repr-Digest": digest(known.sha256),
        }
        start, end = 0, known.bytes
        if request.headers.get("if-range", headers["ETag"]) == headers["ETag"]:
            start, end = part_of(request.headers.get("range", ""), known.bytes)
        headers["Content-Length"] = str(end - start)
        if end - start < known.bytes:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{known.bytes}"
        parts = archive.cut(archive.parts(bundle), start, end)
        status = 206 if "Content-Range" in headers else 200
        return StreamingResponse(parts, status, headers, "application/zip")


def digest(sha256: str) -> str:
    """A hexadecimal digest as the header Repr-Digest has it (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"


def part_of(wanted: str, size: int) -> tuple[int, int]:
    """First byte and end of what a header Range asks for; all where there is none, or several. Raises RefusalError."""
    found = RANGE.fullmatch(wanted.strip())
    if not found or found[1] == found[2] == "":
        return 0, size
    if not found[1]:
        return max(0, size - int(found[2])), size
    start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
    if start >= end:
        detail = f"the file has {size:,} bytes: there is no part {wanted[:40]!r}"
        raise RefusalError(416, "no_range", detail, {"Content-Range": f"bytes */{size}"})
    return start, end
