"""The shop's rankers after recall: a coarse one that knows little of each candidate, a fine one that knows all.

Both say how probable it is that a candidate is bought in the next weeks. The fine one has DCN-v2 and DIN of
models/ranking.py, over features that the graph computes itself: who serves it passes what a visitor took,
the candidates and where each channel of recall has them, and cannot compute a feature otherwise than the training did.

Departures: no experts, there is one goal. Features stand in groups, each of which can be left out (it is then at its
mean): so the share of each group in a score can be told exactly, by Shapley's value over all subsets.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from models.ranking import CrossNetwork, Interest, mlp
from models.recall import last

STATS = ("popular_7", "popular_14", "popular_28", "popular_ever", "price", "days_on_sale")  # of an item, as logarithms
GROUPS = ("together", "order", "words", "popular", "price", "again")
EVENTS = 50  # of the history that DIN reads, the newest
FORGOTTEN = 400.0  # days: what was taken longer ago, or never


class Features(nn.Module):
    """What is known of each candidate, in the order of the groups, each number at mean 0 and deviation 1.

    Args:
        channels: group -> how many channels of recall it has; they come in the order of the groups.
        stats: float32 (items, len(STATS)).
    """

    def __init__(self, channels: dict[str, int], stats: np.ndarray) -> None:
        super().__init__()
        count = sum(channels.values())
        sources = [*map(str, range(count)), "often", "since", *STATS, "bought", "count", "newest", "mean_price"]
        own: dict[str, list[dict[str, float]]] = {  # of each group the sums of which its numbers are
            "popular": [*({name: 1.0} for name in STATS[:4]), {"popular_14": 1.0, "popular_ever": -1.0},
                        {"days_on_sale": 1.0}],
            "price": [{"price": 1.0}, {"price": 1.0, "mean_price": -1.0}],
            "again": [{name: 1.0} for name in ("bought", "often", "since", "count", "newest")],
        }  # fmt: skip
        columns: list[dict[str, float]] = []
        groups: list[int] = []
        for number, group in enumerate(GROUPS):
            first = sum(channels.get(before, 0) for before in GROUPS[:number])
            some = [*({str(first + place): 1.0} for place in range(channels.get(group, 0))), *own.get(group, [])]
            columns += some
            groups += [number] * len(some)
        mixed = torch.tensor([[column.get(source, 0.0) for column in columns] for source in sources])
        self.width = len(columns)
        self.register_buffer("mixed", mixed, persistent=False)  # (sources, width); the last three are the visitor's
        self.register_buffer("group", nn.functional.one_hot(torch.tensor(groups), len(GROUPS)).T.float())
        self.register_buffer("stats", torch.from_numpy(stats.astype(np.float32)))
        self.register_buffer("center", torch.zeros(self.width))
        self.register_buffer("scale", torch.ones(self.width))

    mixed: Tensor
    group: Tensor  # (groups, width)
    stats: Tensor
    center: Tensor
    scale: Tensor

    def sources(
        self, items: Tensor, ages: Tensor, times: Tensor, candidates: Tensor, ranks: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Of each candidate float32 (batch, candidates, sources - 3), and of the visitor (batch, 3)."""
        taken = items >= 0  # (B, n)
        ages = torch.where(taken, ages, FORGOTTEN).clamp(max=FORGOTTEN)
        count = taken.float().sum(1, keepdim=True)  # (B, 1)
        prices = self.stats[items.clamp(min=0)][..., STATS.index("price")]
        mean_price = (prices * taken).sum(1, keepdim=True) / count.clamp(min=1)
        of_visitor = torch.cat([torch.log1p(torch.cat([count, ages.amin(1, keepdim=True)], 1)), mean_price], 1)
        same = candidates[:, :, None] == items[:, None]  # (B, C, n)
        since = torch.where(same, ages[:, None], FORGOTTEN).amin(2, keepdim=True)
        often = same.float() @ times[:, :, None]  # (B, C, 1)
        logs = torch.log1p(torch.cat([ranks, often, since], 2))
        of_candidate = torch.cat([logs, self.stats[candidates.clamp(min=0)], (often > 0).float()], 2)
        return of_candidate, of_visitor

    def raw(self, items: Tensor, ages: Tensor, times: Tensor, candidates: Tensor, ranks: Tensor) -> Tensor:
        """Before they are scaled: float32 (batch, candidates, width). Args: as `forward`."""
        of_candidate, of_visitor = self.sources(items, ages, times, candidates, ranks)
        return of_candidate @ self.mixed[:-3] + (of_visitor @ self.mixed[-3:])[:, None]

    def forward(self, items: Tensor, ages: Tensor, times: Tensor, candidates: Tensor, ranks: Tensor) -> Tensor:
        """
        Args:
            items, ages, times: (batch, history): item number int64, -1 padding in front; days since it was last taken;
                in how many baskets it was.
            candidates: int64 (batch, candidates), padding -1. ranks: float32 (batch, candidates, channels), 0 the best
                of a channel.
        """
        of_candidate, of_visitor = self.sources(items, ages, times, candidates, ranks)
        mixed, offset = self.mixed / self.scale, self.center / self.scale
        return of_candidate @ mixed[:-3] + (of_visitor @ mixed[-3:] - offset)[:, None]


