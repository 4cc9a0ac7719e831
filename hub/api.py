"""The door for programs: typed JSON routes under /v1, and /health, on the application underneath Gradio.

`routes(service)` goes into `launch(app_kwargs={"routes": …})`: they stand before Gradio's own, which end in a
catch-all, and work the same in a Space. Gradio's call costs about ten milliseconds, a small model a tenth of one:
here requests of different clients are batched and nothing else is in the way.
"""

from __future__ import annotations

import asyncio
import base64
import codecs
import gc
import json
import logging
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

import numpy as np
import orjson
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Mount, Route

from hub import api_docs, api_generate, archive, errors, limits
from hub.api_generate import GenerateRequest
from hub.card import CARD_FILE, Card
from hub.errors import BundleError, BusyError, HubError, InputError, ProviderError, TooLargeError, UnknownModelError
from hub.fields import Hits, Line, Lines, Model, Samples, SearchLines, VariantName
from hub.permits import Check, Job, Pool
from hub.service import Service
from hub.tasks import classify as task
from hub.tasks import embed as encoding
from hub.tasks import gradients
from hub.text import check_texts

Asked = TypeVar("Asked", bound=BaseModel)
Result = TypeVar("Result")

SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
LARGE = 32  # texts of a request that runs by itself, on all cores
PATIENCE_S = 0.5  # between two looks whether a client that waits is still there
FILES = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream")  # weights do not get smaller
ABOUT = (
    "Typed JSON for programs. Requests of different clients for a small model run together. "
    "Each failure has its status and a body of the form Problem (application/problem+json)."
)
log = logging.getLogger(__name__)

STATUS: dict[type[HubError], tuple[int, str]] = {  # the first that fits
    TooLargeError: (413, "too_large"),
    UnknownModelError: (404, "unknown_model"),
    InputError: (422, "invalid"),
    BusyError: (429, "busy"),
    BundleError: (503, "model_disabled"),
    ProviderError: (503, "provider_missing"),
}


class ClassifyRequest(BaseModel):
    """One text, or a list of texts, for one model."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Line | Lines
    model: Model
    head: Annotated[str, Field(max_length=100, description="of a multi-task model; empty: the first")] = ""
    variant: VariantName = ""


class EmbedRequest(BaseModel):
    """One text, or a list of texts, for one encoder."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Line | Lines
    model: Model
    variant: VariantName = ""


class SimilarityRequest(BaseModel):
    """Two texts for one encoder."""

    model_config = ConfigDict(extra="forbid", strict=True)

    a: Line
    b: Line
    model: Model
    variant: VariantName = ""


class SearchRequest(BaseModel):
    """A query, and the texts among which its neighbours are wanted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    query: Line
    texts: SearchLines
    model: Model
    k: Annotated[Hits, Field(description="neighbours wanted")] = encoding.HITS
    variant: VariantName = ""


class FitRequest(BaseModel):
    """Data for one family, whose parameters are wanted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    family: Annotated[str, Field(max_length=100, description="bernoulli, gaussian, …; a wrong one lists them all")]
    data: Samples


class Estimate(BaseModel):
    """A maximum of the likelihood. notes: codes of what to know about it, a missing maximum among them."""

    family: str
    n: int
    method: str
    estimate: dict[str, float]
    standard_error: dict[str, float | None]
    log_likelihood: float | None
    notes: list[str]


class Classification(BaseModel):
    """The most probable label, and the probability of each."""

    label: str
    scores: dict[str, float]
    tokens: int
    truncated: bool


class Embedding(BaseModel):
    """A vector of length 1: the product of two is their cosine."""

    embedding: list[float]


class Similarity(BaseModel):
    """The cosine, in [-1, 1]."""

    similarity: float


class Neighbour(BaseModel):
    """One of the texts, by its place in the request (from 0), and its cosine with the query."""

    index: int
    text: str
    score: float


class GradientProfile(BaseModel):
    """Per layer, the first layer first (recurrent: per time); null where a number is not finite."""

    config: gradients.Config
    step: int
    loss: float | None
    accuracy: float
    gradient_norm: list[float | None]
    delta_norm: list[float | None]
    theory_delta_norm: list[float | None] | None
    update_ratio: list[float | None]
    activation_mean: list[float | None]
    activation_deviation: list[float | None]
    slope: float | None
    theory_slope: float | None
    problem: str


