"""What likelihood does: more data, underflow, losses, two ways to two classes, a sum of one, a bigram language model.

All log-likelihoods and gradients come from the graphs of the bundle, as in hub/tasks/likelihood.py.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from hub import limits
from hub.errors import InputError, Term, TooLargeError
from hub.tasks.likelihood import (
    CLOSED,
    FAMILIES,
    Fit,
    Graphs,
    check_parameters,
    design,
    fit_linear,
    fit_logistic,
    newton_logistic,
    run,
    sample,
    two_gaussians,
)

# --- consistency: what happens as n grows -----------------------------------------------------------------------------

SIZES = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
REPEATS = 60


@dataclass(frozen=True)
class Consistency:
    """Estimates of one parameter from repeated samples that grow.

    Args:
        sizes: int64 (S). estimates: float64 (R, S), each row one sample of which ever more is used; NaN where there is
            no maximum. standard_error: float64 (S), the inverse Fisher information at the truth.
        spread: float64 (S), the standard deviation over the repeats. low, high: 5 % of the estimates lie below, above.
            covered: share of the 95 % intervals
            estimate ± 1.96 standard errors (Fisher information at the estimate) that hold the truth, float64 (S).
    """

    parameter: str
    truth: float
    sizes: np.ndarray
    estimates: np.ndarray
    standard_error: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray
    covered: np.ndarray

    @property
    def band(self) -> tuple[np.ndarray, np.ndarray]:
        """truth ± 1.645 standard errors: nine of ten estimates lie in it, if n is large."""
        return self.truth - 1.645 * self.standard_error, self.truth + 1.645 * self.standard_error


def consistency(graphs: Graphs, family: str, truth: Sequence[float], parameter: str, seed: int = 0) -> Consistency:
    """Estimate again and again while the sample grows, for a family with a closed form."""
    if family not in CLOSED:
        raise InputError("data_family", found=repr(family)[:60], known=", ".join(CLOSED))
    point = check_parameters(family, truth)
    names = FAMILIES[family].parameters
    if parameter not in names:
        raise InputError("data_parameter", name="parameter", found=repr(parameter)[:20], wanted=", ".join(names))
    place = names.index(parameter)
    estimates = np.full((REPEATS, len(SIZES)), np.nan)
    covered = np.zeros((REPEATS, len(SIZES)))
    for row in range(REPEATS):
        data = sample(family, truth, SIZES[-1], seed * REPEATS + row)
        for column, n in enumerate(SIZES):
            part = data[:n]
            (estimate,) = run(graphs, family, ["estimate"], parameters=point, data=part)
            (information,) = run(graphs, family, ["information"], parameters=estimate[None], data=part)
            if np.isfinite(estimate[place]):
                estimates[row, column] = estimate[place]
            precision = information[0][place, place]  # the families' information is diagonal
            error = math.sqrt(1 / precision) if np.isfinite(precision) and precision > 0 else 0.0
            covered[row, column] = abs(estimate[place] - truth[place]) <= 1.96 * error
    (one,) = run(graphs, family, ["information"], parameters=point, data=sample(family, truth, 1, seed))
    sizes = np.array(SIZES)
    return Consistency(
        parameter=parameter,
        truth=float(truth[place]),
        sizes=sizes,
        estimates=estimates,
        standard_error=np.sqrt(1 / (one[0][place, place] * sizes)),
        spread=np.nanstd(estimates, axis=0),
        low=np.nanquantile(estimates, 0.05, axis=0),
        high=np.nanquantile(estimates, 0.95, axis=0),
        covered=covered.mean(axis=0),
    )


# --- product against sum of logarithms --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Underflow:
    """Π p and Σ log p over the first n samples.

    Args:
        lengths: int64 (M). log10: precision -> log₁₀ of the product, -inf where it is zero (M). log_sum: precision ->
            Σ log p (M). gone: precision -> the first n at which the product is exactly zero; None: never, so far.
    """

    lengths: np.ndarray
    log10: dict[str, np.ndarray]
    log_sum: dict[str, np.ndarray]
    gone: dict[str, int | None]

    @property
    def sum10(self) -> np.ndarray:
        """The float64 sum of logarithms in units of log₁₀, to stand beside log10."""
        return self.log_sum["float64"] / math.log(10)

    def last10(self, kind: str) -> float:
        """log₁₀ of the last product that is drawn and not zero."""
        alive = self.log10[kind][np.isfinite(self.log10[kind])]
        return float(alive[-1]) if len(alive) else 0.0


PRECISIONS = ("float32", "float64")


def underflow(graphs: Graphs, log_prob: np.ndarray) -> Underflow:
    """Multiply probabilities, each at most one, in two precisions.

    Args:
        log_prob: float64 (N), log p(x_i) ≤ 0.
    """
    n = len(log_prob)
    if not 1 <= n <= limits.MAX_LAB_SAMPLES:
        raise TooLargeError("data_samples", found=f"{n:,}", allowed=f"{limits.MAX_LAB_SAMPLES:,}")
    lengths = np.unique(np.round(np.linspace(1, n, 120)).astype(np.int64))
    products, sums, gone = {}, {}, {}
    for kind in PRECISIONS:
        products[kind], sums[kind] = _products(graphs, log_prob, lengths, kind)
        gone[kind] = _first_zero(graphs, log_prob, lengths, products[kind], kind)
    with np.errstate(divide="ignore"):
        log10 = {kind: np.log10(values.astype(np.float64)) for kind, values in products.items()}
    return Underflow(lengths, log10, {kind: values.astype(np.float64) for kind, values in sums.items()}, gone)


def same_log_probs(p: float, n: int) -> np.ndarray:
    """log p, n times. Raises InputError for a p that is no probability above 0."""
    if not 0 < p <= 1:
        raise InputError("data_parameter", name="p", found=f"{p:g}", wanted="0 < … ≤ 1")
    return np.full(max(1, min(n, limits.MAX_LAB_SAMPLES)), math.log(p))


def token_log_probs(graphs: Graphs, text: str, unit: str) -> np.ndarray:
    """log p of each token of a text under its own bigram model: none of them is impossible."""
    return read_with(graphs, bigram(graphs, text, unit, steps=0), text).log_prob


def _products(graphs: Graphs, log_prob: np.ndarray, lengths: np.ndarray, kind: str) -> list[np.ndarray]:
    return run(graphs, f"product_{kind}", ["product", "log_sum"], log_prob=log_prob.astype(kind), lengths=lengths)


def _first_zero(
    graphs: Graphs, log_prob: np.ndarray, lengths: np.ndarray, products: np.ndarray, kind: str
) -> int | None:
    """The product never grows, so the first zero lies between the last length that is not zero and the next one."""
    if products[-1] > 0:
        return None
    first = int((products == 0).argmax())
    low = int(lengths[first - 1]) if first else 0
    between = np.arange(low + 1, int(lengths[first]) + 1)
    found, _ = _products(graphs, log_prob, between, kind)
    return int(between[int((found == 0).argmax())])


# --- conditional likelihood: losses -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Losses:
    """Two losses along one parameter, the others at the maximum.

    Args:
        grid: float64 (G). negative_log_likelihood, loss: float64 (G), both for one sample; loss is the familiar one,
            in the units of the first. raw: the familiar loss in its own units. gap: the largest difference of the
            two curves. gradient_gap: the same of the two gradients, relative to their size.
    """

    parameter: str
    grid: np.ndarray
    negative_log_likelihood: np.ndarray
    loss: np.ndarray
    raw: np.ndarray
    best: float
    gap: float
    gradient_gap: float
    fit: Fit


GRID = 161


def least_squares(graphs: Graphs, rows: np.ndarray, sigma: float) -> Losses:
    """Linear regression with Gaussian noise of known σ, along the slope: -ℓ/n against MSE/(2σ²) + log(σ√(2π))."""
    number_above_zero("σ", sigma)
    fit = fit_linear(graphs, rows)
    x, y = rows.T.copy()
    a, b = fit.estimate["a"], fit.estimate["b"]
    reach = max(3 * (float(y.std()) or 1.0) / float(x.std()), 0.5 * abs(a))
    grid = np.linspace(a - reach, a + reach, GRID)
    points = np.stack([grid, np.full(GRID, b), np.full(GRID, sigma)], axis=1)
    names = ["log_likelihood", "mse", "gradient", "mse_gradient"]
    value, mse, gradient, mse_gradient = run(graphs, "linear", names, parameters=points, x=x, y=y)
    nll = -value / len(x)
    loss = mse / (2 * sigma**2) + math.log(sigma * math.sqrt(2 * math.pi))
    own, other = -gradient[:, :2] / len(x), mse_gradient / (2 * sigma**2)
    return Losses("a", grid, nll, loss, mse, a, float(np.abs(nll - loss).max()), _relative(own, other), fit)


def cross_entropy(graphs: Graphs, rows: np.ndarray, penalty: float = 0.0) -> Losses:
    """Logistic regression on rows [x, class], along the weight: -ℓ/n against the mean cross-entropy of a softmax.

    The intercept goes with the weight, so that p = ½ stays where it is: the one way that falls for ever where the
    classes are separated.

    Args:
        penalty: λ ≥ 0, for the fit alone; the curves are those of the likelihood.
    """
    if not penalty >= 0:
        raise InputError("data_parameter", name="λ", found=f"{penalty:g}", wanted="≥ 0")
    fit = fit_logistic(graphs, rows, penalty)
    x, y = rows[:, :1].copy(), rows[:, 1].copy()
    slope, intercept = fit.estimate.get("w1", 0.0), fit.estimate.get("b", 0.0)
    reach = max(2 * abs(slope), 3 / (float(x.std()) or 1.0))
    grid = np.linspace(slope - reach, slope + reach, GRID)
    turning = grid * (intercept / slope) if abs(slope) > 1e-3 * reach else np.full(GRID, intercept)
    points = np.stack([grid, turning], axis=1)
    names = ["log_likelihood", "cross_entropy", "gradient", "cross_entropy_gradient"]
    value, entropy, gradient, entropy_gradient = run(
        graphs, "logistic", names, parameters=points, x=design(x), y=y, penalty=np.zeros(1)
    )
    nll = -value / len(y)
    gap = float(np.abs(nll - entropy).max())
    return Losses("w1", grid, nll, entropy, entropy, slope, gap, _relative(-gradient / len(y), entropy_gradient), fit)


def _relative(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max() / max(float(np.abs(one).max()), 1e-300))


def number_above_zero(name: str, value: object) -> float:
    """Raises InputError."""
    if not isinstance(value, (int, float)) or not (0 < value <= limits.MAX_LAB_SIZE):
        raise InputError("data_parameter", name=name, found=str(value)[:20], wanted="> 0")
    return float(value)


def probabilities(graphs: Graphs, weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    """p(y = 1 | x) of a logistic regression: weights (D + 1), x (N, D) -> (N)."""
    return run(
        graphs, "logistic", ["probabilities"],
        parameters=weights[None], x=design(x), y=np.zeros(len(x)), penalty=np.zeros(1),
    )[0][0]  # fmt: skip


# --- generative against discriminative --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Boundary:
    """One model of two classes: p(y = 1 | x) = 1/(1 + e^-(w·x + b)) for both kinds.

    Args:
        weights: w₁, w₂, b. conditional: mean log p(y | x) of the data. accuracy: share of the data on the right side.
    """

    weights: np.ndarray
    conditional: float
    accuracy: float


@dataclass(frozen=True)
class TwoWays:
    """The same points, seen by a generative and a discriminative model."""

    generative: Boundary
    discriminative: Boundary
    prior: float
    means: np.ndarray  # (2, 2), a class in each row
    covariance: np.ndarray  # (2, 2)
    joint: float  # mean log p(x, y) of the generative model
    separable: bool  # then the discriminative weights are one line of many


def two_ways(graphs: Graphs, rows: np.ndarray) -> TwoWays:
    """Fit both models to rows [x₁, x₂, class]. Raises InputError where one cannot be fitted."""
    parts = two_gaussians(graphs, rows)
    x, y = rows[:, :2].copy(), rows[:, 2].copy()
    names = ["log_likelihood", "conditional_log_likelihood", "posterior", "weights"]
    joint, conditional, posterior, weights = run(graphs, "generative", names, x=x, y=y, **parts)
    logistic = newton_logistic(graphs, x, y)
    p = probabilities(graphs, logistic.weights, x)
    n = len(y)
    return TwoWays(
        generative=Boundary(weights, float(conditional[0]) / n, float(((posterior > 0.5) == y).mean())),
        discriminative=Boundary(logistic.weights, logistic.log_likelihood / n, float(((p > 0.5) == y).mean())),
        prior=float(parts["prior"][0]),
        means=parts["means"],
        covariance=parts["covariance"],
        joint=float(joint[0]) / n,
        separable=logistic.separable,
    )


def ellipse(mean: np.ndarray, covariance: np.ndarray, radius: float = 2.0) -> np.ndarray:
    """Where a Gaussian's density is that of ``radius`` standard deviations: float64 (65, 2)."""
    angle = np.linspace(0, 2 * math.pi, 65)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    made: np.ndarray = mean + radius * (np.linalg.cholesky(covariance) @ circle).T
    return made


