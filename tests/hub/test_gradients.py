"""The gradient lab as the hub runs it: what a visitor sets, what comes out, and what happens when it breaks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hub.bundle import Bundle
from hub.errors import InputError, TooLargeError
from hub.tasks import gradients as task


def finished(bundle: Bundle, **settings: object) -> task.Run:
    run = task.Run(bundle, task.config(settings))
    while not run.finished:
        run.step()
    return run


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth": 500}, "depth is 500; a whole number from 2 to 200 is allowed"),
        ({"depth": 1}, "depth is 1; a whole number from 2 to 200"),
        ({"depth": 2.5}, "depth is 2.5"),
        ({"width": "wide"}, "width is wide"),
        ({"activation": "swish"}, "activation is swish; known are sigmoid, tanh"),
        ({"learning_rate": math.nan}, "learning_rate is nan"),
        ({"sigma": math.inf}, "sigma is inf"),
        ({"clip_at": 0}, "clip_at is 0"),
        ({"l2": -1}, "l2 is -1"),
        ({"seed": None}, "seed is None"),
        ({"depht": 3}, "unknown setting 'depht'; known are network, activation, depth"),
        ({"steps": 10**9}, "steps is 1000000000"),
        (["depth"], "must be an object of settings, not list"),
        ("depth", "must be an object of settings, not str"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(settings: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        task.config(settings)  # type: ignore[arg-type]


def test_a_network_that_is_too_large_is_refused_before_it_is_made() -> None:
    with pytest.raises(TooLargeError, match="105 MB in float64; at most 56 MB"):
        task.config({"depth": 200, "width": 256})
    assert task.config({"depth": 200, "width": 256, "precision": "float32"}).depth == 200


def test_too_much_work_for_one_call_is_refused(gradient_lab: Bundle) -> None:
    with pytest.raises(TooLargeError, match="1000 steps of a deep network of this size are too much"):
        task.profile(gradient_lab, {"depth": 100, "width": 256, "steps": 1000})


@pytest.mark.parametrize("activation", task.ACTIVATIONS)
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("residual", [False, True])
def test_every_variant_learns(gradient_lab: Bundle, activation: str, batch_norm: bool, residual: bool) -> None:
    # A sigmoid learns slowly by itself; around a skip connection it is never below zero, and the same rate explodes.
    rates = {"sigmoid": 0.05 if residual else 1.0, "maxout": 0.02}
    run = finished(
        gradient_lab, activation=activation, batch_norm=batch_norm, residual=residual, depth=3, width=32, steps=60,
        learning_rate=rates.get(activation, 0.1), initialisation="xavier",
    )  # fmt: skip
    assert np.mean(run.losses[-10:]) < 0.97 * np.mean(run.losses[:5])
    last = run.history[-1]
    assert last.gradient_norm.shape == last.delta_norm.shape == last.update_ratio.shape == (3,)
    assert (last.gradient_norm > 0).all() and not last.problem


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("network", ["rnn", "lstm"])
def test_a_recurrent_network_learns(gradient_lab: Bundle, network: str, precision: str) -> None:
    run = finished(
        gradient_lab, network=network, depth=6, width=16, steps=200, learning_rate=0.5, clip="norm", precision=precision
    )
    assert np.mean(run.losses[-10:]) < 0.8 * run.losses[0]
    assert run.history[-1].delta_norm.shape == (6,) and run.history[-1].update_ratio.shape == (1,)


@pytest.mark.parametrize("data", task.DATA_SETS)
def test_data_is_the_same_for_the_same_seed(gradient_lab: Bundle, data: str) -> None:
    x, y = task.data_set(gradient_lab, data, 3)
    again, _ = task.data_set(gradient_lab, data, 3)
    assert np.array_equal(x, again) and len(x) == len(y)
    assert abs(x.mean()) < 1e-9 and x.std() == pytest.approx(1)
    assert set(y.tolist()) == set(range(10 if data == "digits" else 2))


def test_the_same_configuration_gives_the_same_run(gradient_lab: Bundle) -> None:
    runs = [finished(gradient_lab, activation="r-relu", depth=4, steps=5, seed=7) for _ in range(2)]
    assert runs[0].losses == runs[1].losses
    assert finished(gradient_lab, activation="r-relu", depth=4, steps=5, seed=8).losses != runs[0].losses


def test_a_sigmoid_vanishes_faster_than_a_quarter_a_layer(gradient_lab: Bundle) -> None:
    deltas = task.profile(gradient_lab, {"depth": 40, "steps": 1}).snapshot.delta_norm
    assert deltas[0] / deltas[-1] < 0.25**39


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "sigmoid"},
        {"activation": "tanh", "initialisation": "normal", "sigma": 0.07},
        {"activation": "relu", "initialisation": "normal", "sigma": 0.08},
        {"activation": "relu", "initialisation": "normal", "sigma": 0.2},
        {"activation": "leaky-relu", "initialisation": "normal", "sigma": 0.08, "slope": 0.2},
        {"activation": "p-relu", "initialisation": "normal", "sigma": 0.08},
        {"activation": "r-relu", "initialisation": "normal", "sigma": 0.08},
        {"activation": "maxout", "initialisation": "normal", "sigma": 0.07},
        {"activation": "tanh", "initialisation": "normal", "sigma": 0.06, "residual": True},
    ],
)
def test_the_measured_slope_is_that_of_the_theory(gradient_lab: Bundle, settings: dict[str, object]) -> None:
    config = {**settings, "depth": 40, "width": 128, "steps": 1}
    found = [task.profile(gradient_lab, {**config, "seed": seed}) for seed in range(3)]
    assert found[0].theory is not None
    measured = np.mean([each.snapshot.slope for each in found])
    assert measured == pytest.approx(found[0].theory.slope, rel=0.08, abs=0.01)


def test_where_the_theory_does_not_apply_there_is_none() -> None:
    assert task.theory(task.config({"batch_norm": True})) is None
    assert task.theory(task.config({"network": "lstm"})) is None
    exploding = {"activation": "relu", "initialisation": "normal", "sigma": 4, "depth": 200}
    assert task.theory(task.config(exploding)) is None


def test_an_explosion_is_caught_and_named(gradient_lab: Bundle) -> None:
    settings = {"activation": "relu", "depth": 30, "initialisation": "normal", "sigma": 0.4, "steps": 50}
    run = finished(gradient_lab, **settings)
    assert run.ended and run.step_count < 10 and run.history[-1].problem == "nan"
    count = run.step_count
    assert math.isnan(run.step()) and run.step_count == count  # a run that has ended stays as it is
    record = task.profile(gradient_lab, settings).record()
    assert record["problem"] == "nan" and None in [record["loss"], *record["gradient_norm"], *record["update_ratio"]]
    clipped = finished(gradient_lab, **settings, clip="norm", clip_at=0.5, learning_rate=0.001)
    assert not clipped.ended and clipped.step_count == 50


@pytest.mark.parametrize(
    "settings",
    [
        {"sigma": 4, "initialisation": "normal", "depth": 200, "activation": "relu"},
        {"learning_rate": 100, "batch_norm": True, "depth": 50},
        {"learning_rate": 100, "activation": "maxout", "residual": True},
        {"l1": 10, "l2": 10, "learning_rate": 100, "clip": "value", "clip_at": 1e6},
        {"network": "rnn", "initialisation": "normal", "sigma": 4, "depth": 200},
    ],
)
def test_extreme_values_end_in_words_not_in_an_exception(gradient_lab: Bundle, settings: dict[str, object]) -> None:
    run = finished(gradient_lab, **{"width": 16, "steps": 20, "batch": 16, **settings})
    assert run.history and run.history[-1].problem in ("", "nan", "underflow")
    table, edges = task.histograms(run.activations)
    assert np.isfinite(table).all() and np.isfinite(edges).all()


def test_float32_runs_out_of_small_numbers_where_float64_does_not(gradient_lab: Bundle) -> None:
    single, double = (
        task.profile(gradient_lab, {"depth": 120, "steps": 1, "precision": precision}).snapshot
        for precision in ("float32", "float64")
    )
    assert single.problem == "underflow" and single.delta_norm[0] == 0
    assert not double.problem and 0 < double.delta_norm[0] < 1e-60


def test_a_run_can_be_stopped_and_goes_on_where_it_was(gradient_lab: Bundle) -> None:
    config = task.config({"depth": 4, "steps": 30})
    whole = finished(gradient_lab, depth=4, steps=30)
    runs = task.Runs(capacity=2)
    run = runs.take("me", gradient_lab, config, 0)
    for _ in range(10):
        run.step()
    runs.put("me", run)
    run = runs.take("me", gradient_lab, config, 10)
    assert run.step_count == 10
    for _ in task.train([run], 0.001):
        pass
    assert run.losses == whole.losses and run.finished


def test_a_stream_that_is_dropped_has_paused_the_run(gradient_lab: Bundle) -> None:
    run = task.Run(gradient_lab, task.config({"depth": 4, "steps": 500}))
    stream = task.train([run], 0.002)
    next(stream)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    count = run.step_count
    assert 0 < count < 500
    run.step()
    assert run.step_count == count + 1


def test_a_run_that_had_to_go_is_computed_again(gradient_lab: Bundle) -> None:
    config = task.config({"depth": 3, "steps": 20})
    runs = task.Runs(capacity=1)
    first = runs.take("a", gradient_lab, config, 5)
    runs.put("a", first)
    runs.put("b", runs.take("b", gradient_lab, config, 0))
    assert len(runs) == 1
    again = runs.take("a", gradient_lab, config, 5)
    assert again is not first and again.losses == first.losses


def test_two_runs_go_side_by_side_until_both_are_done(gradient_lab: Bundle) -> None:
    runs = [task.Run(gradient_lab, task.config({"depth": depth, "steps": 20})) for depth in (2, 30)]
    for _ in task.train(runs, 0.001):
        assert abs(runs[0].step_count - runs[1].step_count) <= 1
    assert [run.step_count for run in runs] == [20, 20]


@pytest.mark.parametrize("activation", task.CHAINS)
def test_the_chain_is_the_product_of_its_factors(gradient_lab: Bundle, activation: str) -> None:
    found = task.chain(gradient_lab, activation, 50, 0.9, 0.1, 1.0)
    np.testing.assert_allclose(found.products, found.gradient, rtol=1e-10)
    value = {"sigmoid": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, "relu": lambda z: max(0.0, z)}[activation]

    def cost(change: float) -> float:
        y = 1.0
        for unit in range(5):
            y = value(0.9 * y + 0.1 + (change if unit == 0 else 0.0))
        return y * y / 2

    short = task.chain(gradient_lab, activation, 5, 0.9, 0.1, 1.0)
    assert (cost(1e-6) - cost(-1e-6)) / 2e-6 == pytest.approx(short.gradient[0], rel=1e-5)


@pytest.mark.parametrize("weight", [-4.0, -1.0, 0.5, 1.0, 3.9])
def test_the_bound_of_the_sigmoid_holds(gradient_lab: Bundle, weight: float) -> None:
    found = task.chain(gradient_lab, "sigmoid", 30, weight, 0.3, -1.0)
    assert found.bound is not None
    assert (np.abs(found.gradient) <= found.bound * (1 + 1e-12)).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [("activation", "maxout"), ("depth", 1), ("depth", True), ("depth", 2.0), ("weight", math.nan), ("bias", 1e9)],
)
def test_a_wrong_chain_is_refused(gradient_lab: Bundle, name: str, value: object) -> None:
    settings: dict[str, object] = {"activation": "sigmoid", "depth": 5, "weight": 1.0, name: value}
    with pytest.raises(InputError, match=f"{name} is"):
        task.chain(gradient_lab, **settings)  # type: ignore[arg-type]


def test_a_histogram_counts_every_value_once() -> None:
    values = np.concatenate([np.linspace(-1, 1, 999), [np.nan]])[None].repeat(2, axis=0)
    table, (low, high) = task.histograms(values)
    np.testing.assert_allclose(table.sum(axis=1), 1)
    assert -1 <= low < high <= 1
    table, _ = task.histograms(np.full((3, 5), np.inf))
    assert table.sum() == 0
