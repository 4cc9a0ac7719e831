"""TL;DR: what the hint does to the probability of references, over several texts; and summaries, with ROUGE."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

import gradio as gr
from pydantic import Field

from hub import limits
from hub.demos.generation import figures
from hub.demos.generation.examples import ARTICLES
from hub.demos.generation.strings import STRINGS
from hub.demos.generation.words import beams_html
from hub.demos.generation.writers import Writers, english
from hub.tasks import summaries
from hub.tasks.generate import Engine, Stream
from hub.tasks.prompts import BARE, Way, sentences
from hub.tasks.rouge import rouge
from hub.tasks.streams import growing
from hub.tasks.summaries import MAX_REFERENCE, Effect
from hub.text import check_text
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

Going = Callable[[], bool]
Titled = tuple[str, Effect]  # the title of a text, and what the hint does there


class Settings(settings.Settings):
    """What is summarised, by whom, and with which hint."""

    model: str | None = None
    hint: Annotated[Literal["both", "with", "without"], Control(kind=gr.Radio)] = "both"
    reference: str = ""
    beams: Annotated[int, Field(ge=1, le=limits.MAX_BEAMS), Control(label="tldr_beams", brief=True)] = 1
    way: Annotated[Way, Control(kind=gr.Radio, brief=True)] = BARE
    text: str = ""


class Summaries:
    """Summaries by the models that are here."""

    def __init__(self, writers: Writers) -> None:
        self.writers = writers
        self._known: dict[tuple[str, str, str], Effect] = {}  # model, text, way: of our own texts, which never change

    def show(self, settings: Settings, language: Language, going: Going) -> Iterator[dict[str, Any]]:
        """Both summaries grow together; then the picture, text by text."""
        check_text(settings.text)
        engine, way = self.writers.engine(settings.model), self.writers.way(settings.model, settings.way)
        yield self.writers.around(settings.model, way, language)
        for cards in self.cards(engine, settings, way, language, going):
            yield {"cards": cards}
        for found in self.effects(engine, settings, way, language):
            if not going():
                return
            if found:
                yield {"chart": chart(found, language), "table": effects_html(found, language)}

    def cards(self, engine: Engine, settings: Settings, way: Way, language: Language, going: Going) -> Iterator[str]:
        """The summaries as they grow, beside the first sentences of the text."""
        hints = [hint for hint in ("with", "without") if settings.hint in (hint, "both")]
        streams = [
            engine.start(summaries.request(engine, settings.text, hint == "with", way, settings.beams))
            for hint in hints
        ]
        parts, reference = sentences(settings.text), settings.reference
        leads = [card(STRINGS.say("lead_1", language), " ".join(parts[:1]), reference, language)]
        leads += [card(STRINGS.say("lead_3", language), " ".join(parts[:3]), reference, language)] * (len(parts) > 1)
        for texts in growing(streams, going):
            own = [
                card(
                    STRINGS.say(f"{hint}_hint", language), summaries.counted(text), reference, language,
                    cut_off(stream, language), kept(stream, language) + behind(engine, stream, language),
                )
                for hint, text, stream in zip(hints, texts, streams, strict=True)
            ]  # fmt: skip
            yield f"<div class='cards four'>{''.join(own + leads)}</div>"

    def effects(
        self, engine: Engine, settings: Settings, way: Way, language: Language
    ) -> Iterator[list[Titled] | None]:
        """Our texts and the visitor's own, which is the first; None where nothing is new."""
        place = language == "zh"
        shipped = [(one.text, one.reference) for one in ARTICLES]
        texts = [(one.title[place], one.text, one.reference) for one in ARTICLES]
        if settings.reference.strip() and (settings.text, settings.reference) not in shipped:
            texts.insert(0, (STRINGS.say("own_text", language), settings.text, settings.reference))
        found: list[Titled] = []
        for title, text, reference in texts:
            key = (engine.name, text, way)
            effect = self._known.get(key) if (text, reference) in shipped else None
            if effect is None:
                effect = summaries.effect(engine, text, reference, way)
            if (text, reference) in shipped:
                self._known[key] = effect
            found.append((title, effect))
            yield found if len(found) == len(texts) or len(found) % 2 == 0 else None


