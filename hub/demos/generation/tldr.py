"""TL;DR: a text, its summary with the hint and without, beside its first sentences, and ROUGE to a reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hub import limits
from hub.card import Card
from hub.demos.generation.common import beams_html, chosen_model, growing, titles
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError
from hub.service import Service
from hub.tasks.generate import SUMMARY_BEAMS, Stream
from hub.tasks.rouge import rouge
from hub.text import check_text
from hub.ui import html, share
from hub.ui.context import readable
from hub.ui.strings import Language, language_of
from hub.ui.turns import QUIET, Turns

PLACE = "tldr"  # of its turns
HINTS = ("both", "with", "without")

# (title, text, reference): written for this page.
EXAMPLES: tuple[tuple[tuple[str, str], str, str], ...] = (
    (
        ("A package description", "软件包说明"),
        "This program reads the log files of a web server and draws how many visitors came at each hour. It needs no "
        "database, remembers where it stopped, and can compare two weeks side by side. Reports are written as plain "
        "HTML pages that can be put on any server. It understands the log formats of Apache, nginx and lighttpd.",
        "web server log analyser that writes HTML reports",
    ),
    (
        ("A ferry line is closed", "渡轮停航"),
        "The island council decided on Tuesday to close the night ferry at the end of the month. Only nine "
        "passengers a day had used it during the winter, and repairs of the forty-year-old ship would have cost two "
        "million. Fishermen protested, because the first morning boat comes too late for the market on the mainland. "
        "The mayor promised a smaller boat from next spring, if the region pays half of it.",
        "The island closes its night ferry because of few passengers and high repair costs.",
    ),
)


@dataclass(frozen=True)
class Parts:
    """The view as it is drawn."""

    written: list[Any]
    restored: Callable[[Mapping[str, str], Language], list[Any]]


def sentences(text: str) -> list[str]:
    """The sentences of a text, by their ends; a plain rule, the same for every model."""
    parts = re.split(r"(?<=[.!?])\s+|(?<=[。!?])\s*|\n+", text.strip())
    return [part.strip() for part in parts if part and part.strip()]


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


def taught(card: Card) -> bool:
    """Whether a model has learnt to summarise."""
    return bool(card.hint)


def draw(service: Service, turns: Turns, query: gr.Textbox) -> Parts:
    """Lay it out and wire its events."""
    s = STRINGS
    known = titles(service.bundles, "en", taught)
    with gr.Tab(s("tldr"), id="tldr"):
        with gr.Row():
            text = gr.Textbox(
                EXAMPLES[0][1],
                label=s("text"),
                lines=6,
                max_lines=14,
                elem_id="tldr-text",
                scale=3,
                min_width=280,
            )
            with gr.Column(min_width=240):
                model = gr.Dropdown(
                    known, value=next((name for _, name in known), None), label=s("model"),
                    elem_id="tldr-model",
                )  # fmt: skip
                hint = gr.Radio(
                    [(s(f"hint_{one}"), one) for one in HINTS], value="both", label=s("hint"), elem_id="tldr-hint"
                )
                beams = gr.Slider(
                    1, limits.MAX_BEAMS, SUMMARY_BEAMS, step=1, label=s("tldr_beams"), elem_id="tldr-beams"
                )
        reference = gr.Textbox(EXAMPLES[0][2], label=s("reference"), lines=1, elem_id="tldr-reference")
        examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[title[0]] for title, _, _ in EXAMPLES],
            label=s("examples"), type="index", elem_id="tldr-examples",
        )  # fmt: skip
        with gr.Row():
            button = gr.Button(s("summarise"), variant="primary", elem_id="tldr-run", min_width=120)
            stop_button = gr.Button(s("stop"), elem_id="tldr-stop", min_width=90)
        cards = gr.HTML(elem_id="tldr-cards")
        gr.Markdown(s("tldr_look"), elem_classes="look")

    fields: dict[str, Any] = {"text": text, "model": model, "hint": hint, "reference": reference, "beams": beams}

    def summarise(
        given: str, name: str, way: str, wanted: str, width: float | None, request: gr.Request
    ) -> Iterator[list[Any]]:
        """Both summaries grow together."""
        language, place = language_of(request), (str(request.session_hash), PLACE)
        turn = turns.begin(place)
        try:
            check_text(given)
            ways = [one for one in ("with", "without") if way in (one, "both")]
            streams = [service.summarize(given, name, one == "with", int(width or SUMMARY_BEAMS)) for one in ways]
            parts = sentences(given)
            leads = [card(STRINGS.say("lead_1", language), " ".join(parts[:1]), wanted, language)]
            leads += [card(STRINGS.say("lead_3", language), " ".join(parts[:3]), wanted, language)] * (len(parts) > 1)
            for texts in growing(streams):
                if turns.over(place, turn):
                    break
                own = [
                    card(
                        STRINGS.say(f"{one}_hint", language),
                        text,
                        wanted,
                        language,
                        cut_off(stream, language),
                        kept(stream, language),
                    )
                    for one, text, stream in zip(ways, texts, streams, strict=True)
                ]
                yield [f"<div class=cards>{''.join(own + leads)}</div>", gr.skip()]
            if turns.over(place, turn):
                yield [gr.skip()] * 2
                return
            known = {
                "tab": "generation",
                "view": "tldr",
                "model": name,
                "hint": way,
                "reference": wanted,
                "beams": f"{width:g}" if width and width != SUMMARY_BEAMS else "",
                "text": given,
            }
            yield [gr.skip(), share.encode(known).query]
        except HubError as error:
            raise readable(error) from None
        finally:
            turns.end(place, turn)

    def example(index: int) -> list[str]:
        return list(EXAMPLES[index][1:])

    def stop(request: gr.Request) -> None:
        turns.stop((str(request.session_hash), PLACE))

    def restored(values: Mapping[str, str], language: Language) -> list[Any]:
        way = values.get("hint", "both")
        if way not in HINTS:
            raise ValueError(f"hint = {way[:40]!r}")
        width = int(values.get("beams", SUMMARY_BEAMS))
        if not 1 <= width <= limits.MAX_BEAMS:
            raise ValueError(f"beams = {values['beams'][:40]!r}")
        _, chosen = chosen_model(service.bundles, values.get("model"), language, taught)
        _, first, wanted = EXAMPLES[0]
        given = values.get("text")
        return [
            given or first, chosen, way,
            values.get("reference", "") if given else wanted, width,
            gr.Dataset(samples=[[title[language == "zh"]] for title, _, _ in EXAMPLES]),
        ]  # fmt: skip

    inputs = list(fields.values())
    slots: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "generation-tldr", **QUIET}
    button.click(summarise, inputs, [cards, query], **slots)
    stop_button.click(stop, None, None, queue=False, **QUIET)
    examples.click(example, examples, [text, reference], **QUIET).then(summarise, inputs, [cards, query], **slots)
    return Parts([*inputs, examples], restored)
