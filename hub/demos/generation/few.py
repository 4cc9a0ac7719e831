"""Few-shot: examples in a table, the prompt that they become, and what becomes of the right answers with 0, 1, 2, …."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from hub.demos.generation import common, figures
from hub.demos.generation.common import BARE, Prompt, chosen_model, english, titles
from hub.demos.generation.examples import FEW, Shot
from hub.demos.generation.figures import Chance
from hub.demos.generation.strings import STRINGS
from hub.errors import HubError, InputError
from hub.service import Service
from hub.tasks.generate import TASK, Engine, Request
from hub.tasks.prompts import assembled
from hub.text import split_lines
from hub.ui import html, pictures, share
from hub.ui.context import readable
from hub.ui.strings import Language, language_of
from hub.ui.turns import QUIET, Turns

PLACE = "few"  # of its turns
MOST = 5  # examples
MOST_QUESTIONS = 7
ANSWER = 12  # tokens
MAX_LABELS = 5  # different answers of a task that has a fixed set of them
MAX_CHARS = 300  # of a cell of the tables


@dataclass(frozen=True)
class Parts:
    """The view as it is drawn."""

    written: list[Any]
    restored: Callable[[Mapping[str, str], Language], list[Any]]


@dataclass(frozen=True)
class Round:
    """What was found with so many examples.

    Args:
        prompt: of the first question. answers: the texts, one for each question.
        chances: of the expected answers; None where none is expected.
    """

    prompt: Prompt
    answers: tuple[str, ...]
    chances: tuple[Chance | None, ...]


def shots_of(rows: Any) -> list[Shot]:
    """The full rows of the table. Raises InputError for one that is half empty."""
    found = []
    for number, (given, wanted) in enumerate(_cells(rows), 1):
        if given and wanted:
            found.append((given, wanted))
        elif given or wanted:
            raise InputError("shot_half", row=number)
    return found[:MOST]


def questions_of(rows: Any) -> list[Shot]:
    """New inputs with what is expected of them, which may be nothing. Raises InputError where there is no input."""
    found = [(given, wanted) for given, wanted in _cells(rows) if given]
    if not found:
        raise InputError("question_none")
    return found[:MOST_QUESTIONS]


def _cells(rows: Any) -> Iterator[Shot]:
    for row in rows or []:
        given, wanted = (str(cell if cell is not None else "").strip()[:MAX_CHARS] for cell in [*row, "", ""][:2])
        yield given, wanted


def labels_of(shots: Sequence[Shot], questions: Sequence[Shot]) -> tuple[str, ...]:
    """The answers of a task that has a fixed set of them: few, and each of them more than once. Else none."""
    rows = [wanted for _, wanted in (*shots, *questions) if wanted]
    found = tuple(dict.fromkeys(rows))
    return found if 1 < len(found) <= MAX_LABELS and 2 * len(found) <= len(rows) else ()


def right(answer: str, expected: str) -> bool:
    """Whether an answer is the expected one, or begins with it as a word; capital letters do not matter."""
    return bool(re.match(rf"\W*{re.escape(expected.lower())}(?!\w)", answer.lower()))


def measured(engine: Engine, prompt: Prompt, expected: str, labels: Sequence[str]) -> Chance:
    """P of an answer after a prompt. The prompt is read once, however many labels there are."""
    found = {text: engine.scores(prompt.ids, engine.tokenizer.ids(prompt.answer(text))) for text in (expected, *labels)}
    share = None
    if expected in labels:
        sums = np.array([found[label].sum() for label in labels])
        shares = np.exp(sums - sums.max())
        share = float(shares[labels.index(expected)] / shares.sum())
    return Chance.of(found[expected].tolist(), share)


def rounds(
    engine: Engine, task: str, shots: Sequence[Shot], questions: Sequence[Shot], way: str
) -> Iterator[Round | None]:
    """A round with 0 examples, with 1, and so on; None wherever one may look whether it is wanted still.

    A round begins as the one before it, so that an example is read once for all questions. Raises what the engine does.
    """
    labels = labels_of(shots, questions)
    for count in range(len(shots) + 1):
        prompts = [common.prompted(engine, assembled(task, shots[:count], given), way) for given, _ in questions]
        chances: list[Chance | None] = []
        for prompt, (_, expected) in zip(prompts, questions, strict=True):
            chances.append(measured(engine, prompt, expected, labels) if expected else None)
            yield None
        streams = [engine.start(Request("", ANSWER, stop=("\n",), ids=prompt.ids, lead=True)) for prompt in prompts]
        try:
            answers = []
            for stream in streams:
                answers.append(stream.text().strip())
                yield None
        finally:
            for stream in streams:
                stream.close()
        yield Round(prompts[0], tuple(answers), tuple(chances))


def card(count: int, found: Round, questions: Sequence[Shot], language: Language) -> str:
    """The answers with so many examples, whether they are right and how probable that was, and the prompt behind."""
    title = STRINGS.say("shots_1", language) if count == 1 else STRINGS.say("shots_k", language, k=count)
    expected = [wanted for _, wanted in questions]
    known = [right(answer, wanted) for answer, wanted in zip(found.answers, expected, strict=True) if wanted]
    verdict = STRINGS.say("few_right", language, right=sum(known), all=len(known)) if known else ""
    rows = []
    for (given, wanted), answer, chance in zip(questions, found.answers, found.chances, strict=True):
        good = bool(wanted) and right(answer, wanted)
        said = escape(answer) or STRINGS.say("nothing", language)
        figure = f"<small>{common.percent(chance.whole)}</small>" if chance else ""
        mark = ("✓" if good else "✗") if wanted else ""
        rows.append(
            f"<li class='{'right' if good else 'wrong' if wanted else ''}'><span class=asked>{escape(given)}</span>"
            f"<b>{said} {mark}</b>{figure}</li>"
        )
    folded = html.details(STRINGS.say("assembled", language), f"<pre class=prompt>{escape(found.prompt.text)}</pre>")
    return (
        f"<div class='card summary'><h4>{title}</h4><p class=verdict>{verdict}</p>"
        f"<ul class=answers>{''.join(rows)}</ul>{folded}</div>"
    )


def table_html(questions: Sequence[Shot], found: Sequence[Round], language: Language) -> str:
    """P of each expected answer with each number of examples, the whole and by token."""
    say = STRINGS.say
    heads = [say("query", language), say("expected", language), *(f"k = {count}" for count in range(len(found)))]
    rows = []
    for number, (given, wanted) in enumerate(questions):
        cells = [one.chances[number] for one in found]
        if wanted:
            rows.append([given, wanted, *(f"{_percent(one.whole)} ({_percent(one.each)})" for one in cells if one)])
    table = html.table(heads, rows, numbers=range(2, len(heads)))
    return html.details(say("few_table", language), table + html.note(say("few_table_note", language)))


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


def padded(rows: Sequence[Shot], most: int) -> list[list[str]]:
    """The rows of a table that has room for more."""
    return [list(row) for row in rows] + [["", ""]] * (most - len(rows))


def packed(rows: Sequence[Shot]) -> str:
    """Rows of a table in an address."""
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


def unpacked(text: str, most: int) -> list[Shot]:
    """The same back; a line without a second field is a question of which nothing is expected."""
    lines = [line.split("\t") for line in split_lines(text) if line.strip()]
    return [(cells[0], cells[1] if len(cells) > 1 else "") for cells in lines if len(cells) < 3][:most]


class View:
    """What the callbacks share."""

    def __init__(self, service: Service, turns: Turns) -> None:
        self.service, self.turns = service, turns

    def run(
        self, shot_rows: Any, name: str, task: str, question_rows: Any, way: str, request: gr.Request
    ) -> Iterator[list[Any]]:
        """Chart, table and cards grow with the number of examples."""
        language, place = language_of(request), (str(request.session_hash), PLACE)
        turn = self.turns.begin(place)
        nothing: list[Any] = [gr.skip()] * 4
        yield [gr.skip(), html.note(STRINGS.say("few_running", language)), gr.skip(), gr.skip()]
        try:
            shots, questions = shots_of(shot_rows), questions_of(question_rows)
            engine = self.service.engines.get(self.service.bundles.get(name, TASK))
            found: list[Round] = []
            for one in rounds(engine, task or "", shots, questions, way):
                if self.turns.over(place, turn):
                    yield nothing
                    return
                if one is not None:
                    found.append(one)
                    yield [*self.drawn(questions, found, labels_of(shots, questions), language), gr.skip()]
            values = {
                "tab": "generation", "view": "few", "model": name, "task": task or "", "query": packed(questions),
                "shots": packed(shots), "way": way if way != BARE else "",
            }  # fmt: skip
            yield [*nothing[:3], share.encode(values, long="shots").query]
        except HubError as error:
            raise readable(error) from None
        finally:
            self.turns.end(place, turn)

    def drawn(
        self, questions: Sequence[Shot], found: Sequence[Round], labels: Sequence[str], language: Language
    ) -> list[Any]:
        """Chart, cards, table."""
        made = "".join(card(count, one, questions, language) for count, one in enumerate(found))
        cards = f"<div class='cards rounds'>{made}</div>"
        asked = [given for given, wanted in questions if wanted]
        if not asked:
            return [gr.Plot(visible=False), cards, html.note(STRINGS.say("no_expected", language))]
        chances = [[chance for chance in one.chances if chance is not None] for one in found]
        figure = pictures.sent(figures.few_figure(asked, chances, len(labels), language), "few-shot")
        return [gr.Plot(figure, visible=True), cards, table_html(questions, found, language)]


def draw(service: Service, turns: Turns, query: gr.Textbox) -> Parts:
    """Lay it out and wire its events."""
    s, view = STRINGS, View(service, turns)
    models = titles(service.bundles, "en", english)
    first = FEW[0]
    with gr.Tab(s("few"), id="few") as tab:
        with gr.Row():
            with gr.Column(min_width=280):
                shots = gr.Dataframe(
                    padded(first.shots, MOST), headers=["input", "output"], datatype="str", type="array",
                    row_count=MOST, column_count=2, label=s("shots"), elem_id="few-shots", interactive=True,
                )  # fmt: skip
                task = gr.Textbox(first.task, label=s("task"), elem_id="few-task")
            asked = gr.Dataframe(
                padded(first.questions, MOST_QUESTIONS), headers=["input", "expected"], datatype="str", type="array",
                row_count=MOST_QUESTIONS, column_count=2, label=s("queries"), elem_id="few-query", interactive=True,
                min_width=280,
            )  # fmt: skip
            with gr.Column(min_width=220):
                model = gr.Dropdown(
                    models, value=next((name for _, name in models), None), label=s("model"), elem_id="few-model",
                )  # fmt: skip
                way = common.way_switch("few-way")
        read = gr.HTML(elem_id="few-read", elem_classes="has-read")
        examples = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[one.title[0]] for one in FEW],
            label=s("examples"), type="index", elem_id="few-examples",
        )  # fmt: skip
        button = gr.Button(s("run_few"), variant="primary", elem_id="few-run")
        gr.Markdown(s("few_chart"), elem_classes="hint")
        chart = pictures.plot("few-chart")
        gr.Markdown(s("few_cards"), elem_classes="hint")
        cards = gr.HTML(elem_id="few-cards")
        table = gr.HTML(elem_id="few-table")
        gr.Markdown(s("few_look"), elem_classes="look")
        loaded = gr.State(False)  # see common.first_look

    def example(index: int) -> list[Any]:
        one = FEW[index]
        return [padded(one.shots, MOST), one.task, padded(one.questions, MOST_QUESTIONS)]

    def restored(values: Mapping[str, str], language: Language) -> list[Any]:
        rows, questions = padded(first.shots, MOST), padded(first.questions, MOST_QUESTIONS)
        if "shots" in values or "query" in values:
            rows = padded([row for row in unpacked(values.get("shots", ""), MOST) if all(row)], MOST)
            questions = padded(unpacked(values.get("query", ""), MOST_QUESTIONS), MOST_QUESTIONS)
        headers = [STRINGS.say(key, language) for key in ("input", "output", "expected")]
        name, chosen = chosen_model(service.bundles, values.get("model"), language, english)
        return [
            gr.Dataframe(value=rows, headers=headers[:2]), chosen,
            values.get("task", "" if values.get("query") else first.task),
            gr.Dataframe(value=questions, headers=[headers[0], headers[2]]),
            common.way_for(service.bundles, name, values.get("way", BARE)),
            common.has_read(service.bundles, name, language),
            gr.Dataset(samples=[[one.title[language == "zh"]] for one in FEW]), True,
        ]  # fmt: skip

    inputs = [shots, model, task, asked, way]
    outputs = [chart, cards, table, query]
    slots: dict[str, Any] = {"concurrency_limit": 4, "concurrency_id": "generation-few", **QUIET}
    button.click(view.run, inputs, outputs, **slots)
    task.submit(view.run, inputs, outputs, **slots)
    model.input(common.switched(service.bundles), model, [way, read], **QUIET)
    examples.click(example, examples, [shots, task, asked], **QUIET).then(view.run, inputs, outputs, **slots)
    tab.select(common.first_look(turns, PLACE, view.run, len(outputs)), [loaded, *inputs], outputs, **slots)
    return Parts([*inputs, read, examples, loaded], restored)
