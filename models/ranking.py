"""Rankers of a recommender: a fine one for several goals and scenes, and coarse ones that are fast enough for many.

Papers, each beside its part: crossing, Wang, Shivanna, Cheng, Jain, Lin, Hong, Chi 2021, "DCN V2: Improved Deep & Cross
Network", WWW, arXiv 2008.13535; target attention, Zhou et al. 2018, "Deep Interest Network for Click-Through Rate
Prediction", KDD, arXiv 1706.06978; experts, Ma, Zhao, Yi, Chen, Hong, Chi 2018, "Modeling Task Relationships in
Multi-task Learning with Multi-gate Mixture-of-Experts", KDD. Coarse: Wang, Zhao, Jiang, Zhou, Gai 2020, "COLD: Towards
the Next Generation of Pre-Ranking System", arXiv 2007.16122, and the two towers that it is held against.

Departures: sizes for two cores. DIN's activation unit reads h, t, h - t and h * t (the paper: h, t and their outer
product) through PReLU, not Dice, whose statistics over a batch would make an answer depend on its neighbours. The fine
ranker sets DIN's pooled history before DCN-v2, and the experts after it; an item's id may stand for a fixed vector,
since learnt ones know a small log by heart after an epoch. With scene "gate" the mix of experts is chosen by the scene
alone, not by x. COLD has no squeeze-and-excitation block: what it may read is chosen by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

Scene = Literal["input", "tower", "gate"]


@dataclass(frozen=True)
class RankerConfig:
    """What is known of a request and of a candidate, and the sizes of what reads it."""

    user_fields: tuple[int, ...]  # how many values each categorical fact of the user has
    item_fields: tuple[int, ...]  # and of the item, its id first; the history has the same
    request: int  # numbers known of the user and the moment
    item: int  # of the candidate alone
    pair: int  # of both together
    scenes: int  # places where a list is shown
    vectors: int = 0  # size of the fixed vector that an id stands for; 0: an id has a learnt one, as any other fact
    histories: int = 3  # lists of what the user has seen, by what he did with it
    tasks: int = 3
    scene: Scene = "input"
    embedding: int = 6  # of an item's or a scene's fact
    user_embedding: int = 4
    attention: int = 16  # hidden units of the activation unit
    cross_layers: int = 2
    rank: int = 32  # of the matrices of the crossing; 0: full
    experts: int = 3
    expert: tuple[int, ...] = (64, 32)
    dropout: float = 0.1

    @property
    def item_width(self) -> int:
        """Of an item's embedding."""
        return self.vectors + self.embedding * (len(self.item_fields) - bool(self.vectors))

    @property
    def request_width(self) -> int:
        """Of all that is the same for each candidate, the history aside."""
        return self.request + self.user_embedding * len(self.user_fields) + self.embedding


def mlp(widths: Sequence[int], dropout: float = 0.0) -> nn.Sequential:
    """Linear layers, a ReLU after each."""
    layers: list[nn.Module] = []
    for narrow, wide in pairwise(widths):
        layers += [nn.Linear(narrow, wide), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers)


class Fields(nn.Module):
    """Categorical facts as vectors, all in one table: fact f with value x is row offset_f + x."""

    def __init__(self, sizes: Sequence[int], embedding: int) -> None:
        super().__init__()
        self.table = nn.Embedding(sum(sizes), embedding)
        nn.init.normal_(self.table.weight, std=0.05)
        offsets = torch.tensor([0, *sizes[:-1]]).cumsum(0)
        self.register_buffer("offsets", offsets, persistent=False)
        self.offsets: Tensor

    def forward(self, ids: Tensor) -> Tensor:
        """int64 (…, facts) -> (…, facts * embedding)."""
        return self.table(ids + self.offsets).flatten(-2)


class Items(nn.Module):
    """An item by its facts, its id first; the id is learnt as the other facts are, or stands for a fixed vector."""

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.fixed = nn.Embedding(config.item_fields[0], config.vectors) if config.vectors else None
        if self.fixed is not None:
            self.fixed.weight.requires_grad_(False)
        self.fields = Fields(config.item_fields[bool(config.vectors) :], config.embedding)

    def forward(self, ids: Tensor, vectors: Tensor | None = None) -> Tensor:
        """int64 (…, facts), and their fixed vectors where they are looked up elsewhere -> (…, item_width)."""
        if self.fixed is None:
            return self.fields(ids)
        return torch.cat([self.fields(ids[..., 1:]), self.fixed(ids[..., 0]) if vectors is None else vectors], -1)


