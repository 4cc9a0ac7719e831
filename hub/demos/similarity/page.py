"""The tab: its views one beside the other, their events, the share link, and the endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import gradio as gr
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from hub import errors
from hub.demos.similarity import bench, collapse, many, pair
from hub.demos.similarity.encoders import Encoders
from hub.demos.similarity.strings import STRINGS
from hub.demos.similarity.view import Outputs, Values, View
from hub.errors import HubError
from hub.fields import Hits, Line, Lines, Model, SearchLines
from hub.tasks import embed as task
from hub.ui import html, share
from hub.ui.context import Context, readable
from hub.ui.strings import Language, language_of

PROGRESS = gr.Progress()
# Gradio tells of the tab that the page opens with, too, and then with settings that the load has replaced: only a tab
# that the visitor has chosen counts.
CHOSEN = "() => window.hubTabUsed ? String(performance.now()) : ''"


def build(context: Context) -> None:
    """Draw the tab and wire its events."""
    s = STRINGS
    encoders = Encoders(context.service.bundles)
    spoken = encoders.spoken
    private: dict[str, Any] = {"api_visibility": "private"}
    quiet: dict[str, Any] = {"show_progress": "hidden", **private}
    # One after the other, in the order in which they were asked for: what the visitor does last is seen last.
    turns: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "similarity", **quiet}
    query = gr.Textbox(visible="hidden", elem_id="similarity-query")

    speech = gr.Radio(
        [("English", "en"), ("中文", "zh")], value=spoken[0], label=s("speech"), visible=len(spoken) > 1,
        elem_id="similarity-speech",
    )  # fmt: skip
    notice = gr.HTML(elem_id="similarity-notice")
    with gr.Tabs(elem_id="similarity-views", overflow_behavior="wrap") as tabs:
        views = [
            pair.draw(encoders),
            many.draw_matrix(encoders),
            many.draw_search(encoders),
            collapse.draw(encoders),
            bench.draw(encoders),
        ]
    by_slug = {view.slug: view for view in views}
    chosen = {view.slug: gr.Textbox(visible="hidden") for view in views}  # when the visitor has opened a view
    drawn = {view.slug: gr.State(False) for view in views}  # whether a view shows the result of its settings
    current = gr.State(views[0].slug)

    def components(view: View) -> list[Any]:
        return [field.component for field in view.fields.values()]

    def shown(view: View) -> list[Any]:
        return [*view.outputs, drawn[view.slug], current, notice, query]

    def speech_of(request: gr.Request, given: dict[str, str]) -> Language:
        """Of an address: what it says, else the language of the page where an encoder reads it."""
        wanted = given.get("speech") or language_of(request)
        return cast(Language, wanted) if wanted in spoken else spoken[0]

    def of_address(request: gr.Request) -> dict[str, str]:
        values = share.decode(dict(request.query_params)).values
        return values if values.get("tab") == "similarity" else {}

    def values_of(view: View, given: Sequence[Any]) -> Values:
        return dict(zip(view.fields, given, strict=True))

    def made(
        view: View, values: Values, of: Language, language: Language, progress: task.Progress | None = None
    ) -> list[Any]:
        """A value for each of `shown`."""
        outputs = view.show(values, of, language, progress)
        link = view.link(values, of, language)
        return [*outputs, True, view.slug, html.note(link.note(language)), link.query]

    def guarded(make: Callable[[], Any]) -> Any:
        try:
            return make()
        except HubError as error:
            raise readable(error) from None

    def runs(view: View) -> Callable[..., list[Any]]:
        def run(request: gr.Request, of: Language, *given: Any) -> list[Any]:
            return guarded(lambda: made(view, values_of(view, given), of, language_of(request)))

        return run

    def runs_with_progress(view: View) -> Callable[..., list[Any]]:
        def run(request: gr.Request, progress: gr.Progress = PROGRESS, *given: Any) -> list[Any]:
            of, *settings = given
            language = language_of(request)
            told = s.say("progress", language)

            def tell(done: int, total: int) -> None:
                progress((done, total), desc=told)

            return guarded(lambda: made(view, values_of(view, settings), of, language, tell))

        return run

    def selects(view: View) -> Callable[..., list[Any]]:
        """A view is drawn when it is first looked at; after that it keeps its result."""

        def select(request: gr.Request, is_drawn: bool, of: Language, *given: Any) -> list[Any]:
            values, language = values_of(view, given), language_of(request)
            if is_drawn:
                link = view.link(values, of, language).query
                return [*[gr.skip()] * len(view.outputs), True, view.slug, gr.skip(), link]
            return guarded(lambda: made(view, values, of, language))

        return select

    def follows(view: View) -> Callable[..., list[Any]]:
        """An example: some settings change, and the view is run."""

        def follow(request: gr.Request, place: int, of: Language, *given: Any) -> list[Any]:
            language = language_of(request)
            assert view.examples is not None
            values = values_of(view, given) | view.examples.values(place, of)
            return guarded(lambda: [*view.updates(values, of, language), *made(view, values, of, language)])

        return follow

    for view in views:
        settings = components(view)
        inputs = [speech, *settings]
        run = runs_with_progress(view) if view.slow else runs(view)
        ways: dict[str, Any] = {**private, "concurrency_limit": 2} if view.slow else turns
        if view.slow:
            ways["show_progress_on"] = view.outputs
        if view.button is not None:
            view.button.click(run, inputs, shown(view), trigger_mode="always_last", **ways)
        for name in view.submits:
            view.fields[name].component.submit(run, inputs, shown(view), trigger_mode="always_last", **ways)
        for field in view.fields.values():
            if field.live:
                field.component.input(run, inputs, shown(view), trigger_mode="always_last", **ways)
        view.tab.select(None, None, chosen[view.slug], js=CHOSEN, **private)
        chosen[view.slug].change(
            selects(view), [drawn[view.slug], *inputs], shown(view), trigger_mode="always_last", **turns
        )
        if view.examples is not None:
            dataset = view.examples.dataset
            dataset.click(follows(view), [dataset, *inputs], [*settings, *shown(view)], trigger_mode="multiple", **ways)

    # --- everything at once: another language, and the address

    datasets = [view.examples.dataset for view in views if view.examples]
    everything = [
        *datasets,
        *(component for view in views for component in components(view)),
        *(output for view in views for output in view.outputs),
        *drawn.values(),
        current,
        notice,
        query,
    ]

    def settled(view: View, values: Values, of: Language, language: Language, result: Outputs | None) -> list[Any]:
        """A value for each of `everything` but the last two: one view with its result, the others as at the start."""
        titles = [
            gr.Dataset(samples=[[title] for title in view.examples.titles(of, language)])
            for view in views
            if view.examples
        ]
        settings = [
            update
            for one in views
            for update in one.updates(values if one is view else one.start(of, language), of, language)
        ]
        outputs = [
            value
            for one in views
            for value in (result if one is view and result else [_nothing(output) for output in one.outputs])
        ]
        states = [one is view and result is not None for one in views]
        return [*titles, *settings, *outputs, *states, view.slug]

    def on_speech(of: Language, slug: str, request: gr.Request) -> list[Any]:
        language = language_of(request)
        view = by_slug.get(slug, views[0])
        values = view.start(of, language)
        *result, _, _, note, link = guarded(lambda: made(view, values, of, language))
        return [*settled(view, values, of, language, result), note, link]

    speech.input(on_speech, [speech, current], everything, trigger_mode="always_last", **turns)

    def restore(request: gr.Request) -> list[Any]:
        """The page as its address says; without one, the first example."""
        language = language_of(request)
        given = of_address(request)
        of = speech_of(request, given)
        version = share.decode(dict(request.query_params)).unknown_version
        notes = html.note(s.say("version", language, version=version), "warn") if version else ""
        view = by_slug.get(given.get("view", ""), views[0])
        values = view.start(of, language)
        result: Outputs | None = None
        try:
            values = view.read(given, of, language)
            result = view.show(values, of, language, None)
        except HubError as error:
            notes += html.note(s.say("bad_link", language, reason=errors.readable(error, language)[:200]), "warn")
            view, values = views[0], views[0].start(of, language)
            try:
                result = view.show(values, of, language, None)
            except HubError as other:
                notes += html.note(errors.readable(other, language), "warn")
        selected = gr.Tabs(selected=view.slug) if "view" in given else gr.skip()
        # The query is empty: a plain address stays plain.
        return [selected, of, *settled(view, values, of, language, result), notes, ""]

    query.change(None, query, None, js=share.PUT_IN_ADDRESS, **private)
    context.load(restore, [tabs, speech, *everything], **turns)


def _nothing(output: Any) -> Any:
    return None if isinstance(output, gr.Plot) else ""


# --- API --------------------------------------------------------------------------------------------------------------


class Neighbour(TypedDict):
    index: int
    text: str
    score: float


def api(context: Context) -> None:
    """Register the endpoints /similarity, /embed and /search, which are MCP tools too."""
    service = context.service

    async def similarity(a: Line, b: Line, model: Model) -> float:
        """How near two texts are in meaning. Requests of different callers run together.

        Args:
            a: a text, at most 5,000 characters.
            b: another.
            model: the name of a sentence encoder; the endpoint "models" lists them (task "sentence-similarity").

        Returns:
            The cosine of their vectors, from -1 to 1. What counts as near depends on the encoder.
        """
        try:
            checked = task.check_pair(a, b)
            return task.cosine(*await asyncio.wrap_future(service.submit_vectors(checked, model)))
        except HubError as error:
            raise readable(error) from None

    def embed(texts: Lines, model: Model) -> list[list[float]]:
        """Vectors of texts, to be compared by their product, which is the cosine.

        Args:
            texts: at most 2,000 texts of at most 5,000 characters each.
            model: the name of a sentence encoder; the endpoint "models" lists them (task "sentence-similarity").

        Returns:
            A vector of length 1 for each text, in their order.
        """
        try:
            return service.embed(texts, model).tolist()
        except HubError as error:
            raise readable(error) from None

    def search(query: Line, texts: SearchLines, model: Model, k: Hits = task.HITS) -> list[Neighbour]:
        """The texts that are nearest to a query in meaning; no word need match.

        Args:
            query: what is looked for, at most 5,000 characters.
            texts: where to look: at most 2,000 texts.
            model: the name of a sentence encoder; the endpoint "models" lists them (task "sentence-similarity").
            k: how many neighbours are wanted, from 1 to 2,000.

        Returns:
            [{"index": the text's place in the list, from 0, "text", "score": its cosine with the query}], the nearest
            first.
        """
        try:
            return [
                Neighbour(index=hit.index, text=hit.text, score=hit.score)
                for hit in service.search(query, texts, model, k)
            ]
        except HubError as error:
            raise readable(error) from None

    gr.api(similarity, api_name="similarity", concurrency_limit=None)
    gr.api(embed, api_name="embed", concurrency_limit=None)
    gr.api(search, api_name="search", concurrency_limit=4)
