"""The door for programs: typed JSON routes under /v1, and /health, on the application underneath Gradio.

`routes(service)` goes into `launch(app_kwargs={"routes": …})`: they stand before Gradio's own, which end in a
catch-all, and work the same in a Space. Gradio's call costs about ten milliseconds, a small model a tenth of one:
here requests of different clients are batched and nothing else is in the way.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

import numpy as np
import orjson
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Mount, Route

from hub import api_generate, archive, limits
from hub.api_generate import GenerateRequest
from hub.card import CARD_FILE, Card
from hub.errors import BundleError, BusyError, HubError, InputError, ProviderError, TooLargeError, UnknownModelError
from hub.service import Service
from hub.tasks import classify as task
from hub.tasks import embed as encoding
from hub.tasks import gradients
from hub.text import check_texts

Line = Annotated[str, Field(max_length=limits.MAX_TEXT_CHARS)]
Lines = Annotated[list[Line], Field(min_length=1, max_length=limits.MAX_BATCH_TEXTS)]
Model = Annotated[str, Field(max_length=100)]
VariantName = Annotated[str, Field(max_length=100, description="fp32, int8, …; empty: the card's default")]

HEAVY = 2  # computations of a lab at once; others wait for their turn
Asked = TypeVar("Asked", bound=BaseModel)

LARGE = 32  # texts of a request that runs by itself, on all cores
PATIENCE_S = 0.5  # between two looks whether a client that waits is still there
UNEXPECTED = "the hub failed to answer; the operator finds the reason in its log"
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
    texts: Annotated[list[Line], Field(min_length=1, max_length=limits.MAX_SEARCH_TEXTS)]
    model: Model
    k: Annotated[int, Field(ge=1, le=limits.MAX_SEARCH_HITS, description="neighbours wanted")] = encoding.HITS
    variant: VariantName = ""


class FitRequest(BaseModel):
    """Data for one family, whose parameters are wanted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    family: Annotated[str, Field(max_length=100, description="bernoulli, gaussian, …; a wrong one lists them all")]
    data: Annotated[
        list[float | Line | Annotated[list[float], Field(max_length=limits.MAX_LAB_COLUMNS)]],
        Field(
            min_length=1,
            max_length=limits.MAX_LAB_SAMPLES,
            description="numbers; labels (categorical); lines of text (bigram); rows (linear, logistic, two_gaussians)",
        ),
    ]


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
    code: str
    detail: str


class Health(BaseModel):
    """status: ok, or degraded where a bundle is disabled."""

    status: str
    models: int
    disabled: dict[str, str]
    pending: int


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    """A failure as a typed body."""
    body = Problem(status=status, code=code, detail=detail)
    return Response(body.model_dump_json(), status, headers, "application/problem+json")


def failure(error: HubError) -> Response:
    """The status of an error of the tree, and its text."""
    status, code = next(found for kind, found in STATUS.items() if isinstance(error, kind))
    headers = {"Retry-After": str(max(1, round(error.retry_after_s)))} if isinstance(error, BusyError) else None
    return problem(status, code, str(error), headers)


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


class BodyTooLargeError(TooLargeError):
    """Raised before the whole body is read."""


async def body_of(request: Request) -> bytes:
    """The body, refused as soon as it is over the limit. Raises BodyTooLargeError."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limits.MAX_BODY_BYTES:
            raise BodyTooLargeError(
                f"the body has more than {limits.MAX_BODY_BYTES:,} bytes, which is the most: send the texts in parts"
            )
        parts.append(part)
    return b"".join(parts)


def read(kind: type[Asked], body: bytes) -> Asked | Response:
    """The request, or what is wrong with it: 400 not JSON, 413 too long, 422 not of the form."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        kinds = {entry["type"] for entry in errors}
        if "json_invalid" in kinds and _is_json(body):
            return problem(422, "invalid", "a text is not valid Unicode (a lone surrogate): send it as plain text")
        if "json_invalid" in kinds:
            return problem(400, "malformed", f"the body is not JSON: {errors[0]['msg']}")
        if kinds & {"string_too_long", "too_long"}:
            first = next(entry for entry in errors if entry["type"] in ("string_too_long", "too_long"))
            return problem(413, "too_large", f"{_place(first)}: {first['msg']}")
        return problem(422, "invalid", "; ".join(f"{_place(entry)}: {entry['msg']}" for entry in errors[:5]))


def _is_json(body: bytes) -> bool:
    # pydantic's reader refuses the escape of a lone surrogate, which is JSON all the same (RFC 8259, section 8.2).
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _place(entry: Any) -> str:
    # The names of the union's branches mean nothing to a caller.
    return ".".join(str(part) for part in entry["loc"] if "[" not in str(part)) or "body"


