"""Recall: which few hundred of all items could somebody want, from nothing but what he took before.

Neighbours of items: ItemCF (Sarwar, Karypis, Konstan, Riedl 2001, WWW, section 3.1.1); Swing (Yang et al. 2020, "Large
Scale Product Graph Construction for Recommendation in E-commerce", arXiv 2010.05525, section 3); EASE^R (Steck 2019,
WWW, arXiv 1905.03375, eq. 8). Each is a matrix item × item in closed form, of which the largest entries of a row stay.
Two towers: Yi et al. 2019, "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys.
SASRec: Kang and McAuley 2018, arXiv 1808.09781; its loss here is the cross-entropy over many drawn items (Klenitskiy
and Vasilev 2023, arXiv 2309.07602), or the paper's own with one.

Departures: ItemCF shrinks similarities of rare items (Bell and Koren 2007); Swing takes at most 400 buyers of an item;
no row of a matrix has more than `kept` entries. The networks' tables of items begin as a singular value decomposition
of the interactions, not at random. The two towers read what an item is called beside its number, and their user is the
items that he took, no number of his own: somebody new needs no training.
"""

from __future__ import annotations

import numpy as np
import torch
from sklearn.utils.extmath import randomized_svd
from torch import Tensor, nn

Matrix = np.ndarray  # float32; interactions (users, items) of 0 and 1, or similarities (items, items)
PADDING = -1
DECAY = 60.0  # days after which what was taken says e times less
SHRINKAGE = 20.0  # buyers that an item is thought to have besides, who took nothing else
L2 = 300.0  # of EASE: chosen on the validation window
BUYERS = 400  # of one item that Swing pairs


def item_cf(interactions: Matrix, shrinkage: float = SHRINKAGE) -> Matrix:
    """Cosine of two items' columns, shrunk: float32 (items, items), row: what was taken, column: what it speaks for."""
    together = interactions.T @ interactions
    norms = np.sqrt(np.diag(together))
    found = together / (np.outer(norms, norms) + shrinkage)
    np.fill_diagonal(found, 0)
    return np.asarray(found, np.float32)


def swing(interactions: Matrix, alpha: float = 1.0, seed: int = 0) -> Matrix:
    """s(i, j) = Σ over pairs of users who took both, w_u w_v / (α + |I_u ∩ I_v|), w_u = 1/√|I_u|; rows sum to one.

    Two users who agree on little but these two items say more of them than two who buy everything.
    """
    shared = interactions @ interactions.T
    weights = 1 / np.sqrt(np.maximum(interactions.sum(1), 1))
    found = np.zeros((interactions.shape[1],) * 2, np.float32)
    draw = np.random.default_rng(seed)
    for item in range(len(found)):
        users = np.flatnonzero(interactions[:, item])
        if len(users) > BUYERS:
            users = draw.choice(users, BUYERS, replace=False)
        pairs = np.outer(weights[users], weights[users]) / (alpha + shared[np.ix_(users, users)])
        np.fill_diagonal(pairs, 0)
        taken = interactions[users]
        found[item] = ((pairs @ taken) * taken).sum(0) / 2
    np.fill_diagonal(found, 0)
    return found / (found.sum(1, keepdims=True) + 1e-6)


def ease(interactions: Matrix, l2: float = L2) -> Matrix:
    """B = I − P diag(P)⁻¹ with P = (XᵀX + λI)⁻¹, its diagonal zero: the linear model that tells items by the others."""
    gram = interactions.T.astype(np.float64) @ interactions
    gram[np.diag_indices_from(gram)] += l2
    inverse = np.linalg.inv(gram)
    found = -inverse / np.diag(inverse)
    np.fill_diagonal(found, 0)
    return np.asarray(found, np.float32)


def factors(interactions: Matrix, size: int) -> Matrix:
    """Vectors of items by a singular value decomposition, rare ones raised: float32 (items, size), deviation 0.1."""
    raised = interactions / np.sqrt(interactions.sum(0) + 5)
    _, values, right = randomized_svd(raised, size, random_state=0)
    found = right.T * np.sqrt(values)
    return np.asarray(0.1 * (found - found.mean(0)) / found.std(), np.float32)


def largest(similarities: Matrix, kept: int) -> tuple[np.ndarray, Matrix]:
    """Of each row the entries of the largest size: item numbers int16 (items, kept), values float32 (items, kept)."""
    near = np.argsort(-np.abs(similarities), axis=1, kind="stable")[:, :kept]
    return near.astype(np.int16), np.take_along_axis(similarities, near, axis=1)


