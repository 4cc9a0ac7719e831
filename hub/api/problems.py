"""Failures as typed bodies (RFC 9457): each error of the tree has its status."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from hub import errors
from hub.errors import BundleError, BusyError, HubError, InputError, ProviderError, TooLargeError, UnknownModelError

MEDIA_TYPE = "application/problem+json"  # RFC 9457
log = logging.getLogger(__name__)

STATUS: dict[type[HubError], tuple[int, str]] = {  # the first that fits
    TooLargeError: (413, "too_large"),
    UnknownModelError: (404, "unknown_model"),
    InputError: (422, "invalid"),
    BusyError: (429, "busy"),
    BundleError: (503, "model_disabled"),
    ProviderError: (503, "provider_missing"),
}
DESCRIPTIONS = {
    400: "The body is not JSON.",
    404: "No such model, head or variant.",
    413: "Too long, or too many texts.",
    415: "Not sent as application/json, or compressed.",
    422: "Not of the form, empty, or not valid Unicode.",
    429: "Too many requests wait; Retry-After says when to come again.",
    503: "The model is disabled; the reason is in `detail`.",
}


class Problem(BaseModel):
    """Why a request failed (application/problem+json)."""

    status: int
    code: Annotated[str, Field(description="the kind of failure: invalid, too_large, busy, …")]
    detail: str
    reason: Annotated[str, Field(description="what exactly: text_empty, …; empty where the code says it all")] = ""


class RefusalError(HubError):
    """A request that is refused for its form. status, code: of the Problem; headers: of the answer."""

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = headers


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, reason: str = ""
) -> Response:
    """A failure as a typed body."""
    detail = detail.encode("utf-8", "backslashreplace").decode()
    body = Problem(status=status, code=code, detail=detail, reason=reason)
    return Response(body.model_dump_json(), status, headers, MEDIA_TYPE)


def failure(error: Exception) -> Response:
    """The status of an error of the tree, and its text; of one that the tree does not know only that there was one."""
    if isinstance(error, RefusalError):
        return problem(error.status, error.code, str(error), error.headers)
    if isinstance(error, ClientDisconnect):
        return Response(status_code=499)  # nobody reads it
    status, code = next((entry for kind, entry in STATUS.items() if isinstance(error, kind)), (500, "internal"))
    if not isinstance(error, errors.CodedError):
        log.error("a request failed", exc_info=error)
    headers = {"Retry-After": str(max(1, round(error.retry_after_s)))} if isinstance(error, BusyError) else None
    return problem(status, code, errors.english(error), headers, errors.code_of(error))


def handle(app: FastAPI) -> None:
    """Let an application answer every exception so."""

    async def answer(_: Request, error: Exception) -> Response:
        return failure(error)

    async def http_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return problem(error.status_code, "http", str(error.detail), error.headers)

    for kind in (HubError, ClientDisconnect, Exception):
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(HTTPException, http_error)
