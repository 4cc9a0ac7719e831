"""Two classes: a generative and a discriminative model of the same points."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from hub.demos.likelihood import figures, geometry
from hub.demos.likelihood.common import Lab, Made, Shown, View, explained, guarded, notes_html, rows_text, shown
from hub.demos.likelihood.figures import BLUE, GREEN, ORANGE, PINK, Curve
from hub.demos.likelihood.points import points_pad
from hub.demos.likelihood.strings import STRINGS
from hub.tasks import likelihood as task
from hub.tasks.likelihood import two_ways
from hub.ui import html, pad, pictures
from hub.ui.strings import Language, language_of
from hub.ui.turns import QUIET


def show_classes(graphs: task.Graphs, rows: str, language: Language) -> Shown:
    """Generative against discriminative on the same points."""
    say = STRINGS.say
    data = task.read_rows(rows, 3, True)
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
    return [
        points_pad(data.tolist(), "classes", language), pictures.sent(figure, "two-classes"),
        table + notes_html(("separable",) * found.separable, language),
    ]  # fmt: skip


def show_learning(found: two_ways.LearningCurve, language: Language) -> Any:
    """Errors of both models on new points, as n grows."""
    curves = [
        Curve(STRINGS.say("generative", language), found.sizes, found.generative, GREEN),
        Curve(STRINGS.say("discriminative", language), found.sizes, found.discriminative, PINK, "dash"),
    ]
    across, up = STRINGS.say("n", language), STRINGS.say("errors", language)
    figure = figures.lines(curves, across, up, logs="x", points=True, percent=True)
    return pictures.sent(figure, "learning-curve")


def draw(lab: Lab) -> View:
    """Draw the view and wire its events."""
    s = STRINGS
    graphs = lab.graphs
    with gr.Tab(s("classes"), id="classes") as tab:
        _, look = explained("classes")
        with gr.Row():
            with gr.Column(min_width=300):
                with gr.Row():
                    worlds = {
                        world: gr.Button(s(f"world_{world}"), size="sm", min_width=130, elem_id=f"world-{world}")
                        for world in two_ways.WORLDS
                    }
                plane_rows = gr.Textbox(label=s("plane_rows"), lines=4, max_lines=6, elem_id="plane-rows")
                label = gr.Radio(["0", "1"], value="1", label=s("class"), elem_id="class")
                classes_button = gr.Button(s("run_losses"), variant="primary", elem_id="run-classes")
            with gr.Column(min_width=300):
                plane = pad.make("plane")
        classes_facts = gr.HTML(elem_id="classes-facts")
        with gr.Row():
            with gr.Column(min_width=300):
                classes_plot = pictures.plot("two-classes")
            with gr.Column(min_width=300):
                world = gr.State("gaussian")
                names = {name: gr.State(name) for name in two_ways.WORLDS}
                gr.Markdown(s("learning"))
                learning = pictures.plot("learning")
    learned = lru_cache(maxsize=8)(lambda name: two_ways.learning_curve(graphs, name))  # of a seed: always the same

    def along(settings: dict[str, Any], language: Language) -> Made:
        return {learning: show_learning(learned("gaussian"), language)}

    view = View(
        "classes", tab, look, {"data": plane_rows}, [plane, classes_plot, classes_facts],
        lambda *given: show_classes(graphs, *given), {"data": str},
        usual=lambda language, given: {"data": rows_text(two_ways.two_clouds("gaussian", 60, 3))},
        along=along, beside=(learning,),
    )  # fmt: skip
    lab.wire(view, classes_button.click)
    placed = [plane_rows, *lab.ends(view)[1]]
    chosen = [world, *placed]

    def on_plane(given: str, one: str, request: gr.Request, event: gr.EventData) -> list[Any]:
        language = language_of(request)
        added = np.array([(*point, float(one)) for point in pad.clicked(event)])
        more = f"{given or ''}\n{rows_text(added)}".strip()
        return [more, *guarded(language, lambda: view.run([more], language))]

    plane.click(lab.newest(on_plane, view.slug, placed), [plane_rows, label], placed, **QUIET)

    def on_world(name: str, request: gr.Request) -> list[Any]:
        language = language_of(request)
        given = rows_text(two_ways.two_clouds(name, 60, 3))
        return [name, given, *guarded(language, lambda: view.run([given], language))]

    def on_learning(name: str, request: gr.Request) -> Any:
        language = language_of(request)
        return guarded(language, lambda: show_learning(learned(name), language))

    tab.select(lab.newest(on_learning, "learning", [learning], yields=True), world, learning, **QUIET)
    for name, button in worlds.items():
        button.click(lab.newest(on_world, view.slug, chosen), names[name], chosen, **QUIET)
        button.click(lab.newest(on_learning, "learning", [learning]), names[name], learning, **QUIET)
    return view
