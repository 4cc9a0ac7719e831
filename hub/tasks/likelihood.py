"""Maximum likelihood: data in; estimates, standard errors, surfaces and ways up the surface out.

Log-likelihoods, gradients, Fisher information, closed forms and EM steps are outputs of the bundle's graphs, one graph
a family, in float64. What is done here: reading data, changes of variables, the search, and matrix algebra.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from hub import limits
from hub.errors import InputError, Term, TooLargeError
from hub.session import Session
from hub.text import split_lines

TASK = "likelihood-lab"

Kind = Literal["numbers", "labels", "text", "pairs", "classes"]
Link = Literal["identity", "log", "logit"]
Method = Literal["gradient", "scoring", "em"]


class Graphs(Protocol):
    """A bundle of the task; each variant is the graph of that name."""

    def session(self, variant: str = "") -> Session: ...


# --- families ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    """A model and how its parameters are free to move.

    Args:
        links: for each parameter of the graph the change of variables that frees it for gradient ascent.
        lows, highs: bounds of the support of one sample.
    """

    name: str
    kind: Kind
    parameters: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    discrete: bool = False
    lows: float = -math.inf
    highs: float = math.inf


FAMILIES = {
    family.name: family
    for family in (
        Family("bernoulli", "numbers", ("p",), ("logit",), True, 0, 1),
        Family("categorical", "labels"),
        Family("gaussian", "numbers", ("μ", "σ"), ("identity", "log")),
        Family("poisson", "numbers", ("λ",), ("log",), True, 0),
        Family("exponential", "numbers", ("λ",), ("log",), False, 0),
        Family("mixture", "numbers", ("w₁", "μ₁", "σ₁", "μ₂", "σ₂")),
        Family("bigram", "text"),
        Family("linear", "pairs", ("a", "b", "σ")),
        Family("logistic", "classes"),
        Family("two_gaussians", "classes"),
    )
}
CURVES = ("bernoulli", "gaussian", "poisson", "exponential", "mixture")  # have a density over numbers
CLOSED = ("bernoulli", "gaussian", "poisson", "exponential")


def family_of(name: object) -> Family:
    """Raises InputError that lists the known names."""
    if not isinstance(name, str) or name not in FAMILIES:
        raise InputError("data_family", found=repr(name)[:60], known=", ".join(FAMILIES))
    return FAMILIES[name]


# --- reading data -----------------------------------------------------------------------------------------------------

SEPARATORS = re.compile("[\\s,;\uff0c\uff1b\u3001|]+")  # full-width commas and semicolons too


DECIMAL = re.compile(r"[+-]?\d+,\d+")  # a number where commas are decimal, elsewhere two


def _unambiguous(data: object, columns: bool = False) -> None:
    """Raises InputError where commas of typed numbers may be decimal: "1,5 2,5", "1,5; 2,5", "1,5, 2,5".

    Args:
        columns: the numbers stand in columns, where "1,5" is a whole line.
    """
    if not isinstance(data, str):
        return
    lines = [line.strip() for line in split_lines(data) if line.strip()]
    doubtful = [DECIMAL.fullmatch(line) for line in lines] if len(lines) > 1 and not columns else [None]
    for line in lines:
        apart = [DECIMAL.fullmatch(piece) for piece in re.split(r"\s*[;；|]\s*|(?<![,，\s])\s+", line)]
        listed = [DECIMAL.fullmatch(piece) for piece in re.split(r"[,，]\s+", line)]
        found = next(filter(None, apart), None) if len(apart) > 1 else None
        found = found or (listed[0] if len(listed) > 1 and all(listed) else None)
        found = found or (doubtful[0] if all(doubtful) else None)
        if found:
            raise InputError("data_comma", found=found[0][:40])


def number(value: object, place: int) -> float:
    """One finite number of a size that float64 can square. Raises InputError with its place, from 1."""
    if isinstance(value, str):
        typed = value
        try:
            value = float(typed)
        except ValueError:
            raise InputError("data_number", place=place, found=repr(typed[:40])) from None
    if isinstance(value, bool):
        value = int(value)
    if not isinstance(value, (int, float, np.integer, np.floating)):
        raise InputError("data_number", place=place, found=repr(value)[:40])
    if isinstance(value, int) and abs(value) > 10**15:  # may be too large for a float
        raise InputError("data_huge", place=place, found=Term("many_digits"), allowed=f"{limits.MAX_LAB_SIZE:g}")
    made = float(value)
    if not math.isfinite(made):
        raise InputError("data_finite", place=place, found=made)
    if abs(made) > limits.MAX_LAB_SIZE:
        raise InputError("data_huge", place=place, found=f"{made:g}", allowed=f"{limits.MAX_LAB_SIZE:g}")
    return made


def _pieces(data: object, wanted: Term) -> list[Any]:
    if isinstance(data, str):
        if len(data) > limits.MAX_LAB_CHARS:
            raise TooLargeError("data_characters", found=f"{len(data):,}", allowed=f"{limits.MAX_LAB_CHARS:,}")
        return [piece for piece in SEPARATORS.split(data) if piece]
    if isinstance(data, np.ndarray):
        data = data.tolist()
    if not isinstance(data, (list, tuple)):
        raise InputError("data_type", wanted=wanted, found=type(data).__name__)
    return list(data)


def _counted(pieces: Sequence[Any]) -> None:
    if not pieces:
        raise InputError("data_empty")
    if len(pieces) > limits.MAX_LAB_SAMPLES:
        raise TooLargeError("data_samples", found=f"{len(pieces):,}", allowed=f"{limits.MAX_LAB_SAMPLES:,}")


def read_numbers(family: str, data: object) -> np.ndarray:
    """Samples of a family over numbers, from a list or from what was typed: float64 (N).

    Raises:
        InputError: no data, not a number, not finite, or outside what the family can produce.
        TooLargeError: more than limits.MAX_LAB_SAMPLES.
    """
    pieces = _pieces(data, Term("list_of_numbers"))
    _unambiguous(data)
    _counted(pieces)
    made = np.array([number(piece, place) for place, piece in enumerate(pieces, 1)])
    wrong, code = {
        "bernoulli": ((made != 0) & (made != 1), "data_binary"),
        "poisson": ((made < 0) | (made != np.floor(made)), "data_count"),
        "exponential": (made < 0, "data_negative"),
    }.get(family, (np.zeros(len(made), bool), ""))
    if wrong.any():
        place = int(wrong.argmax())
        raise InputError(code, place=place + 1, found=f"{made[place]:g}")
    if family == "mixture" and len(made) < 2:
        raise InputError("data_few", found=len(made), allowed=2)
    return made


def read_labels(data: object) -> Counter[str]:
    """How often each category was seen, in the order in which they come. Raises InputError."""
    pieces = _pieces(data, Term("list_of_labels"))
    _counted(pieces)
    for place, piece in enumerate(pieces, 1):
        if not isinstance(piece, (str, int, float)):
            raise InputError("data_number", place=place, found=repr(piece)[:40])
    found = Counter(str(piece)[:40] for piece in pieces)
    if len(found) > limits.MAX_LAB_CATEGORIES:
        raise TooLargeError("data_categories", found=f"{len(found):,}", allowed=f"{limits.MAX_LAB_CATEGORIES:,}")
    return found


def read_rows(data: object, width: int, classes: bool) -> np.ndarray:
    """Rows of numbers, from a list of lists or from lines: float64 (N, width).

    Args:
        classes: the last column is a class, 0 or 1.
    """
    if isinstance(data, str):
        _pieces(data, Term("list_of_rows"))  # only its length
        _unambiguous(data, columns=True)
        data = [SEPARATORS.split(line.strip()) for line in split_lines(data) if line.strip()]
    rows = _pieces(data, Term("list_of_rows"))
    _counted(rows)
    made = []
    for place, row in enumerate(rows, 1):
        if not isinstance(row, (list, tuple)):
            raise InputError("data_type", wanted=Term("list_of_rows"), found=Term("list_of", kind=type(row).__name__))
        cells = [cell for cell in row if cell != ""]
        if len(cells) != width:
            raise InputError("data_width", place=place, found=len(cells), wanted=width)
        made.append([number(cell, place) for cell in cells])
        if classes and made[-1][-1] not in (0, 1):
            raise InputError("data_class", place=place, found=f"{made[-1][-1]:g}")
    return np.array(made)


# --- the graphs -------------------------------------------------------------------------------------------------------

CELLS = 1_000_000  # points x samples of one onnxruntime call: 8 MB for each array in it


def run(graphs: Graphs, graph: str, outputs: Sequence[str], **feeds: np.ndarray) -> list[np.ndarray]:
    """Named outputs of a graph, whose inputs and outputs are called GRAPH_NAME. Raises BundleError."""
    named = {f"{graph}_{name}": value for name, value in feeds.items()}
    return graphs.session(graph).run(named, [f"{graph}_{name}" for name in outputs])


def at(graphs: Graphs, family: str, points: np.ndarray, data: np.ndarray, outputs: Sequence[str]) -> list[np.ndarray]:
    """Outputs of a family's graph at many parameter points, (P, …) each; a large grid goes in parts.

    Args:
        points: the graph's own parameters (P, k), of the mixture (P, 3, M).
        data: float64 (N).
    """
    step = max(1, CELLS // max(1, len(data)))
    parts = [
        run(graphs, family, outputs, parameters=points[start : start + step], data=data)
        for start in range(0, len(points), step)
    ]
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def mixture_point(values: Sequence[float]) -> np.ndarray:
    """(w₁, μ₁, σ₁, μ₂, σ₂) as the graph has it, (3, 2): logits of the weights, means, log σ."""
    w, m1, s1, m2, s2 = values
    return np.array([[math.log(w), math.log1p(-w)], [m1, m2], [math.log(s1), math.log(s2)]])


def mixture_values(point: np.ndarray) -> np.ndarray:
    """The inverse of `mixture_point`."""
    weights = np.exp(point[0] - point[0].max())
    weights = weights / weights.sum()
    scales = np.exp(point[2])
    return np.array([weights[0], point[1, 0], scales[0], point[1, 1], scales[1]])


def graph_points(family: str, values: np.ndarray) -> np.ndarray:
    """Parameters as a person says them, (P, k), as the graph takes them."""
    made = np.asarray(values, np.float64)
    if family != "mixture":
        return made
    w, m1, s1, m2, s2 = made.T
    rows = ((np.log(w), np.log1p(-w)), (m1, m2), (np.log(s1), np.log(s2)))
    return np.stack([np.stack(pair, axis=1) for pair in rows], axis=1)


def check_parameters(family: str, values: Sequence[float]) -> np.ndarray:
    """One point (1, k) of a family over numbers. Raises InputError for a value that the family does not have."""
    known = FAMILIES[family].parameters
    if len(values) != len(known):
        raise InputError("data_width", place=1, found=len(values), wanted=len(known))
    for name, value in zip(known, values, strict=True):
        made = number(value, 1)
        if name[0] in "pw" and not 0 < made < 1 and not (family == "bernoulli" and 0 <= made <= 1):
            raise InputError("data_parameter", name=name, found=f"{made:g}", wanted="0 < … < 1")
        if name[0] in "σλ" and not made > 0:
            raise InputError("data_parameter", name=name, found=f"{made:g}", wanted="> 0")
    return np.array([values], np.float64)


def log_likelihoods(graphs: Graphs, family: str, values: np.ndarray, data: np.ndarray) -> np.ndarray:
    """ℓ at many points: values (P, k) as a person says them -> (P)."""
    return at(graphs, family, graph_points(family, values), data, ["log_likelihood"])[0]


def densities(graphs: Graphs, family: str, values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """p(x; θ) over a grid of x: (P, k), (G) -> (P, G)."""
    return np.exp(at(graphs, family, graph_points(family, values), grid, ["log_prob"])[0])


def gradient_at(graphs: Graphs, family: str, values: Sequence[float], data: np.ndarray) -> dict[str, float]:
    """∂ℓ/∂θ at one point, by parameter; of the mixture by (w₁, μ₁, σ₁, μ₂, σ₂)."""
    point = graph_points(family, check_parameters(family, values))
    found = at(graphs, family, point, data, ["gradient"])[0][0]
    names = FAMILIES[family].parameters
    if family == "mixture":
        w, _, s1, _, s2 = values
        found = np.array([found[0, 0] / (w * (1 - w)), found[1, 0], found[2, 0] / s1, found[1, 1], found[2, 1] / s2])
    return dict(zip(names, found.tolist(), strict=True))


# --- the search -------------------------------------------------------------------------------------------------------

STEPS = 200  # of gradient ascent
STRIDES = 2.0 ** np.arange(4, -16, -1)  # step sizes tried in one call, in units of the last one
STILL = 1e-9  # of the mean gradient: standing at the top


@dataclass(frozen=True)
class Path:
    """The way up: float64 points (S, k) as a person says them, ℓ (S), the norm of the mean gradient (S)."""

    points: np.ndarray
    log_likelihood: np.ndarray
    gradient_norm: np.ndarray
    method: Method
    arrived: bool  # the gradient is zero there, not only the steps used up


def frames(path: Path, count: int) -> list[int]:
    """How many points of a path to show in each picture of its climb: early steps one by one, later ones faster."""
    return sorted({round(value) for value in np.geomspace(1, len(path.points), count).tolist()})


def free(family: str, values: np.ndarray) -> np.ndarray:
    """θ (k) without bounds: log of what is positive, logit of what is between 0 and 1."""
    made = np.array(values, np.float64)
    for place, link in enumerate(FAMILIES[family].links):
        if link == "log":
            made[place] = math.log(made[place])
        elif link == "logit":
            made[place] = math.log(made[place]) - math.log1p(-made[place])
    return made


def bound(family: str, free_values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse of `free` for (P, k), and dθ/du (P, k)."""
    made, slope = np.array(free_values, np.float64), np.ones_like(free_values)
    for place, link in enumerate(FAMILIES[family].links):
        column = np.clip(made[:, place], -700, 700)
        if link == "log":
            made[:, place] = slope[:, place] = np.exp(column)
        elif link == "logit":
            p = 1 / (1 + np.exp(-column))
            made[:, place], slope[:, place] = p, p * (1 - p)
    return made, slope


