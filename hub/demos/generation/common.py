"""What the views share: models, settings of the sampling, tokens as HTML."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeVar

import gradio as gr

from hub import limits
from hub.bundle import Bundles
from hub.card import Card
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError, Term, checked
from hub.tasks.generate import TASK, Beam, Choice, End, Engine, Stream, Token
from hub.tasks.loops import MOST, most_repeated
from hub.tasks.sampling import WHOLE, Sampling
from hub.text import check_text
from hub.ui import html
from hub.ui.context import readable
from hub.ui.strings import Language, either, language_of
from hub.ui.turns import Turns

Answer = TypeVar("Answer")

FRAME_S = 0.08  # between two updates of the page
BANDS = (10, 100, 1_000)  # ranks up to which a colour goes
SETTINGS: dict[str, tuple[float, float, float, float]] = {  # low, high, step, usual
    "temperature": (0, 2, 0.05, 0.8),
    "top_k": (0, 200, 1, 0),
    "top_p": (0, 1, 0.01, 0.95),
    "min_p": (0, 0.5, 0.01, 0),
    "repetition_penalty": (1, 2, 0.05, 1),
    "no_repeat_ngram": (0, 8, 1, 0),
    "max_new_tokens": (1, 256, 1, 100),
    "beams": (1, limits.MAX_BEAMS, 1, 1),
    "length_penalty": (0, 2, 0.1, 1),
}
OF_REQUEST = ("max_new_tokens", "beams", "length_penalty")  # and not of Sampling
MAX_SEED = 1_000_000
WAYS = BARE, CHAT = "bare", "chat"  # how a prompt is read

BACK = -1  # picked where the text is to become its other future again

# In the browser: clicks on what has data-pick come as events with its value; Enter and Space count as clicks, arrows go
# from token to token. What is drawn anew while it has the focus gets it back.
CLICKS = """let last = null;
const at = (event) => {
    const found = event.target.closest("[data-pick]");
    return element.contains(found) ? found : null;
};
const told = (event) => {
    const found = at(event);
    if (!found) return;
    event.preventDefault();
    trigger("click", {pick: Number(found.dataset.pick)});
};
element.addEventListener("click", told);
element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") return told(event);
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key], found = at(event);
    if (!step || !found) return;
    const all = [...element.querySelectorAll("[data-pick]")];
    all[all.indexOf(found) + step]?.focus();
    event.preventDefault();
});
element.addEventListener("focusin", (event) => { last = at(event)?.dataset.pick ?? null; });
element.addEventListener("focusout", (event) => { if (event.relatedTarget) last = null; });
new MutationObserver(() => {
    if (last === null || document.activeElement !== document.body) return;
    element.querySelector(`[data-pick="${last}"]`)?.focus({preventScroll: true});
}).observe(element, {childList: true, subtree: true});"""


Wanted = Callable[[Card], bool]


def english(card: Card) -> bool:
    """Whether a model writes English, as the examples of some views are."""
    return "en" in card.languages


def titles(bundles: Bundles, language: Language, wanted: Wanted | None = None) -> list[tuple[str, str]]:
    """(title, name) of every model that writes.

    Those first that are wanted, that write the reader's language, and that are large.
    """
    cards = [bundle.card for bundle in bundles.of_task(TASK)]
    cards.sort(key=lambda card: (
        wanted is not None and not wanted(card), language not in card.languages, -card.parameters
    ))  # fmt: skip
    return [(either(card.title, language), card.name) for card in cards]


def chosen_model(
    bundles: Bundles, given: str | None, language: Language, wanted: Wanted | None = None
) -> tuple[str | None, gr.Dropdown]:
    """The model that an address asks for, else the first, and the dropdown with it. Raises ValueError: not there."""
    known = titles(bundles, language, wanted)
    value = given or next((name for _, name in known), None)
    if value not in [None, *(name for _, name in known)]:
        raise ValueError(f"model = {str(value)[:40]!r}")
    return value, gr.Dropdown(choices=known, value=value)


@dataclass(frozen=True)
class Prompt:
    """What is read. text: the same as a reader sees it, special tokens too."""

    ids: tuple[int, ...]
    text: str

    def answer(self, text: str) -> str:
        """A text as it would follow."""
        return text if self.text[-1:].isspace() else f" {text}"


def prompted(engine: Engine, text: str, way: str) -> Prompt:
    """A text as it is, or as a message in the model's chat template. Raises InputError.

    Args:
        way: one of WAYS.
    """
    if way == CHAT:
        ids = engine.chat(text)
        return Prompt(ids, engine.tokenizer.shown(ids))
    return Prompt(tuple(engine.tokenizer.ids(check_text(text, Term("the_prompt")))), text)


def chats(bundles: Bundles, name: str | None) -> bool:
    """Whether a model was taught to answer messages."""
    return any(bundle.name == name and bundle.card.chat_template for bundle in bundles.of_task(TASK))


def way_switch(elem_id: str) -> gr.Radio:
    """Whether a prompt is read as it is, or as a message in the chat template."""
    s = STRINGS
    choices: list[tuple[Any, str]] = [(s(f"way_{way}"), way) for way in WAYS]
    return gr.Radio(choices, value=BARE, label=s("way"), elem_id=elem_id, visible=False, min_width=200)


def way_for(bundles: Bundles, name: str | None, way: str = BARE) -> Any:
    """The same for another model: hidden where there is nothing to choose. Raises ValueError: no such way."""
    if way not in WAYS:
        raise ValueError(f"way = {way[:40]!r}")
    there = chats(bundles, name)
    return gr.Radio(value=way if there else BARE, visible=there)


def has_read(bundles: Bundles, name: str | None, language: Language) -> str:
    """What a model has read, as a line below its name."""
    return next((read_note(bundle.card, language) for bundle in bundles.of_task(TASK) if bundle.name == name), "")


def read_note(card: Card, language: Language) -> str:
    """The same of a card."""
    text = card.has_read
    return html.note(STRINGS.say("has_read", language, text=either(text, language))) if text else ""


def switched(bundles: Bundles) -> Any:
    """A callback for another model: how its prompt is read, and what it has read."""

    def told(request: gr.Request, name: str | None) -> list[Any]:
        return [way_for(bundles, name), has_read(bundles, name, language_of(request))]

    return told


def first_look(turns: Turns, place: str, run: Callable[..., Iterator[list[Any]]], outputs: int) -> Any:
    """A callback that runs a view when it is opened for the first time.

    Its first input is a State that the load of the page sets: before that, the view does not have what the address
    asks for.

    Args:
        run: takes the other inputs, and the request. outputs: how many values it gives.
    """

    def first(request: gr.Request, loaded: bool, *given: Any) -> Iterator[list[Any]]:
        yield [gr.skip()] * outputs
        if loaded and not turns.begun((str(request.session_hash), place)):
            yield from run(*given, request)

    return first


def growing(streams: Sequence[Stream]) -> Iterator[list[str]]:
    """The answers of several streams so far, now and then, and at the end; whoever stops looking ends them.

    Of a beam search: its best text so far.
    """
    texts, seen = [""] * len(streams), 0.0
    waiting = {number: stream.watched(FRAME_S) for number, stream in enumerate(streams)}
    try:
        while waiting:
            for number in list(waiting):
                for token in waiting[number]:
                    texts[number] += token.text if token else ""
                    if not streams[number].unread:
                        break
                else:
                    del waiting[number]
            if not waiting or time.monotonic() - seen >= FRAME_S:
                seen = time.monotonic()
                best = {number: streams[number].beams()[:1] for number in waiting}
                yield [next((beam.text for beam in best.get(number, ())), text) for number, text in enumerate(texts)]
    finally:
        for stream in streams:
            stream.close()


def settings() -> dict[str, gr.components.Component]:
    """The controls of the sampling, by the names of Sampling; those of the request beside them."""
    s = STRINGS
    made: dict[str, gr.components.Component] = {}
    with gr.Row():
        for name, (low, high, step, usual) in SETTINGS.items():
            made[name] = gr.Slider(
                low, high, usual, step=step, label=s(name), elem_id=f"generation-{name}", min_width=200
            )
        made["seed"] = gr.Number(
            0, precision=0, minimum=0, maximum=MAX_SEED, label=s("seed"), elem_id="generation-seed", min_width=110
        )
    return made


def sampling_of(values: Mapping[str, Any]) -> Sampling:
    """The settings as the engine takes them; a beam search draws nothing. Raises InputError."""
    names = [name for name in (*SETTINGS, "seed") if name not in OF_REQUEST]
    made: dict[str, Any] = {name: int(values[name] or 0) if name in WHOLE else float(values[name]) for name in names}
    if beams_of(values) > 1:
        made["temperature"] = 0.0
    return checked(Sampling, made)


def beams_of(values: Mapping[str, Any]) -> int:
    """As the engine takes it."""
    return max(1, min(int(values["beams"] or 1), limits.MAX_BEAMS))


def guarded(make: Callable[[], Answer]) -> Answer:
    """What a callback makes; an error of the hub as Gradio's."""
    try:
        return make()
    except HubError as error:
        raise readable(error) from None