class Standard(nn.Module):
    """Numbers to mean 0 and variance 1 of the training rows; a value far outside counts as one at the border."""

    def __init__(self, width: int, most: float = 5.0) -> None:
        super().__init__()
        self.most = most
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.mean: Tensor
        self.deviation: Tensor

    def fit(self, rows: Tensor) -> None:
        """rows: float32 (rows, width)."""
        deviation, mean = torch.std_mean(rows.double(), 0)
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation)))

    def forward(self, x: Tensor) -> Tensor:
        """(…, width) -> (…, width)."""
        return ((x - self.mean) / self.deviation).clamp(-self.most, self.most)


class CrossNetwork(nn.Module):
    """DCN-v2, equation 1: x_l+1 = x_0 * (W_l x_l + b_l) + x_l; of low rank, equation 2: W_l = U_l V_l^T."""

    def __init__(self, width: int, layers: int = 2, rank: int = 0) -> None:
        """Args: rank: 0 for full matrices."""
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Linear(width, rank, bias=False), nn.Linear(rank, width))
            if rank
            else nn.Linear(width, width)
            for _ in range(layers)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(…, width) -> (…, width)."""
        crossed = x
        for layer in self.layers:
            crossed = x * layer(crossed) + crossed
        return crossed


class Interest(nn.Module):
    """DIN, equation 3: v_U(t) = sum_j a(h_j, t) h_j, the history as far as it has to do with the candidate t.

    As in the paper the weights a are not normalised: how much of the history speaks for t is part of the answer.
    """

    def __init__(self, width: int, hidden: int = 32) -> None:
        super().__init__()
        # one layer on [h, t, h - t, h * t], written as its parts: those of h and of t are computed once for all pairs
        self.of_history = nn.Linear(width, hidden)
        self.of_target, self.of_difference, self.of_product = (nn.Linear(width, hidden, bias=False) for _ in range(3))
        self.activation = nn.PReLU()
        self.weight = nn.Linear(hidden, 1)

    def forward(self, history: Tensor, mask: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """What of the history concerns each candidate.

        Once h is given the first layer is linear in t: x = (W_t - W_d + W_p diag(h)) t + (W_h + W_d) h + b. So it is
        one product of the candidates, with a one behind each, with the matrices of all events side by side. And
        PReLU(x) = a x + (1 - a) ReLU(x), whose linear part needs no x.

        Args:
            history: float32 (batch, events, width).
            mask: float32 (batch, events), 0 where there is none.
            target: float32 (batch, candidates, width).

        Returns:
            float32 (batch, candidates, width), and the weights, float32 (batch, candidates, events).
        """
        of_history = self.of_history(history) + self.of_difference(history)  # (B, H, k)
        alone = (self.of_target.weight - self.of_difference.weight).T[:, None]  # (width, 1, k)
        matrices = history.transpose(1, 2)[..., None] * self.of_product.weight.T[:, None] + alone  # (B, width, H, k)
        matrices = torch.cat([matrices, of_history[:, None]], 1)  # (B, width + 1, H, k)
        target = nn.functional.pad(target, (0, 1), value=1.0)
        first = (target @ matrices.flatten(2)).relu().unflatten(2, (history.shape[1], -1))  # (B, C, H, k)
        slope, weight = self.activation.weight, self.weight.weight.T  # (1,), (k, 1)
        bent, linear = first @ ((1 - slope) * weight), target @ (matrices @ (slope * weight))[..., 0]
        attention = bent[..., 0] + linear + self.weight.bias  # (B, C, H)
        attention = attention * mask[:, None]  # (B, C, H)
        return attention @ history, attention


class Experts(nn.Module):
    """MMoE, equations 6 and 7: y_k = sum_i g^k(x)_i f_i(x), g^k(x) = softmax(W_gk x): each task mixes the experts."""

    def __init__(
        self, width: int, experts: int, widths: Sequence[int], tasks: int, gate: int = 0, dropout: float = 0.0
    ) -> None:
        """Args: gate: the width of what chooses the mix, where that is not x."""
        super().__init__()
        self.experts = nn.ModuleList(mlp([width, *widths], dropout) for _ in range(experts))
        self.gates = nn.Linear(gate or width, tasks * experts, bias=False)
        self.shape = (tasks, experts)

    def forward(self, x: Tensor, chosen_by: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """float32 (…, width), and (…, gate) if another chooses -> (…, tasks, out), gates (…, tasks, experts)."""
        outputs = torch.stack([expert(x) for expert in self.experts], -2)  # (…, experts, out)
        logits = self.gates(x if chosen_by is None else chosen_by)
        gates = torch.softmax(logits.unflatten(-1, self.shape), -1)
        return gates @ outputs, gates


class Known(nn.Module):
    """What every ranker begins with: numbers brought to one scale, facts as vectors."""

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.request, self.item = Standard(config.request), Standard(config.item)
        self.pair = Standard(config.pair) if config.pair else None
        self.user, self.items = Fields(config.user_fields, config.user_embedding), Items(config)
        self.scenes = nn.Embedding(config.scenes, config.embedding)

    def of_request(self, user_ids: Tensor, request: Tensor, scene: Tensor) -> Tensor:
        """See FineRanker.forward. Returns (batch, request_width)."""
        return torch.cat([self.request(request), self.user(user_ids), self.scenes(scene)], 1)


class FineRanker(nn.Module):
    """All that is known of a request and its candidates -> the logit of each task, the scene in one of three ways.

    scene "input": its embedding is one feature among the others; "tower": each scene adds a small head to the common
    one; "gate": the scene alone chooses the mix of experts.
    """

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        self.config, self.known = config, Known(config)
        self.interests = nn.ModuleList(Interest(config.item_width, config.attention) for _ in range(config.histories))
        width = config.request_width + config.item + config.pair + config.item_width * (1 + config.histories)
        self.cross = CrossNetwork(width, config.cross_layers, config.rank)
        gate = config.embedding if config.scene == "gate" else 0
        self.experts = Experts(width, config.experts, config.expert, config.tasks, gate, config.dropout)
        last = config.expert[-1]
        self.heads = nn.Parameter(torch.randn(config.tasks, last) * last**-0.5)
        self.bias = nn.Parameter(torch.zeros(config.tasks))
        self.towers = nn.Embedding(config.scenes, config.tasks * (last + 1)) if config.scene == "tower" else None
        if self.towers is not None:
            nn.init.zeros_(self.towers.weight)  # a scene begins with the common head

    def forward(
        self,
        user_ids: Tensor,
        request: Tensor,
        scene: Tensor,
        item_ids: Tensor,
        item: Tensor,
        pair: Tensor,
        history_ids: Tensor,
        history_mask: Tensor,
        item_vectors: Tensor | None = None,
        history_vectors: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Every candidate of each request.

        Args:
            user_ids: int64 (batch, user facts).
            request: float32 (batch, request).
            scene: int64 (batch).
            item_ids: int64 (batch, candidates, item facts).
            item: float32 (batch, candidates, item).
            pair: float32 (batch, candidates, pair).
            history_ids: int64 (batch, histories, events, item facts).
            history_mask: float32 (batch, histories, events), 0 where there is none.
            item_vectors, history_vectors: float32, the fixed vectors of the ids, (…, vectors) each; None: they are
                looked up in the ranker's own table.

        Returns:
            "logits" (batch, candidates, tasks); "hidden" (batch, candidates, tasks * last), what the heads read;
            "gates" (batch, candidates, tasks, experts); "attention" (batch, candidates, histories, events).
        """
        target, history = self.known.items(item_ids, item_vectors), self.known.items(history_ids, history_vectors)
        read = [
            interest(history[:, kind], history_mask[:, kind], target) for kind, interest in enumerate(self.interests)
        ]
        known = self.known.of_request(user_ids, request, scene)[:, None].expand(-1, target.shape[1], -1)
        features = [known, self.known.item(item), target, *(interest for interest, _ in read)]
        if self.known.pair is not None:
            features.append(self.known.pair(pair))
        x = self.cross(torch.cat(features, 2))  # (B, C, width)
        by_scene = self.known.scenes(scene)[:, None].expand(-1, x.shape[1], -1)
        mixed, gates = self.experts(x, by_scene if self.config.scene == "gate" else None)
        logits = (mixed * self.heads).sum(3) + self.bias  # mixed: (B, C, tasks, last)
        if self.towers is not None:
            tower = self.towers(scene).unflatten(1, (self.config.tasks, -1))[:, None]  # (B, 1, tasks, last + 1)
            logits = logits + (mixed * tower[..., :-1]).sum(3) + tower[..., -1]
        attention = torch.stack([weights for _, weights in read], 2)
        return {"logits": logits, "hidden": mixed.flatten(2), "gates": gates, "attention": attention}


