"""Few-shot: examples in a table, the prompt that they become, and the answers with 0, 1, 2, … of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from hub.card import Card
from hub.demos.generation.common import chosen_model, growing, titles
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError, InputError
from hub.service import Service
from hub.tasks.generate import Request
from hub.text import split_lines
from hub.ui import html, share
from hub.ui.context import readable
from hub.ui.strings import Language, language_of
from hub.ui.turns import QUIET, Turns

PLACE = "few"  # of its turns
MOST = 5  # examples
ANSWER = 20  # tokens
Shot = tuple[str, str]  # input, output

# (title, instruction, examples, query)
EXAMPLES: tuple[tuple[tuple[str, str], str, tuple[Shot, ...], str], ...] = (
    (("Opposites", "反义词"), "", (("hot", "cold"), ("big", "small"), ("early", "late"), ("open", "closed")), "wet"),
    (
        ("Capitals", "首都"), "Name the capital of the country.",
        (("France", "Paris"), ("Japan", "Tokyo"), ("Egypt", "Cairo")), "Italy",
    ),
    (
        ("Good or bad?", "褒还是贬？"), "Is the review positive or negative?",
        (("A warm, funny film.", "positive"), ("Two hours that I want back.", "negative"),
         ("The actors are wonderful.", "positive")), "The plot makes no sense at all.",
    ),
    (("Plurals", "复数"), "", (("mouse", "mice"), ("child", "children"), ("goose", "geese")), "foot"),
)  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """The view as it is drawn."""

    written: list[Any]
    restored: Callable[[Mapping[str, str], Language], list[Any]]


def assembled(task: str, shots: Sequence[Shot], query: str) -> str:
    """The prompt: instruction, examples, and the new input, whose output is left to the model."""
    parts = [task.strip()] if task.strip() else []
    parts += [f"Input: {given.strip()}\nOutput: {wanted.strip()}" for given, wanted in shots]
    return "\n\n".join([*parts, f"Input: {query.strip()}\nOutput:"])


def shots_of(rows: Any, language: Language) -> list[Shot]:
    """The full rows of the table. Raises InputError for one that is half empty."""
    found = []
    for number, row in enumerate(rows or [], 1):
        given, wanted = (str(cell if cell is not None else "").strip() for cell in [*list(row), "", ""][:2])
        if given and wanted:
            found.append((given, wanted))
        elif given or wanted:
            raise InputError(STRINGS.say("half_row", language, row=number))
    return found[:MOST]


def card(count: int, prompt: str, answer: str, ended: bool, language: Language) -> str:
    """The answer with so many examples, which may be an empty line, and the prompt behind it."""
    title = STRINGS.say("shots_1", language) if count == 1 else STRINGS.say("shots_k", language, k=count)
    said = escape(answer.strip()) or (STRINGS.say("nothing", language) if ended else "…")
    folded = html.details(STRINGS.say("assembled", language), f"<pre class=prompt>{escape(prompt)}</pre>")
    return f"<div class='card summary'><h4>{title}</h4><p class=verdict>{said}</p>{folded}</div>"


def general(card: Card) -> bool:
    """Whether a model writes more than texts of one form; the examples are English."""
    return not card.prompts and "en" in card.languages


def draw(service: Service, turns: Turns, query: gr.Textbox) -> Parts:
    """Lay it out and wire its events."""
    s = STRINGS
    models = titles(service.bundles, "en", general)
    (_, first_task, first_shots, first_query) = EXAMPLES[0]

    def table(shots: Sequence[Shot]) -> list[list[str]]:
        return [list(shot) for shot in shots] + [["", ""]] * (MOST - len(shots))

    with gr.Tab(s("few"), id="few"):
        with gr.Row():
            shots = gr.Dataframe(
                table(first_shots), headers=["input", "output"], datatype="str", type="array", row_count=MOST,
                column_count=2, label=s("shots"), elem_id="few-shots", interactive=True, min_width=280,
            )  # fmt: skip
            with gr.Column(min_width=260):
                model = gr.Dropdown(
                    models, value=next((name for _, name in models), None), label=s("model"),
                    elem_id="few-model",
                )  # fmt: skip
                task = gr.Textbox(first_task, label=s("task"), elem_id="few-task")
                asked = gr.Textbox(first_query, label=s("query"), elem_id="few-query")
        examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[title[0]] for title, *_ in EXAMPLES],
            label=s("examples"), type="index", elem_id="few-examples",
        )  # fmt: skip
        button = gr.Button(s("run_few"), variant="primary", elem_id="few-run")
        cards = gr.HTML(elem_id="few-cards")
        gr.Markdown(s("few_look"), elem_classes="look")

    def run(rows: Any, name: str, instruction: str, wanted: str, request: gr.Request) -> Iterator[list[Any]]:
        """All answers grow together, one row of the cache each."""
        language, place = language_of(request), (str(request.session_hash), PLACE)
        turn = turns.begin(place)
        try:
            found = shots_of(rows, language)
            if not (wanted or "").strip():
                raise InputError(STRINGS.say("no_query", language))
            prompts = [assembled(instruction or "", found[:count], wanted) for count in range(len(found) + 1)]
            streams = [service.generate(Request(prompt, ANSWER, stop=("\n",)), name) for prompt in prompts]
            for answers in growing(streams):
                if turns.over(place, turn):
                    break
                made = "".join(
                    card(count, prompt, answer, stream.end is not None, language)
                    for count, (prompt, answer, stream) in enumerate(zip(prompts, answers, streams, strict=True))
                )
                yield [f"<div class=cards>{made}</div>", gr.skip()]
            if turns.over(place, turn):
                yield [gr.skip()] * 2
                return
            packed = "\n".join("\t".join(shot) for shot in found)
            known = {
                "tab": "generation", "view": "few", "model": name, "task": instruction, "query": wanted, "shots": packed
            }  # fmt: skip
            yield [gr.skip(), share.encode(known, long="shots").query]
        except HubError as error:
            raise readable(error) from None
        finally:
            turns.end(place, turn)

    def example(index: int) -> list[Any]:
        _, instruction, given, wanted = EXAMPLES[index]
        return [table(given), instruction, wanted]

    def restored(values: Mapping[str, str], language: Language) -> list[Any]:
        rows = table(first_shots)
        if "shots" in values or "query" in values:
            pairs = [line.split("\t") for line in split_lines(values.get("shots", "")) if line.count("\t") == 1]
            rows = table([(given, wanted) for given, wanted in pairs][:MOST])
        names_ = [[title[language == "zh"]] for title, *_ in EXAMPLES]
        headers = [STRINGS.say(key, language) for key in ("input", "output")]
        _, chosen = chosen_model(service.bundles, values.get("model"), language, general)
        return [
            gr.Dataframe(value=rows, headers=headers), chosen,
            values.get("task", first_task), values.get("query", first_query), gr.Dataset(samples=names_),
        ]  # fmt: skip

    inputs = [shots, model, task, asked]
    slots: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "generation-few", **QUIET}
    button.click(run, inputs, [cards, query], **slots)
    asked.submit(run, inputs, [cards, query], **slots)
    examples.click(example, examples, [shots, task, asked], **QUIET).then(run, inputs, [cards, query], **slots)
    return Parts([*inputs, examples], restored)
