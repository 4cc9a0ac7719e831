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
        self.channels = {group: channels.get(group, 0) for group in GROUPS}
        further = {"popular": 6, "price": 2, "again": 5}
        widths = [self.channels[group] + further.get(group, 0) for group in GROUPS]
        self.width = sum(widths)
        spread = torch.repeat_interleave(torch.arange(len(GROUPS)), torch.tensor(widths))
        self.register_buffer("group", nn.functional.one_hot(spread, len(GROUPS)).T.float())  # (groups, width)
        self.register_buffer("stats", torch.from_numpy(stats.astype(np.float32)))
        self.register_buffer("center", torch.zeros(self.width))
        self.register_buffer("scale", torch.ones(self.width))

    group: Tensor
    stats: Tensor
    center: Tensor
    scale: Tensor

    def raw(self, items: Tensor, ages: Tensor, times: Tensor, candidates: Tensor, ranks: Tensor) -> Tensor:
        """Before they are scaled: float32 (batch, candidates, width). Args: as `forward`."""
        taken = (items >= 0).float()  # (B, n)
        count = taken.sum(1, keepdim=True)  # (B, 1)
        price = self.stats[:, STATS.index("price")]
        mean_price = (price[items.clamp(min=0)] * taken).sum(1, keepdim=True) / count.clamp(min=1)
        newest = torch.where(items >= 0, ages, FORGOTTEN).amin(1, keepdim=True)
        same = (candidates[:, :, None] == items[:, None, :]) & (items[:, None, :] >= 0)  # (B, C, n)
        bought = same.any(2).float()
        since = torch.where(same, ages[:, None, :], FORGOTTEN).amin(2).clamp(max=FORGOTTEN)
        often = (same * times[:, None, :]).sum(2)
        stats = self.stats[candidates.clamp(min=0)]  # (B, C, stats)
        popular = [stats[..., place] for place in (0, 1, 2, 3)]
        wide = torch.ones_like(since)
        own = {
            "popular": [*popular, stats[..., 1] - stats[..., 3], stats[..., 5]],
            "price": [stats[..., 4], stats[..., 4] - mean_price],
            "again": [bought, torch.log1p(often), torch.log1p(since), torch.log1p(count) * wide,
                      torch.log1p(newest.clamp(max=FORGOTTEN)) * wide],
        }  # fmt: skip
        logs, at, parts = torch.log1p(ranks), 0, []
        for group in GROUPS:
            parts.append(logs[..., at : at + self.channels[group]])
            at += self.channels[group]
            parts += [one[..., None] for one in own.get(group, [])]
        return torch.cat(parts, 2)

    def forward(self, items: Tensor, ages: Tensor, times: Tensor, candidates: Tensor, ranks: Tensor) -> Tensor:
        """
        Args:
            items, ages, times: (batch, history): item number int64, -1 padding in front; days since it was last taken;
                in how many baskets it was.
            candidates: int64 (batch, candidates), padding -1. ranks: float32 (batch, candidates, channels), 0 the best
                of a channel.
        """
        return (self.raw(items, ages, times, candidates, ranks) - self.center) / self.scale


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
        self.cross = CrossNetwork(width)
        self.deep = mlp([width, 64, 32], dropout)
        self.last = nn.Linear(width + 32, 1)

    def forward(
        self, items: Tensor, ages: Tensor, times: Tensor, candidates: Tensor, ranks: Tensor, known: Tensor
    ) -> dict[str, Tensor]:
        """
        Args:
            known: float32 (batch, groups), 1 for what may be used, 0 for what is at its mean. The interest is of the
                group "order".

        Returns:
            logits: float32 (batch, candidates).
            attention: float32 (batch, candidates, EVENTS), DIN's, of the newest of the history.
        """
        features = self.features(items, ages, times, candidates, ranks)
        features = features * (known @ self.features.group)[:, None, :]
        recent = last(items, EVENTS)
        target = self.table(candidates.clamp(min=0))
        history = self.table(recent.clamp(min=0))
        interest, attention = self.interest(history, (recent >= 0).float(), target)
        own = torch.cat([interest, target], 2) * known[:, GROUPS.index("order"), None, None]
        whole = torch.cat([features, own], 2)  # (B, C, width)
        crossed, deep = self.cross(whole), self.deep(whole)
        return {"logits": self.last(torch.cat([crossed, deep], 2))[..., 0], "attention": attention}


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
