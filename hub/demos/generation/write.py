"""Continue a text: token by token, each with what else could have stood there; any of that can be taken instead."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from hub.card import Card
from hub.demos.generation.common import (
    CLICKS,
    FRAME_S,
    alternatives_html,
    beams_html,
    beams_of,
    chosen_model,
    facts_html,
    guarded,
    most_new_tokens,
    percent,
    sampling_of,
    settings,
    shown,
    titles,
    tokens_html,
)
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError, InputError
from hub.service import Service
from hub.tasks import sampling as chances
from hub.tasks.generate import TASK, Beam, End, Request, Token
from hub.tasks.sampling import Sampling
from hub.ui import html, pictures, share
from hub.ui.context import readable
from hub.ui.figures import PALETTE
from hub.ui.strings import Language, language_of
from hub.ui.turns import LIVE, QUIET, Turns

PLACE = "write"  # of its turns
ALTERNATIVES = 10
BARS = 15  # tokens in the picture of the distribution
MAX_BRANCHES = 8  # in a link
GREY, BLUE = "#9aa3af", PALETTE[0]

STORY = "Once upon a time, in a small village by the sea,"
Example = tuple[tuple[str, str], str, dict[str, float]]  # title, prompt, settings that are not the usual ones
EXAMPLES: tuple[Example, ...] = (
    (("A story begins", "故事开头"), STORY, {}),
    (("The same, greedy", "同上，贪心"), STORY, {"temperature": 0}),
    (("The same, beam search", "同上，束搜索"), STORY, {"beams": 4, "max_new_tokens": 30}),
    (("The same, too hot", "同上，温度过高"), STORY, {"temperature": 1.8, "top_p": 1}),
    (("A fact", "一个事实"), "The capital of France is", {"temperature": 0, "max_new_tokens": 20}),
    (("Numbers to continue", "接着往下数"), "1, 2, 4, 8, 16,", {"temperature": 0, "max_new_tokens": 24}),
)


def suggestions(card: Card | None) -> tuple[Example, ...]:
    """The examples for a model: prompts in the form that it was trained on, where it has one."""
    if card is None or not card.prompts:
        return EXAMPLES
    own: list[Example] = [((prompt.strip(), prompt.strip()), prompt, {}) for prompt in card.prompts]
    again = [(title, card.prompts[0], changed) for title, prompt, changed in EXAMPLES if prompt == STORY and changed]
    return (own[0], *again, *own[1:])


@dataclass(frozen=True)
class Written:
    """A text as it stands on the page.

    Args:
        branches: (place, token) of every alternative that was taken, in their order.
    """

    model: str = ""
    prompt: str = ""
    tokens: tuple[Token, ...] = ()
    branches: tuple[tuple[int, int], ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(token.id for token in self.tokens)

    def token_at(self, place: int) -> Token | None:
        return self.tokens[place] if 0 <= place < len(self.tokens) else None


@dataclass(frozen=True)
class Parts:
    """The view as it is drawn. fields: what an address sets. restore, replay: of the load of the page."""

    tab: gr.Tab
    fields: dict[str, gr.components.Component]
    written: list[Any]
    restored: Callable[[Mapping[str, str], Language], list[Any]]
    replay: Callable[..., Iterator[list[Any]]]
    inputs: list[Any]
    shown: list[Any]


def distribution_figure(
    logits: np.ndarray, history: Sequence[int], sampling: Sampling, name: Callable[[int], str], language: Language
) -> pictures.Picture:
    """The most probable tokens, before and after the settings."""
    raw, after = chances.probabilities(logits), settled(logits, history, sampling)
    best = np.argsort(-raw, kind="stable")[:BARS]
    places = list(range(len(best)))[::-1]  # the most probable on top
    traces = [
        {
            "type": "bar", "orientation": "h", "name": STRINGS.say(key, language), "y": places,
            "x": np.round(100 * shares[best], 4).tolist(), "marker": {"color": colour},
            "text": [f"{shown(name(int(one)))}: {percent(float(shares[one]))}" for one in best],
            "textposition": "none", "hovertemplate": "%{text}<extra></extra>",
        }
        for key, shares, colour in (("by_model", raw, GREY), ("by_settings", after, BLUE))
    ]  # fmt: skip
    axis = {"tickvals": places, "ticktext": [shown(name(int(one)), 16) for one in best], "showgrid": False}
    return pictures.picture(
        traces, STRINGS.say("probability", language), "", 60 + 26 * len(best), barmode="group", bargap=0.25,
        margin={"l": 8, "r": 8, "t": 40, "b": 14}, yaxis=axis, xaxis={"ticksuffix": " %", "rangemode": "tozero"},
    )  # fmt: skip


def settled(logits: np.ndarray, history: Sequence[int], sampling: Sampling) -> np.ndarray:
    """The probabilities that the next token is really drawn by."""
    scores = chances.processed(logits, history, sampling)
    if sampling.temperature:
        return chances.probabilities(scores)
    sure = np.zeros(len(scores))
    sure[int(scores.argmax())] = 1
    return sure


def draw(service: Service, turns: Turns, query: gr.Textbox, page_tab: gr.Tab) -> Parts:
    """Lay it out and wire its events."""
    s = STRINGS

    @lru_cache(maxsize=64)
    def logits_at(name: str, ids: tuple[int, ...]) -> np.ndarray:
        """Kept for a while: moving a slider need not run the model."""
        return service.engines.get(service.bundles.get(name, TASK)).logits(Request("", ids=ids))

    cards = {bundle.name: bundle.card for bundle in service.bundles.of_task(TASK)}
    known = titles(service.bundles, "en")
    with gr.Tab(s("write"), id="write") as tab:
        with gr.Row():
            prompt = gr.Textbox(
                STORY, label=s("prompt"), lines=3, max_lines=8, elem_id="generation-prompt", scale=3,
                min_width=280,
            )  # fmt: skip
            model = gr.Dropdown(
                known, value=next((name for _, name in known), None), label=s("model"),
                elem_id="generation-model", min_width=220,
            )  # fmt: skip
        examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[title[0]] for title, _, _ in EXAMPLES],
            label=s("examples"), type="index", elem_id="generation-examples",
        )  # fmt: skip
        with gr.Accordion(s("settings"), open=False, elem_id="generation-settings"):
            controls = settings()
        with gr.Row():
            run_button = gr.Button(s("run"), variant="primary", elem_id="generation-run", min_width=120)
            stop_button = gr.Button(s("stop"), elem_id="generation-stop", min_width=90)
        view = gr.HTML(html.empty(STRINGS.say("empty", "en")), js_on_load=CLICKS, elem_id="generation-text")
        facts = gr.HTML(elem_id="generation-facts")
        kept = gr.HTML(elem_id="generation-kept")
        gr.Markdown(s("look"), elem_classes="look")
        with gr.Row(equal_height=False):
            with gr.Column(min_width=300):
                gr.Markdown(s("alternatives"), elem_classes="hint")
                panel = gr.HTML(js_on_load=CLICKS, elem_id="generation-alternatives")
            with gr.Column(min_width=300):
                gr.Markdown(s("distribution"), elem_classes="hint")
                chart = pictures.plot("generation-distribution")
                left = gr.HTML(elem_id="generation-left")
        written = gr.State(Written())
        at = gr.State(-1)  # the place that is looked at

    fields: dict[str, gr.components.Component] = {"prompt": prompt, "model": model, **controls}
    shown_all = [view, facts, written, panel, chart, left, at, query, kept]
    inputs = list(fields.values())
    nothing: list[Any] = [gr.skip()] * len(shown_all)

    def values_of(given: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(fields, given, strict=True))

    def link_of(values: Mapping[str, Any], text: Written) -> share.Link:
        kept = {
            name: str(value if isinstance(value, str) else f"{float(value):g}")
            for name, value in values.items()
            if value is not None and (name == "model" or value != getattr(fields[name], "value", None))
        }
        path = ",".join(f"{place}:{token}" for place, token in text.branches[:MAX_BRANCHES])
        known = {"tab": "generation", "view": "write", **kept, "prompt": text.prompt, "path": path}
        return share.encode(known, long="prompt")

    def looked(text: Written, place: int, values: Mapping[str, Any], language: Language) -> list[Any]:
        """The panel, the distribution and what is left of it, at a place."""
        token = text.token_at(place)
        nth = STRINGS.say("at_end", language)
        if token is not None and token.choice is not None:
            nth = STRINGS.say("at_place", language, place=place + 1, text=token.choice.text.strip() or "␣")
        if place <= 0 or not text.tokens:
            return [alternatives_html(token, nth, language), gr.skip(), ""]
        engine = service.engines.get(service.bundles.get(text.model, TASK))
        if place >= engine.context:  # nothing can follow
            return [alternatives_html(token, nth, language), gr.skip(), ""]
        ids, sampling, beams = text.ids[:place], sampling_of(values), beams_of(values)
        logits = logits_at(text.model, ids)
        if beams > 1:  # what the texts are weighed by
            logits, sampling = chances.log_probabilities(logits), replace(sampling, temperature=1.0)
        figure = distribution_figure(logits, ids, sampling, engine.tokenizer.text, language)
        return [
            alternatives_html(token, nth, language), pictures.sent(figure, "distribution"),
            left_html(logits, ids, sampling, language, beams),
        ]  # fmt: skip

    def written_by(
        text: Written, asked: Request, place: tuple[str, str], turn: int
    ) -> Iterator[tuple[Written, tuple[Beam, ...], End | None]]:
        """The text as it grows, and the texts of a beam search. Raises what the engine raises."""
        stream = service.generate(asked, text.model)
        tokens, seen = list(text.tokens), 0.0
        try:
            for token in stream.watched(FRAME_S):
                if turns.over(place, turn):
                    stream.close()
                    if not turns.stopped(place):
                        return
                if token is not None:
                    tokens.append(token)
                now = time.monotonic()
                if now - seen > FRAME_S and (token is not None or asked.beams > 1):
                    seen = now
                    yield replace(text, tokens=tuple(tokens)), stream.beams(), None
        finally:
            stream.close()
        yield replace(text, tokens=tuple(tokens)), stream.end.beams if stream.end else (), stream.end

    def go(text: Written, asked: Request, values: Mapping[str, Any], request: gr.Request) -> Iterator[list[Any]]:
        """Write, and show it."""
        language, place = language_of(request), (str(request.session_hash), PLACE)
        turn = turns.begin(place)
        yield nothing  # a generator that gives nothing empties its outputs
        context = service.engines.get(service.bundles.get(text.model, TASK)).context
        try:
            for grown, beams, end in written_by(text, asked, place, turn):
                made = list(nothing)
                made[0], made[1] = tokens_html(grown.tokens, language), facts_html(grown.tokens, end, context, language)
                made[2], made[8] = grown, beams_html(beams, asked.length_penalty, language)
                if end is None and beams:
                    made[1] = html.note(STRINGS.say("searching", language, new=max(len(one.ids) for one in beams)))
                if end is not None:
                    link = link_of(values, grown)
                    made[1] += html.note(STRINGS.say("shortened", language), "warn") if link.shortened else ""
                    last = len(grown.tokens)
                    made[3:6] = looked(grown, last, values, language)
                    made[3] = alternatives_html(None, "", language)
                    made[6], made[7] = last, link.query
                yield made
            yield nothing  # Gradio sends the last one once more when a stream ends: see hub/ui/turns.py
        finally:
            turns.end(place, turn)

    def write(request: gr.Request, *given: Any) -> Iterator[list[Any]]:
        values = values_of(given)
        try:
            text = Written(str(values["model"] or ""), str(values["prompt"] or ""))
            yield from go(text, asked_of(values, text.prompt), values, request)
        except HubError as error:
            raise readable(error) from None

    def branch(request: gr.Request, event: gr.EventData, text: Written, place: int, *given: Any) -> Iterator[list[Any]]:
        """Another token at a place, and the text goes on from it."""
        try:
            yield from go(*taken(text, place, int(event.pick), values_of(given)), values_of(given), request)
        except HubError as error:
            raise readable(error) from None

    def taken(text: Written, place: int, token: int, values: Mapping[str, Any]) -> tuple[Written, Request]:
        old = text.token_at(place)
        listed = {choice.id: choice for choice in old.alternatives} if old else {}
        if old is None or token not in listed:
            raise InputError(f"token {token} is not listed at place {place}")
        rank = [choice.id for choice in old.alternatives].index(token) + 1
        chosen = replace(old, id=token, choice=listed[token], rank=rank, given=old.given)
        kept = Written(text.model, text.prompt, (*text.tokens[:place], chosen), (*text.branches, (place, token)))
        return kept, asked_of(values, "", kept.ids, describe=False)

    def pick(request: gr.Request, event: gr.EventData, text: Written, *given: Any) -> list[Any]:
        """Look at a place."""
        language, place = language_of(request), int(event.pick)
        found = guarded(lambda: looked(text, place, values_of(given), language))
        return [tokens_html(text.tokens, language, place), *found, place]

    def turned(request: gr.Request, text: Written, place: int, *given: Any) -> list[Any]:
        """A setting moved: the distribution follows."""
        if place <= 0 or not text.tokens:
            return [gr.skip()] * 2
        values = values_of(given)
        return guarded(lambda: looked(text, place, values, language_of(request)))[1:]

    def stop(request: gr.Request) -> None:
        turns.stop((str(request.session_hash), PLACE))

    def first(request: gr.Request, text: Written, *given: Any) -> Iterator[list[Any]]:
        """Something to see at once, when the tab is opened and nothing has been written yet."""
        yield nothing
        by_load = request.query_params.get("tab") == "generation"  # then the load of the page does it, in `replay`
        if not by_load and not text.tokens and not turns.begun((str(request.session_hash), PLACE)):
            yield from write(request, *given)

    def samples(name: str | None, language: Language) -> gr.Dataset:
        return gr.Dataset(samples=[[title[language == "zh"]] for title, _, _ in suggestions(cards.get(name or ""))])

    def another(request: gr.Request, name: str, text: str) -> list[Any]:
        """Another model: its examples, and its first one where the prompt was an example too."""
        ours = {prompt for card in (None, *cards.values()) for _, prompt, _ in suggestions(card)}
        kept = gr.skip() if text and text not in ours else suggestions(cards.get(name))[0][1]
        return [kept, samples(name, language_of(request))]

    def example(name: str, index: int) -> list[Any]:
        _, text, changed = suggestions(cards.get(name))[index]
        usual = {name: component.value for name, component in controls.items()}
        return [text, *(changed.get(name, usual[name]) for name in controls)]

    def restored(values: Mapping[str, str], language: Language) -> list[Any]:
        """A value for each of `written`, as an address says. Raises ValueError."""
        made: list[Any] = []
        name, chosen = chosen_model(service.bundles, values.get("model"), language)
        own = suggestions(cards.get(name or ""))
        for key, component in fields.items():
            given = values.get(key)
            if key == "model":
                made.append(chosen)
            elif key == "prompt":
                made.append(given or own[0][1])
            elif given:
                made.append(number(component, given, key))
            else:
                made.append(component.value)
        return [*made, samples(name, language)]

    def replay(request: gr.Request, *given: Any) -> Iterator[list[Any]]:
        """The text of a link, with the branches that were taken."""
        yield nothing
        asked = share.decode(dict(request.query_params)).values
        if asked.get("tab") != "generation" or asked.get("view", "write") != "write":
            return
        values, text = values_of(given), Written()
        try:
            for made in write(request, *given):
                text = made[2] if isinstance(made[2], Written) else text
                yield made
            for place, token in path_of(asked.get("path", "")):
                for made in go(*taken(text, place, token, values), values, request):
                    text = made[2] if isinstance(made[2], Written) else text
                    yield made
        except HubError as error:
            raise readable(error) from None

    slots: dict[str, Any] = {"concurrency_limit": 8, "concurrency_id": "generation", **QUIET}
    run_button.click(write, inputs, shown_all, **slots)
    prompt.submit(write, inputs, shown_all, **slots)
    stop_button.click(stop, None, None, queue=False, **QUIET)
    model.input(another, [model, prompt], [prompt, examples], **QUIET)
    chosen = examples.click(example, [model, examples], [prompt, *controls.values()], **QUIET)
    chosen.then(write, inputs, shown_all, **slots)
    view.click(pick, [written, *inputs], [view, panel, chart, left, at], **QUIET)
    panel.click(branch, [written, at, *inputs], shown_all, **slots)
    for control in controls.values():
        if isinstance(control, gr.Slider):
            control.input(turned, [written, at, *inputs], [chart, left], **LIVE)
    page_tab.select(first, [written, *inputs], shown_all, **slots)
    return Parts(tab, fields, [*inputs, examples], restored, replay, inputs, shown_all)


def asked_of(values: Mapping[str, Any], prompt: str, ids: tuple[int, ...] = (), describe: bool = True) -> Request:
    """What the controls ask for. Raises InputError."""
    return Request(
        prompt, most_new_tokens(values["max_new_tokens"]), sampling_of(values), (), ALTERNATIVES, ids, describe,
        beams_of(values), float(values["length_penalty"]),
    )  # fmt: skip


def left_html(
    logits: np.ndarray, history: Sequence[int], sampling: Sampling, language: Language, beams: int = 1
) -> str:
    """How much of the distribution the settings leave."""
    if beams > 1:
        return html.note(STRINGS.say("beams_left", language, beams=beams))
    if not sampling.temperature:
        return html.note(STRINGS.say("greedy", language))
    kept = chances.processed(logits, history, sampling) > -np.inf
    mass = float(chances.probabilities(logits)[kept].sum())
    return html.note(STRINGS.say("left", language, left=int(kept.sum()), all=len(kept), mass=mass))


def number(component: Any, text: str, name: str) -> float:
    """A setting of an address. Raises ValueError."""
    value = float(text)
    if not component.minimum <= value <= component.maximum:
        raise ValueError(f"{name} = {text[:40]!r}")
    return value


def path_of(text: str) -> list[tuple[int, int]]:
    """The branches of a link. Raises InputError."""
    try:
        pairs = [part.split(":") for part in text.split(",") if part][:MAX_BRANCHES]
        return [(int(place), int(token)) for place, token in pairs]
    except ValueError:
        raise InputError(f"path = {text[:40]!r} is not of the form 12:345,20:77") from None
