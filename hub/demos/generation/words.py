"""The HTML of the tab: texts of clickable tokens, what could stand at a place, figures of a run, texts of a search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from hub.card import Card
from hub.demos.generation.strings import STRINGS
from hub.tasks import sampling as chances
from hub.tasks.generate import Beam, Choice, End, Token
from hub.tasks.loops import MOST, most_repeated
from hub.tasks.sampling import Sampling
from hub.ui import html
from hub.ui.strings import Language, either

BANDS = (10, 100, 1_000)  # ranks up to which a colour goes
BACK = -1  # picked where the text is to become its other future again


def read_note(card: Card, language: Language) -> str:
    """What a model has read, as a line below its name."""
    text = card.has_read
    return html.note(STRINGS.say("has_read", language, text=either(text, language))) if text else ""


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
