"""What the views share: models, settings of the sampling, tokens as HTML."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from hub import limits
from hub.bundle import Bundles
from hub.card import Card
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError
from hub.tasks.generate import TASK, Beam, Choice, End, Stream, Token
from hub.tasks.sampling import WHOLE, Sampling
from hub.ui import html
from hub.ui.context import readable
from hub.ui.strings import Language, either

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

# In the browser: clicks on what has data-KEY come as events with its value; Enter and Space count as clicks.
CLICKS = """const told = (event) => {
    const found = event.target.closest("[data-pick]");
    if (!found || !element.contains(found)) return;
    event.preventDefault();
    trigger("click", {pick: Number(found.dataset.pick)});
};
element.addEventListener("click", told);
element.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") told(event); });"""


Wanted = Callable[[Card], bool]


def titles(bundles: Bundles, language: Language, wanted: Wanted | None = None) -> list[tuple[str, str]]:
    """(title, name) of every model that writes: those first that are wanted, and that write the reader's language."""
    cards = [bundle.card for bundle in bundles.of_task(TASK)]
    cards.sort(key=lambda card: (wanted is not None and not wanted(card), language not in card.languages))
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
    return replace(Sampling(**made), temperature=0.0) if beams_of(values) > 1 else Sampling(**made)


def beams_of(values: Mapping[str, Any]) -> int:
    """As the engine takes it."""
    return max(1, min(int(values["beams"] or 1), limits.MAX_BEAMS))


def guarded(make: Any) -> Any:
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


def tokens_html(tokens: Sequence[Token], language: Language, chosen: int | None = None) -> str:
    """The text, each token coloured by its rank; a click tells its place."""
    if not tokens:
        return html.empty(STRINGS.say("empty", language))
    parts = []
    for place, token in enumerate(tokens):
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
        body = escape(choice.text.replace("\n", "↵" if choice.text.strip("\n") == "" else "")) or "∅"
        parts.append(f"<span class='{kinds}' data-pick={place} title='{escape(tip, quote=True)}'>{body}</span>{breaks}")
    legend = "".join(
        f"<span><i class={kind}></i>{STRINGS.say(key, language)}</span>"
        for kind, key in (
            ("to10", "legend_1"), ("to100", "legend_10"), ("to1000", "legend_100"), ("beyond", "legend_1000"),
            ("given", "legend_given"),
        )
    )  # fmt: skip
    return f"<div class=tokens>{''.join(parts)}</div><p class='legend ranks'>{legend}</p>"


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