def band(rank: int | None) -> str:
    """The class of a rank's colour."""
    if rank is None:
        return "none"
    return next((f"to{limit}" for limit in BANDS if rank <= limit), "beyond")


def percent(share: float) -> str:
    """A probability for a reader: three digits, and no 0 for what is not 0."""
    if share >= 0.001 or share == 0:
        return f"{100 * share:.3g} %"
    return f"1 : {1 / share:,.0f}"


def shown(text: str, most: int | None = None) -> str:
    """A token that a reader can see, as HTML: spaces and breaks have a sign. most: characters."""
    return escape(_visible(text)[:most])


def tokens_html(tokens: Sequence[Token], language: Language, chosen: int | None = None, verse: bool = False) -> str:
    """The text, each token coloured by its rank; a click tells its place.

    Args:
        verse: each line by itself, the first as a title.
    """
    if not tokens:
        return html.empty(STRINGS.say("empty", language))
    return f"{_block(tokens, 0, language, chosen, verse)}{_legend(language)}"


def futures_html(
    tokens: Sequence[Token], others: Sequence[Token], fork: int, language: Language, chosen: int | None, verse: bool
) -> str:
    """Two texts that part at a place: what they share, then both beside each other; a button takes the other one."""
    say = STRINGS.say
    new, old = (text_of(one[fork]).strip() or "␣" if fork < len(one) else "" for one in (tokens, others))
    button = f"<button type=button class=back data-pick={BACK}>{say('take_back', language)}</button>"
    ours = f"<h4>{escape(say('future_new', language, text=new))}</h4>{_block(tokens, fork, language, chosen, verse)}"
    theirs = (
        f"<h4>{escape(say('future_old', language, text=old))} {button}</h4>"
        f"<div class='tokens-of-other{' verse' * verse}'>{_spans(others, fork, language, None, False)}</div>"
    )
    shared = _block(tokens[:fork], 0, language, chosen, verse)
    return (
        f"{shared}<div class=futures><section>{theirs}</section><section class=now>{ours}</section></div>"
        f"{_legend(language)}"
    )


