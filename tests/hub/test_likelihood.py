"""Estimates against scipy.stats and scikit-learn on the same data, and what happens where there is no maximum."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.mixture import GaussianMixture

from hub import limits
from hub.bundle import Bundle, Bundles
from hub.errors import InputError, TooLargeError
from hub.tasks import likelihood as task
from hub.tasks.likelihood import estimate, fit_mle, graphs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lab() -> Bundle:
    return Bundles(ROOT / "onnx").get("likelihood-lab", task.TASK)


def two_humps(seed: int = 3, n: int = 400) -> np.ndarray:
    return task.sample("mixture", [0.35, -2.0, 0.7, 2.5, 1.2], n, seed)


def some_classes(n: int = 120, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 2)) * [1.0, 30.0] + [5.0, -100.0]  # columns of unlike size
    y = random.uniform(size=n) < 1 / (1 + np.exp(-(1.3 * (x[:, 0] - 5) - 0.02 * (x[:, 1] + 100) + 0.4)))
    return np.column_stack([x, y])


# --- against other programs -------------------------------------------------------------------------------------------


def test_gaussian_is_scipys(lab: Bundle) -> None:
    data = task.sample("gaussian", [3.0, 2.0], 300, 1)
    found = fit_mle(lab, "gaussian", data.tolist())
    assert found.values == pytest.approx(scipy.stats.norm.fit(data), rel=1e-12)
    assert found.log_likelihood == pytest.approx(scipy.stats.norm(*found.values).logpdf(data).sum(), rel=1e-12)
    sigma = found.estimate["σ"]
    assert found.standard_error["μ"] == pytest.approx(sigma / math.sqrt(300))
    assert found.standard_error["σ"] == pytest.approx(sigma / math.sqrt(600))


def test_exponential_is_scipys(lab: Bundle) -> None:
    data = task.sample("exponential", [0.7], 200, 1)
    found = fit_mle(lab, "exponential", data.tolist())
    assert found.values[0] == pytest.approx(1 / scipy.stats.expon.fit(data, floc=0)[1], rel=1e-9)
    assert found.log_likelihood == pytest.approx(scipy.stats.expon(scale=1 / found.values[0]).logpdf(data).sum())


@pytest.mark.parametrize(
    ("family", "truth", "distribution", "bounds"),
    [
        ("poisson", [4.2], scipy.stats.poisson, {"mu": (0.01, 50)}),
        ("bernoulli", [0.3], scipy.stats.bernoulli, {"p": (0, 1)}),
    ],
)
def test_discrete_families_are_scipys(lab: Bundle, family: str, truth: list[float], distribution, bounds) -> None:
    data = task.sample(family, truth, 250, 4)
    found = fit_mle(lab, family, data.tolist())
    other = scipy.stats.fit(distribution, data.astype(int), bounds)
    assert found.values[0] == pytest.approx(other.params[0], abs=2e-4)  # its search stops there
    assert found.log_likelihood == pytest.approx(distribution(found.values[0]).logpmf(data).sum(), rel=1e-12)
    assert found.log_likelihood >= -other.nllf() - 1e-9


def test_categorical_is_the_shares(lab: Bundle) -> None:
    found = fit_mle(lab, "categorical", ["a", "b", "a", "c", "a"])
    assert found.estimate == pytest.approx({"a": 0.6, "b": 0.2, "c": 0.2})
    assert found.log_likelihood == pytest.approx(scipy.stats.multinomial(5, [0.6, 0.2, 0.2]).logpmf([3, 1, 1])
                                                 - math.log(20))  # fmt: skip
    assert found.standard_error["a"] == pytest.approx(math.sqrt(0.6 * 0.4 / 5))


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_mixture_is_scikit_learns(lab: Bundle, seed: int) -> None:
    data = two_humps(seed)
    found = fit_mle(lab, "mixture", data.tolist())
    other = GaussianMixture(2, tol=1e-12, max_iter=5000, reg_covar=0.0, n_init=5, random_state=0).fit(data[:, None])
    order = np.argsort(other.means_[:, 0])
    scales = np.sqrt(other.covariances_[order, 0, 0])
    wanted = [other.weights_[order][0], other.means_[order[0], 0], scales[0], other.means_[order[1], 0], scales[1]]
    assert found.values == pytest.approx(wanted, rel=1e-4, abs=1e-4)
    assert found.log_likelihood is not None
    assert found.log_likelihood >= other.score(data[:, None]) * len(data) - 1e-8
    assert found.gradient_norm < 1e-8 and not found.notes


def test_the_standard_errors_of_the_mixture_are_those_of_repeated_samples(lab: Bundle) -> None:
    repeats = np.array([fit_mle(lab, "mixture", two_humps(seed, 600)).values for seed in range(40)])
    errors = list(fit_mle(lab, "mixture", two_humps(0, 600)).standard_error.values())
    assert errors == pytest.approx(repeats.std(axis=0), rel=0.45)


def test_linear_regression_is_scikit_learns(lab: Bundle) -> None:
    random = np.random.default_rng(0)
    x = random.uniform(0, 10, 80)
    y = 1.7 * x - 3 + random.normal(size=80)
    found = fit_mle(lab, "linear", np.column_stack([x, y]).tolist())
    other = LinearRegression().fit(x[:, None], y)
    residual = y - other.predict(x[:, None])
    assert found.values == pytest.approx([other.coef_[0], other.intercept_, residual.std()], rel=1e-9)
    slope = scipy.stats.linregress(x, y)  # divides by n - 2
    assert found.standard_error["a"] == pytest.approx(slope.stderr * math.sqrt(78 / 80), rel=1e-9)


@pytest.mark.parametrize("seed", [0, 1])
def test_logistic_regression_is_scikit_learns(lab: Bundle, seed: int) -> None:
    rows = some_classes(seed=seed)
    found = fit_mle(lab, "logistic", rows.tolist())
    other = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(
        rows[:, :2], rows[:, 2]
    )
    assert found.values == pytest.approx([*other.coef_[0], other.intercept_[0]], rel=1e-6)
    p = other.predict_proba(rows[:, :2])[np.arange(len(rows)), rows[:, 2].astype(int)]
    assert found.log_likelihood == pytest.approx(np.log(p).sum(), rel=1e-10)
    assert all(error and error > 0 for error in found.standard_error.values())


def test_logistic_regression_with_a_penalty_is_scikit_learns(lab: Bundle) -> None:
    rows = some_classes()
    found = task.fit_logistic(lab, rows, penalty=2.0)
    other = LogisticRegression(C=0.5, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(rows[:, :2], rows[:, 2])
    assert found.values == pytest.approx([*other.coef_[0], other.intercept_[0]], rel=1e-6)


def test_two_gaussians_are_the_moments_of_the_classes(lab: Bundle) -> None:
    rows = some_classes()
    found = fit_mle(lab, "two_gaussians", rows.tolist())
    of = [rows[rows[:, 2] == c, :2] for c in (0, 1)]
    centred = np.concatenate([part - part.mean(axis=0) for part in of])
    pooled = centred.T @ centred / len(rows)
    assert found.values == pytest.approx([
        rows[:, 2].mean(), *of[0].mean(axis=0), *of[1].mean(axis=0), pooled[0, 0], pooled[0, 1], pooled[1, 1],
    ])  # fmt: skip
    joint = sum(
        scipy.stats.multivariate_normal(part.mean(axis=0), pooled).logpdf(part).sum()
        + len(part) * math.log(len(part) / len(rows))
        for part in of
    )
    assert found.log_likelihood == pytest.approx(joint)
    assert found.gradient_norm < 1e-9


def test_bigram_is_the_share_of_the_pairs(lab: Bundle) -> None:
    found = fit_mle(lab, "bigram", ["the cat sat on the mat and the cat ran"])
    assert found.estimate["the → cat"] == pytest.approx(2 / 3) and found.n == 9
    assert found.log_likelihood == pytest.approx(2 * math.log(2 / 3) + math.log(1 / 3) + 2 * math.log(0.5))


# --- properties -------------------------------------------------------------------------------------------------------

values = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40)
slow = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(data=values, shift=st.floats(-0.5, 0.5), stretch=st.floats(0.5, 2))
@slow
def test_nothing_near_is_likelier_than_the_estimate(
    lab: Bundle, data: list[float], shift: float, stretch: float
) -> None:
    found = fit_mle(lab, "gaussian", data)
    if found.log_likelihood is None:
        return
    mu, sigma = found.values
    near = np.array([[mu + shift * sigma, sigma * stretch]])
    assert task.log_likelihoods(lab, "gaussian", near, np.array(data))[0] <= found.log_likelihood + 1e-6


@given(data=st.lists(st.integers(0, 50), min_size=1, max_size=40), start=st.floats(0.1, 90))
@slow
def test_every_way_up_never_falls_and_ends_at_the_closed_form(lab: Bundle, data: list[int], start: float) -> None:
    found = fit_mle(lab, "poisson", data)
    if "boundary" in found.notes:
        return
    path = task.ascend(lab, "poisson", np.array(data, float), [start], "gradient")
    assert (np.diff(path.log_likelihood) >= 0).all()
    assert path.points[-1, 0] == pytest.approx(found.values[0], rel=1e-4)


@given(text=st.text(max_size=60))
@slow
def test_any_text_is_read_or_refused_in_words(lab: Bundle, text: str) -> None:
    for family in task.FAMILIES:
        try:
            fit_mle(lab, family, text)
        except InputError as error:
            assert str(error) and "Traceback" not in str(error)


@given(data=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2), max_leaves=12,
))  # fmt: skip
@slow
def test_anything_is_fitted_or_refused_in_words(lab: Bundle, data: object) -> None:
    for family in task.FAMILIES:
        try:
            found = fit_mle(lab, family, data)
        except InputError as error:
            assert str(error)
        else:
            assert all(note in task.NOTES for note in found.notes)


@pytest.mark.parametrize("method", ["gradient", "scoring"])
@pytest.mark.parametrize(("family", "start"), [
    ("bernoulli", [0.9]), ("gaussian", [-4.0, 6.0]), ("poisson", [0.3]), ("exponential", [6.0]),
])  # fmt: skip
def test_the_ascent_arrives(lab: Bundle, family: str, start: list[float], method: task.Method) -> None:
    data = task.sample(family, task.hidden_truth(family, 1), 80, 1)
    path = task.ascend(lab, family, data, start, method)
    assert path.arrived and (np.diff(path.log_likelihood) >= 0).all()
    assert path.points[-1] == pytest.approx(fit_mle(lab, family, data).values, rel=1e-4)
    assert len(path.points) < 15 or method == "gradient"


@pytest.mark.parametrize("method", ["gradient", "em"])
def test_the_ascent_of_a_mixture_reaches_its_estimate(lab: Bundle, method: task.Method) -> None:
    data = two_humps()
    path = task.ascend(lab, "mixture", data, [0.5, -1.0, 1.0, 1.0, 1.0], method, 400)
    assert (np.diff(path.log_likelihood) >= -1e-9).all()
    assert path.points[-1] == pytest.approx(fit_mle(lab, "mixture", data).values, rel=1e-2)


def test_the_gradient_is_the_slope_of_the_surface(lab: Bundle) -> None:
    for family in task.CURVES:
        data = task.sample(family, task.hidden_truth(family, 2), 50, 2)
        at = np.array(task.hidden_truth(family, 3))
        found = task.gradient_at(lab, family, at.tolist(), data)
        for place, name in enumerate(task.FAMILIES[family].parameters):
            step = np.zeros_like(at)
            step[place] = 1e-6
            high, low = task.log_likelihoods(lab, family, np.stack([at + step, at - step]), data)
            assert found[name] == pytest.approx((high - low) / 2e-6, rel=1e-4, abs=1e-3)


def test_a_surface_in_parts_is_the_surface(lab: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    data = task.sample("gaussian", [0.0, 1.0], 40, 0)
    ranges = {"μ": (-1.0, 1.0), "σ": (0.5, 2.0)}
    whole = task.surface(lab, "gaussian", data, ranges, [0.0, 1.0])
    monkeypatch.setattr(graphs, "CELLS", 1000)
    parts = task.surface(lab, "gaussian", data, ranges, [0.0, 1.0])
    assert parts.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-13)
    row, column = np.unravel_index(whole.log_likelihood.argmax(), whole.log_likelihood.shape)
    best = fit_mle(lab, "gaussian", data)
    assert whole.y is not None
    assert [whole.x[column], whole.y[row]] == pytest.approx(best.values, abs=0.05)


def test_a_density_integrates_to_one(lab: Bundle) -> None:
    for family in ("gaussian", "exponential", "mixture"):
        truth = np.array([task.hidden_truth(family, 1)])
        grid = np.linspace(-30 if family != "exponential" else 0, 60, 20_001)
        assert np.trapezoid(task.densities(lab, family, truth, grid)[0], grid) == pytest.approx(1, abs=1e-2)


# --- where there is no maximum ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "data", "note"),
    [
        ("bernoulli", [0] * 10, "boundary"),
        ("bernoulli", [1] * 3, "boundary"),
        ("poisson", [0, 0], "boundary"),
        ("gaussian", [4.0] * 5, "constant"),
        ("gaussian", [4.0], "constant"),
        ("mixture", [1.0, 1.0, 1.0], "constant"),
        ("mixture", [0.0, 1.0], "collapse"),
        ("exponential", [0, 0, 0], "infinite"),
        ("linear", [[0, 1], [1, 3], [2, 5]], "perfect"),
        ("logistic", [[0, 0], [1, 0], [2, 1], [3, 1]], "separable"),
        ("logistic", [[0, 1], [1, 1]], "one_class"),
        ("categorical", ["a", "a"], "boundary"),
    ],
)
def test_a_missing_maximum_is_explained(lab: Bundle, family: str, data: list, note: str) -> None:
    found = fit_mle(lab, family, data)
    assert note in found.notes and note in task.NOTES
    assert all(error is None for error in found.standard_error.values())


def test_separation_is_cured_by_a_penalty(lab: Bundle) -> None:
    rows = np.array([[0, 0], [1, 0], [2, 1], [3, 1.0]])
    cured = task.fit_logistic(lab, rows, penalty=0.1)
    assert not cured.notes and all(cured.standard_error.values()) and cured.gradient_norm < 1e-9


def test_points_on_the_dividing_line_are_no_estimate_either(lab: Bundle) -> None:
    found = fit_mle(lab, "logistic", [[0, 0], [1, 0], [2, 0], [2, 1], [3, 1], [4, 1]])
    assert found.notes == ("touching",) and set(found.standard_error.values()) == {None}


def test_a_mixture_climbs_without_end_onto_one_value(lab: Bundle) -> None:
    data = two_humps(n=60)
    best = fit_mle(lab, "mixture", data)
    start = [0.02, float(data[7]), 0.01, 0.0, 3.0]
    path = task.ascend(lab, "mixture", data, start, "em", 300)
    assert best.log_likelihood is not None and not path.arrived
    assert path.points[-1, 2] < 1e-3 and path.points[-1, 1] == pytest.approx(data[7])
    narrow = np.array([[0.02, float(data[7]), 10.0**-k, 0.0, 3.0] for k in (2, 20, 60, 120)])
    climbed = task.log_likelihoods(lab, "mixture", narrow, data)
    assert (np.diff(climbed) > 0).all() and climbed[-1] > best.log_likelihood


# --- wrong data -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["1,5 2,5 3,5", "1,5; 2,5", "1,5, 2,5, 3,5", "1,5\n2,5\n3,5", "1 2,5"])
def test_a_comma_that_may_be_decimal_is_refused(lab: Bundle, data: str) -> None:
    with pytest.raises(InputError, match="one number with a decimal comma, or two numbers"):
        fit_mle(lab, "gaussian", data)


@pytest.mark.parametrize("data", ["1,2,4", "1, 2, 4", "1 2 4", "1\n2\n4", "1,2\n4", "1; 2; 4", "1,2, 4", "1，2，4"])
def test_numbers_may_be_separated_in_any_usual_way(lab: Bundle, data: str) -> None:
    assert fit_mle(lab, "gaussian", data).estimate["μ"] == pytest.approx(7 / 3)


def test_columns_may_be_separated_by_commas_alone(lab: Bundle) -> None:
    assert fit_mle(lab, "linear", "1,5\n2,7\n3,9").estimate["a"] == pytest.approx(2)
    with pytest.raises(InputError, match="decimal comma"):
        fit_mle(lab, "logistic", "1,5 1\n2,5 0\n3,5 1\n1,0 0")


@pytest.mark.parametrize(
    ("family", "data", "part"),
    [
        ("gaussian", "", "no data"),
        ("gaussian", [], "no data"),
        ("gaussian", "1, x, 3", "value 2 is 'x', which is not a number"),
        ("gaussian", [1, None], "value 2 is None"),
        ("gaussian", [1, float("nan")], "value 2 is nan"),
        ("gaussian", "1 inf", "value 2 is inf"),
        ("gaussian", [10**400], "many digits"),
        ("gaussian", [1e300], "use a larger unit"),
        ("gaussian", {"a": 1}, "must be a list of numbers, not dict"),
        ("gaussian", None, "not NoneType"),
        ("bernoulli", [0, 2], "value 2 is 2: a Bernoulli sample is 0 or 1"),
        ("poisson", [1.5], "a whole number"),
        ("poisson", [-1], "a whole number"),
        ("exponential", [-0.1], "not negative"),
        ("linear", [[1, 2], [1, 3]], "all x are the same"),
        ("linear", [[1, 2, 3]], "line 1 has 3 values, needed are 2"),
        ("linear", [1, 2], "a list of rows"),
        ("logistic", [[1, 2]], "ends in 2: the class is 0 or 1"),
        ("two_gaussians", [[0, 0, 0], [1, 1, 1], [2, 2, 0]], "one line"),
        ("bigram", "word", "1 tokens; a bigram needs at least two"),
        ("bigram", [1], "a list with int"),
        ("cauchy", [1], "unknown family 'cauchy'; known: bernoulli"),
        (None, [1], "unknown family None"),
    ],
)
def test_wrong_data_are_refused_in_words(lab: Bundle, family: object, data: object, part: str) -> None:
    with pytest.raises(InputError) as found:
        fit_mle(lab, family, data)
    assert part in str(found.value)


@pytest.mark.parametrize(
    ("family", "data"),
    [
        ("gaussian", [0.0] * (limits.MAX_LAB_SAMPLES + 1)),
        ("gaussian", "1 " * limits.MAX_LAB_CHARS),
        ("categorical", [str(k) for k in range(limits.MAX_LAB_CATEGORIES + 1)]),
        ("bigram", "a " * limits.MAX_TEXT_CHARS),
    ],
)
def test_too_much_is_refused(lab: Bundle, family: str, data: object) -> None:
    with pytest.raises(TooLargeError, match="at most"):
        fit_mle(lab, family, data)


def test_the_largest_values_are_fitted(lab: Bundle) -> None:
    found = fit_mle(lab, "gaussian", [1e9, -1e9, 1e9 - 1])
    assert found.log_likelihood is not None and math.isfinite(found.log_likelihood)
    assert fit_mle(lab, "poisson", [10**9]).values == [1e9]


def test_every_family_has_an_estimator() -> None:
    assert set(estimate.ESTIMATORS) == set(task.FAMILIES)
