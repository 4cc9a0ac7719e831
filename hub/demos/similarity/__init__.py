"""Sentence similarity: what an encoder finds near, why a plain one finds everything near, and what contrast does."""

from hub.card import Card
from hub.demos.similarity import bench, collapse, matrix, pair, search
from hub.demos.similarity.api import api
from hub.demos.similarity.encoders import Encoders
from hub.demos.similarity.strings import STRINGS
from hub.service import Service
from hub.tasks.embed import TASK
from hub.ui.demo import Demo
from hub.ui.tab import Tab


def tab(service: Service) -> Tab:
    """The views, in their order."""
    encoders = Encoders(service.bundles)
    views = [part.view(encoders) for part in (pair, matrix, search, collapse, bench)]
    return Tab("similarity", STRINGS, views, encoders.spoken)


def opens(card: Card) -> dict[str, str]:
    """An encoder, compared with itself."""
    return {"view": "pair", "speech": card.languages[0], "models": card.name, "aligned": card.name}


DEMO = Demo("similarity", STRINGS, (TASK,), tab, api, {TASK: opens})
