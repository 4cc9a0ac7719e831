"""Pieces of HTML of the tab: an order of tokens, and tables of who sees whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from math import exp

from hub.tasks.permutation import Guess

DELIMITERS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def chips(order: Sequence[int], words: Sequence[str], seen: Mapping[int, Sequence[int]], title: str) -> str:
    """Tokens in an order, to be dragged; the number is their place in the sentence.

    Args:
        words: by their places, from 1. seen: target -> what it sees; pointed at, it shows these, and who sees it.
    """
    parts = [
        f"<span class='chip{' asked' * (place in seen)}' data-place={place} draggable=true tabindex=0 role=button"
        f" data-sees='{' '.join(map(str, seen.get(place, ())))}'>"
        f"{escape(words[place - 1])}<sub>{place}</sub></span>"
        for place in order
    ]
    return f"<div class=chips title='{escape(title)}'>{'<i>→</i>'.join(parts)}</div>"


def grid(
    rows: Sequence[str], columns: Sequence[str], kind: Callable[[int, int], str], tip: Callable[[int, int], str],
    caption: str,
) -> str:  # fmt: skip
    """A table of small cells. kind: row, column -> class of the cell; tip: what it says when pointed at."""
    head = "".join(f"<th scope=col><span>{escape(name)}</span></th>" for name in columns)
    body = "".join(
        f"<tr><th scope=row>{escape(name)}</th>"
        + "".join(
            f"<td class='{kind(row, column)}' title='{escape(tip(row, column))}'></td>"
            for column in range(len(columns))
        )
        + "</tr>"
        for row, name in enumerate(rows)
    )
    return (
        f"<figure class=grid><figcaption>{escape(caption)}</figcaption><div class=scroll><table>"
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table></div></figure>"
    )


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """What the classes of a grid's cells mean."""
    items = "".join(f"<span><i class='cell {kind}'></i>{escape(title)}</span>" for kind, title in entries)
    return f"<p class='legend of-grid'>{items}</p>"


def share(log_probability: float) -> str:
    """A probability for a reader."""
    value = exp(log_probability)
    return f"{value:.1%}" if value >= 0.001 else f"{value:.1e}"


def guessed(guesses: Sequence[Guess]) -> str:
    """Tokens with their probabilities."""
    return ", ".join(f"{one.token} {one.probability:.0%}" for one in guesses)
