"""Bodies of requests, read within limits: what is wrong with one is raised, with its status."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from hub import limits
from hub.api.problems import RefusalError
from hub.errors import InputError

Record = TypeVar("Record", bound=BaseModel)
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


async def body_of(request: Request, *, required: bool = True) -> bytes:
    """The body of a JSON request, refused as soon as it is over the limit. Raises RefusalError.

    Args:
        required: False: a request without a body is one of an empty object.
    """
    headers = request.headers
    sent = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if not (required or sent or "content-type" in headers):
        return b"{}"
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):  # any page of the web may send text/plain
        detail = f"the body is {kind or 'of no type'}: send JSON, with the header Content-Type: application/json"
        raise RefusalError(415, "not_json", detail)
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise RefusalError(415, "encoded", f"the body is compressed ({encoding[:40]}): send it as it is")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limits.MAX_BODY_BYTES:
            detail = f"the body has more than {limits.MAX_BODY_BYTES:,} bytes, which is the most: send it in parts"
            raise RefusalError(413, "too_large", detail, {"Connection": "close"})  # what is still sent is not read
        parts.append(part)
    return b"".join(parts).removeprefix(codecs.BOM_UTF8)  # as RFC 8259 allows a reader to (section 8.1)


def read(kind: type[Record], body: bytes) -> Record:
    """The request. Raises RefusalError: 400 not JSON, 413 too long, 422 not of the form."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        kinds = {entry["type"] for entry in wrong}
        if "json_invalid" in kinds:
            raise malformed(body, wrong[0]["msg"]) from None
        if kinds & {"string_too_long", "too_long"}:
            first = next(entry for entry in wrong if entry["type"] in ("string_too_long", "too_long"))
            raise RefusalError(413, "too_large", f"{_place(first)}: {first['msg']}") from None
        detail = "; ".join(f"{_place(entry)}: {entry['msg']}" for entry in wrong[:5])
        raise RefusalError(422, "invalid", detail) from None


def read_object(body: bytes) -> dict[str, Any]:
    """A body of any fields. Raises RefusalError where it is not JSON, InputError where it is no object."""
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise malformed(body, str(error)) from None
    if _has_surrogate(body):
        raise malformed(body, "")
    if not isinstance(value, dict):
        raise InputError("settings_type", found=type(value).__name__)
    return value


def malformed(body: bytes, reason: str) -> RefusalError:
    """Why a body is not JSON, or is JSON with a text that is none."""
    if body.startswith(b"\x1f\x8b"):
        return RefusalError(400, "malformed", "the body is not JSON but compressed with gzip: send it as it is")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or 0 in body[:4]:
        return RefusalError(400, "malformed", "the body is not JSON in UTF-8 but UTF-16 or UTF-32: send UTF-8")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        detail = f"the body is not JSON in UTF-8: byte {error.start} is of another encoding"
        return RefusalError(400, "malformed", detail)
    if _has_surrogate(body):
        detail = "a text is not valid Unicode (a lone surrogate): send it as plain text"
        return RefusalError(422, "invalid", detail)
    return RefusalError(400, "malformed", f"the body is not JSON: {reason}")


def _has_surrogate(body: bytes) -> bool:
    # pydantic and orjson refuse the escape of a lone surrogate, which is JSON all the same (RFC 8259, section 8.2).
    if not SURROGATE.search(body):
        return False
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        pass
    return False


def _place(entry: Any) -> str:
    # The names of the union's branches mean nothing to a caller.
    return ".".join(str(part) for part in entry["loc"] if "[" not in str(part)) or "body"