def mean(history: Tensor, mask: Tensor) -> Tensor:
    """float32 (batch, histories, events, width), (batch, histories, events) -> (batch, histories * width)."""
    total = (mask[:, :, None] @ history)[:, :, 0]  # (B, histories, width)
    return (total / mask.sum(2, keepdim=True).clamp(min=1)).flatten(1)


class CoarseRanker(nn.Module):
    """One score for each candidate from what is cheap to read: each history only by its mean.

    Subclasses say how request and candidate meet.
    """

    def __init__(self, config: RankerConfig, size: int) -> None:
        """Args: config: its pair says how many of the numbers of a pair are read, the first ones. size: of "hidden"."""
        super().__init__()
        self.size = size
        self.config, self.known = config, Known(config)
        self.left = config.request_width + config.histories * config.item_width
        self.right = config.item + config.item_width

    def request(self, user_ids: Tensor, request: Tensor, scene: Tensor, history: Tensor, mask: Tensor) -> Tensor:
        """What is the same for all candidates, (batch, left). history: float32 (batch, histories, events, width)."""
        return torch.cat([self.known.of_request(user_ids, request, scene), mean(history, mask)], 1)

    def candidate(self, item: Tensor, of_item: Tensor) -> Tensor:
        """What does not depend on the request, (batch, candidates, right). of_item: (batch, candidates, width)."""
        return torch.cat([self.known.item(item), of_item], 2)

    def forward(
        self,
        user_ids: Tensor,
        request: Tensor,
        scene: Tensor,
        item_ids: Tensor,
        item: Tensor,
        pair: Tensor,
        history_ids: Tensor,
        history_mask: Tensor,
        item_vectors: Tensor | None = None,
        history_vectors: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """See FineRanker.forward. Returns "logits" (batch, candidates) and "hidden" (batch, candidates, size)."""
        target, history = self.known.items(item_ids, item_vectors), self.known.items(history_ids, history_vectors)
        left = self.request(user_ids, request, scene, history, history_mask)
        return self.meet(left, self.candidate(item, target), pair)

    def meet(self, left: Tensor, right: Tensor, pair: Tensor) -> dict[str, Tensor]:
        """(batch, left), (batch, candidates, right), (batch, candidates, pair) -> see forward."""
        raise NotImplementedError


class TwoTowers(CoarseRanker):
    """A vector of the request times a vector of the item, which may be kept for as long as its numbers hold."""

    def __init__(self, config: RankerConfig, widths: Sequence[int] = (64, 32)) -> None:
        super().__init__(config, widths[-1])
        self.request_tower = nn.Sequential(mlp([self.left, *widths[:-1]]), nn.Linear(widths[-2], widths[-1]))
        self.item_tower = nn.Sequential(mlp([self.right, *widths[:-1]]), nn.Linear(widths[-2], widths[-1] + 1))

    def meet(self, left: Tensor, right: Tensor, pair: Tensor) -> dict[str, Tensor]:
        """hidden is the product before its sum; the last number of an item's vector is its own share of the score."""
        user, item = self.request_tower(left), self.item_tower(right)  # (B, d), (B, C, d + 1)
        hidden = user[:, None] * item[..., :-1]
        return {"logits": hidden.sum(2) + item[..., -1], "hidden": hidden}


class Cold(CoarseRanker):
    """COLD: a small network on request, item and the cheap numbers of both; the request's share is computed once."""

    def __init__(self, config: RankerConfig, widths: Sequence[int] = (64, 32)) -> None:
        super().__init__(config, widths[-1])
        self.of_request = nn.Linear(self.left, widths[0])
        self.of_candidate = nn.Linear(self.right + config.pair, widths[0], bias=False)
        self.rest = mlp(widths)
        self.output = nn.Linear(widths[-1], 1)

    def first(self, left: Tensor, right: Tensor, pair: Tensor) -> Tensor:
        """The first layer, on request and candidate together, (batch, candidates, first width)."""
        if self.known.pair is not None:
            right = torch.cat([right, self.known.pair(pair[..., : self.config.pair])], 2)
        return torch.relu(self.of_request(left)[:, None] + self.of_candidate(right))

    def meet(self, left: Tensor, right: Tensor, pair: Tensor) -> dict[str, Tensor]:
        """hidden is what the last layer reads."""
        hidden = self.rest(self.first(left, right, pair))
        return {"logits": self.output(hidden)[..., 0], "hidden": hidden}