class Problem(BaseModel):
    """Why a request failed (application/problem+json)."""

    status: int
    code: Annotated[str, Field(description="the kind of failure: invalid, too_large, busy, …")]
    detail: str
    reason: Annotated[
        str, Field(description="what exactly: text_empty, beams_drawn, …; empty where the code says it")
    ] = ""


class Health(BaseModel):
    """status: ok, or degraded where a bundle is disabled."""

    status: str
    models: int
    disabled: dict[str, str]
    pending: int


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
    return Response(body.model_dump_json(), status, headers, "application/problem+json")


def failure(error: Exception) -> Response:
    """The status of an error of the tree, and its text; of one that the tree does not know only that there was one."""
    if isinstance(error, RefusalError):
        return problem(error.status, error.code, str(error), error.headers)
    status, code = next((entry for kind, entry in STATUS.items() if isinstance(error, kind)), (500, "internal"))
    if not isinstance(error, errors.CodedError):
        log.error("a request failed", exc_info=error)
    headers = {"Retry-After": str(max(1, round(error.retry_after_s)))} if isinstance(error, BusyError) else None
    return problem(status, code, errors.english(error), headers, errors.code_of(error))


def classification(prediction: task.Prediction) -> dict[str, Any]:
    """A Prediction as the fields of Classification."""
    return {
        "label": prediction.label,
        "scores": prediction.scores,
        "tokens": prediction.tokens,
        "truncated": prediction.truncated,
    }


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


async def body_of(request: Request) -> bytes:
    """The body of a JSON request, refused as soon as it is over the limit. Raises RefusalError."""
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


def read(kind: type[Asked], body: bytes) -> Asked:
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


def read_any(body: bytes) -> Any:
    """A body of any form. Raises RefusalError where it is not JSON."""
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise malformed(body, str(error)) from None
    if _has_surrogate(body):
        raise malformed(body, "")
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


@dataclass(frozen=True)
class Batched(Generic[Asked]):
    """A route whose texts run together with those of other requests.

    Args:
        texts: of a request. submit: the future of one result for each text. alone: the results of many texts, in a
            thread, with a function to be called between their batches.
        answer: a request and its results, as the body of the answer.
    """

    path: str
    asked: type[Asked]
    texts: Callable[[Asked], list[str]]
    submit: Callable[[list[str], Asked], Future[list[Any]]]
    alone: Callable[[list[str], Asked, Check], Sequence[Any]]
    answer: Callable[[Asked, Sequence[Any]], Response]
    response: Any  # the model of the answer
    what: str  # it does, for the page of the routes


def batched(service: Service) -> list[Batched[Any]]:
    """The routes of small models, which are called more often than all others."""

    def submit(texts: list[str], asked: Any) -> Future[list[Any]]:
        return service.submit_vectors(texts, asked.model, asked.variant)

    def alone(texts: list[str], asked: Any, check: Check) -> Sequence[Any]:
        return service.vectors_alone(texts, asked.model, asked.variant, check)

    return [
        Batched(
            "classify",
            ClassifyRequest,
            texts_of,
            lambda texts, asked: service.submit(texts, asked.model, asked.head, asked.variant),
            lambda texts, asked, check: service.classify_alone(texts, asked.model, asked.head, asked.variant, check),
            lambda asked, found: JSONResponse(one_or_all(asked, [classification(entry) for entry in found])),
            Classification | list[Classification],
            "Classify one text, or a list of texts; the answer is one Classification, or a list in the same order.",
        ),
        Batched(
            "embed",
            EmbedRequest,
            lambda asked: check_texts(texts_of(asked)),
            submit,
            alone,
            lambda asked, found: arrays(one_or_all(asked, [{"embedding": vector} for vector in found])),
            Embedding | list[Embedding],
            "The vector of one text, or of each of a list; the answer is one Embedding, or a list in the same order.",
        ),
        Batched(
            "similarity",
            SimilarityRequest,
            lambda asked: encoding.check_pair(asked.a, asked.b),
            submit,
            alone,
            lambda _, found: JSONResponse({"similarity": encoding.cosine(*found)}),
            Similarity,
            "How near two texts are: the cosine of their vectors.",
        ),
        Batched(
            "search",
            SearchRequest,
            searched,
            submit,
            alone,
            neighbours,
            list[Neighbour],
            "The k texts that are nearest to a query, the nearest first.",
        ),
    ]


