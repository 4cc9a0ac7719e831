"""Sum to one: raising one sample's probability lowers the others, and what all samples pull at."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr
import numpy as np

from hub.demos.likelihood import figures
from hub.demos.likelihood.common import Lab, Shown, View, explained, shown
from hub.demos.likelihood.figures import BLUE, GREEN, GREY, ORANGE, YELLOW, Curve
from hub.demos.likelihood.strings import STRINGS
from hub.tasks import likelihood as task
from hub.tasks.likelihood import balance
from hub.ui import html, pictures
from hub.ui.strings import Language
from hub.ui.turns import QUIET

LABELS = {"en": "cat cat cat cat dog dog dog fish fish bird", "zh": "猫 猫 猫 猫 狗 狗 狗 鱼 鱼 鸟"}
FIRST_STEPS = 10  # that the course has room for, before any is taken


def show_sum(graphs: task.Graphs, labels: str, moves: Sequence[str], language: Language) -> Shown:
    """A categorical model after some moves: bars, E log p and KL along the way, and the sums."""
    say = STRINGS.say
    counts = task.read_labels(labels)
    moves = [move for move in moves if move in counts or move == balance.ALL]
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
    return [
        pictures.sent(bars, "sum-to-one"), pictures.sent(course, "divergence"), html.note(facts) + moved,
        gr.Dropdown(choices=list(now.names), value=chosen), moves,
    ]  # fmt: skip


def draw(lab: Lab) -> View:
    """Draw the view and wire its events."""
    s = STRINGS
    with gr.Tab(s("sum"), id="sum") as tab:
        _, look = explained("sum")
        with gr.Row():
            with gr.Column(min_width=300):
                labels = gr.Textbox(LABELS["en"], label=s("labels"), info=s("labels_info"), elem_id="labels")
                lift = gr.Dropdown(LABELS["en"].split()[:1], label=s("lift"), elem_id="lift")
            with gr.Column(min_width=300):
                lift_button = gr.Button(s("lift_button"), variant="primary", elem_id="lift-button")
                all_button = gr.Button(s("all_button"), elem_id="all-button")
                reset = gr.Button(s("reset"), size="sm", elem_id="reset-sum")
        moves = gr.State([])
        sum_facts = gr.HTML(elem_id="sum-facts")
        with gr.Row():
            with gr.Column(min_width=300):
                bars = pictures.plot("bars")
            with gr.Column(min_width=300):
                course = pictures.plot("course")
    view = View(
        "sum", tab, look, {"data": labels, "moves": moves}, [bars, course, sum_facts, lift, moves],
        lambda *given: show_sum(lab.graphs, *given), {"data": str, "moves": lambda value: value.split("|")},
        usual=lambda language, given: {"data": LABELS[language], "moves": []},
    )  # fmt: skip
    lab.wire(view, labels.submit)
    inputs, outputs = lab.ends(view)
    # One after the other: each click adds to the moves before it.
    in_turn = {"concurrency_id": "likelihood-moves", "concurrency_limit": 1, **QUIET}
    for button, listed in (
        (lift_button, lambda given, done, name: [given, [*done, name]]),
        (all_button, lambda given, done, name: [given, [*done, balance.ALL]]),
        (reset, lambda given, done, name: [given, []]),
    ):
        button.click(lab.runs(view, listed), [*inputs, lift], outputs, **in_turn)
    return view
