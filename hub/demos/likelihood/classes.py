"""Two classes: a generative and a discriminative model of the same points."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Annotated, Any, Literal

import gradio as gr
import numpy as np

from hub.demos.likelihood import figures, geometry
from hub.demos.likelihood.figures import BLUE, GREEN, ORANGE, PINK, Curve
from hub.demos.likelihood.points import points_pad
from hub.demos.likelihood.strings import STRINGS
from hub.demos.likelihood.words import formula, notes_html, rows_text, shown
from hub.tasks import likelihood as task
from hub.tasks.likelihood import two_ways
from hub.ui import html, pad, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import STAND, Kit, Scene, View

CLOUDS = 60, 3  # points of the clouds to begin with, and their seed


class Settings(settings.Settings):
    """The points, and the class of the next one."""

    data: Annotated[str, Control(label="plane_rows")] = ""
    label: Annotated[Literal["0", "1"], Control(kind=gr.Radio, label="class", hidden=True)] = "1"


def show(graphs: task.Graphs, settings: Settings, language: Language) -> dict[str, Any]:
    """Generative against discriminative on the same points."""
    say = STRINGS.say
    data = task.read_rows(settings.data, 3, True)
    found = two_ways.two_ways(graphs, data)
    box = geometry.box_of(data[:, :2])
    curves = []
    for label, name, colour in ((0, "class0", ORANGE), (1, "class1", BLUE)):
        edge = geometry.ellipse(found.means[label], found.covariance)
        curves.append(
            Curve(say("contour_of", language, name=say(name, language)), edge[:, 0], edge[:, 1], colour, "dot", 1.5)
        )
    ways = (("generative", found.generative, GREEN, "solid"), ("discriminative", found.discriminative, PINK, "dash"))
    for name, boundary, colour, dash in ways:
        ends = geometry.dividing_line(boundary.weights, box)
        curves.append(Curve(say(name, language), ends[:, 0], ends[:, 1], colour, dash, 3.0))
    figure = figures.two_classes(data, curves, box, [say("class0", language), say("class1", language)])
    body: list[list[html.Cell]] = [
        [say("generative", language), shown(found.joint), shown(found.generative.conditional),
         f"{found.generative.accuracy:.1%}"],
        [say("discriminative", language), None, shown(found.discriminative.conditional),
         f"{found.discriminative.accuracy:.1%}"],
    ]  # fmt: skip
    headers: list[html.Cell] = [say(key, language) for key in ("way", "joint", "conditional", "accuracy")]
    table = html.table(headers, body, "", (1, 2, 3))
    return {
        "plane": points_pad(data.tolist(), "classes", language),
        "classes": pictures.sent(figure, "two-classes"),
        "facts": table + notes_html(("separable",) * found.separable, language),
    }


def show_learning(course: two_ways.LearningCurve, language: Language) -> dict[str, Any]:
    """Errors of both models on new points, as n grows."""
    curves = [
        Curve(STRINGS.say("generative", language), course.sizes, course.generative, GREEN),
        Curve(STRINGS.say("discriminative", language), course.sizes, course.discriminative, PINK, "dash"),
    ]
    across, up = STRINGS.say("n", language), STRINGS.say("errors", language)
    figure = figures.lines(curves, across, up, logs="x", points=True, percent=True)
    return {"learning": pictures.sent(figure, "learning-curve")}


def clouds(world: str) -> str:
    """The points that a world begins with."""
    return rows_text(two_ways.two_clouds(world, *CLOUDS))


Curves = Callable[[str], two_ways.LearningCurve]  # world -> how the errors of both models fall


def enter(graphs: task.Graphs, curves: Curves, world: str, settings: Settings, language: Language) -> dict[str, Any]:
    """Another world: its points, and its learning curve."""
    other = settings.changed(data=clouds(world))
    course = show_learning(curves(world), language)
    return {**show(graphs, other, language), **course, STAND: other}


def first(curves: Curves, scene: Scene) -> dict[str, Any]:
    """The learning curve of the clouds."""
    return show_learning(curves(two_ways.WORLDS[0]), scene.language)


def point_added(settings: Settings, event: gr.EventData) -> dict[str, Any]:
    """A click on the pad is one more row, of the class that is chosen."""
    rows = np.array([(*point, float(settings.label)) for point in pad.clicked(event)])
    return {"data": f"{settings.data}\n{rows_text(rows)}".strip()}


def draw(kit: Kit) -> None:
    """Lay it out."""
    formula("classes")
    kit.look("look_classes")
    with gr.Row():
        with gr.Column(min_width=300):
            with gr.Row():
                for world in two_ways.WORLDS:
                    kit.action(world, f"world_{world}", size="sm", min_width=130, elem_id=f"world-{world}")
            kit.control("data", lines=4, max_lines=6, elem_id="plane-rows")
            kit.control("label", elem_id="class")
            kit.main("run_losses", elem_id="run-classes")
        with gr.Column(min_width=300):
            kit.output("plane", pad.make("plane"))
    kit.html("facts", "classes-facts")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.plot("classes", "two-classes")
        with gr.Column(min_width=300):
            gr.Markdown(STRINGS("learning"))
            kit.plot("learning", "learning")


def start(scene: Scene) -> Settings:
    """Two clouds."""
    return Settings(data=clouds(two_ways.WORLDS[0]))


def view(graphs: task.Graphs) -> View:
    """The view."""
    curves = lru_cache(maxsize=8)(partial(two_ways.learning_curve, graphs))  # of a seed: always the same
    return View(
        "classes", Settings, draw, partial(show, graphs), start=start, first=partial(first, curves),
        actions={world: partial(enter, graphs, curves, world) for world in two_ways.WORLDS},
        changes={"plane": point_added}, long="data",
    )  # fmt: skip
