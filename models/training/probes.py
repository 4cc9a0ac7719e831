"""Linear probes of the vectors of a language model, which stay as they are.

Liu, Gardner, Belinkov, Peters, Smith 2019, arXiv 1903.08855: one linear layer over the vector of a word, or over a mix
of the layers. Layers are normalised before they are mixed, since they differ in size (Peters et al. 2018, section 3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

EPOCHS, PATIENCE, LEARNING_RATE = 50, 5, 3e-3
STEPS, BATCHES = 50, (16, 512)  # of an epoch, at least, as far as a batch may be so small or so large

Mixing = Literal["one", "learnt", "any"]


class Probe(nn.Module):
    """A linear layer over one vector, or over s-weighted layers with s = softmax(w)."""

    def __init__(self, layers: int, size: int, labels: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(layers))
        self.linear = nn.Linear(size, labels)

    def forward(self, x: Tensor, weights: Tensor | None = None) -> Tensor:
        """float32 (n, layers, size) -> (n, labels). weights: of the layers, (layers) or (n, layers); None: learnt."""
        s = torch.softmax(self.w, 0) if weights is None else weights
        return self.linear(torch.einsum("njs,nj->ns", x, s.expand(len(x), -1)))


@dataclass(frozen=True)
class Probed:
    """A trained probe, and what it says of the test rows."""

    probe: Probe
    right: np.ndarray  # bool (test rows), by the learnt mix
    weights: np.ndarray  # float32 (layers), the learnt mix
    scores: np.ndarray  # float32 (test rows, layers, labels): of each layer alone, without the bias
    bias: np.ndarray  # float32 (labels)


def normal(vectors: np.ndarray) -> np.ndarray:
    """Float32 (rows, layers, size): mean 0 and deviation 1 in each vector, so that the layers are of one size."""
    return nn.functional.layer_norm(torch.from_numpy(vectors).float(), vectors.shape[-1:]).numpy()


def standardised(vectors: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Split -> float32 (rows, layers, size): mean 0 and deviation 1 in each vector, then over the training rows."""
    rows = {split: torch.from_numpy(normal(found)) for split, found in vectors.items()}
    mean, deviation = rows["train"].mean(0), rows["train"].std(0) + 1e-6
    return {split: (found - mean) / deviation for split, found in rows.items()}


def train(
    vectors: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray], count: int, mixing: Mixing = "learnt"
) -> Probed:
    """Trained on "train", ended by "valid", asked of "test".

    Args:
        vectors: split -> float32 (rows, layers, size). labels: split -> int64 (rows). count: of labels.
        mixing: "any": at each step the weights of the mix are drawn by lot for each row, so that the probe favours
            none; the learnt ones are then found with the linear layer as it is.
    """
    torch.manual_seed(0)
    x = standardised(vectors)
    y = {split: torch.from_numpy(rows.astype(np.int64)) for split, rows in labels.items()}
    _, layers, size = x["train"].shape
    probe = Probe(layers, size, count)
    by_lot = torch.distributions.Dirichlet(torch.ones(layers))

    def drawn(rows: int) -> Tensor | None:
        return by_lot.sample((rows,)) if mixing == "any" else None

    _fit(probe, list(probe.parameters()), x, y, drawn)
    if mixing == "any":
        _fit(probe, [probe.w], x, y, lambda _: None)
    with torch.no_grad():
        right = probe(x["test"]).argmax(1) == y["test"]
        scores = x["test"] @ probe.linear.weight.T
    weights = torch.softmax(probe.w, 0).detach().numpy()
    return Probed(probe, right.numpy(), weights, scores.numpy(), probe.linear.bias.detach().numpy())


def _fit(
    probe: Probe,
    parameters: list[nn.Parameter],
    x: Mapping[str, Tensor],
    y: Mapping[str, Tensor],
    drawn: Callable[[int], Tensor | None],
) -> None:
    """Until the validation rows get no better; the best parameters stay."""
    optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    best, since = -1.0, 0
    kept = {name: value.clone() for name, value in probe.state_dict().items()}
    held = drawn(len(y["valid"]))
    batch = min(max(len(y["train"]) // STEPS, BATCHES[0]), BATCHES[1])
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(y["train"])).split(batch):
            loss = nn.functional.cross_entropy(probe(x["train"][rows], drawn(len(rows))), y["train"][rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            reached = float((probe(x["valid"], held).argmax(1) == y["valid"]).float().mean())
        since += 1
        if reached > best:
            best, since = reached, 0
            kept = {name: value.clone() for name, value in probe.state_dict().items()}
        if since >= PATIENCE:
            break
    probe.load_state_dict(kept)
