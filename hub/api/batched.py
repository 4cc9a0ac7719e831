"""The routes of small models, which are called more often than all others: their texts run with those of others.

A recommender's requests go the same way, each as what is called a text here.
"""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np
import orjson
from fastapi import Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from hub.api.bodies import Record, body_of, read
from hub.api.problems import failure
from hub.permits import Check, Job, Pool
from hub.records import (
    ClassifyRequest,
    Embedding,
    EmbedRequest,
    RecommendRequest,
    SearchRequest,
    Similarity,
    SimilarityRequest,
    TagRequest,
    TokenVectorsRequest,
)
from hub.service import Service
from hub.tasks import classify, contextual, embed, funnel, tag
from hub.text import check_texts

Result = TypeVar("Result")
LARGE = 32  # texts of a request that runs by itself, on all cores
OfTexts = ClassifyRequest | EmbedRequest | TagRequest | TokenVectorsRequest  # one text or several
PATIENCE_S = 0.5  # between two looks whether a client that waits is still there


@dataclass(frozen=True)
class Batched(Generic[Record]):
    """A route whose texts run together with those of other requests.

    Args:
        texts: of a body. submit: the future of one result for each text. alone: the results of many texts, in a
            thread, with a function to be called between their batches.
        answer: a body and its results, as what is answered in JSON.
    """

    path: str
    body: type[Record]
    texts: Callable[[Record], list[Any]]
    submit: Callable[[list[Any], Record], Future[list[Any]]]
    alone: Callable[[list[Any], Record, Check], Sequence[Any]]
    answer: Callable[[Record, Sequence[Any]], Any]
    response: Any  # the model of the answer
    what: str  # it does, for the page of the routes


def batched(service: Service) -> list[Batched[Any]]:
    """All of them."""

    def submit(texts: list[str], body: Any) -> Future[list[Any]]:
        return service.submit_vectors(texts, body.model, body.variant)

    def alone(texts: list[str], body: Any, check: Check) -> Sequence[Any]:
        return service.vectors_alone(texts, body.model, body.variant, check)

    return [
        Batched(
            "classify",
            ClassifyRequest,
            texts_of,
            lambda texts, body: service.submit(texts, body.model, body.head, body.variant),
            lambda texts, body, check: service.classify_alone(texts, body.model, body.head, body.variant, check),
            one_or_all,
            classify.Prediction | list[classify.Prediction],
            "Classify one text, or a list of texts; the answer is one Prediction, or a list in the same order.",
        ),
        Batched(
            "embed",
            EmbedRequest,
            lambda body: check_texts(texts_of(body)),
            submit,
            alone,
            lambda body, vectors: one_or_all(body, [{"embedding": vector} for vector in vectors]),
            Embedding | list[Embedding],
            "The vector of one text, or of each of a list; the answer is one Embedding, or a list in the same order.",
        ),
        Batched(
            "similarity",
            SimilarityRequest,
            lambda body: embed.check_pair(body.a, body.b),
            submit,
            alone,
            lambda _, vectors: {"similarity": embed.cosine(*vectors)},
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
            list[embed.Hit],
            "The k texts that are nearest to a query, the nearest first.",
        ),
        Batched(
            "token_vectors",
            TokenVectorsRequest,
            lambda body: contextual.check_short(texts_of(body)),
            lambda texts, body: service.submit_readings(texts, body.model, body.variant),
            lambda texts, body, check: service.readings_alone(texts, body.model, body.variant, check),
            lambda body, readings: one_or_all(body, mixed(service, body, readings)),
            contextual.TokenVectors | list[contextual.TokenVectors],
            "The vector of each word in its sentence, of a layer or a mix; one answer, or a list in the same order.",
        ),
        Batched(
            "tag",
            TagRequest,
            lambda body: check_texts(texts_of(body)),
            lambda texts, body: service.submit_tags(texts, body.model, body.arm, body.variant),
            lambda texts, body, check: service.tags_alone(texts, body.model, body.arm, body.variant, check),
            one_or_all,
            tag.Tagged | list[tag.Tagged],
            "The named entities of a text, or of each of a list; one answer, or a list in the same order.",
        ),
        Batched(
            "recommend",
            RecommendRequest,
            lambda body: [
                service.recommend_request(body.items, body.model, body.count, body.again, body.rule, body.reasons)
            ],
            lambda requests, body: service.submit_recommend(requests, body.model),
            lambda requests, body, _: service.submit_recommend(requests, body.model).result(),
            lambda _, lists: lists[0],
            funnel.Recommendation,
            "A list for who took some items: recall, coarse ranking, fine ranking, re-ranking, each with what it kept.",
        ),
    ]


def mixed(
    service: Service, body: TokenVectorsRequest, readings: Sequence[contextual.Reading]
) -> list[contextual.TokenVectors]:
    """What was read, in the mix that is asked for."""
    bundle = service.bundles.get(body.model, contextual.TASK)
    weights = contextual.weights_of(bundle, body.layer, body.weights, body.variant)
    return [contextual.token_vectors(reading, weights, body.gamma) for reading in readings]


def texts_of(body: OfTexts) -> list[str]:
    return [body.text] if isinstance(body.text, str) else body.text


def one_or_all(body: OfTexts, answers: Sequence[Any]) -> Any:
    """One text gets one answer, a list gets a list."""
    return answers[0] if isinstance(body.text, str) else list(answers)


def searched(body: SearchRequest) -> list[str]:
    query, texts, _ = embed.check_search(body.query, body.texts, body.k)
    return [query, *texts]


def neighbours(body: SearchRequest, vectors: Sequence[Any]) -> list[embed.Hit]:
    """Of the vectors of the query and of its texts."""
    query, *others = vectors
    return embed.ranked(query, np.stack(others), body.texts, body.k)


def content(answer: Any) -> Response:
    """JSON of records and of arrays: float32 in as many digits as it has, in a hundredth of the time of json."""
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


class Door:
    """The way of one request for a small model: read, batch with others, wait without holding the event loop."""

    def __init__(self, route: Batched[Any], large: Pool) -> None:
        self.route = route
        self.large = large
        self._finished: deque[asyncio.Future[None]] = deque()
        self._woken = False

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        freeze_gc()
        route = self.route
        try:
            body = read(route.body, await body_of(request))
            texts = route.texts(body)
            if len(texts) >= LARGE:
                job = self.large.submit(lambda check: content(route.answer(body, route.alone(texts, body, check))))
                return await awaited(job, request)
            future = route.submit(texts, body)
            await self._wait(future, request)
            return content(route.answer(body, future.result()))
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
def freeze_gc() -> None:
    """Once, at the first request: start-up is over.

    A full round of the collector halts the hub for 0.1 to 0.2 s and finds next to nothing: what start-up made leaves
    its sight, and what Gradio keeps of each visit is looked through ten times less often.
    """
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], 100)
