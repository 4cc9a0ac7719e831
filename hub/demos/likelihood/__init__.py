"""Maximum likelihood: data and a model are given; which parameters make the data likeliest, and what goes wrong."""

from hub.card import Card
from hub.demos.likelihood import classes, duel, growth, language_model, losses, product, sum_to_one
from hub.demos.likelihood.api import api
from hub.demos.likelihood.strings import STRINGS
from hub.service import Service
from hub.tasks.likelihood import TASK
from hub.ui.demo import Demo
from hub.ui.tab import Tab


def tab(service: Service) -> Tab:
    """The views, in their order."""
    graphs = service.bundles.of_task(TASK)[0]
    parts = (duel, language_model, growth, product, losses, classes, sum_to_one)
    return Tab("likelihood", STRINGS, [part.view(graphs) for part in parts])


def opens(card: Card) -> dict[str, str]:
    """There is nothing to choose."""
    return {}


DEMO = Demo("likelihood", STRINGS, (TASK,), tab, api, {TASK: opens})
