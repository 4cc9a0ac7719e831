"""Where a model can be tried: the tab of its task, opened with this model."""

from __future__ import annotations

from collections.abc import Sequence

from hub.bundle import Bundle
from hub.card import Card
from hub.demos.models.strings import STRINGS
from hub.ui import html, share
from hub.ui.demo import Demo
from hub.ui.strings import Language


class Places:
    """The tabs in which models can be tried, in the order of the page."""

    def __init__(self, demos: Sequence[Demo]) -> None:
        self._demos = {task: demo for demo in demos for task in demo.opens}
        self._order = [demo.slug for demo in demos]

    def in_order(self, bundles: Sequence[Bundle]) -> list[Bundle]:
        """The bundles in the order of these tabs, those that no tab shows last."""
        return sorted(bundles, key=lambda bundle: (self._place(bundle.card), bundle.name))

    def _place(self, card: Card) -> int:
        demo = self._demos.get(card.task)
        return self._order.index(demo.slug) if demo else len(self._order)

    def address(self, card: Card) -> tuple[str, str, str] | None:
        """(English title of the tab, Chinese title, query); None for a task that no tab shows."""
        demo = self._demos.get(card.task)
        if demo is None:
            return None
        query = share.encode({"tab": demo.slug, **demo.opens[card.task](card)}).query
        return (*demo.strings.table["title"], query)

    def link(self, card: Card, language: Language, key: str) -> str:
        """A link that says the string of this key, with the name of the tab; or nothing."""
        place = self.address(card)
        if place is None:
            return ""
        text = STRINGS.say(key, language, tab=place[language == "zh"])
        address = html.text_of(f"?{place[2]}&lang={language}")
        return f"<a class=try href='{address}'>{html.text_of(text)}</a>"