def dividing_line(weights: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """The part of w₁x₁ + w₂x₂ + b = 0 in a box (x low, x high, y low, y high): float64 (2, 2); empty: none."""
    w1, w2, b = weights.tolist()
    left, right, bottom, top = box
    found = [(x, -(w1 * x + b) / w2) for x in (left, right)] if w2 else []
    found += [(-(w2 * y + b) / w1, y) for y in (bottom, top)] if w1 else []
    edge = 1e-9 * max(right - left, top - bottom)
    inside = [
        point for point in found if left - edge <= point[0] <= right + edge and bottom - edge <= point[1] <= top + edge
    ]
    return np.array(sorted(set(inside))[:: max(1, len(set(inside)) - 1)][:2]).reshape(-1, 2)


def box_of(x: np.ndarray, least: float = 1.0) -> tuple[float, float, float, float]:
    """A little more than what points (N, 2) span: x low, x high, y low, y high."""
    low, high = x.min(axis=0), x.max(axis=0)
    room = np.maximum(0.08 * (high - low), 0.1 * least)
    return float(low[0] - room[0]), float(high[0] + room[0]), float(low[1] - room[1]), float(high[1] + room[1])


def curve_of(graphs: Graphs, fit: Fit, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A fitted line, or the probability of class 1 of a logistic fit, over what x spans: (G), (G)."""
    room = 0.1 * (float(np.ptp(x)) or 1.0)
    grid = np.linspace(float(x.min()) - room, float(x.max()) + room, 121)
    if fit.family == "linear":
        return grid, fit.estimate["a"] * grid + fit.estimate["b"]
    weights = np.array([fit.estimate.get("w1", 0.0), fit.estimate.get("b", 0.0)])
    return grid, probabilities(graphs, weights, grid[:, None])


World = Literal["gaussian", "outliers"]
WORLDS: tuple[World, ...] = ("gaussian", "outliers")


def two_clouds(world: str, n: int, seed: int) -> np.ndarray:
    """Rows [x₁, x₂, class]: two Gaussian clouds of one covariance, or the same with far points in class 1."""
    if world not in WORLDS:
        raise InputError("data_parameter", name="world", found=repr(world)[:20], wanted=", ".join(WORLDS))
    if not 4 <= n <= limits.MAX_LAB_SAMPLES:
        raise InputError("data_parameter", name="n", found=n, wanted=f"4 … {limits.MAX_LAB_SAMPLES}")
    random = np.random.default_rng([seed, WORLDS.index(world)])
    y = np.arange(n) % 2
    mixing = np.array([[1.0, 0.4], [0.4, 0.8]])
    x = random.normal(size=(n, 2)) @ np.linalg.cholesky(mixing).T
    x += np.where(y[:, None] == 1, [1.1, 0.3], [-1.1, -0.3])
    if world == "outliers":
        far = (y == 1) & (random.uniform(size=n) < 0.2)
        x[far] += np.array([9.0, -7.0]) + random.normal(size=(int(far.sum()), 2))
    return np.round(np.concatenate([x, y[:, None]], axis=1), 3)


LEARNING_SIZES = (6, 10, 16, 30, 60, 120, 300)
LEARNING_REPEATS = 30
TEST_POINTS = 2_000


@dataclass(frozen=True)
class LearningCurve:
    """Mean share of errors on fresh points, after training on n: float64 (S) for each model."""

    sizes: np.ndarray
    generative: np.ndarray
    discriminative: np.ndarray


def learning_curve(graphs: Graphs, world: str, seed: int = 0) -> LearningCurve:
    """Ng and Jordan 2002: the generative model gets there with fewer points, if the world is as it believes."""
    test = two_clouds(world, TEST_POINTS, seed + 9_999)
    x, y = design(test[:, :2]), test[:, 2]
    errors = np.full((2, LEARNING_REPEATS, len(LEARNING_SIZES)), np.nan)
    for repeat in range(LEARNING_REPEATS):
        rows = two_clouds(world, LEARNING_SIZES[-1], seed * LEARNING_REPEATS + repeat)
        for column, n in enumerate(LEARNING_SIZES):
            part = rows[:n]
            try:
                parts = two_gaussians(graphs, part)
            except InputError:
                continue
            own_x, own_y = part[:, :2].copy(), part[:, 2].copy()
            (weights,) = run(graphs, "generative", ["weights"], x=own_x, y=own_y, **parts)
            errors[0, repeat, column] = ((x @ weights > 0) != y).mean()
            found = newton_logistic(graphs, own_x, own_y, steps=15)
            errors[1, repeat, column] = ((x @ found.weights > 0) != y).mean()
    means = np.nanmean(errors, axis=1)
    return LearningCurve(np.array(LEARNING_SIZES), means[0], means[1])


# --- probabilities sum to one -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Balance:
    """A categorical model beside what was seen.

    Args:
        logits, probabilities: float64 (K). seen: p̂, float64 (K). gradient: of the mean log-likelihood by the logits.
        expected_log_likelihood: E_p̂ log p. entropy: H(p̂). divergence: KL(p̂ || p); -E = H + KL.
    """

    names: tuple[str, ...]
    logits: np.ndarray
    probabilities: np.ndarray
    seen: np.ndarray
    gradient: np.ndarray
    expected_log_likelihood: float
    entropy: float
    divergence: float

    @property
    def total(self) -> float:
        return float(self.probabilities.sum())

    @property
    def identity_gap(self) -> float:
        """How exactly -E log p = H + KL holds."""
        return abs(self.expected_log_likelihood + self.entropy + self.divergence)


def shift(before: Balance, now: Balance, name: str) -> tuple[float, float]:
    """By how much the probability of one category grew, and by how much all others did together."""
    change = now.probabilities - before.probabilities
    place = now.names.index(name)
    return float(change[place]), float(np.delete(change, place).sum())


ALL = "*"  # the move that is for all samples
ALL_STEPS = 10
MAX_MOVES = 60


def replay(graphs: Graphs, counts: Counter[str], moves: Sequence[str]) -> tuple[np.ndarray, int]:
    """The way from equal probabilities through moves, each one category or ALL.

    Returns:
        The logits after each step, float64 (S, K), and the row before the last move.
    """
    path = [np.zeros(len(counts))]
    before = 0
    for move in moves[-MAX_MOVES:]:
        before = len(path) - 1
        if move == ALL:
            path += list(climb(graphs, counts, path[-1].tolist(), ALL_STEPS)[1:])
        else:
            path.append(push(graphs, counts, path[-1].tolist(), move))
    return np.stack(path), before


def balance(graphs: Graphs, counts: Counter[str], logits: Sequence[float]) -> Balance:
    """What the graph says of a categorical model with these logits. Raises InputError for logits that do not fit."""
    if len(logits) != len(counts):
        raise InputError("data_width", place=1, found=len(logits), wanted=len(counts))
    eta = np.array(logits, np.float64)
    if not np.isfinite(eta).all() or np.abs(eta).max() > 500:
        raise InputError("data_parameter", name="η", found=Term("too_large"), wanted="-500 … 500")
    seen = np.array(list(counts.values()), np.float64)
    p, gradient, expected, entropy, divergence, estimate = run(
        graphs, "categorical",
        ["probabilities", "gradient", "expected_log_likelihood", "entropy", "divergence", "estimate"],
        parameters=eta[None], counts=seen,
    )  # fmt: skip
    return Balance(
        tuple(counts), eta, p[0], estimate, gradient[0] / seen.sum(), float(expected[0]), float(entropy[0]),
        max(0.0, float(divergence[0])),
    )  # fmt: skip


def push(graphs: Graphs, counts: Counter[str], logits: Sequence[float], name: str, rate: float = 1.0) -> np.ndarray:
    """The logits after one step of gradient ascent on log p(name) alone: float64 (K)."""
    names = list(counts)
    if name not in names:
        raise InputError("data_parameter", name="category", found=repr(name)[:40], wanted=", ".join(names)[:200])
    one = np.zeros(len(names))
    one[names.index(name)] = 1.0
    eta = np.array(logits, np.float64)
    (gradient,) = run(graphs, "categorical", ["gradient"], parameters=eta[None], counts=one)
    return eta + rate * gradient[0]


def climb(graphs: Graphs, counts: Counter[str], logits: Sequence[float], steps: int, rate: float = 2.0) -> np.ndarray:
    """The logits at each step of gradient ascent on the mean log-likelihood of all samples: float64 (steps + 1, K)."""
    seen = np.array(list(counts.values()), np.float64)
    path = [np.array(logits, np.float64)]
    for _ in range(steps):
        (gradient,) = run(graphs, "categorical", ["gradient"], parameters=path[-1][None], counts=seen)
        path.append(path[-1] + rate * gradient[0] / seen.sum())
    return np.stack(path)


def divergences(graphs: Graphs, counts: Counter[str], path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """E_p̂ log p and KL(p̂ || p) along a path of logits (S, K): float64 (S) each."""
    seen = np.array(list(counts.values()), np.float64)
    expected, divergence = run(
        graphs, "categorical", ["expected_log_likelihood", "divergence"], parameters=path, counts=seen
    )
    return expected, divergence


# --- a bigram language model ------------------------------------------------------------------------------------------

OTHER = "…"
WORD = re.compile(r"[㐀-鿿]|[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
Unit = Literal["words", "characters"]


def read_text(data: object) -> str:
    """A text, or lines of one, of at most limits.MAX_TEXT_CHARS characters. Raises InputError."""
    if isinstance(data, (list, tuple)):
        wrong = [type(line).__name__ for line in data if not isinstance(line, str)]
        if wrong:
            raise InputError("data_type", wanted=Term("a_text"), found=Term("list_with", kind=wrong[0]))
        data = "\n".join(data)
    if not isinstance(data, str):
        raise InputError("data_type", wanted=Term("a_text"), found=type(data).__name__)
    if len(data) > limits.MAX_TEXT_CHARS:
        raise TooLargeError("data_characters", found=f"{len(data):,}", allowed=f"{limits.MAX_TEXT_CHARS:,}")
    if not data.strip():
        raise InputError("data_empty")
    return data.encode("utf-8", "replace").decode()


def tokens_of(text: str, unit: str) -> list[str]:
    """Words in lower case, Chinese characters and punctuation one by one; or all characters but line ends."""
    if unit == "characters":
        return [mark if mark != " " else "␣" for mark in " ".join(text.split())]
    return WORD.findall(text.lower())


@dataclass(frozen=True)
class Bigram:
    """A bigram model of a text at its maximum.

    Args:
        tokens: the vocabulary, most frequent first (V). counts, probabilities, standard_error: float64 (V, V), a row
            for each previous token. path: log-likelihood along gradient ascent from a uniform model.
    """

    unit: str
    tokens: tuple[str, ...]
    counts: np.ndarray
    probabilities: np.ndarray
    standard_error: np.ndarray
    log_likelihood: float
    perplexity: float
    path: np.ndarray
    best: float  # ℓ of the closed form without smoothing
    gradient_norm: float
    merged: int  # rare tokens that became OTHER

    @property
    def pairs(self) -> int:
        return int(self.counts.sum())

    def error(self, row: int, column: int) -> float | None:
        """The standard error of one probability; None at 0 and at 1, where it says nothing."""
        return float(self.standard_error[row, column]) if 0 < self.probabilities[row, column] < 1 else None

    def strongest(self, count: int) -> list[tuple[str, str, int, float, float | None]]:
        """The pairs seen most: both tokens, how often, p(second | first), its standard error."""
        order = np.argsort(-self.counts, axis=None, kind="stable")[:count]
        rows, columns = np.unravel_index(order, self.counts.shape)
        return [
            (self.tokens[i], self.tokens[j], int(self.counts[i, j]), float(self.probabilities[i, j]), self.error(i, j))
            for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
            if self.counts[i, j]
        ]


def bigram(graphs: Graphs, text: str, unit: str, steps: int = 60, smoothing: float = 0.0) -> Bigram:
    """Count pairs, take the closed form, and climb there by the graph's gradient as well.

    Args:
        text: as read_text gives it. smoothing: added to every count, a Dirichlet prior; 0 is maximum likelihood.

    Raises InputError for a text of fewer than two tokens.
    """
    found = tokens_of(text, unit)
    if len(found) < 2:
        raise InputError("data_short", found=len(found))
    if not 0 <= smoothing <= 100:
        raise InputError("data_parameter", name="α", found=f"{smoothing:g}", wanted="0 … 100")
    frequent = [token for token, _ in Counter(found).most_common()]
    kept = frequent if len(frequent) <= limits.MAX_LAB_TOKENS else [*frequent[: limits.MAX_LAB_TOKENS - 1], OTHER]
    index = {token: place for place, token in enumerate(kept)}
    places = np.array([index.get(token, len(kept) - 1) for token in found])
    counts = np.zeros((len(kept), len(kept)))
    np.add.at(counts, (places[:-1], places[1:]), 1.0)
    uniform = np.zeros_like(counts)
    names = ["estimate", "standard_error", "gradient"]
    estimate, errors, _ = run(graphs, "bigram", names, parameters=uniform, counts=counts + smoothing)
    with np.errstate(divide="ignore"):
        there = np.log(estimate)
    there[estimate.sum(axis=1) == 0] = 0.0  # the last token may have no next one: any row does
    value, perplexity, gradient, best = run(
        graphs, "bigram", ["log_likelihood", "perplexity", "gradient", "maximum"], parameters=there, counts=counts
    )
    path = _bigram_path(graphs, counts, steps)
    norm = float(np.abs(gradient).max() / counts.sum())
    return Bigram(
        unit=unit, tokens=tuple(kept), counts=counts, probabilities=estimate, standard_error=errors,
        log_likelihood=float(value[0]), perplexity=float(perplexity[0]), path=path, best=float(best[0]),
        gradient_norm=norm, merged=len(frequent) - len(kept) + (len(kept) < len(frequent)),
    )  # fmt: skip


def _bigram_path(graphs: Graphs, counts: np.ndarray, steps: int) -> np.ndarray:
    """ℓ along gradient ascent from all logits zero; a row moves at the pace of its own count."""
    pace = 4.0 / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    here, path = np.zeros_like(counts), []
    for _ in range(steps + 1):
        value, gradient = run(graphs, "bigram", ["log_likelihood", "gradient"], parameters=here, counts=counts)
        path.append(float(value[0]))
        here = here + pace * gradient
    return np.array(path)


def bigram_fit(model: Bigram) -> Fit:
    """The pairs that were seen, as an estimate each: "a → b"."""
    rows, columns = np.nonzero(model.counts)
    names = [f"{model.tokens[i]} → {model.tokens[j]}" for i, j in zip(rows, columns, strict=True)]
    unseen = bool((model.counts == 0).any())
    return Fit(
        "bigram", model.pairs, "closed form",
        dict(zip(names, model.probabilities[rows, columns].tolist(), strict=True)),
        dict(zip(names, map(model.error, rows.tolist(), columns.tolist()), strict=True)),
        model.log_likelihood, model.gradient_norm, ("unseen",) if unseen else (),
    )  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """log p of each token of a text after the one before it; -inf for a pair that was never seen."""

    tokens: tuple[str, ...]
    log_prob: np.ndarray
    log_likelihood: float
    perplexity: float

    @property
    def probabilities(self) -> list[float]:
        return np.exp(self.log_prob).tolist()

    @property
    def never(self) -> list[str]:
        """The pairs that are impossible, each once."""
        pairs = [
            f"{a} → {b}" for (a, b), log in zip(pairwise(self.tokens), self.log_prob, strict=True) if log == -math.inf
        ]
        return list(dict.fromkeys(pairs))


def read_with(graphs: Graphs, model: Bigram, text: str) -> Reading:
    """Another text under a bigram model. Raises InputError for fewer than two tokens."""
    found = tokens_of(read_text(text), model.unit)
    if len(found) < 2:
        raise InputError("data_short", found=len(found))
    index = {token: place for place, token in enumerate(model.tokens)}
    places = [index.get(token, index.get(OTHER, -1)) for token in found]
    with np.errstate(divide="ignore"):
        logs = np.log(model.probabilities)
    log_prob = np.array([logs[a, b] if a >= 0 and b >= 0 else -math.inf for a, b in pairwise(places)])
    total = float(log_prob.sum())
    return Reading(tuple(found), log_prob, total, math.exp(min(-total / len(log_prob), 700)) if total > -math.inf
                   else math.inf)  # fmt: skip


def write_with(model: Bigram, count: int, seed: int) -> list[str]:
    """Tokens sampled from a bigram model, from a token that begins a pair."""
    random = np.random.default_rng(seed)
    rows = model.probabilities.sum(axis=1)
    starts = np.where(rows > 0, model.counts.sum(axis=1), 0)
    here = int(random.choice(len(starts), p=starts / starts.sum()))
    made = [model.tokens[here]]
    for _ in range(count - 1):
        if rows[here] <= 0:
            break
        here = int(random.choice(len(rows), p=model.probabilities[here] / rows[here]))
        made.append(model.tokens[here])
    return made


def write_text(model: Bigram, count: int, seed: int | None = None) -> str:
    """What `write_with` writes, as it is read. seed: None for another text each time."""
    seed = int(np.random.default_rng().integers(1 << 31)) if seed is None else seed
    tokens = write_with(model, count, seed)
    if model.unit == "characters":
        return "".join(tokens).replace("␣", " ")
    return re.sub(r"(?<=[㐀-鿿,。!?]) (?=[㐀-鿿,。!?])", "", " ".join(tokens))