def text_of(token: Token) -> str:
    """The token by itself."""
    return token.choice.text if token.choice else token.text


def _block(tokens: Sequence[Token], start: int, language: Language, chosen: int | None, verse: bool) -> str:
    return f"<div class='tokens{' verse' * verse}'>{_spans(tokens, start, language, chosen, True)}</div>"


def _spans(tokens: Sequence[Token], start: int, language: Language, chosen: int | None, clickable: bool) -> str:
    """The tokens from a place on."""
    parts = []
    for place, token in enumerate(tokens[start:], start):
        choice = token.choice or Choice(token.id, token.text, math.nan)
        if token.rank is None:
            tip = STRINGS.say("first_tip", language, text=shown(choice.text))
        else:
            tip = STRINGS.say(
                "token_tip",
                language,
                text=shown(choice.text),
                share=percent(choice.probability),
                rank=f"{token.rank:,}",
            )
        kinds = " ".join(filter(None, (band(token.rank), "given" * token.given, "chosen" * (place == chosen))))
        breaks = "<br>" * choice.text.count("\n")
        alone = bool(breaks) and not choice.text.strip("\n")
        kinds += " break" * alone
        body = escape(choice.text.replace("\n", "↵" * alone)) or "∅"
        pick = f" data-pick={place} tabindex=0 role=button" if clickable else ""
        parts.append(f"<span class='{kinds}'{pick} title='{escape(tip, quote=True)}'>{body}</span>{breaks}")
    return "".join(parts)


