"""Every bundle, broken ones too: where it comes from, how it was checked, how good it is, and its files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hub.demos.models import browse
from hub.demos.models.api import api
from hub.demos.models.places import Places
from hub.demos.models.strings import STRINGS
from hub.service import Service
from hub.ui.demo import Demo
from hub.ui.tab import Tab


def tab(places: Places, service: Service) -> Tab:
    """Its one view."""
    return Tab("models", STRINGS, [browse.view(service.bundles, places)])


def demo(others: Sequence[Demo]) -> Demo:
    """The tab. others: those in which models can be tried, in their order."""
    return Demo("models", STRINGS, (), partial(tab, Places(others)), api)
