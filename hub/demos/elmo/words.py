"""Pieces of HTML of the tab."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from hub.tasks.tag import Tagged

DELIMITERS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def marked(text: str, start: int, end: int) -> str:
    """A text with one word marked."""
    return f"{escape(text[:start])}<mark class=found>{escape(text[start:end])}</mark>{escape(text[end:])}"


def entities(tagged: Tagged, titles: Mapping[str, str]) -> str:
    """A text with its entities marked, a colour for each kind."""
    parts, position = [], 0
    for one in tagged.entities:
        parts.append(escape(tagged.text[position : one.start]))
        tip = f"{titles[one.kind]}, {one.probability:.0%}"
        name = escape(tagged.text[one.start : one.end])
        parts.append(
            f"<mark class='entity {one.kind.lower()}' title='{escape(tip)}'>{name}<sub>{one.kind}</sub></mark>"
        )
        position = one.end
    parts.append(escape(tagged.text[position:]))
    return f"<p class=tagged>{''.join(parts)}</p>"
