"""Search ranking: what three losses make of a list, and a ranking of one's own judged."""

from hub.demos.search_ranking import lambdarank, own
from hub.demos.search_ranking.api import api
from hub.demos.search_ranking.strings import STRINGS
from hub.service import Service
from hub.ui.demo import Demo
from hub.ui.tab import Tab

PARTS = (lambdarank, own)


def tab(service: Service) -> Tab:
    """The views, in their order; they need no model."""
    return Tab("search_ranking", STRINGS, [part.view() for part in PARTS])


DEMO = Demo("search_ranking", STRINGS, (), tab, api)
