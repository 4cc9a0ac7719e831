"""All models at a glance: what there is, what it is good for, how good and how large it is, and where to try it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from hub.bundle import Bundle
from hub.card import Card
from hub.demos.models.headline import headline_of, size, total
from hub.demos.models.places import Places
from hub.demos.models.strings import STRINGS
from hub.ui import html
from hub.ui.strings import Language, either

KEYS = ("model", "headline", "parameters", "how_large", "try")
SORTS = ("tab", "model", "parameters", "size")  # the first is the order of the page


def overview(places: Places, bundles: Sequence[Bundle], broken: Mapping[str, str], language: Language) -> str:
    """A row for each bundle, broken ones with their reason; facts and the choice of an order above."""
    if not bundles and not broken:
        return html.empty(STRINGS.say("empty", language))
    rows = [row_html(places, place, bundle, language) for place, bundle in enumerate(places.in_order(bundles))]
    rows += [broken_html(len(rows) + place, *entry, language) for place, entry in enumerate(broken.items())]
    headers = "".join(
        f"<th{' class=number' if key in ('parameters', 'how_large') else ''}>{STRINGS.say(key, language)}</th>"
        for key in KEYS
    )
    return (
        f"{facts_html(bundles, broken, language)}{sorts_html(language)}<div class=scroll>"
        f"<table class='models stacked'><thead><tr>{headers}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def facts_html(bundles: Sequence[Bundle], broken: Mapping[str, str], language: Language) -> str:
    """How many there are, how large, and for what."""
    cards = [bundle.card for bundle in bundles]
    facts = STRINGS.say("all", language, count=len(cards), size=size(sum(map(total, cards))))
    lost = len(broken) + sum(bool(bundle.reason) for bundle in bundles)
    return html.note(facts) + (html.note(STRINGS.say("broken", language, count=lost), "warn") if lost else "")


def sorts_html(language: Language) -> str:
    """The buttons that sort the rows."""
    buttons = "".join(
        f"<button type=button data-sort={key} aria-pressed={str(not place).lower()}>"
        f"{STRINGS.say(f'sort_{key}', language)}</button>"
        for place, key in enumerate(SORTS)
    )
    return f"<p class=sorts>{STRINGS.say('sort', language)} {buttons}</p>"


def row_html(places: Places, place: int, bundle: Bundle, language: Language) -> str:
    card, say = bundle.card, STRINGS.say
    state = ""
    if bundle.reason:
        state = html.note(say("disabled", language, reason=bundle.reason), "warn")
    cells = [
        f"<td class=about>{link_html(card, language)}<small>{html.text_of(card.name)}</small>"
        f"<p>{html.text_of(either(card.summary, language))}</p>{state}</td>",
        f"<td data-label='{say('headline', language)}'>{figure_html(card, language)}</td>",
        f"<td class=number data-label='{say('parameters', language)}'>{count_html(card.parameters)}</td>",
        f"<td class=number data-label='{say('how_large', language)}'>{size(total(card))}</td>",
        f"<td data-label='{say('try', language)}'>{'' if bundle.reason else places.link(card, language, 'tab')}</td>",
    ]
    keys = {
        "tab": place, "model": either(card.title, language), "parameters": card.parameters, "size": total(card),
    }  # fmt: skip
    data = " ".join(f"data-{key}='{html.text_of(str(value))}'" for key, value in keys.items())
    return f"<tr {data}>{''.join(cells)}</tr>"


def link_html(card: Card, language: Language) -> str:
    """The title; a click shows the passport."""
    address = f"?v=1&amp;tab=models&amp;model={quote(card.name)}&amp;lang={language}"
    title = html.text_of(either(card.title, language))
    return f"<a class=name href='{address}' data-model='{html.text_of(card.name)}'>{title}</a>"


def figure_html(card: Card, language: Language) -> str:
    """The headline figure: its value, and in small letters what it is of."""
    found = headline_of(card, language)
    if found is None:
        return html.text_of(None)
    return f"<div><b>{found.value}</b> {html.text_of(found.what)}<small>{html.text_of(found.where)}</small></div>"


def count_html(parameters: int) -> str:
    """The number of parameters, rounded; the exact one when pointed at."""
    if not parameters:
        return html.text_of(None)
    return f"<span title='{parameters:,}'>{parameters / 1e6:,.1f} M</span>"


def broken_html(place: int, name: str, reason: str, language: Language) -> str:
    """A folder whose card cannot be used."""
    said = html.note(STRINGS.say("disabled", language, reason=reason), "warn")
    data = f"data-tab={place} data-model='{html.text_of(name)}' data-parameters=0 data-size=0"
    return f"<tr {data}><td class=about colspan={len(KEYS)}><b>{html.text_of(name)}</b>{said}</td></tr>"
