"""More data, underflow, losses, two ways to two classes, a sum of one, a bigram language model."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

from hub import limits
from hub.bundle import Bundle, Bundles
from hub.errors import InputError, TooLargeError
from hub.tasks import likelihood as task
from hub.tasks.likelihood import balance, bigram, consistency, losses, products, two_ways

ROOT = Path(__file__).resolve().parents[2]
TEXT = "the cat sat on the mat . the dog sat on the log . the cat saw the dog ."
slow = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def lab() -> Bundle:
    return Bundles(ROOT / "onnx").get("likelihood-lab", task.TASK)


@pytest.mark.parametrize("family", task.CLOSED)
def test_estimates_gather_round_the_truth_at_the_pace_of_fisher(lab: Bundle, family: str) -> None:
    truth = task.hidden_truth(family, 1)
    for place, name in enumerate(task.FAMILIES[family].parameters):
        found = consistency.consistency(lab, family, truth, name)
        assert found.truth == truth[place]
        assert found.spread[-1] < found.spread[0] / 10
        assert found.spread[4:] == pytest.approx(found.standard_error[4:], rel=0.35)  # of 60 repeats
        assert np.nanmean(found.estimates[:, -1]) == pytest.approx(truth[place], abs=3 * found.standard_error[-1])
        assert 0.85 <= found.covered[-1] <= 1


def test_the_product_is_zero_from_the_first_n_that_numpy_finds(lab: Bundle) -> None:
    log_prob = np.log(np.random.default_rng(0).uniform(0.2, 0.9, 3000))
    found = products.underflow(lab, log_prob)
    for kind in products.PRECISIONS:
        gone = found.gone[kind]
        running = np.cumprod(np.exp(log_prob.astype(kind)))
        assert gone is not None and gone == pytest.approx(int((running == 0).argmax()) + 1, abs=1)
        assert found.log_sum[kind] == pytest.approx(np.cumsum(log_prob)[found.lengths - 1], rel=1e-5)
        alive = found.lengths < gone * 0.9
        assert found.log10[kind][alive] == pytest.approx(found.log_sum["float64"][alive] / math.log(10), rel=1e-3)
        assert (found.log10[kind][found.lengths >= gone] == -np.inf).all()


def test_a_coin_is_gone_where_the_smallest_number_is(lab: Bundle) -> None:
    found = products.underflow(lab, np.full(2000, math.log(0.5)))
    assert found.gone == {"float32": 150, "float64": 1075}
    assert products.underflow(lab, np.full(100, math.log(0.5))).gone == {"float32": None, "float64": None}
    with pytest.raises(TooLargeError):
        products.underflow(lab, np.zeros(limits.MAX_LAB_SAMPLES + 1))


@given(seed=st.integers(0, 1000), sigma=st.floats(0.1, 10))
@slow
def test_gaussian_noise_is_the_mean_squared_error(lab: Bundle, seed: int, sigma: float) -> None:
    rows = np.random.default_rng(seed).normal(size=(20, 2)) * 3
    found = losses.least_squares(lab, rows, sigma)
    assert found.gap <= 1e-10 * max(1.0, float(np.abs(found.loss).max())) and found.gradient_gap < 1e-9
    assert found.grid[found.raw.argmin()] == pytest.approx(found.best, abs=np.ptp(found.grid) / 100)
    assert found.best == pytest.approx(scipy.stats.linregress(*rows.T).slope)


@given(seed=st.integers(0, 1000))
@slow
def test_logistic_regression_is_the_cross_entropy(lab: Bundle, seed: int) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=30)
    rows = np.column_stack([x, random.uniform(size=30) < 1 / (1 + np.exp(-x))])
    if np.ptp(rows[:, 1]) == 0:
        return
    found = losses.cross_entropy(lab, rows)
    assert found.gap < 1e-12 and found.gradient_gap < 1e-9


def test_two_ways_are_scikit_learns(lab: Bundle) -> None:
    rows = two_ways.two_clouds("gaussian", 200, 1)
    found = two_ways.two_ways(lab, rows)
    x, y = rows[:, :2], rows[:, 2]
    lda = LinearDiscriminantAnalysis(solver="lsqr").fit(x, y)
    unbiased = found.generative.weights[:2] * len(y) / (len(y) - 2)  # sklearn weighs classes by n, so does this
    direction = lda.coef_[0] / np.linalg.norm(lda.coef_[0])
    assert unbiased / np.linalg.norm(unbiased) == pytest.approx(direction, rel=1e-6)
    own = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(x, y)
    assert found.discriminative.weights == pytest.approx([*own.coef_[0], *own.intercept_], rel=1e-6)
    assert found.discriminative.conditional >= found.generative.conditional
    assert found.generative.accuracy == pytest.approx((lda.predict(x) == y).mean(), abs=0.011)


def test_the_generative_model_needs_fewer_points_if_the_world_is_as_it_believes(lab: Bundle) -> None:
    right = two_ways.learning_curve(lab, "gaussian")
    assert right.generative[1] < right.discriminative[1]
    wrong = two_ways.learning_curve(lab, "outliers")
    assert wrong.discriminative[-1] < wrong.generative[-1] - 0.02


def test_a_class_of_none_is_refused(lab: Bundle) -> None:
    with pytest.raises(InputError, match="points of both classes"):
        two_ways.two_ways(lab, np.array([[0, 0, 1], [1, 1, 1], [2, 0, 1.0]]))


counts = st.lists(st.integers(1, 30), min_size=2, max_size=6).map(
    lambda sizes: Counter({f"k{place}": size for place, size in enumerate(sizes)})
)


@given(counts=counts, rate=st.floats(0.01, 5), data=st.data())
@slow
def test_raising_one_lowers_the_others_and_the_sum_stays_one(
    lab: Bundle, counts: Counter[str], rate: float, data
) -> None:
    eta = data.draw(st.lists(st.floats(-3, 3), min_size=len(counts), max_size=len(counts)))
    name = data.draw(st.sampled_from(list(counts)))
    before = balance.balance(lab, counts, eta).probabilities
    after = balance.balance(lab, counts, balance.push(lab, counts, eta, name, rate)).probabilities
    place = list(counts).index(name)
    assert after[place] > before[place]
    assert after.sum() == pytest.approx(1) and np.delete(after, place).sum() < np.delete(before, place).sum()


@given(counts=counts)
@slow
def test_all_together_come_to_the_shares_that_were_seen(lab: Bundle, counts: Counter[str]) -> None:
    path = balance.climb(lab, counts, [0.0] * len(counts), 60)
    expected, divergence = balance.divergences(lab, counts, path)
    assert (np.diff(expected) >= -1e-12).all()
    found = balance.balance(lab, counts, path[-1].tolist())
    assert -found.expected_log_likelihood == pytest.approx(found.entropy + found.divergence)
    shares = np.array(list(counts.values())) / sum(counts.values())
    assert divergence[0] == pytest.approx(scipy.stats.entropy(shares, np.full(len(shares), 1 / len(shares))))
    assert divergence[-1] <= divergence[0] + 1e-12
    assert found.seen == pytest.approx(shares)


def test_logits_that_do_not_fit_are_refused(lab: Bundle) -> None:
    for logits in ([0.0], [math.nan, 0.0], [1e9, 0.0]):
        with pytest.raises(InputError):
            balance.balance(lab, Counter("ab"), logits)
    with pytest.raises(InputError, match="category"):
        balance.push(lab, Counter("ab"), [0.0, 0.0], "c")


def test_a_bigram_model_counts_and_climbs_to_the_same_place(lab: Bundle) -> None:
    found = bigram.bigram(lab, TEXT, "words", steps=400)
    row = found.tokens.index("the")
    assert found.probabilities[row, found.tokens.index("cat")] == pytest.approx(2 / 6)
    assert found.standard_error[row, found.tokens.index("cat")] == pytest.approx(math.sqrt(2 / 6 * 4 / 6 / 6))
    assert (np.diff(found.path) >= -1e-9).all()
    assert found.path[0] == pytest.approx(-found.pairs * math.log(len(found.tokens)))
    assert found.path[-1] == pytest.approx(found.log_likelihood, abs=0.2) and found.path[-1] <= found.log_likelihood
    assert found.perplexity == pytest.approx(math.exp(-found.log_likelihood / found.pairs))
    assert found.gradient_norm < 1e-9


def test_what_was_never_seen_is_impossible_until_the_counts_are_smoothed(lab: Bundle) -> None:
    plain, smooth = (bigram.bigram(lab, TEXT, "words", smoothing=alpha) for alpha in (0.0, 0.5))
    new = "the log sat on the cat"
    assert bigram.read_with(lab, plain, new).log_likelihood == -math.inf
    reading = bigram.read_with(lab, smooth, new)
    assert math.isfinite(reading.log_likelihood) and reading.perplexity > smooth.perplexity
    assert smooth.log_likelihood < plain.log_likelihood
    assert smooth.probabilities.sum(axis=1) == pytest.approx(np.ones(len(smooth.tokens)))


def test_a_reading_of_the_own_text_is_its_likelihood(lab: Bundle) -> None:
    found = bigram.bigram(lab, TEXT, "words")
    assert bigram.read_with(lab, found, TEXT).log_likelihood == pytest.approx(found.log_likelihood)


def test_a_bigram_model_writes_pairs_that_it_has_seen(lab: Bundle) -> None:
    found = bigram.bigram(lab, TEXT, "words")
    written = bigram.write_with(found, 40, 1)
    seen = {(a, b) for a, b in zip(TEXT.split(), TEXT.split()[1:], strict=False)}
    assert set(itertools.pairwise(written)) <= seen and len(written) > 1
    assert written == bigram.write_with(found, 40, 1)


def test_chinese_is_read_character_by_character(lab: Bundle) -> None:
    assert bigram.tokens_of("模型已定, GPT-2 说。", "words") == ["模", "型", "已", "定", ",", "gpt-2", "说", "。"]
    assert bigram.tokens_of("a b", "characters") == ["a", "␣", "b"]


def test_rare_tokens_become_one(lab: Bundle) -> None:
    found = bigram.bigram(lab, " ".join(f"w{k}" for k in range(limits.MAX_LAB_TOKENS + 50)), "words", steps=1)
    assert len(found.tokens) == limits.MAX_LAB_TOKENS and found.tokens[-1] == bigram.OTHER
    assert found.merged == 51 and found.pairs == limits.MAX_LAB_TOKENS + 49
