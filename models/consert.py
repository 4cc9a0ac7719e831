"""ConSERT: a BERT-like encoder whose sentence vectors are pulled apart by contrast.

Paper: Yan, Li, Wang, Zhang, Wu, Xu 2021, "ConSERT: A Contrastive Framework for Self-Supervised Sentence Representation
Transfer", ACL 2021, arXiv 2105.11741. Two views of each sentence are made by augmenting its embedding matrix
(section 3.2); NT-Xent (eq. 1) pulls the two together and pushes all other sentences of the batch away; labelled pairs
of natural language inference join in three ways (section 3.4).

Departures: token shuffling and cutoff leave [CLS], [SEP] and the padding alone; where a data set has pairs that say the
same, and sentences that say the contrary, they are views and further negatives of the same loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel
from transformers.masking_utils import create_bidirectional_mask

CLASSES = 3  # entailment, neutral, contradiction
NO_LABEL = -1


class SentenceEncoder(nn.Module):
    """A BertModel, the mean of its token embeddings, length 1.

    Args:
        layers: the tokens' states are those of the last layer (1), or the mean of the last two (2).
    """

    def __init__(self, bert: BertModel, layers: int = 1) -> None:
        super().__init__()
        self.bert = bert
        self.layers = layers

    @classmethod
    def from_config(cls, config: BertConfig, layers: int = 1) -> SentenceEncoder:
        """Random weights."""
        return cls(BertModel(config, add_pooling_layer=False), layers)

    def embed(self, input_ids: Tensor, position_ids: Tensor | None = None) -> Tensor:
        """The embedding layer: int64 (B, T) -> float32 (B, T, H), normalised; this is what gets augmented."""
        return self.bert.embeddings(input_ids=input_ids, position_ids=position_ids)

    def encode(self, embeddings: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """The body: float32 (B, T, H), int64 (B, T) -> "embedding" (B, H) of length 1, "token_embeddings" (B, T, H)."""
        mask = create_bidirectional_mask(self.bert.config, inputs_embeds=embeddings, attention_mask=attention_mask)
        states = [embeddings]
        for layer in self.bert.encoder.layer:
            states.append(layer(states[-1], mask))
        tokens = torch.stack(states[-self.layers :]).mean(0) if self.layers > 1 else states[-1]  # (B, T, H)
        weight = attention_mask[:, :, None].to(tokens.dtype)  # (B, T, 1)
        mean = (tokens * weight).sum(1) / weight.sum(1).clamp(min=1)  # (B, H)
        return {"embedding": functional.normalize(mean, dim=-1), "token_embeddings": tokens}

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """int64 (B, T) each. See encode."""
        return self.encode(self.embed(input_ids), attention_mask)


# --- augmentations (section 3.2) ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Augmentation:
    """One strategy and its strength; "none" leaves the matrix as it is."""

    kind: str
    rate: float = 0.0

    def __str__(self) -> str:
        return self.kind


NONE = Augmentation("none")
SHUFFLE = Augmentation("shuffle")
TOKEN_CUTOFF = Augmentation("token cutoff", 0.15)
FEATURE_CUTOFF = Augmentation("feature cutoff", 0.2)
DROPOUT = Augmentation("dropout", 0.2)
UNSUPERVISED = (NONE, SHUFFLE, TOKEN_CUTOFF, FEATURE_CUTOFF, DROPOUT)
ADVERSARIAL = Augmentation("adversarial", 1.0)  # supervised only: it needs the gradient of a labelled loss


def shuffled_positions(attention_mask: Tensor) -> Tensor:
    """Token shuffling: the position ids of the words in random order, int64 (B, T); the words stay where they are."""
    words = _words(attention_mask)
    positions = torch.arange(attention_mask.shape[1], device=attention_mask.device).expand_as(attention_mask)
    key = torch.rand(attention_mask.shape, device=attention_mask.device)
    # [CLS] is before all words, [SEP] and the padding after them: sorted by this, only the words change places.
    return torch.where(words, key, torch.where(positions == 0, -1.0, 1.0 + positions)).argsort(1)


def _words(attention_mask: Tensor) -> Tensor:
    """bool (B, T): the tokens between [CLS] and [SEP]."""
    positions = torch.arange(attention_mask.shape[1], device=attention_mask.device)
    return (positions > 0) & (positions < attention_mask.sum(1, keepdim=True) - 1)


def cut(embeddings: Tensor, attention_mask: Tensor, augmentation: Augmentation) -> Tensor:
    """Cutoff and dropout of the embedding matrix, float32 (B, T, H): erased entries are zero.

    "token cutoff" erases whole rows, "feature cutoff" whole columns of a sentence (Shen et al. 2020, arXiv 2009.13818),
    "dropout" single entries; the rate is the share erased. Only dropout scales up what is left.
    """
    rate = augmentation.rate
    if augmentation.kind == "token cutoff":
        kept = (torch.rand_like(embeddings[:, :, 0]) >= rate) | ~_words(attention_mask)
        return embeddings * kept[:, :, None]
    if augmentation.kind == "feature cutoff":
        return embeddings * (torch.rand_like(embeddings[:, :1]) >= rate)
    if augmentation.kind == "dropout":
        return functional.dropout(embeddings, rate, training=True)
    return embeddings


def augmented(encoder: SentenceEncoder, input_ids: Tensor, attention_mask: Tensor, by: Augmentation) -> Tensor:
    """The embedding matrix of one view, float32 (B, T, H)."""
    positions = shuffled_positions(attention_mask) if by.kind == "shuffle" else None
    return cut(encoder.embed(input_ids, positions), attention_mask, by)


def perturbation(embeddings: Tensor, loss: Tensor, size: float) -> Tensor:
    """Adversarial attack: size g / |g| for each sentence, g the gradient of the loss (Fast Gradient Value).

    Rozsa, Rudd, Boult 2016, arXiv 1605.01775. A constant: no gradient flows through it.
    """
    (gradient,) = torch.autograd.grad(loss, embeddings, retain_graph=True)
    return size * gradient / gradient.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None]


# --- losses -------------------------------------------------------------------------------------------------------


def nt_xent(first: Tensor, second: Tensor, temperature: float = 0.1, negatives: Tensor | None = None) -> Tensor:
    """Eq. 1: -log exp(sim(r_i, r_j) / tau) / sum over k != i of exp(sim(r_i, r_k) / tau), the mean of all 2N.

    Args:
        first, second: the two views of N sentences, float32 (N, H), of length 1, so that sim is a product.
        negatives: further vectors (M, H) for the sum; not in the paper.
    """
    count = len(first)
    with torch.autocast(
        first.device.type, enabled=False
    ):  # cosines in bfloat16 are too coarse for a temperature of 0.1
        views = torch.cat([first, second]).float()  # (2N, H)
        logits = views @ views.T / temperature  # (2N, 2N)
        itself = torch.eye(2 * count, dtype=torch.bool, device=views.device)
        logits = logits.masked_fill(itself, float("-inf"))  # k != i
        if negatives is not None:
            logits = torch.cat([logits, views @ negatives.float().T / temperature], dim=1)  # (2N, 2N + M)
        partner = torch.arange(2 * count, device=views.device).roll(count)
        return functional.cross_entropy(logits, partner)


def ranking(cosines: Tensor, scores: Tensor, scale: float = 20.0) -> Tensor:
    """CoSENT (Su 2022): log(1 + sum of exp(scale (cos_j - cos_i)) over all pairs i, j with score_i > score_j).

    Args:
        cosines, scores: (P) each.
    """
    wrong = scale * (cosines[None, :] - cosines[:, None])[scores[:, None] > scores[None, :]].float()
    return torch.cat([wrong.new_zeros(1), wrong]).logsumexp(0)


class Consert(nn.Module):
    """The training objective: contrast, labelled pairs, or both.

    A batch holds sentence pairs. A pair with a class of inference joins the classifier of Reimers and Gurevych 2019,
    arXiv 1908.10084, section 3: softmax of W (u, v, |u - v|); a pair with a score joins the ranking; any other joins
    NT-Xent.

    Args:
        views: the augmentations of the first and of the second sentence of a contrasted pair; "adversarial" is for
            labelled pairs, without a label it leaves the matrix as it is.
        weight: alpha of eq. 4, L = L_ce + alpha L_con.
    """

    def __init__(
        self,
        encoder: SentenceEncoder,
        views: tuple[Augmentation, Augmentation],
        temperature: float = 0.1,
        weight: float = 0.15,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.views = views
        self.temperature = temperature
        self.weight = weight
        self.classifier = nn.Linear(3 * encoder.bert.config.hidden_size, CLASSES)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        rows: Tensor,
        labels: Tensor,
        scores: Tensor,
    ) -> dict[str, Tensor]:
        """The loss of a batch of P pairs.

        Args:
            input_ids, attention_mask: int64 (S, T): all sentences of the batch.
            rows: int64 (P, 3): which are the first, the second, and the contrary of each pair; -1: it has none.
            labels: int64 (P): the class of inference, or NO_LABEL.
            scores: float32 (P): a human score, or NaN.

        Returns:
            "loss", and "logits" (P): the cosine of each pair.
        """
        if not self.training:
            cosines = self._cosines(input_ids, attention_mask, rows)
            return {"loss": cosines.new_zeros(()), "logits": cosines}
        labelled, scored = labels != NO_LABEL, ~scores.isnan()
        plain = ~(labelled | scored)
        loss = self.classifier.bias.new_zeros(())
        if labelled.any():
            loss = loss + self._labelled(input_ids, attention_mask, rows[labelled], labels[labelled])
        if scored.any():
            loss = loss + ranking(self._cosines(input_ids, attention_mask, rows[scored]), scores[scored])
        if plain.any():
            loss = loss + self._contrast(input_ids, attention_mask, rows[plain])
        return {"loss": loss, "logits": loss.new_zeros(len(rows))}

    def _cosines(self, input_ids: Tensor, attention_mask: Tensor, rows: Tensor) -> Tensor:
        """Of each pair, float32 (P)."""
        ids, mask = _trim(input_ids[rows[:, :2].flatten()], attention_mask[rows[:, :2].flatten()])
        vectors = self.encoder(ids, mask)["embedding"].unflatten(0, (-1, 2))  # (P, 2, H)
        return (vectors[:, 0] * vectors[:, 1]).sum(1)

    def _labelled(self, input_ids: Tensor, attention_mask: Tensor, rows: Tensor, labels: Tensor) -> Tensor:
        """L_ce + alpha L_con (eq. 4): the classes of the pairs, and the contrast of all their sentences."""
        chosen = rows[:, :2].flatten()  # (2P)
        ids, mask = _trim(input_ids[chosen], attention_mask[chosen])
        embeddings = self.encoder.embed(ids)
        loss = self._cross_entropy(embeddings, mask, labels)
        views = []
        for by in self.views:
            if by.kind == ADVERSARIAL.kind:
                view = embeddings + perturbation(embeddings, loss, by.rate)
            else:
                view = augmented(self.encoder, ids, mask, by)
            views.append(self.encoder.encode(view, mask)["embedding"])
        return loss + self.weight * nt_xent(views[0], views[1], self.temperature)

    def _cross_entropy(self, embeddings: Tensor, mask: Tensor, labels: Tensor) -> Tensor:
        vectors = self.encoder.encode(embeddings, mask)["embedding"].unflatten(0, (-1, 2))  # (P, 2, H)
        u, v = vectors[:, 0], vectors[:, 1]
        scale = u.shape[1] ** 0.5  # the vectors have length 1: back to about 1 for each entry
        return functional.cross_entropy(self.classifier(scale * torch.cat([u, v, (u - v).abs()], 1)), labels)

    def _contrast(self, input_ids: Tensor, attention_mask: Tensor, rows: Tensor) -> Tensor:
        """NT-Xent of pairs that say the same (or of a sentence with itself), the contraries as further negatives."""
        contrary = rows[:, 2][rows[:, 2] >= 0]
        made: list[Tensor | None] = []
        for chosen, by in zip((rows[:, 0], rows[:, 1], contrary), (*self.views, NONE), strict=True):
            if not len(chosen):
                made.append(None)
                continue
            ids, mask = _trim(input_ids[chosen], attention_mask[chosen])
            made.append(self.encoder.encode(augmented(self.encoder, ids, mask, by), mask)["embedding"])
        first, second, negatives = made
        assert first is not None and second is not None
        return nt_xent(first, second, self.temperature, negatives)


def _trim(input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
    """Without the columns that are padding in every row."""
    longest = int(attention_mask.sum(1).max())
    return input_ids[:, :longest], attention_mask[:, :longest]