class Neighbours(nn.Module):
    """The score of each item: what its neighbours among the taken ones say for it, weighted and summed."""

    def __init__(self, near: np.ndarray, values: Matrix) -> None:
        """Args: near, values: of each item its neighbours and how near, as `largest` gives them."""
        super().__init__()
        self.register_buffer("near", torch.from_numpy(near.astype(np.int16)))
        self.register_buffer("values", torch.from_numpy(values.astype(np.float32)))

    near: Tensor
    values: Tensor

    def forward(self, items: Tensor, weights: Tensor) -> dict[str, Tensor]:
        """
        Args:
            items: int64 (batch, history), -1: padding. weights: float32 (batch, history).

        Returns:
            scores: float32 (batch, items).
        """
        known = items.clamp(min=0)
        weights = weights * (items > PADDING)
        near = self.near[known].long().flatten(1)  # (batch, history * kept)
        values = (self.values[known] * weights[..., None]).flatten(1)
        empty = torch.zeros(items.shape[0], self.near.shape[0])
        return {"scores": empty.scatter_add(1, near, values)}


class TwoTowers(nn.Module):
    """A vector for who took some items, one for each item, and their inner product."""

    def __init__(self, facts: Matrix, size: int = 64, temperature: float = 0.1) -> None:
        """Args: facts: float32 (items, facts), what is known of an item besides who took it: words of its title …"""
        super().__init__()
        self.register_buffer("facts", torch.from_numpy(facts.astype(np.float32)))
        self.temperature = temperature
        self.taken = nn.Embedding(len(facts), size)  # as something that was taken
        self.offered = nn.Embedding(len(facts), size)  # as something that could be
        self.read = nn.Linear(facts.shape[1], size)
        self.user = nn.Sequential(nn.Linear(2 * size, 2 * size), nn.ReLU(), nn.Linear(2 * size, size))
        self.item = nn.Sequential(nn.Linear(2 * size, 2 * size), nn.ReLU(), nn.Linear(2 * size, size))
        for table in (self.taken, self.offered):
            nn.init.normal_(table.weight, std=0.05)

    facts: Tensor

    def begin(self, vectors: Matrix) -> None:
        """Args: vectors: float32 (items, size), of each item, that its rows of both tables begin as."""
        with torch.no_grad():
            for table in (self.taken, self.offered):
                table.weight.copy_(torch.from_numpy(vectors))

    def users(self, items: Tensor, weights: Tensor) -> Tensor:
        """items int64, weights float32 (batch, history), padding -1 -> unit vectors (batch, size)."""
        known = items.clamp(min=0)
        weights = weights * (items > PADDING)
        weights = weights / weights.sum(1, keepdim=True).clamp(min=1e-6)
        seen = torch.cat([self.taken(known), self.read(self.facts[known])], 2)  # (batch, history, 2 size)
        return nn.functional.normalize(self.user((seen * weights[..., None]).sum(1)), dim=1)

    def items(self, some: Tensor | None = None) -> Tensor:
        """Unit vectors (items, size) of some items, int64 (items,), or of all."""
        offered, facts = (self.offered.weight, self.facts) if some is None else (self.offered(some), self.facts[some])
        return nn.functional.normalize(self.item(torch.cat([offered, self.read(facts)], 1)), dim=1)

    def loss(self, items: Tensor, weights: Tensor, target: Tensor, log_share: Tensor) -> Tensor:
        """In-batch softmax with the correction logQ (Yi et al. 2019, eq. 4 and 5).

        Args:
            target: int64 (batch,), what was taken next: each row's is a negative of the others'.
            log_share: float32 (items,), log of how often an item is a target; 0 everywhere: no correction.
        """
        users, offered = self.users(items, weights), self.items(target)
        logits = users @ offered.T / self.temperature - log_share[target][None, :]
        same = (target[None, :] == target[:, None]) & ~torch.eye(len(target), dtype=torch.bool)
        return nn.functional.cross_entropy(logits.masked_fill(same, -1e9), torch.arange(len(target)))

    def forward(self, items: Tensor, weights: Tensor) -> dict[str, Tensor]:
        """-> scores float32 (batch, items)."""
        return {"scores": self.users(items, weights) @ self.items().T}


class Block(nn.Module):
    """Self-attention over what came before, and a feed-forward network: x + dropout(g(norm(x))) (section III-B)."""

    def __init__(self, size: int, dropout: float) -> None:
        super().__init__()
        self.norm, self.second = nn.LayerNorm(size), nn.LayerNorm(size)
        self.query, self.key, self.value = (nn.Linear(size, size) for _ in range(3))
        self.wide, self.narrow = nn.Linear(size, size), nn.Linear(size, size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, hidden: Tensor) -> Tensor:
        """states (batch, length, size); hidden: bool (batch, length, length), what may not be seen."""
        asked = self.norm(states)
        scores = self.query(asked) @ self.key(states).transpose(1, 2) / states.shape[2] ** 0.5
        attention = scores.masked_fill(hidden, -1e9).softmax(2)
        states = asked + self.dropout(attention @ self.value(states))
        inner = self.second(states)
        return inner + self.dropout(self.narrow(self.dropout(torch.relu(self.wide(inner)))))


