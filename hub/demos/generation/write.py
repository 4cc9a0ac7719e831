"""Continue a text: token by token, each with what else could have stood there; any of that can be taken instead.

When one is taken, the text as it was and the text as it becomes stand beside each other. Poems are set in lines, and
written slowly enough to be watched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from hub.card import Card
from hub.demos.generation import common
from hub.demos.generation.common import (
    BACK,
    BARE,
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
    text_of,
    titles,
    tokens_html,
)
from hub.demos.generation.examples import QUESTIONS, STARTS, STORY, WAYS, Start
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError, InputError
from hub.service import Service
from hub.tasks import sampling as chances
from hub.tasks.generate import TASK, Beam, End, Engine, Request, Token
from hub.tasks.sampling import Sampling
from hub.ui import html, pictures, share
from hub.ui.context import readable
from hub.ui.figures import PALETTE
from hub.ui.strings import Language, language_of
from hub.ui.turns import LIVE, QUIET, Turns

PLACE = "write"  # of its turns
SHOWN = 9  # outputs of what writes
ALTERNATIVES = 10
BARS = 15  # tokens in the picture of the distribution
MAX_BRANCHES = 8  # in a link
SLOWLY_S = 0.11  # a token of a poem
EARLY = 0.7  # of an answer: a token that is shown by itself leaves room for another future
GREY, BLUE = "#9aa3af", PALETTE[0]


def suggestions(card: Card | None) -> tuple[Start, ...]:
    """The examples for a model: prompts in the form that it was trained on, where it has one."""
    if card is None or not card.prompts:
        return (*STARTS, *QUESTIONS) if card is not None and card.chat_template else STARTS
    own = [Start((prompt.strip(), prompt.strip()), prompt) for prompt in card.prompts]
    again = [Start(title, card.prompts[0], changed) for title, changed in WAYS]
    return (own[0], *again, *own[1:])


def verse(card: Card | None) -> bool:
    """Whether a model writes poems: its prompts are titles, each a line."""
    return card is not None and bool(card.prompts) and all(prompt.endswith("\n") for prompt in card.prompts)


@dataclass(frozen=True)
class Written:
    """A text as it stands on the page.

    Args:
        way: how the prompt was read.
        branches: (place, token) of every alternative that was taken, in their order.
        length: of its last part, where single tokens were asked for; 0: as the settings say.
        other: the text before the last alternative was taken, or after it. fork: the place where they part.
    """

    model: str = ""
    prompt: str = ""
    tokens: tuple[Token, ...] = ()
    branches: tuple[tuple[int, int], ...] = ()
    way: str = BARE
    length: int = 0
    other: Written | None = None
    fork: int = 0

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(token.id for token in self.tokens)

    @property
    def begun(self) -> int:
        """The first place that was written in one go: after the prompt, or after the last alternative taken."""
        given = sum(token.given for token in self.tokens)
        return max(given, self.branches[-1][0] + 1 if self.branches else 0)

    def written(self, place: int) -> int:
        """How many of the tokens before a place are of the answer."""
        return sum(not token.given for token in self.tokens[:place])

    def token_at(self, place: int) -> Token | None:
        return self.tokens[place] if 0 <= place < len(self.tokens) else None

    def swapped(self) -> Written:
        """The other future becomes the text, and this one the other."""
        assert self.other is not None
        return replace(self.other, other=replace(self, other=None), fork=self.fork)


def interesting(tokens: Sequence[Token]) -> int | None:
    """A place of the answer where another token was nearly as probable, not at its end; None: there is no answer."""
    new = [place for place, token in enumerate(tokens) if not token.given and token.alternatives]
    early = new[: max(1, int(EARLY * len(new)))]
    words = [place for place in early if any(map(str.isalnum, text_of(tokens[place])))]
    return max(words or early, key=lambda place: _tie(tokens[place]), default=None)


def _tie(token: Token) -> float:
    """How probable the less probable one is, of a token and the best one beside it."""
    assert token.choice is not None
    rival = max((one.probability for one in token.alternatives if one.id != token.id), default=0.0)
    return min(token.choice.probability, rival)


@dataclass(frozen=True)
class Parts:
    """The view as it is drawn. fields: what an address sets. restored, replay: of the load of the page."""

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


class View:
    """What the callbacks share. fields: the controls, by their names in the address."""

    def __init__(self, service: Service, turns: Turns, fields: dict[str, gr.components.Component]) -> None:
        self.service, self.turns, self.fields = service, turns, fields
        self.logits_at = lru_cache(maxsize=64)(self._logits_at)  # kept for a while: moving a slider need not run it

    def _logits_at(self, name: str, ids: tuple[int, ...], written: int) -> np.ndarray:
        return self.engine(name).logits(Request("", ids=ids, written=written))

    def engine(self, name: str) -> Engine:
        """Raises UnknownModelError, BundleError."""
        return self.service.engines.get(self.service.bundles.get(name, TASK))

    def card(self, name: str | None) -> Card | None:
        return next((one.card for one in self.service.bundles.of_task(TASK) if one.name == name), None)

    def values_of(self, given: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self.fields, given, strict=True))

    def usual(self, key: str) -> Any:
        return getattr(self.fields[key], "value", None)

    # --- what is shown

    def link_of(self, values: Mapping[str, Any], text: Written) -> share.Link:
        values = {**values, **({"max_new_tokens": text.length} if text.length else {})}
        kept = {
            name: str(value if isinstance(value, str) else f"{float(value):g}")
            for name, value in values.items()
            if value is not None and (name == "model" or value != self.usual(name))
        }
        path = ",".join(f"{place}:{token}" for place, token in text.branches[:MAX_BRANCHES])
        known = {"tab": "generation", "view": "write", **kept, "prompt": text.prompt, "path": path}
        return share.encode(known, long="prompt")

    def text_html(self, text: Written, language: Language, chosen: int | None = None) -> str:
        """The text, in lines where it is a poem; beside its other future where it has one."""
        lines = verse(self.card(text.model))
        if text.other is None:
            return tokens_html(text.tokens, language, chosen, lines)
        return common.futures_html(text.tokens, text.other.tokens, text.fork, language, chosen, lines)

    def looked(self, text: Written, place: int, values: Mapping[str, Any], language: Language) -> list[Any]:
        """The panel, the distribution and what is left of it, at a place."""
        token = text.token_at(place)
        nth = STRINGS.say("at_end", language)
        if token is not None and token.choice is not None:
            nth = STRINGS.say("at_place", language, place=place + 1, text=token.choice.text.strip() or "␣")
        if place <= 0 or not text.tokens:
            return [alternatives_html(token, nth, language), gr.skip(), ""]
        engine = self.engine(text.model)
        if place >= engine.context:  # nothing can follow
            return [alternatives_html(token, nth, language), gr.skip(), ""]
        ids, sampling, beams = text.ids[:place], sampling_of(values), beams_of(values)
        logits = self.logits_at(text.model, ids, text.written(place))
        if beams > 1:  # what the texts are weighed by
            logits, sampling = chances.log_probabilities(logits), sampling.model_copy(update={"temperature": 1.0})
        figure = distribution_figure(logits, ids, sampling, engine.tokenizer.text, language)
        return [
            alternatives_html(token, nth, language), pictures.sent(figure, "distribution"),
            left_html(logits, ids, sampling, language, beams),
        ]  # fmt: skip

    # --- writing

    def written_by(
        self, text: Written, asked: Request, place: tuple[str, str], turn: int
    ) -> Iterator[tuple[Written, tuple[Beam, ...], End | None]]:
        """The text as it grows, and the texts of a beam search. Raises what the engine raises."""
        stream = self.engine(text.model).start(asked)
        slowly = verse(self.card(text.model)) and asked.max_new_tokens > 1
        tokens, seen = list(text.tokens), 0.0
        try:
            for token in stream.watched(FRAME_S):
                if self.turns.over(place, turn):
                    stream.close()
                    if not self.turns.stopped(place):
                        return
                if token is not None:
                    tokens.append(token)
                now = time.monotonic()
                new = token is not None and not token.given
                if (slowly and new) or (now - seen > FRAME_S and (token is not None or asked.beams > 1)):
                    seen = now
                    yield replace(text, tokens=tuple(tokens)), stream.beams(), None
                    if slowly and new:
                        time.sleep(SLOWLY_S)
        finally:
            stream.close()
        yield replace(text, tokens=tuple(tokens)), stream.end.beams if stream.end else (), stream.end

    def go(self, text: Written, asked: Request, values: Mapping[str, Any], request: gr.Request) -> Iterator[list[Any]]:
        """Write, and show it; then a token is looked at: where another was nearly as probable, or a single new one."""
        language, place = language_of(request), (str(request.session_hash), PLACE)
        turn = self.turns.begin(place)
        nothing: list[Any] = [gr.skip()] * SHOWN
        yield nothing  # a generator that gives nothing empties its outputs
        try:
            context = self.engine(text.model).context
            for grown, beams, end in self.written_by(text, asked, place, turn):
                made = list(nothing)
                made[0], made[1] = self.text_html(grown, language), facts_html(grown.tokens, end, context, language)
                made[2], made[8] = grown, beams_html(beams, asked.length_penalty, language)
                if end is None and beams:
                    made[1] = html.note(STRINGS.say("searching", language, new=max(len(one.ids) for one in beams)))
                if end is not None:
                    link = self.link_of(values, grown)
                    made[1] += html.note(STRINGS.say("shortened", language), "warn") if link.shortened else ""
                    shown_at = len(grown.tokens) - 1 if text.length else self.shown_at(grown)
                    made[0] = self.text_html(grown, language, shown_at)
                    made[3:6] = self.looked(grown, shown_at, values, language)
                    made[6], made[7] = shown_at, link.query
                yield made
            yield nothing  # Gradio sends the last one once more when a stream ends: see hub/ui/turns.py
        finally:
            self.turns.end(place, turn)

    def shown_at(self, text: Written) -> int:
        """The place that is looked at when a text is done."""
        if text.other is not None:
            return text.fork
        found = interesting(text.tokens)
        return len(text.tokens) if found is None else found

    def begin(self, values: Mapping[str, Any]) -> tuple[Written, Request]:
        """A text that has its prompt yet to be read. Raises InputError."""
        name, prompt, way = str(values["model"] or ""), str(values["prompt"] or ""), str(values["way"] or BARE)
        if verse(self.card(name)) and not prompt.endswith("\n"):
            prompt += "\n"  # a title is a line
        if way == BARE:
            return Written(name, prompt), asked_of(values, prompt)
        return Written(name, prompt, way=way), asked_of(values, "", self.engine(name).chat(prompt))

    # --- callbacks

    def write(self, request: gr.Request, *given: Any) -> Iterator[list[Any]]:
        values = self.values_of(given)
        try:
            yield from self.go(*self.begin(values), values, request)
        except HubError as error:
            raise readable(error) from None

    def one_more(self, request: gr.Request, text: Written, *given: Any) -> Iterator[list[Any]]:
        """A single token more, by the settings as they are."""
        values = {**self.values_of(given), "max_new_tokens": 1, "beams": 1}
        try:
            begun, asked = self.begin(values)
            if not text.tokens or (begun.model, begun.prompt, begun.way) != (text.model, text.prompt, text.way):
                yield from self.go(replace(begun, length=1), asked, values, request)
                return
            new = len(text.tokens) - text.begun
            written = text.written(len(text.tokens))
            asked = replace(asked_of(values, "", text.ids, describe=False), drawn=new, written=written)
            yield from self.go(replace(text, length=new + 1), asked, values, request)
        except HubError as error:
            raise readable(error) from None

    def branch(
        self, request: gr.Request, event: gr.EventData, text: Written, place: int, *given: Any
    ) -> Iterator[list[Any]]:
        """Another token at a place, and the text goes on from it."""
        values = self.values_of(given)
        try:
            yield from self.go(*taken(text, place, int(event.pick), values), values, request)
        except HubError as error:
            raise readable(error) from None

    def pick(self, request: gr.Request, event: gr.EventData, text: Written, *given: Any) -> list[Any]:
        """Look at a place; or go back to the other future."""
        language, place, address = language_of(request), int(event.pick), gr.skip()
        values = self.values_of(given)
        if place == BACK:
            if text.other is None:
                return [gr.skip()] * 7
            text, place = text.swapped(), text.fork
            address = self.link_of(values, text).query
        found = guarded(lambda: self.looked(text, place, values, language))
        return [self.text_html(text, language, place), *found, place, text, address]

    def turned(self, request: gr.Request, text: Written, place: int, *given: Any) -> list[Any]:
        """A setting moved: the distribution follows."""
        if place <= 0 or not text.tokens:
            return [gr.skip()] * 2
        values = self.values_of(given)
        return guarded(lambda: self.looked(text, place, values, language_of(request)))[1:]

    def stop(self, request: gr.Request) -> None:
        self.turns.stop((str(request.session_hash), PLACE))

    def first(self, request: gr.Request, text: Written, *given: Any) -> Iterator[list[Any]]:
        """Something to see at once, when the tab is opened and nothing has been written yet."""
        yield [gr.skip()] * SHOWN
        by_load = request.query_params.get("tab") == "generation"  # then the load of the page does it, in `replay`
        if not by_load and not text.tokens and not self.turns.begun((str(request.session_hash), PLACE)):
            yield from self.write(request, *given)

    def samples(self, name: str | None, language: Language) -> gr.Dataset:
        return gr.Dataset(samples=[[one.title[language == "zh"]] for one in suggestions(self.card(name))])

    def another(self, request: gr.Request, name: str, text: str) -> list[Any]:
        """Another model: its examples, and its first one where the prompt was an example too."""
        cards = (None, *(bundle.card for bundle in self.service.bundles.of_task(TASK)))
        ours = {one.prompt.strip() for card in cards for one in suggestions(card)}
        kept = gr.skip() if text.strip() and text.strip() not in ours else suggestions(self.card(name))[0].prompt
        return [kept, *common.switched(self.service.bundles)(request, name), self.samples(name, language_of(request))]

    def example(self, name: str, index: int) -> list[Any]:
        one = suggestions(self.card(name))[index]
        fixed = {"prompt": one.prompt, "way": one.way}
        return [fixed.get(key, one.changed.get(key, self.usual(key))) for key in self.fields if key != "model"]

    def restored(self, values: Mapping[str, str], language: Language) -> list[Any]:
        """A value for each of the fields, as an address says, and the examples. Raises ValueError."""
        made: list[Any] = []
        bundles = self.service.bundles
        name, chosen = chosen_model(bundles, values.get("model"), language)
        first = suggestions(self.card(name))[0]
        changed = {} if values.get("prompt") else first.changed
        for key, component in self.fields.items():
            given = values.get(key)
            if key == "model":
                made.append(chosen)
            elif key == "way":
                made.append(common.way_for(bundles, name, given or BARE))
            elif key == "prompt":
                made.append(given or first.prompt)
            elif given:
                made.append(number(component, given, key))
            else:
                made.append(changed.get(key, self.usual(key)))
        return [*made, common.has_read(bundles, name, language), self.samples(name, language)]

    def replay(self, request: gr.Request, *given: Any) -> Iterator[list[Any]]:
        """The text of a link, with the branches that were taken."""
        yield [gr.skip()] * SHOWN
        asked = share.decode(dict(request.query_params)).values
        if asked.get("tab") != "generation" or asked.get("view", "write") != "write":
            return
        values, text = self.values_of(given), Written()
        try:
            for made in self.write(request, *given):
                text = made[2] if isinstance(made[2], Written) else text
                yield made
            for place, token in path_of(asked.get("path", "")):
                for made in self.go(*taken(text, place, token, values), values, request):
                    text = made[2] if isinstance(made[2], Written) else text
                    yield made
        except HubError as error:
            raise readable(error) from None


def draw(service: Service, turns: Turns, query: gr.Textbox, page_tab: gr.Tab) -> Parts:
    """Lay it out and wire its events."""
    s = STRINGS
    known = titles(service.bundles, "en")
    with gr.Tab(s("write"), id="write") as tab:
        with gr.Row():
            prompt = gr.Textbox(
                STORY, label=s("prompt"), lines=5, max_lines=8, elem_id="generation-prompt", scale=2,
                min_width=280,
            )  # fmt: skip
            with gr.Column(min_width=300):
                model = gr.Dropdown(
                    known, value=next((name for _, name in known), None), label=s("model"),
                    elem_id="generation-model",
                )  # fmt: skip
                way = common.way_switch("generation-way")
        read = gr.HTML(elem_id="generation-read", elem_classes="has-read")
        examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[one.title[0]] for one in STARTS],
            label=s("examples"), type="index", elem_id="generation-examples",
        )  # fmt: skip
        with gr.Accordion(s("settings"), open=False, elem_id="generation-settings"):
            controls = settings()
        with gr.Row():
            run_button = gr.Button(s("run"), variant="primary", elem_id="generation-run", min_width=120)
            one_button = gr.Button(s("one_token"), elem_id="generation-one", min_width=110)
            stop_button = gr.Button(s("stop"), elem_id="generation-stop", min_width=90)
        text = gr.HTML(html.empty(STRINGS.say("empty", "en")), js_on_load=CLICKS, elem_id="generation-text")
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

    fields: dict[str, gr.components.Component] = {"prompt": prompt, "model": model, "way": way, **controls}
    view = View(service, turns, fields)
    outputs = [text, facts, written, panel, chart, left, at, query, kept]
    assert len(outputs) == SHOWN
    inputs = list(fields.values())
    slots: dict[str, Any] = {"concurrency_limit": 8, "concurrency_id": "generation", **QUIET}
    run_button.click(view.write, inputs, outputs, **slots)
    prompt.submit(view.write, inputs, outputs, **slots)
    one_button.click(view.one_more, [written, *inputs], outputs, **slots)
    stop_button.click(view.stop, None, None, queue=False, **QUIET)
    switched = model.input(view.another, [model, prompt], [prompt, way, read, examples], **QUIET)
    switched.then(view.write, inputs, outputs, **slots)
    chosen = examples.click(view.example, [model, examples], [prompt, way, *controls.values()], **QUIET)
    chosen.then(view.write, inputs, outputs, **slots)
    text.click(view.pick, [written, *inputs], [text, panel, chart, left, at, written, query], **QUIET)
    panel.click(view.branch, [written, at, *inputs], outputs, **slots)
    for control in controls.values():
        if isinstance(control, gr.Slider):
            control.input(view.turned, [written, at, *inputs], [chart, left], **LIVE)
    page_tab.select(view.first, [written, *inputs], outputs, **slots)
    return Parts(tab, fields, [*inputs, read, examples], view.restored, view.replay, inputs, outputs)


def taken(text: Written, place: int, token: int, values: Mapping[str, Any]) -> tuple[Written, Request]:
    """The text up to a place with another token there, and what asks for more. Raises InputError."""
    old = text.token_at(place)
    listed = {choice.id: choice for choice in old.alternatives} if old else {}
    if old is None or token not in listed:
        raise InputError("token_unlisted", token=token, place=place)
    rank = [choice.id for choice in old.alternatives].index(token) + 1
    chosen = replace(old, id=token, choice=listed[token], rank=rank, given=old.given)
    kept = replace(
        text, tokens=(*text.tokens[:place], chosen), branches=(*text.branches, (place, token)), length=0,
        other=replace(text, other=None), fork=place,
    )  # fmt: skip
    asked = asked_of(values, "", kept.ids, describe=False)
    return kept, replace(asked, written=kept.written(len(kept.tokens)))


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
        raise InputError("path_form", found=repr(text[:40])) from None
