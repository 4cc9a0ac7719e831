"""TL;DR: what the hint does to the probability of references, over several texts; and summaries, with ROUGE."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from hub import limits
from hub.demos.generation import common, figures
from hub.demos.generation.common import BARE, CHAT, beams_html, chosen_model, english, growing, titles
from hub.demos.generation.examples import ARTICLES
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError
from hub.service import Service
from hub.tasks.generate import TASK, Engine, Request, Stream
from hub.tasks.prompts import sentences
from hub.tasks.rouge import rouge
from hub.text import check_text
from hub.ui import html, pictures, share
from hub.ui.context import readable
from hub.ui.strings import Language, language_of
from hub.ui.turns import QUIET, Turns

PLACE = "tldr"  # of its turns
HINTS = ("both", "with", "without")
BEAMS = 1
THREE = 3  # sentences of an answer that count, as in the paper; here, each once
FIRST_WORDS = 8  # of a reference, whose probability is told: later ones depend on these more than on the text
MAX_REFERENCE = 500  # characters of a reference


@dataclass(frozen=True)
class Parts:
    """The view as it is drawn."""

    written: list[Any]
    restored: Callable[[Mapping[str, str], Language], list[Any]]


@dataclass(frozen=True)
class Effect:
    """log P of a token of a reference's first words, the mean of them, without the hint and with it."""

    title: str
    words: str
    without: float
    given: float


def counted(text: str) -> str:
    """What counts of an answer: its first sentences that differ."""
    return " ".join(list(dict.fromkeys(sentences(text)))[:THREE])


def first_words(reference: str) -> str:
    """The beginning of a reference that is scored."""
    return " ".join(reference[:MAX_REFERENCE].split()[:FIRST_WORDS])


def asked(engine: Engine, text: str, hint: bool, way: str, beams: int = 1) -> Request:
    """What asks for a summary; in the chat template, text and hint are the message. Raises InputError."""
    request = engine.summary(text, hint, beams)
    if way != CHAT:
        return request
    message = engine.tokenizer.texts(request.ids)  # of a long text, its beginning
    return replace(request, ids=engine.chat(message))


def effect(engine: Engine, title: str, text: str, reference: str, way: str) -> Effect:
    """What the hint does to the first words of a reference. Raises what the engine raises."""
    words, found = first_words(reference), []
    for hint in (False, True):  # the text is read once
        ids = asked(engine, text, hint, way).ids
        follows = words if way == CHAT else f" {words}"
        found.append(float(engine.scores(ids, engine.tokenizer.ids(follows)).mean()))
    return Effect(title, words, *found)


def card(title: str, text: str, reference: str, language: Language, facts: str = "", more: str = "") -> str:
    """One summary; with a reference, how near it is. more: HTML below it."""
    scores = ""
    if reference.strip() and text.strip():
        points = {kind: 100 * value for kind, value in rouge(text, reference).items()}
        scores = f"<p class=facts>{STRINGS.say('rouge', language, **points)}</p>"
    body = html.text_of(text.strip() or STRINGS.say("nothing", language)).replace("\n", "<br>")
    told = f"<p class=facts>{html.text_of(facts)}</p>" if facts else ""
    return f"<div class='card summary'><h4>{html.text_of(title)}</h4><p>{body}</p>{scores}{told}{more}</div>"


def cut_off(stream: Stream, language: Language) -> str:
    """How much of a long text was not read."""
    count = stream.request.left_out
    return STRINGS.say("left_out", language, count=f"{count:,}") if count else ""


def kept(stream: Stream, language: Language) -> str:
    """The texts of a beam search, folded, once it has ended."""
    if stream.end is None or not stream.end.beams:
        return ""
    table = beams_html(stream.end.beams, stream.request.length_penalty, language)
    return html.details(STRINGS.say("beams_all", language, count=len(stream.end.beams)), table)


def behind(engine: Engine, stream: Stream, language: Language) -> str:
    """The prompt as it was read, folded."""
    text = html.text_of(engine.tokenizer.shown(stream.request.ids))
    return html.details(STRINGS.say("assembled", language), f"<pre class=prompt>{text}</pre>")


