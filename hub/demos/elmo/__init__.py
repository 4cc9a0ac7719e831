"""ELMo: a word's vector depends on its sentence, seen layer by layer, direction by direction, letter by letter."""

from hub.card import Card
from hub.demos.elmo import characters, directions, senses
from hub.demos.elmo.api import api
from hub.demos.elmo.models import Models
from hub.demos.elmo.strings import STRINGS
from hub.service import Service
from hub.tasks.contextual import TASK
from hub.ui.demo import Demo
from hub.ui.tab import Tab


def tab(service: Service) -> Tab:
    """The views, in their order."""
    models = Models(service.bundles)
    return Tab("elmo", STRINGS, [part.view(models) for part in (senses, directions, characters)], models.spoken)


def opens(card: Card) -> dict[str, str]:
    """What the model makes of a word with several senses."""
    return {"view": "senses", "speech": card.languages[0], "model": card.name}


DEMO = Demo("elmo", STRINGS, (TASK,), tab, api, {TASK: opens})
