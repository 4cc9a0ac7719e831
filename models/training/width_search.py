"""How wide a small network shall be: widths searched together with the weights, at a price of their measured times.

After Li et al. 2022, "AutoFAS: Automatic Feature and Architecture Selection for Pre-Ranking System", KDD,
arXiv 2205.09394: the expected time of the network is a differentiable function of what is chosen; afterwards the
strongest choice is trained anew.

Departures: widths alone are searched, neither depth nor features, and a width is a mask over the channels of one wide
layer (Wan et al. 2020, "FBNetV2", CVPR, arXiv 2004.05565), where AutoFAS has a layer for each.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from models.ranking import Cold, RankerConfig

WIDTHS = ((8, 16, 32, 64), (4, 8, 16, 32))  # that may be chosen, of each layer
PRICE = 0.05  # of the expected time, as a share of that of the widest network


def measure(model: nn.Module, inputs: Mapping[str, Tensor], runs: int = 60) -> float:
    """Milliseconds of a module's graph on one thread of onnxruntime: the median of some runs."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        torch.onnx.export(model.eval(), kwargs=dict(inputs), f=str(file), dynamo=True, verbose=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    feed = {one.name: inputs[one.name].numpy() for one in session.get_inputs()}
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - began)
    return 1_000 * float(np.median(times))


def layer_times(width: int, candidates: int) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds of a linear layer and its ReLU: from ``width`` to each first width, from each to each second.

    Returns: (first), (first, second).
    """

    def of(narrow: int, wide: int) -> float:
        layer = nn.Sequential(nn.Linear(narrow, wide), nn.ReLU())
        return measure(layer, {"input": torch.randn(candidates, narrow)}, runs=400)

    first, second = WIDTHS
    return np.array([of(width, to) for to in first]), np.array([[of(size, to) for to in second] for size in first])


class Widths(nn.Module):
    """Which width each layer shall have: a softmax over masks of its channels, and the time to be expected of them."""

    def __init__(self, first: np.ndarray, second: np.ndarray) -> None:
        """Args: milliseconds, see layer_times."""
        super().__init__()
        self.alpha = nn.ParameterList(nn.Parameter(torch.zeros(len(widths))) for widths in WIDTHS)
        self.register_buffer("first", torch.tensor(first, dtype=torch.float32))
        self.register_buffer("second", torch.tensor(second, dtype=torch.float32))
        self.first: Tensor
        self.second: Tensor

    def mask(self, layer: int) -> Tensor:
        """The share of the widths at which each channel is there, float32 (the largest width)."""
        widths = torch.tensor(WIDTHS[layer])
        there = torch.arange(int(widths.max())) < widths[:, None]
        return torch.softmax(self.alpha[layer], 0) @ there.float()

    def expected(self) -> Tensor:
        """E[time] in milliseconds: of the first layer, and of the second after each first."""
        one, other = (torch.softmax(alpha, 0) for alpha in self.alpha)
        return one @ self.first + one @ self.second @ other

    def price(self) -> Tensor:
        """What is added to the loss."""
        return PRICE * self.expected() / (self.first[-1] + self.second[-1, -1])

    def chosen(self) -> tuple[int, int]:
        """The strongest width of each layer."""
        first, second = (widths[int(alpha.argmax())] for widths, alpha in zip(WIDTHS, self.alpha, strict=True))
        return first, second


class Searched(Cold):
    """A COLD of the largest widths, whose channels are masked by a search."""

    def __init__(self, config: RankerConfig, search: Widths) -> None:
        super().__init__(config, [max(widths) for widths in WIDTHS])
        self.search = search

    def meet(self, left: Tensor, right: Tensor, pair: Tensor) -> dict[str, Tensor]:
        """See Cold.meet."""
        first = self.first(left, right, pair) * self.search.mask(0)
        hidden = self.rest(first) * self.search.mask(1)
        return {"logits": self.output(hidden)[..., 0], "hidden": hidden}
