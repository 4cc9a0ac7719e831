"""The input transformations of GPT-1: a question, the token sequences that it becomes, and what a head says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Annotated, Any, NamedTuple

import gradio as gr

from hub import limits
from hub.bundle import Bundle
from hub.card import Question
from hub.demos.generation.examples import POSED
from hub.demos.generation.strings import STRINGS
from hub.demos.generation.words import read_note
from hub.errors import UnknownModelError
from hub.service import Service
from hub.tasks.transforms import FIELDS, TASK, Answer, Read
from hub.ui import html, settings
from hub.ui.settings import Control
from hub.ui.strings import Language, either, label_title
from hub.ui.view import Example, Kit, Scene, View

NAMES = ("a", "b", "c")  # of the texts


class Settings(settings.Settings):
    """A head, and as many texts as it reads."""

    task: Annotated[str | None, Control(kind=gr.Radio, label="gpt1_task")] = None
    a: Annotated[str, Control(label="field_text", submits=True)] = ""
    b: Annotated[str, Control(label="field_hypothesis", submits=True)] = ""
    c: Annotated[str, Control(label="field_answer2", submits=True)] = ""

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.a, self.b, self.c)


class Head(NamedTuple):
    """A head that can be asked."""

    bundle: Bundle
    name: str
    question: Question


class Heads:
    """All heads of the models that are here."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.known = {
            f"{bundle.name}/{name}": Head(bundle, name, question)
            for bundle in service.bundles.of_task(TASK)
            for name, question in bundle.card.questions.items()
        }

    def offered(self, scene: Scene) -> list[tuple[str, str]]:
        """(title, key) of each."""
        return [(either(head.question.title, scene.language), key) for key, head in self.known.items()]

    def kind(self, key: str | None) -> str:
        """What sort of question it is; of an unknown one, as of the first."""
        return self.known.get(key or "", next(iter(self.known.values()))).question.kind

    def show(self, settings: Settings, language: Language) -> dict[str, Any]:
        """The boxes that its question has, and the answer."""
        head = self.known.get(settings.task or "")
        if head is None:
            raise UnknownModelError("model_unknown", name=str(settings.task)[:40], known=", ".join(self.known))
        fields = FIELDS[head.question.kind]
        boxes = {
            name: gr.Textbox(value=text, label=STRINGS.say(f"field_{field}", language), visible=True)
            for name, text, field in zip(NAMES, settings.texts, fields, strict=False)
        }
        boxes |= {name: gr.Textbox(value="", visible=False) for name in NAMES[len(fields) :]}
        answer = self.service.ask(settings.texts[: len(fields)], head.bundle.name, head.name)
        return {**boxes, "result": answer_html(head.bundle, head.name, answer, language)}


def sequence_html(read: Read) -> str:
    """The tokens in their order; what the template put there stands out."""
    chips = "".join(
        f"<span class={'special' if special else 'word'}>{escape(token.strip() or '␣')}</span>"
        for token, special in zip(read.tokens, read.special, strict=True)
    )
    return f"<div class=sequence>{chips}</div>"


def answer_html(bundle: Bundle, head: str, answer: Answer, language: Language) -> str:
    """Every sequence with its own logits, how they are put together, and the probabilities."""
    card, kind = bundle.card, bundle.card.questions[head].kind
    labels = [label_title(card, label, language) for label in card.heads[head]]
    parts = []
    for number, read in enumerate(answer.sequences):
        names = [labels[number]] if kind == "choice" else labels
        title = STRINGS.say(f"read_{kind}", language, number=number + 1, answer=labels[min(number, len(labels) - 1)])
        cut = html.note(STRINGS.say("read_cut", language, count=len(read.tokens)), "warn") if read.truncated else ""
        logits = _fact("read_logits", names, read.logits, language)
        parts.append(f"<h4>{html.text_of(title)}</h4>{sequence_html(read)}{cut}{logits}")
    if kind == "similarity":
        parts.append(_fact("read_sum", labels, answer.logits, language))
    bars = "".join(
        html.bar(title, share, f"{share:.1%}", strong=label == answer.label)
        for title, (label, share) in zip(labels, answer.scores.items(), strict=True)
    )
    measured = [
        row for row in card.metrics if (row.head, row.metric, row.variant) == (head, "accuracy", card.default_variant)
    ]
    score = html.note(
        STRINGS.say("head_score", language, split=measured[-1].split, dataset=measured[-1].dataset,
                    value=measured[-1].shown)
    ) if measured else ""  # fmt: skip
    how = html.note(STRINGS.say(f"how_{kind}", language))
    return f"{''.join(parts)}{how}<div class=card>{bars}</div>{score}{read_note(card, language)}"


def _fact(key: str, names: Sequence[str], logits: Sequence[float], language: Language) -> str:
    """A line with the logits of labels."""
    values = " · ".join(f"{name} {value:+.2f}" for name, value in zip(names, logits, strict=True))
    return f"<p class=facts>{html.text_of(STRINGS.say(key, language, logits=values))}</p>"


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.control("task", elem_id="gpt1-task")
    kit.examples(elem_id="gpt1-examples")
    for name in NAMES:
        kit.control(name, lines=1, max_lines=6, max_length=limits.MAX_TEXT_CHARS, elem_id=f"gpt1-{name}")
    kit.main("gpt1_ask", elem_id="gpt1-run")
    kit.html("result", "gpt1-result")
    kit.look("gpt1_look")


def first_texts(kind: str) -> dict[str, str]:
    """The texts of the first example of a kind of question, by the names of the settings."""
    return named(POSED[kind][0].texts)


def named(texts: Sequence[str]) -> dict[str, str]:
    """Texts by the names of the settings."""
    return dict(zip(NAMES, (*texts, "", "")[: len(NAMES)], strict=True))


def start(heads: Heads, scene: Scene) -> Settings:
    """The first example of the first head."""
    key = next(iter(heads.known))
    return Settings(task=key, **first_texts(heads.kind(key)))


def base(heads: Heads, scene: Scene, fields: Mapping[str, str]) -> Settings:
    """A head alone comes with its first example."""
    key = fields.get("task", next(iter(heads.known)))
    return Settings(task=key, **({} if any(map(fields.get, NAMES)) else first_texts(heads.kind(key))))


def examples(heads: Heads, scene: Scene, task: str | None) -> Sequence[Example]:
    """The questions for a head."""
    return [Example(one.title, named(one.texts)) for one in POSED[heads.kind(task)]]


def switched(heads: Heads, settings: Settings, scene: Scene) -> Settings:
    """Another head: its first example."""
    return settings.changed(**first_texts(heads.kind(settings.task)))


def view(service: Service) -> View:
    """The view, of the models that are here."""
    heads = Heads(service)
    return View(
        "gpt1", Settings, draw, heads.show, start=partial(start, heads), base=partial(base, heads),
        choices={"task": heads.offered}, examples=partial(examples, heads), by="task",
        switched=partial(switched, heads), long="a",
    )  # fmt: skip
