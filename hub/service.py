"""What the three doors (tabs and Gradio's API, /v1, MCP) share: the bundles and one micro-batcher in front of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

import numpy as np

from hub import limits
from hub.batch import Batcher
from hub.bundle import Bundle, Bundles
from hub.card import Card
from hub.permits import Check, Job, Pool
from hub.tasks import classify as task
from hub.tasks import contextual, funnel, gradients, judging, layered, likelihood, transforms
from hub.tasks import embed as encoding
from hub.tasks import generate as writing
from hub.tasks import permutation as ordering
from hub.tasks import tag as tagging
from hub.tasks.layered import Arm
from hub.text import check_text, check_texts


class Service:
    """The hub's functions for programs; every door calls these and nothing else.

    Args:
        bundles: the setting HUB_BUNDLES by default.
    """

    def __init__(self, bundles: Bundles | None = None) -> None:
        self.bundles = bundles or Bundles()
        self.batcher = Batcher()
        self.engines = writing.Engines()
        self.large = Pool("many texts", limits.LARGE_AT_ONCE, limits.LARGE_WAITING)
        self.questions = Pool("input transformation", limits.LARGE_AT_ONCE, limits.LARGE_WAITING)
        self.orders = Pool("orders of tokens", limits.LARGE_AT_ONCE, limits.LARGE_WAITING)
        self.lists = Pool("recommendations", limits.LISTS_AT_ONCE, limits.LISTS_WAITING)
        self.judged = Pool("judgments", limits.LABS_AT_ONCE, limits.LABS_WAITING)
        self.profiles = Pool("gradient profile", limits.LABS_AT_ONCE, limits.LABS_WAITING)
        self.fits = Pool("likelihood", limits.LABS_AT_ONCE, limits.LABS_WAITING)

    def cards(self) -> list[Card]:
        """The cards of all bundles that are not disabled."""
        return [bundle.card for bundle in self.bundles if not bundle.reason]

    def submit(
        self, texts: Sequence[object], model: object, head: str = "", variant: str = ""
    ) -> Future[list[task.Prediction]]:
        """The future of one Prediction for each text; texts of different callers run together.

        Returns at once: no file is read and no model is loaded here. Everything that is wrong with the request itself
        is raised here, what is wrong with the bundle's files comes with the future.

        Raises what hub.tasks.classify.classify raises, and BusyError.
        """
        bundle = self.bundles.get(model, task.TASK)
        checked = check_texts(texts)
        head = task.head_of(bundle, head)
        variant = bundle.variant(variant).name
        return self.batcher.submit((bundle.name, head, variant), checked, partial(_classify, bundle, head, variant))

    def classify(self, text: object, model: object, head: str = "", variant: str = "") -> task.Prediction:
        """One text. Raises what hub.tasks.classify.classify raises, and BusyError."""
        check_text(text)
        return self.submit([text], model, head, variant).result()[0]

    def classify_batch(
        self, texts: Sequence[object], model: object, head: str = "", variant: str = ""
    ) -> list[task.Prediction]:
        """Several texts. A large request runs by itself on all cores, so that small ones need not wait behind it."""
        checked = check_texts(texts)
        if len(checked) < task.LARGE:
            return self.submit(checked, model, head, variant).result()
        return self.large.submit(lambda check: self.classify_alone(checked, model, head, variant, check)).result()

    def classify_alone(
        self, texts: Sequence[str], model: object, head: str, variant: str, check: Check
    ) -> list[task.Prediction]:
        """A large request, in a thread of the pool `large`. check: called between its batches."""
        with self.batcher.reserve(len(texts)):
            bundle = self.bundles.get(model, task.TASK)
            return task.classify(bundle, texts, head=head, variant=variant, progress=check)

    def submit_vectors(self, checked: list[str], model: object, variant: str = "") -> Future[list[np.ndarray]]:
        """The future of one vector float32 (dim) for each text; texts of different callers run together.

        Args:
            checked: texts that hub.text has checked already.

        Returns at once, as submit() does. Raises UnknownModelError, BundleError, BusyError.
        """
        bundle = self.bundles.get(model, encoding.TASK)
        variant = bundle.variant(variant).name
        return self.batcher.submit((bundle.name, variant), checked, partial(_embed, bundle, variant))

    def vectors(self, checked: list[str], model: object, variant: str = "") -> list[np.ndarray]:
        """The same, awaited. A large request runs by itself on all cores, so that small ones need not wait for it."""
        if len(checked) < encoding.LARGE:
            return self.submit_vectors(checked, model, variant).result()
        return self.large.submit(lambda check: self.vectors_alone(checked, model, variant, check)).result()

    def vectors_alone(self, checked: list[str], model: object, variant: str, check: Check) -> list[np.ndarray]:
        """A large request, in a thread of the pool `large`. check: called between its batches."""
        with self.batcher.reserve(len(checked)):
            bundle = self.bundles.get(model, encoding.TASK)
            return list(encoding.embed_checked(bundle, checked, variant, check))

    def embed(self, texts: Sequence[object], model: object, variant: str = "") -> np.ndarray:
        """Vectors float32 (texts, dim) of length 1. Raises what hub.tasks.embed.embed raises, and BusyError."""
        return np.stack(self.vectors(check_texts(texts), model, variant))

    def similarity(self, a: object, b: object, model: object, variant: str = "") -> float:
        """The cosine of two texts. Raises what hub.tasks.embed.similarity raises, and BusyError."""
        return encoding.cosine(*self.vectors(encoding.check_pair(a, b), model, variant))

    def search(
        self, query: object, texts: object, model: object, k: object = encoding.HITS, variant: str = ""
    ) -> list[encoding.Hit]:
        """The texts that are nearest to a query. Raises what hub.tasks.embed.search raises, and BusyError."""
        asked, checked, count = encoding.check_search(query, texts, k)
        first, *others = self.vectors([asked, *checked], model, variant)
        return encoding.ranked(first, np.stack(others), checked, count)

    def submit_readings(self, checked: list[str], model: object, variant: str = "") -> Future[list[contextual.Reading]]:
        """The future of one Reading for each text; texts of different callers run together.

        Args:
            checked: texts that hub.text has checked already.

        Returns at once, as submit() does. Raises UnknownModelError, BundleError, BusyError.
        """
        bundle = self.bundles.get(model, contextual.TASK)
        variant = bundle.variant(variant).name
        return self.batcher.submit((bundle.name, variant), checked, partial(_read, bundle, variant))

    def readings_alone(self, checked: list[str], model: object, variant: str, check: Check) -> list[contextual.Reading]:
        """A large request, in a thread of the pool `large`. check: called before it begins."""
        with self.batcher.reserve(len(checked)):
            check(0, len(checked))
            return contextual.read_checked(self.bundles.get(model, contextual.TASK), checked, variant)

    def token_vectors(
        self, texts: Sequence[object], model: object, layer: object, weights: object, gamma: float, variant: str = ""
    ) -> list[contextual.TokenVectors]:
        """The vector of each word of texts. Raises what hub.tasks.contextual.read raises, and BusyError."""
        checked = contextual.check_short(texts)
        mixed = contextual.weights_of(self.bundles.get(model, contextual.TASK), layer, weights, variant)
        if len(checked) < contextual.LARGE:
            readings = self.submit_readings(checked, model, variant).result()
        else:
            job = self.large.submit(lambda check: self.readings_alone(checked, model, variant, check))
            readings = job.result()
        return [contextual.token_vectors(reading, mixed, gamma) for reading in readings]

    def submit_tags(
        self, checked: list[str], model: object, arm: Arm = "with", variant: str = ""
    ) -> Future[list[tagging.Tagged]]:
        """The future of the entities of each text; texts of different callers run together.

        Args:
            checked: texts that hub.text has checked already.

        Returns at once, as submit() does. Raises UnknownModelError, BundleError, BusyError.
        """
        bundle = self.bundles.get(model, tagging.TASK)
        variant = bundle.variant(variant).name
        return self.batcher.submit(
            (bundle.name, arm, variant), checked, partial(_tag, self.bundles, bundle.name, arm, variant)
        )

    def tags_alone(
        self, checked: list[str], model: object, arm: Arm, variant: str, check: Check
    ) -> list[tagging.Tagged]:
        """A large request, in a thread of the pool `large`. check: called between its parts."""
        with self.batcher.reserve(len(checked)):
            return tagging.tag_checked(tagging.opened(self.bundles, model), checked, arm, variant, progress=check)

    def tag(self, texts: Sequence[object], model: object, arm: Arm = "with", variant: str = "") -> list[tagging.Tagged]:
        """The named entities of texts. Raises what hub.tasks.tag.tag raises, and BusyError."""
        checked = check_texts(texts)
        if len(checked) < layered.LARGE:
            return self.submit_tags(checked, model, arm, variant).result()
        return self.large.submit(lambda check: self.tags_alone(checked, model, arm, variant, check)).result()

    def generate(self, request: writing.Request, model: object, variant: str = "") -> writing.Stream:
        """The tokens of an answer as they are made; those of a beam search come together, at its end.

        Raises UnknownModelError, BundleError, TooLargeError, BusyError.
        """
        return self.engines.get(self.bundles.get(model, writing.TASK), variant).start(request)

    def summarize(
        self, text: object, model: object, hint: bool = True, beams: int = writing.SUMMARY_BEAMS, variant: str = ""
    ) -> writing.Stream:
        """A summary of a text: what the model writes after "TL;DR:" (Radford et al. 2019, section 3.6), or without it.

        Args:
            beams: of a beam search; 1: the most probable token each time.

        Raises what `generate` raises, and InputError.
        """
        engine = self.engines.get(self.bundles.get(model, writing.TASK), variant)
        return engine.start(engine.summary(check_text(text), hint, beams))

    def ask(self, fields: Sequence[object], model: object, head: str = "", variant: str = "") -> transforms.Answer:
        """What a head says of a question, by an input transformation.

        Raises what hub.tasks.transforms.ask raises, and BusyError.
        """
        return self.submit_ask(fields, model, head, variant).result()

    def submit_ask(
        self, fields: Sequence[object], model: object, head: str = "", variant: str = ""
    ) -> Job[transforms.Answer]:
        """The same, to be awaited. Raises BusyError."""
        return self.questions.submit(
            lambda _: transforms.ask(self.bundles.get(model, transforms.TASK), head, fields, variant)
        )

    def permutation(
        self, text: object, model: object, order: object = None, targets: object = None, variant: str = ""
    ) -> ordering.Permuted:
        """The tokens of a text in an order. Raises what hub.tasks.permutation.permuted raises, and BusyError."""
        return self.submit_permutation(text, model, order, targets, variant).result()

    def submit_permutation(
        self, text: object, model: object, order: object = None, targets: object = None, variant: str = ""
    ) -> Job[ordering.Permuted]:
        """The same, to be awaited. Raises BusyError."""
        return self.orders.submit(
            lambda _: ordering.permuted(self.bundles.get(model, ordering.TASK), text, order, targets, variant=variant)
        )

    def recommend(
        self, items: object, model: object, count: object = 10, again: bool = False, rule: object = "mmr",
        reasons: bool = True,
    ) -> funnel.Recommendation:  # fmt: skip
        """A list for who took some items. Raises what hub.tasks.funnel.recommendation raises, and BusyError."""
        request = self.recommend_request(items, model, count, again, rule, reasons)
        return self.submit_recommend([request], model).result()[0]

    def recommend_request(
        self, items: object, model: object, count: object, again: bool, rule: object, reasons: bool
    ) -> funnel.Request:
        """What is asked for, checked. Raises InputError, TooLargeError."""
        card = self.bundles.get(model, funnel.TASK).card
        assert card.funnel is not None  # a card of this task has it
        return funnel.request_of(card.funnel.items, items, count, again, rule, reasons)

    def submit_recommend(
        self, requests: Sequence[funnel.Request], model: object
    ) -> Future[list[funnel.Recommendation]]:
        """The future of one list for each; those of different callers are made together. Raises BusyError."""
        bundle = self.bundles.get(model, funnel.TASK)
        return self.batcher.submit((bundle.name, funnel.TASK), requests, partial(_recommend, bundle))

    def similar_items(self, item: object, model: object, count: object = 10) -> list[funnel.Similar]:
        """Items that are like another. Raises what hub.tasks.funnel.similar raises, and BusyError."""
        return self.submit_similar(item, model, count).result()

    def submit_similar(self, item: object, model: object, count: object) -> Job[list[funnel.Similar]]:
        """The same, to be awaited. Raises BusyError."""
        return self.lists.submit(
            lambda _: funnel.similar(funnel.shop_of(self.bundles.get(model, funnel.TASK)), item, count)
        )

    def evaluate_ranking(self, judgments: object, at: object = 10) -> judging.RankingEvaluation:
        """A ranking against BM25 and chance. Raises what hub.tasks.judging.evaluate raises, and BusyError."""
        return self.submit_evaluation(judgments, at).result()

    def submit_evaluation(self, judgments: object, at: object) -> Job[judging.RankingEvaluation]:
        """The same, to be awaited. Raises BusyError."""
        return self.judged.submit(lambda _: judging.evaluate(judgments, at))

    def gradient_profile(self, config: Mapping[str, Any] | None) -> dict[str, Any]:
        """Per-layer norms of a network, as JSON has them. Raises what hub.tasks.gradients.profile raises, BusyError."""
        return self.submit_profile(config).result()

    def submit_profile(self, config: Mapping[str, Any] | None) -> Job[dict[str, Any]]:
        """The same, to be awaited. Raises BusyError."""
        return self.profiles.submit(
            lambda check: gradients.profile(self.bundles.first(gradients.TASK), config, check).record()
        )

    def fit_mle(self, family: object, data: object) -> likelihood.Fit:
        """A maximum-likelihood estimate. Raises what hub.tasks.likelihood.fit_mle raises, and BusyError."""
        return self.submit_fit(family, data).result()

    def submit_fit(self, family: object, data: object) -> Job[likelihood.Fit]:
        """The same, to be awaited. Raises BusyError."""
        return self.fits.submit(lambda _: likelihood.fit_mle(self.bundles.first(likelihood.TASK), family, data))


def _classify(bundle: Bundle, head: str, variant: str, texts: list[str]) -> list[task.Prediction]:
    # On the one-thread session, however many texts have come together: the other cores serve other requests.
    return task.classify(bundle, texts, head=head, variant=variant, large=False)


def _embed(bundle: Bundle, variant: str, texts: list[str]) -> list[np.ndarray]:
    return list(encoding.embed_checked(bundle, texts, variant, large=False))  # for the same reason


def _read(bundle: Bundle, variant: str, texts: list[str]) -> list[contextual.Reading]:
    return contextual.read_checked(bundle, texts, variant, large=False)


def _tag(bundles: Bundles, name: str, arm: Arm, variant: str, texts: list[str]) -> list[tagging.Tagged]:
    return tagging.tag_checked(tagging.opened(bundles, name), texts, arm, variant, large=False)


def _recommend(bundle: Bundle, requests: list[funnel.Request]) -> list[funnel.Recommendation]:
    return funnel.recommendations(funnel.shop_of(bundle), requests)
