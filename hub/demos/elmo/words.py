"""Pieces of HTML of the tab."""

from __future__ import annotations

from html import escape

DELIMITERS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def marked(text: str, start: int, end: int) -> str:
    """A text with one word marked."""
    return f"{escape(text[:start])}<mark class=found>{escape(text[start:end])}</mark>{escape(text[end:])}"