def ascend(
    graphs: Graphs, family: str, data: np.ndarray, start: Sequence[float], method: Method, steps: int = STEPS
) -> Path:
    """Climb from a point by the graph's gradients.

    method "gradient": steepest ascent with the best of twenty step sizes, all tried in one call; "scoring": the step
    is the inverse Fisher information times the gradient (Fisher 1925); "em" (mixture alone).

    Returns:
        The path; its log-likelihood never falls.
    """
    first = check_parameters(family, start)[0]
    if family == "mixture":
        return _ascend_mixture(graphs, data, mixture_point(first), method, steps)
    n = len(data)

    def look(free_points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        theta, slope = bound(family, free_points)
        value, gradient, information = at(graphs, family, theta, data, ["log_likelihood", "gradient", "information"])
        information = information * slope[:, :, None] * slope[:, None, :]
        return theta, value / n, gradient * slope / n, information / n

    inner = free(family, np.clip(first, 1e-9, 1 - 1e-9) if family == "bernoulli" else first)
    found, values, norms, arrived = _climb(look, inner, method == "scoring", steps)
    return Path(found, values * n, norms, "scoring" if method == "scoring" else "gradient", arrived)


Look = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]]


def _climb(look: Look, start: np.ndarray, scoring: bool, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
    """The shown points, mean log-likelihoods and gradient norms of a line search along (natural) gradients."""
    here, stride = start, 1.0
    shown, value, gradient, information = (None if part is None else part[0] for part in look(here[None]))
    assert shown is not None and value is not None and gradient is not None
    points, values, norms = [shown], [float(value)], [float(np.abs(gradient).max())]
    arrived = False
    for _ in range(steps):
        if not np.isfinite(gradient).all() or norms[-1] < STILL:
            arrived = norms[-1] < STILL
            break
        direction = gradient
        if scoring and information is not None:
            direction = np.linalg.lstsq(information, gradient, rcond=1e-12)[0]
        candidates = here + stride * STRIDES[:, None] * direction
        found = look(candidates)
        scores = np.where(np.isfinite(found[1]), found[1], -np.inf)
        best = int(scores.argmax())
        if not scores[best] > values[-1]:
            arrived = norms[-1] < 1e-5  # no digit of the log-likelihood is left to gain
            break
        stride *= float(STRIDES[best])
        here = candidates[best]
        shown, value, gradient = found[0][best], found[1][best], found[2][best]
        information = None if found[3] is None else found[3][best]
        points.append(shown)
        values.append(float(value))
        norms.append(float(np.abs(gradient).max()))
    return np.array(points), np.array(values), np.array(norms), arrived


SMALLEST = 1e-3  # of the data's spread: a component narrower than this has collapsed onto single values


def collapsed(values: Sequence[float] | np.ndarray, data: np.ndarray) -> bool:
    """Whether a mixture, by its values, has a component on single values."""
    return min(values[2], values[4]) < SMALLEST * max(float(data.std()), 1e-12)


def _ascend_mixture(graphs: Graphs, data: np.ndarray, start: np.ndarray, method: Method, steps: int) -> Path:
    n, floor = len(data), math.log(max(float(data.std()), 1e-12) * SMALLEST * 1e-4)
    if method != "em":

        def look(free_points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, None]:
            points = free_points.reshape(-1, 3, 2)
            value, gradient = at(graphs, "mixture", points, data, ["log_likelihood", "gradient"])
            value = np.where(points[:, 2].min(axis=1) < floor, -np.inf, value)  # far enough into the collapse
            shown = np.stack([mixture_values(point) for point in points])
            return shown, value / n, gradient.reshape(-1, 6) / n, None

        found, values, norms, arrived = _climb(look, start.ravel(), False, steps)
        return Path(found, values * n, norms, "gradient", arrived)
    here, points, values_, norms_ = start, [], [], []
    arrived = ended = False
    for _ in range(steps + 1):
        value, gradient, after = at(graphs, "mixture", here[None], data, ["log_likelihood", "gradient", "em_step"])
        points.append(mixture_values(here))
        values_.append(float(value[0]))
        norms_.append(float(np.abs(gradient).max() / n))
        arrived = norms_[-1] < STILL
        collapsing = bool(after[0, 2].min() < floor)
        if collapsing:  # shown once more, as narrow as is still drawn
            after[0, 2] = np.maximum(after[0, 2], floor)
        if arrived or ended or not np.isfinite(after).all():
            break
        here, ended = after[0], collapsing
    return Path(np.array(points), np.array(values_), np.array(norms_), "em", arrived)


# --- estimates --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fit:
    """A maximum of the likelihood, or what is known of it.

    Args:
        method: "closed form", "EM, then Newton", "Newton".
        standard_error: the root of the diagonal of the inverse Fisher information; None where it does not say
            anything (at a boundary, or where there is no maximum).
        log_likelihood: None where it grows without bound.
        gradient_norm: the largest entry of the gradient of the mean log-likelihood there.
        notes: codes of NOTES, what to know about this estimate.
    """

    family: str
    n: int
    method: str
    estimate: dict[str, float]
    standard_error: dict[str, float | None]
    log_likelihood: float | None
    gradient_norm: float
    notes: tuple[str, ...] = ()

    @property
    def values(self) -> list[float]:
        return list(self.estimate.values())

    def interval(self, name: str) -> tuple[float, float] | None:
        """estimate ± 1.96 standard errors (Wald); None where there is no standard error."""
        error = self.standard_error.get(name)
        return None if error is None else (self.estimate[name] - 1.96 * error, self.estimate[name] + 1.96 * error)

    @property
    def interval_height(self) -> float:
        """ℓ above which the 95 % likelihood interval of one parameter lies (½ χ²₁); NaN without a maximum."""
        return math.nan if self.log_likelihood is None else self.log_likelihood - 1.92

    def lead(self, log_likelihood: float) -> float | None:
        """How far a log-likelihood is below the maximum; None where there is none to compare."""
        if self.log_likelihood is None or not math.isfinite(log_likelihood):
            return None
        return self.log_likelihood - log_likelihood


NOTES = {
    "boundary": "the estimate lies on the edge of what is allowed: the likelihood has no inner maximum, the Fisher "
    "information is infinite there, and the standard error says nothing. With 0 of n the 95 % bound is about 3/n.",
    "constant": "all values are the same: the narrower the curve the higher it stands, so the likelihood grows without "
    "bound as σ → 0 and there is no maximum. More varied data, or a prior on σ, are the cure.",
    "infinite": "all values are 0: the likelihood grows without bound as λ → ∞; there is no maximum.",
    "perfect": "the line goes through all points: σ → 0 and the likelihood grows without bound.",
    "collapse": "a component has shrunk onto one value: its density there grows without bound, so the likelihood of a "
    "mixture has no global maximum. What is meant is the best maximum with every σ clearly above zero, or a prior.",
    "separable": "a line separates the classes without error: the weights can grow for ever and the likelihood with "
    "them, towards 0. There is no maximum; a penalty (a prior on the weights) is the cure.",
    "touching": "a line separates the classes but for points on the line itself: the weights can grow for ever, and "
    "the likelihood with them. There is no maximum; a penalty (a prior on the weights) is the cure.",
    "one_class": "there is only one class: the intercept can grow for ever. There is no maximum.",
    "biased": "σ̂ divides by n and is a little too small on average: by the factor √((n - 1)/n).",
    "stopped": "the search stopped before the gradient was zero: take this as the best point found.",
    "unseen": "what was never seen gets the probability 0, however possible it is; adding a little to every count "
    "(smoothing, a prior) is the cure.",
}


def fit_mle(graphs: Graphs, family: object, data: object) -> Fit:
    """Maximum-likelihood estimate of a family.

    Args:
        family: a name of FAMILIES.
        data: numbers (bernoulli, gaussian, poisson, exponential, mixture), labels (categorical), a text or lines of
            text (bigram over words), rows [x, y] (linear), rows [x…, class 0 or 1] (logistic, two_gaussians).

    Raises InputError, DataTooLargeError, BundleError.
    """
    known = family_of(family)
    if known.kind == "numbers":
        values = read_numbers(known.name, data)
        return fit_mixture(graphs, values) if known.name == "mixture" else fit_closed(graphs, known.name, values)
    if known.name == "categorical":
        return fit_categorical(graphs, read_labels(data))
    if known.name == "bigram":
        from hub.tasks import likelihood_experiments as experiments

        return experiments.bigram_fit(experiments.bigram(graphs, experiments.read_text(data), "words"))
    if known.name == "linear":
        return fit_linear(graphs, read_rows(data, 2, False))
    if known.name == "two_gaussians":
        return fit_two_gaussians(graphs, read_rows(data, 3, True))
    return fit_logistic(graphs, read_rows(data, _width(data), True))


def _width(data: object) -> int:
    """Columns of the first row, at least one x and the class, at most limits.MAX_LAB_COLUMNS."""
    if isinstance(data, str):
        first: Any = SEPARATORS.split(next((line for line in split_lines(data) if line.strip()), "").strip())
    else:
        first = data[0] if isinstance(data, (list, tuple)) and data else ()
    return min(max(2, len(first) if isinstance(first, (list, tuple)) else 2), limits.MAX_LAB_COLUMNS)


def fit_closed(graphs: Graphs, family: str, data: np.ndarray) -> Fit:
    """Bernoulli, Gaussian, Poisson, exponential: the closed form, and what the graph says there."""
    names = FAMILIES[family].parameters
    anywhere = np.full((1, len(names)), 0.5)
    estimate = run(graphs, family, ["estimate"], parameters=anywhere, data=data)[0]
    nothing: dict[str, float | None] = dict.fromkeys(names)
    spread = float(np.ptp(data))
    if family == "gaussian" and (spread == 0 or not estimate[1] > 0):
        found = {"μ": float(data[0]), "σ": 0.0}
        return Fit(family, len(data), "closed form", found, nothing, None, math.inf, ("constant",))
    if family == "exponential" and not math.isfinite(estimate[0]):
        return Fit(family, len(data), "closed form", {}, {}, None, math.inf, ("infinite",))
    value, gradient, information = run(
        graphs, family, ["log_likelihood", "gradient", "information"], parameters=estimate[None], data=data
    )
    found = dict(zip(names, estimate.tolist(), strict=True))
    edge = (family == "bernoulli" and estimate[0] in (0, 1)) or (family == "poisson" and estimate[0] == 0)
    if edge:
        return Fit(family, len(data), "closed form", found, nothing, float(value[0]), 0.0, ("boundary",))
    errors = np.sqrt(np.diag(np.linalg.inv(information[0])))
    return Fit(
        family=family,
        n=len(data),
        method="closed form",
        estimate=found,
        standard_error=dict(zip(names, errors.tolist(), strict=True)),
        log_likelihood=float(value[0]),
        gradient_norm=float(np.abs(gradient).max() / len(data)),
        notes=("biased",) if family == "gaussian" and len(data) < 30 else (),
    )


def fit_categorical(graphs: Graphs, counts: Counter[str]) -> Fit:
    """p̂_k = c_k/n, standard error √(p̂(1 - p̂)/n)."""
    seen = np.array(list(counts.values()), np.float64)
    n = int(seen.sum())
    estimate = run(graphs, "categorical", ["estimate"], parameters=np.zeros((1, len(seen))), counts=seen)[0]
    value, gradient = run(
        graphs, "categorical", ["log_likelihood", "gradient"], parameters=np.log(estimate)[None], counts=seen
    )
    single = len(seen) == 1
    errors = [None if single else math.sqrt(p * (1 - p) / n) for p in estimate.tolist()]
    return Fit(
        "categorical", n, "closed form", dict(zip(counts, estimate.tolist(), strict=True)),
        dict(zip(counts, errors, strict=True)), float(value[0]), float(np.abs(gradient).max() / n),
        ("boundary", "unseen") if single else ("unseen",) if seen.min() == 0 else (),
    )  # fmt: skip


def fit_linear(graphs: Graphs, rows: np.ndarray) -> Fit:
    """Least squares, with σ̂² the mean squared error."""
    if len(rows) < 2:
        raise InputError("data_few", found=len(rows), allowed=2)
    x, y = rows.T.copy()
    if np.ptp(x) == 0:
        raise InputError("data_same_x")
    point = np.array([[0.0, 0.0, 1.0]])
    estimate = run(graphs, "linear", ["estimate"], parameters=point, x=x, y=y)[0]
    names = FAMILIES["linear"].parameters
    found = dict(zip(names, estimate.tolist(), strict=True))
    scale = max(float(np.abs(y).max()), 1e-300)
    if estimate[2] <= 1e-12 * scale:
        nothing: dict[str, float | None] = dict.fromkeys(names)
        return Fit("linear", len(x), "closed form", found | {"σ": 0.0}, nothing, None, math.inf, ("perfect",))
    value, gradient, information = run(
        graphs, "linear", ["log_likelihood", "gradient", "information"], parameters=estimate[None], x=x, y=y
    )
    errors = np.sqrt(np.diag(np.linalg.inv(information[0])))
    return Fit(
        "linear", len(x), "closed form", found, dict(zip(names, errors.tolist(), strict=True)), float(value[0]),
        float(np.abs(gradient).max() / len(x)), ("biased",) if len(x) < 30 else (),
    )  # fmt: skip


def design(x: np.ndarray) -> np.ndarray:
    """x (N, D) with a column of ones for the intercept."""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


@dataclass(frozen=True)
class Logistic:
    """weights (D + 1), the intercept last; path (S, D + 1); separable: a line without error was met on the way."""

    weights: np.ndarray
    path: np.ndarray
    log_likelihood: float
    gradient_norm: float
    covariance: np.ndarray | None
    separable: bool
    arrived: bool


def newton_logistic(graphs: Graphs, x: np.ndarray, y: np.ndarray, penalty: float = 0.0, steps: int = 60) -> Logistic:
    """Newton's method by the graph's gradient and information, on standardised columns, from zero.

    Args:
        x: float64 (N, D) without the column of ones. y: 0 or 1 (N). penalty: λ of -½ λ‖w‖², in units of x.
    """
    # Columns of a like size: the same maximum, found in fewer digits. With a penalty the units matter and stay.
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    if penalty:
        centre, scale = np.zeros_like(centre), np.ones_like(scale)
    rows = design((x - centre) / scale)
    lam = np.array([penalty])
    w = np.zeros(rows.shape[1])
    path, arrived, separable = [w], False, False
    names = ["objective", "gradient", "information"]
    value, gradient, information = run(graphs, "logistic", names, parameters=w[None], x=rows, y=y, penalty=lam)
    for _ in range(steps):
        if np.abs(gradient).max() / len(y) < 1e-13:
            arrived = True
            break
        direction = np.linalg.lstsq(information[0], gradient[0], rcond=1e-14)[0]
        candidates = w + np.array([1.0, 0.5, 0.25, 0.125, 0.03, 0.001])[:, None] * direction
        found = run(graphs, "logistic", names, parameters=candidates, x=rows, y=y, penalty=lam)
        better = np.flatnonzero(found[0] > value[0])
        margins = (2 * y - 1) * (rows @ candidates[0])
        if not penalty and margins.min() > 0:
            w, separable = candidates[0], True
            path.append(w)
            break
        if not len(better):
            arrived = bool(np.abs(gradient).max() / len(y) < 1e-7)
            break
        best = int(better[0])
        w, value, gradient, information = candidates[best], *(part[best : best + 1] for part in found)
        path.append(w)
    # At a maximum Newton's step vanishes; towards infinity it stays as long, however small the gradient.
    left = np.linalg.lstsq(information[0], gradient[0], rcond=1e-14)[0]
    arrived = arrived and float(np.abs(left).max()) < 1e-4 * (1 + float(np.abs(w).max()))
    log_likelihood, gradient = run(
        graphs, "logistic", ["log_likelihood", "gradient"], parameters=w[None], x=rows, y=y, penalty=lam
    )

    def outer(inner: np.ndarray) -> np.ndarray:
        slopes = inner[:-1] / scale
        return np.append(slopes, inner[-1] - (slopes * centre).sum())

    covariance = None
    if not separable and arrived:
        change = np.eye(len(w))
        change[:-1, :-1] = np.diag(1 / scale)
        change[-1, :-1] = -centre / scale
        covariance = change @ np.linalg.pinv(information[0]) @ change.T
    return Logistic(
        outer(w), np.stack([outer(step) for step in path]), float(log_likelihood[0]),
        float(np.abs(gradient).max() / len(y)), covariance, separable, arrived,
    )  # fmt: skip


def fit_logistic(graphs: Graphs, rows: np.ndarray, penalty: float = 0.0) -> Fit:
    """Logistic regression of the last column on the others, without a penalty unless one is given."""
    x, y = rows[:, :-1].copy(), rows[:, -1].copy()
    names = [*(f"w{place}" for place in range(1, x.shape[1] + 1)), "b"]
    if np.ptp(y) == 0 and not penalty:
        return Fit("logistic", len(y), "Newton", {}, {}, None, math.inf, ("one_class",))
    found = newton_logistic(graphs, x, y, penalty)
    estimate = dict(zip(names, found.weights.tolist(), strict=True))
    if found.separable:
        nothing: dict[str, float | None] = dict.fromkeys(names)
        return Fit("logistic", len(y), "Newton", estimate, nothing, found.log_likelihood, found.gradient_norm,
                   ("separable",))  # fmt: skip
    errors: list[float | None] = [None] * len(names)
    if found.covariance is not None:
        errors = np.sqrt(np.maximum(np.diag(found.covariance), 0)).tolist()
    return Fit(
        "logistic", len(y), "Newton", estimate, dict(zip(names, errors, strict=True)), found.log_likelihood,
        found.gradient_norm, () if found.arrived else ("touching",),
    )  # fmt: skip


def two_gaussians(graphs: Graphs, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The closed form of the generative model on rows [x₁, x₂, class]: prior, means, covariance.

    Raises InputError where a class is missing or the points lie on one line.
    """
    x, y = rows[:, :2].copy(), rows[:, 2].copy()
    if np.ptp(y) == 0 or len(y) < 3:
        raise InputError("data_both")
    outputs = ["estimate_prior", "estimate_means", "estimate_covariance"]
    prior, means, covariance = run(
        graphs, "generative", outputs,
        prior=np.array([0.5]), means=np.zeros((2, 2)), covariance=np.eye(2), x=x, y=y,
    )  # fmt: skip
    size = np.abs(covariance).max()
    if not np.linalg.det(covariance) > 1e-12 * size * size:
        raise InputError("data_plane")
    return {"prior": prior, "means": means, "covariance": covariance}


def fit_two_gaussians(graphs: Graphs, rows: np.ndarray) -> Fit:
    """π, μ₀, μ₁ and the shared Σ; standard errors from the Fisher information of each part."""
    made = two_gaussians(graphs, rows)
    x, y = rows[:, :2].copy(), rows[:, 2].copy()
    outputs = ["log_likelihood", "gradient_prior", "gradient_means", "gradient_covariance"]
    value, *gradients = run(graphs, "generative", outputs, x=x, y=y, **made)
    n, n1 = len(y), y.sum()
    pi, means, s = float(made["prior"][0]), made["means"], made["covariance"]
    estimate = {"π": pi}
    errors: dict[str, float | None] = {"π": math.sqrt(pi * (1 - pi) / n)}
    for c, size in ((0, n - n1), (1, n1)):
        for axis in (0, 1):
            estimate[f"μ{c}{axis + 1}"] = float(means[c, axis])
            errors[f"μ{c}{axis + 1}"] = math.sqrt(s[axis, axis] / size)
    for i, j in ((0, 0), (0, 1), (1, 1)):
        estimate[f"Σ{i + 1}{j + 1}"] = float(s[i, j])
        errors[f"Σ{i + 1}{j + 1}"] = math.sqrt((s[i, i] * s[j, j] + s[i, j] ** 2) / n)
    worst = max(float(np.abs(gradient).max()) for gradient in gradients) / n
    return Fit("two_gaussians", n, "closed form", estimate, errors, float(value[0]), worst)


STARTS = 8


def fit_mixture(graphs: Graphs, data: np.ndarray) -> Fit:
    """Two Gaussians: EM from several starts, then Newton by the observed information; the lower mean first.

    A start that collapses onto single values is left out while another one holds.
    """
    names = FAMILIES["mixture"].parameters
    n, spread = len(data), float(data.std())
    if np.ptp(data) == 0:
        nothing: dict[str, float | None] = dict.fromkeys(names)
        same = float(data[0])
        found = dict(zip(names, (0.5, same, 0.0, same, 0.0), strict=True))
        return Fit("mixture", n, "EM, then Newton", found, nothing, None, math.inf, ("constant",))
    random = np.random.default_rng(0)
    starts = [(np.quantile(data, low), np.quantile(data, 1 - low)) for low in (0.25, 0.1, 0.02, 0.4)]
    starts += [tuple(random.choice(data, 2, replace=False)) for _ in range(STARTS - len(starts))]
    best: tuple[float, np.ndarray] | None = None
    collapsed: tuple[float, np.ndarray] | None = None
    for low, high in starts:
        shift = 0.0 if low != high else 0.1 * spread
        point = mixture_point((0.5, low - shift, 0.6 * spread, high + shift, 0.6 * spread))
        path = _ascend_mixture(graphs, data, point, "em", 60)
        there = (float(path.log_likelihood[-1]), path.points[-1])
        values = there[1]
        if not np.isfinite(there[0]):
            continue
        if not _collapsed(values, spread):
            there = (there[0], mixture_values(_polish(graphs, data, mixture_point(values.tolist()))))
        if _collapsed(there[1], spread):
            collapsed = max(collapsed, there, key=lambda item: item[0]) if collapsed else there
        elif best is None or there[0] > best[0] + 1e-9:
            best = there
    if best is None:
        values = collapsed[1] if collapsed else np.array([0.5, data.mean(), spread, data.mean(), spread])
        return Fit(
            "mixture", n, "EM", dict(zip(names, values.tolist(), strict=True)), dict.fromkeys(names), None, math.inf,
            ("collapse",),
        )  # fmt: skip
    point = mixture_point(best[1].tolist())
    if point[1, 0] > point[1, 1]:
        point = point[:, ::-1].copy()
    value, gradient = at(graphs, "mixture", point[None], data, ["log_likelihood", "gradient"])
    norm = float(np.abs(gradient).max() / n)
    notes = () if norm < 1e-6 else ("stopped",)
    information = run(graphs, "mixture_information", ["information"], parameters=point, data=data)[0]
    estimate = mixture_values(point)
    errors: list[float | None] = [None] * 5
    # Directions of the parameters by the free ones; adding the same to both logits changes nothing.
    w, _, s1, _, s2 = estimate
    change = np.zeros((5, 6))
    change[0, :2] = w * (1 - w), -w * (1 - w)
    change[1, 2] = change[3, 3] = 1
    change[2, 4], change[4, 5] = s1, s2
    reduced = information[1:, 1:]  # the first logit fixed
    if np.isfinite(reduced).all() and np.linalg.eigvalsh(reduced).min() > 1e-9 * np.abs(reduced).max():
        covariance = change[:, 1:] @ np.linalg.inv(reduced) @ change[:, 1:].T
        errors = np.sqrt(np.diag(covariance)).tolist()
    return Fit(
        "mixture", n, "EM, then Newton", dict(zip(names, estimate.tolist(), strict=True)),
        dict(zip(names, errors, strict=True)), float(value[0]), norm, notes,
    )  # fmt: skip


def _collapsed(values: np.ndarray, spread: float) -> bool:
    return bool(min(values[2], values[4]) < SMALLEST * spread)


def _polish(graphs: Graphs, data: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Newton steps where the observed information is positive, EM steps where it is not."""
    names = ["log_likelihood", "gradient", "em_step"]
    value, gradient, after = at(graphs, "mixture", point[None], data, names)
    for _ in range(400):
        if np.abs(gradient).max() / len(data) < 1e-10:
            break
        information = run(graphs, "mixture_information", ["information"], parameters=point, data=data)[0]
        candidates = [after[0]]
        reduced = information[1:, 1:]
        if np.isfinite(reduced).all() and np.linalg.eigvalsh(reduced).min() > 1e-9 * np.abs(reduced).max():
            step = np.concatenate([[0.0], np.linalg.solve(reduced, gradient[0].ravel()[1:])])
            candidates += [point + factor * step.reshape(3, 2) for factor in (1.0, 0.5, 0.1)]
        tried = np.stack([candidate for candidate in candidates if np.isfinite(candidate).all()] or [point])
        found = at(graphs, "mixture", tried, data, names)
        # The largest gain decides; where no digit of it is left, the smaller gradient.
        gain = np.nan_to_num(found[0] - value[0], nan=-np.inf)
        norms = np.abs(found[1]).reshape(len(tried), -1).max(axis=1)
        digits = 1e-11 * max(1.0, abs(float(value[0])))
        best = int(gain.argmax())
        if gain[best] <= digits:
            best = int(np.where(gain > -digits, norms, np.inf).argmin())
            if not norms[best] < np.abs(gradient).max():
                break
        point, value, gradient, after = tried[best], *(part[best : best + 1] for part in found)
    return point


# --- surfaces ---------------------------------------------------------------------------------------------------------

CURVE_POINTS = 241
SURFACE_POINTS = 61
SURFACE_CELLS = 1_500_000


@dataclass(frozen=True)
class Surface:
    """ℓ over one or two parameters, the others held fixed.

    Args:
        axes: their names. x, y: their grids; y is None for a curve.
        log_likelihood: (X) or (Y, X); -inf where the data are impossible.
    """

    axes: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray | None
    log_likelihood: np.ndarray

    @property
    def depth(self) -> np.ndarray:
        """log₁₀(1 + ℓ_max - ℓ): 0 at the top, 1 nine units below; NaN where the data are impossible."""
        finite = np.where(np.isfinite(self.log_likelihood), self.log_likelihood, np.nan)
        return np.log10(1 + np.nanmax(finite) - finite)

    def view(self, heights: Sequence[float] | np.ndarray) -> tuple[float, float]:
        """The lowest and the highest ℓ to show of a curve: its foot runs off to minus infinity, the top is of interest.

        Args:
            heights: values that shall be in view as well, where they are finite.
        """
        finite = self.log_likelihood[np.isfinite(self.log_likelihood)]
        if not len(finite):
            return -1.0, 0.0
        top, middle = float(finite.max()), float(np.quantile(finite, 0.25))
        room = max(top - middle, 1e-9)
        below = [float(height) - 0.1 * room for height in heights if np.isfinite(height)]
        return min([middle - 0.3 * room, *below]), max([top, *map(float, heights)]) + 0.12 * room


def surface(
    graphs: Graphs,
    family: str,
    data: np.ndarray,
    ranges: Mapping[str, tuple[float, float]],
    fixed: Sequence[float],
) -> Surface:
    """ℓ on a grid, in one call where memory allows; coarser for many data.

    Args:
        ranges: one or two parameters, each with its lowest and highest value.
        fixed: a value of every parameter, for those that are not in ranges.
    """
    names = FAMILIES[family].parameters
    base = check_parameters(family, fixed)
    first, *second = ranges
    count = int(np.clip(math.sqrt(SURFACE_CELLS / len(data)), 25, SURFACE_POINTS)) if second else CURVE_POINTS
    x = np.linspace(*ranges[first], count)
    if not second:
        points = np.repeat(base, count, axis=0)
        points[:, names.index(first)] = x
        return Surface((first,), x, None, log_likelihoods(graphs, family, points, data))
    y = np.linspace(*ranges[second[0]], count)
    across, up = np.meshgrid(x, y)
    points = np.repeat(base, count * count, axis=0)
    points[:, names.index(first)], points[:, names.index(second[0])] = across.ravel(), up.ravel()
    values = log_likelihoods(graphs, family, points, data).reshape(count, count)
    return Surface((first, second[0]), x, y, values)


@dataclass(frozen=True)
class Range:
    """What a slider spans: low, high and start are multiples of the step."""

    low: float
    high: float
    start: float
    step: float


def window(family: str, data: np.ndarray, at: Sequence[float] | None = None) -> dict[str, Range]:
    """For each parameter a range to look at, and a start that is not the answer.

    Args:
        at: a point that shall be the start; the ranges are widened to hold it. Raises InputError where the family has
            no such parameters.
    """
    return _widened(family, _window(family, data), at)


GUESSES = {  # where hidden parameters are looked for: the same for every sample, so that no slider tells of the data
    "bernoulli": {"p": Range(0.0, 1.0, 0.5, 0.01)},
    "gaussian": {"μ": Range(-8.0, 8.0, 0.0, 0.05), "σ": Range(0.1, 6.0, 4.0, 0.05)},
    "poisson": {"λ": Range(0.1, 14.0, 12.0, 0.1)},
    "exponential": {"λ": Range(0.05, 5.0, 4.0, 0.05)},
    "mixture": {
        "w₁": Range(0.02, 0.98, 0.5, 0.02), "μ₁": Range(-8.0, 8.0, -1.0, 0.05), "σ₁": Range(0.1, 4.0, 2.5, 0.05),
        "μ₂": Range(-8.0, 8.0, 1.0, 0.05), "σ₂": Range(0.1, 4.0, 2.5, 0.05),
    },
}  # fmt: skip


def guess_window(family: str, at: Sequence[float] | None = None) -> dict[str, Range]:
    """The ranges of `window` for parameters that are hidden; they hold every `hidden_truth`."""
    return _widened(family, GUESSES[family], at)


def _widened(family: str, made: dict[str, Range], at: Sequence[float] | None) -> dict[str, Range]:
    if at is None:
        return made
    wanted = dict(zip(made, check_parameters(family, at)[0].tolist(), strict=True))
    return {
        name: Range(min(entry.low, wanted[name]), max(entry.high, wanted[name]), wanted[name], entry.step)
        for name, entry in made.items()
    }


def _window(family: str, data: np.ndarray) -> dict[str, Range]:
    low, high, mean = float(data.min()), float(data.max()), float(data.mean())
    spread = float(data.std()) or max(abs(mean), 1.0) * 0.1
    if family == "bernoulli":
        return {"p": Range(0.0, 1.0, 0.5, 0.01)}
    if family == "poisson":
        return {"λ": _range(0.0, max(2.0, 2.0 * mean + 2), max(0.5, 0.5 * mean))}
    if family == "exponential":
        rate = 1 / mean if mean > 0 else 1.0
        return {"λ": _range(0.0, 3.5 * rate, 2.2 * rate)}
    if family == "gaussian":
        return {
            "μ": _range(mean - 3 * spread, mean + 3 * spread, mean - 1.8 * spread, True),
            "σ": _range(0.1 * spread, 3.5 * spread, 2.2 * spread),
        }
    wide = max(high - low, spread)
    mu = (low - 0.15 * wide, high + 0.15 * wide)
    return {
        "w₁": Range(0.02, 0.98, 0.5, 0.02),
        "μ₁": _range(*mu, float(np.quantile(data, 0.35)), True),
        "σ₁": _range(0.0, 2.0 * spread, 0.8 * spread),
        "μ₂": _range(*mu, float(np.quantile(data, 0.65)), True),
        "σ₂": _range(0.0, 2.0 * spread, 0.8 * spread),
    }


def _range(low: float, high: float, start: float, any_sign: bool = False) -> Range:
    """Two hundred steps of a round size; what must be above zero starts one step above it."""
    step = float(f"{(high - low) / 200:.0e}")

    def on(value: float) -> float:
        return float(f"{round(value / step) * step:.12g}")

    return Range(on(low) if any_sign else max(on(low), step), on(high), on(start), step)


@dataclass(frozen=True)
class Axis:
    """What both the density and the strip of the data span: low to high, whole steps between least and most."""

    low: float
    high: float
    step: float
    least: float
    most: float


SPANS = {"exponential": (0.0, 10.0), "poisson": (0.0, 10.0)}  # before there are data; of any other (-10, 10)


def axis(family: str, data: Sequence[float]) -> Axis:
    """The axis of x: all data lie on it, and there is room beside them for values that are clicked."""
    if family == "bernoulli":
        return Axis(-0.5, 1.5, 1.0, 0.0, 1.0)
    low, high = SPANS.get(family, (-10.0, 10.0))
    if len(data):
        bottom, top = min(data), max(data)
        wide = (top - bottom) or max(abs(top), 1.0)
        low, high = bottom - 0.5 * wide, top + 0.5 * wide
    if family == "poisson":
        most = float(math.ceil(max(10.0, 1.2 * max(data, default=0.0))))
        return Axis(-0.5, most + 0.5, 1.0, 0.0, most)
    low = 0.0 if family == "exponential" else low
    step = float(f"{(high - low) / 400:.0e}")
    low, high = (float(f"{way(value / step) * step:.12g}") for way, value in ((math.floor, low), (math.ceil, high)))
    return Axis(low, high, step, low, high)


def support(family: str, span: Axis) -> np.ndarray:
    """Where to draw the density: whole numbers for counts, a fine grid else."""
    if FAMILIES[family].discrete:
        return np.unique(np.round(np.linspace(span.least, span.most, min(200, int(span.most) + 1))))
    return np.linspace(span.low, span.high, 400)


def drawing_span(data: Sequence[float], low: float, high: float) -> tuple[float, float, float]:
    """One axis of a pad: (low, high, step), wider where data lie outside, elsewhere where all of them do."""
    if len(data):
        bottom, top = float(math.floor(min(data))), float(math.ceil(max(data)))
        if bottom > high or top < low:
            room = max(top - bottom, 1.0)
            low, high = bottom - room, top + room
        else:
            low, high = min(low, bottom), max(high, top)
    return low, high, float(f"{(high - low) / 200:.0e}")


# --- sampling ---------------------------------------------------------------------------------------------------------


def hidden_truth(family: str, seed: int) -> list[float]:
    """True parameters drawn by a seed: the same ones each time, so a link needs to carry the seed alone."""
    random = np.random.default_rng([seed, len(family)])
    u = random.uniform(size=5)
    made = {
        "bernoulli": [0.15 + 0.7 * u[0]],
        "gaussian": [-5 + 10 * u[0], 0.6 + 2.4 * u[1]],
        "poisson": [1 + 8 * u[0]],
        "exponential": [0.3 + 2 * u[0]],
        "mixture": [0.25 + 0.5 * u[0], -4 + 2 * u[1], 0.5 + 0.7 * u[2], 2 + 3 * u[3], 0.6 + u[4]],
    }
    return [round(float(value), 2) for value in made[family]]


def sample(family: str, values: Sequence[float], n: int, seed: int) -> np.ndarray:
    """n samples of a family over numbers, float64 (n), rounded to three decimals: they can be typed again.

    Raises InputError for a parameter that the family does not have, TooLargeError for too many.
    """
    check_parameters(family, values)
    if not 1 <= n <= limits.MAX_LAB_SAMPLES:
        raise TooLargeError("data_samples", found=f"{n:,}", allowed=f"{limits.MAX_LAB_SAMPLES:,}")
    random = np.random.default_rng([seed, 7])
    if family == "bernoulli":
        return (random.uniform(size=n) < values[0]).astype(np.float64)
    if family == "poisson":
        return random.poisson(values[0], n).astype(np.float64)
    if family == "exponential":
        return np.round(random.exponential(1 / values[0], n), 3)
    if family == "gaussian":
        return np.round(random.normal(values[0], values[1], n), 3)
    w, m1, s1, m2, s2 = values
    first = random.uniform(size=n) < w
    return np.round(np.where(first, random.normal(m1, s1, n), random.normal(m2, s2, n)), 3)
