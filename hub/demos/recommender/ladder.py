"""Coarse ranking: a ladder of students of the fine ranker, by two measures that part company, and what each costs."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import gradio as gr

from hub.bundle import Bundles
from hub.card import Student
from hub.demos.recommender import video_figures
from hub.demos.recommender.channels import percent
from hub.demos.recommender.strings import STRINGS
from hub.demos.recommender.video_strings import LADDER
from hub.demos.recommender.words import formulas
from hub.tasks import ranking as task
from hub.tasks.intervals import Interval
from hub.tasks.ranking import FINE, LadderRow, StepRow, Tables
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Kit, Scene, View

# What Meituan reports of each step, Recall@150 of the fine ranker's first 150 (the post of 11 August 2022): its sign,
# and the points where the post says them.
PUBLISHED = {"list": "+", "score": "+ 5.0", "contrast": "+", "searched": "+"}
RUNGS = ("hard labels", "unexposed", "list", "score", "contrast", "searched")
POPULARITY = "popularity"


class Settings(settings.Settings):
    """Which ladder, which lists, and how many are handed on."""

    kind: Annotated[Literal["cold", "towers"], Control(label="ladder_kind", kind=gr.Radio, live=True)] = "cold"
    drawn: Annotated[Literal["evenly", "popular"], Control(kind=gr.Radio, live=True)] = "evenly"
    k: Annotated[Literal["5", "10", "20", "50", "100", "200"], Control(label="ladder_k", live=True)] = "20"
    rung: Annotated[str, Control(label="ladder_rung", live=True)] = "contrast"


def show(bundles: Bundles, settings: Settings, language: Language) -> dict[str, Any]:
    """One ladder."""
    bundle = bundles.first(task.TASK)
    ranking, found = task.rankers_of(bundle).ranking, task.tables_of(bundle)
    say = partial(STRINGS.say, language=language)
    place = found.cuts.index(int(settings.k))
    steps = [one for one in ranking.students if one.kind == settings.kind]
    chosen = next((one for one in steps if one.rung == settings.rung), steps[-1])
    rows = [(named(None, POPULARITY, language), found.rung(settings.drawn, POPULARITY)),
            *((named(one, one.variant, language), found.rung(settings.drawn, one.variant)) for one in steps),
            (named(None, FINE, language), found.rung(settings.drawn, FINE))]  # fmt: skip
    student, fine = found.rung(settings.drawn, chosen.variant), found.rung(settings.drawn, FINE)
    return {
        "said": html.note(summary(found, student, named(chosen, chosen.variant, language), place, language), "notice"),
        "rungs": pictures.sent(
            video_figures.pairs(
                [name for name, _ in rows],
                [(say("overlap_k", k=settings.k), [row.overlap[place] for _, row in rows]),
                 (say("positives_k", k=settings.k), [row.positives[place] for _, row in rows])],
                "%",
            ),
            "ladder",
        ),
        "table": table(found, steps, settings, language),
        "crossing": pictures.sent(crossing(found, student, fine, language), "crossing"),
        "crossed": html.note(crossed(found, student, int(settings.k), language)),
        "latency": pictures.sent(latency(found, ranking.students, settings, language), "latency"),
        "search": search(found, language),
        "formulas": LADDER[language],
    }  # fmt: skip


def named(student: Student | None, name: str, language: Language) -> str:
    """The title of a rung, or of what is no student."""
    return STRINGS.say(f"rung_{student.rung if student else name}", language)


def summary(found: Tables, row: LadderRow, name: str, place: int, language: Language) -> str:
    """What a student keeps of the fine ranker, at what share of its time."""
    times = found.milliseconds[FINE] / found.milliseconds[row.name]
    return STRINGS.say(
        "ladder_said", language, name=name, k=found.cuts[place], overlap=100 * row.overlap[place].value,
        kept=100 * row.kept[place].value, times=times, ms=found.milliseconds[row.name], candidates=found.candidates,
        lists=found.lists,
    )  # fmt: skip


def table(found: Tables, students: list[Student], settings: Settings, language: Language) -> str:
    """A row for each rung: both measures, what it adds to the rung below, and the sign that was published."""
    place = found.cuts.index(int(settings.k))
    steps = {row.name: row for row in found.steps if row.drawn == settings.drawn}
    cells: list[list[html.Cell]] = []
    for one in students:
        row, step = found.rung(settings.drawn, one.variant), steps.get(one.variant)
        cells.append(
            [
                named(one, one.variant, language),
                percent(row.overlap[place]),
                gain(step, "overlap", place, language),
                PUBLISHED.get(one.rung),
                percent(row.positives[place]),
                gain(step, "positives", place, language),
                percent(row.kept[place]),
                f"{found.milliseconds[one.variant]:.2f}",
            ]
        )
    fine = found.rung(settings.drawn, FINE)
    cells.append([named(None, FINE, language), percent(fine.overlap[place]), None, None,
                  percent(fine.positives[place]), None, percent(fine.kept[place]),
                  f"{found.milliseconds[FINE]:.2f}"])  # fmt: skip
    keys = ("rung", "overlap_head", "adds", "published_sign", "positives_head", "adds", "kept_head", "ms_head")
    headers = [STRINGS.say(key, language) for key in keys]
    title = STRINGS.say("ladder_table", language, k=settings.k, candidates=found.candidates)
    return html.table(headers, cells, title, range(1, 8), stacked=True)


def gain(step: StepRow | None, part: Literal["overlap", "positives"], place: int, language: Language) -> str | None:
    """What a rung adds, in points, and whether that is more than chance."""
    if step is None:
        return None
    one: Interval = getattr(step, part)[place]
    sign = "sign_more" if one.low > 0 else "sign_less" if one.high < 0 else "sign_none"
    return f"{percent(one, sign=True)} {STRINGS.say(sign, language)}"


def crossing(found: Tables, student: LadderRow, fine: LadderRow, language: Language) -> pictures.Picture:
    """Both measures over K."""
    say = partial(STRINGS.say, language=language)
    lines = [
        (say("line_overlap"), [one.value for one in student.overlap]),
        (say("line_kept"), [one.value for one in student.kept]),
        (say("line_positives"), [one.value for one in student.positives]),
        (say("line_fine"), [one.value for one in fine.positives]),
    ]
    return video_figures.over_k(found.cuts, lines, say("k_axis"), "%")


def crossed(found: Tables, student: LadderRow, k: int, language: Language) -> str:
    """Where the two measures part, whether they cross, and what the fine ranker itself is worth as a teacher."""
    say = partial(STRINGS.say, language=language)
    pairs = list(zip(found.cuts, student.overlap, student.kept, strict=True))
    gaps = {cut: 100 * (kept.value - overlap.value) for cut, overlap, kept in pairs}
    most = max(gaps, key=lambda cut: gaps[cut])
    over = [cut for cut, gap in gaps.items() if gap < 0]
    above = [cut for cut, _, kept in pairs if kept.low > 1]
    place = found.cuts.index(k)
    fine, popular = (100 * found.rung(student.drawn, name).positives[place].value for name in (FINE, POPULARITY))
    return say(
        "measures",
        apart=say("apart", most=gaps[most], k=most),
        cross=say("cross", k=over[0]) if over else say("cross_never", k=found.cuts[-1]),
        above=say("above_fine" if above else "never_above", k=say("comma").join(map(str, above))),
        popular=say("popular_too", fine=fine, popular=popular, k=k),
    )


def latency(found: Tables, students: tuple[Student, ...], settings: Settings, language: Language) -> pictures.Picture:
    """Every ranker: milliseconds and recall of positives."""
    place = found.cuts.index(int(settings.k))
    say = partial(STRINGS.say, language=language)
    sides = [
        (say(kind), [
            (found.milliseconds[one.variant], found.rung(settings.drawn, one.variant).positives[place].value,
             named(one, one.variant, language))
            for one in students if one.kind == kind
        ])
        for kind in ("towers", "cold")
    ]  # fmt: skip
    fine = (found.milliseconds[FINE], found.rung(settings.drawn, FINE).positives[place].value)
    sides.append((named(None, FINE, language), [(*fine, named(None, FINE, language))]))
    return video_figures.front(sides, say("ms_axis", candidates=found.candidates), say("positives_k", k=settings.k))


def search(found: Tables, language: Language) -> str:
    """The widths that were searched, and the table of times that they were searched by."""
    first, second = found.search.widths
    return html.note(STRINGS.say("searched_said", language, first=first, second=second,
                                 quick=min(found.search.first), slow=max(found.search.first)))  # fmt: skip


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("kind", elem_id="ladder-kind", min_width=220)
        kit.control("drawn", elem_id="ladder-drawn", min_width=260)
    with gr.Row():
        kit.control("k", elem_id="ladder-k", min_width=160)
        kit.control("rung", elem_id="ladder-rung", min_width=220)
    kit.html("said")
    kit.plot("rungs", "ladder-rungs")
    kit.html("table")
    kit.look("ladder_look")
    kit.plot("crossing", "ladder-crossing")
    kit.html("crossed")
    kit.plot("latency", "ladder-latency")
    kit.html("search")
    kit.output("formulas", formulas("ladder-formulas"))


def rungs(scene: Scene) -> list[tuple[str, str]]:
    """Those of the ladder; the two towers have not the last one, and the one below it stands for it."""
    return [(STRINGS.say(f"rung_{one}", scene.language), one) for one in RUNGS]


def view(bundles: Bundles) -> View:
    """The view, of the rankers of short videos."""
    return View("ladder", Settings, draw, partial(show, bundles), choices={"rung": rungs})
