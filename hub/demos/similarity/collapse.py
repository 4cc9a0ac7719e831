"""Collapse: the shipped sentences in the space of an encoder, before and after contrastive training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import gradio as gr
import numpy as np
from pydantic import Field

from hub.demos.similarity import figures
from hub.demos.similarity.encoders import COUNTS, Encoders
from hub.demos.similarity.examples import GRADED, PARAPHRASES, SENTENCES
from hub.demos.similarity.figures import Series
from hub.demos.similarity.measured import Course, Measured, measurements
from hub.demos.similarity.strings import STRINGS
from hub.errors import InputError
from hub.tasks import collapse as task
from hub.ui import html, pictures, settings
from hub.ui.pictures import Picture
from hub.ui.settings import Control
from hub.ui.strings import Language, either
from hub.ui.view import Kit, Scene, View

SHOWN_TOKENS = 100
STEADY = 0.02  # a mean cosine that moves by less has stayed


class Settings(settings.Settings):
    """Which encoder, and how many of the most frequent tokens are left out."""

    k: Annotated[int, Field(ge=0, le=COUNTS[-1]), Control(label="removed", live=True)] = 0
    trained: Annotated[str | None, Control(label="compared", live=True)] = None
    speech: Annotated[Language, Control(hidden=True)] = "en"


@dataclass(frozen=True)
class Side:
    """One encoder of the comparison."""

    title: str
    colour: str
    space: task.Space  # without the tokens that are removed
    grades: tuple[float, float, float]  # Spearman's correlation on our own graded pairs, and its 95 % interval
    removal: task.Removal
    against: float  # see task.against, of the tokens that are removed; where none are, of all that can be
    course: Course | None  # on the public test set

    def series(self, values: np.ndarray) -> Series:
        return Series(self.title, self.colour, values)


def sides_of(
    encoders: Encoders, trained: str, gone: Sequence[str], frequent: Sequence[str], speech: Language, language: Language
) -> list[Side]:
    """The encoder that the training started from, and what came out; one where there is no other."""
    line = encoders.line(trained)
    test = measurements().sets.get(speech)
    sides = []
    for name, colour in zip(line, figures.SIDES[-len(line) :], strict=True):
        sample = encoders.sample(name, speech)
        scores = sample.scores(gone)
        interval = task.spearman_interval(scores, sample.grades)
        sides.append(
            Side(
                encoders.title(name, language), colour, sample.space(gone),
                (task.spearman(scores, sample.grades), *interval), encoders.removal(name, speech, tuple(frequent)),
                task.against(sample.sentences, gone or frequent), test.of(encoders.get(name)) if test else None,
            )
        )  # fmt: skip
    return sides


def measures_html(sides: Sequence[Side], removed: int, graded: int, test: Measured | None, language: Language) -> str:
    """The figures of each encoder side by side, and what is not to be read off them."""

    def say(key: str, **values: object) -> str:
        return STRINGS.say(key, language, **values)

    def correlation(found: tuple[float, float, float] | None) -> str:
        return say("interval", value=f"{found[0]:.3f}", low=f"{found[1]:.2f}", high=f"{found[2]:.2f}") if found else ""

    spaces = [side.space for side in sides]
    rows: list[list[html.Cell]] = [
        [f"{say('mean_angle')} ↑", *(f"{space.cone.angles.mean():.0f}°" for space in spaces)],
        [f"{say('mean_cosine')} ↓", *(f"{space.cosines.mean():.3f}" for space in spaces)],
        [f"{say('rank_effective', most=len(spaces[0].spectrum.shares))} ↑",
         *(f"{space.spectrum.effective_rank:.1f}" for space in spaces)],
        [f"{say('uniformity')} ↓", *(f"{space.uniformity:.3f}" for space in spaces)],
        [f"{say('alignment')} ↓", *(f"{space.alignment:.3f}" for space in spaces)],
        [f"{say('nearer')} ↑", *(f"{space.nearer:.1%}" for space in spaces)],
    ]  # fmt: skip
    notes = []
    if test and all(side.course for side in sides):
        tested = [_at(side.course, removed) for side in sides if side.course]
        rows.append([f"{say('spearman_test', test=either(test.title, language), count=test.pairs)} ↑",
                     *map(correlation, tested)])  # fmt: skip
    rows.append([f"{say('spearman', count=graded)} ↑", *(correlation(side.grades) for side in sides)])
    if len(sides) > 1:
        if spaces[-1].alignment > spaces[0].alignment:
            notes.append(say("alignment_rises", before=spaces[0].nearer, after=spaces[-1].nearer))
        low, high = max(side.grades[1] for side in sides), min(side.grades[2] for side in sides)
        if low < high and test:
            notes.append(say("few_graded", count=graded))
    names = [side.title for side in sides]
    return html.table([say("measure"), *names], rows, "", range(1, 1 + len(names))) + "".join(map(html.note, notes))


def _at(course: Course, removed: int) -> tuple[float, float, float]:
    place = min(removed, len(course.spearman) - 1)
    return course.spearman[place], course.low[place], course.high[place]


def tokens_html(frequent: Sequence[str], removed: int, language: Language) -> str:
    """The tokens that can be removed, those that are struck out."""
    said = STRINGS.say("removed_now" if removed else "removed_none", language, count=removed)
    marks = " ".join(
        f"<{tag}>{html.text_of(token)}</{tag}>"
        for place, token in enumerate(frequent[:SHOWN_TOKENS])
        for tag in (["del"] if place < removed else ["span"])
    )
    title = STRINGS.say("frequent", language, count=len(frequent))
    return f"{html.note(title)}<p class=frequent>{marks}</p>{html.note(said)}"


def removal_html(sides: Sequence[Side], removed: int, language: Language) -> str:
    """What the removal does to each encoder, in words: the curves differ, and for a reason."""
    said = []
    for side in sides:
        place = len(side.removal.removed) - 1
        if removed:
            place = max(at for at, count in enumerate(side.removal.removed) if count <= removed)
        before, after = side.removal.cosines[0], side.removal.cosines[place]
        kind = "moves"
        if abs(after - before) < STEADY:
            kind = "stays"
        elif (after < before) == (side.against > 0):  # what points along the cone is a part of it
            kind = "falls" if after < before else "rises"
        said.append(
            STRINGS.say(f"removal_{kind}", language, name=side.title, count=side.removal.removed[place],
                        before=before, after=after, against=side.against)
        )  # fmt: skip
        if side.course:
            first, last = side.course.spearman[0], _at(side.course, side.removal.removed[place])[0]
            said[-1] += " " + STRINGS.say("removal_gain", language, before=first, after=last)
    return "".join(map(html.note, said))


def show(encoders: Encoders, settings: Settings, language: Language) -> dict[str, Any]:
    """A cone of each, the histogram, the spectrum, the table, the frequent tokens, and two courses over k."""

    def say(key: str, **given: object) -> str:
        return STRINGS.say(key, language, **given)

    if not settings.trained:
        raise InputError("encoder_none")
    speech = settings.speech
    encoders.checked(settings.trained, speech, language)
    frequent = encoders.frequent(settings.trained)
    gone = frequent[: settings.k]
    sides = sides_of(encoders, settings.trained, gone, frequent, speech, language)
    note = say("collapse_note", sentences=len(SENTENCES[speech]), paraphrases=len(PARAPHRASES[speech]),
               graded=len(GRADED[speech]))  # fmt: skip
    test = measurements().sets.get(speech)
    table = measures_html(sides, len(gone), len(GRADED[speech]), test, language) + html.note(note)
    drawn = pictures_of(sides, len(gone), speech, language)
    return {
        "table": table,
        "tokens": tokens_html(frequent, len(gone), language) if frequent else html.note(say("no_frequent")),
        "told": removal_html(sides, len(gone), language) if frequent else "",
        **{name: pictures.sent(figure, f"collapse-{name}") for name, figure in drawn.items()},
    }


def pictures_of(sides: Sequence[Side], removed: int, speech: Language, language: Language) -> dict[str, Picture]:
    """Name of a figure -> the figure. removed: how many tokens."""

    def say(key: str, **given: object) -> str:
        return STRINGS.say(key, language, **given)

    test = measurements().sets.get(speech)
    cones = [
        figures.cone(
            Series(say("cone_of", name=side.title, angle=side.space.cone.angles.mean()), side.colour,
                   side.space.cone.angles),
            side.space.cone.turns, SENTENCES[speech], say("mean_direction"), say("degrees"),
        )
        for side in sides
    ]  # fmt: skip
    tested = [(side, np.array(side.course.spearman)) for side in sides if side.course]
    gains = [(side.series(course), np.arange(len(course))) for side, course in tested]
    if test is None or len(tested) < len(sides):  # an encoder that was never measured: our own pairs, which are few
        up = say("rho_ours", count=len(GRADED[speech]))
        gains = [(side.series(np.array(side.removal.spearman)), np.array(side.removal.removed)) for side in sides]
    else:
        up = say("rho_test", test=either(test.title, language))
    falls = [(side.series(np.array(side.removal.cosines)), np.array(side.removal.removed)) for side in sides]
    return {
        "before": cones[0],
        "after": cones[-1],
        "cosines": figures.histogram(
            [side.series(side.space.cosines) for side in sides], say("cosine"), say("share_of_pairs")
        ),
        "spectrum": figures.spectrum(
            [side.series(side.space.spectrum.shares) for side in sides], say("singular"), say("share_of_sum")
        ),
        "removal": figures.course(falls, removed, say("k_removed"), say("mean_cosine_short")),
        "gain": figures.course(gains, removed, say("k_removed"), up),
    }


def draw(kit: Kit) -> None:
    """Lay it out."""
    kit.control("trained", elem_id="collapse-pair", min_width=280)
    _beside(kit, ("before", ""), ("after", ""))
    kit.look("cone_look")
    _beside(kit, ("cosines", "histogram_look"), ("spectrum", "spectrum_look"))
    kit.html("table")
    kit.control("k", elem_id="collapse-k", min_width=280)
    kit.html("tokens")
    _beside(kit, ("removal", ""), ("gain", ""))
    kit.html("told")
    kit.look("removal_look")


def _beside(kit: Kit, *figures: tuple[str, str]) -> None:
    """Figures beside each other, each with the line below it that says what to look at."""
    with gr.Row():
        for name, look in figures:
            with gr.Column(min_width=300):
                kit.plot(name)
                if look:
                    kit.look(look)


def compared(encoders: Encoders, scene: Scene) -> list[tuple[str, str]]:
    """What can be chosen."""
    return encoders.comparisons(scene.speech, scene.language)


def start(encoders: Encoders, scene: Scene) -> Settings:
    """The first comparison."""
    return Settings(trained=next((name for _, name in compared(encoders, scene)), None), speech=scene.speech)


def view(encoders: Encoders) -> View:
    """The view, of some encoders."""
    return View(
        "collapse", Settings, draw, partial(show, encoders), start=partial(start, encoders),
        choices={"trained": partial(compared, encoders)}, speech="speech",
    )  # fmt: skip
