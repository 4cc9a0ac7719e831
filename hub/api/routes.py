"""/v1 and /health: which address does what. Requests are read by hand, within limits, and documented by hand.

FastAPI's own way from a body to a function takes as long as a small model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from pydantic import BaseModel
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.routing import BaseRoute, Mount, Route

from hub.api import docs, files, generate, problems
from hub.api.batched import Door, awaited, batched, content
from hub.api.bodies import body_of, read, read_object
from hub.records import (
    AskRequest,
    EvaluateRankingRequest,
    FitRequest,
    GenerateRequest,
    GradientProfile,
    PermutationRequest,
    SimilarItemsRequest,
    SummarizeRequest,
    Summary,
)
from hub.service import Service
from hub.tasks.funnel import Similar
from hub.tasks.gradients import Config
from hub.tasks.judging import RankingEvaluation
from hub.tasks.likelihood import Fit
from hub.tasks.permutation import Permuted
from hub.tasks.transforms import Answer

FILES = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream")  # weights do not get smaller
ABOUT = (
    "Typed JSON for programs. Requests of different clients for a small model run together. "
    "Each failure has its status and a body of the form Problem (application/problem+json)."
)
SCHEMAS = "#/components/schemas/"
Handler = Callable[[Request], Awaitable[Response]]


class Health(BaseModel):
    """status: ok, or degraded where a bundle is disabled."""

    status: str
    models: int
    disabled: dict[str, str]
    pending: int


class Version1(FastAPI):
    """The /v1 application, whose document has the schemas of the bodies."""

    def __init__(self) -> None:
        super().__init__(
            title="Model Hub",
            version="1",
            description=ABOUT,
            docs_url=None,  # FastAPI's pages come from a CDN
            redoc_url=None,
            responses={
                status: {
                    "description": text,
                    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMAS}Problem"}}},
                }
                for status, text in problems.DESCRIPTIONS.items()
            },
            middleware=[Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5, exclude_content_types=FILES)],
        )
        self.bodies: list[type[BaseModel]] = [problems.Problem]
        problems.handle(self)

    def post_by_hand(
        self, path: str, body: type[BaseModel], handler: Handler, *, required: bool = True, **settings: Any
    ) -> None:
        """Add a route whose handler reads its body by itself. settings: what FastAPI's `post` takes."""
        self.bodies.append(body)
        schema = {"application/json": {"schema": {"$ref": f"{SCHEMAS}{body.__name__}"}}}
        settings["openapi_extra"] = {"requestBody": {"required": required, "content": schema}}
        self.post(path, **settings)(handler)

    def openapi(self) -> dict[str, Any]:
        """The document, with the bodies."""
        document = super().openapi()
        for body in self.bodies:
            schema = body.model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
            document["components"]["schemas"] |= {**schema.pop("$defs", {}), body.__name__: schema}
        return document


def application(service: Service, doors: Sequence[Door]) -> FastAPI:
    """/v1 with its own OpenAPI page at /v1/docs."""
    app = Version1()
    files.register(app, service)
    for door in doors:
        route = door.route
        settings: dict[str, Any] = {"name": route.path, "description": route.what, "response_model": route.response}
        app.post_by_hand(f"/{route.path}", route.body, door.__call__, **settings)

    async def ask(request: Request) -> Response:
        """Put a question to a head of a model of GPT-1's kind, by an input transformation."""
        body = read(AskRequest, await body_of(request))
        return content(await awaited(service.submit_ask(body.texts, body.model, body.head, body.variant), request))

    async def permutation(request: Request) -> Response:
        """The probability of each token of a text, in any order of them, each given those before it (XLNet)."""
        body = read(PermutationRequest, await body_of(request))
        job = service.submit_permutation(body.text, body.model, body.order, body.targets, body.variant)
        return content(await awaited(job, request))

    async def similar_items(request: Request) -> Response:
        """Items that who takes another one takes too."""
        body = read(SimilarItemsRequest, await body_of(request))
        return content(await awaited(service.submit_similar(body.item, body.model, body.count), request))

    async def evaluate_ranking(request: Request) -> Response:
        """How good a ranking of judged documents is: nDCG with its interval, beside BM25 and chance."""
        body = read(EvaluateRankingRequest, await body_of(request))
        found = await awaited(service.submit_evaluation(body.judgments, body.at), request)
        return content(found.model_dump())

    async def gradient_profile(request: Request) -> Response:
        """How large the gradient of each layer is, in a deep network, an RNN or an LSTM, before or while it trains."""
        config = read_object(await body_of(request, required=False) or b"{}")
        return content(await awaited(service.submit_profile(config), request))

    async def fit_mle(request: Request) -> Response:
        """The maximum-likelihood estimate of a family, with its standard error from the Fisher information."""
        body = read(FitRequest, await body_of(request))
        return content(await awaited(service.submit_fit(body.family, body.data), request))

    async def write(request: Request) -> Response:
        """Continue a prompt: server-sent events "token" as the tokens are made, then "end"."""
        body = read(GenerateRequest, await body_of(request))
        # In a thread: the first request of a model opens its file.
        return await asyncio.to_thread(generate.answer, service, body, request)

    async def summarize(request: Request) -> Response:
        """Summarise a text: what the model writes after "TL;DR:"."""
        body = read(SummarizeRequest, await body_of(request))
        given = (body.text, body.model, body.hint, body.beams, body.variant)
        stream = await asyncio.to_thread(service.summarize, *given)
        return content(Summary(summary=(await generate.text(stream, request)).strip()).model_dump())

    app.post_by_hand("/generate", GenerateRequest, write, name="generate", response_class=StreamingResponse)
    app.post_by_hand("/summarize", SummarizeRequest, summarize, response_model=Summary)
    app.post_by_hand("/ask", AskRequest, ask, response_model=Answer)
    app.post_by_hand("/permutation", PermutationRequest, permutation, response_model=Permuted)
    app.post_by_hand("/similar_items", SimilarItemsRequest, similar_items, response_model=list[Similar])
    app.post_by_hand("/evaluate_ranking", EvaluateRankingRequest, evaluate_ranking, response_model=RankingEvaluation)
    app.post_by_hand("/gradient_profile", Config, gradient_profile, required=False, response_model=GradientProfile)
    app.post_by_hand("/fit_mle", FitRequest, fit_mle, response_model=Fit)

    @app.get("/docs", include_in_schema=False)
    def page(request: Request) -> Response:
        """The routes as a page."""
        return HTMLResponse(docs.page(app.openapi(), str(request.url.replace(query="")).removesuffix("/docs")))

    return app


def routes(service: Service) -> list[BaseRoute]:
    """/v1/… and /health, to stand before Gradio's own routes, which end in a catch-all."""

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
        # By themselves, before the application that documents them, for the same reason.
        *(Route(f"/v1/{door.route.path}", door.__call__, methods=["POST"]) for door in doors),
        Mount("/v1", app=application(service, doors)),
        Route("/health", health),
    ]
