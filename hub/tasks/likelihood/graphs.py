"""What the graphs of the bundle say of parameters and data: log-likelihoods, densities, gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hub.errors import InputError
from hub.tasks.likelihood.families import FAMILIES, Graphs
from hub.tasks.likelihood.reading import number

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
    density: np.ndarray = np.exp(at(graphs, family, graph_points(family, values), grid, ["log_prob"])[0])
    return density


def gradient_at(graphs: Graphs, family: str, values: Sequence[float], data: np.ndarray) -> dict[str, float]:
    """∂ℓ/∂θ at one point, by parameter; of the mixture by (w₁, μ₁, σ₁, μ₂, σ₂)."""
    point = graph_points(family, check_parameters(family, values))
    found = at(graphs, family, point, data, ["gradient"])[0][0]
    names = FAMILIES[family].parameters
    if family == "mixture":
        w, _, s1, _, s2 = values
        found = np.array([found[0, 0] / (w * (1 - w)), found[1, 0], found[2, 0] / s1, found[1, 1], found[2, 1] / s2])
    return dict(zip(names, found.tolist(), strict=True))
