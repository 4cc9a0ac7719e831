"""Your own judgments: a CSV of query, document, grade and, where there is one, score: nDCG beside BM25 and chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import gradio as gr
from pydantic import Field

from hub import errors, limits
from hub.demos.search_ranking import figures, words
from hub.demos.search_ranking.examples import FILES, Judged
from hub.demos.search_ranking.strings import MEASURES, STRINGS
from hub.errors import HubError, InputError, Term, TooLargeError
from hub.tasks import judging as task
from hub.ui import files, html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Example, Kit, Scene, View

SHOWN_QUERIES = 10
# What the columns are called, too.
COLUMNS: dict[str, tuple[str, ...]] = {
    "query": ("query", "查询", "搜索词", "q", "search_term"),
    "document": ("document", "文档", "doc", "title", "标题", "text", "passage"),
    "grade": ("grade", "等级", "标注", "label", "relevance", "rel", "相关性"),
    "score": ("score", "分数", "得分"),
}
NEEDED = ("query", "document", "grade")


class Settings(settings.Settings):
    """Judgments, typed or in a file in their place, and the cut."""

    lines: Annotated[str, Control(lines=True)] = ""
    upload: Annotated[str | None, Control(kind=gr.File, hidden=True)] = None
    at: Annotated[int, Field(ge=1, le=limits.MAX_RANKING_CUT), Control(step=1, live=True)] = 10


def show(settings: Settings, language: Language) -> dict[str, Any]:
    """The means, a figure of them, the worst queries, and a file of all; an error stands in their place."""
    say = partial(STRINGS.say, language=language)
    try:
        rows, lines, note = judgments_of(settings, language)
        found = task.evaluate(rows, settings.at, lines)
    except HubError as error:
        return {
            "said": html.note(errors.readable(error, language), "warn"), "summary": "", "worst": "", "content": "",
            "plot": gr.Plot(visible=False), "download": gr.Button(interactive=False), "formulas": MEASURES[language],
        }  # fmt: skip
    own = say(f"own_{found.by}")
    sides = [(own, found.own), ("BM25", found.bm25), (say("chance"), found.chance)]
    plot = figures.intervals([name for name, _ in sides], [one for _, one in sides], f"nDCG@{found.at}")
    return {
        "said": html.note(note) + html.note(verdict(found, own, language), "notice"),
        "summary": html.table(
            [say(key) for key in ("order", "ndcg", "interval")],
            [[name, f"{one.value:.4f}", between(one)] for name, one in [*sides, (say("difference"), found.difference)]],
            say("means", at=found.at, queries=found.queries), (1, 2),
        ),
        "plot": gr.Plot(value=pictures.sent(plot, "own-judgments"), visible=True),
        "worst": worst(found, language),
        "content": everything(found),
        "download": gr.Button(interactive=True),
        "formulas": MEASURES[language],
    }  # fmt: skip


def between(one: Any) -> str:
    """An interval in digits."""
    return f"{one.low:.4f} … {one.high:.4f}"


def verdict(found: task.RankingEvaluation, own: str, language: Language) -> str:
    """Whether the own order is above BM25, as far as the queries tell."""
    key = "above" if found.difference.low > 0 else "below" if found.difference.high < 0 else "undecided"
    told = STRINGS.say(key, language, own=own, gap=abs(found.difference.value), queries=found.queries)
    if found.left_out:
        told += " " * (language == "en") + STRINGS.count("left_out", language, found.left_out)
    return told


def worst(found: task.RankingEvaluation, language: Language) -> str:
    """The queries whose own order is worst."""
    say = partial(STRINGS.say, language=language)
    rows: list[list[html.Cell]] = [
        [
            one.query, f"{one.own:.3f}", f"{one.bm25:.3f}", f"{one.chance:.3f}",
            f"{one.first} ({one.first_grade:g})", f"{one.best} ({one.best_grade:g})", one.best_place,
        ]
        for one in found.per_query[:SHOWN_QUERIES]
    ]  # fmt: skip
    heads = [say(key) for key in ("a_query", "yours", "bm25", "chance", "first", "best_document", "its_place")]
    return html.table(heads, rows, say("worst"), (1, 2, 3, 6), stacked=True)


def everything(found: task.RankingEvaluation) -> str:
    """A row for each query, as CSV."""
    rows = (
        [one.query, one.documents, f"{one.own:.6f}", f"{one.bm25:.6f}", f"{one.chance:.6f}", one.best_place]
        for one in found.per_query
    )
    measure = f"ndcg@{found.at}"
    heads = ["query", "documents", f"{measure} own", f"{measure} bm25", f"{measure} chance", "place of the best"]
    return files.to_csv(heads, rows)


# --- reading ----------------------------------------------------------------------------------------------------------


def judgments_of(settings: Settings, language: Language) -> tuple[list[dict[str, Any]], list[int], str]:
    """The judgments, the line on which each stands, and how they were read. Raises InputError, TooLargeError."""
    name, encoding, text = STRINGS.say("typed", language), "UTF-8", settings.lines
    if settings.upload:
        content = files.content_of(Path(settings.upload))
        name, encoding, text = Path(settings.upload).name, content.encoding, content.text
    try:
        delimiter, rows = files.named(text, lambda cells: len(places_of(cells)))
    except TooLargeError as error:  # it counts the heading, too
        found, allowed = int(str(error.values["found"])) - 1, limits.MAX_JUDGMENTS
        raise TooLargeError("judgments_many", found=found, allowed=allowed) from None
    if not rows:
        raise InputError("judgments_none")
    heading = [cell.strip() for cell in rows[0][1]]
    places = places_of(heading)
    for needed in NEEDED:
        if needed not in places:
            raise InputError("file_columns", wanted=needed, found=", ".join(heading)[:100])
    taken = ", ".join(heading[place] for place in places.values())
    cells = Term(files.DELIMITERS[delimiter]).say(language)
    note = STRINGS.say("taken", language, name=name, encoding=encoding, delimiter=cells, columns=taken)
    return [judgment(row, places) for _, row in rows[1:]], [line for line, _ in rows[1:]], note


def places_of(heading: Sequence[str]) -> dict[str, int]:
    """Field -> its column, by the likeliest of its names."""
    names = [name.strip().lower() for name in heading]
    found = {field: next((known for known in ours if known in names), "") for field, ours in COLUMNS.items()}
    return {field: names.index(name) for field, name in found.items() if name}


def judgment(row: Sequence[str], places: dict[str, int]) -> dict[str, Any]:
    """A row as a judgment; numbers where they are ones, an empty score is none."""
    one: dict[str, Any] = {field: row[place].strip() for field, place in places.items()}
    for field in ("grade", "score"):
        if field in one:
            one[field] = number(one[field])
    if one.get("score") == "":
        del one["score"]
    return one


def number(cell: str) -> float | str:
    """A finite number, else the cell as it is."""
    try:
        value = float(cell)
    except ValueError:
        return cell
    return value if math.isfinite(value) else cell


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("lines", lines=8, max_lines=14, elem_id="own-lines", scale=3, min_width=280)
        kit.control("upload", file_types=[".csv", ".txt"], elem_id="own-upload", height=180, scale=2, min_width=240)
    kit.examples("own_examples", elem_id="own-examples")
    with gr.Row():
        kit.control("at", elem_id="own-at", scale=3, min_width=240)
        kit.main("own_run", elem_id="own-run", scale=1, min_width=140)
    with gr.Row():
        sample = gr.Button(kit.strings("sample_file"), size="sm", elem_id="own-sample", min_width=160)
        download = kit.output(
            "download", gr.Button(kit.strings("per_query"), interactive=False, size="sm", elem_id="own-download",
                                  min_width=160)
        )  # fmt: skip
    kit.html("said")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.html("summary")
        with gr.Column(min_width=300):
            kit.plot("plot", "own-plot")
    kit.look("own_look")
    kit.html("worst")
    kit.html("limits")
    kit.output("formulas", gr.Markdown(latex_delimiters=words.DELIMITERS, elem_id="own-formulas"))
    content = kit.output("content", gr.Textbox(visible="hidden", elem_id="own-csv"))
    example = kit.output("sample", gr.Textbox(visible="hidden", elem_id="own-sample-csv"))
    download.click(None, content, None, js=files.download("ndcg.csv"), api_visibility="private")
    sample.click(None, example, None, js=files.download("judgments.csv"), api_visibility="private")


def first(scene: Scene) -> dict[str, Any]:
    """What stays: the file that is handed out as an example, and the limits."""
    told = STRINGS.say(
        "limits", scene.language, rows=limits.MAX_JUDGMENTS, characters=limits.MAX_TEXT_CHARS,
        megabytes=limits.MAX_UPLOAD_BYTES / 1e6,
    )  # fmt: skip
    return {"sample": file_of(scene), "limits": html.note(told)}


def file_of(scene: Scene) -> str:
    """The example in the language of the page."""
    return written(FILES[scene.language == "en"][1])


def written(rows: Sequence[Judged]) -> str:
    """An example as a file; its texts have no commas."""
    heading = [*NEEDED, "score"] if rows[0][3] is not None else NEEDED
    return "\n".join(",".join(map(str, row[: len(heading)])) for row in (heading, *rows)) + "\n"


def start(scene: Scene) -> Settings:
    """The example."""
    return Settings(lines=file_of(scene))


def examples(scene: Scene) -> Sequence[Example]:
    """Both files, the one of the page's language first; their lines are those of no upload."""
    ordered = FILES[::-1] if scene.language == "en" else FILES
    return [Example(title, {"lines": written(rows), "upload": None}) for title, rows in ordered]


def view() -> View:
    """The view."""
    return View(
        "own", Settings, draw, show, start=start, examples=examples, first=first, long="lines", busy=("said",),
    )  # fmt: skip
