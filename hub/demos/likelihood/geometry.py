"""Lines and curves of the picture of two classes."""

from __future__ import annotations

import math

import numpy as np


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
