"""Gradients: they vanish and explode before the visitor's eyes, and each cure beside the disease."""

from hub.card import Card
from hub.demos.gradients import chain, formulas, train
from hub.demos.gradients.api import api
from hub.demos.gradients.strings import STRINGS
from hub.service import Service
from hub.tasks.gradients import TASK
from hub.ui.demo import Demo
from hub.ui.tab import Tab


def tab(service: Service) -> Tab:
    """The views, in their order."""
    bundle = service.bundles.of_task(TASK)[0]
    views = [train.view(bundle), chain.view(bundle), formulas.VIEW]
    return Tab("gradients", STRINGS, views, elem_id="gradient-views")


def opens(card: Card) -> dict[str, str]:
    """There is nothing to choose."""
    return {}


DEMO = Demo("gradients", STRINGS, (TASK,), tab, api, {TASK: opens})
