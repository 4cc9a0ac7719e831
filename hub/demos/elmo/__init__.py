"""ELMo: a word's vector depends on its sentence, seen layer by layer, direction by direction, letter by letter."""

from functools import partial

from hub.card import Card
from hub.demos.elmo import characters, contrast, directions, grades, mixer, senses
from hub.demos.elmo.api import api
from hub.demos.elmo.models import Models
from hub.demos.elmo.strings import STRINGS
from hub.service import Service
from hub.tasks.contextual import TASK
from hub.tasks.grade import TASK as GRADING
from hub.tasks.tag import TASK as TAGGING
from hub.ui.demo import Demo
from hub.ui.tab import Tab
from hub.ui.view import Scene


def tab(service: Service) -> Tab:
    """The views whose models are there, in their order."""
    models = Models(service.bundles)
    scene = Scene("en", next(iter(models.spoken), "en"))
    asks = {mixer: models.mixed, characters: models.spelling, contrast: models.taggers, grades: models.graders}
    parts = (senses, mixer, directions, characters, contrast, grades)
    there = [part.view(models) for part in parts if part not in asks or asks[part](scene)]
    return Tab("elmo", STRINGS, there, models.spoken)


def opens(key: str, view: str, card: Card) -> dict[str, str]:
    """What the model makes of a first example. key: the setting that names it."""
    return {"view": view, "speech": card.languages[0], key: card.name}


OPENS = {
    TASK: partial(opens, "model", "senses"),
    TAGGING: partial(opens, "tagger", "contrast"),
    GRADING: partial(opens, "grader", "grades"),
}
DEMO = Demo("elmo", STRINGS, (TASK,), tab, api, OPENS)
