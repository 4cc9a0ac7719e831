"""GPT-1 fine-tuned: tasks turned into token sequences, a linear head for each.

Paper: Radford, Narasimhan, Salimans, Sutskever 2018, "Improving Language Understanding by Generative Pre-Training",
sections 3.2 and 3.3; the decoder is models/gpt.py.

Departures: one body is fine-tuned on all tasks together, where the paper makes a copy for each. A batch mixes the
tasks, and its loss is the mean over its rows: a task counts by its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from models.gpt import AUXILIARY, Decoder

Kind = Literal["classification", "entailment", "similarity", "choice"]


@dataclass(frozen=True)
class Head:
    """A task as the model sees it."""

    name: str
    kind: Kind
    classes: int

    @property
    def outputs(self) -> int:
        """Logits of one sequence: a choice gives each answer a single score."""
        return 1 if self.kind == "choice" else self.classes


def sequences(kind: Kind, fields: Sequence[str]) -> list[str | tuple[str, str]]:
    """Section 3.3, figure 1: what is read for a question, a text or a pair of texts each.

    classification: start text extract. entailment: start premise delimiter hypothesis extract. similarity: both orders.
    choice: the context with each answer. The tokenizer sets the special tokens.
    """
    if kind == "classification":
        return [fields[0]]
    if kind == "entailment":
        return [(fields[0], fields[1])]
    if kind == "similarity":
        return [(fields[0], fields[1]), (fields[1], fields[0])]
    return [(fields[0], answer) for answer in fields[1:]]


class Transforms(nn.Module):
    """The decoder with a linear layer W_y for each task, which reads the state h at the extract token (equation 3)."""

    def __init__(self, decoder: Decoder, tasks: Sequence[Head]) -> None:
        super().__init__()
        self.decoder = decoder
        heads = {task.name: nn.Linear(decoder.config.hidden, task.outputs) for task in tasks}
        for head in heads.values():
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        self.heads = nn.ModuleDict(heads)

    def states(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """float32 (sequences, tokens, hidden), and those at the extract tokens (sequences, hidden)."""
        h = self.decoder(input_ids)
        last = attention_mask.sum(dim=1) - 1
        return h, h[torch.arange(len(last)), last]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """int64 (sequences, tokens), padded on the right, each -> logits_<task> float32 (sequences, classes).

        Of the sequences of one question, a similarity adds the logits up and a choice compares them.
        """
        _, extract = self.states(input_ids, attention_mask)
        return {f"logits_{name}": head(extract) for name, head in self.heads.items()}


class FineTuning(nn.Module):
    """L3 = L2 + λ L1 (equation 5): the tasks, over the labels that a row has, and the language model of its sequences.

    Args:
        weight: λ.
    """

    def __init__(self, model: Transforms, tasks: Sequence[Head], weight: float = AUXILIARY) -> None:
        super().__init__()
        self.model = model
        self.tasks = tuple(tasks)
        self.weight = weight

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, owner: Tensor, place: Tensor, labels: Tensor
    ) -> dict[str, Tensor]:
        """The loss, and the logits of all tasks side by side, a row a question.

        Args:
            input_ids, attention_mask: int64 (sequences, tokens), padded on the right.
            owner, place: int64 (sequences), the row that a sequence belongs to, and which of its sequences it is.
            labels: int64 (rows, tasks), a class, or models/multitask.py's NO_LABEL.
        """
        h, extract = self.model.states(input_ids, attention_mask)
        answers = []
        for task in self.tasks:
            values = self.model.heads[task.name](extract).float()
            answer = values.new_zeros(len(labels), task.classes)
            if task.kind == "choice":
                answers.append(answer.index_put((owner, place), values[:, 0]))
            else:
                answers.append(answer.index_add(0, owner, values))
        losses = [
            cross_entropy(answer, column, reduction="sum")  # NO_LABEL is left out
            for answer, column in zip(answers, labels.unbind(1), strict=True)
        ]
        loss = torch.stack(losses).sum() / len(labels)
        if self.weight and self.training:
            following = attention_mask[:, 1:].bool()
            logits = self.model.decoder.logits(h[:, :-1][following])
            loss = loss + self.weight * cross_entropy(logits.float(), input_ids[:, 1:][following])
        return {"loss": loss, "logits": torch.cat(answers, dim=1)}
