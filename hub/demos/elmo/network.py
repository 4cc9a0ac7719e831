"""The drawing of the network, made from the card's sizes, the part in use lit."""

from __future__ import annotations

from collections.abc import Callable, Collection
from html import escape

from hub.card import TwoWay
from hub.demos.elmo.strings import STRINGS
from hub.ui.strings import Language

WIDTH, ROW, GAP = 520, 30, 14
LETTERS, FILTERS, WORD, SOFTMAX, MIX = "letters", "filters", "word", "softmax", "mix"


def part(direction: str, layer: int) -> str:
    """The name of an LSTM: direction "forward" or "backward", layer from 1."""
    return f"{direction}-{layer}"


def lit_by(layer: int, direction: str) -> set[str]:
    """What a layer's vectors come from."""
    sides = ("forward", "backward") if direction == "both" else (direction,)
    return {LETTERS, FILTERS, WORD} | {part(side, number) for side in sides for number in range(1, layer + 1)}


def _words(sizes: TwoWay, say: Callable[..., str]) -> list[list[tuple[str, str]]]:
    """How x_k comes to be: from letters, or from a table of characters."""
    if not sizes.filters:
        table = say("net_table", words=sizes.words, size=sizes.projection)
        return [[(LETTERS, say("net_characters"))], [(WORD, f"{table} = x")]]
    widths = [width for width, _ in sizes.filters]
    count = sum(number for _, number in sizes.filters)
    return [
        [(LETTERS, say("net_letters"))],
        [(FILTERS, say("net_filters", count=count, low=min(widths), high=max(widths)))],
        [(WORD, f"{say('net_highway', size=sizes.projection)} = x")],
    ]


def drawing(sizes: TwoWay, lit: Collection[str], language: Language) -> str:
    """An SVG that grows upwards as data flow: letters, filters, x_k, two stacks, and what reads them."""

    def say(key: str, **values: object) -> str:
        return STRINGS.say(key, language, **values)

    rows = [
        *_words(sizes, say),
        *(
            [
                (part("forward", layer), say("net_ahead", layer=layer, cell=sizes.cell, size=sizes.projection)),
                (part("backward", layer), say("net_back", layer=layer, cell=sizes.cell, size=sizes.projection)),
            ]
            for layer in range(1, sizes.layers + 1)
        ),
        [(MIX, say("net_mix")), (SOFTMAX, say("net_softmax", words=sizes.words))],
    ]
    height = len(rows) * (ROW + GAP)
    shapes = []
    for number, boxes in enumerate(rows):
        top = height - (number + 1) * (ROW + GAP) + GAP / 2
        size = (WIDTH - GAP * (len(boxes) - 1)) / len(boxes)
        for place, (name, title) in enumerate(boxes):
            left = place * (size + GAP)
            kind = "lit" if name in lit else "dim"
            shapes.append(
                f"<g class={kind}><rect x={left:g} y={top:g} width={size:g} height={ROW} rx=6 />"
                f"<text x={left + size / 2:g} y={top + ROW / 2:g}>{escape(title)}</text></g>"
            )
            if number:
                middle = left + size / 2
                shapes.append(f"<path d='M{middle:g} {top + ROW + GAP:g}V{top + ROW + 3:g}' class={kind} />")
    return f"<svg class=network viewBox='0 0 {WIDTH} {height:g}' role=img aria-label='ELMo'>{''.join(shapes)}</svg>"
