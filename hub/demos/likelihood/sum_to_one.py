"""Sum to one: raising one sample's probability lowers the others, and what all samples pull at."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import gradio as gr
import numpy as np

from hub.demos.likelihood import figures
from hub.demos.likelihood.examples import LABELS
from hub.demos.likelihood.figures import BLUE, GREEN, GREY, ORANGE, YELLOW, Curve
from hub.demos.likelihood.strings import STRINGS
from hub.demos.likelihood.words import formula, shown
from hub.tasks import likelihood as task
from hub.tasks.likelihood import balance
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.turns import QUIET
from hub.ui.view import STAND, Kit, Scene, View

FIRST_STEPS = 10  # that the course has room for, before any is taken


class Settings(settings.Settings):
    """The samples, and what has been raised so far: categories with a bar between two of them."""

    data: Annotated[str, Control(label="labels", submits=True)] = ""
    moves: Annotated[str, Control(label="lift")] = ""


def show(graphs: task.Graphs, settings: Settings, language: Language) -> dict[str, Any]:
    """A categorical model after some moves: bars, E log p and KL along the way, and the sums."""
    say = STRINGS.say
    counts = task.read_labels(settings.data)
    moves = [move for move in settings.moves.split("|") if move in counts or move == balance.ALL]
    path, last = balance.replay(graphs, counts, moves)
    now = balance.balance(graphs, counts, path[-1].tolist())
    groups = [(say("now", language), now.probabilities, BLUE), (say("shares", language), now.seen, GREY)]
    moved = ""
    if moves:
        before = balance.balance(graphs, counts, path[last].tolist())
        groups.insert(0, (say("before", language), before.probabilities, YELLOW))
        if moves[-1] in counts:
            up, others = balance.shift(before, now, moves[-1])
            text = say("raised", language, name=moves[-1], up=f"{up:.4f}", others=f"{others:.4f}")
        else:
            text = say("balanced", language)
        moved = html.note(text, "notice")
    bars = figures.shares(now.names, groups, say("probability", language))
    expected, divergence = balance.divergences(graphs, counts, path)
    steps = np.arange(len(path))
    ahead = max(FIRST_STEPS, len(path) - 1)
    course = figures.lines(
        [
            Curve(say("expected", language), steps, expected, BLUE),
            Curve(say("ceiling", language), np.array([0, ahead]), np.full(2, -now.entropy), GREEN, "dash"),
            Curve(say("divergence", language), steps, divergence, ORANGE),
        ],
        say("step", language), "", points=len(steps) < 40, height=320, steps=ahead,
    )  # fmt: skip
    facts = say(
        "sum_facts", language, total=f"{now.total:.12g}", expected=f"{now.expected_log_likelihood:.5f}",
        entropy=f"{now.entropy:.5f}", divergence=f"{now.divergence:.5f}", gap=shown(now.identity_gap, 1),
    )  # fmt: skip
    chosen = next((move for move in reversed(moves) if move in counts), now.names[0])
    return {
        "bars": pictures.sent(bars, "sum-to-one"),
        "course": pictures.sent(course, "divergence"),
        "facts": html.note(facts) + moved,
        "lift": gr.Dropdown(choices=list(now.names), value=chosen),
        STAND: settings.changed(moves="|".join(moves)),
    }


def draw(kit: Kit) -> None:
    """Lay it out."""
    formula("sum")
    kit.look("look_sum")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.control("data", info=STRINGS("labels_info"), elem_id="labels")
            kit.output("lift", gr.Dropdown([], label=STRINGS("lift"), elem_id="lift"))
            kit.control("moves", visible="hidden")
        with gr.Column(min_width=300):
            kit.output("lift_button", gr.Button(STRINGS("lift_button"), variant="primary", elem_id="lift-button"))
            kit.output("all_button", gr.Button(STRINGS("all_button"), elem_id="all-button"))
            kit.output("reset", gr.Button(STRINGS("reset"), size="sm", elem_id="reset-sum"))
    kit.html("facts", "sum-facts")
    with gr.Row():
        with gr.Column(min_width=300):
            kit.plot("bars", "bars")
        with gr.Column(min_width=300):
            kit.plot("course", "course")


def wire(kit: Kit, wiring: Any) -> None:
    """The buttons: in the browser, where the moves stand, each adds to those before it, however fast they come."""
    run, view = wiring.callback(kit.view, kit.view.show), kit.view
    moves, lift = kit.controls["moves"], kit.outputs["lift"]
    for name, script in (
        ("lift_button", "(moves, lift) => [...(moves ? [moves] : []), lift].join('|')"),
        ("all_button", f"(moves) => [...(moves ? [moves] : []), '{balance.ALL}'].join('|')"),
        ("reset", "() => ''"),
    ):
        moved = kit.outputs[name].click(None, [moves, lift], moves, js=script, **QUIET)
        moved.then(run, wiring.inputs(view), wiring.written(view), **QUIET)


def start(scene: Scene) -> Settings:
    """Samples in the language of the page."""
    return Settings(data=LABELS[scene.language])


def view(graphs: task.Graphs) -> View:
    """The view."""
    return View("sum", Settings, draw, partial(show, graphs), start=start, wire=wire, long="data")
