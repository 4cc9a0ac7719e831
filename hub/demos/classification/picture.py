"""Accuracy over time in one picture: every model of a data set, made of HTML so that each dot is a button."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from hub.card import Card, Published
from hub.demos.classification.strings import STRINGS
from hub.ui.strings import Language, either

LARGEST_PX = 58  # diameter of the largest file
SMALLEST_PX = 20
WIDTH_PX, HEIGHT_PX = 1030, 400  # of the picture on a wide page, to set the names by
RING_PX = 9  # of the published figure, from the edge of its dot
TIMES_MS = tuple(digit * 10.0**power for power in range(-3, 5) for digit in (1, 2, 5))
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Scored:
    """A model on a data set, by its card. accuracy: a fraction, of the default variant on the test split."""

    card: Card
    head: str
    variant: str
    accuracy: float
    size_bytes: int
    published: Published | None  # the best that the card names


@dataclass(frozen=True)
class Timed:
    """The same with its time on this machine, warm."""

    scored: Scored
    latency_ms: float


def scored(cards: Sequence[Card]) -> dict[str, list[Scored]]:
    """Data set -> the models that have a test accuracy on it, in the order of the cards."""
    found: dict[str, list[Scored]] = {}
    for card in cards:
        for metric in card.metrics:
            if (metric.split, metric.metric, metric.variant) == ("test", "accuracy", card.default_variant):
                beside = [
                    entry
                    for entry in card.published
                    if entry.metric == metric.metric and entry.dataset in (metric.dataset, metric.head)
                ]
                best = max(beside, key=lambda entry: entry.value, default=None)
                size = card.size(card.variant(card.default_variant))
                found.setdefault(metric.dataset, []).append(
                    Scored(card, metric.head, metric.variant, metric.value, size, best)
                )
    return found


def megabytes(size_bytes: int) -> str:
    """Of a file, for a reader."""
    return f"{size_bytes / 1e6:.1f} MB"


def drawn(points: Sequence[Timed], chosen: str, language: Language) -> str:
    """The picture. chosen: the name of the model that is marked."""
    low, high = _time_range([point.latency_ms for point in points])
    figures = [100 * point.scored.accuracy for point in points]
    figures += [100 * point.scored.published.value for point in points if point.scored.published]
    step = _step(max(figures) - min(figures))
    bottom, top = (math.floor(min(figures) / step - 0.6) * step, math.ceil(max(figures) / step + 0.6) * step)

    def across(ms: float) -> float:
        return 100 * math.log(ms / low) / math.log(high / low)

    def up(percent: float) -> float:
        return 100 * (percent - bottom) / (top - bottom)

    lines = "".join(
        f"<i class=across style='bottom:{up(value):.2f}%'><b>{value:g} %</b></i>"
        for value in (bottom + step * number for number in range(round((top - bottom) / step) + 1))
    )
    lines += "".join(
        f"<i class=up style='left:{across(ms):.2f}%'><b>{ms:g} ms</b></i>" for ms in TIMES_MS if low < ms < high
    )
    largest = max(point.scored.size_bytes for point in points)
    places = [
        Place(
            number,
            point,
            across(point.latency_ms),
            up(100 * point.scored.accuracy),
            _diameter(point, largest),
            language,
        )
        for number, point in enumerate(sorted(points, key=lambda point: -point.scored.accuracy), 1)
    ]
    places.sort(key=lambda place: -place.size_px)  # the small ones above the large ones
    published = [
        (place, up(100 * place.point.scored.published.value)) for place in places if place.point.scored.published
    ]
    rings = "".join(_ring(place, height) for place, height in published)
    sides = _sides(places, [place.ring(height) for place, height in published])
    dots = "".join(_dot(place, side, chosen) for place, side in zip(places, sides, strict=True))
    names = "".join(
        f"<button type=button class='name{_marked(place, chosen)}' data-model='{escape(place.point.scored.card.name)}'>"
        f"<b>{place.number}</b> {escape(place.title)}</button>"
        for place in sorted(places, key=lambda place: place.number)
    )
    axes = (
        f"<p class=axis>↑ {escape(STRINGS.say('accuracy_axis', language))}</p>",
        f"<p class='axis end'>{escape(STRINGS.say('time_axis', language))} →</p>",
    )
    return f"{axes[0]}<div class=accuracies>{lines}{rings}{dots}</div>{axes[1]}<div class=names>{names}</div>"


@dataclass(frozen=True)
class Place:
    """Where a dot stands, in percent of the picture. number: it bears one where there is no room for names."""

    number: int
    point: Timed
    left: float
    bottom: float
    size_px: float
    language: Language

    @property
    def title(self) -> str:
        return either(self.point.scored.card.title, self.language)

    def ring(self, bottom: float) -> Box:
        """(left, bottom, right, top) in pixels of the published figure beside the dot, and of the line to it."""
        x = self.left / 100 * WIDTH_PX + self.size_px / 2 + RING_PX
        low, high = sorted((self.bottom / 100 * HEIGHT_PX, bottom / 100 * HEIGHT_PX))
        return x - 6, low - 6, x + 6, high + 6

    def box(self, side: str = "") -> Box:
        """(left, bottom, right, top) in pixels of a picture of usual width: of the dot, or of its name at a side."""
        x, y, radius = self.left / 100 * WIDTH_PX, self.bottom / 100 * HEIGHT_PX, self.size_px / 2
        if not side:
            return x - radius, y - radius, x + radius, y + radius
        width = sum(13 if ord(letter) > 0x2E80 else 7 for letter in self.title)
        if side == "after":
            return x + radius + 24, y - 8, x + radius + 24 + width, y + 8
        if side == "before":
            return x - radius - 4 - width, y - 8, x - radius - 4, y + 8
        bottom = y + radius + 2 if side == "above" else y - radius - 18
        return x - width / 2, bottom, x + width / 2, bottom + 16


def _sides(places: Sequence[Place], rings: Sequence[Box]) -> list[str]:
    """Where each name is set: after its dot, unless something is there or the picture ends."""
    taken = [*(place.box() for place in places), *rings]
    sides = []
    for place in places:
        options = {side: place.box(side) for side in ("after", "before", "above", "below")}
        free = [
            side
            for side, box in options.items()
            if box[0] >= 0 and box[2] <= WIDTH_PX and not any(_overlap(box, other) for other in taken)
        ]
        sides.append(free[0] if free else "above")
        taken.append(options[sides[-1]])
    return sides


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _diameter(point: Timed, largest: int) -> float:
    return max(SMALLEST_PX, LARGEST_PX * math.sqrt(point.scored.size_bytes / largest))


def _dot(place: Place, side: str, chosen: str) -> str:
    found = place.point.scored
    figures = f"{100 * found.accuracy:.1f} %, {place.point.latency_ms:.2f} ms, {megabytes(found.size_bytes)}"
    return (
        f"<button type=button class='dot {side}{_marked(place, chosen)}' data-model='{escape(found.card.name)}' "
        f"title='{escape(f'{place.title}: {figures}')}' style='left:{place.left:.2f}%;bottom:{place.bottom:.2f}%;"
        f"--size:{place.size_px:.0f}px'><b>{place.number}</b><span>{escape(place.title)}</span></button>"
    )


def _marked(place: Place, chosen: str) -> str:
    return " chosen" if place.point.scored.card.name == chosen else ""


def _ring(place: Place, bottom: float) -> str:
    """The published figure beside the dot, and a line down or up to it."""
    published = place.point.scored.published
    assert published is not None
    facts = f"{published.system}, {published.source}: {100 * published.value:.1f} %"
    left = f"left:calc({place.left:.2f}% + {place.size_px / 2 + RING_PX:.0f}px)"
    low, high = sorted((bottom, place.bottom))
    return (
        f"<i class=stem style='{left};bottom:{low:.2f}%;height:{high - low:.2f}%'></i>"
        f"<i class=ring title='{escape(facts)}' style='{left};bottom:{bottom:.2f}%'></i>"
    )


def _time_range(times: Sequence[float]) -> tuple[float, float]:
    """With room at both ends for dots and names."""
    low, high = min(times), max(times)
    room = max(1.7, (high / low) ** 0.12)
    return low / room, high * room


def _step(span: float) -> float:
    """Percent between two lines: about five of them."""
    return next(step for step in (0.5, 1, 2, 5, 10, 20, 50) if span / step <= 5 or step == 50)
