"""Text classification: several models side by side, why they say so, many texts at once, and how good they are."""

from hub.card import Card
from hub.demos.classification import many, one, quality
from hub.demos.classification.api import api
from hub.demos.classification.strings import STRINGS
from hub.service import Service
from hub.tasks.classifiers import Classifiers
from hub.tasks.classify import TASK
from hub.ui.demo import Demo
from hub.ui.tab import Tab


def tab(service: Service) -> Tab:
    """The views, in their order."""
    models = Classifiers(service.bundles)
    return Tab("classification", STRINGS, [part.view(models) for part in (one, many, quality)])


def opens(card: Card) -> dict[str, str]:
    """The model alone."""
    return {"models": card.name}


DEMO = Demo("classification", STRINGS, (TASK,), tab, api, {TASK: opens})