def texts_of(asked: ClassifyRequest | EmbedRequest) -> list[str]:
    return [asked.text] if isinstance(asked.text, str) else asked.text


def one_or_all(asked: ClassifyRequest | EmbedRequest, answers: list[Any]) -> Any:
    """One text gets one answer, a list gets a list."""
    return answers[0] if isinstance(asked.text, str) else answers


def searched(asked: SearchRequest) -> list[str]:
    query, texts, _ = encoding.check_search(asked.query, asked.texts, asked.k)
    return [query, *texts]


def neighbours(asked: SearchRequest, found: Sequence[Any]) -> Response:
    """The vectors of the query and of its texts as a list of Neighbour."""
    query, *others = found
    hits = encoding.ranked(query, np.stack(others), asked.texts, asked.k)
    return JSONResponse([asdict(hit) for hit in hits])


def arrays(content: Any) -> Response:
    """JSON with numpy arrays in it: float32 in as many digits as it has, in a hundredth of the time of json."""
    return Response(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


class Door:
    """The way of one request for a small model: read, batch with others, wait without holding the event loop."""

    def __init__(self, route: Batched[Any], large: Pool) -> None:
        self.route = route
        self.large = large
        self._finished: deque[asyncio.Future[None]] = deque()
        self._woken = False

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        settle()
        route = self.route
        try:
            asked = read(route.asked, await body_of(request))
            texts = route.texts(asked)
            if len(texts) >= LARGE:
                job = self.large.submit(lambda check: route.answer(asked, route.alone(texts, asked, check)))
                return await awaited(job, request)
            future = route.submit(texts, asked)
            await self._wait(future, request)
            return route.answer(asked, future.result())
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except Exception as error:
            return failure(error)

    async def _wait(self, future: Future[Any], request: Request) -> None:
        """Until the future is done. Raises ClientDisconnect, and drops the work, where the client has left."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()

        def done(_: Future[Any]) -> None:
            # In the worker's thread. One wake-up serves all that finish before the loop gets to it.
            self._finished.append(waiting)
            if not self._woken:
                self._woken = True
                loop.call_soon_threadsafe(self._flush)

        future.add_done_callback(done)
        while not waiting.done():
            await asyncio.wait((waiting,), timeout=PATIENCE_S)
            if not waiting.done() and await request.is_disconnected():
                future.cancel()
                raise ClientDisconnect

    def _flush(self) -> None:
        self._woken = False  # before the queue is emptied: what comes later wakes the loop again
        while self._finished:
            waiting = self._finished.popleft()
            if not waiting.done():
                waiting.set_result(None)


async def awaited(job: Job[Result], request: Request) -> Result:
    """The result of a job. Raises ClientDisconnect, and ends the work, where the client has left; what it raised."""
    waiting = asyncio.wrap_future(job)
    while not waiting.done():
        await asyncio.wait((waiting,), timeout=PATIENCE_S)
        if not waiting.done() and await request.is_disconnected():
            waiting.cancel()  # and the job with it
            raise ClientDisconnect
    return waiting.result()


@lru_cache(maxsize=1)
def settle() -> None:
    """Once, at the first request: start-up is over.

    A full round of the collector halts the hub for 0.1 to 0.2 s and finds next to nothing: what start-up made leaves
    its sight, and what Gradio keeps of each visit is looked through ten times less often.
    """
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], 100)


def application(service: Service, doors: Sequence[Door]) -> FastAPI:
    """The /v1 application, with its own OpenAPI page at /v1/docs."""
    problems: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "description": text}
        for status, text in {
            400: "The body is not JSON.",
            404: "No such model, head or variant.",
            413: "Too long, or too many texts.",
            415: "Not sent as application/json, or compressed.",
            422: "Not of the form, empty, or not valid Unicode.",
            429: "Too many requests wait; Retry-After says when to come again.",
            503: "The model is disabled; the reason is in `detail`.",
        }.items()
    }
    app = FastAPI(
        title="Model Hub",
        version="1",
        description=ABOUT,
        docs_url=None,  # FastAPI's pages come from a CDN
        redoc_url=None,
        responses=problems,
        middleware=[Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5, exclude_content_types=FILES)],
    )

    @app.exception_handler(HubError)
    async def hub_error(_: Request, error: HubError) -> Response:
        return failure(error)

    @app.exception_handler(ClientDisconnect)
    async def left(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=499)  # nobody reads it

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, "http", str(error.detail), error.headers)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        return failure(error)

    @app.get("/models", response_model=list[Card])
    def models() -> Response:
        """The cards of all models that work."""
        return JSONResponse([card.model_dump(mode="json") for card in service.cards()])

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
        content = archive.cut(archive.parts(bundle), start, end)
        status = 206 if "Content-Range" in headers else 200
        return StreamingResponse(content, status, headers, "application/zip")

    for door in doors:
        schema = {"$ref": f"#/components/schemas/{door.route.asked.__name__}"}
        app.post(
            f"/{door.route.path}",
            name=door.route.path,
            description=door.route.what,
            response_model=door.route.response,
            openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}},
        )(door.__call__)

    async def gradient_profile(request: Request) -> Response:
        """How large the gradient of each layer is, in a deep network, an RNN or an LSTM, before or while it trains."""
        asked = read_any(await body_of(request) or b"{}")
        return JSONResponse(await awaited(service.submit_profile(asked), request))

    settings = {"schema": {"$ref": "#/components/schemas/Config"}}
    app.post(
        "/gradient_profile",
        response_model=GradientProfile,
        openapi_extra={"requestBody": {"content": {"application/json": settings}}},
    )(gradient_profile)

    fit_schema = {"$ref": "#/components/schemas/FitRequest"}

    @app.post(
        "/fit_mle",
        response_model=Estimate,
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": fit_schema}}}},
    )
    async def fit_mle(request: Request) -> Response:
        """The maximum-likelihood estimate of a family, with its standard error from the Fisher information."""
        asked = read(FitRequest, await body_of(request))
        found = await awaited(service.submit_fit(asked.family, asked.data), request)
        made = Estimate(
            family=found.family,
            n=found.n,
            method=found.method,
            estimate=found.estimate,
            standard_error=found.standard_error,
            log_likelihood=found.log_likelihood,
            notes=list(found.notes),
        )
        return Response(made.model_dump_json(), media_type="application/json")

    generate_schema = {"$ref": "#/components/schemas/GenerateRequest"}

    @app.post(
        "/generate",
        response_class=StreamingResponse,
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": generate_schema}}}},
    )
    async def generate(request: Request) -> Response:
        """Continue a prompt: server-sent events "token" as the tokens are made, then "end"."""
        asked = read(GenerateRequest, await body_of(request))
        # In a thread: the first request of a model opens its file.
        return await asyncio.to_thread(api_generate.answer, service, asked, request)

    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        """The routes as a page."""
        return HTMLResponse(api_docs.page(app.openapi(), str(request.url.replace(query="")).removesuffix("/docs")))

    openapi = app.openapi

    def with_request() -> dict[str, Any]:
        # Bodies are read by hand (FastAPI's own way takes as long as the model): their schemas are added by hand.
        document = openapi()
        kinds: list[type[BaseModel]] = [*(door.route.asked for door in doors), FitRequest, GenerateRequest]
        for kind in kinds:
            parts = kind.model_json_schema(ref_template="#/components/schemas/{model}")
            document["components"]["schemas"][kind.__name__] = parts
        return document

    app.openapi = with_request  # type: ignore[method-assign]
    return app


def routes(service: Service) -> list[BaseRoute]:
    """/v1/… and /health, for launch(app_kwargs={"routes": …})."""

    async def health(_: Request) -> Response:
        disabled = service.bundles.problems()
        state = Health(
            status="degraded" if disabled else "ok",
            models=len(service.cards()),
            disabled=disabled,
            pending=service.batcher.pending,
        )
        return Response(state.model_dump_json(), media_type="application/json")

    doors = [Door(route, service.large) for route in batched(service)]
    return [
        # By themselves, before the application that documents them: FastAPI's way to a handler takes as long as the
        # model.
        *(Route(f"/v1/{door.route.path}", door.__call__, methods=["POST"]) for door in doors),
        Mount("/v1", app=application(service, doors)),
        Route("/health", health),
    ]