def effects_html(found: Sequence[Effect], language: Language) -> str:
    """The figures of the picture."""
    say = STRINGS.say
    heads = [say(key, language) for key in ("hint_text", "hint_words", "hint_out", "hint_in", "hint_gain")]
    rows = [
        (one.title, one.words, f"{one.without:.2f}", f"{one.given:.2f}", f"{one.given - one.without:+.2f}")
        for one in found
    ]
    without, given = (figures.mean(values) for values in zip(*((one.without, one.given) for one in found), strict=True))
    rows.append((say("mean", language), "", f"{without:.2f}", f"{given:.2f}", f"{given - without:+.2f}"))
    return html.details(say("hint_table", language), html.table(heads, rows, numbers=(2, 3, 4)))


class View:
    """What the callbacks share."""

    def __init__(self, service: Service, turns: Turns) -> None:
        self.service, self.turns = service, turns
        self.known: dict[tuple[str, str, str, str], Effect] = {}  # of our own texts, which never change

    def run(
        self, text: str, name: str, hint: str, reference: str, width: float | None, way: str, request: gr.Request
    ) -> Iterator[list[Any]]:
        """Both summaries grow together; then the picture, text by text."""
        language, place = language_of(request), (str(request.session_hash), PLACE)
        turn = self.turns.begin(place)
        yield [gr.skip()] * 4
        try:
            check_text(text)
            engine = self.service.engines.get(self.service.bundles.get(name, TASK))
            beams = int(width or BEAMS)
            for cards in self.summaries(engine, text, hint, reference, beams, way, language):
                if self.turns.over(place, turn):
                    break
                yield [cards, gr.skip(), gr.skip(), gr.skip()]
            for found in self.effects(engine, text, reference, way, language):
                if self.turns.over(place, turn):
                    yield [gr.skip()] * 4
                    return
                if found:
                    titles_ = [one.title for one in found]
                    without, given = [math.exp(one.without) for one in found], [math.exp(one.given) for one in found]
                    figure = pictures.sent(figures.hint_figure(titles_, without, given, language), "tldr-hint")
                    yield [gr.skip(), figure, effects_html(found, language), gr.skip()]
            values = {
                "tab": "generation", "view": "tldr", "model": name, "hint": hint, "reference": reference,
                "beams": f"{beams}" if beams != BEAMS else "", "way": way if way != BARE else "", "text": text,
            }  # fmt: skip
            yield [gr.skip(), gr.skip(), gr.skip(), share.encode(values).query]
        except HubError as error:
            raise readable(error) from None
        finally:
            self.turns.end(place, turn)

    def summaries(
        self, engine: Engine, text: str, hint: str, reference: str, beams: int, way: str, language: Language
    ) -> Iterator[str]:
        """The cards, as the summaries grow."""
        ways = [one for one in ("with", "without") if hint in (one, "both")]
        streams = [engine.start(asked(engine, text, one == "with", way, beams)) for one in ways]
        parts = sentences(text)
        leads = [card(STRINGS.say("lead_1", language), " ".join(parts[:1]), reference, language)]
        leads += [card(STRINGS.say("lead_3", language), " ".join(parts[:3]), reference, language)] * (len(parts) > 1)
        for texts in growing(streams):
            texts = [counted(said) for said in texts]
            own = [
                card(
                    STRINGS.say(f"{one}_hint", language), said, reference, language, cut_off(stream, language),
                    kept(stream, language) + behind(engine, stream, language),
                )
                for one, said, stream in zip(ways, texts, streams, strict=True)
            ]  # fmt: skip
            yield f"<div class='cards four'>{''.join(own + leads)}</div>"

    def effects(
        self, engine: Engine, text: str, reference: str, way: str, language: Language
    ) -> Iterator[list[Effect] | None]:
        """Our texts and the visitor's own, which is the first; None where nothing is new."""
        place = language == "zh"
        articles = [(one.title[place], one.text, one.reference) for one in ARTICLES]
        ours = [(given, wanted) for _, given, wanted in articles]
        if reference.strip() and (text, reference) not in ours:
            articles.insert(0, (STRINGS.say("own_text", language), text, reference))
        found: list[Effect] = []
        for title, given, wanted in articles:
            key = (engine.name, given, wanted, way)
            one = self.known.get(key) or effect(engine, title, given, wanted, way)
            if (given, wanted) in ours:
                self.known[key] = one
            found.append(replace(one, title=title))
            yield found if len(found) == len(articles) or len(found) % 2 == 0 else None


