"""The input transformations of GPT-1: a question, the token sequences that it becomes, and what a head says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from hub import errors, limits
from hub.bundle import Bundle
from hub.card import Question
from hub.demos.generation.common import read_note
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError
from hub.service import Service
from hub.tasks.transforms import FIELDS, Answer, Read
from hub.tasks.transforms import TASK as TASK  # of the view
from hub.ui import html, share
from hub.ui.context import readable
from hub.ui.strings import Language, either, label_title, language_of
from hub.ui.turns import QUIET

BOXES = max(map(len, FIELDS.values()))
NAMES = ("a", "b", "c")  # of the texts in an address

# kind -> (title, texts): written for this page.
EXAMPLES: dict[str, tuple[tuple[tuple[str, str], tuple[str, ...]], ...]] = {
    "classification": (
        (("A warm review", "一条好评"), ("A warm , funny film that never loses its nerve .",)),
        (("A cold one", "一条差评"), ("The plot makes no sense and the jokes fall flat .",)),
        (("Not so clear", "不太好判断"), ("It has its moments , but they are few .",)),
    ),
    "entailment": (
        (("It follows", "可以推出"), ("Two dogs are running through the snow.", "Some animals are outside.")),
        (("The contrary", "恰好相反"), ("A man is playing a guitar.", "There is no man playing a guitar.")),
        (("Nobody can tell", "说不准"), ("A woman is cutting an onion.", "A woman is cooking dinner for her friends.")),
    ),
    "similarity": (
        (
            ("The same, in other words", "换一种说法"),
            ("The company said on Friday that profits fell by ten percent.",
             "Profits fell ten percent, the company said Friday."),
        ),
        (
            ("Same words, another sense", "用词相近，意思不同"),
            ("The bank bought the insurer for two billion dollars.",
             "The insurer bought the bank for two billion dollars."),
        ),
    ),
    "choice": (
        (
            ("Why?", "为什么？"),
            ("The grass was wet.", "It had rained in the night.", "The sun was shining."),
        ),
        (
            ("What came of it?", "结果如何？"),
            ("The man dropped the glass on the floor.", "The glass broke.", "The glass was filled with water."),
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """The view as it is drawn."""

    written: list[Any]
    restored: Callable[[Mapping[str, str], Language], list[Any]]


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
        logits = " · ".join(f"{name} {value:+.2f}" for name, value in zip(names, read.logits, strict=True))
        title = STRINGS.say(f"read_{kind}", language, number=number + 1, answer=labels[min(number, len(labels) - 1)])
        cut = html.note(STRINGS.say("read_cut", language, count=len(read.tokens)), "warn") if read.truncated else ""
        parts.append(
            f"<h4>{html.text_of(title)}</h4>{sequence_html(read)}{cut}"
            f"<p class=facts>{html.text_of(STRINGS.say('read_logits', language, logits=logits))}</p>"
        )
    if kind == "similarity":
        total = " · ".join(f"{name} {value:+.2f}" for name, value in zip(labels, answer.logits, strict=True))
        parts.append(f"<p class=facts>{html.text_of(STRINGS.say('read_sum', language, logits=total))}</p>")
    bars = "".join(
        html.bar(title, share_, f"{share_:.1%}", strong=label == answer.label)
        for title, (label, share_) in zip(labels, answer.scores.items(), strict=True)
    )
    measured = [
        row for row in card.metrics if (row.head, row.metric, row.variant) == (head, "accuracy", card.default_variant)
    ]
    said = html.note(
        STRINGS.say("head_score", language, split=measured[-1].split, dataset=measured[-1].dataset,
                    value=measured[-1].shown)
    ) if measured else ""  # fmt: skip
    how = html.note(STRINGS.say(f"how_{kind}", language))
    return f"{''.join(parts)}{how}<div class=card>{bars}</div>{said}{read_note(card, language)}"


def draw(service: Service, query: gr.Textbox) -> Parts:
    """Lay it out and wire its events."""
    s = STRINGS
    known: dict[str, tuple[Bundle, str, Question]] = {
        f"{bundle.name}/{head}": (bundle, head, question)
        for bundle in service.bundles.of_task(TASK)
        for head, question in bundle.card.questions.items()
    }
    first = next(iter(known))

    def titles(language: Language) -> list[tuple[str, str]]:
        return [(either(question.title, language), name) for name, (_, _, question) in known.items()]

    with gr.Tab(s("gpt1"), id="gpt1"):
        task = gr.Radio(titles("en"), value=first, label=s("gpt1_task"), elem_id="gpt1-task")
        examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[""]], label=s("examples"), type="index",
            elem_id="gpt1-examples",
        )  # fmt: skip
        boxes = [
            gr.Textbox(lines=1, max_lines=6, max_length=limits.MAX_TEXT_CHARS, elem_id=f"gpt1-{name}") for name in NAMES
        ]
        button = gr.Button(s("gpt1_ask"), variant="primary", elem_id="gpt1-run")
        result = gr.HTML(elem_id="gpt1-result")
        gr.Markdown(s("gpt1_look"), elem_classes="look")

    def filled(name: str, texts: Sequence[str], language: Language) -> list[Any]:
        """The boxes of a task with texts in them, and its examples."""
        kind = known[name][2].kind
        labels = [STRINGS.say(f"field_{one}", language) for one in FIELDS[kind]]
        made: list[Any] = [
            gr.Textbox(value=texts[number], label=labels[number], visible=True)
            if number < len(labels)
            else gr.Textbox(value="", visible=False)
            for number in range(BOXES)
        ]
        return [*made, gr.Dataset(samples=[[title[language == "zh"]] for title, _ in EXAMPLES[kind]])]

    def answered(name: str, texts: Sequence[str], language: Language) -> list[Any]:
        """What the head says, and the address of it."""
        bundle, head, question = known[name]
        given = list(texts[: len(FIELDS[question.kind])])
        answer = service.ask(given, bundle.name, head)
        values = {"tab": "generation", "view": "gpt1", "task": name, **dict(zip(NAMES, given, strict=False))}
        return [answer_html(bundle, head, answer, language), share.encode(values, long="a").query]

    def read(request: gr.Request, name: str, *texts: str) -> list[Any]:
        try:
            return answered(name, texts, language_of(request))
        except HubError as error:
            raise readable(error) from None

    def changed(request: gr.Request, name: str) -> list[Any]:
        """Another task: its boxes, its first example, and the answer to that."""
        language = language_of(request)
        texts = EXAMPLES[known[name][2].kind][0][1]
        return [*filled(name, texts, language), *read(request, name, *texts)]

    def example(request: gr.Request, name: str, index: int) -> list[Any]:
        texts = EXAMPLES[known[name][2].kind][index][1]
        return [*texts, *[""] * (BOXES - len(texts)), *read(request, name, *texts)]

    def restored(values: Mapping[str, str], language: Language) -> list[Any]:
        name = values.get("task", first)
        if name not in known:
            raise ValueError(f"task = {name[:40]!r}")
        count = len(FIELDS[known[name][2].kind])
        texts = EXAMPLES[known[name][2].kind][0][1]
        if any(values.get(one) for one in NAMES):
            texts = tuple(values.get(one, "") for one in NAMES[:count])
        try:
            shown = answered(name, texts, language)[0]
        except HubError as error:  # a link with an empty text: the boxes are filled all the same
            shown = html.note(errors.readable(error, language), "warn")
        return [gr.Radio(choices=titles(language), value=name), *filled(name, texts, language), shown]

    outputs = [result, query]
    button.click(read, [task, *boxes], outputs, **QUIET)
    for box in boxes:
        box.submit(read, [task, *boxes], outputs, **QUIET)
    task.input(changed, task, [*boxes, examples, *outputs], **QUIET)
    examples.click(example, [task, examples], [*boxes, *outputs], **QUIET)
    return Parts([task, *boxes, examples, result], restored)
