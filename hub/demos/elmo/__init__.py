"""ELMo: a word's vector depends on its sentence, seen layer by layer, direction by direction, letter by letter."""

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
    """The views, in their order."""
    models = Models(service.bundles)
    scene = Scene("en", next(iter(models.spoken), "en"))
    there = {
        senses: True,
        mixer: models.mixed(scene),
        directions: True,
        characters: models.spelling(scene),
        contrast: models.taggers(scene),
        grades: models.graders(scene),
    }
    return Tab("elmo", STRINGS, [part.view(models) for part, wanted in there.items() if wanted], models.spoken)


def opens(card: Card) -> dict[str, str]:
    """What the model makes of a word with several senses."""
    return {"view": "senses", "speech": card.languages[0], "model": card.name}


def opens_tagger(card: Card) -> dict[str, str]:
    """What it finds in a text."""
    return {"view": "contrast", "speech": card.languages[0], "tagger": card.name}


def opens_grader(card: Card) -> dict[str, str]:
    """What it says of a review."""
    return {"view": "grades", "speech": card.languages[0], "grader": card.name}


DEMO = Demo("elmo", STRINGS, (TASK,), tab, api, {TASK: opens, TAGGING: opens_tagger, GRADING: opens_grader})