def draw(service: Service, turns: Turns, query: gr.Textbox) -> Parts:
    """Lay it out and wire its events."""
    s, view, first = STRINGS, View(service, turns), ARTICLES[0]
    models = titles(service.bundles, "en", english)
    with gr.Tab(s("tldr"), id="tldr") as tab:
        with gr.Row():
            text = gr.Textbox(
                first.text, label=s("text"), lines=6, max_lines=14, elem_id="tldr-text", scale=2, min_width=280
            )
            with gr.Column(min_width=300):
                model = gr.Dropdown(
                    models, value=next((name for _, name in models), None), label=s("model"),
                    elem_id="tldr-model",
                )  # fmt: skip
                way = common.way_switch("tldr-way")
        read = gr.HTML(elem_id="tldr-read", elem_classes="has-read")
        with gr.Row():
            reference = gr.Textbox(
                first.reference, label=s("reference"), lines=2, max_length=MAX_REFERENCE, elem_id="tldr-reference",
                min_width=280,
            )  # fmt: skip
            hint = gr.Radio(
                [(s(f"hint_{one}"), one) for one in HINTS], value="both", label=s("hint"), elem_id="tldr-hint",
                min_width=280,
            )  # fmt: skip
            beams = gr.Slider(
                1, limits.MAX_BEAMS, BEAMS, step=1, label=s("tldr_beams"), elem_id="tldr-beams", min_width=220
            )
        examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[one.title[0]] for one in ARTICLES],
            label=s("examples"), type="index", elem_id="tldr-examples",
        )  # fmt: skip
        with gr.Row():
            button = gr.Button(s("summarise"), variant="primary", elem_id="tldr-run", min_width=120)
            stop_button = gr.Button(s("stop"), elem_id="tldr-stop", min_width=90)
        cards = gr.HTML(elem_id="tldr-cards")
        gr.Markdown(s("hint_chart"), elem_classes="hint")
        chart = pictures.plot("tldr-chart")
        table = gr.HTML(elem_id="tldr-table")
        gr.Markdown(s("tldr_look"), elem_classes="look")
        loaded = gr.State(False)  # see common.first_look

    def stop(request: gr.Request) -> None:
        turns.stop((str(request.session_hash), PLACE))

    def restored(values: Mapping[str, str], language: Language) -> list[Any]:
        chosen_hint = values.get("hint", "both")
        if chosen_hint not in HINTS:
            raise ValueError(f"hint = {chosen_hint[:40]!r}")
        width = int(values.get("beams", BEAMS))
        if not 1 <= width <= limits.MAX_BEAMS:
            raise ValueError(f"beams = {values['beams'][:40]!r}")
        name, chosen = chosen_model(service.bundles, values.get("model"), language, english)
        given = values.get("text")
        return [
            given or first.text, chosen, chosen_hint, values.get("reference", "") if given else first.reference, width,
            common.way_for(service.bundles, name, values.get("way", BARE)),
            common.has_read(service.bundles, name, language),
            gr.Dataset(samples=[[one.title[language == "zh"]] for one in ARTICLES]), True,
        ]  # fmt: skip

    inputs, outputs = [text, model, hint, reference, beams, way], [cards, chart, table, query]
    slots: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "generation-tldr", **QUIET}
    button.click(view.run, inputs, outputs, **slots)
    stop_button.click(stop, None, None, queue=False, **QUIET)
    model.input(common.switched(service.bundles), model, [way, read], **QUIET)
    chosen_ = examples.click(example, examples, [text, reference], **QUIET)
    chosen_.then(view.run, inputs, outputs, **slots)
    tab.select(common.first_look(turns, PLACE, view.run, len(outputs)), [loaded, *inputs], outputs, **slots)
    return Parts([*inputs, read, examples, loaded], restored)


def example(index: int) -> list[str]:
    return [ARTICLES[index].text, ARTICLES[index].reference]