@dataclass(frozen=True)
class Batched(Generic[Asked]):
    """A route whose texts run together with those of other requests.

    Args:
        texts: of a request. submit: the future of one result for each text. alone: the results of many texts.
        answer: a request and its results, as the body of the answer.
    """

    path: str
    asked: type[Asked]
    texts: Callable[[Asked], list[str]]
    submit: Callable[[list[str], Asked], Future[list[Any]]]
    alone: Callable[[list[str], Asked], Sequence[Any]]
    answer: Callable[[Asked, Sequence[Any]], Response]
    response: Any  # the model of the answer
    what: str  # it does, for the page of the routes


def batched(service: Service) -> list[Batched[Any]]:
    """The routes of small models, which are called more often than all others."""

    def submit(texts: list[str], asked: Any) -> Future[list[Any]]:
        return service.submit_vectors(texts, asked.model, asked.variant)

    def alone(texts: list[str], asked: Any) -> Sequence[Any]:
        return service.vectors(texts, asked.model, asked.variant)

    return [
        Batched(
            "classify",
            ClassifyRequest,
            texts_of,
            lambda texts, asked: service.submit(texts, asked.model, asked.head, asked.variant),
            lambda texts, asked: service.classify_batch(texts, asked.model, asked.head, asked.variant),
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

    def __init__(self, route: Batched[Any]) -> None:
        self.route = route
        self._finished: deque[asyncio.Future[None]] = deque()
        self._woken = False

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        settle()
        route = self.route
        try:
            asked = read(route.asked, await body_of(request))
            if isinstance(asked, Response):
                return asked
            texts = route.texts(asked)
            if len(texts) >= LARGE:
                return await asyncio.to_thread(lambda: route.answer(asked, route.alone(texts, asked)))
            future = route.submit(texts, asked)
            await self._wait(future, request)
            return route.answer(asked, future.result())
        except BodyTooLargeError as error:
            return problem(413, "too_large", str(error), {"Connection": "close"})  # what is still sent is not read
        except HubError as error:
            return failure(error)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except Exception:
            log.exception("a request for /v1/%s failed", route.path)
            return problem(500, "internal", UNEXPECTED)

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
            422: "Not of the form, empty, or not valid Unicode.",
            429: "Too many requests wait; Retry-After says when to come again.",
            503: "The model is disabled; the reason is in `detail`.",
        }.items()
    }
    app = FastAPI(title="Model Hub", version="1", description=__doc__ or "", redoc_url=None, responses=problems)

    @app.exception_handler(HubError)
    async def hub_error(_: Request, error: HubError) -> Response:
        return failure(error)

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, "http", str(error.detail))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, __: Exception) -> Response:
        return problem(500, "internal", UNEXPECTED)

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
    def download_all(name: str) -> Response:
        """The whole bundle, as a zip file."""
        bundle = service.bundles.get(name)
        known = archive.describe(bundle)  # a broken one fails now, with its status
        headers = {
            "Content-Disposition": f'attachment; filename="{bundle.name}.zip"',
            "Content-Length": str(known.bytes),
            "Repr-Digest": digest(known.sha256),
        }
        return StreamingResponse(archive.parts(bundle), media_type="application/zip", headers=headers)

    for door in doors:
        schema = {"$ref": f"#/components/schemas/{door.route.asked.__name__}"}
        app.post(
            f"/{door.route.path}",
            name=door.route.path,
            description=door.route.what,
            response_model=door.route.response,
            openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}},
        )(door.__call__)

    turns = asyncio.Semaphore(HEAVY)

    async def gradient_profile(request: Request) -> Response:
        """How large the gradient of each layer is, in a deep network, an RNN or an LSTM, before or while it trains."""
        try:
            body = await body_of(request)
        except BodyTooLargeError as error:
            return problem(413, "too_large", str(error), {"Connection": "close"})
        try:
            asked = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            return problem(400, "malformed", f"the body is not JSON: {error}")
        async with turns:
            return JSONResponse(await asyncio.to_thread(service.gradient_profile, asked))

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
        try:
            asked = read(FitRequest, await body_of(request))
        except BodyTooLargeError as error:
            return problem(413, "too_large", str(error), {"Connection": "close"})  # what is still sent is not read
        if isinstance(asked, Response):
            return asked
        async with turns:
            found = await asyncio.to_thread(service.fit_mle, asked.family, asked.data)
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
        try:
            asked = read(GenerateRequest, await body_of(request))
        except BodyTooLargeError as error:
            return problem(413, "too_large", str(error), {"Connection": "close"})  # what is still sent is not read
        if isinstance(asked, Response):
            return asked
        # In a thread: the first request of a model opens its file.
        return await asyncio.to_thread(api_generate.answer, service, asked, request)

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

    doors = [Door(route) for route in batched(service)]
    return [
        # By themselves, before the application that documents them: FastAPI's way to a handler takes as long as the
        # model.
        *(Route(f"/v1/{door.route.path}", door.__call__, methods=["POST"]) for door in doors),
        Mount("/v1", app=application(service, doors)),
        Route("/health", health),
    ]