def chart(found: Sequence[Titled], language: Language) -> Any:
    """A line for each text."""
    titles = [title for title, _ in found]
    without, hinted = [math.exp(one.without) for _, one in found], [math.exp(one.hinted) for _, one in found]
    return pictures.sent(figures.hint_figure(titles, without, hinted, language), "tldr-hint")


def card(title: str, text: str, reference: str, language: Language, facts: str = "", more: str = "") -> str:
    """One summary; with a reference, how near it is. more: HTML below it."""
    scores = ""
    if reference.strip() and text.strip():
        points = {kind: 100 * value for kind, value in rouge(text, reference).items()}
        scores = f"<p class=facts>{STRINGS.say('rouge', language, **points)}</p>"
    body = html.text_of(text.strip() or STRINGS.say("nothing", language)).replace("\n", "<br>")
    line = f"<p class=facts>{html.text_of(facts)}</p>" if facts else ""
    return f"<div class='card summary'><h4>{html.text_of(title)}</h4><p>{body}</p>{scores}{line}{more}</div>"


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


def effects_html(found: Sequence[Titled], language: Language) -> str:
    """The figures of the picture."""
    say = STRINGS.say
    heads = [say(key, language) for key in ("hint_text", "hint_words", "hint_out", "hint_in", "hint_gain")]
    rows = [
        (title, one.words, f"{one.without:.2f}", f"{one.hinted:.2f}", f"{one.hinted - one.without:+.2f}")
        for title, one in found
    ]
    without, hinted = (
        figures.mean(values) for values in zip(*((one.without, one.hinted) for _, one in found), strict=True)
    )
    rows.append((say("mean", language), "", f"{without:.2f}", f"{hinted:.2f}", f"{hinted - without:+.2f}"))
    return html.details(say("hint_table", language), html.table(heads, rows, numbers=(2, 3, 4)))


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("text", lines=6, max_lines=14, elem_id="tldr-text", scale=2, min_width=280)
        with gr.Column(min_width=300):
            kit.when("follow", kit.control("model", elem_id="tldr-model").input)
            kit.control("way", elem_id="tldr-way", visible=False, min_width=200)
    kit.output("read", gr.HTML(elem_id="tldr-read", elem_classes="has-read"))
    with gr.Row():
        kit.control("reference", lines=2, max_length=MAX_REFERENCE, elem_id="tldr-reference", min_width=280)
        kit.control("hint", elem_id="tldr-hint", min_width=280)
        kit.control("beams", elem_id="tldr-beams", min_width=220)
    kit.examples(elem_id="tldr-examples")
    with gr.Row():
        kit.main("summarise", elem_id="tldr-run", min_width=120)
        kit.stop(elem_id="tldr-stop", min_width=90)
    kit.html("cards")
    gr.Markdown(STRINGS("hint_chart"), elem_classes="hint")
    kit.plot("chart")
    kit.html("table")
    kit.look("tldr_look")


def start(writers: Writers, scene: Scene) -> Settings:
    """The first text."""
    first = ARTICLES[0]
    return Settings(text=first.text, reference=first.reference, model=writers.first(scene.language, english))


def base(writers: Writers, scene: Scene, fields: Mapping[str, str]) -> Settings:
    """A text of one's own comes without our reference."""
    beginning = start(writers, scene)
    return beginning.changed(reference="") if fields.get("text") else beginning


def examples(scene: Scene) -> Sequence[Example]:
    """The texts."""
    return [Example(one.title, {"text": one.text, "reference": one.reference}) for one in ARTICLES]


def view(writers: Writers) -> View:
    """The view, of some models."""
    return View(
        "tldr", Settings, draw, Summaries(writers).show, start=partial(start, writers), base=partial(base, writers),
        choices={"model": writers.offered_english}, examples=examples, long="text", stops=True, at_once=4,
        adjusts={"follow": writers.follow},
    )  # fmt: skip
