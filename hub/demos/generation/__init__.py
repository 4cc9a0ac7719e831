"""Generation: a text grows token by token, and every token can be asked and exchanged."""

from hub.card import Card
from hub.demos.generation import few, tldr, transforms, write
from hub.demos.generation.api import api
from hub.demos.generation.strings import STRINGS
from hub.demos.generation.writers import Writers, english
from hub.service import Service
from hub.tasks.generate import TASK
from hub.tasks.transforms import TASK as QUESTIONS
from hub.ui.demo import Demo
from hub.ui.tab import Tab


def tab(service: Service) -> Tab:
    """The views, in their order: those whose texts are English where a model writes it, GPT-1's where it is here."""
    writers = Writers(service)
    views = [write.view(writers)]
    if any(map(english, writers.cards)):
        views += [tldr.view(writers), few.view(writers)]
    if service.bundles.of_task(QUESTIONS):
        views.append(transforms.view(service))
    return Tab("generation", STRINGS, views)


def writer(card: Card) -> dict[str, str]:
    """A model continues a text."""
    return {"view": "write", "model": card.name}


def head(card: Card) -> dict[str, str]:
    """The first head of a model is asked."""
    return {"view": "gpt1", "task": f"{card.name}/{next(iter(card.questions))}"}


DEMO = Demo("generation", STRINGS, (TASK,), tab, api, {TASK: writer, QUESTIONS: head})
