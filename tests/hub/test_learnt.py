"""What the networks of the gradient lab answer, by the graphs that train them."""

from __future__ import annotations

import numpy as np
import pytest

from hub.bundle import Bundle
from hub.tasks import gradients as task
from hub.tasks import learnt


def trained(bundle: Bundle, **settings: object) -> task.Run:
    run = task.Run(bundle, task.config(settings))
    while not run.finished:
        run.step()
    return run


@pytest.mark.parametrize("activation", task.ACTIVATIONS)
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("data", task.DATA_SETS)
def test_every_network_answers(gradient_lab: Bundle, activation: str, batch_norm: bool, data: str) -> None:
    run = trained(gradient_lab, activation=activation, batch_norm=batch_norm, data=data, depth=3, width=16, steps=2)
    for seen in (learnt.look(run), learnt.look(run, before=True)):
        assert not seen.broken and 0 <= seen.accuracy <= 1
        assert seen.kind == ("digits" if data == "digits" else "plane")
        assert ((seen.probabilities >= 0) & (seen.probabilities <= 1)).all()


def test_an_answer_is_the_logits_of_training(gradient_lab: Bundle) -> None:
    run = trained(gradient_lab, depth=4, width=16, steps=5, data="moons")
    again = run.probabilities(run._before["x"], before=True)
    logits = run._outputs["logits"]
    np.testing.assert_allclose(again, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))


def test_the_plane_stands_as_the_data_lie(gradient_lab: Bundle) -> None:
    run = trained(gradient_lab, depth=3, data="moons", learning_rate=2.0, steps=200)
    seen = learnt.look(run)
    x, classes = run.examples
    side, reach = len(seen.probabilities), learnt.reach(x)
    column, row = ((x / reach + 1) / 2 * side).astype(int).T  # the lowest y is the first row
    assert ((seen.probabilities[row, column] > 0.5) == (classes == 1)).mean() > 0.85


def test_a_large_network_is_looked_at_coarsely_and_in_pieces(gradient_lab: Bundle) -> None:
    run = trained(gradient_lab, depth=100, width=128, steps=1, data="spirals")
    assert len(learnt.look(run).probabilities) < learnt.SIDE
    small = trained(gradient_lab, depth=3, width=16, steps=1, data="spirals")
    assert len(learnt.look(small).probabilities) == learnt.SIDE


def test_what_is_recalled_was_never_trained_on(gradient_lab: Bundle) -> None:
    run = trained(gradient_lab, network="lstm", depth=12, width=16, steps=300, learning_rate=0.5, batch=32)
    seen = learnt.look(run)
    assert seen.accuracy > 0.9 and (seen.probabilities.argmax(axis=1) == np.arange(task.SYMBOLS)).all()
    np.testing.assert_allclose(seen.probabilities.sum(axis=1), 1)


def test_a_look_is_taken_again_only_when_it_is_cheap(gradient_lab: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def slow(run: task.Run) -> learnt.Learnt:
        now[0] += 0.5
        return learnt.Learnt("digits", np.full((10, 10), now[0]), 0.1)

    monkeypatch.setattr(learnt, "look", slow)
    monkeypatch.setattr(learnt.time, "perf_counter", lambda: now[0])
    run = trained(gradient_lab, depth=3, width=16, steps=1)
    looks = learnt.Looks([run, run])
    first = looks.again()
    now[0] += 1
    assert looks.again() is first
    assert looks.again(now=True) is not first
    before = looks.found
    now[0] += learnt.SHARE * 1.0 + 0.1
    assert looks.again() is not before


def test_training_stops_for_a_pause_at_once(gradient_lab: Bundle) -> None:
    runs = [task.Run(gradient_lab, task.config({"depth": depth, "steps": 100})) for depth in (3, 4)]
    stops = task.train(runs, 60, paused=lambda: runs[1].step_count >= 7)
    next(stops)
    assert [run.step_count for run in runs] == [7, 7]
    next(task.train(runs, 60, steps=5))
    assert [run.step_count for run in runs] == [12, 12]
