"""HTML of the tab: a list whose lines are moved."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

DELIMITERS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def ranked(order: Sequence[int], titles: Sequence[str], grades: Sequence[int], words: dict[str, str]) -> str:
    """Titles in an order; their number is their place in the example, from 1.

    Args:
        titles, grades: of all, by their numbers. words: "drag", "up", "down", "grade" with {grade}.
    """
    lines = []
    for number in order:
        title, grade = escape(titles[number - 1]), grades[number - 1]
        steps = "".join(
            f"<button type=button data-step={step} aria-label='{escape(words[key])}: {title}'>{sign}</button>"
            for step, key, sign in ((-1, "up", "▲"), (1, "down", "▼"))
        )
        told = escape(words["grade"].format(grade=grade))
        lines.append(
            f"<li class=chip data-place={number} draggable=true tabindex=0><span class='grade g{min(grade, 3)}'>{told}"
            f"</span><span class=name>{title}</span><span class=steps>{steps}</span></li>"
        )
    return f"<ol class=ranked title='{escape(words['drag'])}'>{''.join(lines)}</ol>"