class Coarse(nn.Module):
    """A small network over ranks and popularity alone, or over all that Features has."""

    def __init__(self, features: Features, widths: Sequence[int] = (32, 16)) -> None:
        super().__init__()
        self.features = features
        self.hidden = mlp([features.width, *widths])
        self.last = nn.Linear(widths[-1] if widths else features.width, 1)

    def forward(
        self, items: Tensor, ages: Tensor, times: Tensor, candidates: Tensor, ranks: Tensor
    ) -> dict[str, Tensor]:
        """-> logits float32 (batch, candidates)."""
        known = self.features(items, ages, times, candidates, ranks)
        return {"logits": self.last(self.hidden(known))[..., 0]}


class Fine(nn.Module):
    """DIN's interest beside the features, DCN-v2 over both, then a network."""

    def __init__(self, features: Features, items: int, size: int = 16, dropout: float = 0.1) -> None:
        super().__init__()
        self.features = features
        self.table = nn.Embedding(items, size)
        nn.init.normal_(self.table.weight, std=0.05)
        self.interest = Interest(size)
        width = features.width + 2 * size
        own = nn.functional.one_hot(torch.tensor(GROUPS.index("order")), len(GROUPS)).float()
        spread = torch.cat([features.group, own[:, None].expand(-1, 2 * size)], 1)
        self.register_buffer("spread", spread, persistent=False)  # (groups, width): which number is of which group
        self.cross = CrossNetwork(width)
        self.deep = mlp([width, 64, 32], dropout)
        self.last = nn.Linear(width + 32, 1)

    spread: Tensor

    def forward(
        self, items: Tensor, ages: Tensor, times: Tensor, candidates: Tensor, ranks: Tensor, known: Tensor
    ) -> dict[str, Tensor]:
        """
        Args:
            known: float32 (batch, subsets, groups), 1 for what may be used, 0 for what is at its mean. The interest is
                of the group "order".

        Returns:
            logits: float32 (batch, subsets, candidates): what a candidate is, is computed once for all subsets.
        """
        features = self.features(items, ages, times, candidates, ranks)
        recent = last(items, EVENTS)
        target = self.table(candidates.clamp(min=0))
        interest, _ = self.interest(self.table(recent.clamp(min=0)), (recent >= 0).float(), target)
        whole = torch.cat([features, interest, target], 2)  # (B, C, width)
        whole = whole[:, None] * (known @ self.spread)[:, :, None]  # (B, S, C, width)
        rows = whole.flatten(0, 2)  # so that runtimes take a layer and its bias as one operation
        logits = self.last(torch.cat([self.cross(rows), self.deep(rows)], 1))
        return {"logits": logits.reshape(whole.shape[:3])}


class Reranker(nn.Module):
    """PRM (Pei et al. 2019, "Personalized Re-ranking for Recommendation", arXiv 1904.06813): attention over the list.

    Departures: the personalised vector is what the fine ranker says beside the item's own vector; one block.
    """

    def __init__(self, vectors: np.ndarray, longest: int = 50, size: int = 32, heads: int = 2) -> None:
        """Args: vectors: float32 (items, any size), what an item is."""
        super().__init__()
        self.register_buffer("vectors", torch.from_numpy(vectors.astype(np.float32)))
        self.read = nn.Linear(vectors.shape[1] + 1, size)
        self.places = nn.Embedding(longest, size)
        nn.init.normal_(self.places.weight, std=0.02)
        self.heads = heads
        self.mixed, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.norm, self.second = nn.LayerNorm(size), nn.LayerNorm(size)
        self.wide, self.narrow = nn.Linear(size, 2 * size), nn.Linear(2 * size, size)
        self.last = nn.Linear(size, 1)

    vectors: Tensor

    def forward(self, candidates: Tensor, logits: Tensor) -> dict[str, Tensor]:
        """
        Args:
            candidates: int64 (batch, list), the best first. logits: float32 (batch, list), the fine ranker's.

        Returns:
            scores: float32 (batch, list), of the new order; they begin as the fine ranker's.
        """
        batch, length = candidates.shape
        states = self.read(torch.cat([self.vectors[candidates], logits[..., None]], 2))
        states = states + self.places(torch.arange(length))
        query, key, value = self.mixed(self.norm(states)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attention = (query @ key.transpose(2, 3) / query.shape[3] ** 0.5).softmax(3)
        states = states + self.out((attention @ value).transpose(1, 2).reshape(batch, length, -1))
        states = states + self.narrow(torch.relu(self.wide(self.second(states))))
        return {"scores": logits + self.last(states)[..., 0]}