def _legend(language: Language) -> str:
    kinds = (
        ("to10", "legend_1"), ("to100", "legend_10"), ("to1000", "legend_100"), ("beyond", "legend_1000"),
        ("given", "legend_given"),
    )  # fmt: skip
    signs = "".join(f"<span><i class={kind}></i>{STRINGS.say(key, language)}</span>" for kind, key in kinds)
    return f"<p class='legend ranks'>{signs}</p>"


def facts_html(tokens: Sequence[Token], end: End | None, context: int, language: Language) -> str:
    """What the run was like: figures of this run alone."""
    new = [token for token in tokens if not token.given]
    if end is None:
        return html.note(STRINGS.say("writing", language, new=len(new)))
    ended = STRINGS.say(f"end_{end.reason}", language, context=f"{context:,}")
    told = STRINGS.say(
        "facts", language, new=end.new_tokens, speed=end.tokens_per_s, first=1_000 * end.first_s,
        prompt=end.prompt_tokens, reused=end.reused_tokens, ended=ended,
    )  # fmt: skip
    circles = most_repeated([token.id for token in new])
    if circles > MOST:
        told += " " + STRINGS.say("loop", language, count=circles)
    known = [token for token in new if token.choice is not None and token.choice.probability > 0]
    if not known:
        return html.note(told)
    loss = -sum(math.log(token.choice.probability) for token in known if token.choice) / len(known)
    first = sum(token.rank == 1 for token in known) / len(known)
    return html.note(told) + html.note(STRINGS.say("surprise", language, perplexity=math.exp(loss), first=first))


def beams_html(beams: Sequence[Beam], penalty: float, language: Language) -> str:
    """The texts of a beam search with what they are worth, the best first; what all of them share is faint."""
    if not beams:
        return ""
    say = STRINGS.say
    shared = _shared([beam.text for beam in beams]) if len(beams) > 1 else 0
    rows = [
        (
            place,
            html.Raw(f"<span class=shared>{escape(beam.text[:shared])}</span>{escape(beam.text[shared:])}"),
            len(beam.ids) + (beam.reason == "end"),
            f"{beam.log_probability:.2f}",
            f"{beam.score:.3f}",
            say(f"beam_{beam.reason or 'running'}", language),
        )
        for place, beam in enumerate(beams, 1)
    ]
    heads = ["#", *(say(key, language) for key in ("beam_text", "beam_tokens", "beam_sum"))]
    heads += [say("beam_score", language, penalty=penalty), say("beam_state", language)]
    table = html.table(heads, rows, say("beams_title", language), numbers=(0, 2, 3, 4))
    return f"<div class=beams>{table}{html.note(say('beams_look', language))}</div>"


def _shared(texts: Sequence[str]) -> int:
    """How many characters at their beginning all texts have in common."""
    alike = (len(set(letters)) == 1 for letters in zip(*texts, strict=False))
    return next((place for place, same in enumerate(alike) if not same), min(map(len, texts)))


def alternatives_html(token: Token | None, title: str, language: Language) -> str:
    """The tokens that could stand at a place, as buttons."""
    if token is None:
        return html.note(STRINGS.say("choose_place", language))
    if not token.alternatives:
        return html.note(STRINGS.say("no_before", language))
    most = token.alternatives[0].probability
    bars = "".join(
        f"<div role=button tabindex=0 data-pick={choice.id} class='{'taken' * (choice.id == token.id)}'>"
        + html.bar(_visible(choice.text), choice.probability / most, percent(choice.probability),
                   strong=choice.id == token.id)
        + "</div>"
        for choice in token.alternatives
    )  # fmt: skip
    return f"<h3 class=part>{escape(title)}</h3><div class=alternatives>{bars}</div>"


def _visible(text: str) -> str:
    return text.replace(" ", "·").replace("\n", "↵").replace("\t", "⇥") or "∅"


def most_new_tokens(value: Any) -> int:
    """As the engine takes it."""
    return max(1, min(int(value or 1), limits.MAX_NEW_TOKENS))