class SASRec(nn.Module):
    """What is taken next, from the last items in their order."""

    def __init__(self, items: int, size: int = 64, layers: int = 2, longest: int = 50, dropout: float = 0.3) -> None:
        super().__init__()
        self.longest = longest
        self.table = nn.Embedding(items + 1, size)  # the last row: nothing
        self.places = nn.Embedding(longest, size)
        self.blocks = nn.ModuleList(Block(size, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(dropout)
        for table in (self.table, self.places):
            nn.init.normal_(table.weight, std=0.02)

    def states(self, items: Tensor) -> Tensor:
        """items int64 (batch, length), the newest last, padding -1 in front -> (batch, length, size)."""
        length = items.shape[1]
        nothing = items == PADDING
        known = torch.where(nothing, self.table.num_embeddings - 1, items)
        backward = length - 1 - torch.arange(length)  # the newest is at place 0, whatever the length
        states = self.dropout(self.table(known) * self.table.embedding_dim**0.5 + self.places(backward))
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        itself = torch.eye(length, dtype=torch.bool)  # something is always seen
        hidden = (later | nothing[:, None, :]) & ~itself
        for block in self.blocks:
            states = block(states, hidden)
        return self.norm(states)

    def begin(self, vectors: Matrix) -> None:
        """Args: vectors: float32 (items, size), of each item, that its row of the table begins as."""
        with torch.no_grad():
            self.table.weight[:-1].copy_(torch.from_numpy(vectors))

    def logits(self, states: Tensor) -> Tensor:
        """(…, size) -> (…, items)."""
        return states @ self.table.weight[:-1].T

    def cross_entropy(self, items: Tensor, targets: Tensor, drawn: Tensor, log_share: Tensor) -> Tensor:
        """At each place, over the next item and some drawn by how often they are taken, with the correction logQ.

        Args:
            targets: int64 (batch, length), padding -1. drawn: int64 (negatives,), the same for all places.
            log_share: float32 (items,), log of the share by which each is drawn.
        """
        known = targets > PADDING
        states, wanted = self.states(items)[known], targets[known]  # (places, size), (places,)
        yes = (states * self.table(wanted)).sum(1) - log_share[wanted]
        no = states @ self.table(drawn).T - log_share[drawn]
        no = no.masked_fill(drawn[None, :] == wanted[:, None], -1e9)
        return -torch.cat([yes[:, None], no], 1).float().log_softmax(1)[:, 0].mean()

    def binary(self, items: Tensor, targets: Tensor, negatives: Tensor) -> Tensor:
        """The paper's loss (eq. 7): the next item against one that was not taken. negatives: as targets."""
        states, known = self.states(items), targets > PADDING
        yes, no = ((states * self.table(some.clamp(min=0))).sum(2) for some in (targets, negatives))
        losses = nn.functional.softplus(-yes) + nn.functional.softplus(no)
        return (losses * known).sum() / known.sum()

    def forward(self, items: Tensor) -> dict[str, Tensor]:
        """items int64 (batch, length), at most `longest` of them -> scores float32 (batch, items)."""
        return {"scores": self.logits(self.states(items)[:, -1])}


class Channel(nn.Module):
    """One channel of recall: the best items that were not taken before, and the order of those that were."""

    def __init__(self, scorer: nn.Module, items: int, count: int = 200) -> None:
        """Args: scorer: Neighbours, TwoTowers or SASRec. count: how many of the items it hands over."""
        super().__init__()
        self.scorer, self.count = scorer, count
        # Of the same score the one with the lower number, so that every runtime gives the same list: a thousandth of
        # a score at most, which is what float32 can tell apart over so many.
        self.register_buffer("order", torch.linspace(0, 1e-3, items), persistent=False)

    order: Tensor

    def forward(self, items: Tensor, ages: Tensor) -> dict[str, Tensor]:
        """
        Args:
            items: int64 (batch, history), each once, the newest last, padding -1 in front. ages: float32, days.

        Returns:
            best: int64 (batch, count), not among the taken. values: float32 (batch, count), their scores.
            own: int64 (batch, history), the rank of each taken one among them, 0 the best.
        """
        taken = items > PADDING
        if isinstance(self.scorer, SASRec):
            scores = self.scorer(last(items, self.scorer.longest))["scores"]
        else:
            scores = self.scorer(items, torch.exp(-ages / DECAY) + 0.1)["scores"]
        scores = scores - self.order * (scores.abs() + 1e-3)
        known = items.clamp(min=0)
        penalty = torch.zeros_like(scores).scatter_add(1, known, taken * 1e9)
        values, best = torch.topk(scores - penalty, self.count, dim=1)
        own = torch.where(taken, scores.gather(1, known), -1e9)
        return {"best": best, "values": values, "own": own.argsort(1, descending=True).argsort(1)}


def last(items: Tensor, count: int) -> Tensor:
    """The last so many columns, or all where there are fewer."""
    return items[:, torch.sym_max(items.shape[1] - count, 0) :]
