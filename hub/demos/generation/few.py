"""Few-shot: examples in a table, the prompt that they become, and what becomes of the right answers with 0, 1, 2, …."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from html import escape
from typing import Annotated, Any

import gradio as gr
from pydantic import BeforeValidator

from hub.demos.generation import figures
from hub.demos.generation.examples import FEW, Task
from hub.demos.generation.strings import STRINGS
from hub.demos.generation.words import percent
from hub.demos.generation.writers import Writers, english
from hub.errors import InputError
from hub.tasks import few_shot
from hub.tasks.few_shot import Round, Shot, labels_of, right
from hub.tasks.prompts import BARE, Way
from hub.text import split_lines
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

MOST = 5  # examples
MOST_QUESTIONS = 7
MAX_CHARS = 300  # of a cell of the tables


# --- the tables -------------------------------------------------------------------------------------------------------


def padded(rows: Any, most: int) -> tuple[Shot, ...]:
    """The first so many rows of a table, with empty ones after them: it has room for more."""
    cells = [
        tuple(str(cell if cell is not None else "").strip()[:MAX_CHARS] for cell in [*row, "", ""][:2])
        for row in rows or ()
    ]
    return tuple([(first, second) for first, second in cells] + [("", "")] * most)[:most]


def packed(rows: Sequence[Shot]) -> str:
    """The rows that are not empty, in an address."""
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows if any(row))


def unpacked(text: str) -> list[Shot]:
    """The same back; a line without a second field is a question of which nothing is expected."""
    lines = [line.split("\t") for line in split_lines(text) if line.strip()]
    return [(cells[0], cells[1] if len(cells) > 1 else "") for cells in lines if len(cells) < 3]


def unpacked_shots(text: str) -> list[Shot]:
    """Of the examples, those with both fields."""
    return [row for row in unpacked(text) if all(row)]


def shots_of(rows: Sequence[Shot]) -> list[Shot]:
    """The rows that are full. Raises InputError for one that is half empty."""
    for number, row in enumerate(rows, 1):
        if any(row) and not all(row):
            raise InputError("shot_half", row=number)
    return [row for row in rows if all(row)]


def questions_of(rows: Sequence[Shot]) -> list[Shot]:
    """New inputs with what is expected of them, which may be nothing. Raises InputError where there is no input."""
    questions = [row for row in rows if row[0]]
    if not questions:
        raise InputError("question_none")
    return questions


class Settings(settings.Settings):
    """A task by its examples, and the inputs that are asked about."""

    shots: Annotated[
        tuple[Shot, ...],
        BeforeValidator(partial(padded, most=MOST)),
        Control(kind=gr.Dataframe, write=packed, read=unpacked_shots),
    ] = padded((), MOST)
    model: str | None = None
    task: Annotated[str, Control(submits=True)] = ""
    questions: Annotated[
        tuple[Shot, ...],
        BeforeValidator(partial(padded, most=MOST_QUESTIONS)),
        Control(kind=gr.Dataframe, label="queries", name="query", write=packed, read=unpacked),
    ] = padded((), MOST_QUESTIONS)
    way: Annotated[Way, Control(kind=gr.Radio, brief=True)] = BARE


# --- what is seen -----------------------------------------------------------------------------------------------------


def show(writers: Writers, settings: Settings, language: Language) -> Iterator[dict[str, Any]]:
    """Chart, cards and table grow with the number of examples."""
    shots, questions = shots_of(settings.shots), questions_of(settings.questions)
    way = writers.way(settings.model, settings.way)
    yield {
        **writers.around(settings.model, way, language), **tables(settings, language),
        "cards": html.note(STRINGS.say("few_running", language)),
    }  # fmt: skip
    engine, rounds = writers.engine(settings.model), list[Round]()
    for one in few_shot.rounds(engine, settings.task, shots, questions, way):
        if one is not None:
            rounds.append(one)
            yield seen(questions, rounds, labels_of(shots, questions), language)


def tables(settings: Settings, language: Language) -> dict[str, Any]:
    """The tables with heads in the language of the page, which the browser does not translate."""
    heads = [STRINGS.say(key, language) for key in ("input", "output", "expected")]
    return {
        "shots": gr.Dataframe(value=[list(row) for row in settings.shots], headers=heads[:2]),
        "questions": gr.Dataframe(value=[list(row) for row in settings.questions], headers=[heads[0], heads[2]]),
    }


def seen(
    questions: Sequence[Shot], rounds: Sequence[Round], labels: Sequence[str], language: Language
) -> dict[str, Any]:
    """Chart, cards, table."""
    body = "".join(card(count, one, questions, language) for count, one in enumerate(rounds))
    cards = f"<div class='cards rounds'>{body}</div>"
    inputs = [text for text, expected in questions if expected]
    if not inputs:
        note = html.note(STRINGS.say("no_expected", language))
        return {"chart": gr.Plot(visible=False), "cards": cards, "table": note}
    chances = [[chance for chance in one.chances if chance is not None] for one in rounds]
    figure = pictures.sent(figures.few_figure(inputs, chances, len(labels), language), "few-shot")
    return {
        "chart": gr.Plot(figure, visible=True), "cards": cards, "table": table_html(questions, rounds, language),
    }  # fmt: skip


def card(count: int, one: Round, questions: Sequence[Shot], language: Language) -> str:
    """The answers with so many examples, whether they are right and how probable that was, and the prompt behind."""
    title = STRINGS.say("shots_1", language) if count == 1 else STRINGS.say("shots_k", language, k=count)
    verdicts = [right(answer, wanted) for answer, (_, wanted) in zip(one.answers, questions, strict=True) if wanted]
    verdict = STRINGS.say("few_right", language, right=sum(verdicts), all=len(verdicts)) if verdicts else ""
    rows = []
    for (text, wanted), answer, chance in zip(questions, one.answers, one.chances, strict=True):
        good = bool(wanted) and right(answer, wanted)
        body = escape(answer) or STRINGS.say("nothing", language)
        figure = f"<small>{percent(chance.whole)}</small>" if chance else ""
        mark = ("✓" if good else "✗") if wanted else ""
        rows.append(
            f"<li class='{'right' if good else 'wrong' if wanted else ''}'><span class=asked>{escape(text)}</span>"
            f"<b>{body} {mark}</b>{figure}</li>"
        )
    folded = html.details(STRINGS.say("assembled", language), f"<pre class=prompt>{escape(one.prompt.text)}</pre>")
    return (
        f"<div class='card summary'><h4>{title}</h4><p class=verdict>{verdict}</p>"
        f"<ul class=answers>{''.join(rows)}</ul>{folded}</div>"
    )


def table_html(questions: Sequence[Shot], rounds: Sequence[Round], language: Language) -> str:
    """P of each expected answer with each number of examples, the whole and by token."""
    say = STRINGS.say
    heads = [say("query", language), say("expected", language), *(f"k = {count}" for count in range(len(rounds)))]
    rows = []
    for number, (text, wanted) in enumerate(questions):
        chances = [one.chances[number] for one in rounds]
        if wanted:
            rows.append([text, wanted, *(f"{_percent(one.whole)} ({_percent(one.each)})" for one in chances if one)])
    table = html.table(heads, rows, numbers=range(2, len(heads)))
    return html.details(say("few_table", language), table + html.note(say("few_table_note", language)))


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


# --- the page ---------------------------------------------------------------------------------------------------------


def draw(kit: Kit) -> None:
    """Lay it out."""
    table = {"datatype": "str", "type": "array", "column_count": 2, "interactive": True}
    with gr.Row():
        with gr.Column(min_width=280):
            kit.control("shots", headers=["input", "output"], row_count=MOST, elem_id="few-shots", **table)
            kit.control("task", elem_id="few-task")
        kit.control(
            "questions", headers=["input", "expected"], row_count=MOST_QUESTIONS, elem_id="few-query", min_width=280,
            **table,
        )  # fmt: skip
        with gr.Column(min_width=220):
            kit.when("follow", kit.control("model", elem_id="few-model").input)
            kit.control("way", elem_id="few-way", visible=False, min_width=200)
    kit.output("read", gr.HTML(elem_id="few-read", elem_classes="has-read"))
    kit.examples(elem_id="few-examples")
    kit.main("run_few", elem_id="few-run")
    gr.Markdown(STRINGS("few_chart"), elem_classes="hint")
    kit.plot("chart")
    gr.Markdown(STRINGS("few_cards"), elem_classes="hint")
    kit.html("cards")
    kit.html("table")
    kit.look("few_look")


def values_of(task: Task) -> dict[str, Any]:
    """The settings of one of our tasks."""
    return {
        "shots": padded(task.shots, MOST), "task": task.task, "questions": padded(task.questions, MOST_QUESTIONS),
    }  # fmt: skip


def start(writers: Writers, scene: Scene) -> Settings:
    """The first task."""
    return Settings(model=writers.first(scene.language, english), **values_of(FEW[0]))


def base(writers: Writers, scene: Scene, fields: Mapping[str, str]) -> Settings:
    """Tables of one's own come without ours, and a question without our instruction."""
    beginning = start(writers, scene)
    if "shots" in fields or "query" in fields:
        rows = {"shots": padded((), MOST), "questions": padded((), MOST_QUESTIONS)}
        return beginning.changed(**rows, task="" if fields.get("query") else beginning.task)
    return beginning


def examples(scene: Scene) -> Sequence[Example]:
    """The tasks."""
    return [Example(one.title, values_of(one)) for one in FEW]


def view(writers: Writers) -> View:
    """The view, of some models."""
    return View(
        "few", Settings, draw, partial(show, writers), start=partial(start, writers), base=partial(base, writers),
        choices={"model": writers.offered_english}, examples=examples, long="shots", at_once=4,
        adjusts={"follow": writers.follow},
    )  # fmt: skip
