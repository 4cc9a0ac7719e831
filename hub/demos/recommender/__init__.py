"""A recommender: the funnel from recall to re-ranking, with an obituary for every good item that was lost."""

from hub.card import Card
from hub.demos.recommender import channels, funnel, ladder, obituaries, quarrel, ranker, rerank
from hub.demos.recommender.api import api
from hub.demos.recommender.strings import STRINGS
from hub.service import Service
from hub.tasks import ranking
from hub.tasks.funnel import TASK
from hub.ui.demo import Demo
from hub.ui.tab import Tab

PARTS = (funnel, obituaries, channels, ladder, ranker, rerank, quarrel)


def tab(service: Service) -> Tab:
    """The views, in their order."""
    return Tab("recommender", STRINGS, [part.view(service.bundles) for part in PARTS])


def opens(card: Card) -> dict[str, str]:
    """There is one shop."""
    return {}


def opens_rankers(card: Card) -> dict[str, str]:
    """Its views are further to the right."""
    return {"view": "ranker"}


DEMO = Demo("recommender", STRINGS, (TASK,), tab, api, {TASK: opens, ranking.TASK: opens_rankers})
