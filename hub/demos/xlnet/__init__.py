"""XLNet: every order of the words, two streams, and no leak."""

from functools import partial

from hub.card import Card
from hub.demos.xlnet import court, every, memory, order, pair, segments, streams, ways
from hub.demos.xlnet.api import api
from hub.demos.xlnet.models import Models
from hub.demos.xlnet.strings import STRINGS
from hub.service import Service
from hub.tasks.permutation import TASK
from hub.ui.demo import Demo
from hub.ui.tab import Tab

PARTS = (order, court, every, pair, streams, memory, segments, ways)


def tab(service: Service) -> Tab:
    """The views, in their order."""
    models = Models(service.bundles)
    return Tab("xlnet", STRINGS, [part.view(models) for part in PARTS], models.spoken)


def opens(view: str, card: Card) -> dict[str, str]:
    """What the model makes of a first example."""
    return {"view": view, "speech": card.languages[0], "model": card.name}


DEMO = Demo("xlnet", STRINGS, (TASK,), tab, api, {TASK: partial(opens, "order")})
