"""Small pieces of HTML. Everything that comes from a visitor or a card is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Raw:
    """HTML that is made here and must not be escaped again."""

    html: str


Cell = str | float | int | Raw | None


def text_of(cell: Cell) -> str:
    """A cell as HTML; nothing is a dash."""
    if isinstance(cell, Raw):
        return cell.html
    return "–" if cell is None or cell == "" else escape(str(cell))


def table(
    headers: Sequence[Cell], rows: Iterable[Sequence[Cell]], caption: str = "", numbers: Iterable[int] = (),
    *, stacked: bool = False,
) -> str:  # fmt: skip
    """A table that scrolls by itself on a narrow page.

    Args:
        numbers: columns that are set flush right.
        stacked: on a phone each row is a block instead, whose cells bear the name of their column.
    """
    right = set(numbers)
    names = [re.sub("<[^>]*>", "", text_of(header)) for header in headers]

    def cells(row: Sequence[Cell], tag: str) -> str:
        labels = [f" data-label='{name}'" if stacked and tag == "td" and name else "" for name in names]
        return "".join(
            f"<{tag}{' class=number' if column in right else ''}{labels[column]}>{inner(cell, labels[column])}</{tag}>"
            for column, cell in enumerate(row)
        )

    def inner(cell: Cell, label: str) -> str:
        # Beside its column's name a cell is one thing, however many elements it has.
        return f"<div>{text_of(cell)}</div>" if label and isinstance(cell, Raw) else text_of(cell)

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    title = f"<caption><span>{escape(caption)}</span></caption>" if caption else ""
    head = f"<thead><tr>{cells(headers, 'th')}</tr></thead>"
    kind = " class=stacked" if stacked else ""
    return f"<div class=scroll><table{kind}>{title}{head}<tbody>{body}</tbody></table></div>"


def bar(title: str, fraction: float, shown: str, strong: bool = False) -> str:
    """One labelled bar. fraction: of the full width, in [0, 1]."""
    width = 100 * min(1.0, max(0.0, fraction))
    return (
        f"<div class='bar{' strong' if strong else ''}'><span class=name title='{escape(title)}'>{escape(title)}</span>"
        f"<span class=track><span class=fill style='width:{width:.2f}%'></span></span>"
        f"<span class=value>{escape(shown)}</span></div>"
    )


def note(text: str, kind: str = "") -> str:
    """A line of explanation; kind "notice" says what to look for, "warn" what to mind: both stand out."""
    return f"<p class='note {kind}'>{escape(text)}</p>" if text else ""


def empty(text: str) -> str:
    """What stands where a result will be."""
    return f"<div class=empty>{escape(text)}</div>"


def details(summary: str, body: str) -> str:
    """Folded until asked for."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def highlighted(text: str, marks: Sequence[tuple[int, int, float]], titles: Sequence[str]) -> str:
    """The text with signed marks: blue speaks for, orange against; the strength is the opacity.

    Args:
        marks: (start, end, value in [-1, 1]) in the order of the text, not overlapping.
        titles: what a mark says when pointed at, one each.
    """
    parts, position = [], 0
    for (start, end, value), title in zip(marks, titles, strict=True):
        if start < position:
            continue
        parts.append(escape(text[position:start]))
        side = "for" if value > 0 else "against"
        strength = round(min(1.0, abs(value)), 3)
        parts.append(
            f"<mark class={side} style='--strength:{strength}' title='{escape(title)}'>{escape(text[start:end])}</mark>"
        )
        position = end
    parts.append(escape(text[position:]))
    return f"<p class=highlighted>{''.join(parts)}</p>"
