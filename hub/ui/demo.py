"""A demo: one tab of the page, and its endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub.card import Card
from hub.service import Service
from hub.ui.context import Context
from hub.ui.strings import Strings
from hub.ui.tab import Tab

Opens = Callable[[Card], dict[str, str]]  # fields of the address, besides the tab


@dataclass(frozen=True)
class Demo:
    """One tab. Its title and the line below it are the strings "title" and "intro" of its table.

    Args:
        slug: in the address: ?tab=slug.
        tasks: it is drawn if a bundle of one of them works; empty: always.
        views: what the tab shows, of the bundles that are here.
        api: registers its endpoints, which are MCP tools too.
        opens: task -> how its address chooses a model of that task.
        build: draws the tab where it is not made of views.
    """

    slug: str
    strings: Strings
    tasks: tuple[str, ...]
    views: Callable[[Service], Tab] | None
    api: Callable[[Context], None]
    opens: Mapping[str, Opens] = field(default_factory=dict)
    build: Callable[[Context], None] | None = None

    def draw(self, context: Context) -> None:
        """Draw the tab."""
        if self.build is not None:
            self.build(context)
        elif self.views is not None:
            self.views(context.service).draw(context)
